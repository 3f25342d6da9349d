use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use handover_core::clock::Clock;
use handover_core::event::{Author, Event, Fact, Source};
use handover_core::id::{ChannelId, EventId};
use handover_core::memory::MemoryStore;
use handover_core::message::{DeliveryState, Speaker};
use handover_core::thread::Thread;
use http::Request;

use super::toys::{Toy, builder};
use crate::Relay;

#[derive(Debug)]
struct Hand(Mutex<DateTime<Utc>>);

impl Clock for Hand {
    fn now(&self) -> DateTime<Utc> {
        *self.0.lock().unwrap()
    }
}

/// A reply is claimed and never settled; then the customer opts out. What becomes of the reply?
async fn after_a_crash_and_an_opt_out(toy: Toy) -> DeliveryState {
    let clock = Arc::new(Hand(Mutex::new(DateTime::UNIX_EPOCH)));
    let lease = Duration::from_secs(60);
    let builder = builder(&[&Arc::new(toy)], "https://r.example").lease(lease);
    let builder = builder.clock(Arc::<Hand>::clone(&clock));
    let relay = builder.build(Arc::new(MemoryStore::new())).unwrap();
    let request = Request::post("https://r.example/channels/toy").body(Bytes::from("1")).unwrap();
    relay.handle("channels/toy", request).await;
    relay.work_one().await.unwrap();
    drop(relay.claim().await.unwrap().expect("the answer is to be sent"));

    *clock.0.lock().unwrap() += TimeDelta::seconds(61);
    relay.accept(vec![opt_out(clock.now())], Vec::new()).await.unwrap();
    relay.work_one().await.unwrap();
    delivered(&relay).await
}

fn opt_out(at: DateTime<Utc>) -> Event {
    let channel = ChannelId::new("toy").unwrap();
    Event {
        id: EventId::new("toy", "stop"),
        at,
        threads: vec![Thread::channel(&channel, "1")],
        source: Source::Channel(channel),
        author: Author::Machine,
        fact: Fact::Consent { allowed: false },
    }
}

async fn delivered(relay: &Relay) -> DeliveryState {
    let archive = relay.archive();
    let sessions = archive.sessions(relay.tenant(), false, None, 1).await.unwrap();
    let log = archive.messages(relay.tenant(), sessions[0].id, 0, 10).await.unwrap();
    let reply = log.iter().find(|message| message.author == Speaker::Assistant).unwrap();
    reply.deliveries[0].state
}

#[tokio::test]
async fn what_was_sent_before_it_was_to_be_withheld_is_recorded_as_sent() {
    let state = after_a_crash_and_an_opt_out(Toy::named("toy").that_has_it()).await;
    assert_eq!(state, DeliveryState::Accepted);
}

#[tokio::test]
async fn what_was_not_sent_is_withheld() {
    let state = after_a_crash_and_an_opt_out(Toy::named("toy")).await;
    assert_eq!(state, DeliveryState::Withheld);
}
