//! An honest little adapter for the board, and its defects.

use std::collections::hash_map::DefaultHasher;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use async_trait::async_trait;
use bytes::Bytes;
use chrono::DateTime;
use handover_core::channel::{Account, Attempt};
use handover_core::desk::{
    About, Amendment, Appended, Attachment, Case, CaseStatus, Desk, DeskCapabilities, Entry,
    EntryOutcome, Handoff, Opening,
};
use handover_core::error::{Error, ErrorKind, Retry, RetryScope};
use handover_core::id::{AccountId, DeskId};
use handover_core::transport::{Transport, TransportError, retry_after};
use http::Request;
use serde_json::{Value, json};

use super::board::status_of;

/// What is wrong with the adapter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Defect {
    AmendsTheClosed,
    BusyWithoutDelay,
    CutsLongFiles,
    FilesLater,
    FindsByWords,
    LocksWhenDropped,
    LogsTheMessage,
    LostFileIsAnother,
    LostIsFinal,
    None,
    NotesTheHandoff,
    OpensItsOwnOnly,
    RepeatsOnBroken,
    ResolvesOverPeople,
    RoundsTime,
    ShowsItsSecret,
    TrustsTheAttempt,
    Unescapes,
    WritesOverPeople,
}

pub(crate) struct Adapter {
    id: DeskId,
    secret: String,
    transport: Arc<dyn Transport>,
    defect: Defect,
    busy: AtomicBool,
}

impl Adapter {
    pub(crate) fn new(secret: &str, transport: Arc<dyn Transport>, defect: Defect) -> Self {
        let id = DeskId::new("board").unwrap();
        Self { id, secret: secret.into(), transport, defect, busy: AtomicBool::new(false) }
    }

    fn has(&self, defect: Defect) -> bool {
        self.defect == defect
    }

    async fn call(&self, method: &str, path: &str, body: Value) -> Result<(u16, Value), Error> {
        let url = format!("https://board.example/{path}");
        let bearer = format!("Bearer {}", self.secret);
        let request = Request::builder().method(method).uri(url).header("authorization", bearer);
        let request = request.body(Bytes::from(body.to_string())).unwrap();
        let response = self.transport.send(request).await.map_err(TransportError::idempotent)?;
        let status = response.status().as_u16();
        let after = retry_after(response.headers(), DateTime::UNIX_EPOCH);
        let after = after.filter(|_| !self.has(Defect::BusyWithoutDelay));
        let body = response.into_body().bytes(1 << 20).await.map_err(TransportError::idempotent)?;
        let value = serde_json::from_slice(&body).ok();
        match (status, value) {
            (429, _) => {
                let retry = Retry::Later { after, scope: RetryScope::Account };
                Err(Error::new(ErrorKind::RateLimited, retry, "the board is busy"))
            }
            (500.., _) => Err(Error::unsure(ErrorKind::Unavailable, "the board is out of order")),
            (200..300 | 409, Some(value)) => Ok((status, value)),
            (200..300 | 409, None) => {
                Err(Error::unsure(ErrorKind::Protocol, "the board's answer is unreadable"))
            }
            _ => Err(Error::never(ErrorKind::Invalid, "the board refuses the request")),
        }
    }

    async fn read(&self, case: &str) -> Result<Value, Error> {
        Ok(self.call("GET", &format!("cases/{case}"), Value::Null).await?.1)
    }

    async fn open_it(&self, opening: &Opening) -> Result<Case, Error> {
        let id = opening.key.uuid().to_string();
        let words = opening.about.first_words.as_str();
        if self.has(Defect::FindsByWords) {
            let all = self.call("GET", "cases", Value::Null).await?.1;
            let alike = all.as_array().into_iter().flatten().find(|c| c["description"] == words);
            if let Some(case) = alike {
                return Ok(remember(case, None, true));
            }
        }
        let row = json!({ "id": id, "description": words });
        let (status, case) = self.call("POST", "cases", row).await?;
        if status == 409 {
            return Ok(remember(&self.read(&id).await?, None, true));
        }
        Ok(remember(&case, None, true))
    }

