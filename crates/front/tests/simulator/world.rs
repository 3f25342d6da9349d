//! A company, a desk on it, and a clock that we turn.

use std::sync::{Arc, Mutex};

use chrono::{DateTime, TimeDelta, Utc};
use handover_core::channel::{Attempt, Outbound};
use handover_core::desk::{About, Entry, Handoff};
use handover_core::event::{Event, Fact, Inbound, Reply};
use handover_core::id::{ChannelId, DeskId, EventId, Key, SessionId, TenantId};
use handover_core::identity::{Identity, Proof};
use handover_core::message::{Brief, Speaker};
use handover_core::thread::Thread;
use handover_core::webhook::Webhook as _;
use handover_front::ids::{InboxId, TeammateId};
use handover_front::{Client, Config, DeskConfig, Front, HostedChannel};
use handover_sim::Clock;
use handover_sim::front::{Builder, Front as Sim, Hook};
use secrecy::SecretString;

pub(crate) const APP_KEY: &str = "app-key";
pub(crate) const CUSTOMER: &str = "+14155550100";
pub(crate) const HOOK: &str = "https://relay.example/desks/front";
pub(crate) const RULE_SECRET: &str = "rule-secret";
pub(crate) const TOKEN: &str = "token";

pub(crate) struct World {
    pub(crate) sim: Sim,
    pub(crate) time: Arc<Mutex<DateTime<Utc>>>,
    pub(crate) front: Front,
    pub(crate) channel: HostedChannel,
}

impl World {
    pub(crate) fn usual() -> Self {
        let sim = Sim::new(TOKEN);
        sim.hook(Hook::application(HOOK, APP_KEY));
        Self::new(sim, desk().with_tags(["handed-off".to_owned()]))
    }

    pub(crate) fn new(sim: Sim, config: DeskConfig) -> Self {
        let login = Config::new(SecretString::from(TOKEN)).unwrap();
        Self::with_login(sim, config, &login)
    }

    pub(crate) fn with_login(sim: Sim, config: DeskConfig, login: &Config) -> Self {
        let time = Arc::new(Mutex::new("2026-11-20T09:00:00Z".parse().unwrap()));
        let shared = Arc::clone(&time);
        let clock = Clock::new(move || *shared.lock().unwrap());
        let transport = Arc::new(sim.transport(clock.clone()));
        let front = Front::new(Client::new(login, transport, Arc::new(clock)).unwrap(), config);
        let channel = front.channels().remove(0);
        Self { sim, time, front, channel }
    }

    pub(crate) fn now(&self) -> DateTime<Utc> {
        *self.time.lock().unwrap()
    }

    pub(crate) fn pass(&self, time: TimeDelta) {
        *self.time.lock().unwrap() += time;
    }

    /// What Front tells by its webhooks since this was last asked.
    pub(crate) fn events(&self) -> Vec<Event> {
        let mut events = Vec::new();
        for outgoing in self.sim.take_webhooks() {
            let received = self.front.receive(&outgoing.request, self.now()).unwrap();
            outgoing.answered(
                Some(received.response.status().as_u16()),
                received.response.body(),
                self.now(),
            );
            events.extend(received.events);
        }
        events
    }

    pub(crate) fn texts(&self, body: &str) -> String {
        self.pass(TimeDelta::seconds(1));
        self.sim.customer_texts(CUSTOMER, body, &[], self.now())
    }

    pub(crate) fn attempt(&self, key: Key, number: u32) -> Attempt {
        Attempt { number, tried: number > 1, ..Attempt::first(key, self.now()) }
    }

    pub(crate) fn given_to(&self, conversation: &str) -> Option<String> {
        self.sim.conversation(conversation).unwrap().assignee
    }
}

pub(crate) fn desk() -> DeskConfig {
    let channel = ChannelId::new("front-sms").unwrap();
    DeskConfig::new(DeskId::new("front").unwrap(), TeammateId::new("tea_ai").unwrap())
        .and_then(|config| config.with_application_keys(vec![SecretString::from(APP_KEY)]))
        .and_then(|config| config.with_rule_secrets(vec![SecretString::from(RULE_SECRET)]))
        .and_then(|config| config.with_channel(&channel, [InboxId::new("inb_sms").unwrap()]))
        .unwrap()
}

pub(crate) fn builder() -> Builder {
    Sim::builder(TOKEN)
        .teammate("tea_ai", "ai@acme.example", "ai", "Assistant")
        .teammate("tea_rep", "rita@acme.example", "user", "Rita Rep")
        .inbox("inb_sms", "SMS")
        .channel("cha_sms", "inb_sms", "twilio", "+18005551212")
}

pub(crate) fn session() -> SessionId {
    SessionId::derive(&TenantId::new("t").unwrap(), &EventId::new("front-sms", "msg_1"))
}

pub(crate) fn outbound(conversation: &str, seq: u64, text: &str) -> Outbound {
    Outbound {
        key: Key::send(session(), seq, 0),
        thread: Thread::channel(&ChannelId::new("front-sms").unwrap(), conversation),
        to: Identity::tel(CUSTOMER, Proof::ChannelProven).unwrap(),
        text: text.to_owned(),
        media: Vec::new(),
        control: handover_core::event::Holder::Assistant,
    }
}

pub(crate) fn note(seq: u64, text: &str) -> Entry {
    Entry {
        key: Key::entry(session(), seq),
        seq,
        author: Speaker::Relay,
        at: DateTime::UNIX_EPOCH,
        text: text.to_owned(),
        files: Vec::new(),
        link: None,
        undelivered: None,
    }
}

pub(crate) fn about() -> About {
    About {
        session: session(),
        channel: ChannelId::new("front-sms").unwrap(),
        customer: Identity::tel(CUSTOMER, Proof::ChannelProven).unwrap(),
        link: Some("https://relay.example/sessions/7".parse().unwrap()),
        first_words: String::new(),
    }
}

pub(crate) fn handoff() -> Handoff {
    Handoff { key: Key::handoff(session(), 5), about: about(), brief: Brief::default() }
}

pub(crate) fn inbound(event: &Event) -> &Inbound {
    match &event.fact {
        Fact::Message(inbound) => inbound,
        other => panic!("{other:?}"),
    }
}

pub(crate) fn reply(event: &Event) -> &Reply {
    match &event.fact {
        Fact::Reply(reply) => reply,
        other => panic!("{other:?}"),
    }
}
