//! Every message is on the telephone once, or its log says why not.

use handover_core::message::DeliveryState;

use crate::simulation::Violation;
use crate::simulation::notes::Ledger;
use crate::simulation::town::Kept;

/// 2. What was sent, and what the logs say of it.
pub(in crate::simulation) fn telephones(
    kept: &[Kept],
    ledger: &Ledger,
    broken: &mut Vec<Violation>,
) {
    for Kept { session, log, .. } in kept {
        for message in log {
            for (part, delivery) in (0..).zip(&message.deliveries) {
                let known = ledger.deliveries.get(&(session.id, message.seq, part));
                if known.is_some_and(|known| known.state != delivery.state) {
                    let what = format!(
                        "#{} of {} is {:?} and was {:?}",
                        message.seq,
                        session.id,
                        delivery.state,
                        known.map(|known| known.state)
                    );
                    broken.push(Violation { promise: 2, what });
                }
            }
            let Some(delivery) = message.deliveries.first() else { continue };
            let receipts = delivery.provider_id.as_ref().and_then(|id| ledger.receipts.get(&**id));
            for state in receipts.into_iter().flatten() {
                let is_known = match state.as_str() {
                    "delivered" => delivery.state >= DeliveryState::Delivered,
                    "failed" | "undelivered" => delivery.state >= DeliveryState::Failed,
                    _ => true,
                };
                if !is_known {
                    let what =
                        format!("{:?} is {state} and logged as {:?}", message.text, delivery.state);
                    broken.push(Violation { promise: 2, what });
                }
            }
            if ledger.said.replies.contains(&message.text) && session.hosted {
                continue;
            }
            let phone = (session.customer.value.to_string(), message.text.clone());
            let times = if ledger.is_merged {
                let all = ledger.phones.iter().filter(|((_, text), _)| *text == message.text);
                all.map(|(_, times)| times).sum()
            } else {
                ledger.phones.get(&phone).copied().unwrap_or_default()
            };
            let is_notice = ledger.logged.get(&message.text).is_none_or(|all| all.len() > 1);
            let is_fine = match delivery.state {
                DeliveryState::Accepted | DeliveryState::Sent | DeliveryState::Delivered => {
                    times == 1 || (is_notice && times > 0)
                }
                DeliveryState::Failed | DeliveryState::Withheld | DeliveryState::Uncertain => {
                    times <= 1 || is_notice
                }
                _ => false,
            };
            if !is_fine {
                let what = format!(
                    "#{} of {} is {:?} and was sent {times} times: {:?}",
                    message.seq, session.id, delivery.state, message.text
                );
                broken.push(Violation { promise: 2, what });
            }
        }
    }
}
