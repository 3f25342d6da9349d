use std::cell::RefCell;
use std::collections::HashMap;
use std::pin::pin;

use futures_util::future::join_all;
use futures_util::poll;
use handover_core::error::{Error, ErrorKind};
use tokio::task::yield_now;

use super::{MOST, Together};

/// Tells of each number its double, and remembers who was read for together.
async fn read(reads: &RefCell<Vec<Vec<u32>>>, keys: Vec<u32>) -> Result<HashMap<u32, u32>, Error> {
    reads.borrow_mut().push(keys.clone());
    yield_now().await;
    Ok(keys.into_iter().map(|key| (key, 2 * key)).collect())
}

#[tokio::test]
async fn who_asks_while_somebody_reads_is_read_for_with_all_others_who_do() {
    let (together, reads) = (Together::default(), RefCell::default());
    let asked = (0..6).map(|key| together.ask(key, |keys| read(&reads, keys)));
    let told: Vec<_> = join_all(asked).await.into_iter().map(Result::unwrap).collect();
    assert_eq!(told, (0..6).map(|key| Some(2 * key)).collect::<Vec<_>>());
    assert_eq!(*reads.borrow(), [vec![0], vec![1, 2, 3, 4, 5]]);
    assert_eq!(together.ask(7, |keys| read(&reads, keys)).await.unwrap(), Some(14));
    assert_eq!(reads.borrow().len(), 3, "what was read before is not told again");
}

#[tokio::test]
async fn no_more_are_read_for_at_once_than_fit_a_filter() {
    let (together, reads) = (Together::default(), RefCell::default());
    let asked = (0..30).map(|key| together.ask(key, |keys| read(&reads, keys)));
    assert!(join_all(asked).await.iter().all(Result::is_ok));
    let sizes: Vec<usize> = reads.borrow().iter().map(Vec::len).collect();
    assert_eq!(sizes.iter().sum::<usize>(), 30);
    assert!(sizes.iter().all(|size| *size <= MOST), "{sizes:?}");
}

#[tokio::test]
async fn a_failure_is_told_to_all_who_were_read_for_and_to_nobody_after_them() {
    let (together, reads) = (Together::<u32, u32>::default(), RefCell::default());
    let refuse = |_| async {
        yield_now().await;
        Err(Error::later(ErrorKind::Unavailable, "busy").with_request_id("7"))
    };
    for told in join_all((0..4).map(|key| together.ask(key, refuse))).await {
        let error = told.unwrap_err();
        assert_eq!((error.kind(), error.request_id()), (ErrorKind::Unavailable, Some("7")));
    }
    assert_eq!(together.ask(1, |keys| read(&reads, keys)).await.unwrap(), Some(2));
}

#[tokio::test]
async fn when_the_one_who_reads_is_dropped_another_one_does() {
    let (together, reads) = (Together::default(), RefCell::default());
    let ask = |key| together.ask(key, |keys| read(&reads, keys));
    let mut first = Box::pin(ask(1));
    assert!(poll!(&mut first).is_pending());
    let mut waits = [Box::pin(ask(2)), Box::pin(ask(3))];
    for wait in &mut waits {
        assert!(poll!(wait).is_pending());
    }
    drop(first);
    let [mut second, third] = waits;
    assert!(poll!(pin!(&mut second)).is_pending(), "it reads for both");
    drop(second);
    assert_eq!(third.await.unwrap(), Some(6));
    assert_eq!(*reads.borrow(), [vec![1], vec![2, 3], vec![2, 3]]);
}
