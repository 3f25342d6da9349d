//! What people do, and what goes wrong.

use chrono::TimeDelta;
use handover_core::archive::Jobs;
use handover_core::feed::Scope;
use handover_sim::creatio::{ActivityType, RepActivity};
use handover_sim::{Fault, Rule};
use serde_json::json;
use uuid::Uuid;

use super::process::Ended;
use super::world::World;
use crate::setup::NUMBER;

const CUSTOMERS: [&str; 3] = ["+15552220001", "+15552220002", "+15552220003"];

impl World {
    /// Somebody does something.
    pub(super) fn act(&mut self) {
        match self.rng.u32(0..20) {
            0..=8 => self.text(),
            9..=12 => self.reply(),
            13 => self.note(),
            14 => self.draft(),
            15 => self.close(),
            16 => self.edit(),
            17 => self.keyword(),
            18 => self.poll_feeds(),
            _ => {
                let minutes = [1, 2, 10, 30, 200][self.rng.usize(0..5)];
                self.log(|| format!("{minutes} minutes pass"));
                self.pass(TimeDelta::minutes(minutes));
            }
        }
    }

    /// Something goes wrong.
    pub(super) fn misfortune(&mut self) {
        match self.rng.u32(0..10) {
            0..=1 => self.crash(),
            2..=4 => {
                let fault = self.fault();
                self.log(|| format!("Twilio will fail: {fault:?}"));
                let rule = Rule::new(fault).path("Messages.json").once();
                self.twilio.faults().add(rule);
                self.reach("Twilio failed");
            }
            _ => {
                let fault = self.fault();
                self.log(|| format!("Creatio will fail: {fault:?}"));
                let path =
                    ["/Case", "$batch", "/Contact", "/Activity", "token"][self.rng.usize(0..5)];
                self.creatio.faults().add(Rule::new(fault).path(path).once());
                self.reach("Creatio failed");
            }
        }
    }

    /// Every feed is to be read.
    pub(super) fn poll_feeds(&mut self) {
        let relay = self.processes[0].relay.clone();
        let sources: Vec<_> = relay.feeds().cloned().collect();
        let pokes = sources.into_iter().map(|source| (source, Scope::All)).collect();
        self.processes[0].start(None, async move {
            let _ = relay.accept(Vec::new(), pokes).await;
            Ended::Worked
        });
    }

    /// An operator takes up what is parked or paused.
    pub(super) fn resume(&mut self) {
        let relay = self.processes[0].relay.clone();
        self.processes[0].start(None, async move {
            let parked = relay.archive().jobs(relay.tenant(), Jobs::Parked, 1_000).await;
            for view in parked.unwrap_or_default() {
                let _ = relay.replay(view.job.id).await;
            }
            let _ = relay.resume_accounts().await;
            Ended::Worked
        });
    }

    fn text(&mut self) {
        let mood =
            ["", "", "", " person", " slow", " broken", " down", " resolved"][self.rng.usize(0..8)];
        let text = self.unique(&format!("text{mood}"));
        let from = self.customer();
        self.log(|| format!("{from} texts {text:?}"));
        self.said.customers.insert(text.clone());
        self.twilio.customer_texts(from, NUMBER, &text, &[], self.time());
    }

    fn keyword(&mut self) {
        let word = ["STOP", "START", "HELP"][self.rng.usize(0..3)];
        let from = self.customer();
        self.log(|| format!("{from} texts {word}"));
        self.said.customers.insert(word.into());
        self.twilio.customer_texts(from, NUMBER, word, &[], self.time());
    }

    fn reply(&mut self) {
        let Some(case) = self.case() else { return };
        let text = self.unique("reply");
        self.log(|| format!("a rep replies {text:?} on {case}"));
        self.said.replies.insert(text.clone());
        let reply = RepActivity::new(ActivityType::Call).detailed_result(&text).finished();
        self.creatio.rep_adds_activity(case, reply.by(self.owner), self.time());
    }

    fn note(&mut self) {
        let Some(case) = self.case() else { return };
        let text = self.unique("note");
        self.log(|| format!("a rep notes {text:?} on {case}"));
        self.said.secrets.insert(text.clone());
        let note = RepActivity::new(ActivityType::Task).notes(&text).finished();
        self.creatio.rep_adds_activity(case, note.by(self.owner), self.time());
    }

    /// A draft is begun, or one that was begun is finished.
    fn draft(&mut self) {
        if let Some((id, text)) = self.said.drafts.pop() {
            self.log(|| format!("a rep finishes {text:?}"));
            self.said.secrets.remove(&text);
            self.said.replies.insert(text);
            self.creatio.rep_finishes_activity(id, self.time());
            return;
        }
        let Some(case) = self.case() else { return };
        let text = self.unique("draft");
        self.log(|| format!("a rep begins {text:?} on {case}"));
        self.said.secrets.insert(text.clone());
        let draft = RepActivity::new(ActivityType::Call).detailed_result(&text);
        let id = self.creatio.rep_adds_activity(case, draft.by(self.owner), self.time());
        self.said.drafts.push((id, text));
    }

    fn close(&mut self) {
        let Some(case) = self.case() else { return };
        let status = ["Closed", "Resolved", "Reopened", "In progress"][self.rng.usize(0..4)];
        self.log(|| format!("a rep sets {case} to {status}"));
        self.creatio.rep_sets_status(case, status, self.time());
    }

    fn edit(&mut self) {
        let Some(case) = self.case() else { return };
        self.log(|| format!("a rep edits {case}"));
        self.creatio.rep_edits_case(case, "Symptoms", json!("a person's words"), self.time());
    }

    fn fault(&mut self) -> Fault {
        match self.rng.u32(0..8) {
            0 => Fault::Status { code: 429, retry_after: Some(7) },
            1 => Fault::Status { code: 503, retry_after: None },
            2 => Fault::AfterWrite { status: 500 },
            3 => Fault::DropBeforeWrite,
            4 | 5 => Fault::DropAfterWrite,
            6 => Fault::Truncate,
            _ => Fault::Unreachable,
        }
    }

    fn case(&mut self) -> Option<Uuid> {
        let cases = self.creatio.cases();
        if cases.is_empty() {
            return None;
        }
        Some(cases[self.rng.usize(0..cases.len())].id())
    }

    fn customer(&mut self) -> &'static str {
        CUSTOMERS[self.rng.usize(0..CUSTOMERS.len())]
    }

    fn unique(&mut self, kind: &str) -> String {
        self.said.count += 1;
        format!("{kind} {}", self.said.count)
    }
}
