//! Everything put together.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use chrono::TimeDelta;
use handover_core::archive::{Archive, Jobs};
use handover_core::assistant::{Answer, Assistant, Task, Turn};
use handover_core::channel::Account;
use handover_core::clock::Clock;
use handover_core::error::{Error, ErrorKind};
use handover_core::event::Source;
use handover_core::id::{AccountId, ChannelId, DeskId};
use handover_core::message::{Reason, Speaker};
use handover_core::policy::OpenCase;
use handover_core::transport::Transport;
use handover_relay::runner::{self, Options as Drive};
use handover_relay::{ChannelSetup, DeskSetup, Relay};
use handover_sim::Wire;
use handover_sim::creatio::Creatio;
use handover_sim::twilio::Twilio;
use handover_sms::twilio;
use handover_store::Sqlite;
use tempfile::TempDir;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::clock::Time;
use super::gauge::Sample;
use super::held::Held;
use super::hold::Hold;
use super::options::Options;
use super::people::People;
use super::plan::LAST_COMES;
use super::post::Post;
use super::report::Report;
use super::settle::Books;
use super::weather::{Meter, Weather};
use crate::setup;

/// How many relays share the store.
pub(super) const RELAYS: usize = 2;
/// How many claims each works on at once, for each account.
pub(super) const SLOTS: usize = 8;
/// How long a request takes.
pub(super) const LATENCY: Duration = Duration::from_millis(80);

pub(super) struct Town {
    options: Options,
    time: Time,
    twilio: Twilio,
    creatio: Creatio,
    store: Held,
    people: People,
    post: Post,
    books: Books,
    meter: Meter,
    samples: Vec<Sample>,
    settled: u32,
    stop: watch::Sender<bool>,
    running: Vec<JoinHandle<()>>,
    _folder: TempDir,
}

impl Town {
    pub(super) fn build(options: &Options) -> Self {
        let time = Time::begin();
        let mut rng = fastrand::Rng::with_seed(options.seed);
        let twilio = setup::twilio().latency(LATENCY).build();
        let creatio = setup::silent_creatio();
        creatio.set_latency(LATENCY, Duration::from_millis(1));
        let owner = creatio.add_contact("Ann Agent", "", "ann@acme.example", time.now());
        let wire = Wire::new(time.clock())
            .host("api.twilio.com", twilio.clone())
            .host("acme-is.creatio.com", creatio.clone())
            .host("acme.creatio.com", creatio.clone());
        let meter = Meter::default();
        let (seed, rng_of_people) = (rng.u64(..), rng.u64(..));
        let transport: Arc<dyn Transport> = Arc::new(Weather {
            wire,
            time,
            twilio: twilio.clone(),
            creatio: creatio.clone(),
            meter: meter.clone(),
            rng: Mutex::new(fastrand::Rng::with_seed(seed)),
        });
        let folder = TempDir::new_in(&options.folder).unwrap();
        let file = folder.path().join("soak.db");
        let inner = Sqlite::open(file, &handover_store::Options::default()).unwrap();
        let store = Held { inner, hold: Hold::default() };
        let clock: Arc<dyn Clock> = Arc::new(time.clock());
        let relays: Vec<Relay> =
            (0..RELAYS).map(|_| relay(options, (&transport, &clock), &store, owner)).collect();
        let (stop, _) = watch::channel(false);
        let running = relays.iter().map(|relay| {
            let mut stopped = stop.subscribe();
            let until = async move { drop(stopped.wait_for(|is| *is).await) };
            tokio::spawn(runner::run(relay.clone(), drive(), until))
        });
        let running = running.collect();
        let parties = (twilio.clone(), creatio.clone());
        let people = People::new(options.customers(), rng_of_people, time, parties);
        let post = Post::new(relays, rng.u64(..));
        Self {
            options: options.clone(),
            time,
            twilio,
            creatio,
            store,
            people,
            post,
            books: Books::default(),
            meter,
            samples: Vec::new(),
            settled: 0,
            stop,
            running,
            _folder: folder,
        }
    }

    /// Until everybody has said what they have to say.
    pub(super) async fn live(&mut self) {
        while let Some(next) = self.people.next() {
            self.pass().await;
            let wait = next.saturating_sub(self.time.millis()).clamp(1, 2_000);
            tokio::time::sleep(Duration::from_millis(wait.into())).await;
        }
    }

