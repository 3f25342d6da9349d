//! Many rows in one call.

mod pace;

use std::collections::{HashMap, HashSet};

use bytes::Bytes;
use handover_core::error::{Error, ErrorKind};
use handover_core::transport::TransportError;
use http::{HeaderMap, HeaderName, Method, StatusCode};
use serde_json::Value as Json;
use uuid::Uuid;

use crate::client::call::Call;
use crate::client::{Client, ID, unreadable};
use crate::column::{Entity, Values};
use crate::create::with_id;
use crate::parse::without_bom;
use crate::problem::{Answer, Problem};

pub(crate) use pace::Pace;

/// A row to make.
#[derive(Clone, Debug)]
pub struct NewRow {
    /// Its id, of the caller's choice.
    pub id: Uuid,
    /// Its columns.
    pub values: Values,
}

/// What became of one row of a batch. Complete.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The row is there, though this call was not told that it made it.
    AlreadyThere,
    /// This call made it.
    Created,
    /// It was not reached: an earlier call failed.
    NotAttempted,
    /// It is not there, and the same row will be refused again; the code says why.
    Refused(&'static str),
    /// It cannot be told, or it is not there for a reason that may pass.
    Unknown,
}

impl Outcome {
    /// Whether the same row need not be sent again: it is there, or will be refused again.
    pub fn is_decided(self) -> bool {
        matches!(self, Self::AlreadyThere | Self::Created | Self::Refused(_))
    }
}

impl Client {
    /// Makes rows in order, at most [`BATCH_ITEMS`] in one call, each with an outcome of its own, in
    /// the order of `rows`. Nothing is assumed to be atomic.
    ///
    /// Rows whose answer is missing or is no success are looked for by their ids, and only those. A
    /// batch is as large as, by the answers so far, ends within a third of the
    /// [time-out](crate::Config::with_timeout). After a batch that got no answer nothing more is sent.
    ///
    /// # Errors
    /// [`ErrorKind::Config`] before anything is written if a column does not exist. Any [`Error`] of
    /// a first call that certainly wrote nothing; when a later one fails, the rows it held are unknown
    /// unless they are found, and the rest are not attempted.
    ///
    /// # Cancel safety
    /// Some rows may have been made; the same call finds them.
    ///
    /// # Idempotency
    /// Twice with the same ids is once.
    pub async fn create_all(
        &self,
        entity: &Entity,
        rows: &[NewRow],
    ) -> Result<Vec<Outcome>, Error> {
        let mut outcomes = vec![Outcome::NotAttempted; rows.len()];
        self.create_undecided(entity, rows, &mut outcomes).await?;
        Ok(outcomes)
    }

    /// Makes those of `rows` whose outcome so far is [undecided](Outcome::is_decided), and notes what
    /// became of them: what to do, after a while, when [`Client::create_all`] left some open.
    ///
    /// Rows that were sent before are looked for first, because each one sent counts against the
    /// day's calls again.
    ///
    /// # Errors
    /// As [`Client::create_all`]. [`ErrorKind::Invalid`] if there are not as many outcomes as rows.
    ///
    /// # Cancel safety
    /// Some rows may have been made; the same call finds them.
    ///
    /// # Idempotency
    /// Twice with the same ids is once.
    pub async fn create_undecided(
        &self,
        entity: &Entity,
        rows: &[NewRow],
        outcomes: &mut [Outcome],
    ) -> Result<(), Error> {
        if rows.len() != outcomes.len() {
            return Err(Error::never(ErrorKind::Invalid, "each row has one outcome"));
        }
        self.find_unknown(entity, rows, outcomes).await?;
        let (mut places, mut items) = (Vec::new(), Vec::new());
        for (at, row) in rows.iter().enumerate().filter(|(at, _)| !outcomes[*at].is_decided()) {
            places.push(at);
            items.push(Json::from(with_id(row.id, &row.values)?).to_string());
        }
        let columns = places.iter().flat_map(|at| rows[*at].values.columns());
        self.ensure_columns(entity, columns).await?;
        let (mut from, mut sent) = (0, false);
        while from < items.len() {
            let to = from + fitting(&items[from..], self.pace().items());
            let ids: Vec<Uuid> = places[from..to].iter().map(|at| rows[*at].id).collect();
            match self.create_chunk(entity, &ids, &items[from..to]).await {
                Ok(chunk) => {
                    for (at, outcome) in places[from..to].iter().zip(chunk.outcomes) {
                        outcomes[*at] = outcome;
                    }
                    if chunk.lost {
                        return Ok(());
                    }
                }
                Err(error) if !sent => return Err(error),
                Err(_) => return Ok(()),
            }
            (from, sent) = (to, true);
        }
        Ok(())
    }