    async fn enter(&self, case: &Case, entry: &Entry, attempt: &Attempt) -> Result<(), Error> {
        let path = format!("cases/{}/entries", case.reference);
        let mut id = entry.key.uuid().to_string();
        if self.has(Defect::TrustsTheAttempt) {
            let there = self.call("GET", &path, Value::Null).await?.1;
            let is_it = |row: &Value| row["seq"] == entry.seq;
            if attempt.number > 1 && there.as_array().into_iter().flatten().any(is_it) {
                return Ok(());
            }
            id = drawn();
        }
        let mut text = entry.text.clone();
        if self.has(Defect::Unescapes) {
            text = text.replace("&amp;", "&");
        }
        let minute = if self.has(Defect::RoundsTime) { 60 } else { 1 };
        let at = entry.at.timestamp() / minute * minute;
        let mut row = json!({ "id": id, "seq": entry.seq, "at": at, "text": text, "by": "us" });
        let result = self.call("POST", &path, row.clone()).await;
        let broken = result.as_ref().is_err_and(|error| error.kind() == ErrorKind::Unavailable);
        if broken && self.has(Defect::RepeatsOnBroken) {
            row["id"] = drawn().into();
            return self.call("POST", &path, row).await.map(drop);
        }
        result.map(drop)
    }

    /// Writes a description, and an owner, where they are as we left them.
    async fn change(
        &self,
        case: &Case,
        summary: Option<&str>,
        owner: Option<&str>,
    ) -> Result<Case, Error> {
        let row = self.read(&case.reference).await?;
        let is_handoff = owner.is_some();
        let careless = self.has(Defect::AmendsTheClosed) && !is_handoff;
        if status_of(&row) == CaseStatus::Final && !careless {
            return Err(Error::never(ErrorKind::Closed, "the case is closed"));
        }
        let mut patch = json!({});
        let is_ours = case.digests.get("description") == Some(&digest(&row["description"]));
        let careless = self.has(Defect::WritesOverPeople) && !is_handoff;
        if let Some(summary) = summary.filter(|_| is_ours || careless) {
            patch["description"] = summary.into();
        }
        if let Some(owner) = owner.filter(|_| row["owner"].as_str() == case.owner.as_deref()) {
            patch["owner"] = owner.into();
        }
        let wrote = patch.get("description").is_some();
        let row = self.call("PATCH", &format!("cases/{}", case.reference), patch).await?.1;
        let is_it = summary.is_some_and(|summary| row["description"] == *summary);
        Ok(remember(&row, Some(case), wrote || is_it))
    }
}

#[async_trait]
impl Desk for Adapter {
    fn id(&self) -> &DeskId {
        &self.id
    }

    fn capabilities(&self) -> DeskCapabilities {
        let can = DeskCapabilities::new(Account::new(AccountId::new("board").unwrap()), 10);
        if self.has(Defect::FilesLater) { can } else { can.with_files() }
    }

    async fn open(&self, opening: &Opening, _attempt: &Attempt) -> Result<Case, Error> {
        if self.has(Defect::LocksWhenDropped) && self.busy.swap(true, Ordering::SeqCst) {
            return Err(Error::later(ErrorKind::Config, "somebody else is opening a case"));
        }
        let result = self.open_it(opening).await;
        self.busy.store(false, Ordering::SeqCst);
        match result {
            Err(error) if error.retry() == Retry::Unsure && self.has(Defect::LostIsFinal) => {
                Err(Error::never(error.kind(), "the case could not be opened"))
            }
            result => result,
        }
    }

    async fn append(
        &self,
        case: &Case,
        _about: &About,
        entries: &[Entry],
        attempt: &Attempt,
    ) -> Result<Appended, Error> {
        let mut outcomes = vec![EntryOutcome::Undecided; entries.len()];
        for (n, entry) in entries.iter().enumerate() {
            if self.has(Defect::LogsTheMessage) {
                tracing::info!(text = entry.text, "an entry");
            }
            match self.enter(case, entry, attempt).await {
                Ok(()) => outcomes[n] = EntryOutcome::Written,
                Err(error) if n == 0 => return Err(error),
                Err(_later) => break,
            }
        }
        Ok(Appended { case: case.clone(), outcomes })
    }

