//! Every message is on the telephone once, or its log says why not.

use std::collections::BTreeMap;

use handover_core::id::SessionId;
use handover_core::message::{Delivery, DeliveryState, Message};

use crate::simulation::Violation;
use crate::simulation::notes::Ledger;
use crate::simulation::town::Kept;

/// 2. What was sent, and what the logs say of it.
pub(in crate::simulation) fn telephones(
    kept: &[Kept],
    ledger: &Ledger,
    broken: &mut Vec<Violation>,
) {
    let mut expected: BTreeMap<(&str, &str), Expected> = BTreeMap::new();
    for Kept { session, log, .. } in kept {
        for message in log {
            let went_back = went_back(ledger, session.id, message);
            broken.extend(went_back.map(|what| Violation { promise: 2, what }));
            let Some(delivery) = message.deliveries.first() else { continue };
            let unheard = unheard(ledger, message, delivery);
            broken.extend(unheard.map(|what| Violation { promise: 2, what }));
            if ledger.said.replies.contains(&message.text) && session.hosted {
                continue;
            }
            // After a merge, one conversation goes to several telephones.
            let phone = if ledger.is_merged { "" } else { &*session.customer.value };
            let expected = expected.entry((phone, &message.text)).or_default();
            expected.hosted |= session.hosted;
            expected.add(delivery.state);
        }
    }
    let mut sent: BTreeMap<(&str, &str), u32> = BTreeMap::new();
    for ((phone, text), times) in &ledger.phones {
        let phone = if ledger.is_merged { "" } else { phone };
        *sent.entry((phone, text)).or_default() += times;
    }
    for ((phone, text), expected) in expected {
        let times = sent.get(&(phone, text)).copied().unwrap_or_default();
        if !expected.allows(times) {
            let what = format!("{phone} got {text:?} {times} times, and the logs say {expected:?}");
            broken.push(Violation { promise: 2, what });
        }
    }
}

/// A part of which the log says another state than the furthest that was committed.
fn went_back(ledger: &Ledger, session: SessionId, message: &Message) -> Option<String> {
    (0..).zip(&message.deliveries).find_map(|(part, delivery)| {
        let known = ledger.deliveries.get(&(session, message.seq, part))?.state;
        let (seq, now) = (message.seq, delivery.state);
        (known != now).then(|| format!("#{seq} of {session} is {now:?} and was {known:?}"))
    })
}

/// A provider's report that was acknowledged, and that the log does not show.
fn unheard(ledger: &Ledger, message: &Message, delivery: &Delivery) -> Option<String> {
    let reports = ledger.receipts.get(&**delivery.provider_id.as_ref()?)?;
    let is_unknown = |report: &&String| match report.as_str() {
        "delivered" => delivery.state < DeliveryState::Delivered,
        "failed" | "undelivered" => delivery.state < DeliveryState::Failed,
        _ => false,
    };
    let report = reports.iter().find(is_unknown)?;
    Some(format!("{:?} is {report} and logged as {:?}", message.text, delivery.state))
}

/// How often a text is on a telephone, as the logs have it.
#[derive(Debug, Default)]
struct Expected {
    hosted: bool,
    sent: u32,
    /// The provider may have taken it, or not.
    unclear: u32,
    withheld: u32,
    unfinished: u32,
}

impl Expected {
    fn add(&mut self, state: DeliveryState) {
        let count = match state {
            DeliveryState::Accepted | DeliveryState::Sent | DeliveryState::Delivered => {
                &mut self.sent
            }
            DeliveryState::Failed | DeliveryState::Uncertain => &mut self.unclear,
            DeliveryState::Withheld => &mut self.withheld,
            _ => &mut self.unfinished,
        };
        *count += 1;
    }

    /// What was withheld is on no telephone. In a conversation that the desk hosts, a notice of one
    /// session, whose answer was lost, may be taken for the same notice of the next.
    fn allows(&self, times: u32) -> bool {
        let least = if self.hosted { self.sent.min(1) } else { self.sent };
        self.unfinished == 0 && (least..=self.sent + self.unclear).contains(&times)
    }
}
