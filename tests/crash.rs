//! `handover serve` may be killed at any moment.

use std::path::Path;
use std::time::Duration;

use handover_tests::crash::{Options, StoreKind, run};

/// A short form of `cargo xtask crash`.
#[tokio::test(flavor = "multi_thread")]
async fn killed_again_and_again_it_loses_and_doubles_nothing() {
    let mut options = Options::new(StoreKind::Sqlite);
    options.kills = 6;
    options.waits = false;
    options.patience = Duration::from_secs(60);
    let report = run(Path::new(env!("CARGO_BIN_EXE_crash")), &options).await;
    println!("{report}");
    assert!(report.is_ok(), "{report}");
    assert!(report.accounted() > 100, "too little was said to tell: {report}");
}
