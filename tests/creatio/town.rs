//! A town: a customer's telephone, a Twilio, a relay, a Creatio with people in it, and a clock that
//! we turn.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use handover_core::archive::{Archive, Jobs};
use handover_core::assistant::Assistant;
use handover_core::event::Source;
use handover_core::feed::Scope;
use handover_core::id::{ChannelId, DeskId, TenantId};
use handover_core::job::JobId;
use handover_core::memory::MemoryStore;
use handover_core::policy::{AppendTo, OpenCase};
use handover_core::session::Session;
use handover_core::transport::Transport;
use handover_creatio::{Client, Config, Creatio, DeskConfig, ReplyRule};
use handover_keyword::Keyword;
use handover_relay::{ChannelSetup, DeskSetup, Relay, Worked, runner};
use handover_sim::creatio::{
    ActivityType, Builder, Creatio as CreatioSim, Kind, Poke, PokeStyle, Record, RepActivity,
};
use handover_sim::twilio::Twilio as TwilioSim;
use handover_sim::{Clock, Outgoing, Simulator, Wire};
use handover_sms::twilio;
use handover_tests::shelf::Shelf;
use http::{Request, Response};
use secrecy::SecretString;
use tokio::sync::oneshot;
use uuid::Uuid;

mod counted;

use counted::Counted;

pub(crate) const CUSTOMER: &str = "+15552223333";
pub(crate) const NUMBER: &str = "+15550001111";
/// What the assistant says to whoever asks about opening hours.
pub(crate) const ANSWER: &str = "We are open from 9 to 5.";
const ACCOUNT: &str = "AC0123456789abcdef0123456789abcdef";
const SECRET: &str = "a-secret-of-the-business-process";

/// What a test wants otherwise.
pub(crate) struct Plan {
    pub(crate) open_case: OpenCase,
    pub(crate) append: AppendTo,
    pub(crate) reopen: TimeDelta,
    /// The tenant of Creatio.
    pub(crate) tenant: fn(Builder) -> Builder,
    /// How we log in.
    pub(crate) login: fn() -> Config,
    /// How the desk is set up.
    pub(crate) desk: fn(DeskConfig) -> DeskConfig,
    /// The business process that calls us; without one, there are no webhooks.
    pub(crate) process: Option<fn(Poke) -> Poke>,
    /// Which activities are replies.
    pub(crate) replies: &'static [&'static str],
    /// Who answers; the table of phrases when nobody is named.
    pub(crate) assistant: Option<fn() -> Arc<dyn Assistant>>,
}

impl Default for Plan {
    fn default() -> Self {
        Self {
            open_case: OpenCase::FirstMessage,
            append: AppendTo::OpenCase,
            reopen: TimeDelta::zero(),
            tenant: |tenant| tenant,
            login: || {
                let secret = secret("client-secret");
                Config::new("https://acme.creatio.com", "client", secret).unwrap()
            },
            desk: |desk| desk,
            process: Some(|process| process),
            replies: &["Call"],
            assistant: None,
        }
    }
}

pub(crate) struct Town {
    now: Arc<Mutex<DateTime<Utc>>>,
    pub(crate) twilio: TwilioSim,
    pub(crate) creatio: CreatioSim,
    /// The contact of Ann, whom cases go to.
    pub(crate) ann: Uuid,
    pub(crate) store: Arc<MemoryStore>,
    pub(crate) relay: Relay,
    /// What the desk calls with, to be closed in the end.
    pub(crate) client: Client,
    wire: Arc<Counted>,
}

impl Town {
    pub(crate) fn new(plan: &Plan) -> Self {
        let start: DateTime<Utc> = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        let now = Arc::new(Mutex::new(start));
        let clock = {
            let now = Arc::clone(&now);
            Clock::new(move || *now.lock().unwrap())
        };
        let twilio = TwilioSim::builder(ACCOUNT, "token")
            .number(NUMBER)
            .inbound_url("https://relay.example/channels/sms-us")
            .build();
        let builder = CreatioSim::builder("client", "client-secret").column(
            "Case",
            "UsrOrderNumber",
            Kind::Text(Some(50)),
        );
        let creatio = (plan.tenant)(builder).build();
        if let Some(process) = plan.process {
            let url = "https://relay.example/desks/creatio".parse().unwrap();
            creatio.poke(process(Poke::new(url, SECRET, PokeStyle::Header)));
        }
        let ann = creatio.add_user("Ann Agent", start);
        let wire = Wire::new(clock.clone())
            .host("api.twilio.com", twilio.clone())
            .host("acme-is.creatio.com", creatio.clone())
            .host("acme.creatio.com", creatio.clone());
        let wire = Arc::new(Counted::new(wire));
        let transport: Arc<dyn Transport> = Arc::<Counted>::clone(&wire);
        let clock: Arc<dyn handover_core::clock::Clock> = Arc::new(clock);
        let store = Arc::new(MemoryStore::new());
        // Answers come within 30 seconds or never.
        let login = (plan.login)().with_timeout(Duration::from_secs(30)).unwrap();
        let client = Client::new(&login, Arc::clone(&transport), Arc::clone(&clock)).unwrap();
        let relay = relay(plan, ann, client.clone(), &transport, &clock, Arc::clone(&store));
        Self { now, twilio, creatio, ann, store, relay, client, wire }
    }