    async fn find_unknown(
        &self,
        entity: &Entity,
        rows: &[NewRow],
        outcomes: &mut [Outcome],
    ) -> Result<(), Error> {
        let unknown: Vec<Uuid> = rows
            .iter()
            .zip(outcomes.iter())
            .filter(|(_, outcome)| **outcome == Outcome::Unknown)
            .map(|(row, _)| row.id)
            .collect();
        let found = self.found(entity, &unknown).await?;
        for (row, outcome) in rows.iter().zip(outcomes.iter_mut()) {
            if found.contains(&row.id) && !outcome.is_decided() {
                *outcome = Outcome::AlreadyThere;
            }
        }
        Ok(())
    }

    /// # Errors
    /// Only if certainly none of the rows was written.
    async fn create_chunk(
        &self,
        entity: &Entity,
        ids: &[Uuid],
        items: &[String],
    ) -> Result<Chunk, Error> {
        let call = Call::json(Method::POST, BATCH.to_owned(), envelope(entity, items))
            .header(HeaderName::from_static("prefer"), "continue-on-error")
            .cost(items.len());
        let begun = self.now();
        let answer = match self.answer(&call).await {
            Ok(answer) => answer,
            // Without a connection nothing was sent.
            Err(error) if !may_have_written(&error) => return Err(error),
            Err(error) => return self.after_a_lost_batch(entity, ids, error).await,
        };
        if let Some(problem) = answer.problem() {
            let error = self.error(&answer, problem);
            // A gateway that gave up does not know either.
            let gateway =
                matches!(answer.status, StatusCode::BAD_GATEWAY | StatusCode::GATEWAY_TIMEOUT);
            return match gateway || matches!(problem, Problem::Page | Problem::Server) {
                true => self.after_a_lost_batch(entity, ids, error).await,
                false => Err(error),
            };
        }
        self.pace().answered(ids.len(), self.now() - begun);
        let Some(answers) = read(&answer.body) else {
            return self.after_a_lost_batch(entity, ids, unreadable(&answer)).await;
        };
        let mut outcomes: Vec<Option<Outcome>> = Vec::with_capacity(ids.len());
        let mut doubtful = Vec::new();
        for (at, id) in ids.iter().enumerate() {
            let created = matches!(answers.get(&at), Some(Item::Done));
            outcomes.push(created.then_some(Outcome::Created));
            if !created {
                doubtful.push(*id);
            }
        }
        let found = self.present(entity, &doubtful).await;
        let settle = |(at, outcome): (usize, Option<Outcome>)| {
            outcome.unwrap_or_else(|| match (&found, answers.get(&at)) {
                (Some(found), _) if found.contains(&ids[at]) => Outcome::AlreadyThere,
                (Some(_), Some(Item::Failed(problem))) if problem.is_final() => {
                    Outcome::Refused(problem.code())
                }
                (_, None) => Outcome::NotAttempted,
                _ => Outcome::Unknown,
            })
        };
        let outcomes = outcomes.into_iter().enumerate().map(settle).collect();
        Ok(Chunk { outcomes, lost: false })
    }

    /// A batch was sent and nobody knows how far it came: its rows are looked for. It may be at work
    /// still, so what is not found is unknown.
    async fn after_a_lost_batch(
        &self,
        entity: &Entity,
        ids: &[Uuid],
        error: Error,
    ) -> Result<Chunk, Error> {
        self.pace().lost(ids.len());
        let found = self.present(entity, ids).await.unwrap_or_default();
        if found.is_empty() {
            return Err(error);
        }
        let outcome = |id| match found.contains(id) {
            true => Outcome::AlreadyThere,
            false => Outcome::Unknown,
        };
        Ok(Chunk { outcomes: ids.iter().map(outcome).collect(), lost: true })
    }

