//! `handover serve` may be killed at any moment.

use std::path::Path;
use std::time::Duration;

use handover_tests::crash::{Options, StoreKind, run};

/// Short forms of `cargo xtask crash`.
#[tokio::test(flavor = "multi_thread")]
async fn killed_again_and_again_it_loses_and_doubles_nothing() {
    loop_on(StoreKind::Sqlite, 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_processes_on_one_database_lose_and_double_nothing_when_one_is_killed() {
    loop_on(StoreKind::Postgres, 2).await;
}

async fn loop_on(store: StoreKind, processes: usize) {
    let mut options = Options::new(store);
    options.processes = processes;
    options.kills = 6;
    options.waits = false;
    options.patience = Duration::from_secs(60);
    let report = run(Path::new(env!("CARGO_BIN_EXE_crash")), &options).await;
    assert!(report.is_ok(), "{report}");
    assert!(report.accounted() > 100, "too little was said to tell: {report}");
}
