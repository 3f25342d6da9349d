//! From a customer's message to the end of its jobs, on a small and on a large store.
//!
//! The providers are the simulators behind a network without sockets, so that what is measured is
//! ours: routing, deciding, storing, claiming, and the adapters' requests and answers.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use handover_relay::runner;
use handover_sim::creatio::Creatio as CreatioSim;
use handover_sim::twilio::Twilio as TwilioSim;
use handover_sim::{Clock, Wire};
use handover_store::{Options, Sqlite};
use tokio::runtime::Runtime;
use tokio::sync::oneshot;
use tokio::task::JoinSet;

use crate::parts::{ACCOUNT, CHANNEL, CLIENT, NUMBER, PUBLIC, SECRET, Site, TOKEN};
use crate::stats::{median, millis, paired, percentile};
use crate::table::{Goal, Table};
use crate::watched::Watched;
use crate::webhooks::{Customers, Text};
use crate::{Done, Plan, stored};

/// How many customers are served at once.
const AT_ONCE: usize = 16;

/// What a round of sessions came to.
struct Round {
    rate: f64,
    p50: f64,
    p99: f64,
}

pub(crate) fn run(plan: Plan, table: &mut Table) -> Done<()> {
    let many = plan.pick(stored::MANY, stored::MANY_QUICK);
    let few = stored::file(stored::FEW)?;
    let much = stored::file(many)?;
    stored::warm(&much)?;
    let (warm, timed) = plan.pick((200, 1_000), (100, 300));
    let rounds = plan.pick(7, 3);
    println!("\nrelay: {timed} sessions, {AT_ONCE} at once, {rounds} rounds, no sockets");
    let mut figures: [[Vec<f64>; 3]; 2] = Default::default();
    for _ in 0..rounds {
        for (figures, (path, name)) in figures.iter_mut().zip(&[(&few, stored::FEW), (&much, many)])
        {
            let round = if *name == stored::FEW {
                // It would soon hold many more.
                round(&stored::copy(path)?, warm, timed)?
            } else {
                round(path, warm, timed)?
            };
            let Round { rate, p50, p99 } = round;
            println!("  {name:8} stored {rate:7.0}/s  p50 {p50:6.2} ms  p99 {p99:6.2} ms");
            figures[0].push(rate);
            figures[1].push(p50);
            figures[2].push(p99);
        }
    }
    let [small, large] = &figures;
    let label = |what: &str| format!("relay: {what}, {many} stored : {}", stored::FEW);
    let rate = |rates: &[f64]| format!("{:.0} sessions/s", median(rates));
    let time = |times: &[f64]| format!("{:.2} ms", median(times));
    let slower = paired(&small[0], &large[0]);
    let name = label("throughput");
    table.ratio(&name, rate(&large[0]), rate(&small[0]), slower, Goal::AtMost(1.3));
    let longer = paired(&large[2], &small[2]);
    table.ratio(&label("p99"), time(&large[2]), time(&small[2]), longer, Goal::AtMost(2.0));
    let longer = paired(&large[1], &small[1]);
    table.ratio(&label("p50"), time(&large[1]), time(&small[1]), longer, Goal::None);
    Ok(())
}

/// Providers that know nobody yet, and the network to them.
pub(crate) fn providers() -> (TwilioSim, CreatioSim, Wire) {
    let twilio = TwilioSim::builder(ACCOUNT, TOKEN).number(NUMBER).build();
    let creatio = CreatioSim::new(CLIENT, SECRET);
    let wire = Wire::new(Clock::system())
        .host("api.twilio.com", twilio.clone())
        .host("acme-is.creatio.com", creatio.clone())
        .host("acme.creatio.com", creatio.clone());
    (twilio, creatio, wire)
}

fn round(path: &Path, warm: usize, timed: usize) -> Done<Round> {
    let mut customers = Customers::new(PUBLIC);
    let mut texts = Vec::new();
    for _ in 0..warm + timed {
        let number = customers.number();
        texts.push(customers.text(&number, "Hello, are you open on Saturdays?")?);
    }
    let store = Sqlite::open(path, &Options::default())?;
    let (twilio, creatio, wire) = providers();
    let runtime = Runtime::new()?;
    let (rate, took) = runtime.block_on(drive(store, wire, texts, warm))?;
    let (sent, cases) = (twilio.messages().len(), creatio.cases().len());
    if (sent, cases) != (warm + timed, warm + timed) {
        return Err(format!("{sent} replies and {cases} cases for {} texts", warm + timed).into());
    }
    Ok(Round { rate, p50: median(&took), p99: percentile(&took, 99.0) })
}

/// Runs a relay over `store` until every text is dealt with: sessions a second, and milliseconds
/// of each.
pub(crate) async fn drive(
    store: Sqlite,
    wire: Wire,
    texts: Vec<Text>,
    warm: usize,
) -> Done<(f64, Vec<f64>)> {
    let watched = Watched::new(store.clone());
    let relay = Site::named(Arc::new(wire))
        .relay(Arc::<Watched>::clone(&watched), Arc::new(store.clone()))?;
    let (stop, stopped) = oneshot::channel::<()>();
    let until = async move {
        stopped.await.ok();
    };
    let runner = tokio::spawn(runner::run(relay.clone(), runner::Options::default(), until));
    let texts = Arc::new(texts);
    let mut begun = Instant::now();
    let mut took = Vec::new();
    for range in [0..warm, warm..texts.len()] {
        let next = Arc::new(AtomicUsize::new(range.start));
        (begun, took) = (Instant::now(), Vec::new());
        let mut customers = JoinSet::new();
        for _ in 0..AT_ONCE {
            let (relay, watched) = (relay.clone(), Arc::clone(&watched));
            let (texts, next, end) = (Arc::clone(&texts), Arc::clone(&next), range.end);
            customers.spawn(async move {
                let mut took = Vec::new();
                loop {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    let Some(text) = texts.get(index).filter(|_| index < end) else {
                        return Done::Ok(took);
                    };
                    let begun = Instant::now();
                    let done = watched.done(&text.from);
                    let request = text.request.clone();
                    let answer = relay.handle(&format!("channels/{CHANNEL}"), request).await;
                    if !answer.status().is_success() {
                        return Err(format!("{} was answered {}", text.sid, answer.status()).into());
                    }
                    done.await?;
                    took.push(millis(begun.elapsed()));
                }
            });
        }
        while let Some(done) = customers.join_next().await {
            took.extend(done??);
        }
    }
    let rate = took.len() as f64 / begun.elapsed().as_secs_f64();
    stop.send(()).ok();
    runner.await?;
    store.close().await;
    Ok((rate, took))
}
