//! Commits, each compared with what is known by then.

use std::collections::hash_map::Entry;

use chrono::{DateTime, Utc};
use handover_core::event::Holder;
use handover_core::id::TenantId;
use handover_core::job::{Destination, Lane, Work};
use handover_core::message::{Delivery, DeliveryState, Message, Speaker, Updated};
use handover_core::session::{
    CaseRecord, Conversation, HandoffStage, Resolver, Session, SessionState,
};
use handover_core::store::Change;

use super::Notes;
use super::ledger::{KEYWORDS, Known, Logged};

impl Notes {
    /// A change is durable.
    pub(in crate::simulation) fn committed(&mut self, change: &Change) {
        let tenant = &change.tenant;
        self.line(|| shown(change));
        if let Some(Conversation { session, case }) = &change.conversation {
            self.session_committed(tenant, session, change);
            self.ended(tenant, session, case.as_ref());
            for message in &change.log {
                self.logged(tenant, session, message);
            }
            let is_opened = case.as_ref().is_some_and(|record| record.opened);
            if !is_opened && change.event.is_some() && !change.log.is_empty() && case.is_some() {
                let is_opening = |work: &Work| matches!(work, Work::Open { .. });
                let desk = |lane: &Lane| matches!(lane.destination, Destination::Desk(_));
                let ledger = self.ledger(tenant);
                let held = ledger.lanes.iter().any(|(lane, queue)| {
                    desk(lane)
                        && queue.lease.is_some()
                        && queue.works.front().is_some_and(is_opening)
                });
                if held {
                    self.reach("a customer wrote while the case was being opened");
                }
            }
            self.handed_off_elsewhere(tenant, session, change);
            self.updated(tenant, session, change);
        }
        let ledger = self.ledger(tenant);
        let mut flights = 0;
        for consent in &change.consent {
            ledger.allowed.insert(consent.address.clone(), consent.allowed);
            if let Some(Conversation { session, .. }) = &change.conversation {
                let lane = Destination::Channel(session.channel.clone());
                let lane = Lane::session(session.id, lane);
                flights += u32::from(!consent.allowed && ledger.is_held(&lane));
            }
        }
        for job in &change.jobs {
            ledger.lanes.entry(job.lane.clone()).or_default().works.push_back(job.work.clone());
        }
        if let Some(settle) = &change.settle {
            for id in &settle.jobs {
                let Some((lane, work)) = ledger.claimed.remove(id) else { continue };
                let Entry::Occupied(mut entry) = ledger.lanes.entry(lane) else { continue };
                let queue = entry.get_mut();
                if let Some(n) = queue.works.iter().position(|waiting| *waiting == work) {
                    queue.works.remove(n);
                }
                queue.lease.take_if(|(token, _)| *token == settle.lease.token);
                if queue.works.is_empty() {
                    entry.remove();
                }
            }
            if settle.uncertain {
                self.reach("nobody could tell whether a text was sent");
            }
        }
        if flights > 0 {
            self.reach("a customer opted out while a send was under way");
        }
        if change.unrouted.is_some() {
            self.reach("a fact that belongs nowhere was kept");
        }
        self.settled();
    }

