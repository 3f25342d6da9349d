//! Signed webhooks over loopback HTTP, answered once they are on the disk.
//!
//! The load generator is a thread of this process. Nobody does the jobs meanwhile: what is measured
//! is how fast messages are taken in, and the floor takes in the same.

use std::path::Path;
use std::sync::Arc;

use axum::Router;
use bytes::Bytes;
use handover_core::transport::Transport;
use handover_sim::{Clock, Wire};
use handover_store::{Options, Sqlite};
use rusqlite::Connection;
use tokio::runtime::Runtime;

use crate::floor::{Floor, ONE_TABLE, one_row};
use crate::load::{self, Served};
use crate::parts::{PUBLIC, Site, routes};
use crate::rows::{Written, sizes};
use crate::stats::{median, paired, percentile};
use crate::table::{Goal, Table};
use crate::webhooks::Customers;
use crate::{Done, Plan, disk, machine};

/// One message in so many comes from a customer who has texted before.
const AGAIN: usize = 5;
/// How many requests later at the earliest.
const LATER: usize = 500;
/// The most requests in one transaction, as in the store.
pub(crate) const GROUP: usize = 256;

pub(crate) fn run(plan: Plan, table: &mut Table) -> Done<()> {
    let (warm, timed) = plan.pick((2_000, 20_000), (500, 4_000));
    let rounds = plan.pick(5, 3);
    let requests = requests(warm + timed)?;
    let ours_file = "intake-ours.db";
    ours(ours_file, &requests, warm)?;
    let written = Arc::new(Written::read(&machine::data()?.join(ours_file))?);
    let single = Arc::new(one_row(&written));
    // One transaction a request is slow: fewer of them say as much.
    let fewer: Arc<Vec<Bytes>> =
        Arc::new(requests.iter().take(warm + timed / 4).cloned().collect());
    let per_request =
        written.0.values().map(Vec::len).sum::<usize>() as f64 / requests.len() as f64;
    println!(
        "\nintake: {timed} requests on 64 connections, {per_request:.1} rows each, {rounds} rounds"
    );
    let mut rates: [Vec<f64>; 4] = Default::default();
    for round in 0..rounds {
        let served = [
            ours(ours_file, &requests, warm)?,
            floor("intake-floor.db", &written, &requests, warm, GROUP)?,
            floor("intake-each.db", &written, &fewer, warm, 1)?,
            floor("intake-one.db", &single, &requests, warm, GROUP)?,
        ];
        if round == 0 {
            same(ours_file, "intake-floor.db")?;
        }
        for (name, served) in ["ours", "floor", "each", "one row"].iter().zip(&served) {
            let (p50, p99) = (median(&served.took), percentile(&served.took, 99.0));
            let Served { rate, cpu, .. } = served;
            println!("  {name:8} {rate:7.0}/s  p50 {p50:6.2} ms  p99 {p99:6.2} ms  cpu {cpu}");
        }
        for (rates, served) in rates.iter_mut().zip(served) {
            rates.push(served.rate);
        }
    }
    let [ours, floor, each, one] = &rates;
    let rate = |rates: &[f64]| format!("{:.0}/s", median(rates));
    let ratio = paired(ours, floor);
    table.ratio("intake: floor, the same rows", rate(ours), rate(floor), ratio, Goal::AtLeast(0.7));
    let ratio = paired(ours, each);
    let name = "intake: one transaction a request";
    table.ratio(name, rate(ours), rate(each), ratio, Goal::AtLeast(1.5));
    let ratio = paired(ours, one);
    table.ratio("intake: one row a request", rate(ours), rate(one), ratio, Goal::None);
    let flushes = disk::flushes(plan.pick(1_000, 200))?;
    table.figure("intake: 4 KiB append + fdatasync", median(&flushes), "ms", Goal::None);
    Ok(())
}

/// Messages of new customers, and some of customers who have texted before.
fn requests(count: usize) -> Done<Arc<Vec<Bytes>>> {
    let mut customers = Customers::new(PUBLIC);
    let mut numbers: Vec<String> = Vec::new();
    let mut back = 0;
    let mut requests = Vec::with_capacity(count);
    for index in 0..count {
        let known = index % AGAIN == AGAIN - 1 && back + LATER < numbers.len();
        let number = if known {
            back += 1;
            numbers[back - 1].clone()
        } else {
            numbers.push(customers.number());
            numbers[numbers.len() - 1].clone()
        };
        let body = if known { "And on Sundays?" } else { "Hello, are you open on Saturdays?" };
        requests.push(customers.text(&number, body)?.wire());
    }
    Ok(Arc::new(requests))
}

fn ours(file: &str, requests: &Arc<Vec<Bytes>>, warm: usize) -> Done<Served> {
    let path = machine::fresh(file)?;
    let store = Arc::new(Sqlite::open(&path, &Options::default())?);
    let nobody: Arc<dyn Transport> = Arc::new(Wire::new(Clock::system()));
    let relay =
        Site::named(nobody).relay(Arc::<Sqlite>::clone(&store), Arc::<Sqlite>::clone(&store))?;
    let runtime = runtime("ours-http")?;
    let served = serve(&runtime, routes(relay), requests, warm);
    runtime.block_on(store.close());
    served
}

fn floor(
    file: &str,
    written: &Arc<Written>,
    requests: &Arc<Vec<Bytes>>,
    warm: usize,
    group: usize,
) -> Done<Served> {
    let path = machine::fresh(file)?;
    shape(&path)?;
    let floor = Floor::start(&path, written, group, sid)?;
    serve(&runtime("floor-http")?, floor.routes(), requests, warm)
}

pub(crate) fn runtime(name: &str) -> Done<Runtime> {
    Ok(tokio::runtime::Builder::new_multi_thread().thread_name(name).enable_all().build()?)
}

/// A file in the store's shape, with the floor's own table beside.
pub(crate) fn shape(path: &Path) -> Done<()> {
    drop(Sqlite::open(path, &Options::default())?);
    Connection::open(path)?.execute_batch(ONE_TABLE)?;
    Ok(())
}

/// The message that a form tells of, found as cheaply as can be.
fn sid(body: &[u8]) -> Option<String> {
    let (_, rest) = std::str::from_utf8(body).ok()?.split_once("MessageSid=")?;
    rest.get(..34).map(str::to_owned)
}

fn serve(
    runtime: &Runtime,
    routes: Router,
    requests: &Arc<Vec<Bytes>>,
    warm: usize,
) -> Done<Served> {
    let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0"))?;
    let addr = listener.local_addr()?;
    let server = runtime.spawn(async move { axum::serve(listener, routes).await });
    let served = load::run(addr, requests, warm);
    server.abort();
    served
}

/// The floor must write what ours writes: no row more or less, and no byte.
pub(crate) fn same(ours: &str, floor: &str) -> Done<()> {
    let data = machine::data()?;
    let (ours, floor) = (sizes(&data.join(ours))?, sizes(&data.join(floor))?);
    for (ours, floor) in ours.iter().zip(&floor) {
        let (table, rows, bytes) = ours;
        let off = (bytes - floor.2).abs() as f64 / (*bytes).max(1) as f64;
        // Times are written with as many digits as they need.
        if *rows != floor.1 || off > 0.001 {
            return Err(format!("{table}: ours writes {ours:?}, the floor {floor:?}").into());
        }
    }
    println!(
        "  rows: {}",
        ours.iter().map(|(t, rows, _)| format!("{t} {rows}")).collect::<Vec<_>>().join(", ")
    );
    Ok(())
}
