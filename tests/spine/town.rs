//! A town: a customer's telephone, a Twilio, a relay, a Creatio, and a clock that we turn.

use std::sync::{Arc, Mutex};

use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use handover_core::archive::Archive;
use handover_core::event::Source;
use handover_core::feed::Scope;
use handover_core::memory::MemoryStore;
use handover_core::policy::OpenCase;
use handover_core::session::Session;
use handover_core::transport::Transport;
use handover_keyword::Keyword;
use handover_relay::{Relay, Worked};
use handover_sim::creatio::{ActivityType, Creatio as CreatioSim, Record, RepActivity};
use handover_sim::twilio::Twilio as TwilioSim;
use handover_sim::{Clock, Outgoing, Wire};
use handover_tests::setup;
use http::{Request, Response};
use uuid::Uuid;

pub(crate) const CUSTOMER: &str = "+15552223333";
pub(crate) use handover_tests::setup::NUMBER;
const ANSWERS: &str = r#"
    [[answer]]
    contains = ["opening hours", "open"]
    reply = "We are open from 9 to 5."
"#;

pub(crate) struct Town {
    now: Arc<Mutex<DateTime<Utc>>>,
    pub(crate) twilio: TwilioSim,
    pub(crate) creatio: CreatioSim,
    pub(crate) owner: Uuid,
    pub(crate) store: Arc<MemoryStore>,
    pub(crate) relay: Relay,
}

pub(crate) struct Plan {
    pub(crate) open_case: OpenCase,
    pub(crate) list_lag: std::time::Duration,
}

impl Default for Plan {
    fn default() -> Self {
        Self { open_case: OpenCase::FirstMessage, list_lag: std::time::Duration::ZERO }
    }
}

impl Town {
    pub(crate) fn new(plan: &Plan) -> Self {
        let start: DateTime<Utc> = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        let now = Arc::new(Mutex::new(start));
        let clock = {
            let now = Arc::clone(&now);
            Clock::new(move || *now.lock().unwrap())
        };
        let twilio = setup::twilio().list_lag(plan.list_lag).build();
        let creatio = setup::creatio();
        let owner = creatio.add_contact("Ann Agent", "", "ann@acme.example", start);
        let wire = Wire::new(clock.clone())
            .host("api.twilio.com", twilio.clone())
            .host("acme-is.creatio.com", creatio.clone())
            .host("acme.creatio.com", creatio.clone());
        let transport: Arc<dyn Transport> = Arc::new(wire);
        let clock: Arc<dyn handover_core::clock::Clock> = Arc::new(clock);
        let store = Arc::new(MemoryStore::new());
        let keyword: handover_keyword::Config = toml::from_str(ANSWERS).unwrap();
        let assistant = Arc::new(Keyword::new(keyword).unwrap());
        let kept = (Arc::<MemoryStore>::clone(&store) as _, Arc::<MemoryStore>::clone(&store) as _);
        let relay = setup::relay(plan.open_case, owner, &transport, &clock, assistant, kept);
        Self { now, twilio, creatio, owner, store, relay }
    }

    pub(crate) fn now(&self) -> DateTime<Utc> {
        *self.now.lock().unwrap()
    }

    pub(crate) fn pass(&self, time: TimeDelta) {
        *self.now.lock().unwrap() += time;
    }

    pub(crate) async fn customer_texts(&self, text: &str) {
        self.pass(TimeDelta::seconds(1));
        self.twilio.customer_texts(CUSTOMER, NUMBER, text, &[], self.now());
        self.settle().await;
    }

    pub(crate) async fn rep_replies(&self, case: Uuid, text: &str) -> Uuid {
        self.pass(TimeDelta::seconds(1));
        let reply =
            RepActivity::new(ActivityType::Call).detailed_result(text).finished().by(self.owner);
        let id = self.creatio.rep_adds_activity(case, reply, self.now());
        self.settle().await;
        id
    }

    pub(crate) async fn rep_notes(&self, case: Uuid, text: &str) {
        self.pass(TimeDelta::seconds(1));
        let note = RepActivity::new(ActivityType::Task).notes(text).finished().by(self.owner);
        self.creatio.rep_adds_activity(case, note, self.now());
        self.settle().await;
    }

    pub(crate) async fn rep_closes(&self, case: Uuid) {
        self.pass(TimeDelta::seconds(1));
        self.creatio.rep_sets_status(case, "Closed", self.now());
        self.settle().await;
    }

    /// Delivers webhooks and does jobs until nothing moves, then once more a minute later.
    pub(crate) async fn settle(&self) {
        for _ in 0..2 {
            self.run().await;
            self.pass(TimeDelta::seconds(6));
        }
        self.run().await;
    }

    /// Delivers webhooks and does jobs until nothing moves.
    pub(crate) async fn run(&self) {
        for _ in 0..10_000 {
            let webhooks: Vec<Outgoing> = self
                .twilio
                .take_webhooks()
                .into_iter()
                .chain(self.creatio.take_webhooks())
                .collect();
            let is_quiet = webhooks.is_empty();
            for webhook in webhooks {
                let answer = self.deliver(webhook.request).await;
                assert!(answer.status().is_success(), "a webhook was answered {}", answer.status());
            }
            self.relay.tick().await.unwrap();
            if self.relay.work_one().await.unwrap() == Worked::Idle && is_quiet {
                return;
            }
        }
        panic!("the town never comes to rest");
    }

    pub(crate) async fn deliver(&self, request: Request<Bytes>) -> Response<Bytes> {
        let path = request.uri().path().to_owned();
        let name = path.split('/').skip(1).take(2).collect::<Vec<_>>().join("/");
        self.relay.handle(&name, request).await
    }

    pub(crate) async fn poll(&self) {
        let sources: Vec<Source> = self.relay.feeds().cloned().collect();
        let pokes = sources.into_iter().map(|source| (source, Scope::All)).collect();
        self.relay.accept(Vec::new(), pokes).await.unwrap();
        self.settle().await;
    }

    pub(crate) fn phone(&self) -> Vec<String> {
        self.twilio.phone(CUSTOMER)
    }

    pub(crate) fn only_case(&self) -> Record {
        let cases = self.creatio.cases();
        assert_eq!(cases.len(), 1, "one case");
        cases.into_iter().next().unwrap()
    }

    /// Title and notes of the activities of a case, in the order in which Creatio shows them.
    pub(crate) fn entries(&self, case: Uuid) -> Vec<(String, String)> {
        let mut rows = self.creatio.activities(case);
        rows.sort_by_key(|row| (row.date("StartDate"), row.text("Title").to_owned()));
        rows.iter()
            .map(|row| (row.text("Title").to_owned(), row.text("Notes").to_owned()))
            .collect()
    }

    pub(crate) async fn sessions(&self) -> Vec<Session> {
        self.store.sessions(self.relay.tenant(), false, None, 100).await.unwrap()
    }
}
