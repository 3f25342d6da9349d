//! A partner channel: conversations of channels of our own, worked in Front.
//!
//! Source: Front's channel API specification; dev.frontapp.com/docs/creating-a-partner-channel and
//! /docs/getting-started-with-partner-channels. Digest of 2026-11-20.

mod calls;
mod receive;

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

use handover_core::channel::Attempt;
use handover_core::desk::{Case, Entry, EntryOutcome, Opening};
use handover_core::error::{Error, ErrorKind};
use handover_core::event::{Event, Fact};
use handover_core::message::Speaker;
use handover_core::thread::{Side, Thread};

use crate::config::ChannelApi;
use crate::front::Front;
use crate::ids::ConversationId;

#[cfg(test)]
mod tests;

/// What this process knows of cases in the partner channel. Bounded, and lost at its end: a customer
/// who is not known then is named by the case, and a note for people whose conversation is not known
/// stands among the messages.
#[derive(Default)]
pub(crate) struct Places(Mutex<Known>);

#[derive(Default)]
struct Known {
    places: HashMap<Box<str>, Place>,
    order: VecDeque<Box<str>>,
    /// Cases by Front's conversation.
    cases: HashMap<ConversationId, Box<str>>,
}

#[derive(Clone, Default)]
struct Place {
    /// The customer's address.
    handle: Option<Box<str>>,
    /// The conversation in Front.
    conversation: Option<ConversationId>,
    /// A message that Front took, by which it tells the conversation.
    taken: Option<Box<str>>,
}

/// A case for a conversation of a channel of ours. Front makes its own of the first message.
///
/// # Errors
/// [`ErrorKind::Config`] if there is no partner channel.
pub(crate) fn open(front: &Front, opening: &Opening) -> Result<Case, Error> {
    api(front)?;
    let case = Case::new(opening.key.uuid().to_string());
    let customer = opening.about.customer.value.clone();
    front.0.places.learn(&case.reference, |place| place.handle = Some(customer));
    Ok(case)
}

impl Front {
    /// Writes entries, one call each: what was said as messages under the keys' names, by which
    /// Front knows a second time, and notes for people as a comment.
    pub(crate) async fn enter(
        &self,
        case: &Case,
        entries: &[Entry],
        attempt: &Attempt,
    ) -> Result<Vec<EntryOutcome>, Error> {
        let api = api(self)?;
        let mut outcomes = Vec::with_capacity(entries.len());
        for entry in entries {
            let entered = match entry.author {
                Speaker::Relay => self.enter_note(api, case, entry, attempt).await,
                _ => self.enter_message(api, case, entry).await,
            };
            match entered {
                Ok(()) => outcomes.push(EntryOutcome::Written),
                Err(error) if error.kind() == ErrorKind::Invalid => {
                    let code = error.code().unwrap_or("refused").into();
                    outcomes.push(EntryOutcome::Refused { code });
                }
                // What stands there already is told first; the rest comes again.
                Err(_) if !outcomes.is_empty() => break,
                Err(error) => return Err(error),
            }
        }
        outcomes.resize(entries.len(), EntryOutcome::Undecided);
        Ok(outcomes)
    }

    /// Adds our own name to what happens to a conversation in which a case of ours is worked. Not to
    /// what people write there: that comes by the partner channel's own door.
    pub(crate) fn name_cases(&self, events: &mut [Event]) {
        for event in events.iter_mut().filter(|event| !matches!(event.fact, Fact::Reply(_))) {
            let Some(first) = event.threads.first() else { continue };
            if first.side != Side::Desk(self.config().desk.clone()) {
                continue;
            }
            if let Some(case) = self.0.places.case_in(&first.address) {
                event.threads.push(Thread::case(&self.config().desk, case));
            }
        }
    }

