//! The file over restarts, power cuts and strangers.

use std::fs;
use std::sync::Arc;

use handover_core::archive::Archive;
use handover_core::error::{ErrorKind, Retry};
use handover_core::store::{Commit, Store};
use rusqlite::Connection;

use super::place::Place;
use crate::tests::support::{LEASE, at, event, opening, served, tenant};
use crate::{Options, Sqlite};

#[tokio::test]
async fn second_opener_is_refused_and_a_reader_is_not() {
    let place = Place::new();
    let store = place.open();
    store.commit(opening(1, at(0))).await.unwrap();
    let refusal = Sqlite::open(place.path(), &Options::default()).unwrap_err();
    assert_eq!(refusal.kind(), ErrorKind::Config);
    assert!(refusal.message().contains("another process"), "{refusal}");

    let reader = Sqlite::open_read_only(place.path()).unwrap();
    assert_eq!(reader.sessions(&tenant(), true, None, 9).await.unwrap().len(), 1);
    store.commit(opening(2, at(0))).await.unwrap();
    assert_eq!(reader.sessions(&tenant(), true, None, 9).await.unwrap().len(), 2);
    let refusal = reader.commit(opening(3, at(0))).await.unwrap_err();
    assert_eq!(refusal.kind(), ErrorKind::Config);
}

#[tokio::test]
async fn reader_reads_while_nobody_writes() {
    let place = Place::new();
    place.open().commit(opening(1, at(0))).await.unwrap();
    let reader = Sqlite::open_read_only(place.path()).unwrap();
    assert_eq!(reader.sessions(&tenant(), true, None, 9).await.unwrap().len(), 1);
    let elsewhere = place.folder.path().join("nothing.db");
    assert_eq!(Sqlite::open_read_only(elsewhere).unwrap_err().kind(), ErrorKind::Config);
}

#[tokio::test]
async fn closed_store_is_refused_and_free_for_the_next() {
    let place = Place::new();
    let store = place.open();
    store.commit(opening(1, at(0))).await.unwrap();
    store.close().await;
    store.close().await;
    let refusal = store.commit(opening(2, at(0))).await.unwrap_err();
    assert_eq!(refusal.kind(), ErrorKind::Unavailable);
    let next = place.open();
    assert_eq!(next.commit(opening(1, at(0))).await.unwrap(), Commit::Seen);
}

#[tokio::test]
async fn whoever_opens_the_file_takes_over_what_another_left_behind() {
    let place = Place::new();
    let store = place.open();
    store.commit(opening(1, at(0))).await.unwrap();
    assert!(store.claim(&tenant(), &served(), at(0), LEASE).await.unwrap().is_some());
    drop(store);
    let patient = place.open();
    assert!(patient.claim(&tenant(), &served(), at(1), LEASE).await.unwrap().is_none());
    drop(patient);
    let next = Sqlite::open(place.path(), &Options::default().with_takeover(at(1))).unwrap();
    let claim = next.claim(&tenant(), &served(), at(1), LEASE).await.unwrap().unwrap();
    assert!(claim.jobs[0].tried);
    assert_eq!(claim.jobs[0].last_at, Some(at(1)));
}

#[tokio::test]
async fn a_forgotten_customer_is_no_contact_any_more() {
    let place = Place::new();
    let store = place.open();
    let change = opening(1, at(0));
    let session = change.conversation.clone().unwrap().session;
    store.commit(change).await.unwrap();
    assert_eq!(store.contacts(&tenant(), &session.customer).await.unwrap().len(), 1);
    store.forget(&tenant(), session.id).await.unwrap();
    assert!(store.contacts(&tenant(), &session.customer).await.unwrap().is_empty());
}

#[tokio::test]
async fn newer_file_is_refused() {
    let place = Place::new();
    drop(place.open());
    let conn = Connection::open(place.path()).unwrap();
    conn.execute_batch("PRAGMA user_version = 99").unwrap();
    drop(conn);
    for refusal in [
        Sqlite::open(place.path(), &Options::default()).unwrap_err(),
        Sqlite::open_read_only(place.path()).unwrap_err(),
    ] {
        assert_eq!((refusal.kind(), refusal.retry()), (ErrorKind::Config, Retry::Never));
        assert!(refusal.message().contains("newer version"), "{refusal}");
    }
}

