//! Every message accounted for: what was said, what is kept, and what each provider has.

use std::collections::{BTreeMap, BTreeSet};

use handover_core::archive::JobState;
use handover_core::id::Key;
use handover_core::job::Work;
use handover_core::message::{DeliveryState, Message, Speaker};
use handover_sim::twilio::{Direction, Message as Sms};
use uuid::Uuid;

use super::kept::{Conversed, Kept};
use super::ledger::{Ledger, Said};
use super::order;
use super::site::Site;

/// What became of everything.
#[derive(Debug, Default)]
pub(super) struct Account {
    pub(super) rows: BTreeMap<&'static str, Fates>,
    /// What is wrong, and the text it is wrong with.
    pub(super) wrongs: Vec<(String, String)>,
    /// Jobs that are not done, but those that only read feeds or are counted below.
    pub(super) undone: u64,
    /// Sends of which the provider's list cannot tell yet, what somebody has claimed, who may be
    /// dead, and what stands behind either.
    pub(super) looked_for: u64,
    /// Why the provider refused.
    pub(super) refusals: BTreeMap<String, u64>,
}

/// How many of a kind met which fate.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Fates {
    pub(super) all: u64,
    pub(super) once: u64,
    pub(super) doubled: u64,
    pub(super) lost: u64,
    pub(super) uncertain: u64,
    pub(super) withheld: u64,
    pub(super) refused: u64,
    pub(super) waiting: u64,
}

pub(super) const TEXTS: &str = "1 texts, in one log";
pub(super) const REPLIES: &str = "2 reps' replies, in one log";
pub(super) const SENDS: &str = "3 messages, on the phone";
pub(super) const ENTRIES: &str = "4 entries, on the case";
pub(super) const CASES: &str = "5 cases, at the desk";

impl Account {
    /// With `reads`, what is in no log may still be read from a feed, if one is being read.
    pub(super) fn make(ledger: &Ledger, site: &Site, kept: &Kept, reads: bool) -> Self {
        let mut account = Self::default();
        let said = ledger.said();
        account.logged(&said, kept, reads && kept.feeds() > 0);
        account.sent(&said, site, kept);
        account.entered(&said, site, kept);
        account.wrongs.extend(order::wrongs(site, kept));
        account.left(kept);
        account
    }

    /// Whether nothing more will happen; without `waits`, also if all that is left is looked for.
    pub(super) fn is_settled(&self, waits: bool) -> bool {
        let is_lost = self.rows.values().any(|fates| fates.lost > 0);
        !is_lost && self.undone == 0 && (!waits || self.looked_for == 0)
    }

    /// What is wrong, each with what was seen of it.
    pub(super) fn trails(&self, ledger: &Ledger) -> Vec<String> {
        let mut lines = Vec::new();
        for (text, what) in self.wrongs.iter().take(TRAILS) {
            lines.push(format!("{text:?}: {what}"));
            lines.extend(ledger.trail(text).into_iter().map(|line| format!("    {line}")));
        }
        let more = self.wrongs.len().saturating_sub(TRAILS);
        lines.extend((more > 0).then(|| format!("and {more} more")));
        lines
    }

    /// What came in is in one log, once.
    fn logged(&mut self, said: &Said, kept: &Kept, reads: bool) {
        let mut logged: BTreeMap<&str, u64> = BTreeMap::new();
        for message in kept.sessions.iter().flat_map(|kept| &kept.log) {
            if matches!(message.author, Speaker::Customer | Speaker::Person { .. }) {
                *logged.entry(&message.text).or_default() += 1;
            }
        }
        for (name, texts) in [(TEXTS, &said.texts), (REPLIES, &said.replies)] {
            for text in texts {
                let times = logged.remove(text.as_str()).unwrap_or_default();
                let is_acknowledged = said.acknowledged.contains(text);
                if times == 0 && reads && !is_acknowledged {
                    let fates = self.rows.entry(name).or_default();
                    fates.all += 1;
                    fates.waiting += 1;
                    continue;
                }
                let how = match is_acknowledged {
                    true => "acknowledged, and in no log",
                    false => "in no log",
                };
                self.once(name, text, times, how);
            }
        }
        for text in logged.into_keys().filter(|text| !said.keywords.contains(*text)) {
            self.wrongs.push((text.into(), "is logged, and nobody said it".into()));
        }
    }

    /// What goes out is on a telephone, once, or it is said why not.
    fn sent(&mut self, said: &Said, site: &Site, kept: &Kept) {
        let outbound = |sms: &Sms| sms.direction == Direction::Outbound;
        let mut phones: BTreeMap<String, Sms> = site
            .twilio
            .messages()
            .into_iter()
            .filter(outbound)
            .map(|sms| (sms.sid.clone(), sms))
            .collect();
        let mut open: Vec<(&Conversed, &Message)> = Vec::new();
        for kept in &kept.sessions {
            for message in kept.log.iter().filter(|message| !message.deliveries.is_empty()) {
                let delivery = &message.deliveries[0];
                let sid = delivery.provider_id.as_deref().unwrap_or_default();
                let sms = phones.remove(sid);
                let fates = self.rows.entry(SENDS).or_default();
                fates.all += 1;
                match delivery.state {
                    DeliveryState::Pending => open.push((kept, message)),
                    DeliveryState::Uncertain => {
                        fates.uncertain += 1;
                        open.push((kept, message));
                    }
                    DeliveryState::Withheld if sms.is_none() => fates.withheld += 1,
                    DeliveryState::Failed if sms.is_none() => {
                        fates.refused += 1;
                        let code = delivery.code.as_deref().unwrap_or("no code");
                        *self.refusals.entry(code.into()).or_default() += 1;
                    }
                    _ if sms.is_some_and(|sms| sms.body == message.text) => fates.once += 1,
                    _ => {
                        fates.lost += 1;
                        let what = format!("is {:?}, and Twilio has none such", delivery.state);
                        self.wrongs.push((message.text.clone(), what));
                    }
                }
            }
        }
        for (kept, message) in open {
            self.is_waiting(kept, message);
            // It may have been taken, and the answer was lost: that is being looked for.
            let is_it =
                |sms: &&Sms| sms.body == message.text && *sms.to == *kept.session.customer.value;
            let taken = phones.values().find(is_it).map(|sms| sms.sid.clone());
            taken.and_then(|sid| phones.remove(&sid));
        }
        for sms in phones.into_values() {
            self.rows.entry(SENDS).or_default().doubled += 1;
            let what = format!("went to {} once more than anybody knows", sms.to);
            self.wrongs.push((sms.body, what));
        }
        for sms in site.twilio.messages().iter().filter(|sms| outbound(sms)) {
            if said.secrets.contains(&sms.body) {
                self.wrongs.push((sms.body.clone(), "left the house".into()));
            }
        }
    }

