//! Nothing is lost on the way in, nobody is left without an answer, and every handoff ends.

use handover_core::event::Holder;
use handover_core::message::Speaker;
use handover_core::session::HandoffStage;

use crate::simulation::Violation;
use crate::simulation::notes::{KEYWORDS, Ledger};
use crate::simulation::town::Kept;

/// A session's size in the store, in bytes.
const LARGEST: usize = 4_096;

pub(super) fn check(kept: &[Kept], ledger: &Ledger, broken: &mut Vec<Violation>) {
    nothing_is_lost(kept, ledger, broken);
    for one in kept {
        let session = &one.session;
        let mut break_promise = |promise, what: String| broken.push(Violation { promise, what });
        if nobody_answers(one) {
            break_promise(6, format!("the customer of {} waits for an answer", session.id));
        }
        let waits = session.handoff.as_ref().is_some_and(|handoff| {
            matches!(handoff.stage, HandoffStage::Requested | HandoffStage::Offered)
        });
        if session.is_open() && waits {
            break_promise(6, format!("the handoff of {} waits for ever", session.id));
        }
        if serde_json::to_vec(session).is_ok_and(|bytes| bytes.len() > LARGEST) {
            break_promise(2, format!("session {} has grown beyond its size", session.id));
        }
        for (n, message) in (1..).zip(&one.log) {
            if message.seq != n {
                break_promise(3, format!("#{n} of {} is #{}", session.id, message.seq));
            }
        }
    }
}

/// 1. What a customer texted, and what a person replied, is in one log, once.
fn nothing_is_lost(kept: &[Kept], ledger: &Ledger, broken: &mut Vec<Violation>) {
    let said = ledger.said.customers.keys();
    // Front tells of a reply in a conversation that is being merged under either name, or none.
    let replies = ledger.said.replies.iter().filter(|_| !ledger.is_merged);
    for text in said.filter(|text| !KEYWORDS.contains(&text.as_str())).chain(replies) {
        let in_logs = kept.iter().flat_map(|kept| &kept.log);
        let times = in_logs.filter(|message| message.text == *text).count();
        if times != 1 {
            broken
                .push(Violation { promise: 1, what: format!("{text:?} is logged {times} times") });
        }
    }
}

/// 6. The customer spoke last to an assistant that may speak, and nothing came.
fn nobody_answers(kept: &Kept) -> bool {
    let session = &kept.session;
    if !session.is_open() || session.control.holder != Holder::Assistant || session.opted_out {
        return false;
    }
    // What was said while the customer had opted out is not answered when they come back.
    let since = kept.log.iter().rev().take_while(|message| !message.aside);
    let last = since.filter(|message| message.author != Speaker::Relay).map(|m| &m.author).next();
    last == Some(&Speaker::Customer)
}
