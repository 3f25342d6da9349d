//! The world: the clock, the towns, the processes, and the mail between them.

use std::fmt::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use chrono::{DateTime, Utc};
use handover_core::archive::Archive;
use handover_core::clock::Clock;
use handover_core::id::TenantId;
use handover_core::matching::OnlyCandidate;
use handover_core::memory::MemoryStore;
use handover_core::store::Store;
use handover_sim::Fault;
use handover_store::Sqlite;

use super::assistant::Scripted;
use super::gate::{Skewed, at};
use super::mail::Mail;
use super::notes::SharedNotes;
use super::plan::{Act, Plan, Setup, Step, Way};
use super::process::{Ended, Process};
use super::town::{self, Common, Town};
use super::watch::Watched;
use super::{Bug, Report};

const START: i64 = 1_800_000_000_000;
const TENANTS: [&str; 2] = ["acme", "birch"];
/// How many things one process does at once.
const AT_ONCE: usize = 4;

pub(super) struct World {
    pub(super) now: Arc<AtomicI64>,
    down_until: Arc<AtomicI64>,
    pub(super) store: Arc<dyn Store>,
    pub(super) archive: Arc<dyn Archive>,
    pub(super) towns: Vec<Box<dyn Town>>,
    pub(super) processes: Vec<Process>,
    pub(super) mail: Vec<Mail>,
    pub(super) notes: SharedNotes,
    bug: Bug,
    setup: Setup,
    /// How many things were begun.
    begun: u64,
    /// How many requests had been made when telephones were looked at.
    looked: u64,
    trace: Option<Vec<String>>,
}

impl World {
    pub(super) fn new(plan: &Plan, bug: Bug, trace: bool) -> Self {
        let now = Arc::new(AtomicI64::new(START));
        let notes = SharedNotes::default();
        let (store, archive) = store(plan.setup.on_sqlite);
        let towns = plan
            .setup
            .towns
            .iter()
            .zip(TENANTS)
            .map(|(town, name)| town::found(town, TenantId::new(name).unwrap(), &now, &notes));
        let mut world = Self {
            towns: towns.collect(),
            now,
            down_until: Arc::new(AtomicI64::new(0)),
            store,
            archive,
            processes: Vec::new(),
            mail: Vec::new(),
            notes,
            bug,
            setup: plan.setup.clone(),
            begun: 0,
            looked: 0,
            trace: trace.then(Vec::new),
        };
        world.notes.lock().lines = world.trace.is_some().then(Vec::new);
        world.processes = (0..plan.setup.processes.len()).map(|n| world.process(n)).collect();
        world.note_setup();
        // A relay reads its feeds when it starts.
        world.poll_feeds();
        world.rest();
        world
    }

    fn note_setup(&self) {
        let mut notes = self.notes.lock();
        if self.setup.on_sqlite {
            notes.reach("SQLite kept it all");
        }
        if self.towns.len() > 1 {
            notes.reach("two tenants shared a store");
        }
        if self.processes.len() > 4 {
            notes.reach("five processes shared a store");
        }
        let is_hosted =
            |town: &super::plan::TownPlan| town.topology == super::plan::Topology::Hosted;
        if self.setup.towns.iter().any(is_hosted) {
            notes.reach("the desk hosted the channel");
        }
    }

    /// A process as it starts: nothing is remembered.
    fn process(&self, n: usize) -> Process {
        let ahead = self.setup.processes[n];
        let clock: Arc<dyn Clock> = Arc::new(Skewed { now: Arc::clone(&self.now), ahead });
        let relay = |town: &dyn Town| {
            let assistant =
                Scripted { now: Arc::clone(&self.now), down_until: Arc::clone(&self.down_until) };
            let common = Common {
                store: Arc::clone(&self.store),
                archive: Arc::clone(&self.archive),
                assistant: Arc::new(assistant),
                matcher: Arc::new(OnlyCandidate),
                clock: Arc::clone(&clock),
            };
            let mut parts = town.adapters(&self.bug, common);
            (self.bug.parts)(&mut parts);
            let watched = Arc::new(Watched {
                store: parts.store,
                archive: parts.archive,
                process: n,
                notes: self.notes.clone(),
            });
            parts.store = Arc::<Watched>::clone(&watched);
            parts.archive = watched;
            town.relay(parts, Arc::clone(&clock))
        };
        Process::new(self.towns.iter().map(|town| relay(&**town)).collect())
    }