    pub(crate) fn now(&self) -> DateTime<Utc> {
        *self.now.lock().unwrap()
    }

    pub(crate) fn pass(&self, time: TimeDelta) {
        *self.now.lock().unwrap() += time;
    }

    /// A text with a picture or another file.
    pub(crate) async fn customer_sends(&self, text: &str, kind: &str, content: &[u8]) {
        self.pass(TimeDelta::seconds(1));
        let media = [(kind, Bytes::copy_from_slice(content))];
        self.twilio.customer_texts(CUSTOMER, NUMBER, text, &media, self.now());
        self.settle().await;
    }

    pub(crate) async fn customer_texts(&self, text: &str) {
        self.pass(TimeDelta::seconds(1));
        self.twilio.customer_texts(CUSTOMER, NUMBER, text, &[], self.now());
        self.settle().await;
    }

    /// A conversation that was handed to Ann; its case.
    pub(crate) async fn handed_off(&self) -> Uuid {
        self.customer_texts("Are you open? My order is A-1234.").await;
        self.customer_texts("I want to speak to a person").await;
        self.only_case().id()
    }

    /// Ann replies as the rule has it.
    pub(crate) async fn ann_replies(&self, case: Uuid, text: &str) -> Uuid {
        let reply = RepActivity::new(ActivityType::Call).detailed_result(text).finished();
        self.ann_adds(case, reply).await
    }

    pub(crate) async fn ann_adds(&self, case: Uuid, activity: RepActivity) -> Uuid {
        self.pass(TimeDelta::seconds(1));
        let id = self.creatio.rep_adds_activity(case, activity.by(self.ann), self.now());
        self.settle().await;
        id
    }

