//! Crash loops on the real thing: `handover serve` as processes of its own against the simulators'
//! servers, killed at moments that a die draws, and every message accounted for at both ends.
//!
//! The seed fixes what people say, what goes wrong and when a process dies; the processes run in
//! real time, so two runs of a seed are alike and not the same.

mod account;
mod fleet;
mod gateway;
mod kept;
mod ledger;
mod options;
mod order;
mod people;
mod report;
mod site;

use std::time::{Duration, Instant};

use fastrand::Rng;

use account::Account;
use fleet::Fleet;
use gateway::Gateway;
use kept::Kept;
use ledger::Ledger;
pub use options::{Options, StoreKind};
use people::People;
pub use report::Report;
use site::Site;

/// Runs processes, kills them, and accounts for what was said.
///
/// `program` is run as `program serve --config FILE`.
///
/// # Panics
/// When the stage cannot be set: no port, no folder, no cluster, or a process that never listens.
pub async fn run(program: &std::path::Path, options: &Options) -> Report {
    let begun = Instant::now();
    let mut rng = Rng::with_seed(options.seed);
    let ledger = Ledger::new();
    let (site, listener) = Site::build(options).await;
    let gateway = Gateway::open(listener, &site, ledger.clone(), rng.u64(..));
    let mut fleet = Fleet::new(program, &site, ledger.clone());
    fleet.start_all().await;
    let people = People::new(&site, ledger.clone(), options, rng.u64(..));
    let (crowd, faults) = people.come();
    for _ in 0..options.kills {
        fleet.lose_one(&mut rng).await;
    }
    crowd.leave().await;
    site.be_kind();
    let drained = Instant::now();
    // Of several processes, nobody takes over from a dead one before its lease has run out.
    let reads = !options.waits && options.store == StoreKind::Postgres;
    let account = loop {
        fleet.count().await;
        let is_still = gateway.is_still() && site.is_still();
        let account = Account::make(&ledger, &site, &Kept::read(&site).await, reads);
        if is_still && account.is_settled(options.waits) || drained.elapsed() > options.patience {
            break account;
        }
        fleet.mend().await;
        tokio::time::sleep(Duration::from_millis(500)).await;
    };
    let shares = fleet.shares();
    fleet.end().await;
    let mut report = Report::new(options, account, shares);
    report.facts.push(("texts from customers", ledger.said().texts.len().to_string()));
    report.facts.push(("kills", fleet.kills.to_string()));
    report.facts.push(("kills before it listened", fleet.early.to_string()));
    report.facts.push(("webhooks not acknowledged", gateway.refused().to_string()));
    report.facts.push(("webhooks doubled", gateway.doubled().to_string()));
    report.facts.push(("faults of providers", faults.count().to_string()));
    report.facts.push(("seconds to drain", format!("{:.0}", drained.elapsed().as_secs_f64())));
    report.facts.push(("seconds in all", format!("{:.0}", begun.elapsed().as_secs_f64())));
    report.trails = report.account.trails(&ledger);
    if !report.is_ok() {
        report.kept = Some(site.keep());
    }
    report
}
