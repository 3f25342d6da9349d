//! The world: the clock, the providers, the processes, the mail, and the die.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use fastrand::Rng;
use handover_core::clock::Clock;
use handover_core::policy::OpenCase;
use handover_core::transport::Transport;
use handover_sim::Wire;
use handover_sim::creatio::Creatio;
use handover_sim::twilio::Twilio;
use http::Request;
use uuid::Uuid;

use super::Report;
use super::assistant::Scripted;
use super::gate::Gated;
use super::process::{Ended, Process};
use super::watch::Watched;
use crate::setup;

const START: i64 = 1_800_000_000_000;

pub(super) struct World {
    pub(super) rng: Rng,
    pub(super) now: Arc<AtomicI64>,
    clock: Arc<dyn Clock>,
    transport: Arc<dyn Transport>,
    pub(super) twilio: Twilio,
    pub(super) creatio: Creatio,
    pub(super) owner: Uuid,
    pub(super) store: Watched,
    open_case: OpenCase,
    pub(super) processes: Vec<Process>,
    pub(super) mail: Vec<Mail>,
    pub(super) said: Said,
    pub(super) trace: Option<Vec<String>>,
    pub(super) violations: Vec<String>,
}

/// A webhook on its way.
#[derive(Clone, Debug)]
pub(super) struct Mail {
    pub(super) request: Request<Bytes>,
    /// Whether the provider sends it again when it is not answered well.
    pub(super) is_retried: bool,
}

/// What people said, as they know it themselves.
#[derive(Debug, Default)]
pub(super) struct Said {
    pub(super) count: u32,
    pub(super) customers: BTreeSet<String>,
    pub(super) replies: BTreeSet<String>,
    pub(super) secrets: BTreeSet<String>,
    pub(super) drafts: Vec<(Uuid, String)>,
}

impl World {
    pub(super) fn new(seed: u64, trace: bool) -> Self {
        let mut rng = Rng::with_seed(seed);
        let now = Arc::new(AtomicI64::new(START));
        let read = Arc::clone(&now);
        let clock = handover_sim::Clock::new(move || at(read.load(Ordering::Relaxed)));
        let lag = std::time::Duration::from_secs(rng.u64(0..20));
        let twilio = setup::twilio().list_lag(lag).build();
        let creatio = setup::creatio();
        let owner = creatio.add_contact("Ann Agent", "", "ann@acme.example", at(START));
        let wire = Wire::new(clock.clone())
            .host("api.twilio.com", twilio.clone())
            .host("acme-is.creatio.com", creatio.clone())
            .host("acme.creatio.com", creatio.clone());
        let mut world = Self {
            now,
            transport: Arc::new(Gated { inner: Arc::new(wire), clock: Arc::new(clock.clone()) }),
            clock: Arc::new(clock),
            twilio,
            creatio,
            owner,
            store: Watched::new(),
            open_case: if rng.bool() { OpenCase::FirstMessage } else { OpenCase::Handoff },
            processes: Vec::new(),
            mail: Vec::new(),
            said: Said::default(),
            trace: trace.then(Vec::new),
            violations: Vec::new(),
            rng,
        };
        let processes = world.rng.usize(1..=3);
        world.processes = (0..processes).map(|_| world.process()).collect();
        world.poll_feeds();
        world.rest();
        world
    }

    fn process(&self) -> Process {
        let archive = Arc::new(self.store.inner.clone());
        let store = (Arc::new(self.store.clone()) as _, archive as _);
        let assistant = Arc::new(Scripted);
        let (transport, clock) = (&self.transport, &self.clock);
        Process::new(setup::relay(self.open_case, self.owner, transport, clock, assistant, store))
    }

    pub(super) fn time(&self) -> DateTime<Utc> {
        at(self.now.load(Ordering::Relaxed))
    }

    pub(super) fn pass(&mut self, time: TimeDelta) {
        self.now.fetch_add(time.num_milliseconds(), Ordering::Relaxed);
    }

    pub(super) fn log(&mut self, line: impl FnOnce() -> String) {
        let now = self.time();
        if let Some(trace) = &mut self.trace {
            trace.push(format!("{} {}", now.format("%H:%M:%S%.3f"), line()));
        }
    }

    pub(super) fn reach(&self, what: &'static str) {
        self.store.notes().reach(what);
    }

    /// What people do, in between whatever the processes and the network do.
    pub(super) fn live(&mut self, inputs: u32) {
        let mut left = inputs;
        while left > 0 {
            self.collect();
            match self.rng.u32(0..100) {
                0..=9 => {
                    self.act();
                    left -= 1;
                }
                10..=12 => self.misfortune(),
                13..=24 => self.deliver(),
                25..=27 => {
                    let passed = self.rng.i64(1..4_000);
                    self.pass(TimeDelta::milliseconds(passed));
                }
                28..=40 => self.begin(),
                _ => self.go_on(),
            }
        }
    }