    pub(crate) async fn ann_sets(&self, case: Uuid, status: &str) {
        self.pass(TimeDelta::seconds(1));
        self.creatio.rep_sets_status(case, status, self.now());
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

    /// Passes time, polling, until everything that waits has been tried again.
    pub(crate) async fn recover(&self) {
        for _ in 0..6 {
            self.pass(TimeDelta::minutes(1));
            self.poll().await;
        }
    }

    /// Delivers webhooks and does jobs until nothing moves.
    pub(crate) async fn run(&self) {
        for _ in 0..20_000 {
            let webhooks: Vec<Outgoing> = self
                .twilio
                .take_webhooks()
                .into_iter()
                .chain(self.creatio.outbox().take_due(self.now()))
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

    /// As [`Town::run`], by the relay's own runner, which does many jobs at once. Time passes as
    /// tokio's does.
    pub(crate) async fn drive(&self) {
        let (stop, stopped) = oneshot::channel::<()>();
        let until = async move { drop(stopped.await) };
        let running = runner::run(self.relay.clone(), runner::Options::default(), until);
        let working = tokio::spawn(running);
        for _ in 0..20_000 {
            let step = Duration::from_millis(10);
            tokio::time::sleep(step).await;
            self.pass(TimeDelta::from_std(step).unwrap());
            let mut webhooks = self.twilio.take_webhooks();
            webhooks.extend(self.creatio.outbox().take_due(self.now()));
            let is_quiet = webhooks.is_empty();
            for webhook in webhooks {
                assert!(self.deliver(webhook.request).await.status().is_success());
            }
            if is_quiet && self.store.counts(self.relay.tenant()).await.unwrap().jobs == 0 {
                drop(stop);
                return working.await.unwrap();
            }
        }
        panic!("the town never comes to rest");
    }

    /// How many calls to Creatio there were at a time, at most.
    pub(crate) fn most_calls(&self) -> usize {
        self.wire.most()
    }

    pub(crate) async fn deliver(&self, request: Request<Bytes>) -> Response<Bytes> {
        let path = request.uri().path().to_owned();
        let name = path.split('/').skip(1).take(2).collect::<Vec<_>>().join("/");
        self.relay.handle(&name, request).await
    }

    /// What the timer of the runner does each `poll_interval`.
    pub(crate) async fn poll(&self) {
        let sources: Vec<Source> = self.relay.feeds().cloned().collect();
        let pokes = sources.into_iter().map(|source| (source, Scope::All)).collect();
        self.relay.accept(Vec::new(), pokes).await.unwrap();
        self.settle().await;
    }

    pub(crate) fn phone(&self) -> Vec<String> {
        self.twilio.phone(CUSTOMER)
    }

    /// How often the telephone shows a text.
    pub(crate) fn got(&self, text: &str) -> usize {
        self.phone().iter().filter(|got| *got == text).count()
    }

    pub(crate) fn only_case(&self) -> Record {
        let cases = self.creatio.cases();
        assert_eq!(cases.len(), 1, "one case");
        cases.into_iter().next().unwrap()
    }

    /// The entries we wrote on a case, in the order of their numbers: number and text.
    pub(crate) fn entries(&self, case: Uuid) -> Vec<(u64, String)> {
        let rows = self.creatio.activities(case);
        let mut entries: Vec<(u64, String)> = rows
            .iter()
            .filter_map(|row| {
                let number = row.text("Title").strip_prefix('#')?.split(' ').next()?;
                Some((number.parse().ok()?, row.text("Notes").to_owned()))
            })
            .collect();
        entries.sort();
        entries
    }

    /// All of the entries' texts, one behind the other.
    pub(crate) fn read(&self, case: Uuid) -> String {
        self.entries(case).into_iter().map(|(_, text)| text + "\n").collect()
    }

    /// Oldest first.
    pub(crate) async fn sessions(&self) -> Vec<Session> {
        let sessions = self.store.sessions(self.relay.tenant(), false, None, 100).await;
        let mut sessions = sessions.unwrap();
        sessions.sort_by_key(|session| session.created_at);
        sessions
    }

    /// The jobs that wait for a person to mend something.
    pub(crate) async fn parked(&self) -> Vec<JobId> {
        let jobs = self.store.jobs(self.relay.tenant(), Jobs::Parked, 100).await.unwrap();
        jobs.into_iter().map(|view| view.job.id).collect()
    }

    pub(crate) async fn replay(&self, jobs: &[JobId]) {
        for job in jobs {
            self.relay.replay(*job).await.unwrap();
        }
    }

    pub(crate) async fn open_sessions(&self) -> usize {
        self.sessions().await.iter().filter(|session| session.is_open()).count()
    }
}

fn relay(
    plan: &Plan,
    ann: Uuid,
    client: Client,
    transport: &Arc<dyn Transport>,
    clock: &Arc<dyn handover_core::clock::Clock>,
    store: Arc<MemoryStore>,
) -> Relay {
    let (tenant, desk) = (TenantId::new("acme").unwrap(), DeskId::new("creatio").unwrap());
    let assistant = plan.assistant.unwrap_or(|| {
        let keyword: handover_keyword::Config = toml::from_str(ANSWERS).unwrap();
        Arc::new(Keyword::new(keyword).unwrap())
    });
    let replies = plan.replies.iter().map(|name| (*name).to_owned()).collect();
    let config = DeskConfig::new(tenant.clone(), desk.clone())
        .with_webhook_secrets(vec![secret(SECRET)])
        .and_then(|config| config.with_default_owner_id(&ann.to_string()))
        .and_then(|config| config.with_resolved_status_id(RESOLVED))
        .unwrap()
        .with_reply_rule(ReplyRule::new(replies).unwrap());
    let config = (plan.desk)(config);
    let fields = config.fields();
    let creatio = Arc::new(Creatio::new(client, config).unwrap());
    let sms = twilio::Config::new(
        ChannelId::new("sms-us").unwrap(),
        ACCOUNT,
        vec![secret("token")],
        NUMBER,
        "https://relay.example/channels/sms-us".parse().unwrap(),
    );
    let sms = twilio::Twilio::new(sms.unwrap(), Arc::clone(transport), Arc::clone(clock));
    let sms = Arc::new(sms);
    Relay::builder(tenant)
        .clock(Arc::clone(clock))
        .assistant(assistant())
        .blobs(Arc::new(Shelf::default()))
        .links(|session, _| format!("https://relay.example/sessions/{session}").parse().ok())
        .desk(
            DeskSetup::new(Arc::<Creatio>::clone(&creatio))
                .directory(Arc::<Creatio>::clone(&creatio), true)
                .webhook(Arc::<Creatio>::clone(&creatio))
                .feed(creatio)
                .open_case(plan.open_case)
                .fields(fields)
                .reopen(plan.reopen),
        )
        .channel(
            ChannelSetup::new(Arc::<twilio::Twilio>::clone(&sms))
                .webhook(Arc::<twilio::Twilio>::clone(&sms))
                .feed(sms)
                .desk(desk)
                .append(plan.append)
                .inactivity(TimeDelta::hours(3)),
        )
        .build(store)
        .unwrap()
}

pub(crate) fn secret(text: &str) -> SecretString {
    SecretString::from(text.to_owned())
}

const ANSWERS: &str = r#"
    [[answer]]
    contains = ["opening hours", "open"]
    reply = "We are open from 9 to 5."
"#;
pub(crate) const RESOLVED: &str = "ae7f411e-f46b-1410-009b-0050ba5d6c38";
