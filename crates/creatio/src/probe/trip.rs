//! A whole way there and back, with a case of our own that is removed in the end.

use bytes::Bytes;
use chrono::{DateTime, Utc};
use handover_core::channel::Attempt;
use handover_core::desk::{About, Case, Desk, Entry, EntryOutcome, Opening};
use handover_core::error::{Error, ErrorKind};
use handover_core::event::Fact;
use handover_core::feed::{Feed, Scope};
use handover_core::id::{ChannelId, EventId, Key, SessionId};
use handover_core::identity::{Identity, Proof};
use handover_core::message::Speaker;
use handover_core::probe::{Check, Verdict};
use uuid::Uuid;

use super::failed;
use crate::column::Entity;
use crate::config::{EntryMode, FilePolicy};
use crate::creatio::Creatio;
use crate::entities::{self, activity, base, case, file, social};
use crate::files::{NewFile, Parent};
use crate::filter::Filter;
use crate::query::Query;
use crate::{Column, Values};

/// A case that the doctor opened to see that it can.
#[derive(Debug)]
#[must_use = "the case stays until the trip is ended"]
pub struct Trip {
    case: Option<Case>,
    checks: Vec<Check>,
}

/// Whether a call of a business process about a case came in. Complete.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Heard {
    /// It came.
    Call,
    /// None came in time.
    Nothing,
    /// Nobody listens who could tell.
    Unknown,
}

impl Trip {
    /// The case, as webhooks name it; none if it could not be opened.
    pub fn case(&self) -> Option<&str> {
        self.case.as_ref().map(|case| &*case.reference)
    }
}

impl Creatio {
    /// Opens a case, writes an entry of each kind that a channel's entry mode asks for and a file, sees
    /// its own echo ignored, and closes the case: all that a conversation needs of Creatio.
    ///
    /// Follow it with [`Creatio::end_trip`] in any case.
    ///
    /// # Cancel safety
    /// The case may be left behind; its subject says what it is.
    pub async fn begin_trip(&self) -> Trip {
        let mut checks = Vec::new();
        let (opening, attempt) = self.probe_opening();
        let case = match self.open(&opening, &attempt).await {
            Ok(case) => case,
            Err(error) => {
                checks.push(failed(OPEN, &error));
                return Trip { case: None, checks };
            }
        };
        checks.push(Check::proven(OPEN, "a case was opened"));
        let uploads = self.config().files == FilePolicy::Upload;
        let session = opening.about.session;
        let note = [entry(session, 1, Speaker::Relay, attempt.now)];
        let appended = self.try_append(APPEND, &case, &opening.about, &note).await;
        let is_there = appended.verdict == Verdict::Proven;
        checks.push(appended);
        if is_there && uploads {
            let parent = Parent::activity(note[0].key.uuid());
            checks.push(self.try_file(FILE, Key::file(session, 1, 0).uuid(), parent).await);
        }
        for (channel, mode) in self.config().special_modes() {
            let about = About { channel: channel.clone(), ..opening.about.clone() };
            let first = if mode == EntryMode::Email { 2 } else { 4 };
            let entries = [
                entry(session, first, Speaker::Customer, attempt.now),
                entry(session, first + 1, Speaker::Assistant, attempt.now),
            ];
            let name = if mode == EntryMode::Email { MAILS } else { POSTS };
            let posted = self.try_append(name, &case, &about, &entries).await;
            let is_there = posted.verdict == Verdict::Proven;
            checks.push(posted);
            if is_there && uploads && mode == EntryMode::Feed {
                checks.push(self.try_case_file(&case, Key::file(session, first, 0).uuid()).await);
            }
        }
        checks.push(self.try_echo(&case).await);
        checks.push(self.try_close(&case).await);
        Trip { case: Some(case), checks }
    }

    /// Removes what the trip left, and tells all that was seen.
    ///
    /// # Cancel safety
    /// The case may be left behind.
    pub async fn end_trip(&self, trip: Trip, heard: Heard) -> Vec<Check> {
        let Trip { case, mut checks } = trip;
        let Some(case) = case else { return checks };
        if !self.config().webhook_secrets.is_empty() {
            checks.push(told(heard));
        }
        let removed = match case.reference.parse() {
            Ok(id) => self.remove(id).await,
            Err(_) => Ok(()),
        };
        checks.push(match removed {
            Ok(()) => Check::proven(REMOVE, "the case and its entries were removed"),
            Err(error) => {
                let number = case.number.as_deref().unwrap_or(&case.reference);
                let detail = format!("case {number} stays: {error}");
                Check::warning(REMOVE, detail, REMOVE_FIX)
            }
        });
        checks
    }

