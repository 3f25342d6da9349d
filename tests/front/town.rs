//! A town: a customer's telephone, a Front with its people, a relay, and a clock that we turn.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use handover_core::archive::Archive;
use handover_core::assistant::Assistant;
use handover_core::event::Source;
use handover_core::feed::Scope;
use handover_core::id::{ChannelId, DeskId, TenantId};
use handover_core::memory::MemoryStore;
use handover_core::message::Message;
use handover_core::session::Session;
use handover_core::transport::Transport;
use handover_front::ids::{InboxId, TeammateId};
use handover_front::{Client, Config, DeskConfig, Front};
use handover_keyword::Keyword;
use handover_relay::{ChannelSetup, DeskSetup, Relay, Worked};
use handover_sim::Clock;
use handover_sim::front::{Builder, Front as FrontSim, Hook};
use handover_tests::shelf::Shelf;
use http::{Request, Response};

pub(crate) const AI: &str = "tea_ai";
pub(crate) const ASSISTANT: &str = "We are open from 9 to 5.";
pub(crate) const CUSTOMER: &str = "+14155550100";
pub(crate) const REP: &str = "tea_rep";
const ANSWERS: &str = r#"
    [[answer]]
    contains = ["opening hours", "open"]
    reply = "We are open from 9 to 5."
"#;
pub(crate) const APP_KEY: &str = "a-signing-key";
const RULE_SECRET: &str = "a-rule-secret";
const URL: &str = "https://relay.example/desks/front";

/// How Front and the relay are set up.
pub(crate) struct Plan {
    /// What Front assigns new conversations to.
    pub(crate) assign_new_to: Option<&'static str>,
    /// `handle_unassigned`
    pub(crate) handle_unassigned: bool,
    /// `create_contacts`
    pub(crate) create_contacts: bool,
    /// In place of the one that answers from a table.
    pub(crate) assistant: Option<Arc<dyn Assistant>>,
    /// What kind of webhook Front has; without one only the feed tells.
    pub(crate) hook: Option<Hook>,
    /// How many requests a minute Front takes.
    pub(crate) per_minute: u64,
    /// How much later Front makes a message of a reply that it has taken.
    pub(crate) processed_after: Duration,
    /// How much later the provider behind the channel takes or refuses a reply.
    pub(crate) sent_after: Duration,
    /// What the channel in our inbox is.
    pub(crate) kind: &'static str,
    /// A way of the host's own to cut off what a mail quotes.
    pub(crate) trimmer: Option<fn(&str) -> String>,
}

impl Default for Plan {
    fn default() -> Self {
        Self {
            assign_new_to: Some(AI),
            handle_unassigned: false,
            create_contacts: false,
            assistant: None,
            hook: Some(application()),
            per_minute: 200,
            processed_after: Duration::ZERO,
            sent_after: Duration::ZERO,
            kind: "twilio",
            trimmer: None,
        }
    }
}

/// An application's webhook, with the right key.
pub(crate) fn application() -> Hook {
    Hook::application(URL, APP_KEY)
}

/// A rule's webhook, with the right secret.
pub(crate) fn rule() -> Hook {
    Hook::rule(URL, RULE_SECRET)
}

pub(crate) struct Town {
    now: Arc<Mutex<DateTime<Utc>>>,
    clock: Clock,
    pub(crate) front: FrontSim,
    pub(crate) store: Arc<MemoryStore>,
    pub(crate) relay: Relay,
}

impl Town {
    pub(crate) fn new(plan: &Plan) -> Self {
        let start: DateTime<Utc> = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        let now = Arc::new(Mutex::new(start));
        let clock = {
            let now = Arc::clone(&now);
            Clock::new(move || *now.lock().unwrap())
        };
        let front = company(plan).build();
        if let Some(hook) = plan.hook.clone() {
            front.hook(hook);
        }
        let store = Arc::new(MemoryStore::new());
        let relay = relay(plan, &front, clock.clone(), Arc::clone(&store));
        Self { now, clock, front, store, relay }
    }

    /// The process ends and another one takes its place: what is not in the store is forgotten.
    pub(crate) fn restart(&mut self, plan: &Plan) {
        self.relay = relay(plan, &self.front, self.clock.clone(), Arc::clone(&self.store));
    }

    pub(crate) fn now(&self) -> DateTime<Utc> {
        *self.now.lock().unwrap()
    }

    pub(crate) fn pass(&self, time: TimeDelta) {
        *self.now.lock().unwrap() += time;
    }

    /// The customer texts; says which conversation it is in.
    pub(crate) async fn customer_texts(&self, text: &str) -> String {
        self.pass(TimeDelta::seconds(1));
        let conversation = self.front.customer_texts(CUSTOMER, text, &[], self.now());
        self.settle().await;
        conversation
    }

