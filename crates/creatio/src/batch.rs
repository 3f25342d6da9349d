//! Many rows in one call.

use std::collections::{HashMap, HashSet};

use bytes::Bytes;
use handover_core::error::{Error, ErrorKind};
use http::{HeaderMap, Method, StatusCode};
use serde_json::Value as Json;
use uuid::Uuid;

use crate::client::{BATCH, Client, ID};
use crate::column::{Entity, Values};
use crate::create::with_id;
use crate::parse::without_bom;
use crate::problem::{Answer, Problem};

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

impl Client {
    /// Makes rows in order, at most [`BATCH_ITEMS`] in one call, each with an outcome of its own, in
    /// the order of `rows`. Nothing is assumed to be atomic.
    ///
    /// Rows whose answer is missing or is no success are looked for by their ids, and only those.
    ///
    /// # Errors
    /// [`ErrorKind::Config`] before anything is written if a column does not exist. Any [`Error`] of
    /// the first call; when a later one fails, the rows it held are unknown and the rest are not
    /// attempted.
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
        let mut items = Vec::with_capacity(rows.len());
        for row in rows {
            items.push(Json::from(with_id(row.id, &row.values)?).to_string());
        }
        self.ensure_columns(entity, rows.iter().flat_map(|row| row.values.columns())).await?;
        let mut outcomes = Vec::with_capacity(rows.len());
        for chunk in plan(&items) {
            let ids: Vec<Uuid> = rows[chunk.clone()].iter().map(|row| row.id).collect();
            match self.create_chunk(entity, &ids, &items[chunk.clone()]).await {
                Ok(chunk) => outcomes.extend(chunk),
                Err(error) if outcomes.is_empty() => return Err(error),
                Err(_) => {
                    outcomes.extend(ids.iter().map(|_| Outcome::Unknown));
                    outcomes.resize(rows.len(), Outcome::NotAttempted);
                    return Ok(outcomes);
                }
            }
        }
        Ok(outcomes)
    }

    async fn create_chunk(
        &self,
        entity: &Entity,
        ids: &[Uuid],
        items: &[String],
    ) -> Result<Vec<Outcome>, Error> {
        let body = envelope(entity, items);
        let answer = self.call(Method::POST, BATCH, Some(body)).await?;
        if let Some(problem) = answer.problem() {
            return Err(self.error(&answer, problem));
        }
        let answers = read(&answer.body).ok_or_else(|| {
            Error::later(ErrorKind::Protocol, "Creatio's answer to a batch cannot be read")
        })?;
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
        Ok(outcomes.into_iter().enumerate().map(settle).collect())
    }

    /// Which of these rows are there; `None` if that cannot be told.
    pub(crate) async fn present(&self, entity: &Entity, ids: &[Uuid]) -> Option<HashSet<Uuid>> {
        let rows = self.rows(entity, ids, &[ID]).await.ok()?;
        Some(rows.iter().filter_map(|row| row.id(&ID)).collect())
    }
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

/// Which items go together.
fn plan(items: &[String]) -> Vec<std::ops::Range<usize>> {
    let mut chunks = Vec::new();
    let (mut from, mut bytes) = (0, 0);
    for (at, item) in items.iter().enumerate() {
        let full = at - from == BATCH_ITEMS || bytes + item.len() > BATCH_BYTES;
        if full && at > from {
            chunks.push(from..at);
            (from, bytes) = (at, 0);
        }
        bytes += item.len();
    }
    if from < items.len() {
        chunks.push(from..items.len());
    }
    chunks
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
