//! What customers text and reps do, and what goes wrong at the providers.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, SystemTime};

use chrono::{DateTime, Utc};
use fastrand::Rng;
use handover_sim::creatio::{ActivityType, Creatio, RepActivity};
use handover_sim::twilio::Twilio;
use handover_sim::{Fault, Rule};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use super::ledger::Ledger;
use super::options::Options;
use super::site::{NUMBER, Site, questions};

/// Customers and reps.
pub(super) struct People {
    twilio: Twilio,
    creatio: Creatio,
    ledger: Ledger,
    rng: Rng,
    customers: u32,
    /// How many texts there may be: each has an answer of its own.
    texts: u32,
    said: u32,
    faults: Arc<AtomicU32>,
}

/// People who are there until they are asked to leave.
pub(super) struct Crowd {
    leave: oneshot::Sender<()>,
    living: JoinHandle<()>,
}

/// Tells how often the providers failed.
pub(super) struct Faults(Arc<AtomicU32>);

impl People {
    pub(super) fn new(site: &Site, ledger: Ledger, options: &Options, seed: u64) -> Self {
        Self {
            twilio: site.twilio.clone(),
            creatio: site.creatio.clone(),
            ledger,
            rng: Rng::with_seed(seed),
            customers: u32::try_from(24 * options.processes).unwrap(),
            texts: questions(options),
            said: 0,
            faults: Arc::default(),
        }
    }

    /// They come, and do what they do until they leave.
    pub(super) fn come(mut self) -> (Crowd, Faults) {
        let faults = Faults(Arc::clone(&self.faults));
        let (leave, mut left) = oneshot::channel();
        let living = tokio::spawn(async move {
            loop {
                self.act();
                let pause = Duration::from_millis(self.rng.u64(10..60));
                tokio::select! {
                    _ = &mut left => return,
                    () = tokio::time::sleep(pause) => {}
                }
            }
        });
        (Crowd { leave, living }, faults)
    }

    fn act(&mut self) {
        match self.rng.u32(0..100) {
            0..=79 => self.text(),
            80..=91 => self.reply(),
            92..=94 => self.note(),
            95..=96 => self.close(),
            97 => self.keyword(),
            _ => self.fail(),
        }
    }

    fn text(&mut self) {
        if self.said == self.texts {
            return;
        }
        let wish = if self.rng.u32(0..16) == 0 { "speak to a person, " } else { "" };
        let text = format!("{wish}question q{:05}", self.said);
        self.said += 1;
        let customer = self.customer();
        self.ledger.said().texts.insert(text.clone());
        self.ledger.seen(&text, &format!("texted by {customer}"));
        self.twilio.customer_texts(&customer, NUMBER, &text, &[], now());
    }

    fn reply(&mut self) {
        let Some(case) = self.case() else { return };
        let text = format!("reply r{:05}", self.number());
        self.ledger.said().replies.insert(text.clone());
        self.ledger.seen(&text, &format!("replied on {case}"));
        let reply = RepActivity::new(ActivityType::Call).detailed_result(&text).finished();
        let row = self.creatio.rep_adds_activity(case, reply, now());
        self.ledger.said().rows.insert(row);
    }

    fn note(&mut self) {
        let Some(case) = self.case() else { return };
        let text = format!("note n{:05}", self.number());
        self.ledger.said().secrets.insert(text.clone());
        let note = RepActivity::new(ActivityType::Task).notes(&text).finished();
        let row = self.creatio.rep_adds_activity(case, note, now());
        self.ledger.said().rows.insert(row);
    }

    fn close(&mut self) {
        let Some(case) = self.case() else { return };
        let status = ["Closed", "Resolved"][self.rng.usize(0..2)];
        self.creatio.rep_sets_status(case, status, now());
    }

    fn keyword(&mut self) {
        let word = ["STOP", "START"][self.rng.usize(0..2)];
        self.ledger.said().keywords.insert(word.into());
        let customer = self.customer();
        self.twilio.customer_texts(&customer, NUMBER, word, &[], now());
    }

    fn fail(&mut self) {
        let fault = match self.rng.u32(0..6) {
            0 => Fault::Status { code: 429, retry_after: Some(1) },
            1 => Fault::Status { code: 503, retry_after: None },
            2 => Fault::AfterWrite { status: 500 },
            3 => Fault::DropBeforeWrite,
            _ => Fault::DropAfterWrite,
        };
        self.faults.fetch_add(1, Ordering::Relaxed);
        if self.rng.bool() {
            self.twilio.faults().add(Rule::new(fault).path("Messages.json").once());
        } else {
            let path = ["/Case", "$batch", "/Contact", "/Activity"][self.rng.usize(0..4)];
            self.creatio.faults().add(Rule::new(fault).path(path).once());
        }
    }

    fn case(&mut self) -> Option<uuid::Uuid> {
        let cases = self.creatio.cases();
        (!cases.is_empty()).then(|| cases[self.rng.usize(0..cases.len())].id())
    }

    fn customer(&mut self) -> String {
        format!("+1555222{:04}", self.rng.u32(0..self.customers))
    }

    fn number(&self) -> usize {
        let said = self.ledger.said();
        said.replies.len() + said.secrets.len()
    }
}

impl Crowd {
    pub(super) async fn leave(self) {
        // They may be gone already.
        self.leave.send(()).ok();
        self.living.await.unwrap();
    }
}

impl Faults {
    pub(super) fn count(&self) -> u32 {
        self.0.load(Ordering::Relaxed)
    }
}

fn now() -> DateTime<Utc> {
    SystemTime::now().into()
}
