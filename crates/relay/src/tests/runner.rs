use std::sync::Arc;
use std::sync::atomic::AtomicU32;
use std::time::Duration;

use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use handover_core::clock::Clock;
use handover_core::memory::MemoryStore;
use http::Request;
use tokio::sync::oneshot;
use tokio::time::Instant;

use super::hasty::Hasty;
use super::toys::{Toy, builder, relay, relay_of};
use crate::runner::{Options, run};

#[tokio::test(start_paused = true)]
async fn work_is_done_as_it_comes_and_a_stop_ends_it() {
    let toy = Arc::new(Toy::named("toy"));
    let relay = relay(&toy, "https://r.example");
    let (stop, stopped) = oneshot::channel::<()>();
    let running = tokio::spawn(run(relay.clone(), Options::default(), async {
        let _ = stopped.await;
    }));
    for n in 1..=20 {
        let request = Request::post("https://r.example/channels/toy");
        let request = request.body(Bytes::from(format!("{n}"))).unwrap();
        relay.handle("channels/toy", request).await;
    }
    while toy.sent.lock().unwrap().len() < 20 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    stop.send(()).unwrap();
    running.await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_provider_that_hangs_holds_back_no_other() {
    let (hangs, works) = (Arc::new(Toy::named("hangs")), Arc::new(Toy::named("works")));
    let relay = relay_of(&[&hangs, &works], "https://r.example");
    let running = tokio::spawn(run(relay.clone(), Options::default(), std::future::pending()));
    for n in 1..=100 {
        let (name, text) = if n < 100 { ("hangs", "hang") } else { ("works", "hello") };
        let request = Request::post(format!("https://r.example/channels/{name}"));
        let request = request.body(Bytes::from(format!("{text} {n}"))).unwrap();
        relay.handle(&format!("channels/{name}"), request).await;
    }
    while works.sent.lock().unwrap().is_empty() {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    assert!(hangs.sent.lock().unwrap().is_empty());
    running.abort();
}

#[tokio::test(start_paused = true)]
async fn a_change_while_the_workers_begin_to_listen_does_not_end_them() {
    let toy = Arc::new(Toy::named("toy"));
    let kept = MemoryStore::new();
    let store = Arc::new(Hasty(kept.clone(), AtomicU32::new(0)));
    let builder = builder(&[&toy], "https://r.example");
    let relay = builder.build_on(store, Arc::new(kept)).unwrap();
    let running = tokio::spawn(run(relay.clone(), Options::default(), std::future::pending()));
    for n in 1..=20 {
        let request = Request::post("https://r.example/channels/toy");
        let request = request.body(Bytes::from(format!("{n}"))).unwrap();
        relay.handle("channels/toy", request).await;
        tokio::time::sleep(Duration::from_secs(1)).await;
        assert!(!running.is_finished());
    }
    assert_eq!(toy.sent.lock().unwrap().len(), 20);
    running.abort();
}

/// Tokio's time, as a date.
#[derive(Debug)]
struct Virtual(Instant);

impl Clock for Virtual {
    fn now(&self) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::from_std(self.0.elapsed()).unwrap()
    }
}

#[tokio::test(start_paused = true)]
async fn a_spent_budget_is_used_again_as_soon_as_there_is_more() {
    let toy = Arc::new(Toy::named("toy").taking(1.0));
    let begun = Instant::now();
    let builder = builder(&[&toy], "https://r.example").clock(Arc::new(Virtual(begun)));
    let relay = builder.build(Arc::new(MemoryStore::new())).unwrap();
    for n in 1..=8 {
        let request = Request::post("https://r.example/channels/toy");
        let request = request.body(Bytes::from(format!("{n}"))).unwrap();
        relay.handle("channels/toy", request).await;
    }
    let running = tokio::spawn(run(relay, Options::default(), std::future::pending()));
    while toy.sent.lock().unwrap().len() < 8 {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert!(begun.elapsed() < Duration::from_secs(10), "{:?} for 8 sends", begun.elapsed());
    running.abort();
}
