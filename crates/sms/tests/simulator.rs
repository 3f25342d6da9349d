//! Against the simulated Twilio, which signs, refuses and lags on its own account.

#![expect(clippy::unwrap_used, reason = "helpers of tests")]

use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use handover_core::channel::{Attempt, Channel, Found, Outbound};
use handover_core::error::{ErrorKind, Retry};
use handover_core::event::{ConsentWord, Event, Fact, Inbound, Report};
use handover_core::feed::{Feed, Scope};
use handover_core::id::{ChannelId, EventId, Key, SessionId, TenantId};
use handover_core::identity::{Identity, Proof};
use handover_core::message::{Delivery, DeliveryState};
use handover_core::probe::{Probe, Verdict};
use handover_core::thread::Thread;
use handover_core::webhook::Webhook;
use handover_sim::twilio::Twilio as Simulator;
use handover_sim::{Clock, Fault, Wire};
use handover_sms::twilio::{Config, Twilio};
use url::Url;

const ACCOUNT: &str = "AC00000000000000000000000000000001";
const SERVICE: &str = "MG00000000000000000000000000000001";
const TOKEN: &str = "token";
const OURS: &str = "+12025550100";
const CUSTOMER: &str = "+14155550123";
const HOOK: &str = "https://relay.example/channels/sms-us";

struct World {
    now: Arc<Mutex<DateTime<Utc>>>,
    simulator: Simulator,
    twilio: Twilio,
}

impl World {
    fn new(simulator: Simulator, from: &str) -> Self {
        let now = Arc::new(Mutex::new("2026-11-20T12:00:00Z".parse().unwrap()));
        let time = Arc::clone(&now);
        let clock = Clock::new(move || *time.lock().unwrap());
        let url = Url::parse(HOOK).unwrap();
        let channel = ChannelId::new("sms-us").unwrap();
        let config = Config::new(channel, ACCOUNT, vec![TOKEN.into()], from, url).unwrap();
        simulator.set_inbound_url(config.webhook_url().as_str());
        let wire = Wire::new(clock.clone()).host("api.twilio.com", simulator.clone());
        let twilio = Twilio::new(config, Arc::new(wire), Arc::new(clock));
        Self { now, simulator, twilio }
    }

    fn usual() -> Self {
        Self::new(Simulator::new(ACCOUNT, TOKEN, OURS), OURS)
    }

    fn now(&self) -> DateTime<Utc> {
        *self.now.lock().unwrap()
    }

    fn pass(&self, time: TimeDelta) {
        *self.now.lock().unwrap() += time;
    }

    fn texts(&self, body: &str, media: &[(&str, Bytes)]) -> String {
        self.simulator.customer_texts(CUSTOMER, OURS, body, media, self.now())
    }

    /// Takes in what Twilio has to say.
    fn events(&self) -> Vec<Event> {
        let hooks = self.simulator.take_webhooks();
        let receive = |request| self.twilio.receive(request, self.now()).unwrap().events;
        hooks.iter().flat_map(|hook| receive(&hook.request)).collect()
    }
}

fn outbound(text: &str) -> Outbound {
    let session = SessionId::derive(&TenantId::new("t").unwrap(), &EventId::new("sms-us", "SM1"));
    let channel = ChannelId::new("sms-us").unwrap();
    Outbound {
        key: Key::send(session, 4, 0),
        thread: Thread::channel(&channel, format!("{OURS}|{CUSTOMER}")),
        to: Identity::tel(CUSTOMER, Proof::ChannelProven).unwrap(),
        text: text.into(),
        media: Vec::new(),
        control: handover_core::event::Holder::Assistant,
    }
}

