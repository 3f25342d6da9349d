//! What stands on the cases.

use std::collections::BTreeSet;

use handover_core::id::Key;
use handover_core::message::{Delivery, DeliveryState, Speaker};
use handover_sim::creatio::Creatio;
use handover_sim::front::Front;
use uuid::Uuid;

use crate::simulation::Violation;
use crate::simulation::notes::Ledger;
use crate::simulation::town::Kept;

/// 2, 3. Every message that belongs on a case is there once, and in order; there is one case for
/// each that we know, and one contact for each customer.
pub(in crate::simulation) fn creatio(
    kept: &[Kept],
    creatio: &Creatio,
    broken: &mut Vec<Violation>,
) {
    let mut break_promise = |promise, what: String| broken.push(Violation { promise, what });
    for Kept { session, case, log } in kept {
        let Some(record) = case else { continue };
        let Ok(id) = record.case.reference.parse::<Uuid>() else { continue };
        for message in log.iter().filter(|message| record.takes(message, false)) {
            let row = Key::entry(session.id, message.seq).uuid();
            let entry = creatio.record("Activity", row);
            let is_refused = log.iter().any(|note| {
                note.text.starts_with(&format!("Message #{} could not be written", message.seq))
            });
            match entry {
                None if is_refused => {}
                None => break_promise(
                    2,
                    format!("#{} of {} is on no case: {:?}", message.seq, session.id, message.text),
                ),
                // It was entered before the session went on with another case.
                Some(entry) if entry.guid("CaseId") != Some(id) && session.parent.is_none() => {
                    break_promise(2, format!("#{} is on another case", message.seq));
                }
                Some(_) => {}
            }
        }
    }
    let known = kept.iter().flat_map(|kept| {
        let session = &kept.session;
        (0..session.cases).map(|n| Key::open(session.id, n).uuid())
    });
    let known: BTreeSet<Uuid> = known.collect();
    for case in creatio.cases() {
        if !known.contains(&case.id()) {
            break_promise(2, format!("nobody knows case {}", case.id()));
        }
    }
    let mut numbers = BTreeSet::new();
    for contact in creatio.contacts() {
        let number = contact.text("MobilePhone").to_owned();
        if !number.is_empty() && !numbers.insert(number) {
            break_promise(2, "a customer is two contacts".into());
        }
    }
}

/// 2. Every note that we owe the people in Front stands there once.
///
/// A comment cannot be given a name before it is written, so a worker that wakes after its lease may
/// write one that stands there.
pub(in crate::simulation) fn front(
    kept: &[Kept],
    ledger: &Ledger,
    front: &Front,
    broken: &mut Vec<Violation>,
) {
    let comments = front.conversations().into_iter().flat_map(|one| front.comments(&one.id));
    let comments: Vec<String> = comments.map(|comment| comment.body).collect();
    for Kept { session, log, .. } in kept.iter().filter(|kept| kept.case.is_some()) {
        for message in log {
            let is_open = |delivery: &Delivery| delivery.state == DeliveryState::Accepted;
            if message.deliveries.iter().any(is_open) {
                let what =
                    format!("nobody asked what became of {:?}, which Front took", message.text);
                broken.push(Violation { promise: 2, what });
            }
        }
        for note in log.iter().filter(|message| message.author == Speaker::Relay) {
            // The adapter marks a comment with the first half of its key.
            let key = Key::entry(session.id, note.seq).uuid().simple().to_string();
            let times = comments.iter().filter(|body| body.contains(&key[..20])).count();
            if times == 0 || (times > 1 && !ledger.lost_lease) {
                let what = format!("{:?} stands in Front {times} times", note.text);
                broken.push(Violation { promise: 2, what });
            }
        }
    }
}

/// 1. What a customer wrote after a conversation was archived in Front is not ended by that.
pub(in crate::simulation) fn archived(ledger: &Ledger, front: &Front, broken: &mut Vec<Violation>) {
    for (conversation, asked_at) in ledger.put_away.iter().filter(|_| !ledger.is_merged) {
        let events = front.events(conversation);
        if !events.iter().any(|event| event.kind == "archive" && event.at >= *asked_at) {
            let what = format!("{conversation} ended, and was not archived since {asked_at}");
            broken.push(Violation { promise: 1, what });
        }
    }
}