    pub(crate) async fn rep_replies(&self, conversation: &str, text: &str) {
        self.pass(TimeDelta::seconds(1));
        self.front.teammate_replies(conversation, REP, text, self.now());
        self.settle().await;
    }

    pub(crate) async fn rep_assigns(&self, conversation: &str, to: Option<&str>) {
        self.pass(TimeDelta::seconds(1));
        self.front.teammate_assigns(conversation, REP, to, self.now());
        self.settle().await;
    }

    pub(crate) async fn rep_archives(&self, conversation: &str) {
        self.pass(TimeDelta::seconds(1));
        self.front.teammate_archives(conversation, REP, self.now());
        self.settle().await;
    }

    /// Delivers webhooks and does jobs until nothing moves, then twice more a little later.
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
            let webhooks = self.front.take_webhooks();
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

    /// What the customer's telephone shows.
    pub(crate) fn phone(&self) -> Vec<String> {
        self.front.phone(CUSTOMER)
    }

    pub(crate) fn assignee(&self, conversation: &str) -> Option<String> {
        self.front.conversation(conversation).unwrap().assignee
    }

    pub(crate) fn comments(&self, conversation: &str) -> Vec<String> {
        self.front.comments(conversation).into_iter().map(|comment| comment.body).collect()
    }

    /// Oldest first.
    pub(crate) async fn sessions(&self) -> Vec<Session> {
        let sessions = self.store.sessions(self.relay.tenant(), false, None, 2_000).await;
        let mut sessions = sessions.unwrap();
        sessions.sort_by_key(|session| session.created_at);
        sessions
    }

    /// Everything that was said in a session.
    pub(crate) async fn transcript(&self, session: &Session) -> Vec<Message> {
        self.store.messages(self.relay.tenant(), session.id, 0, 100).await.unwrap()
    }
}

fn company(plan: &Plan) -> Builder {
    let mut company = FrontSim::builder("token")
        .plan(plan.per_minute)
        .pace(plan.processed_after, plan.sent_after)
        .teammate(AI, "ai@acme.example", "ai", "Assistant")
        .teammate(REP, "rita@acme.example", "user", "Rita Rep")
        .teammate("tea_rule", "rules@acme.example", "rule", "Auto reply")
        .inbox("inb_sms", "SMS")
        .inbox("inb_other", "Other")
        .channel("cha_sms", "inb_sms", plan.kind, "+18005551212")
        .channel("cha_other", "inb_other", "twilio", "+18005551313");
    if let Some(teammate) = plan.assign_new_to {
        company = company.assign_new_to(teammate);
    }
    company
}

fn relay(plan: &Plan, front: &FrontSim, clock: Clock, store: Arc<MemoryStore>) -> Relay {
    let transport: Arc<dyn Transport> = Arc::new(front.transport(clock.clone()));
    let clock: Arc<dyn handover_core::clock::Clock> = Arc::new(clock);
    let (desk, channel) = (DeskId::new("front").unwrap(), ChannelId::new("front-sms").unwrap());
    let login = Config::new("token".into()).unwrap();
    let client = Client::new(&login, transport, Arc::clone(&clock)).unwrap();
    let mut config = DeskConfig::new(desk.clone(), TeammateId::new(AI).unwrap())
        .and_then(|config| config.with_application_keys(vec![APP_KEY.into()]))
        .and_then(|config| config.with_rule_secrets(vec![RULE_SECRET.into()]))
        .and_then(|config| config.with_channel(&channel, [InboxId::new("inb_sms").unwrap()]))
        .unwrap()
        .with_tags(["handed-off".to_owned()]);
    if plan.handle_unassigned {
        config = config.handling_unassigned();
    }
    if let Some(trim) = plan.trimmer {
        config = config.with_trimmer(trim);
    }
    let front = Arc::new(Front::new(client, config));
    let hosted = Arc::new(front.channel(&channel).unwrap());
    let keyword = || -> Arc<dyn Assistant> {
        Arc::new(Keyword::new(toml::from_str(ANSWERS).unwrap()).unwrap())
    };
    let assistant = plan.assistant.clone().unwrap_or_else(keyword);
    Relay::builder(TenantId::new("acme").unwrap())
        .clock(clock)
        .assistant(assistant)
        .blobs(Arc::new(Shelf::default()))
        .links(|session, _| format!("https://relay.example/sessions/{session}").parse().ok())
        .desk(
            DeskSetup::new(Arc::<Front>::clone(&front))
                .directory(Arc::<Front>::clone(&front), plan.create_contacts)
                .webhook(Arc::<Front>::clone(&front))
                .feed(front),
        )
        .channel(ChannelSetup::new(hosted).desk(desk).inactivity(TimeDelta::hours(3)))
        .build(store)
        .unwrap()
}
