//! A channel of our own, worked in Front: its conversations appear there in a partner channel.

use std::sync::{Arc, Mutex};

use chrono::{DateTime, TimeDelta, Utc};
use handover_core::archive::Archive as _;
use handover_core::id::{ChannelId, DeskId, TenantId};
use handover_core::memory::MemoryStore;
use handover_core::transport::Transport;
use handover_front::ids::{ChannelId as FrontChannel, TeammateId};
use handover_front::{ChannelApi, Client, Config, DeskConfig, Front};
use handover_keyword::Keyword;
use handover_relay::{ChannelSetup, DeskSetup, Relay, Worked};
use handover_sim::front::Front as FrontSim;
use handover_sim::twilio::Twilio as TwilioSim;
use handover_sim::{Clock, Wire};
use handover_sms::twilio::{self, Twilio};
use handover_tests::setup;

use crate::town::{AI, CUSTOMER, REP, application};

/// A Twilio, a Front with a partner channel, and the relay between them.
struct Bridge {
    now: Arc<Mutex<DateTime<Utc>>>,
    front: FrontSim,
    twilio: TwilioSim,
    store: Arc<MemoryStore>,
    relay: Relay,
}

impl Bridge {
    fn new() -> Self {
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
            .partner_channel(
                "cha_partner",
                "inb_texts",
                "https://relay.example/desks/front/channel",
            )
            .hook(application())
            .build();
        let twilio = setup::twilio().build();
        let wire = Wire::new(clock.clone()).host("api.twilio.com", twilio.clone());
        let wire = wire.any(front.clone());
        let transport: Arc<dyn Transport> = Arc::new(wire);
        let clock: Arc<dyn handover_core::clock::Clock> = Arc::new(clock);
        let desk = DeskId::new("front").unwrap();
        let login = Config::new("token".into()).unwrap();
        let client = Client::new(&login, Arc::clone(&transport), Arc::clone(&clock)).unwrap();
        let channel = FrontChannel::new("cha_partner").unwrap();
        let api = ChannelApi::new("app", vec!["app-secret".into()], channel).unwrap();
        let config = DeskConfig::new(desk.clone(), TeammateId::new(AI).unwrap())
            .and_then(|config| config.with_application_keys(vec!["a-signing-key".into()]))
            .unwrap()
            .with_channel_api(api);
        let front_desk = Arc::new(Front::new(client, config));
        let sms = twilio::Config::new(
            ChannelId::new("sms-us").unwrap(),
            "AC0123456789abcdef0123456789abcdef",
            vec!["token".into()],
            setup::NUMBER,
            "https://relay.example/channels/sms-us".parse().unwrap(),
        );
        let sms = Arc::new(Twilio::new(sms.unwrap(), transport, Arc::clone(&clock)));
        let keyword: handover_keyword::Config =
            toml::from_str("[[answer]]\ncontains = [\"open\"]\nreply = \"From 9 to 5.\"").unwrap();
        let store = Arc::new(MemoryStore::new());
        let relay = Relay::builder(TenantId::new("acme").unwrap())
            .clock(clock)
            .assistant(Arc::new(Keyword::new(keyword).unwrap()))
            .desk(
                DeskSetup::new(Arc::<Front>::clone(&front_desk))
                    .webhook(Arc::<Front>::clone(&front_desk))
                    .feed(front_desk),
            )
            .channel(
                ChannelSetup::new(Arc::<Twilio>::clone(&sms))
                    .webhook(Arc::<Twilio>::clone(&sms))
                    .feed(sms)
                    .desk(desk),
            )
            .build(Arc::clone(&store))
            .unwrap();
        Self { now, front, twilio, store, relay }
    }

    fn now(&self) -> DateTime<Utc> {
        *self.now.lock().unwrap()
    }

    async fn customer_texts(&self, text: &str) {
        self.twilio.customer_texts(CUSTOMER, setup::NUMBER, text, &[], self.now());
        self.settle().await;
    }

    async fn settle(&self) {
        for _ in 0..3 {
            self.run().await;
            *self.now.lock().unwrap() += TimeDelta::seconds(6);
        }
    }

    async fn run(&self) {
        for _ in 0..10_000 {
            let webhooks: Vec<_> = {
                let front = self.front.take_webhooks();
                self.twilio.take_webhooks().into_iter().chain(front).collect()
            };
            let is_quiet = webhooks.is_empty();
            for webhook in webhooks {
                let path = webhook.request.uri().path().to_owned();
                let name = path.split('/').skip(1).take(2).collect::<Vec<_>>().join("/");
                let answer = self.relay.handle(&name, webhook.request.clone()).await;
                assert!(answer.status().is_success(), "{path} was answered {}", answer.status());
                let status = Some(answer.status().as_u16());
                webhook.answered(status, answer.body(), self.now());
            }
            self.relay.tick().await.unwrap();
            if self.relay.work_one().await.unwrap() == Worked::Idle && is_quiet {
                return;
            }
        }
        panic!("it never comes to rest");
    }
}

#[tokio::test]
async fn a_text_to_our_own_number_is_worked_in_front() {
    let bridge = Bridge::new();
    bridge.customer_texts("Are you open?").await;
    bridge.customer_texts("I want to talk to a human").await;
    let conversations = bridge.front.conversations();
    let [conversation] = conversations.as_slice() else { panic!("one: {conversations:#?}") };
    let said: Vec<String> =
        bridge.front.messages(&conversation.id).into_iter().map(|message| message.body).collect();
    assert_eq!(said.len(), 4, "the whole transcript: {said:#?}");
    let comments = bridge.front.comments(&conversation.id);
    assert_eq!(comments.len(), 1, "{comments:#?}");
    assert!(comments[0].body.contains("asked for a person"));

    bridge.front.teammate_replies(&conversation.id, REP, "Rita here.", bridge.now());
    bridge.settle().await;
    assert_eq!(bridge.twilio.phone(CUSTOMER).last().map(String::as_str), Some("Rita here."));
    assert_eq!(bridge.twilio.phone(CUSTOMER).len(), 3, "once");

    bridge.front.teammate_archives(&conversation.id, REP, bridge.now());
    bridge.settle().await;
    let sessions = bridge.store.sessions(bridge.relay.tenant(), false, None, 10).await.unwrap();
    assert!(sessions.iter().all(|session| !session.is_open()));
}