    async fn attach(
        &self,
        case: &Case,
        _about: &About,
        attachment: &Attachment,
        _attempt: &Attempt,
    ) -> Result<Case, Error> {
        if self.has(Defect::FilesLater) {
            return Err(Error::later(ErrorKind::Invalid, "the board takes no files yet"));
        }
        let size = attachment.content.size();
        let size = if self.has(Defect::CutsLongFiles) { size.min(1 << 18) } else { size };
        let bytes = attachment.content.read(0..size).await?;
        let path = format!("cases/{}/files", case.reference);
        let id = attachment.key.uuid().to_string();
        let mut row = json!({ "id": id, "name": attachment.file.name, "bytes": hex(&bytes) });
        let result = self.call("POST", &path, row.clone()).await;
        let broken = result.as_ref().is_err_and(|error| error.kind() == ErrorKind::Unavailable);
        if broken && self.has(Defect::LostFileIsAnother) {
            row["id"] = drawn().into();
            self.call("POST", &path, row).await?;
            return Ok(case.clone());
        }
        result.map(|_| case.clone())
    }

    async fn amend(
        &self,
        case: &Case,
        amendment: &Amendment,
        _attempt: &Attempt,
    ) -> Result<Case, Error> {
        let summary = amendment.brief.as_ref().and_then(|brief| brief.summary.as_deref());
        self.change(case, summary, None).await
    }

    async fn hand_off(
        &self,
        case: &Case,
        handoff: &Handoff,
        _attempt: &Attempt,
    ) -> Result<Case, Error> {
        let handed = self.change(case, handoff.brief.summary.as_deref(), Some("team")).await?;
        if self.has(Defect::NotesTheHandoff) {
            let row =
                json!({ "id": drawn(), "seq": 99, "at": 0, "text": "handed over", "by": "us" });
            self.call("POST", &format!("cases/{}/entries", case.reference), row).await?;
        }
        Ok(handed)
    }

    async fn set_status(
        &self,
        case: &Case,
        status: CaseStatus,
        _attempt: &Attempt,
    ) -> Result<Case, Error> {
        let row = self.read(&case.reference).await?;
        if status_of(&row) == CaseStatus::Final {
            return Err(Error::never(ErrorKind::Closed, "the case is closed"));
        }
        if status_of(&row) == status {
            return Ok(remember(&row, Some(case), false));
        }
        if status == CaseStatus::Open {
            if self.has(Defect::OpensItsOwnOnly) && status_of(&row) != case.status {
                return Err(Error::never(ErrorKind::Taken, "a person resolved the case"));
            }
            let patch = json!({ "status": "open" });
            let row = self.call("PATCH", &format!("cases/{}", case.reference), patch).await?.1;
            return Ok(remember(&row, Some(case), false));
        }
        let path = format!("cases/{}/entries", case.reference);
        let entries = self.call("GET", &path, Value::Null).await?.1;
        let by_others = entries.as_array().into_iter().flatten().any(|entry| entry["by"] != "us");
        let taken = row["owner"].as_str() != case.owner.as_deref();
        if taken || by_others && !self.has(Defect::ResolvesOverPeople) {
            return Err(Error::never(ErrorKind::Taken, "a person works on the case"));
        }
        let patch = json!({ "status": "resolved" });
        let row = self.call("PATCH", &format!("cases/{}", case.reference), patch).await?.1;
        Ok(remember(&row, Some(case), false))
    }
}

impl fmt::Debug for Adapter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Adapter");
        if self.has(Defect::ShowsItsSecret) {
            shown.field("secret", &self.secret);
        }
        shown.finish_non_exhaustive()
    }
}

/// What to know of a case next time; its description is ours if we have just written it.
fn remember(row: &Value, before: Option<&Case>, wrote: bool) -> Case {
    let mut digests = before.map(|case| case.digests.clone()).unwrap_or_default();
    if wrote {
        digests.insert("description".into(), digest(&row["description"]));
    }
    let mut case = Case::new(row["id"].as_str().unwrap_or_default());
    case.status = status_of(row);
    case.owner = row["owner"].as_str().map(Into::into);
    case.digests = digests;
    case
}

fn hex(bytes: &[u8]) -> String {
    let digit = |four: u8| char::from(b"0123456789abcdef"[usize::from(four)]);
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

fn digest(value: &Value) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.as_str().hash(&mut hasher);
    hasher.finish()
}

fn drawn() -> String {
    format!("drawn-{}", DRAWN.fetch_add(1, Ordering::SeqCst))
}

/// What defects draw ids from.
static DRAWN: AtomicU32 = AtomicU32::new(0);
