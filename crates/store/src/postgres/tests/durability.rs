//! The store over crashes, cuts and strangers.

use std::sync::Arc;

use handover_core::archive::Archive;
use handover_core::error::{ErrorKind, Retry};
use handover_core::store::{Change, Commit, Store};
use handover_core::thread::Thread;
use handover_sim::postgres::Cluster;

use super::place::{Place, cluster};
use super::proxy::Proxy;
use crate::tests::support::{LEASE, at, channel, event, opening, served, tenant};
use crate::{Address, Connect, Postgres};

/// What is acknowledged outlives the server's being killed, and the store finds its way back.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_acknowledged_survives_a_killed_server() {
    let cluster = Cluster::start().unwrap();
    let address = Address::parse(&cluster.database("relay").unwrap()).unwrap();
    let store = Postgres::connect(&address, &Connect::default()).await.unwrap();
    for number in 0..20 {
        assert_eq!(store.commit(opening(number, at(0))).await.unwrap(), Commit::Done);
    }
    assert!(store.claim(&tenant(), &served(), at(0), LEASE).await.unwrap().is_some());
    cluster.kill().unwrap();
    // The server's other processes outlive its first by a moment.
    let mut known = 20;
    let refusal = loop {
        match store.commit(opening(known, at(0))).await {
            Ok(commit) => assert_eq!(commit, Commit::Done),
            Err(refusal) => break refusal,
        }
        known += 1;
    };
    assert_eq!(refusal.kind(), ErrorKind::Unavailable, "{refusal}");
    let refusal = loop {
        if let Err(refusal) = store.counts(&tenant()).await {
            break refusal;
        }
    };
    assert_eq!(refusal.kind(), ErrorKind::Unavailable, "{refusal}");
    cluster.restart().unwrap();
    for number in 0..known {
        let message = store.message_of(&tenant(), &event(number)).await.unwrap();
        assert!(message.is_some(), "{number}");
        assert_eq!(store.commit(opening(number, at(0))).await.unwrap(), Commit::Seen);
    }
    // The one that was refused may have happened.
    let again = store.commit(opening(known, at(0))).await.unwrap();
    assert!(matches!(again, Commit::Done | Commit::Seen), "{again:?}");
    assert_eq!(store.counts(&tenant()).await.unwrap().jobs, known as u64 + 1);
}

/// A commit whose answer is lost is not known to have happened; the second call finds out.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_commit_whose_answer_is_lost_is_seen_the_second_time() {
    let (place, proxy) = (Place::new(), Proxy::to(cluster().port()).await);
    let url = format!("postgres://handover@127.0.0.1:{}/{}", proxy.port, place.name);
    let options = Connect::default().with_writers(1);
    let store = Postgres::connect(&Address::parse(&url).unwrap(), &options).await.unwrap();
    // A new session is committed in one round trip, anything else in two.
    let fact = |number| Change { event: Some(event(number)), ..Change::new(tenant(), at(0)) };
    for (last, number, change) in [(1, 7, opening(7, at(0))), (2, 8, fact(8))] {
        // Every statement is planned.
        for planned in [opening(number + 10, at(0)), fact(number + 20)] {
            store.commit(planned).await.unwrap();
        }
        proxy.mute(last);
        let (calling, called) = (store.clone(), change.clone());
        let call = tokio::spawn(async move { calling.commit(called).await });
        let stored = format!("SELECT count(*) FROM marks WHERE id = 'sms:SM{number}'");
        while place.sql(&stored).trim() != "1" {
            assert!(!call.is_finished(), "{:?}", call.await);
            tokio::task::yield_now().await;
        }
        proxy.cut();
        match call.await.unwrap() {
            // The store looked for itself.
            Ok(commit) => assert_eq!((last, commit), (1, Commit::Seen)),
            Err(error) => {
                assert_eq!((last, error.kind()), (2, ErrorKind::Unavailable), "{error}");
                assert!(matches!(error.retry(), Retry::Later { .. }));
            }
        }
        assert_eq!(store.commit(change).await.unwrap(), Commit::Seen);
    }
    assert_eq!(store.counts(&tenant()).await.unwrap().open_sessions, 3);
}

/// Connections that died while they were idle are replaced, and nobody hears of it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn dead_connections_are_replaced_unseen() {
    let place = Place::new();
    let store = place.open().await;
    for number in 0..10 {
        store.commit(opening(number, at(0))).await.unwrap();
        place.sql(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
             WHERE datname = current_database() AND pid <> pg_backend_pid()",
        );
        assert_eq!(store.counts(&tenant()).await.unwrap().open_sessions, number as u64 + 1);
        assert!(store.claim(&tenant(), &served(), at(0), LEASE).await.unwrap().is_some());
    }
}