    /// A message on its way has a job that sends it.
    fn is_waiting(&mut self, kept: &Conversed, message: &Message) {
        let is_it = |work: &Work| matches!(work, Work::Send { seq, .. } if *seq == message.seq);
        let fates = self.rows.entry(SENDS).or_default();
        if kept.jobs.iter().any(|view| is_it(&view.job.work)) {
            fates.waiting += u64::from(message.deliveries[0].state == DeliveryState::Pending);
            return;
        }
        fates.lost += 1;
        self.wrongs.push((message.text.clone(), "is to be sent, and no job sends it".into()));
    }

    /// What belongs on a case is there once, and nothing else of ours is.
    fn entered(&mut self, said: &Said, site: &Site, kept: &Kept) {
        let mut rows: BTreeSet<Uuid> =
            site.creatio.records("Activity").iter().map(|row| row.id()).collect();
        let mut cases: BTreeSet<Uuid> = site.creatio.cases().iter().map(|row| row.id()).collect();
        for row in &said.rows {
            rows.remove(row);
        }
        for Conversed { session, log, case, jobs } in &kept.sessions {
            for n in 0..session.cases {
                let was_there = cases.remove(&Key::open(session.id, n).uuid());
                let is_waiting = jobs.iter().any(|view| matches!(view.job.work, Work::Open { .. }));
                let fates = self.rows.entry(CASES).or_default();
                fates.all += 1;
                match was_there {
                    true => fates.once += 1,
                    false if is_waiting => fates.waiting += 1,
                    false => {
                        fates.lost += 1;
                        self.wrongs.push((session.id.to_string(), "has no case".into()));
                    }
                }
            }
            for message in log {
                let row = Key::entry(session.id, message.seq).uuid();
                let belongs = case.as_ref().is_some_and(|case| case.takes(message, false));
                let is_there = rows.remove(&row);
                if !belongs && !is_there {
                    continue;
                }
                let is_waiting = jobs.iter().any(|view| {
                    matches!(view.job.work, Work::Append { through } if through >= message.seq)
                });
                let fates = self.rows.entry(ENTRIES).or_default();
                fates.all += 1;
                match is_there {
                    true => fates.once += 1,
                    false if is_waiting => fates.waiting += 1,
                    false => {
                        fates.lost += 1;
                        let what = format!("#{} of {} is not on its case", message.seq, session.id);
                        self.wrongs.push((message.text.clone(), what));
                    }
                }
            }
        }
        for row in rows {
            self.rows.entry(ENTRIES).or_default().doubled += 1;
            let record = site.creatio.record("Activity", row);
            let title = record.map(|row| row.text("Title").to_owned()).unwrap_or_default();
            self.wrongs.push((title, "is entered, and is no entry of ours".into()));
        }
        for case in cases {
            self.rows.entry(CASES).or_default().doubled += 1;
            self.wrongs.push((case.to_string(), "is a case that nobody knows".into()));
        }
    }

    /// What is not done yet.
    fn left(&mut self, kept: &Kept) {
        let mut held = BTreeSet::new();
        for view in kept.sessions.iter().flat_map(|kept| &kept.jobs) {
            let is_looked_for = matches!(view.job.work, Work::Send { .. }) && view.job.tried;
            let is_held = is_looked_for || view.state == JobState::Claimed;
            // What stands behind it in its lane waits with it.
            if view.state != JobState::Uncertain && is_held {
                held.insert(&view.job.lane);
            }
            match view.state {
                JobState::Uncertain => {}
                JobState::Parked => self.undone += 1,
                _ if held.contains(&view.job.lane) => self.looked_for += 1,
                _ => self.undone += 1,
            }
        }
        for view in &kept.uncertain {
            let session = view.job.session.map(|session| session.to_string());
            if !matches!(view.job.work, Work::Send { .. }) {
                let what = format!("{} is uncertain", view.job.work.name());
                self.wrongs.push((session.unwrap_or_default(), what));
            }
        }
        self.undone += kept.counts.unrouted;
    }

    fn once(&mut self, name: &'static str, text: &str, times: u64, lost: &str) {
        let fates = self.rows.entry(name).or_default();
        fates.all += 1;
        match times {
            1 => fates.once += 1,
            0 => {
                fates.lost += 1;
                self.wrongs.push((text.into(), lost.into()));
            }
            _ => {
                fates.doubled += 1;
                self.wrongs.push((text.into(), format!("is logged {times} times")));
            }
        }
    }
}

/// How many wrongs are shown with all that was seen of them.
const TRAILS: usize = 12;
