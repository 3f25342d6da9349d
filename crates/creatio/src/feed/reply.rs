//! Which activities are replies to the customer.

use chrono::{DateTime, Utc};
use handover_core::desk::CaseStatus;
use handover_core::error::Error;
use handover_core::event::{Author, Event, Fact, Reply, Source};
use handover_core::id::EventId;
use handover_core::thread::Thread;
use uuid::Uuid;

use crate::column::Column;
use crate::creatio::Creatio;
use crate::entities::{activity, base};
use crate::parse::Row;
use crate::{html, ids};

/// A row that goes to the customer.
pub(super) struct Candidate {
    id: Uuid,
    pub(super) case: Uuid,
    pub(super) by: Uuid,
    created: DateTime<Utc>,
    pub(super) at: DateTime<Utc>,
    text: String,
}

/// The columns that tell.
pub(crate) const COLUMNS: [Column; 16] = [
    base::ID,
    base::CREATED_BY,
    base::CREATED_ON,
    base::MODIFIED_ON,
    activity::BODY,
    activity::CASE,
    activity::DETAILED_RESULT,
    activity::EMAIL_SEND_STATUS,
    activity::GLOBAL_ID,
    activity::IS_AUTO_SUBMITTED,
    activity::IS_HTML_BODY,
    activity::MESSAGE_TYPE,
    activity::NOTES,
    activity::SEND_DATE,
    activity::STATUS,
    activity::TYPE,
];

impl Creatio {
    /// The types of activities that go to the customer; empty without a rule.
    pub(super) async fn reply_types(&self) -> Result<Vec<Uuid>, Error> {
        match &self.config().reply {
            Some(rule) => Ok(self.0.lookups.reply_types(self.client(), rule).await?.0),
            None => Ok(Vec::new()),
        }
    }

    /// The row as a reply, if everything about it says so: of a case, of a type that the rule names,
    /// finished, by a person who is not us, and with a text. Whatever is missing, it stays inside.
    pub(super) async fn candidate(
        &self,
        row: &Row,
        types: &[Uuid],
    ) -> Result<Option<Candidate>, Error> {
        let Some(kind) = row.id(&activity::TYPE).filter(|kind| types.contains(kind)) else {
            return Ok(None);
        };
        let (Some(id), Some(case), Some(by), Some(modified)) = (
            row.id(&base::ID),
            row.id(&activity::CASE),
            row.id(&base::CREATED_BY),
            row.time(&base::MODIFIED_ON),
        ) else {
            return Ok(None);
        };
        let ours = self.own_contact() == Some(by);
        if ours || row.flag(&activity::IS_AUTO_SUBMITTED) {
            return Ok(None);
        }
        // Only mails have a direction, also where a tenant made a type of its own for them.
        let is_mail = kind == ids::EMAIL || row.id(&activity::MESSAGE_TYPE).is_some();
        let finished = if is_mail {
            is_sent(row)
        } else {
            self.0.lookups.is_done(self.client(), row.id(&activity::STATUS)).await?
        };
        let Some(text) = text(row).filter(|_| finished) else { return Ok(None) };
        let sent = row.time(&activity::SEND_DATE).filter(|_| is_mail);
        let created = row.time(&base::CREATED_ON).unwrap_or(modified);
        Ok(Some(Candidate { id, case, by, created, at: sent.unwrap_or(modified), text }))
    }

    pub(super) fn reply_event(
        &self,
        candidate: Candidate,
        name: Option<Box<str>>,
        status: Option<CaseStatus>,
    ) -> Event {
        let desk = &self.config().desk;
        Event {
            id: EventId::new(desk.as_str(), candidate.id),
            at: candidate.at,
            source: Source::Desk(desk.clone()),
            threads: vec![Thread::case(desk, candidate.case.to_string())],
            author: Author::Person,
            fact: Fact::Reply(Reply { author: name, status, ..Reply::text(candidate.text) }),
        }
    }

    /// A case's status as a fact. The version is the change, so that a second close is a new fact.
    pub(super) fn status_event(&self, row: &Row, status: CaseStatus) -> Option<Event> {
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
        Some(Event {
            id: EventId::new(desk.as_str(), id)
                .version(format!("{}-{word}", at.timestamp_micros())),
            at,
            source: Source::Desk(desk.clone()),
            threads: vec![Thread::case(desk, id.to_string())],
            author,
            fact: Fact::CaseStatus(status),
        })
    }
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

/// Outgoing, and gone.
fn is_sent(row: &Row) -> bool {
    let gone = [Some(ids::SENT), Some(ids::OPENED)].contains(&row.id(&activity::EMAIL_SEND_STATUS));
    gone && row.id(&activity::MESSAGE_TYPE) == Some(ids::OUTGOING)
}

/// The first text there is, plain.
fn text(row: &Row) -> Option<String> {
    [activity::BODY, activity::DETAILED_RESULT, activity::NOTES].into_iter().find_map(|column| {
        let text = row.text(&column)?;
        let declared = column == activity::BODY && row.flag(&activity::IS_HTML_BODY);
        let plain = match declared || html::looks_like_html(text) {
            true => html::to_text(text),
            false => text.replace("\r\n", "\n").trim().to_owned(),
        };
        (!plain.is_empty()).then_some(plain)
    })
}