    pub(super) fn time(&self) -> DateTime<Utc> {
        at(self.now.load(Ordering::Relaxed))
    }

    pub(super) fn pass(&mut self, millis: i64) {
        self.now.fetch_add(millis, Ordering::Relaxed);
    }

    pub(super) fn log(&mut self, line: impl FnOnce() -> String) {
        let now = self.time();
        if let Some(trace) = &mut self.trace {
            trace.push(format!("{} {}", now.format("%d %H:%M:%S%.3f"), line()));
        }
    }

    pub(super) fn is_broken(&self) -> bool {
        !self.notes.lock().violations.is_empty()
    }

    /// A name for something that begins.
    pub(super) fn begin(&mut self) -> u64 {
        self.begun += 1;
        self.begun
    }

    pub(super) fn step(&mut self, step: Step) {
        self.collect();
        match step {
            Step::Act { town, act, a, b } => self.act(town, act, (a, b)),
            Step::Begin { process, town, ticks } => {
                let process = process as usize % self.processes.len();
                let town = town as usize % self.towns.len();
                if self.processes[process].running.len() < AT_ONCE {
                    let id = self.begin();
                    let process = &mut self.processes[process];
                    if ticks { process.tick(id, town) } else { process.work(id, town) }
                }
            }
            Step::Crash { process } => self.crash(process as usize % self.processes.len()),
            Step::Deliver { process, mail, way } => {
                self.deliver(process as usize % self.processes.len(), mail, way);
            }
            Step::Drop { process, n } => self.lose(process as usize % self.processes.len(), n),
            Step::Fail { town, place, fault, times } => {
                let town = town as usize % self.towns.len();
                let line = self.towns[town].fail(place, fault_of(fault), times);
                self.log(|| line);
                self.notes.lock().reach("a call failed");
            }
            Step::GoOn { process, n } => {
                let process = process as usize % self.processes.len();
                let running = self.processes[process].running.len();
                if running > 0 {
                    self.go_on(process, n as usize % running);
                }
            }
            Step::Outage { seconds } => {
                self.log(|| format!("the assistant is down for {seconds} seconds"));
                let until = self.now.load(Ordering::Relaxed) + i64::from(seconds) * 1_000;
                self.down_until.store(until, Ordering::Relaxed);
                self.notes.lock().reach("the assistant was down");
            }
            Step::Pass { millis } => self.pass(i64::from(millis)),
            Step::StoreFails { process, after } => {
                let process = process as usize % self.processes.len();
                self.notes.lock().store_fails.insert(process, after);
            }
        }
    }

    fn act(&mut self, town: u32, act: Act, numbers: (u32, u32)) {
        let town = town as usize % self.towns.len();
        match act {
            Act::Poll => {
                self.log(|| "the feeds are read".into());
                let id = self.begin();
                self.processes[0].poll_feeds(id, town);
            }
            Act::Wait => {
                let minutes = [1, 2, 10, 30, 200][numbers.0 as usize % 5];
                self.log(|| format!("{minutes} minutes pass"));
                self.pass(minutes * 60_000);
            }
            _ => {
                let now = self.time();
                let notes = self.notes.clone();
                let done = self.towns[town].act(act, numbers, now, &mut notes.lock());
                if let Some(line) = done {
                    self.log(|| line);
                }
            }
        }
    }

    /// A process dies and another takes its place. What was acknowledged is in the store.
    fn crash(&mut self, n: usize) {
        let fresh = self.process(n);
        let dead = std::mem::replace(&mut self.processes[n], fresh);
        let under_way = dead.running.len();
        self.log(|| format!("process {n} dies with {under_way} things under way"));
        let mut notes = self.notes.lock();
        notes.store_fails.remove(&n);
        if under_way > 0 {
            notes.reach("a process died at work");
        }
        for running in dead.running {
            notes.died(running.id);
            self.mail.extend(running.mail.filter(|mail| mail.is_retried));
        }
    }

    /// The connection of one thing under way is closed, and its future is dropped.
    fn lose(&mut self, process: usize, n: u32) {
        let running = &mut self.processes[process].running;
        if running.is_empty() {
            return;
        }
        let n = n as usize % running.len();
        let lost = running.swap_remove(n);
        self.log(|| format!("process {process} drops something"));
        let mut notes = self.notes.lock();
        notes.reach("something under way was dropped");
        notes.died(lost.id);
        self.mail.extend(lost.mail.filter(|mail| mail.is_retried));
    }

