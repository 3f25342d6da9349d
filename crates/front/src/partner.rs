//! A partner channel: conversations of channels of our own, worked in Front.
//!
//! Source: Front's channel API specification; dev.frontapp.com/docs/creating-a-partner-channel and
//! /docs/getting-started-with-partner-channels. Digest of 2026-11-20.

mod calls;
mod receive;

use handover_core::channel::Attempt;
use handover_core::desk::{About, Appended, Attachment, Case, Entry, EntryOutcome, Opening};
use handover_core::error::{Error, ErrorKind};
use handover_core::event::Author;
use handover_core::message::Speaker;

use crate::config::ChannelApi;
use crate::desk::{Owner, gone, taken};
use crate::front::Front;
use crate::ids::ConversationId;
use crate::parse;

#[cfg(test)]
mod tests;

/// What a conversation of Front is called among the names of the case that is worked in it. Another
/// name than a case has that Front hosts, so that the two never meet.
pub(crate) fn alias(conversation: &ConversationId) -> Box<str> {
    format!("{WORKED}{conversation}").into()
}

/// The conversation that an [`alias`] names.
pub(crate) fn conversation(alias: &str) -> Option<ConversationId> {
    ConversationId::new(alias.strip_prefix(WORKED)?).ok()
}

/// A case for a conversation of a channel of ours. Front makes its own of the first message.
///
/// # Errors
/// [`ErrorKind::Config`] if there is no partner channel.
pub(crate) fn open(front: &Front, opening: &Opening) -> Result<Case, Error> {
    api(front)?;
    Ok(Case::new(opening.key.uuid().to_string()))
}