    /// Everything that waits is done, in a fair order, and nothing bad happens any more.
    pub(super) fn wind_down(&mut self) {
        self.twilio.faults().clear();
        self.creatio.faults().clear();
        self.log(|| "a fair end".into());
        self.rest();
        for round in 0..40 {
            self.pass(TimeDelta::seconds(if round < 20 { 15 } else { 120 }));
            if round % 5 == 0 {
                self.resume();
                self.poll_feeds();
            }
            self.rest();
        }
    }

    /// Lets everything go on until nothing moves.
    pub(super) fn rest(&mut self) {
        for _ in 0..20_000 {
            self.collect();
            while !self.mail.is_empty() {
                self.deliver_to(0, 0);
            }
            let is_running = self.processes.iter().any(|process| !process.running.is_empty());
            if is_running {
                // Fair: whoever waits for another gets to where the other has gone on.
                for process in 0..self.processes.len() {
                    for n in (0..self.processes[process].running.len()).rev() {
                        self.poll(process, n);
                    }
                }
                continue;
            }
            self.processes[0].tick();
            while !self.processes[0].running.is_empty() {
                self.poll(0, 0);
            }
            self.processes[0].work();
            let mut is_idle = false;
            while !self.processes[0].running.is_empty() {
                is_idle = matches!(self.poll(0, 0), Some(Ended::Idle));
            }
            self.collect();
            if is_idle && self.mail.is_empty() {
                return;
            }
        }
        let last = self.store.notes().last.clone();
        self.violations.push(format!("the world never comes to rest: {last:?}"));
    }

    /// A process dies and another takes its place. What was acknowledged is in the store.
    pub(super) fn crash(&mut self) {
        let n = self.rng.usize(0..self.processes.len());
        let fresh = self.process();
        let dead = std::mem::replace(&mut self.processes[n], fresh);
        let under_way = dead.running.len();
        self.log(|| format!("process {n} dies with {under_way} things under way"));
        if under_way > 0 {
            self.reach("a process died at work");
        }
        let lost = dead.running.into_iter().filter_map(|running| running.mail);
        self.mail.extend(lost.filter(|mail| mail.is_retried));
    }

    pub(super) fn into_report(self) -> Report {
        let mut notes = self.store.notes();
        let mut violations = self.violations;
        violations.append(&mut notes.violations);
        Report {
            violations,
            reached: std::mem::take(&mut notes.reached) as BTreeMap<_, _>,
            trace: self.trace.unwrap_or_default(),
        }
    }

    fn collect(&mut self) {
        let twilio = self.twilio.take_webhooks().into_iter();
        self.mail.extend(twilio.map(|sent| Mail { request: sent.request, is_retried: true }));
        let creatio = self.creatio.take_webhooks().into_iter();
        self.mail.extend(creatio.map(|sent| Mail { request: sent.request, is_retried: false }));
    }

    fn deliver(&mut self) {
        if self.mail.is_empty() {
            return;
        }
        let n = self.rng.usize(0..self.mail.len());
        match self.rng.u32(0..20) {
            0 => {
                self.reach("a webhook was doubled");
                self.mail.push(self.mail[n].clone());
            }
            1 => {
                self.reach("a webhook was lost");
                self.mail.swap_remove(n);
                return;
            }
            _ => {}
        }
        let process = self.rng.usize(0..self.processes.len());
        self.deliver_to(process, n);
    }

    fn deliver_to(&mut self, process: usize, n: usize) {
        let mail = self.mail.swap_remove(n);
        self.log(|| format!("process {process} gets {}", mail.request.uri().path()));
        self.processes[process].receive(mail);
    }

    fn begin(&mut self) {
        let process = self.rng.usize(0..self.processes.len());
        if self.processes[process].running.len() >= 4 {
            return;
        }
        if self.rng.u32(0..4) == 0 {
            self.processes[process].tick();
        } else {
            self.processes[process].work();
        }
    }

    fn go_on(&mut self) {
        let process = self.rng.usize(0..self.processes.len());
        let running = self.processes[process].running.len();
        if running > 0 {
            let n = self.rng.usize(0..running);
            self.poll(process, n);
        }
    }

    fn poll(&mut self, process: usize, n: usize) -> Option<Ended> {
        let (mail, ended) = self.processes[process].go_on(n)?;
        if let (Some(mail), Ended::Answered(status)) = (mail, &ended)
            && *status >= 500
            && mail.is_retried
        {
            self.mail.push(mail);
        }
        Some(ended)
    }
}

fn at(millis: i64) -> DateTime<Utc> {
    DateTime::from_timestamp_millis(millis).unwrap()
}