    /// What the providers have sent off is on its way.
    pub(super) fn collect(&mut self) {
        for (n, town) in self.towns.iter_mut().enumerate() {
            self.mail.append(&mut town.mail(n));
        }
    }

    fn deliver(&mut self, process: usize, mail: u32, way: Way) {
        let now = self.now.load(Ordering::Relaxed);
        let due: Vec<usize> = (0..self.mail.len()).filter(|n| self.mail[*n].due <= now).collect();
        if due.is_empty() {
            return;
        }
        let n = due[mail as usize % due.len()];
        match way {
            Way::Late(minutes) => {
                if minutes > 24 * 60 {
                    self.notes.lock().reach("a webhook came more than a day late");
                }
                self.mail[n].due = now + i64::from(minutes) * 60_000;
            }
            Way::Lost => {
                self.log(|| "a webhook is lost".into());
                self.notes.lock().reach("a webhook was lost");
                self.mail.swap_remove(n);
            }
            Way::Once => self.deliver_to(process, n),
            Way::Twice => {
                self.notes.lock().reach("a webhook was doubled");
                self.mail.push(self.mail[n].clone());
                self.deliver_to(process, n);
            }
        }
    }

    pub(super) fn deliver_to(&mut self, process: usize, n: usize) {
        let mail = self.mail.swap_remove(n);
        self.log(|| {
            let mut line = format!("process {process} gets {}", mail.request.uri().path());
            if let Some(text) = &mail.text {
                let _ = write!(line, ": {text:?}");
            }
            line
        });
        let id = self.begin();
        self.processes[process].receive(id, mail);
    }

    /// Lets something go on to its next point, and looks at what has come of it.
    pub(super) fn go_on(&mut self, process: usize, n: usize) -> Option<Ended> {
        let ended = self.processes[process].go_on(n, &self.notes);
        let lines = self.notes.lock().lines.as_mut().map(std::mem::take);
        for line in lines.into_iter().flatten() {
            self.log(|| format!("process {process}{line}"));
        }
        let mut notes = self.notes.lock();
        if notes.calls > self.looked {
            self.looked = notes.calls;
            self.towns.iter_mut().for_each(|town| town.look(&mut notes));
        }
        let (mail, ended) = ended?;
        if let (Some(mail), Ended::Answered(status)) = (mail, &ended) {
            if *status >= 500 && mail.is_retried {
                notes.reach("a webhook was refused and came again");
                self.mail.push(mail);
            } else if *status < 300 {
                let tenant = self.towns[mail.town].tenant();
                if let Some(text) = &mail.text {
                    notes.acknowledged(tenant, text);
                }
                if let Some((sid, state)) = mail.receipt {
                    notes.ledger(tenant).receipts.entry(sid).or_default().push(state);
                }
            }
        }
        Some(ended)
    }

    pub(super) fn into_report(self) -> Report {
        let mut notes = self.notes.lock();
        Report {
            violations: std::mem::take(&mut notes.violations),
            reached: std::mem::take(&mut notes.reached),
            trace: self.trace.unwrap_or_default(),
        }
    }
}

fn store(on_sqlite: bool) -> (Arc<dyn Store>, Arc<dyn Archive>) {
    if on_sqlite {
        let store = Arc::new(Sqlite::open_in_memory().unwrap());
        return (Arc::<Sqlite>::clone(&store), store);
    }
    let store = Arc::new(MemoryStore::new());
    (Arc::<MemoryStore>::clone(&store), store)
}

fn fault_of(n: u32) -> Fault {
    match n % 12 {
        0 => Fault::Status { code: 429, retry_after: Some(7) },
        1 => Fault::Status { code: 429, retry_after: Some(90) },
        2 => Fault::Status { code: 503, retry_after: None },
        3 => Fault::AfterWrite { status: 500 },
        4 => Fault::AfterWrite { status: 502 },
        5 => Fault::DropBeforeWrite,
        6..=8 => Fault::DropAfterWrite,
        9 => Fault::Truncate,
        10 => Fault::Html,
        _ => Fault::Unreachable,
    }
}
