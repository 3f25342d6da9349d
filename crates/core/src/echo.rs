//! Which of our sends a provider tells of, where it does not tell the send's key. Pure.

use crate::event::Report;
use crate::id::{Key, SessionId};
use crate::message::{Delivery, DeliveryState, Message};

/// The send that `report` is about, among the messages of a session, oldest first.
///
/// A provider's id that is known already decides. Otherwise it is the oldest part with the same
/// text that has no other name: parts go out in order. `parts` are the texts that a message was cut
/// into. Letters, digits and their order make a text the same; what a provider does to spaces,
/// quotation marks and markup does not count.
pub fn find(
    session: SessionId,
    messages: &[Message],
    parts: &dyn Fn(&Message) -> Vec<String>,
    report: &Report,
) -> Option<Key> {
    if report.key.is_some() {
        return report.key;
    }
    let id = report.delivery.provider_id.as_deref();
    let is_known = |delivery: &Delivery| id.is_some_and(|id| delivery.is_called(id));
    let named = each(messages).find(|(_, _, delivery)| is_known(delivery));
    let found = named.or_else(|| {
        let text = folded(report.text.as_deref()?);
        each(messages).find(|(message, part, delivery)| {
            may_be_new(delivery) && parts(message).get(*part).is_some_and(|p| folded(p) == text)
        })
    });
    let (message, part, _) = found?;
    Some(Key::send(session, message.seq, u16::try_from(part).ok()?))
}

fn each(messages: &[Message]) -> impl Iterator<Item = (&Message, usize, &Delivery)> {
    messages.iter().flat_map(|message| {
        let deliveries = message.deliveries.iter().enumerate();
        deliveries.map(move |(part, delivery)| (message, part, delivery))
    })
}

/// Whether the provider may tell of it under a name that we do not know.
fn may_be_new(delivery: &Delivery) -> bool {
    delivery.alias.is_none() && delivery.state != DeliveryState::Withheld
}

fn folded(text: &str) -> String {
    let plain: String = text.chars().filter(|c| c.is_alphanumeric()).collect();
    if plain.is_empty() { text.trim().to_owned() } else { plain }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::Speaker;

    fn sent(seq: u64, text: &str, provider_id: Option<&str>) -> Message {
        let mut message = Message::new(seq, Speaker::Assistant, text, chrono::DateTime::UNIX_EPOCH);
        let provider_id = provider_id.map(Into::into);
        message.deliveries = vec![Delivery { provider_id, ..Delivery::pending() }];
        message
    }

    fn seq(messages: &[Message], id: &str, text: &str) -> Option<u64> {
        let report = Report::of(id, Some(text.into()), DeliveryState::Sent);
        let whole = |message: &Message| vec![message.text.clone()];
        let key = find(SessionId(uuid::Uuid::nil()), messages, &whole, &report)?;
        key.sent().map(|(_, seq, _)| seq)
    }

    #[test]
    fn a_known_id_decides_whatever_the_text_says() {
        let log = [sent(1, "One", Some("a")), sent(2, "Two", Some("b"))];
        assert_eq!(seq(&log, "b", "One"), Some(2));
    }

    #[test]
    fn the_same_text_twice_is_told_of_in_order() {
        let mut log = [sent(1, "It’s OK.", Some("uid-1")), sent(2, "It’s OK.", Some("uid-2"))];
        assert_eq!(seq(&log, "msg-1", "It's <b>OK</b>."), None, "markup is text here");
        assert_eq!(seq(&log, "msg-1", "It's  OK."), Some(1));
        log[0].deliveries[0].alias = Some("msg-1".into());
        assert_eq!(seq(&log, "msg-2", "Its OK"), Some(2));
        assert_eq!(seq(&log, "msg-1", "It's OK."), Some(1));
    }

    #[test]
    fn what_was_withheld_or_is_not_ours_is_no_send_of_ours() {
        let mut log = [sent(1, "👍", None)];
        assert_eq!(seq(&log, "x", "👍 "), Some(1));
        assert_eq!(seq(&log, "x", "👎"), None);
        log[0].deliveries[0].state = DeliveryState::Withheld;
        assert_eq!(seq(&log, "x", "👍"), None);
    }
}