    /// Until nothing is left to do, but no longer than some hours.
    pub(super) async fn come_to_rest(&mut self) {
        let (begun, mut calm) = (self.time.seconds(), 0);
        while calm < QUIET && self.time.seconds() - begun < LONGEST_REST {
            self.pass().await;
            let counts = self.store.counts(&setup::tenant()).await.unwrap();
            let is_calm = counts.jobs == 0 && self.post.is_still();
            calm = if is_calm || calm > 0 && counts.jobs < 4 { calm + 1 } else { 0 };
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
    }

    pub(super) async fn close(mut self, begun: Instant) -> Report {
        self.stop.send_replace(true);
        for running in self.running.drain(..) {
            running.await.unwrap();
        }
        self.look(true).await;
        let left = self.store.counts(&setup::tenant()).await.unwrap();
        let parked = self.store.jobs(&setup::tenant(), Jobs::Parked, 10).await.unwrap();
        self.books.close(&self.creatio, &self.people);
        // A late word on a text whose session we have forgotten. That no message is among them, the
        // books have shown.
        self.books.tally.insert("reports on what is forgotten", left.unrouted);
        for view in parked {
            self.books.wrongs.push(format!(
                "{} is parked: {:?}",
                view.job.work.name(),
                view.reason
            ));
        }
        Report {
            options: self.options.clone(),
            budget: budget(&self.options),
            seconds: self.time.seconds(),
            wall: begun.elapsed(),
            books: self.books,
            samples: self.samples,
            requests: self.meter,
            // The two feeds are read for ever.
            left: left.jobs.saturating_sub(2) + left.parked,
        }
    }

    /// What is due is done, and what is to be seen is looked at.
    async fn pass(&mut self) {
        for request in self.people.act() {
            self.post.take(request);
        }
        for outgoing in self.twilio.take_webhooks() {
            self.post.take(outgoing.request);
        }
        let second = self.time.seconds();
        if self.samples.last().is_none_or(|last| last.second + SAMPLE <= second) {
            let counts = self.store.counts(&setup::tenant()).await.unwrap();
            self.samples.push(Sample::take(second, counts.jobs));
        }
        if self.settled + SETTLE <= second {
            self.settled = second;
            self.look(false).await;
        }
    }

    async fn look(&mut self, all: bool) {
        self.books.read_phones(&self.twilio, &mut self.people);
        let (store, creatio) = (&self.store, &self.creatio);
        let when = (self.time.seconds(), all);
        self.books.settle(store, creatio, &mut self.people, when).await;
        self.twilio.forget_before(self.time.now() - TimeDelta::minutes(30));
        self.creatio.forget_requests();
    }
}

/// How many texts a second the provider takes: twice what is said when all is well.
pub(super) fn budget(options: &Options) -> f64 {
    let answers = f64::from(options.messages) / 2.0;
    (2.0 * answers / f64::from(LAST_COMES)).max(2.0)
}

fn drive() -> Drive {
    let minute = Duration::from_secs(60);
    Drive::default()
        .concurrency(SLOTS)
        .poll(Source::Channel(ChannelId::new("sms-us").unwrap()), minute)
        .poll(Source::Desk(DeskId::new("creatio").unwrap()), minute)
}

fn relay(
    options: &Options,
    (transport, clock): (&Arc<dyn Transport>, &Arc<dyn Clock>),
    store: &Held,
    owner: uuid::Uuid,
) -> Relay {
    let creatio = Arc::new(setup::desk_of(owner, transport, clock));
    let config = setup::channel_config().with_per_second(budget(options)).unwrap();
    let sms = Arc::new(twilio::Twilio::new(config, Arc::clone(transport), Arc::clone(clock)));
    Relay::builder(setup::tenant())
        .clock(Arc::clone(clock))
        .assistant(Arc::new(Echo::default()))
        .desk(
            DeskSetup::new(Arc::<handover_creatio::Creatio>::clone(&creatio))
                .directory(Arc::<handover_creatio::Creatio>::clone(&creatio), true)
                .webhook(Arc::<handover_creatio::Creatio>::clone(&creatio))
                .feed(creatio)
                .open_case(OpenCase::FirstMessage),
        )
        .channel(
            ChannelSetup::new(Arc::<twilio::Twilio>::clone(&sms))
                .webhook(Arc::<twilio::Twilio>::clone(&sms))
                .feed(sms)
                .desk(DeskId::new("creatio").unwrap())
                .inactivity(TimeDelta::hours(3)),
        )
        .build(Arc::new(store.clone()))
        .unwrap()
}

/// An assistant that names what it answers, and is down once in two hundred times.
#[derive(Debug, Default)]
struct Echo {
    asked: AtomicU32,
}

#[async_trait]
impl Assistant for Echo {
    fn account(&self) -> Account {
        Account::new(AccountId::new("echo").unwrap())
    }

    async fn answer(&self, turn: &Turn) -> Result<Answer, Error> {
        tokio::time::sleep(Duration::from_millis(300)).await;
        let texts = turn.messages.iter().rev();
        let mut texts = texts.filter(|message| message.author == Speaker::Customer);
        let last = texts.next().map(|message| message.text.clone()).unwrap_or_default();
        if turn.task == Task::Summarise {
            return Ok(Answer::default());
        }
        if self.asked.fetch_add(1, Ordering::Relaxed).is_multiple_of(200) {
            return Err(Error::later(ErrorKind::Unavailable, "the assistant is down"));
        }
        let is_person = last.ends_with("person");
        Ok(Answer {
            text: (!is_person).then(|| format!("answer to {last}")),
            handoff: is_person.then_some(Reason::CustomerAsked),
            resolved: last.ends_with("resolved"),
            brief: None,
        })
    }
}

/// How often what is looked at, in seconds.
const SAMPLE: u32 = 30;
const SETTLE: u32 = 60;
/// How long nothing happens before it is believed that nothing will, and how long that may take.
const QUIET: u32 = 200;
const LONGEST_REST: u32 = 4 * 3600;