    fn session_committed(&mut self, tenant: &TenantId, session: &Session, change: &Change) {
        let ledger = self.ledger(tenant);
        let mut broken: Vec<(u8, String)> = Vec::new();
        let mut reached: Vec<&'static str> = Vec::new();
        let control = session.control;
        match ledger.sessions.entry(session.id) {
            Entry::Vacant(entry) => {
                entry.insert(Known {
                    epoch: control.epoch,
                    holder: control.holder,
                    reply_thread: session.reply_thread.clone(),
                    customer: session.customer.value.clone(),
                    is_open: true,
                    last_seq: 0,
                    spoken_at: DateTime::<Utc>::MIN_UTC,
                    asked_at: DateTime::<Utc>::MIN_UTC,
                });
            }
            Entry::Occupied(mut entry) => {
                let known = entry.get_mut();
                if known.reply_thread != session.reply_thread {
                    broken.push((2, format!("the reply thread of {} has changed", session.id)));
                }
                let is_other = known.holder != control.holder;
                if control.epoch < known.epoch || (is_other && control.epoch == known.epoch) {
                    broken.push((4, format!("the epoch of {} did not rise", session.id)));
                }
                if is_other && control.holder == Holder::Assistant {
                    reached.push("a person gave a conversation back");
                }
                let was_taken = is_other && control.holder == Holder::Person;
                (known.epoch, known.holder) = (control.epoch, control.holder);
                let lane = |destination| Lane::session(session.id, destination);
                let channel = Destination::Channel(session.channel.clone());
                if was_taken && ledger.is_held(&lane(Destination::Assistant)) {
                    reached.push("a person took over while the assistant was thinking");
                }
                if was_taken && ledger.is_held(&lane(channel)) {
                    reached.push("a person took over while a send was under way");
                }
            }
        }
        let stage = session.handoff.as_ref().map(|handoff| handoff.stage);
        match stage {
            Some(HandoffStage::Accepted) => reached.push("a handoff was accepted"),
            Some(HandoffStage::TimedOut) => reached.push("nobody took a handoff in time"),
            _ => {}
        }
        let customer = &session.customer.value;
        if session.state == SessionState::Open && !session.hosted {
            let other = ledger.open.insert(customer.clone(), session.id);
            if other.is_some_and(|other| other != session.id) {
                broken.push((2, format!("{} is one of two open conversations", session.id)));
            }
        } else if ledger.open.get(customer) == Some(&session.id) {
            ledger.open.remove(customer);
        }
        if change.log.iter().any(|message| message.late) {
            reached.push("a message was marked as late");
        }
        broken.into_iter().for_each(|(promise, what)| self.broken(promise, what));
        reached.into_iter().for_each(|what| self.reach(what));
    }

    /// Promise 1: who closes a case ends one conversation; a later change to a case that is over is
    /// no end.
    fn ended(&mut self, tenant: &TenantId, session: &Session, case: Option<&CaseRecord>) {
        let ledger = self.ledger(tenant);
        let Some(known) = ledger.sessions.get_mut(&session.id) else { return };
        let was_open = std::mem::replace(&mut known.is_open, session.is_open());
        let is_by_desk = matches!(session.state, SessionState::Resolved { by: Resolver::Desk, .. });
        let Some(case) = case.filter(|_| was_open && is_by_desk && !ledger.is_merged) else {
            return;
        };
        let reference = &*case.case.reference;
        if session.hosted {
            // What became of it there, the desk tells in the end.
            ledger.put_away.push((reference.to_owned(), known.asked_at));
            return;
        }
        let closed = ledger.closed.get(reference).copied().unwrap_or_default();
        let ended = ledger.ended.entry(reference.to_owned()).or_default();
        *ended += 1;
        let ended = *ended;
        if ended > closed {
            let what = format!("{reference} was closed {closed} times and ended {ended}");
            self.broken(1, what);
        }
    }

    /// Promise 4: what was handed off is not the assistant's because the conversation was merged into
    /// one that nobody has.
    fn handed_off_elsewhere(&mut self, tenant: &TenantId, session: &Session, change: &Change) {
        let is_answered = change.jobs.iter().any(|job| matches!(job.work, Work::Answer { .. }));
        if !session.hosted || !is_answered {
            return;
        }
        let ledger = self.ledger(tenant);
        let mut broken = Vec::new();
        for message in change.log.iter().filter(|said| said.author == Speaker::Customer) {
            let Some((one, merged)) = ledger.after_merge.get(&message.text) else { continue };
            let by = ledger.said.customers.get(&message.text);
            let was_held = ledger.sessions.iter().any(|(id, known)| {
                *id != session.id
                    && known.is_open
                    && known.holder != Holder::Assistant
                    && by.is_some_and(|by| **by == *known.customer)
                    && merged.iter().any(|merged| **merged == *known.reply_thread.address)
            });
            if was_held {
                let text = &message.text;
                broken
                    .push(format!("{text:?} is to be answered in {one}, though handed off before"));
            }
        }
        broken.into_iter().for_each(|what| self.broken(4, what));
    }

