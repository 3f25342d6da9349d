//! Which of our sends a provider tells of, where it does not tell the send's key. Pure.

use std::fmt;

use crate::event::Report;
use crate::id::Key;
use crate::message::{Delivery, DeliveryState, Message};
use crate::session::Session;

/// The sends of a session in whose conversation a provider tells of one.
pub struct Sends<'a> {
    /// The session.
    pub session: &'a Session,
    /// Its newest messages, oldest first.
    pub messages: &'a [Message],
    /// The texts that its channel cuts a message into.
    pub parts: &'a dyn Fn(&Message) -> Vec<String>,
}

/// Which send a report is about. Complete.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meant {
    /// None of ours.
    Nobody,
    /// This one.
    One {
        /// Names the send.
        key: Key,
        /// Whether anything in the report is news.
        is_news: bool,
    },
    /// It fits several, or none as it is worded: what the provider says when it is asked for those it
    /// has told nothing of, by the names under which it took them, decides.
    Untold,
}

/// The send that `report` is about, among those of its conversation; later sessions first.
///
/// A provider's id that is known already decides. Otherwise it is the only part with the same text
/// that has no other name. Letters, digits and their order make a text the same; what a provider
/// does to spaces, quotation marks and markup does not count. Where several have that text, or none
/// and one is waited for, the provider can tell them apart if it was told to be asked
/// ([`Session::untold`]); else the oldest is meant, since parts go out in order.
pub fn find(sends: &[Sends<'_>], report: &Report) -> Meant {
    if let Some(key) = report.key {
        return Meant::One { key, is_news: true };
    }
    let ids = [&report.delivery.provider_id, &report.delivery.alias];
    let is_known = |delivery: &Delivery| ids.into_iter().flatten().any(|id| delivery.is_called(id));
    if let Some(sent) = each(sends).find(|sent| is_known(sent.delivery)) {
        let mut after = sent.delivery.clone();
        after.merge(&report.delivery);
        return sent.meant(after != *sent.delivery);
    }
    let Some(text) = report.text.as_deref().map(folded) else { return Meant::Nobody };
    // A report that says both names is about none that was taken under another.
    let is_other =
        |sent: &Sent<'_>| report.delivery.alias.is_some() && sent.delivery.provider_id.is_some();
    let open = each(sends).filter(|sent| may_be_new(sent.delivery) && !is_other(sent));
    let open: Vec<Sent<'_>> = open.collect();
    let mut alike = open.iter().filter(|sent| sent.text().is_some_and(|t| folded(&t) == text));
    let (first, rest) = (alike.next(), alike.collect::<Vec<_>>());
    let is_clear = first.is_some() && rest.is_empty();
    let mut doubtful = first.into_iter().chain(rest);
    let can_be_asked = match first {
        Some(_) => doubtful.any(Sent::is_untold),
        None => open.iter().any(Sent::is_untold),
    };
    match first {
        Some(first) if is_clear || !can_be_asked => first.meant(true),
        _ if can_be_asked => Meant::Untold,
        _ => Meant::Nobody,
    }
}

/// A part of a message, sent or to be sent.
struct Sent<'a> {
    of: &'a Sends<'a>,
    message: &'a Message,
    part: usize,
    delivery: &'a Delivery,
}

impl Sent<'_> {
    fn meant(&self, is_news: bool) -> Meant {
        let Ok(part) = u16::try_from(self.part) else { return Meant::Nobody };
        Meant::One { key: Key::send(self.of.session.id, self.message.seq, part), is_news }
    }

    fn text(&self) -> Option<String> {
        (self.of.parts)(self.message).into_iter().nth(self.part)
    }

    /// Whether the provider took it and can be asked what became of it.
    fn is_untold(&self) -> bool {
        let untold = &self.of.session.untold;
        untold.iter().any(|o| o.seq == self.message.seq && usize::from(o.part) == self.part)
    }
}

fn each<'a>(sends: &'a [Sends<'a>]) -> impl Iterator<Item = Sent<'a>> {
    sends.iter().flat_map(|of| {
        of.messages.iter().flat_map(move |message| {
            let deliveries = message.deliveries.iter().enumerate();
            deliveries.map(move |(part, delivery)| Sent { of, message, part, delivery })
        })
    })
}

/// Whether the provider may tell of it under a name that we do not know. The name of what it has told
/// of is known, whether or not it said before how it took it.
fn may_be_new(delivery: &Delivery) -> bool {
    let is_told = delivery.provider_id.is_some() && delivery.state > DeliveryState::Accepted;
    delivery.alias.is_none() && !is_told && delivery.state != DeliveryState::Withheld
}

fn folded(text: &str) -> String {
    let plain: String = text.chars().filter(|c| c.is_alphanumeric()).collect();
    if plain.is_empty() { text.trim().to_owned() } else { plain }
}

impl fmt::Debug for Sends<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sends")
            .field("session", &self.session.id)
            .field("messages", &self.messages)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
