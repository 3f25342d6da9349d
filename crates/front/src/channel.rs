//! Replies in conversations that Front hosts.

mod fetch;
mod find;

use async_trait::async_trait;
use handover_core::channel::{
    Attempt, Channel, ChannelCapabilities, Found, Outbound, Part, Receipt,
};
use handover_core::error::{Error, ErrorKind};
use handover_core::event::Holder;
use handover_core::id::ChannelId;
use handover_core::identity::Identity;
use handover_core::message::Message;
use handover_core::transport::Body;

use crate::client::{NewMessage, Standing};
use crate::encode;
use crate::front::{Front, HostedChannel};
use crate::ids::ConversationId;

#[cfg(test)]
mod tests;

/// The whole text is one message: cutting it for a phone is Front's own business. It goes out as
/// the AI teammate and leaves the conversation open.
///
/// # Errors
/// [`ErrorKind::Taken`] if a person has the conversation, or nobody has and the AI does not answer
/// what nobody has. [`ErrorKind::Config`] if Front does not know the teammate.
///
/// # Idempotency
/// Front's send has no idempotency key: one that may have happened is
/// [`Retry::Unsure`](handover_core::error::Retry::Unsure), and [`Channel::find`] looks for it among the
/// conversation's messages. That Front took it does not mean that it was sent: the event of the sent
/// message, or of its failure, says so later. As documented it names neither our key nor the
/// `message_uid` by which Front took it, so that the relay knows it again by its text; where the text
/// fits several, or Front tells nothing, [`Channel::find`] asks for the message by its `message_uid`.
#[async_trait]
impl Channel for HostedChannel {
    fn id(&self) -> &ChannelId {
        &self.id
    }

    fn capabilities(&self) -> ChannelCapabilities {
        ChannelCapabilities::new(self.front.account(), MAX_CHARS)
            .with_confirmation()
            .with_lookup()
            .with_receipts()
            .with_host(self.front.config().desk.clone())
    }

    fn parts(&self, message: &Message) -> Vec<Part> {
        vec![Part { text: encode::readable(&message.text).trim().to_owned() }]
    }

    async fn send(&self, outbound: &Outbound) -> Result<Receipt, Error> {
        let conversation = conversation(outbound)?;
        let mut message = self.message(outbound)?;
        // A look and a reply: the look is worth nothing without the reply right behind it.
        let client = self.front.client().with_room(2)?.staying();
        let standing = client.conversation(&conversation).await?;
        self.front.may_speak(&standing, outbound.control)?;
        if standing.id != conversation {
            // Merged: Front might answer whom the other one is with.
            message.to = vec![outbound.to.value.to_string()];
        }
        let sent = client.reply(&standing.id, &message).await.map_err(unknown_author)?;
        Ok(Receipt::accepted(sent.message_uid))
    }

    async fn find(&self, outbound: &Outbound, attempt: &Attempt) -> Result<Found, Error> {
        match &attempt.taken {
            Some(uid) => self.what_became_of(uid, attempt).await,
            None => self.look_for(outbound, attempt).await,
        }
    }

    async fn fetch(&self, reference: &str, limit: u64) -> Result<Body, Error> {
        self.open(reference, limit).await
    }
}

impl HostedChannel {
    /// What is posted, or why it would be refused.
    fn message(&self, outbound: &Outbound) -> Result<NewMessage, Error> {
        if outbound.text.chars().count() > MAX_CHARS {
            return Err(Error::never(ErrorKind::TooLong, "a reply has at most 100,000 characters"));
        }
        let mut text = outbound.text.clone();
        for url in &outbound.media {
            text.push_str("\n\n");
            text.push_str(url.as_str());
        }
        if text.trim().is_empty() {
            return Err(Error::never(ErrorKind::Invalid, "a reply needs a text"));
        }
        let author = self.front.config().teammate.clone();
        if outbound.to.scheme.as_ref() != Identity::EMAIL {
            return Ok(NewMessage::new(author, text));
        }
        let mut message = NewMessage::new(author, encode::html(&text));
        message.text = Some(text);
        Ok(message)
    }
}

impl Front {
    /// Whether the AI may say something in a conversation as it stands.
    ///
    /// Nobody has it after a handoff of ours, too: then what belongs to the handoff may still be said.
    fn may_speak(&self, standing: &Standing, control: Holder) -> Result<(), Error> {
        let config = self.config();
        standing.is_there()?;
        match &standing.conversation.assignee {
            Some(teammate) if *teammate.id == *config.teammate.as_str() => Ok(()),
            None if config.handle_unassigned || control == Holder::Nobody => Ok(()),
            None => Err(Error::never(ErrorKind::Taken, "the AI was taken off the conversation")),
            Some(_) => Err(Error::never(ErrorKind::Taken, "a person has the conversation")),
        }
    }
}

/// The conversation that a reply goes to.
fn conversation(outbound: &Outbound) -> Result<ConversationId, Error> {
    ConversationId::new(&outbound.thread.address)
        .map_err(|_| Error::never(ErrorKind::Invalid, "a reply goes to a conversation of Front"))
}

/// The conversation is there, so what is missing is who speaks.
pub(crate) fn unknown_author(error: Error) -> Error {
    if error.kind() != ErrorKind::NotFound {
        return error;
    }
    Error::never(ErrorKind::Config, "Front knows no such teammate or channel: check `teammate_id`")
        .with_code("teammate_id")
}

/// More than any provider behind Front takes; what is too long for one of them fails visibly there.
pub(crate) const MAX_CHARS: usize = 100_000;