#[test]
fn strange_files_are_refused_and_left_alone() {
    let place = Place::new();
    let conn = Connection::open(place.path()).unwrap();
    conn.execute_batch("CREATE TABLE recipes (name TEXT)").unwrap();
    drop(conn);
    let before = fs::read(place.path()).unwrap();
    let refusal = Sqlite::open(place.path(), &Options::default()).unwrap_err();
    assert_eq!(refusal.kind(), ErrorKind::Config);
    assert!(refusal.message().contains("another program"), "{refusal}");
    assert_eq!(fs::read(place.path()).unwrap(), before);

    fs::write(place.path(), [b'x'; 5000]).unwrap();
    let refusal = Sqlite::open(place.path(), &Options::default()).unwrap_err();
    assert_eq!(refusal.kind(), ErrorKind::Config, "{refusal}");
}

/// What is acknowledged is in the file and its log, as a power cut right then leaves them.
#[tokio::test]
async fn power_cut_after_any_answer_loses_nothing() {
    let place = Place::new();
    let store = place.open();
    for number in 0..20 {
        assert_eq!(store.commit(opening(number, at(0))).await.unwrap(), Commit::Done);
        let after = Place::new();
        for name in ["store.db", "store.db-wal"] {
            let (from, to) = (place.folder.path().join(name), after.folder.path().join(name));
            fs::copy(from, to).unwrap();
        }
        let found = after.open();
        for known in 0..=number {
            let message = found.message_of(&tenant(), &event(known)).await.unwrap();
            assert!(message.is_some(), "{known} of {number}");
        }
    }
}

/// One that fails is undone alone; its neighbours in the same transaction are durable.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn failure_in_a_group_is_alone() {
    let place = Place::new();
    let store = place.open();
    let mut failed = 0;
    for step in 0..12 {
        store.shared.faults.arm(step);
        let calls: Vec<_> = (0..8)
            .map(|number| {
                let (store, number) = (store.clone(), step as usize * 8 + number);
                tokio::spawn(async move { store.commit(opening(number, at(0))).await })
            })
            .collect();
        for call in calls {
            match call.await.unwrap() {
                Ok(done) => assert_eq!(done, Commit::Done),
                Err(error) => {
                    assert_eq!(error.kind(), ErrorKind::Unavailable, "{error}");
                    failed += 1;
                }
            }
        }
    }
    assert!(failed >= 6, "{failed} failed");
    let stored = store.sessions(&tenant(), true, None, 1000).await.unwrap().len();
    assert_eq!(stored, 96 - failed);
    for number in 0..96 {
        store.commit(opening(number, at(0))).await.unwrap();
    }
    assert_eq!(store.sessions(&tenant(), true, None, 1000).await.unwrap().len(), 96);
}

#[tokio::test]
async fn panic_is_an_error_and_the_store_goes_on() {
    let place = Place::new();
    let store = place.open();
    let stumble = store.write::<()>(|_| panic!("for the test")).await.unwrap_err();
    assert_eq!(stumble.kind(), ErrorKind::Unavailable);
    let stumble = store.read::<()>(|_| panic!("for the test")).await.unwrap_err();
    assert_eq!(stumble.kind(), ErrorKind::Unavailable);
    assert_eq!(store.commit(opening(1, at(0))).await.unwrap(), Commit::Done);
    assert_eq!(store.sessions(&tenant(), true, None, 9).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_file_locked_by_a_stranger_is_unavailable() {
    let place = Place::new();
    let store = place.open();
    store.write(|writing| Ok(writing.conn.busy_timeout(std::time::Duration::ZERO)?)).await.unwrap();
    let stranger = Connection::open(place.path()).unwrap();
    stranger.execute_batch("BEGIN IMMEDIATE").unwrap();
    let refusal = store.commit(opening(1, at(0))).await.unwrap_err();
    assert_eq!(refusal.kind(), ErrorKind::Unavailable);
    stranger.execute_batch("ROLLBACK").unwrap();
    assert_eq!(store.commit(opening(1, at(0))).await.unwrap(), Commit::Done);
}

#[tokio::test]
async fn forgotten_text_is_gone_from_the_file() {
    let place = Place::new();
    let store = place.open();
    let (wanted, now) = (b"Where is my order?".as_slice(), at(0));
    let change = opening(1, now);
    let session = change.conversation.as_ref().unwrap().session.id;
    store.commit(change).await.unwrap();
    store.claim(&tenant(), &served(), now, LEASE).await.unwrap().unwrap();
    store.forget(&tenant(), session).await.unwrap();
    drop(store);
    let bytes = fs::read(place.path()).unwrap();
    assert!(!bytes.windows(wanted.len()).any(|window| window == wanted));
    assert!(!place.folder.path().join("store.db-wal").exists());
}

#[test]
fn store_is_shared_by_clones() {
    fn shared<T: Clone + Send + Sync + 'static>(_: &T) {}
    let store = Sqlite::open_in_memory().unwrap();
    shared(&store);
    let _: Arc<dyn Store> = Arc::new(store);
}