    /// Which of these rows are there; `None` if that cannot be told.
    pub(crate) async fn present(&self, entity: &Entity, ids: &[Uuid]) -> Option<HashSet<Uuid>> {
        self.found(entity, ids).await.ok()
    }

    async fn found(&self, entity: &Entity, ids: &[Uuid]) -> Result<HashSet<Uuid>, Error> {
        let rows = self.rows(entity, ids, &[ID]).await?;
        Ok(rows.iter().filter_map(|row| row.id(&ID)).collect())
    }
}

/// What became of the rows of one call.
struct Chunk {
    outcomes: Vec<Outcome>,
    /// Its answer was lost.
    lost: bool,
}

/// The most items of one batch.
///
/// Source: the documented limit.
pub const BATCH_ITEMS: usize = 100;
/// The most bytes of one batch, unless a single item is longer.
const BATCH_BYTES: usize = 4 * 1024 * 1024;

/// What one item of a batch came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Item {
    Done,
    Failed(Problem),
}

/// How many of `items`, from the first on, go into one batch of at most `most`.
fn fitting(items: &[String], most: usize) -> usize {
    let mut bytes = 0;
    let fits = |item: &&String| {
        bytes += item.len();
        bytes <= BATCH_BYTES
    };
    items.iter().take(most).take_while(fits).count().max(1)
}

fn may_have_written(error: &Error) -> bool {
    let lost = matches!(error.kind(), ErrorKind::Network | ErrorKind::Protocol);
    let source = std::error::Error::source(error);
    let not_sent = source
        .and_then(|source| source.downcast_ref::<TransportError>())
        .is_some_and(|error| error.not_sent());
    lost && !not_sent
}

/// The body: ids are places, unique and in order.
///
/// Source: the documented JSON form. Groups are left out, because the server renames them and
/// promises nothing about them.
fn envelope(entity: &Entity, items: &[String]) -> Bytes {
    let mut body = String::with_capacity(items.iter().map(|item| item.len() + 200).sum());
    body.push_str(r#"{"requests":["#);
    for (at, item) in items.iter().enumerate() {
        if at > 0 {
            body.push(',');
        }
        body.push_str(&format!(
            r#"{{"id":"{at}","method":"POST","url":"{}","headers":{ITEM_HEADERS},"body":"#,
            entity.name()
        ));
        body.push_str(item);
        body.push('}');
    }
    body.push_str("]}");
    Bytes::from(body)
}

const BATCH: &str = "$batch";
const ITEM_HEADERS: &str = r#"{"Content-Type":"application/json;odata=verbose","Accept":"application/json;odata=verbose"}"#;

/// The answers by place. An id that comes twice tells nothing.
fn read(body: &[u8]) -> Option<HashMap<usize, Item>> {
    let body: Json = serde_json::from_slice(without_bom(body)).ok()?;
    let mut answers = HashMap::new();
    let mut twice = HashSet::new();
    for response in body.get("responses")?.as_array()? {
        let id = match response.get("id") {
            Some(Json::String(id)) => id.parse().ok(),
            Some(Json::Number(id)) => id.as_u64().and_then(|id| usize::try_from(id).ok()),
            _ => None,
        };
        let (Some(id), Some(item)) = (id, item(response)) else { continue };
        if answers.insert(id, item).is_some() {
            twice.insert(id);
        }
    }
    answers.retain(|id, _| !twice.contains(id));
    Some(answers)
}

fn item(response: &Json) -> Option<Item> {
    let status = response.get("status")?;
    let status = status.as_u64().or_else(|| status.as_str()?.parse().ok())?;
    let status = StatusCode::from_u16(u16::try_from(status).ok()?).ok()?;
    let body = match response.get("body") {
        None | Some(Json::Null) => Bytes::new(),
        Some(Json::String(text)) => Bytes::from(text.clone()),
        Some(body) => Bytes::from(body.to_string()),
    };
    let answer = Answer { status, headers: HeaderMap::new(), body };
    Some(answer.problem().map_or(Item::Done, Item::Failed))
}

#[cfg(test)]
mod tests;
