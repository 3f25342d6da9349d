//! The file answers as core's memory does.

use std::sync::Arc;

use crate::Sqlite;
use crate::tests::agreement::agree;

#[tokio::test]
async fn file_and_memory_agree() {
    agree(0..8, 4, async || Arc::new(Sqlite::open_in_memory().unwrap())).await;
}