impl Front {
    /// Writes entries, one call each: what was said as messages under the keys' names, by which
    /// Front knows a second time, and notes for people as a comment. Once Front has placed a message,
    /// its conversation is the case's other name.
    pub(crate) async fn enter(
        &self,
        case: &Case,
        about: &About,
        entries: &[Entry],
        attempt: &Attempt,
    ) -> Result<Appended, Error> {
        let api = api(self)?;
        let mut case = case.clone();
        let mut outcomes = Vec::with_capacity(entries.len());
        for entry in entries {
            let entered = match entry.author {
                Speaker::Relay => self.enter_note(api, &mut case, about, entry, attempt).await,
                _ => self.enter_message(api, &mut case, about, entry).await,
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
        // Not known yet is no failure: nothing needs the conversation before there is a note.
        drop(self.place(&mut case).await);
        Ok(Appended { case, outcomes })
    }

    async fn enter_message(
        &self,
        api: &ChannelApi,
        case: &mut Case,
        about: &About,
        entry: &Entry,
    ) -> Result<(), Error> {
        let said = calls::Said::entry(case, about, entry);
        let uid = match &entry.author {
            Speaker::Customer => self.import_inbound(api, &said, &[]).await?,
            author => self.import_outbound(api, &said, sender(author)).await?,
        };
        took(case, uid);
        Ok(())
    }

    /// A note is a comment, once Front's conversation is known. Until then it stands as a message
    /// that says that nobody sent it. That a person's reply did not arrive stands at the reply.
    async fn enter_note(
        &self,
        api: &ChannelApi,
        case: &mut Case,
        about: &About,
        entry: &Entry,
        attempt: &Attempt,
    ) -> Result<(), Error> {
        if let Some(reply) = &entry.undelivered {
            match self.report_failure(api, case, reply, &entry.text).await {
                // Front does not know the reply by our name: people read it in a comment.
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                reported => return reported,
            }
        }
        let Some(conversation) = self.place(case).await? else {
            let said = calls::Said::entry(case, about, entry);
            let uid = self.import_outbound(api, &said, NOTE).await?;
            took(case, uid);
            return Ok(());
        };
        let note = std::slice::from_ref(entry);
        let merged = self.write(&conversation, about, note, attempt).await.map_err(gone)?;
        if let Some(merged) = merged {
            placed(case, &merged);
        }
        Ok(())
    }

    /// Adds a file as a message of its own: what stands in Front takes no file any more.
    pub(crate) async fn import_file(
        &self,
        case: &Case,
        about: &About,
        attachment: &Attachment,
    ) -> Result<Case, Error> {
        let api = api(self)?;
        if attachment.content.size() > MAX_FILE {
            let message = "Front takes 25 MB: the file stands in the session";
            return Err(Error::never(ErrorKind::TooLong, message).with_code("size"));
        }
        let bytes = attachment.content.read(0..attachment.content.size()).await?;
        let file = &attachment.file;
        let media_type = file.media_type.as_deref().unwrap_or("application/octet-stream");
        let name = file.name.as_deref().unwrap_or("file").to_owned();
        let files = [crate::Attachment { name, media_type: media_type.to_owned(), bytes }];
        let said = calls::Said::file(case, about, attachment);
        let mut case = case.clone();
        let uid = self.import_inbound(api, &said, &files).await?;
        took(&mut case, uid);
        Ok(case)
    }

    /// Tags Front's conversation, once it is known.
    pub(crate) async fn tag_partners(&self, case: &Case) -> Result<Case, Error> {
        api(self)?;
        let mut case = case.clone();
        let Some(conversation) = self.place(&mut case).await? else { return Ok(case) };
        let standing = self.client().conversation(&conversation).await?;
        standing.is_there()?;
        self.tag(self.client(), &standing.id, &standing.conversation.tags).await?;
        placed(&mut case, &standing.id);
        Ok(case)
    }

    /// Archives Front's conversation, unless a person has it or wrote last.
    pub(crate) async fn put_partners_away(&self, case: &Case) -> Result<Case, Error> {
        api(self)?;
        let mut case = case.clone();
        let Some(conversation) = self.place(&mut case).await? else { return Ok(case) };
        let standing = self.client().conversation(&conversation).await?;
        standing.is_there()?;
        placed(&mut case, &standing.id);
        if standing.conversation.status == "archived" {
            return Ok(case);
        }
        if self.owner(standing.conversation.assignee.as_ref()) == Owner::Other {
            return Err(taken());
        }
        let newest = self.client().messages(&standing.id, 1).await?;
        let author = newest.first().and_then(|message| message.author.as_ref());
        if author.is_some_and(|by| parse::author(self.config(), by) == Author::Person) {
            return Err(taken());
        }
        self.client().archive(&standing.id).await?;
        Ok(case)
    }

    /// Front's conversation of a case, if Front has a message of it.
    ///
    /// # Errors
    /// [`ErrorKind::Unavailable`] while Front has not placed the message yet.
    async fn place(&self, case: &mut Case) -> Result<Option<ConversationId>, Error> {
        let Some(name) = case.alias.as_deref() else { return Ok(None) };
        if let Some(conversation) = conversation(name) {
            return Ok(Some(conversation));
        }
        let Some(uid) = name.strip_prefix(TAKEN) else { return Ok(None) };
        let message = self.client().sent(uid).await?;
        let link = message.as_ref().and_then(|m| m.links.related.conversation.as_deref());
        let Some(conversation) = calls::linked(link) else {
            let message = "Front has not placed the message yet";
            return Err(Error::later(ErrorKind::Unavailable, message));
        };
        placed(case, &conversation);
        Ok(Some(conversation))
    }
}

/// Front took a message under this name: by it the conversation is found.
fn took(case: &mut Case, uid: Option<Box<str>>) {
    let is_placed = case.alias.as_deref().and_then(conversation).is_some();
    if let Some(uid) = uid.filter(|_| !is_placed) {
        case.alias = Some(format!("{TAKEN}{uid}").into());
    }
}

fn placed(case: &mut Case, conversation: &ConversationId) {
    case.alias = Some(alias(conversation));
    case.number = Some(conversation.as_str().into());
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

/// All files of a request together may have as much.
const MAX_FILE: u64 = 25 << 20;
const NOTE: &str = "Internal note, not sent to the customer";
/// Begins the name of a message that Front took and has not placed yet: Front's own alias for it.
const TAKEN: &str = "alt:uid:";
const WORKED: &str = "partner:";
