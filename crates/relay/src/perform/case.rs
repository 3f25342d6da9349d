//! The desk is written to.

use handover_core::desk::{About, Amendment, Entry, EntryOutcome, Handoff, Opening};
use handover_core::error::Error;
use handover_core::id::Key;
use handover_core::job::{Job, Outcome, Work};
use handover_core::message::{Brief, Message, Speaker};
use handover_core::session::{CaseRecord, Conversation};

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
        match job.work {
            Work::Open { .. } => self.open(desk, conversation, job, key).await,
            Work::Append { through } => self.append(desk, conversation, record, job, through).await,
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
            Work::SetStatus { status, .. } => {
                let attempt = self.attempt(key, job);
                desk.desk.set_status(&record.case, status, &attempt).await.map(Outcome::StatusSet)
            }
            _ => Err(gone()),
        }
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
            return Ok(Outcome::Appended { through, refused: Vec::new() });
        };
        let wanted = messages.into_iter().filter(|message| record.takes(message, session.hosted));
        let mut entries: Vec<Entry> =
            wanted.map(|message| entry(Key::entry(session.id, message.seq), message)).collect();
        let first = entries.first().filter(|_| after == 0).map(|entry| entry.seq);
        for entry in &mut entries {
            if Some(entry.seq) == first || !entry.files.is_empty() {
                entry.link = self.link(conversation);
            }
        }
        if entries.is_empty() {
            return Ok(Outcome::Appended { through: last, refused: Vec::new() });
        }
        let attempt = self.attempt(Key::entry(session.id, last), job);
        let outcomes = desk.desk.append(&record.case, &entries, &attempt).await?;
        let mut refused = Vec::new();
        let mut decided = last;
        for (entry, outcome) in entries.iter().zip(outcomes) {
            match outcome {
                EntryOutcome::Written => {}
                EntryOutcome::Refused { code } => refused.push((entry.seq, code)),
                EntryOutcome::Undecided => {
                    decided = entry.seq - 1;
                    break;
                }
            }
        }
        Ok(Outcome::Appended { through: decided, refused })
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
    }
}