    /// Writes entries as the channel of `about` has them.
    async fn try_append(&self, name: &str, case: &Case, about: &About, entries: &[Entry]) -> Check {
        let Some(last) = entries.last() else { return Check::proven(name, "nothing to add") };
        let appended = self.append(case, about, entries, &Attempt::first(last.key, last.at)).await;
        let outcomes = match appended {
            Ok(appended) => appended.outcomes,
            Err(error) => return failed(name, &error),
        };
        let refused = outcomes.iter().find_map(|outcome| match outcome {
            EntryOutcome::Refused { code } => Some(code),
            _ => None,
        });
        if let Some(code) = refused {
            return Check::broken(name, format!("Creatio refuses it ({code})"), APPEND_FIX);
        }
        match outcomes.iter().all(|outcome| *outcome == EntryOutcome::Written) {
            true => Check::proven(name, "it was added"),
            false => Check::broken(name, "it is not known whether it was added", "try again"),
        }
    }

    /// Where entries are messages of the feed, files go to the case.
    async fn try_case_file(&self, case: &Case, id: Uuid) -> Check {
        let Ok(case) = case.reference.parse() else {
            return Check::broken(CASE_FILE, "the case's id is no GUID", "try again");
        };
        match self.announce_nothing(id, case, FILE_NAME).await {
            Ok(()) => self.try_file(CASE_FILE, id, Parent::case(case)).await,
            Err(error) => Check { fix: Some(CASE_FILE_FIX.into()), ..failed(CASE_FILE, &error) },
        }
    }

    async fn try_file(&self, name: &str, id: Uuid, parent: Parent) -> Check {
        let content = Bytes::from_static(b"This file proves that handover can upload here.\n");
        let size = content.len() as u64;
        let new = NewFile::new(id, parent, FILE_NAME, "text/plain", size);
        match self.client().files().upload(&new, &content).await {
            Ok(()) => Check::proven(name, "a file was uploaded"),
            // Other kinds may be taken.
            Err(error) if error.code() == Some("file-refused") => {
                Check::warning(name, "this Creatio takes no text files", KIND_FIX)
            }
            Err(error) if name == CASE_FILE => {
                Check { fix: Some(CASE_FILE_FIX.into()), ..failed(name, &error) }
            }
            Err(error) => Check { fix: Some(FILE_FIX.into()), ..failed(name, &error) },
        }
    }

    async fn try_echo(&self, case: &Case) -> Check {
        match self.pull(&Scope::Thread(case.reference.clone()), None).await {
            Ok(page) => {
                let is_reply = |fact: &Fact| matches!(fact, Fact::Reply(_));
                match page.events.iter().any(|event| is_reply(&event.fact)) {
                    false => Check::proven(ECHO, "what we wrote does not come back"),
                    true => Check::broken(
                        ECHO,
                        "an activity of our own looks like a reply",
                        "let no business process copy or rewrite the activities of this login",
                    ),
                }
            }
            Err(error) => failed(ECHO, &error),
        }
    }

    /// Any status of a case that is over will do.
    async fn try_close(&self, case: &Case) -> Check {
        let closed = async {
            let status = match self.config().resolved {
                Some(status) => Some(status),
                None => self.0.lookups.some_resolved_status(self.client()).await?,
            };
            let (Some(status), Ok(id)) = (status, case.reference.parse::<Uuid>()) else {
                let message = "no status of cases has IsResolved or IsFinal";
                return Err(Error::never(ErrorKind::Config, message));
            };
            let values = Values::new().set(case::STATUS, status);
            self.client().update(&entities::CASE, id, &values).await
        };
        match closed.await {
            Ok(()) => Check::proven(CLOSE, "the case was changed and closed"),
            Err(error) => failed(CLOSE, &error),
        }
    }

