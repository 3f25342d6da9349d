//! The desk is written to.

use std::sync::Arc;

use handover_core::blobs::Content;
use handover_core::desk::{About, Amendment, Attachment, Entry, EntryOutcome, Handoff, Opening};
use handover_core::error::Error;
use handover_core::id::{EventId, Key};
use handover_core::job::{Job, Lane, Outcome, Work};
use handover_core::message::{Brief, Copy, Message, Speaker};
use handover_core::session::{CaseRecord, Conversation, Session};
use handover_core::thread::Thread;

use super::gone;
use crate::relay::{DeskParts, Parts};

/// How many messages are looked through for the customer's first words.
const FIRST: usize = 20;

impl Parts {
    pub(super) async fn at_desk(
        &self,
        conversation: &Conversation,
        job: &Job,
    ) -> Result<Outcome, Error> {
        let desk = self.desk_of(&conversation.session).ok_or_else(gone)?;
        let record = conversation.case.as_ref().ok_or_else(gone)?;
        let key = job.key().ok_or_else(gone)?;
        if job.lane != Lane::case(record.id, &record.desk) {
            // The case was closed under our hands, and the session has another one by now.
            return Ok(Outcome::CaseClosed);
        }
        match job.work {
            Work::Open { .. } => self.open(desk, conversation, job, key).await,
            Work::Append { through } => self.append(desk, conversation, record, job, through).await,
            Work::Attach { seq, index } => {
                let attachment = self.attachment(&conversation.session, key, seq, index).await?;
                let (about, attempt) = (self.about(conversation).await?, self.attempt(key, job));
                let attached = desk.desk.attach(&record.case, &about, &attachment, &attempt);
                attached.await.map(Outcome::Attached)
            }
            Work::Amend { note, .. } => {
                let amendment = Amendment {
                    key,
                    about: self.about(conversation).await?,
                    contact: conversation.session.contact_reference().map(Into::into),
                    brief: self.brief(conversation, note).await?,
                };
                let attempt = self.attempt(key, job);
                desk.desk.amend(&record.case, &amendment, &attempt).await.map(Outcome::Amended)
            }
            Work::Handoff { note } => {
                let handoff = Handoff {
                    key,
                    about: self.about(conversation).await?,
                    brief: self.brief(conversation, Some(note)).await?.unwrap_or_default(),
                };
                let attempt = self.attempt(key, job);
                desk.desk.hand_off(&record.case, &handoff, &attempt).await.map(Outcome::HandedOff)
            }
            Work::SetStatus { .. } if self.goes_on(conversation, record).await? => {
                Ok(Outcome::CaseTaken)
            }
            Work::SetStatus { status, .. } => {
                let attempt = self.attempt(key, job);
                desk.desk.set_status(&record.case, status, &attempt).await.map(Outcome::StatusSet)
            }
            _ => Err(gone()),
        }
    }

    /// Whether the customer has gone on with the case in a later session: it is not put away under
    /// their hands.
    async fn goes_on(
        &self,
        conversation: &Conversation,
        record: &CaseRecord,
    ) -> Result<bool, Error> {
        let session = &conversation.session;
        if session.is_open() {
            return Ok(false);
        }
        let thread = Thread::case(&record.desk, record.case.reference.clone());
        let found = self.store.load(&self.tenant, std::slice::from_ref(&thread)).await?;
        Ok(found.iter().any(|other| {
            let is_on_case = other.case.as_ref().is_some_and(|case| case.is_named(&thread));
            is_on_case && other.session.is_open() && other.session.id != session.id
        }))
    }

    async fn open(
        &self,
        desk: &DeskParts,
        conversation: &Conversation,
        job: &Job,
        key: Key,
    ) -> Result<Outcome, Error> {
        let session = &conversation.session;
        let contact = session.contact_reference().map(Box::<str>::from);
        let with_contact = contact.is_some();
        let opening = Opening {
            key,
            about: self.about(conversation).await?,
            at: session.created_at,
            contact,
            parent: session.parent.clone(),
        };
        let case = desk.desk.open(&opening, &self.attempt(key, job)).await?;
        Ok(Outcome::Opened { case, with_contact })
    }

