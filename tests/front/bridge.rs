//! A Twilio number of our own whose conversations are worked in Front, in a partner channel.

use std::sync::{Arc, Mutex};

use chrono::{DateTime, TimeDelta, Utc};
use handover_core::archive::Archive as _;
use handover_core::assistant::Assistant;
use handover_core::id::{ChannelId, DeskId, TenantId};
use handover_core::memory::MemoryStore;
use handover_core::message::Message;
use handover_core::session::Session;
use handover_core::transport::Transport;
use handover_front::ids::{ChannelId as FrontChannel, InboxId, TeammateId};
use handover_front::{ChannelApi, Client, Config, DeskConfig, Front};
use handover_keyword::Keyword;
use handover_relay::{ChannelSetup, DeskSetup, Relay, Worked};
use handover_sim::front::{Conversation, Front as FrontSim};
use handover_sim::twilio::Twilio as TwilioSim;
use handover_sim::{Clock, Outgoing, Wire};
use handover_sms::twilio::{self, Twilio};
use handover_tests::setup;
use handover_tests::shelf::Shelf;

use crate::town::{AI, CUSTOMER, REP, application};

/// Where Front reaches the partner channel.
pub(crate) const HOOK: &str = "https://relay.example/desks/front/channel";
/// What the assistant says about opening hours.
pub(crate) const HOURS: &str = "From 9 to 5.";

/// A Twilio, a Front with a partner channel, and the relay between them.
pub(crate) struct Bridge {
    now: Arc<Mutex<DateTime<Utc>>>,
    clock: Clock,
    transport: Arc<dyn Transport>,
    blobs: Arc<Shelf>,
    assistant: Arc<dyn Assistant>,
    pub(crate) front: FrontSim,
    pub(crate) twilio: TwilioSim,
    pub(crate) store: Arc<MemoryStore>,
    pub(crate) relay: Relay,
}

impl Bridge {
    /// With a channel that is connected, and the assistant that answers from a table.
    pub(crate) fn new() -> Self {
        let keyword: handover_keyword::Config =
            toml::from_str("[[answer]]\ncontains = [\"open\"]\nreply = \"From 9 to 5.\"").unwrap();
        Self::with(Arc::new(Keyword::new(keyword).unwrap()), true)
    }

    pub(crate) fn with(assistant: Arc<dyn Assistant>, is_connected: bool) -> Self {
        let start: DateTime<Utc> = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        let now = Arc::new(Mutex::new(start));
        let clock = {
            let now = Arc::clone(&now);
            Clock::new(move || *now.lock().unwrap())
        };
        let front = FrontSim::builder("token")
            .application("app", "app-secret")
            .teammate(AI, "ai@acme.example", "ai", "Assistant")
            .teammate(REP, "rita@acme.example", "user", "Rita Rep")
            .inbox("inb_texts", "Texts")
            .inbox("inb_sms", "SMS")
            .channel("cha_sms", "inb_sms", "twilio", "+18005551212")
            .hook(application());
        let front = if is_connected {
            front.partner_channel("cha_partner", "inb_texts", HOOK).build()
        } else {
            front.channel("cha_partner", "inb_texts", "application", "texts").build()
        };
        let twilio = setup::twilio().build();
        let wire = Wire::new(clock.clone()).host("api.twilio.com", twilio.clone());
        let transport: Arc<dyn Transport> = Arc::new(wire.any(front.clone()));
        let (store, blobs) = (Arc::new(MemoryStore::new()), Arc::new(Shelf::default()));
        let relay = relay(&transport, &clock, &blobs, &assistant, &store);
        Self { now, clock, transport, blobs, assistant, front, twilio, store, relay }
    }

    /// The process ends and another one takes its place: what is not in the store is forgotten.
    pub(crate) fn restart(&mut self) {
        self.relay = relay(&self.transport, &self.clock, &self.blobs, &self.assistant, &self.store);
    }

    pub(crate) fn now(&self) -> DateTime<Utc> {
        *self.now.lock().unwrap()
    }

    pub(crate) fn pass(&self, time: TimeDelta) {
        *self.now.lock().unwrap() += time;
    }

    pub(crate) async fn customer_texts(&self, text: &str) {
        self.pass(TimeDelta::seconds(1));
        self.twilio.customer_texts(CUSTOMER, setup::NUMBER, text, &[], self.now());
        self.settle().await;
    }

    pub(crate) async fn rep_replies(&self, text: &str) {
        self.pass(TimeDelta::seconds(1));
        self.front.teammate_replies(&self.worked().id, REP, text, self.now());
        self.settle().await;
    }

    pub(crate) async fn settle(&self) {
        for _ in 0..3 {
            self.run().await;
            self.pass(TimeDelta::seconds(6));
        }
    }

