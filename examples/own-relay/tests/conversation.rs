//! A conversation through the whole loop, at times of the test's choosing.

use std::sync::Arc;

use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use handover_core::archive::Archive as _;
use handover_core::event::Holder;
use handover_core::id::TenantId;
use handover_core::memory::MemoryStore;
use handover_core::policy::Policy;
use handover_core::session::HandoffStage;
use handover_keyword::{Config, Keyword};
use http::Request;
use own_relay::OwnRelay;
use own_relay::terminal::Terminal;

#[tokio::test]
async fn the_assistant_answers_until_a_person_is_asked_for() {
    let terminal = Terminal::new().unwrap();
    let relay = relay(&terminal);
    let now = DateTime::from_timestamp(1_800_000_000, 0).unwrap();

    say(&relay, "hello", now).await;
    assert_eq!(terminal.look().len(), 1);
    say(&relay, "hello", now).await;
    assert_eq!(terminal.look().len(), 0, "a redelivery is seen once");

    let later = now + TimeDelta::minutes(1);
    say(&relay, "I want to speak to a person", later).await;
    assert_eq!(terminal.look(), [Config::default().handoff_reply]);
    say(&relay, "are you there?", later + TimeDelta::seconds(1)).await;
    assert_eq!(terminal.look().len(), 0, "the assistant keeps quiet");

    let sessions = relay.store.sessions(&relay.tenant, true, None, 10).await.unwrap();
    let [session] = &sessions[..] else { panic!("one session, not {}", sessions.len()) };
    assert_eq!(session.control.holder, Holder::Nobody);

    let next = relay.tick(later + TimeDelta::hours(1)).await.unwrap();
    let sessions = relay.store.sessions(&relay.tenant, true, None, 10).await.unwrap();
    let stage = sessions[0].handoff.as_ref().map(|handoff| handoff.stage);
    assert_eq!(stage, Some(HandoffStage::TimedOut), "nobody came; next is {next:?}");
}

async fn say(relay: &OwnRelay, text: &'static str, now: DateTime<Utc>) {
    let response = relay.receive(&Request::new(Bytes::from(text)), now).await;
    assert!(response.status().is_success());
    while relay.work_one(now).await.unwrap() {}
}

fn relay(terminal: &Terminal) -> OwnRelay {
    OwnRelay {
        tenant: TenantId::new("acme").unwrap(),
        store: MemoryStore::new(),
        webhook: Arc::new(terminal.clone()),
        channel: Arc::new(terminal.clone()),
        assistant: Arc::new(Keyword::new(Config::default()).unwrap()),
        policy: Policy::default(),
    }
}