    fn logged(&mut self, tenant: &TenantId, session: &Session, message: &Message) {
        let ledger = self.ledger(tenant);
        let mut broken: Vec<(u8, String)> = Vec::new();
        let (text, is_merged) = (&message.text, ledger.is_merged);
        if let Some(known) = ledger.sessions.get_mut(&session.id) {
            if message.seq != known.last_seq + 1 {
                broken.push((3, format!("#{} does not follow #{}", message.seq, known.last_seq)));
            }
            known.last_seq = message.seq;
            if message.author == Speaker::Customer {
                known.asked_at = known.asked_at.max(message.at);
            }
            if message.author != Speaker::Relay {
                if message.at < known.spoken_at && !message.late {
                    broken.push((3, format!("{text:?} came late and is not marked so")));
                }
                known.spoken_at = known.spoken_at.max(message.at);
            }
        }
        let (is_theirs, is_unique) = match &message.author {
            Speaker::Customer => {
                let by = ledger.said.customers.get(text);
                let is_key = KEYWORDS.contains(&text.as_str());
                let same = |by: &String| is_merged || **by == *session.customer.value;
                (is_key || by.is_some_and(same), !is_key)
            }
            Speaker::Person { .. } => (ledger.said.replies.contains(text), true),
            Speaker::Assistant | Speaker::Relay => (true, false),
        };
        let is_secret = ledger.said.secrets.contains(text);
        let place = Logged { session: session.id, seq: message.seq };
        let places = ledger.logged.entry(text.clone()).or_default();
        places.push(place);
        if is_unique && places.len() > 1 {
            broken.push((1, format!("{text:?} is logged {} times", places.len())));
        }
        if !is_theirs {
            let promise = match () {
                () if is_secret => 9,
                () if self.is_anothers(tenant, text) => 7,
                () => 5,
            };
            broken.push((promise, format!("{text:?} is taken for {:?}", message.author)));
        }
        broken.into_iter().for_each(|(promise, what)| self.broken(promise, what));
    }

    /// What is known of deliveries, merged as the promises have it: a state never goes back.
    fn updated(&mut self, tenant: &TenantId, session: &Session, change: &Change) {
        let mut reached: Vec<&'static str> = Vec::new();
        let ledger = self.ledger(tenant);
        for message in &change.log {
            for (part, delivery) in (0..).zip(&message.deliveries) {
                ledger.deliveries.insert((session.id, message.seq, part), delivery.clone());
            }
        }
        for update in &change.updates {
            let (part, newer, decided) = match &update.what {
                Updated::Delivery { part, delivery } => (*part, delivery, false),
                Updated::Decided { part, delivery } => (*part, delivery, true),
                Updated::Unconfirmed { part } => {
                    let known = ledger.deliveries.get_mut(&(session.id, update.seq, *part));
                    let open = known.filter(|known| known.state == DeliveryState::Accepted);
                    open.into_iter().for_each(|known| known.state = DeliveryState::Uncertain);
                    continue;
                }
                Updated::File { .. } => continue,
            };
            if newer.overtaken {
                reached.push("a send that was overtaken was recorded");
            }
            if newer.state == DeliveryState::Withheld {
                reached.push("a text was withheld");
            }
            let first = Delivery::pending();
            let known = ledger.deliveries.entry((session.id, update.seq, part)).or_insert(first);
            if decided && known.state <= DeliveryState::Uncertain {
                known.clone_from(newer);
                ledger.sent.remove(&session.id);
                reached.push("a person decided about an uncertain text");
            } else if newer.state >= known.state {
                known.state = newer.state;
            }
        }
        let is_evidence = change.settle.is_none() && change.event.is_none();
        if is_evidence && !change.updates.is_empty() && change.log.is_empty() {
            reached.push("a lease was lost and its late outcome kept");
        }
        reached.into_iter().for_each(|what| self.reach(what));
    }
}

/// A change in a line.
fn shown(change: &Change) -> String {
    let mut words = vec!["  commits".to_owned()];
    words.extend(change.event.as_ref().map(|event| format!("event {}", event.as_str())));
    words.extend(change.log.iter().map(|said| format!("#{} {:?}", said.seq, said.text)));
    words.extend(change.updates.iter().map(|update| format!("#{} {:?}", update.seq, update.what)));
    words.extend(change.jobs.iter().map(|job| format!("job {:?}", job.work)));
    words.extend(change.settle.iter().map(|settle| format!("settles {:?}", settle.jobs)));
    words.extend(change.pokes.iter().map(|(_, scope)| format!("poke {scope:?}")));
    words.extend(change.unrouted.iter().map(|event| format!("unrouted {}", event.id.as_str())));
    words.join(", ")
}