    pub(crate) async fn run(&self) {
        for _ in 0..10_000 {
            let webhooks = self.webhooks();
            let is_quiet = webhooks.is_empty();
            for webhook in webhooks {
                self.deliver(webhook).await;
            }
            self.relay.tick().await.unwrap();
            if self.relay.work_one().await.unwrap() == Worked::Idle && is_quiet {
                return;
            }
        }
        panic!("it never comes to rest");
    }

    pub(crate) fn webhooks(&self) -> Vec<Outgoing> {
        let front = self.front.take_webhooks();
        self.twilio.take_webhooks().into_iter().chain(front).collect()
    }

    pub(crate) async fn deliver(&self, webhook: Outgoing) {
        let path = webhook.request.uri().path().to_owned();
        let name = path.split('/').skip(1).take(2).collect::<Vec<_>>().join("/");
        let answer = self.relay.handle(&name, webhook.request.clone()).await;
        assert!(answer.status().is_success(), "{path} was answered {}", answer.status());
        webhook.answered(Some(answer.status().as_u16()), answer.body(), self.now());
    }

    /// The one conversation in Front.
    pub(crate) fn worked(&self) -> Conversation {
        let conversations = self.front.conversations();
        let [conversation] = conversations.as_slice() else { panic!("one: {conversations:#?}") };
        conversation.clone()
    }

    /// What people read in the conversation, oldest first.
    pub(crate) fn thread(&self) -> Vec<String> {
        self.front.messages(&self.worked().id).into_iter().map(|message| message.body).collect()
    }

    pub(crate) fn comments(&self) -> Vec<String> {
        self.front.comments(&self.worked().id).into_iter().map(|comment| comment.body).collect()
    }

    pub(crate) fn phone(&self) -> Vec<String> {
        self.twilio.phone(CUSTOMER)
    }

    /// Oldest first.
    pub(crate) async fn sessions(&self) -> Vec<Session> {
        let sessions = self.store.sessions(self.relay.tenant(), false, None, 100).await;
        let mut sessions = sessions.unwrap();
        sessions.sort_by_key(|session| session.created_at);
        sessions
    }

    /// Everything that was said in a session.
    pub(crate) async fn transcript(&self, session: &Session) -> Vec<Message> {
        self.store.messages(self.relay.tenant(), session.id, 0, 100).await.unwrap()
    }
}

fn relay(
    transport: &Arc<dyn Transport>,
    clock: &Clock,
    blobs: &Arc<Shelf>,
    assistant: &Arc<dyn Assistant>,
    store: &Arc<MemoryStore>,
) -> Relay {
    let clock: Arc<dyn handover_core::clock::Clock> = Arc::new(clock.clone());
    let (desk, hosted) = (DeskId::new("front").unwrap(), ChannelId::new("front-sms").unwrap());
    let login = Config::new("token".into()).unwrap();
    let client = Client::new(&login, Arc::clone(transport), Arc::clone(&clock)).unwrap();
    let channel = FrontChannel::new("cha_partner").unwrap();
    let api = ChannelApi::new("app", vec!["app-secret".into()], channel).unwrap();
    let config = DeskConfig::new(desk.clone(), TeammateId::new(AI).unwrap())
        .and_then(|config| config.with_application_keys(vec!["a-signing-key".into()]))
        .and_then(|config| config.with_channel(&hosted, [InboxId::new("inb_sms").unwrap()]))
        .unwrap()
        .with_channel_api(api);
    let front = Arc::new(Front::new(client, config));
    let hosted = Arc::new(front.channel(&hosted).unwrap());
    let sms = twilio::Config::new(
        ChannelId::new("sms-us").unwrap(),
        "AC0123456789abcdef0123456789abcdef",
        vec!["token".into()],
        setup::NUMBER,
        "https://relay.example/channels/sms-us".parse().unwrap(),
    );
    let sms = Arc::new(Twilio::new(sms.unwrap(), Arc::clone(transport), Arc::clone(&clock)));
    Relay::builder(TenantId::new("acme").unwrap())
        .clock(clock)
        .assistant(Arc::clone(assistant))
        .blobs(Arc::<Shelf>::clone(blobs))
        .desk(
            DeskSetup::new(Arc::<Front>::clone(&front))
                .webhook(Arc::<Front>::clone(&front))
                .feed(front),
        )
        .channel(
            ChannelSetup::new(Arc::<Twilio>::clone(&sms))
                .webhook(Arc::<Twilio>::clone(&sms))
                .feed(sms)
                .desk(desk.clone()),
        )
        .channel(ChannelSetup::new(hosted).desk(desk))
        .build(Arc::clone(store))
        .unwrap()
}