fn inbound(event: &Event) -> &Inbound {
    match &event.fact {
        Fact::Message(inbound) => inbound,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_text_by_webhook_and_by_feed_is_one_event() {
    let world = World::usual();
    world.texts("Wo ist mein Paket? 📦 'n' + %27", &[]);
    world.texts("", &[("image/png", Bytes::from_static(b"png"))]);
    let hooked = world.events();
    let page = world.twilio.pull(&Scope::All, None).await.unwrap();
    assert_eq!(hooked.len(), 2);
    assert_eq!(page.events, hooked);
    assert_eq!(inbound(&hooked[0]).text, "Wo ist mein Paket? 📦 'n' + %27");
    let again = world.twilio.pull(&Scope::All, page.next.as_ref()).await.unwrap();
    assert_eq!(again.events, hooked, "the overlap says it again, under the same ids");
}

#[tokio::test]
async fn texts_lost_while_we_were_down_are_found() {
    let world = World::usual();
    world.texts("before", &[]);
    let first = world.twilio.pull(&Scope::All, None).await.unwrap();
    let sids: Vec<_> = (0..250)
        .map(|n| {
            world.pass(TimeDelta::minutes(5));
            world.texts(&format!("text {n}"), &[])
        })
        .collect();
    world.simulator.take_webhooks();
    let page = world.twilio.pull(&Scope::All, first.next.as_ref()).await.unwrap();
    let found: Vec<_> = page.events.iter().map(|event| event.id.as_str().to_owned()).collect();
    let missing = sids.iter().filter(|sid| !found.contains(&format!("sms-us:{sid}"))).count();
    assert_eq!((missing, page.more), (0, false));
    assert!(page.events.is_sorted_by_key(|event| event.at));
}

#[tokio::test]
async fn a_file_comes_from_storage() {
    let world = World::usual();
    world.texts("look", &[("image/png", Bytes::from_static(b"png"))]);
    let events = world.events();
    let [file] = inbound(&events[0]).files.as_slice() else { panic!() };
    assert_eq!(file.media_type.as_deref(), Some("image/png"));
    let body = world.twilio.fetch(&file.reference, 100).await.unwrap();
    assert_eq!(body.bytes(100).await.unwrap(), "png");
}

#[tokio::test]
async fn receipts_come_back_under_the_key_and_never_go_back() {
    let world = World::usual();
    let sent = world.twilio.send(&outbound("Hello")).await.unwrap();
    let mut known = sent.delivery;
    let receipts = world.events();
    assert!(!receipts.is_empty());
    for event in receipts.iter().rev() {
        assert_eq!(event.threads, [Thread::of_send(&outbound("").key).unwrap()]);
        let Fact::Receipt(Report { key: Some(key), delivery, .. }) = &event.fact else {
            panic!("{event:?}")
        };
        assert_eq!(*key, outbound("").key);
        known.merge(delivery);
    }
    assert_eq!(known.state, DeliveryState::Delivered);
    assert_ne!(known, Delivery::pending());
}

#[tokio::test]
async fn an_uncertain_text_is_found_even_while_it_waits_in_the_queue() {
    let slow = Duration::from_secs(3600);
    let simulator = Simulator::builder(ACCOUNT, TOKEN).number(OURS).pace(slow, slow).build();
    let world = World::new(simulator, OURS);
    for fault in [Fault::DropAfterWrite, Fault::AfterWrite { status: 500 }, Fault::Truncate] {
        let text = outbound(&format!("{fault:?}"));
        world.simulator.faults().once(fault);
        let error = world.twilio.send(&text).await.unwrap_err();
        assert_eq!(error.retry(), Retry::Unsure, "{fault:?}");
        let attempt = Attempt { number: 2, ..Attempt::first(text.key, world.now()) };
        world.pass(TimeDelta::minutes(2));
        let attempt = Attempt { now: world.now(), ..attempt };
        let found = world.twilio.find(&text, &attempt).await.unwrap();
        assert!(matches!(found, Found::Sent(_)), "{fault:?} {found:?}");
    }
}

#[tokio::test]
async fn a_text_that_never_arrived_is_not_found_once_the_list_has_settled() {
    let lag = Duration::from_secs(20);
    let simulator = Simulator::builder(ACCOUNT, TOKEN).number(OURS).list_lag(lag).build();
    let world = World::new(simulator, OURS);
    let text = outbound("Hello");
    let attempt = Attempt { number: 2, ..Attempt::first(text.key, world.now()) };
    world.simulator.faults().once(Fault::DropBeforeWrite);
    assert_eq!(world.twilio.send(&text).await.unwrap_err().retry(), Retry::Unsure);
    let Found::Unknown { again_after: Some(after) } =
        world.twilio.find(&text, &attempt).await.unwrap()
    else {
        panic!()
    };
    world.pass(TimeDelta::from_std(after).unwrap());
    let attempt = Attempt { now: world.now(), ..attempt };
    assert_eq!(world.twilio.find(&text, &attempt).await.unwrap(), Found::NotSent);
}

#[tokio::test]
async fn a_stop_is_marked_and_sends_are_refused_until_start() {
    let world = World::usual();
    world.texts("Stop", &[]);
    assert_eq!(inbound(&world.events()[0]).consent, Some(ConsentWord::Stop));
    let error = world.twilio.send(&outbound("Hello")).await.unwrap_err();
    assert_eq!((error.kind(), error.code()), (ErrorKind::OptedOut, Some("21610")));
    world.texts("START", &[]);
    assert_eq!(inbound(&world.events()[0]).consent, Some(ConsentWord::Start));
    world.twilio.send(&outbound("Hello")).await.unwrap();
}

#[tokio::test]
async fn a_service_receives_sends_and_finds() {
    let simulator = Simulator::builder(ACCOUNT, TOKEN).service(SERVICE, &[OURS]).build();
    let world = World::new(simulator, SERVICE);
    world.texts("Hi", &[]);
    let hooked = world.events();
    let page = world.twilio.pull(&Scope::All, None).await.unwrap();
    assert_eq!((hooked.len(), &page.events), (1, &hooked));
    world.simulator.faults().once(Fault::DropAfterWrite);
    let text = outbound("Hello");
    assert_eq!(world.twilio.send(&text).await.unwrap_err().retry(), Retry::Unsure);
    let attempt = Attempt { number: 2, ..Attempt::first(text.key, world.now()) };
    let found = world.twilio.find(&text, &attempt).await.unwrap();
    assert!(matches!(found, Found::Sent(_)), "{found:?}");
}

#[tokio::test]
async fn magic_numbers_are_refused_as_documented() {
    let world = World::usual();
    for (to, kind) in [
        ("+15005550001", ErrorKind::Invalid),
        ("+15005550002", ErrorKind::Unreachable),
        ("+15005550003", ErrorKind::Unreachable),
        ("+15005550004", ErrorKind::OptedOut),
        ("+15005550009", ErrorKind::Unreachable),
    ] {
        let to_them = Identity::tel(to, Proof::Claimed).unwrap();
        let error = world.twilio.send(&Outbound { to: to_them, ..outbound("Hi") }).await;
        assert_eq!(error.unwrap_err().kind(), kind, "{to}");
    }
    for (from, kind) in [
        ("+15005550001", ErrorKind::Config),
        ("+15005550007", ErrorKind::Config),
        ("+15005550008", ErrorKind::RateLimited),
    ] {
        let world = World::new(Simulator::new(ACCOUNT, TOKEN, OURS), from);
        assert_eq!(world.twilio.send(&outbound("Hi")).await.unwrap_err().kind(), kind, "{from}");
    }
}

#[tokio::test]
async fn the_doctor_proves_a_number_that_calls_this_webhook() {
    let world = World::usual();
    let checks = world.twilio.check().await;
    let broken: Vec<_> = checks.iter().filter(|check| check.verdict == Verdict::Broken).collect();
    assert!(broken.is_empty(), "{broken:?}");
    let number = checks.iter().find(|check| check.name == "number").unwrap();
    assert_eq!(number.verdict, Verdict::Proven, "{number:?}");

    world.simulator.set_inbound_url("https://elsewhere.example/hook");
    let checks = world.twilio.check().await;
    let number = checks.iter().find(|check| check.name == "number").unwrap();
    assert_eq!(number.verdict, Verdict::Warning);
    assert!(number.fix.as_ref().unwrap().contains("#rc=5&rp=all"), "{number:?}");
}
