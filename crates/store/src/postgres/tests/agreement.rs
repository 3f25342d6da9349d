//! The database answers as core's memory does.

use super::place::Place;
use crate::tests::agreement::agree;

#[tokio::test]
async fn database_and_memory_agree() {
    agree(0..4, 20, async || Place::new().open().await).await;
}
