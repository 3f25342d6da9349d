//! Which ids the desks' calls told of lately: what the doctor asks after a round trip.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use axum::Json;
use axum::extract::{Path, State};
use serde_json::{Value, json};
use uuid::Uuid;

use super::operator::Operator;
use super::server::Shared;

/// Ids out of accepted calls, newest last. Nothing else of a call is kept.
///
/// Clones share it.
#[derive(Clone, Debug, Default)]
pub(super) struct Heard(Arc<Mutex<VecDeque<(String, Uuid)>>>);

impl Heard {
    /// Keeps the ids in a call that was accepted at `path`.
    pub(super) fn keep(&self, path: &str, body: &[u8]) {
        let Some(desk) = desk_in(path) else { return };
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for id in ids(&body[..body.len().min(READ)]) {
            if kept.len() == MOST {
                kept.pop_front();
            }
            kept.push_back((desk.to_owned(), id));
        }
    }

    fn has(&self, desk: &str, id: Uuid) -> bool {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.iter().any(|(at, known)| at == desk && *known == id)
    }
}

/// `GET /operator/desks/{desk}/heard/{id}`
pub(super) async fn heard(
    _: Operator,
    State(shared): State<Shared>,
    Path((desk, id)): Path<(String, Uuid)>,
) -> Json<Value> {
    Json(json!({"heard": shared.heard.has(&desk, id)}))
}

/// The desk whose address this is; a proxy may keep a path in front of it.
fn desk_in(path: &str) -> Option<&str> {
    let (_, rest) = path.rsplit_once("/desks/").or_else(|| path.split_once("desks/"))?;
    rest.split('/').next().filter(|desk| !desk.is_empty())
}

/// Whatever looks like a GUID.
fn ids(body: &[u8]) -> impl Iterator<Item = Uuid> {
    let is_part = |byte: &u8| byte.is_ascii_hexdigit() || *byte == b'-';
    let words = body.split(move |byte| !is_part(byte)).filter(|word| word.len() == 36);
    words.filter_map(|word| Uuid::try_parse_ascii(word).ok())
}

/// Bytes of a body that are looked through: the calls meant here are short.
const READ: usize = 16 * 1024;
const MOST: usize = 512;

#[cfg(test)]
mod tests;
