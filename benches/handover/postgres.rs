//! The store on a PostgreSQL server that waits for the disk, against bare statements through the
//! same client, on the same server, into the same tables and indices.

mod changes;
mod floor;

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use handover_core::store::{Change, Claim, Commit, Store};
use handover_sim::postgres::Cluster;
use handover_store::{Address, Connect, Postgres};
use tokio::runtime::Runtime;
use tokio::task::JoinSet;

use crate::stats::{median, paired};
use crate::table::{Goal, Table};
use crate::{Done, Plan};

/// How many do the claims and settlements.
const WORKERS: usize = 8;

pub(crate) fn run(plan: Plan, table: &mut Table) -> Done<()> {
    let cluster = Arc::new(Cluster::builder().durable().start()?);
    let runtime = Runtime::new()?;
    let rounds = plan.pick(5, 3);
    intake(plan, rounds, &cluster, &runtime, table)?;
    work(plan, rounds, &cluster, &runtime, table)
}

/// First messages of new customers, committed by 1, 8 and 16 at once.
fn intake(
    plan: Plan,
    rounds: usize,
    cluster: &Cluster,
    runtime: &Runtime,
    table: &mut Table,
) -> Done<()> {
    let count = plan.pick(6_000, 1_500);
    let changes: Arc<Vec<Change>> = Arc::new((0..count).map(changes::arrival).collect());
    let rows = Arc::new(floor::rows(&changes)?);
    println!("\npostgres: intake of {count} messages, {rounds} rounds");
    for writers in [1, 8, 16] {
        let (mut ours, mut floors) = (Vec::new(), [Vec::new(), Vec::new()]);
        for round in 0..rounds {
            let name = |what| format!("in{writers}{what}{round}");
            let names = [name("ours"), name("each"), name("piped")];
            let urls = names.each_ref().map(|name| cluster.database(name));
            let [ours_at, each_at, piped_at] = urls;
            let (ours_at, floors_at) = (ours_at?, [each_at?, piped_at?]);
            let taken = runtime.block_on(async {
                let store = open(&ours_at).await?;
                let call = |_| {
                    let (store, changes) = (Arc::clone(&store), Arc::clone(&changes));
                    move |index: usize| {
                        let (store, change) = (Arc::clone(&store), changes[index].clone());
                        async move { done(store.commit(change).await?) }
                    }
                };
                let taken = timed(writers, count, call).await?;
                store.close().await;
                Done::Ok(taken)
            })?;
            ours.push(taken);
            for (is_piped, url) in [false, true].into_iter().zip(&floors_at) {
                let taken = runtime.block_on(each(url, writers, is_piped, &rows))?;
                floors[usize::from(is_piped)].push(taken);
            }
            if round == 0 {
                same(cluster, [&names[0], &names[1]])?;
                same(cluster, [&names[0], &names[2]])?;
            }
            println!(
                "  {writers:2} at once: ours {:6.0}/s, each {:6.0}/s, each in one round trip {:6.0}/s",
                ours[round], floors[0][round], floors[1][round]
            );
        }
        let goal = if writers == 8 { Goal::AtLeast(2.0) } else { Goal::None };
        let [each, piped] = &floors;
        let name = format!("postgres: intake, {writers} at once, one transaction each");
        table.ratio(&name, rate(&ours), rate(each), paired(&ours, each), goal);
        let name = format!("postgres: intake, {writers} at once, each in one round trip");
        table.ratio(&name, rate(&ours), rate(piped), paired(&ours, piped), Goal::None);
    }
    Ok(())
}

/// One transaction for each message.
async fn each(
    url: &str,
    writers: usize,
    is_piped: bool,
    rows: &Arc<Vec<floor::Arrival>>,
) -> Done<f64> {
    // The same schema, made by the store.
    open(url).await?.close().await;
    let clients = Arc::new(floor::clients(url, writers).await?);
    floor::tenant(&clients[0]).await?;
    let call = |worker: usize| {
        let (clients, rows) = (Arc::clone(&clients), Arc::clone(rows));
        move |index: usize| {
            let (clients, rows) = (Arc::clone(&clients), Arc::clone(&rows));
            async move { clients[worker].arrive(&rows[index], is_piped).await }
        }
    };
    timed(writers, rows.len(), call).await
}

