//! A conversation to write about, and short words to write it.

use std::ops::Range;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use handover_core::blobs::{Blobs, Content};
use handover_core::channel::Attempt;
use handover_core::desk::{
    About, Amendment, Attachment, Case, CaseStatus, Desk, Entry, EntryOutcome, Handoff, Opening,
};
use handover_core::error::{Error, ErrorKind};
use handover_core::id::{ChannelId, EventId, Key, SessionId, TenantId};
use handover_core::identity::{Identity, Proof};
use handover_core::message::{Brief, Copy, File, Reason, Speaker};
use handover_core::transport::Body;

use super::{DeskFixture, SeenCase};
use crate::faulty::{Fault, Faulty};
use crate::violation::{Violation, ensure, ensure_eq};

/// The customer, whose address must not be shown.
pub(super) const CUSTOMER: &str = "+14155557741";

/// More requests than any call makes.
pub(super) const REQUESTS: usize = 50;

/// One conversation, as the desk is told of it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Story {
    session: SessionId,
    number: usize,
    attempt: u32,
}

impl Story {
    /// The `n`th conversation.
    pub(super) fn new(n: usize) -> Self {
        let tenant = TenantId::new("acme").expect("the kit's names are plain");
        let session = SessionId::derive(&tenant, &EventId::new("kit", n));
        Self { session, number: n, attempt: 1 }
    }

    /// The same, tried again.
    pub(super) fn again(self) -> Self {
        Self { attempt: self.attempt + 1, ..self }
    }

    fn attempt(&self, key: Key) -> Attempt {
        let now = at(60 * i64::from(self.attempt));
        Attempt { number: self.attempt, ..Attempt::first(key, now) }
    }

    fn about(&self, words: &str) -> About {
        About {
            session: self.session,
            channel: ChannelId::new("sms").expect("the kit's names are plain"),
            customer: Identity::new(Identity::TEL, CUSTOMER, Proof::ChannelProven),
            link: None,
            first_words: words.to_owned(),
        }
    }

    /// Opens the case, in words that are this conversation's own.
    pub(super) async fn open(&self, desk: &dyn Desk) -> Result<Case, Error> {
        self.open_with(desk, &format!("hello {}", self.number)).await
    }

    pub(super) async fn open_with(&self, desk: &dyn Desk, words: &str) -> Result<Case, Error> {
        let key = Key::open(self.session, 0);
        let about = self.about(words);
        let opening = Opening { key, about, at: at(0), contact: None, parent: None };
        desk.open(&opening, &self.attempt(key)).await
    }

    pub(super) async fn append(
        &self,
        desk: &dyn Desk,
        case: &Case,
        entries: &[Entry],
    ) -> Result<Vec<EntryOutcome>, Error> {
        let last = entries.last().map_or(0, |entry| entry.seq);
        let attempt = self.attempt(Key::entry(self.session, last));
        Ok(desk.append(case, &self.about("hello"), entries, &attempt).await?.outcomes)
    }

    pub(super) async fn amend(
        &self,
        desk: &dyn Desk,
        case: &Case,
        n: u64,
        summary: &str,
    ) -> Result<Case, Error> {
        let key = Key::amend(self.session, n);
        let brief = Some(Brief { summary: Some(summary.to_owned()), ..Brief::default() });
        let amendment = Amendment { key, about: self.about("hello"), contact: None, brief };
        desk.amend(case, &amendment, &self.attempt(key)).await
    }

    pub(super) async fn hand_off(
        &self,
        desk: &dyn Desk,
        case: &Case,
        summary: &str,
    ) -> Result<Case, Error> {
        let key = Key::handoff(self.session, 9);
        let reason = Some(Reason::CustomerAsked);
        let brief = Brief { reason, summary: Some(summary.to_owned()), ..Brief::default() };
        let handoff = Handoff { key, about: self.about("hello"), brief };
        desk.hand_off(case, &handoff, &self.attempt(key)).await
    }

    pub(super) async fn resolve(&self, desk: &dyn Desk, case: &Case) -> Result<Case, Error> {
        let attempt = self.attempt(Key::status(self.session, 1));
        desk.set_status(case, CaseStatus::Resolved, &attempt).await
    }

    pub(super) async fn reopen(&self, desk: &dyn Desk, case: &Case) -> Result<Case, Error> {
        let attempt = self.attempt(Key::status(self.session, 2));
        desk.set_status(case, CaseStatus::Open, &attempt).await
    }

