//! The promises, compared with what each party saw.

use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use handover_core::archive::Archive;
use handover_core::event::Holder;
use handover_core::id::Key;
use handover_core::message::{DeliveryState, Message, Speaker};
use handover_core::session::{HandoffStage, Session};
use handover_core::store::Store;
use handover_core::thread::Thread;
use handover_sim::twilio::Direction;
use uuid::Uuid;

use super::world::World;
use crate::setup::tenant;

struct Kept {
    session: Session,
    log: Vec<Message>,
}

impl World {
    pub(super) fn check(&mut self) {
        let kept = self.kept();
        for Kept { session, log } in &kept {
            self.log(|| format!("in the end:\n{session:#?}\n{log:#?}"));
        }
        let mut broken = Vec::new();
        self.nothing_is_lost_on_the_way_in(&kept, &mut broken);
        self.everything_is_sent_once_or_says_why(&kept, &mut broken);
        self.everything_is_entered_once(&kept, &mut broken);
        self.nobody_speaks_out_of_turn(&kept, &mut broken);
        self.every_handoff_ends(&kept, &mut broken);
        self.the_assistant_leaves_nothing_unanswered(&kept, &mut broken);
        self.cases_and_contacts_are_one_each(&kept, &mut broken);
        self.nothing_is_left_over(&mut broken);
        self.violations.append(&mut broken);
    }

    fn kept(&self) -> Vec<Kept> {
        let store = &self.store.inner;
        let sessions = now(store.sessions(&tenant(), false, None, usize::MAX));
        let log = |session: &Session| now(store.messages(&tenant(), session.id, 0, usize::MAX));
        sessions.into_iter().map(|session| Kept { log: log(&session), session }).collect()
    }

    /// 1. What a customer texted, and what a person replied on a case of ours, is in one log, once.
    fn nothing_is_lost_on_the_way_in(&self, kept: &[Kept], broken: &mut Vec<String>) {
        let mut logged: BTreeMap<&str, usize> = BTreeMap::new();
        for message in kept.iter().flat_map(|kept| &kept.log) {
            *logged.entry(&message.text).or_default() += 1;
        }
        let keywords = ["STOP", "START", "HELP"];
        let once = self.said.customers.iter().filter(|text| !keywords.contains(&text.as_str()));
        for text in once.chain(&self.said.replies) {
            match logged.get(text.as_str()) {
                Some(1) => {}
                Some(n) => broken.push(format!("{text:?} is logged {n} times")),
                None => broken.push(format!("{text:?} was lost")),
            }
        }
    }

    /// 2. Every message is on the telephone once, or its log says why not.
    fn everything_is_sent_once_or_says_why(&self, kept: &[Kept], broken: &mut Vec<String>) {
        let mut sent: BTreeMap<String, usize> = BTreeMap::new();
        for message in self.twilio.messages() {
            if message.direction == Direction::Outbound {
                *sent.entry(message.body).or_default() += 1;
            }
        }
        for Kept { session, log } in kept {
            for message in log.iter().filter(|message| !message.deliveries.is_empty()) {
                let times = sent.remove(&message.text).unwrap_or_default();
                let state = message
                    .deliveries
                    .first()
                    .map_or(DeliveryState::Pending, |delivery| delivery.state);
                let is_fine = match state {
                    DeliveryState::Accepted | DeliveryState::Sent | DeliveryState::Delivered => {
                        times == 1
                    }
                    DeliveryState::Failed | DeliveryState::Withheld => times <= 1,
                    DeliveryState::Uncertain => times <= 1,
                    _ => false,
                };
                if !is_fine && !is_notice(&message.text) {
                    broken.push(format!(
                        "#{} of {} is {state:?} and was sent {times} times: {:?}",
                        message.seq, session.id, message.text
                    ));
                }
            }
        }
        sent.retain(|text, _| !is_notice(text));
        if !sent.is_empty() {
            broken.push(format!("nobody said {sent:?}"));
        }
    }