/// Claims and settlements by eight at once.
fn work(
    plan: Plan,
    rounds: usize,
    cluster: &Cluster,
    runtime: &Runtime,
    table: &mut Table,
) -> Done<()> {
    let count = plan.pick(6_000, 1_500);
    println!("\npostgres: {count} claims and settlements by {WORKERS}, {rounds} rounds");
    let url = cluster.database("base")?;
    let settlements = Arc::new(floor::settlements(count)?);
    runtime.block_on(async {
        let store = open(&url).await?;
        let call = |_| {
            let store = Arc::clone(&store);
            move |index: usize| {
                let store = Arc::clone(&store);
                async move { done(store.commit(changes::arrival(index)).await?) }
            }
        };
        timed(16, count, call).await?;
        store.close().await;
        Done::Ok(())
    })?;
    cluster.sql("base", "VACUUM ANALYZE")?;
    let (mut ours, mut bare) = (Vec::new(), Vec::new());
    for round in 0..rounds {
        let names = [format!("workours{round}"), format!("workbare{round}")];
        for name in &names {
            cluster.sql("postgres", &format!("CREATE DATABASE {name} TEMPLATE base"))?;
        }
        ours.push(runtime.block_on(async {
            let store = open(&cluster.url(&names[0])).await?;
            let call = |_| {
                let store = Arc::clone(&store);
                move |_: usize| {
                    let store = Arc::clone(&store);
                    async move {
                        let claim = claim(&store).await?.ok_or("nothing is left to claim")?;
                        done(store.commit(changes::settlement(claim)).await?)
                    }
                }
            };
            let taken = timed(WORKERS, count, call).await?;
            store.close().await;
            Done::Ok(taken)
        })?);
        bare.push(runtime.block_on(async {
            let clients = Arc::new(floor::clients(&cluster.url(&names[1]), WORKERS).await?);
            let call = |worker: usize| {
                let (clients, all) = (Arc::clone(&clients), Arc::clone(&settlements));
                move |_: usize| {
                    let (clients, all) = (Arc::clone(&clients), Arc::clone(&all));
                    async move { clients[worker].work(&all).await }
                }
            };
            timed(WORKERS, count, call).await
        })?);
        if round == 0 {
            same(cluster, [&names[0], &names[1]])?;
        }
        println!("  ours {:6.0}/s, bare {:6.0}/s", ours[round], bare[round]);
    }
    let name = "postgres: claim + settle, 8 at once, bare statements";
    table.ratio(name, rate(&ours), rate(&bare), paired(&ours, &bare), Goal::AtLeast(0.7));
    Ok(())
}

async fn open(url: &str) -> Done<Arc<Postgres>> {
    Ok(Arc::new(Postgres::connect(&Address::parse(url)?, &Connect::default()).await?))
}

async fn claim(store: &Postgres) -> Done<Option<Claim>> {
    let tenant = changes::tenant();
    Ok(store.claim(&tenant, &changes::served(), changes::at(60), changes::LEASE).await?)
}

fn done(commit: Commit) -> Done<()> {
    if commit == Commit::Done { Ok(()) } else { Err(format!("a commit was {commit:?}").into()) }
}

/// Calls in a second, when so many workers make `count` calls, each its next when its last is done.
/// The first tenth warms up.
async fn timed<C, F>(workers: usize, count: usize, call: impl Fn(usize) -> C) -> Done<f64>
where
    C: Fn(usize) -> F + Send + 'static,
    F: Future<Output = Done<()>> + Send + 'static,
{
    let (warm, next) = (count / 10, Arc::new(AtomicUsize::new(0)));
    let mut begun = Instant::now();
    for until in [warm, count] {
        begun = Instant::now();
        let mut all = JoinSet::new();
        for worker in 0..workers {
            let (call, next) = (call(worker), Arc::clone(&next));
            all.spawn(async move {
                loop {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    if index >= until {
                        next.fetch_sub(1, Ordering::Relaxed);
                        return Done::Ok(());
                    }
                    call(index).await?;
                }
            });
        }
        while let Some(ended) = all.join_next().await {
            ended??;
        }
    }
    Ok((count - warm) as f64 / begun.elapsed().as_secs_f64())
}

fn rate(rates: &[f64]) -> String {
    format!("{:.0}/s", median(rates))
}

/// The floor must write what ours writes: no row more or less, and no byte.
fn same(cluster: &Cluster, names: [&str; 2]) -> Done<()> {
    let sizes = |name: &str| cluster.sql(name, floor::SIZES);
    let (ours, floor) = (sizes(names[0])?, sizes(names[1])?);
    if ours != floor {
        return Err(format!("ours writes\n{ours}the floor\n{floor}").into());
    }
    println!("  rows and bytes: {}", ours.split_whitespace().collect::<Vec<_>>().join(", "));
    Ok(())
}