    async fn enter_message(
        &self,
        api: &ChannelApi,
        case: &Case,
        entry: &Entry,
    ) -> Result<(), Error> {
        let handle = self.0.places.place(&case.reference).handle;
        let handle = handle.as_deref().unwrap_or(&case.reference);
        let taken = match &entry.author {
            Speaker::Customer => self.import_inbound(api, case, entry, handle).await?,
            author => self.import_outbound(api, case, entry, handle, sender(author)).await?,
        };
        self.0.places.learn(&case.reference, |place| place.taken = taken);
        Ok(())
    }

    /// A note is a comment, once Front's conversation is known. Until then it stands as a message
    /// that says that nobody sent it.
    async fn enter_note(
        &self,
        api: &ChannelApi,
        case: &Case,
        entry: &Entry,
        attempt: &Attempt,
    ) -> Result<(), Error> {
        if let Some(conversation) = self.conversation_of(case).await? {
            return self.write(&conversation, std::slice::from_ref(entry), attempt).await;
        }
        let handle = self.0.places.place(&case.reference).handle;
        let handle = handle.as_deref().unwrap_or(&case.reference);
        self.import_outbound(api, case, entry, handle, NOTE).await.map(drop)
    }

    /// Tags Front's conversation, if it is known, and keeps its name with the case.
    pub(crate) async fn tag_partners(&self, case: &Case) -> Result<Case, Error> {
        api(self)?;
        let Some(conversation) = self.conversation_of(case).await? else { return Ok(case.clone()) };
        self.tag(&conversation, &[]).await?;
        Ok(Case { number: Some(conversation.as_str().into()), ..case.clone() })
    }

    /// Front's conversation of a case.
    async fn conversation_of(&self, case: &Case) -> Result<Option<ConversationId>, Error> {
        let kept = case.number.as_deref().and_then(|number| ConversationId::new(number).ok());
        let place = self.0.places.place(&case.reference);
        if let Some(conversation) = kept.or(place.conversation) {
            return Ok(Some(conversation));
        }
        let Some(taken) = place.taken else { return Ok(None) };
        let message = self.client().sent(&taken).await?;
        let Some(message) = message else {
            return Err(Error::later(
                ErrorKind::Unavailable,
                "Front has not placed the message yet",
            ));
        };
        let conversation = calls::linked(message.links.related.conversation.as_deref());
        self.0.places.learn(&case.reference, |place| place.conversation.clone_from(&conversation));
        Ok(conversation)
    }
}

fn api(front: &Front) -> Result<&ChannelApi, Error> {
    front.config().channel_api.as_ref().ok_or_else(|| {
        let message = "conversations of our own channels need a partner channel in Front";
        Error::never(ErrorKind::Config, message).with_code("channel_api")
    })
}

/// Whose name stands above a message of ours.
fn sender(author: &Speaker) -> &str {
    match author {
        Speaker::Person { name: Some(name) } => name,
        Speaker::Person { name: None } => "Agent",
        _ => "AI",
    }
}

impl Places {
    fn place(&self, case: &str) -> Place {
        self.known().places.get(case).cloned().unwrap_or_default()
    }

    fn learn(&self, case: &str, what: impl FnOnce(&mut Place)) {
        let mut known = self.known();
        if !known.places.contains_key(case) {
            known.order.push_back(case.into());
        }
        let place = known.places.entry(case.into()).or_default();
        what(place);
        if let Some(conversation) = place.conversation.clone() {
            known.cases.insert(conversation, case.into());
        }
        if known.order.len() > MOST
            && let Some(oldest) = known.order.pop_front()
            && let Some(place) = known.places.remove(&oldest)
        {
            place.conversation.map(|conversation| known.cases.remove(&conversation));
        }
    }

    /// The case that is worked in a conversation of Front.
    fn case_in(&self, conversation: &str) -> Option<Box<str>> {
        let conversation = ConversationId::new(conversation).ok()?;
        self.known().cases.get(&conversation).cloned()
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

const MOST: usize = 10_000;
const NOTE: &str = "Internal note, not sent to the customer";