    /// 2, 3. Every message that belongs on a case is there once.
    fn everything_is_entered_once(&self, kept: &[Kept], broken: &mut Vec<String>) {
        for Kept { session, log } in kept {
            let found = now(self.store.inner.load(&tenant(), &[Thread::session(session.id)]));
            let this = found.into_iter().find(|found| found.session.id == session.id);
            let Some(record) = this.and_then(|this| this.case) else { continue };
            let Ok(case) = record.case.reference.parse::<Uuid>() else { continue };
            for message in log.iter().filter(|message| record.takes(message, false)) {
                let row = Key::entry(session.id, message.seq).uuid();
                let entry = self.creatio.record("Activity", row);
                match entry {
                    None => broken.push(format!(
                        "#{} of {} is not on its case: {message:?} {:?}",
                        message.seq, session.id, message.text
                    )),
                    Some(entry) if entry.guid("CaseId") != Some(case) => {
                        // It was entered before the session went on with another case.
                        if session.parent.is_none() {
                            broken.push(format!("#{} is on another case", message.seq));
                        }
                    }
                    Some(_) => {}
                }
            }
        }
    }

    /// 5, 9. Nothing comes back as somebody else's words, and nothing internal leaves.
    fn nobody_speaks_out_of_turn(&self, kept: &[Kept], broken: &mut Vec<String>) {
        for message in kept.iter().flat_map(|kept| &kept.log) {
            let is_theirs = match &message.author {
                Speaker::Customer => self.said.customers.contains(&message.text),
                Speaker::Person { .. } => self.said.replies.contains(&message.text),
                Speaker::Assistant | Speaker::Relay => true,
            };
            if !is_theirs {
                broken.push(format!("{:?} is taken for {:?}", message.text, message.author));
            }
        }
        let sent: BTreeSet<String> = self.twilio.messages().into_iter().map(|m| m.body).collect();
        for secret in self.said.secrets.intersection(&sent) {
            broken.push(format!("{secret:?} left the house"));
        }
    }

    /// 6. Somebody took it, or an alarm was raised.
    fn every_handoff_ends(&self, kept: &[Kept], broken: &mut Vec<String>) {
        for Kept { session, .. } in kept {
            let Some(handoff) = &session.handoff else { continue };
            let is_waiting =
                matches!(handoff.stage, HandoffStage::Requested | HandoffStage::Offered);
            if session.is_open() && is_waiting {
                broken.push(format!("the handoff of {} waits for ever", session.id));
            }
        }
    }

    /// 6. An assistant that may speak has taken into account all that the customer said.
    fn the_assistant_leaves_nothing_unanswered(&self, kept: &[Kept], broken: &mut Vec<String>) {
        for Kept { session, log } in kept {
            let may_speak = session.is_open() && session.control.holder == Holder::Assistant;
            // What was said while the customer had opted out is not answered when they come back.
            let since = log.iter().rev().take_while(|message| !message.aside);
            let theirs = since.filter(|message| message.author == Speaker::Customer);
            let last = theirs.map(|message| message.seq).max().unwrap_or(0);
            if may_speak && !session.opted_out && session.answered < last {
                broken.push(format!("#{last} of {} is not answered", session.id));
            }
        }
    }

    fn cases_and_contacts_are_one_each(&self, kept: &[Kept], broken: &mut Vec<String>) {
        let mut known = BTreeSet::new();
        for Kept { session, .. } in kept {
            known.extend((0..session.cases).map(|n| Key::open(session.id, n).uuid()));
        }
        for case in self.creatio.cases() {
            if !known.contains(&case.id()) {
                broken.push(format!("nobody knows case {}", case.id()));
            }
        }
        let mut numbers = BTreeSet::new();
        for contact in self.creatio.contacts() {
            let number = contact.text("MobilePhone").to_owned();
            if !number.is_empty() && !numbers.insert(number) {
                broken.push("a customer is two contacts".into());
            }
        }
        let mut threads = BTreeSet::new();
        for Kept { session, .. } in kept.iter().filter(|kept| kept.session.is_open()) {
            if !threads.insert(session.reply_thread.clone()) {
                broken.push("two open sessions on one thread".into());
            }
        }
    }

    /// 10, and liveness: under a fair schedule nothing waits in the end.
    fn nothing_is_left_over(&self, broken: &mut Vec<String>) {
        let counts = now(self.store.inner.counts(&tenant()));
        if counts.jobs + counts.parked + counts.unrouted > 0 {
            broken.push(format!("left over: {counts:?}"));
        }
    }
}

/// Texts that are said more than once.
fn is_notice(text: &str) -> bool {
    text == "A colleague will take it from here." || text == "answer to START"
}

/// The result of a future that is ready at once.
fn now<T>(future: impl Future<Output = Result<T, handover_core::error::Error>>) -> T {
    let mut future = pin!(future);
    match future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(Ok(value)) => value,
        Poll::Ready(Err(error)) => panic!("the store failed: {error}"),
        Poll::Pending => panic!("the store waits"),
    }
}