    async fn append(
        &self,
        desk: &DeskParts,
        conversation: &Conversation,
        record: &CaseRecord,
        job: &Job,
        through: u64,
    ) -> Result<Outcome, Error> {
        let session = &conversation.session;
        let after = session.appended;
        let count = usize::try_from(through.saturating_sub(after)).unwrap_or(usize::MAX);
        let batch = count.min(desk.desk.capabilities().batch);
        let messages = self.archive.messages(&self.tenant, session.id, after, batch).await?;
        let Some(last) = messages.last().map(|message| message.seq) else {
            return Ok(Outcome::Appended { case: None, through, refused: Vec::new() });
        };
        let mut entries = Vec::with_capacity(messages.len());
        for message in messages.into_iter().filter(|m| record.takes(m, session.hosted)) {
            let undelivered = self.undelivered(session, &message).await?;
            let key = Key::entry(session.id, message.seq);
            entries.push(Entry { undelivered, ..entry(key, message) });
        }
        let first = entries.first().filter(|_| after == 0).map(|entry| entry.seq);
        for entry in &mut entries {
            if Some(entry.seq) == first || !entry.files.is_empty() {
                entry.link = self.link(conversation);
            }
        }
        if entries.is_empty() {
            return Ok(Outcome::Appended { case: None, through: last, refused: Vec::new() });
        }
        let (about, attempt) =
            (self.about(conversation).await?, self.attempt(Key::entry(session.id, last), job));
        let appended = desk.desk.append(&record.case, &about, &entries, &attempt).await?;
        let mut refused = Vec::new();
        let mut decided = last;
        for (entry, outcome) in entries.iter().zip(appended.outcomes) {
            match outcome {
                EntryOutcome::Written => {}
                EntryOutcome::Refused { code } => refused.push((entry.seq, code)),
                EntryOutcome::Undecided => {
                    decided = entry.seq - 1;
                    break;
                }
            }
        }
        // A case that is as it was when the job was claimed is no news, and may be old by now.
        let case = Some(appended.case).filter(|case| *case != record.case);
        Ok(Outcome::Appended { case, through: decided, refused })
    }

    /// The person's reply that a note tells was not delivered.
    async fn undelivered(
        &self,
        session: &Session,
        note: &Message,
    ) -> Result<Option<EventId>, Error> {
        let Some(seq) = note.undelivered else { return Ok(None) };
        let message = self.message(session, seq).await?;
        let is_reply = matches!(message.author, Speaker::Person { .. });
        Ok(message.event.filter(|_| is_reply))
    }

    async fn attachment(
        &self,
        session: &Session,
        key: Key,
        seq: u64,
        index: usize,
    ) -> Result<Attachment, Error> {
        let message = self.message(session, seq).await?;
        let file = message.files.into_iter().nth(index).ok_or_else(gone)?;
        let blobs = self.blobs.as_ref().ok_or_else(gone)?;
        let Copy::Stored(name) = &file.copy else { return Err(gone()) };
        let size = file.size.ok_or_else(gone)?;
        let content = Content::new(Arc::clone(blobs), self.tenant.clone(), name.clone(), size);
        let entry = Key::entry(session.id, seq);
        Ok(Attachment { key, entry, author: message.author, at: message.at, file, content })
    }

    async fn about(&self, conversation: &Conversation) -> Result<About, Error> {
        let session = &conversation.session;
        let first = self.archive.messages(&self.tenant, session.id, 0, FIRST).await?;
        let is_customers = |message: &Message| message.author == Speaker::Customer;
        let first = first.into_iter().find(is_customers);
        Ok(About {
            session: session.id,
            channel: session.channel.clone(),
            customer: session.customer.clone(),
            link: self.link(conversation),
            first_words: first.map(|message| message.text).unwrap_or_default(),
        })
    }

    async fn brief(
        &self,
        conversation: &Conversation,
        note: Option<u64>,
    ) -> Result<Option<Brief>, Error> {
        let Some(note) = note else { return Ok(None) };
        let message = self.message(&conversation.session, note).await?;
        Ok(message.brief.map(|brief| *brief))
    }
}

fn entry(key: Key, message: Message) -> Entry {
    Entry {
        key,
        seq: message.seq,
        author: message.author,
        at: message.at,
        text: message.text,
        files: message.files,
        link: None,
        undelivered: None,
    }
}