    /// Adds a file of `bytes` to entry `seq`.
    pub(super) async fn attach(
        &self,
        desk: &dyn Desk,
        case: &Case,
        seq: u64,
        name: &str,
        bytes: &Bytes,
    ) -> Result<Case, Error> {
        let key = Key::file(self.session, seq, 0);
        let file = File {
            name: Some(name.to_owned()),
            size: Some(bytes.len() as u64),
            copy: Copy::Stored("kept".to_owned()),
            ..File::new("https://media.example/1", Some("image/png".to_owned()))
        };
        let kept: Arc<dyn Blobs> = Arc::new(Kept(bytes.clone()));
        let tenant = TenantId::new("acme").expect("the kit's names are plain");
        let content = Content::new(kept, tenant, "kept".to_owned(), bytes.len() as u64);
        let entry = Key::entry(self.session, seq);
        let (author, at) = (Speaker::Customer, at(seq.try_into().unwrap_or_default()));
        let attachment = Attachment { key, entry, author, at, file, content };
        desk.attach(case, &self.about("hello"), &attachment, &self.attempt(key)).await
    }

    /// Entry `seq`, said at second `seconds`.
    pub(super) fn entry(&self, seq: u64, text: &str, seconds: i64) -> Entry {
        Entry {
            key: Key::entry(self.session, seq),
            seq,
            author: if seq % 2 == 1 { Speaker::Customer } else { Speaker::Assistant },
            at: at(seconds),
            text: text.to_owned(),
            files: Vec::new(),
            link: None,
            undelivered: None,
        }
    }

    /// Entries `1..=last`, a second apart.
    pub(super) fn entries(&self, last: u64) -> Vec<Entry> {
        let seconds = |seq| i64::try_from(seq).unwrap_or_default();
        (1..=last).map(|seq| self.entry(seq, &format!("text {seq}"), seconds(seq))).collect()
    }
}

/// Second `seconds` of the kit's time.
pub(super) fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_772_366_400, 0).unwrap_or_default() + TimeDelta::seconds(seconds)
}

/// The desk over a good line, as after a restart.
pub(super) fn good(fixture: &dyn DeskFixture) -> Arc<dyn Desk> {
    fixture.desk(Faulty::never(fixture.double()))
}

/// The desk over a line that breaks at its `request`th request, and the line.
pub(super) fn bad(
    fixture: &dyn DeskFixture,
    request: usize,
    fault: Fault,
) -> (Arc<dyn Desk>, Arc<Faulty>) {
    let line = Faulty::at(fixture.double(), request, fault);
    let transport: Arc<Faulty> = Arc::clone(&line);
    (fixture.desk(transport), line)
}

/// The case as people see it.
pub(super) fn seen(fixture: &dyn DeskFixture, case: &Case) -> Result<SeenCase, Violation> {
    let found = fixture.cases().into_iter().find(|seen| *seen.reference == *case.reference);
    found.ok_or_else(|| Violation::new("the desk's reference names no case at the provider"))
}

/// Sees that a case has exactly these entries, in this order.
pub(super) fn reads(
    fixture: &dyn DeskFixture,
    case: &Case,
    wanted: &[Entry],
    when: &str,
) -> Result<(), Violation> {
    let found = fixture.entries(&case.reference);
    let count = format!("{} entries are read, {when}", found.len());
    for (seen, entry) in found.iter().zip(wanted) {
        ensure_eq!(seen.text, entry.text, "what people read as entry {}, {when}", entry.seq);
    }
    ensure_eq!(found.len(), wanted.len(), "{count}");
    Ok(())
}

/// Sees that entries were all written.
pub(super) fn written(outcomes: &[EntryOutcome], count: usize) -> Result<(), Violation> {
    ensure_eq!(outcomes.len(), count, "outcomes for {count} entries");
    let all = outcomes.iter().all(|outcome| *outcome == EntryOutcome::Written);
    ensure!(all, "entries are not written: {outcomes:?}");
    Ok(())
}

/// Everything a lost answer can look like.
pub(super) fn losses() -> [Fault; 4] {
    [Fault::BrokenAfterWrite, Fault::Cut, Fault::DropAfterWrite, Fault::NotSent]
}

/// A folder with one file.
#[derive(Debug)]
struct Kept(Bytes);

#[async_trait]
impl Blobs for Kept {
    async fn put(&self, _: &TenantId, _: &str, _: Body, _: u64) -> Result<u64, Error> {
        Err(Error::never(ErrorKind::Invalid, "the kit's folder is only read"))
    }

    async fn get(
        &self,
        _: &TenantId,
        _: &str,
        range: Option<Range<u64>>,
    ) -> Result<Option<Bytes>, Error> {
        let size = self.0.len();
        let place = |at: u64| usize::try_from(at).unwrap_or(size).min(size);
        Ok(Some(range.map_or_else(
            || self.0.clone(),
            |range| self.0.slice(place(range.start)..place(range.end)),
        )))
    }

    async fn delete(&self, _: &TenantId, _: &str) -> Result<(), Error> {
        Ok(())
    }
}
