//! Rows as facts.

use chrono::{DateTime, Utc};
use handover_core::desk::CaseStatus;
use handover_core::error::Error;
use handover_core::event::{Author, Event, Fact, Holder, Reply, Source};
use handover_core::id::EventId;
use handover_core::thread::Thread;
use uuid::Uuid;

use super::rule::{self, Judged, Rule};
use crate::column::{Column, Entity};
use crate::creatio::{Creatio, is_entry};
use crate::entities::{self, activity, base, case};
use crate::parse::Row;

/// A row that goes to the customer.
pub(super) struct Candidate {
    id: Uuid,
    pub(super) case: Uuid,
    pub(super) by: Uuid,
    created: DateTime<Utc>,
    pub(super) at: DateTime<Utc>,
    text: String,
    /// Whom Creatio itself has sent it to.
    sent_to: Vec<Box<str>>,
}

impl Creatio {
    /// The columns of `Activity` that are read.
    pub(crate) fn reply_columns(&self) -> Vec<Column> {
        let mut columns = Vec::from(rule::COLUMNS);
        for column in self.config().reply.iter().flat_map(|rule| rule.columns()) {
            if !columns.contains(&column) {
                columns.push(column);
            }
        }
        columns
    }

    /// The rule, if there is one. A name in it that nothing has matches nothing.
    pub(super) async fn rule(&self) -> Result<Option<Rule<'_>>, Error> {
        let Some(rule) = &self.config().reply else { return Ok(None) };
        let types = self.ids(&entities::ACTIVITY_TYPE, rule.types.as_deref()).await?;
        let categories = self.ids(&entities::ACTIVITY_CATEGORY, rule.categories.as_deref()).await?;
        Ok(Some(Rule::new(rule, types, categories)))
    }

    async fn ids(
        &self,
        entity: &Entity,
        names: Option<&[String]>,
    ) -> Result<Option<Vec<Uuid>>, Error> {
        let Some(names) = names else { return Ok(None) };
        Ok(Some(self.0.lookups.ids_of(self.client(), entity, names).await?.0))
    }

    /// The row as a reply, if everything about it says so: of a case, by a person who is not us, and
    /// as the rule wants it.
    pub(super) async fn candidate(
        &self,
        row: &Row,
        rule: &Rule<'_>,
    ) -> Result<Option<Candidate>, Error> {
        let (Some(id), Some(case), Some(by), Some(modified)) = (
            row.id(&base::ID),
            row.id(&activity::CASE),
            row.id(&base::CREATED_BY),
            row.time(&base::MODIFIED_ON),
        ) else {
            return Ok(None);
        };
        if self.own_contact() == Some(by) || is_entry(row) {
            return Ok(None);
        }
        let text = match rule.judge(row) {
            Judged::Inside => return Ok(None),
            Judged::Reply(text) => text,
            Judged::OnceFinished(text) => {
                match self.0.lookups.is_done(self.client(), row.id(&activity::STATUS)).await? {
                    true => text,
                    false => return Ok(None),
                }
            }
        };
        let is_mail = rule::is_mail(row);
        let sent = row.time(&activity::SEND_DATE).filter(|_| is_mail);
        let sent_to = row.text(&activity::RECIPIENT).filter(|_| is_mail).map(mailboxes);
        let created = row.time(&base::CREATED_ON).unwrap_or(modified);
        let at = sent.unwrap_or(modified);
        Ok(Some(Candidate {
            id,
            case,
            by,
            created,
            at,
            text,
            sent_to: sent_to.unwrap_or_default(),
        }))
    }

    pub(super) fn reply_event(
        &self,
        candidate: Candidate,
        author: Option<Box<str>>,
        status: Option<CaseStatus>,
    ) -> Event {
        let desk = &self.config().desk;
        let reply =
            Reply { author, status, mailed_to: candidate.sent_to, ..Reply::text(candidate.text) };
        Event {
            id: EventId::new(desk.as_str(), candidate.id),
            at: candidate.at,
            source: Source::Desk(desk.clone()),
            threads: vec![Thread::case(desk, candidate.case.to_string())],
            author: Author::Person,
            fact: Fact::Reply(reply),
        }
    }

    /// How a case stands, and who has it, as facts. The version is the change, so that a second
    /// close is a new fact.
    pub(super) fn case_events(&self, row: &Row, status: CaseStatus) -> Option<Vec<Event>> {
        let desk = &self.config().desk;
        let id = row.id(&base::ID)?;
        let at = row.time(&base::MODIFIED_ON)?;
        let word = match status {
            CaseStatus::Open => "open",
            CaseStatus::Resolved => "resolved",
            CaseStatus::Final => "final",
        };
        // Who changed the row last need not be who changed the status. A close must not be taken for
        // ours because we wrote another column after it.
        let author = match row.id(&base::MODIFIED_BY) {
            Some(by) if self.own_contact() != Some(by) => Author::Person,
            _ => Author::Unknown,
        };
        let event = |word: String, fact| Event {
            id: EventId::new(desk.as_str(), id)
                .version(format!("{}-{word}", at.timestamp_micros())),
            at,
            source: Source::Desk(desk.clone()),
            threads: vec![Thread::case(desk, id.to_string())],
            author,
            fact,
        };
        let mut events = vec![event(word.to_owned(), Fact::CaseStatus(status))];
        // That nobody has it is how a case begins, and tells nothing.
        if let Some(owner) = row.id(&case::OWNER) {
            let fact =
                Fact::Assigned { holder: Holder::Person, owner: Some(owner.to_string().into()) };
            events.push(event(format!("owner-{owner}"), fact));
        }
        Some(events)
    }
}

/// The mailboxes in a list as people write it.
fn mailboxes(recipients: &str) -> Vec<Box<str>> {
    let words = recipients.split([';', ',', ' ', '<', '>', '\r', '\n', '\t', '"']);
    words.filter(|word| word.contains('@')).map(|word| word.to_lowercase().into()).collect()
}

impl Candidate {
    /// Where the case stood when this was written, and its place among the case's changes.
    ///
    /// A reply that was begun before the case changed comes before that change, whatever touched its
    /// row afterwards; where the case stood then is only known if it is open still.
    pub(super) fn place(
        &mut self,
        status: CaseStatus,
        changed: DateTime<Utc>,
    ) -> Option<CaseStatus> {
        if self.created > changed {
            return Some(status);
        }
        self.at = self.at.min(changed);
        Some(status).filter(|status| *status == CaseStatus::Open)
    }
}