    /// What points to the case goes first.
    async fn remove(&self, case: Uuid) -> Result<(), Error> {
        let activities = self.ids_where(&entities::ACTIVITY, &activity::CASE, case).await?;
        if self.config().files == FilePolicy::Upload {
            for activity in &activities {
                let files =
                    self.ids_where(&entities::ACTIVITY_FILE, &file::ACTIVITY, *activity).await?;
                self.delete_all(&entities::ACTIVITY_FILE, &files).await?;
            }
        }
        self.delete_all(&entities::ACTIVITY, &activities).await?;
        if self.config().uses(EntryMode::Feed) {
            let posts = self.ids_where(&entities::SOCIAL_MESSAGE, &social::ENTITY_ID, case).await?;
            self.delete_all(&entities::SOCIAL_MESSAGE, &posts).await?;
            if self.config().files == FilePolicy::Upload {
                let files = self.ids_where(&entities::CASE_FILE, &file::CASE, case).await?;
                self.delete_all(&entities::CASE_FILE, &files).await?;
            }
        }
        self.client().delete(&entities::CASE, case).await.map(drop)
    }

    async fn ids_where(
        &self,
        entity: &Entity,
        column: &Column,
        id: Uuid,
    ) -> Result<Vec<Uuid>, Error> {
        let query = Query::new(entity.clone(), [base::ID]).filter(Filter::eq(column, id));
        let rows = self.client().query(&query).await?;
        Ok(rows.iter().filter_map(|row| row.id(&base::ID)).collect())
    }

    async fn delete_all(&self, entity: &Entity, ids: &[Uuid]) -> Result<(), Error> {
        for id in ids {
            self.client().delete(entity, *id).await?;
        }
        Ok(())
    }

    /// A case that says itself what it is.
    fn probe_opening(&self) -> (Opening, Attempt) {
        let now = self.client().now();
        let event = EventId::new("doctor", now.timestamp_micros());
        let session = SessionId::derive(&self.config().tenant, &event);
        let (channel, first_words) = (probe_channel(), WORDS.to_owned());
        let customer = Identity::new("doctor", "nobody", Proof::Claimed);
        let about = About { session, channel, customer, link: None, first_words };
        let key = Key::open(session, 0);
        let opening = Opening { key, about, at: now, contact: None, parent: None };
        (opening, Attempt::first(key, now))
    }
}

fn entry(session: SessionId, seq: u64, author: Speaker, at: DateTime<Utc>) -> Entry {
    Entry {
        key: Key::entry(session, seq),
        seq,
        author,
        at,
        text: WORDS.to_owned(),
        files: Vec::new(),
        link: None,
        undelivered: None,
    }
}

fn told(heard: Heard) -> Check {
    match heard {
        Heard::Call => Check::proven(WEBHOOK, "Creatio called about the case"),
        Heard::Nothing => Check::warning(
            WEBHOOK,
            "no call came: only polling will work",
            "build the two business processes, make them active, and read their log in Creatio",
        ),
        Heard::Unknown => Check::warning(
            WEBHOOK,
            "nobody listens, so a call could not be seen",
            "start `handover serve`, then run this again",
        ),
    }
}

/// A channel of which no configuration says anything.
fn probe_channel() -> ChannelId {
    // Letters only, so it is a name.
    ChannelId::new("doctor").expect("a plain name")
}

const WORDS: &str = "This case proves that handover can write here. It is removed at once.";
const OPEN: &str = "round trip: open";
const APPEND: &str = "round trip: append";
const MAILS: &str = "round trip: append e-mails";
const POSTS: &str = "round trip: append to the feed";
const APPEND_FIX: &str = "give the integration's user the right to add activities, and messages to the feed if entry_mode says so";
const FILE: &str = "round trip: file";
const CASE_FILE: &str = "round trip: file on the case";
const CASE_FILE_FIX: &str =
    "give the integration's user rights on CaseFile, or set files to \"link\"";
const FILE_NAME: &str = "handover-doctor.txt";
const FILE_FIX: &str =
    "give the integration's user rights on ActivityFile, or set files to \"link\"";
const KIND_FIX: &str = "look at the system setting FileSecurityMode: files of kinds that it refuses \
    stand in the session only";
const ECHO: &str = "round trip: own echo";
const CLOSE: &str = "round trip: close";
const WEBHOOK: &str = "round trip: webhook";
const REMOVE: &str = "round trip: remove";
const REMOVE_FIX: &str =
    "delete it by hand, or give the integration's user the right to delete cases and activities";