/// One that fails is undone alone; its neighbours in the same transaction are durable.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn failure_in_a_group_is_alone() {
    let place = Place::new();
    let options = Connect::default().with_writers(1);
    let store = Arc::new(Postgres::connect(&place.address, &options).await.unwrap());
    place.sql("ALTER TABLE marks ADD CHECK (id NOT LIKE '%SM5')");
    let calls: Vec<_> = (0..16)
        .map(|number| {
            let store = Arc::clone(&store);
            tokio::spawn(async move { store.commit(opening(number, at(0))).await })
        })
        .collect();
    for (number, call) in calls.into_iter().enumerate() {
        match (number, call.await.unwrap()) {
            (5, ended) => assert_eq!(ended.unwrap_err().kind(), ErrorKind::Invalid),
            (_, ended) => assert_eq!(ended.unwrap(), Commit::Done),
        }
    }
    assert_eq!(store.counts(&tenant()).await.unwrap().open_sessions, 15);
}

/// What the database can never keep is not tried again for ever.
#[tokio::test]
async fn a_name_that_cannot_be_kept_is_refused_for_good() {
    let store = Place::new().open().await;
    // Random, so that it cannot be packed.
    let letters = (0..9_000).scan(1_u32, |state, _| {
        *state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        Some(char::from(b'a' + (*state >> 24) as u8 % 26))
    });
    let noise: String = letters.collect();
    for name in ["a name with a \0".to_owned(), noise] {
        let mut change = opening(1, at(0));
        change.threads = vec![Thread::channel(&channel(), name)];
        let refusal = store.commit(change).await.unwrap_err();
        assert_eq!((refusal.kind(), refusal.retry()), (ErrorKind::Invalid, Retry::Never));
    }
    assert_eq!(store.commit(opening(1, at(0))).await.unwrap(), Commit::Done);
}

/// Of many processes that start at once on an empty database one makes the tables.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_starters_make_one_schema() {
    let place = Place::new();
    let starters: Vec<_> = (0..8)
        .map(|_| {
            let address = place.address.clone();
            tokio::spawn(async move { Postgres::connect(&address, &Connect::default()).await })
        })
        .collect();
    for (number, starter) in starters.into_iter().enumerate() {
        let store = starter.await.unwrap().unwrap();
        assert_eq!(store.commit(opening(number, at(0))).await.unwrap(), Commit::Done);
    }
    assert_eq!(place.sql("SELECT version FROM schema_version").trim(), "2");
}

#[tokio::test]
async fn a_newer_database_is_refused_and_an_empty_one_is_not_read() {
    let place = Place::new();
    let refusal = Postgres::connect_read_only(&place.address).await.unwrap_err();
    assert_eq!(refusal.kind(), ErrorKind::Config);
    drop(place.open().await);
    place.sql("UPDATE schema_version SET version = 99");
    for refusal in [
        Postgres::connect(&place.address, &Connect::default()).await.unwrap_err(),
        Postgres::connect_read_only(&place.address).await.unwrap_err(),
    ] {
        assert_eq!((refusal.kind(), refusal.retry()), (ErrorKind::Config, Retry::Never));
        assert!(refusal.message().contains("newer version"), "{refusal}");
    }
}

#[tokio::test]
async fn whoever_only_reads_writes_nothing() {
    let place = Place::new();
    let store = place.open().await;
    store.commit(opening(1, at(0))).await.unwrap();
    let reader = Postgres::connect_read_only(&place.address).await.unwrap();
    assert_eq!(reader.sessions(&tenant(), true, None, 9).await.unwrap().len(), 1);
    for refusal in [
        reader.commit(opening(2, at(0))).await.unwrap_err(),
        reader
            .resume(&tenant(), &handover_core::id::AccountId::new("ai").unwrap())
            .await
            .unwrap_err(),
    ] {
        assert_eq!(refusal.kind(), ErrorKind::Config, "{refusal}");
    }
    assert_eq!(store.counts(&tenant()).await.unwrap().open_sessions, 1);
}

#[tokio::test]
async fn a_closed_store_is_refused() {
    let store = Place::new().open().await;
    store.commit(opening(1, at(0))).await.unwrap();
    store.close().await;
    store.close().await;
    let refusal = store.commit(opening(2, at(0))).await.unwrap_err();
    assert_eq!(refusal.kind(), ErrorKind::Unavailable);
    let refusal = store.counts(&tenant()).await.unwrap_err();
    assert_eq!(refusal.kind(), ErrorKind::Unavailable);
}

/// A stranger who holds what we need makes a call unavailable, and not endless.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_statement_that_takes_too_long_is_ended() {
    let place = Place::new();
    let url = format!("{}?options=-c%20statement_timeout%3D300", cluster().socket_url(&place.name));
    let hasty = Address::parse(&url).unwrap();
    let store = Postgres::connect(&hasty, &Connect::default()).await.unwrap();
    store.commit(opening(1, at(0))).await.unwrap();
    let (client, connection) = place.address.config.connect(tokio_postgres::NoTls).await.unwrap();
    tokio::spawn(connection);
    client.batch_execute("BEGIN; LOCK TABLE handover.messages").await.unwrap();
    let refusal = store.commit(opening(2, at(0))).await.unwrap_err();
    assert_eq!(refusal.kind(), ErrorKind::Unavailable, "{refusal}");
    assert!(refusal.message().contains("too long"), "{refusal}");
    client.batch_execute("COMMIT").await.unwrap();
    assert_eq!(store.commit(opening(2, at(0))).await.unwrap(), Commit::Done);
}
