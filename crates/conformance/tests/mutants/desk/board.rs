//! The board, a made-up desk: a double that keeps cases and entries.

use std::fmt;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use bytes::Bytes;
use handover_core::desk::CaseStatus;
use handover_core::transport::{Body, Transport, TransportError};
use http::{Request, Response};
use serde_json::{Value, json};

/// The board. Clones share it.
#[derive(Clone, Default)]
pub(crate) struct Board(pub(super) Arc<Mutex<Rows>>);

#[derive(Default)]
pub(super) struct Rows {
    pub(super) cases: Vec<Value>,
    pub(super) entries: Vec<Value>,
    pub(super) files: Vec<Value>,
}

#[async_trait]
impl Transport for Board {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Body>, TransportError> {
        let (status, body) = self.answer(&request);
        let body = Bytes::from(body.to_string());
        Ok(Response::builder().status(status).body(Body::from(body)).unwrap())
    }
}

impl Board {
    fn answer(&self, request: &Request<Bytes>) -> (u16, Value) {
        let mut rows = self.0.lock().unwrap();
        let body: Value = serde_json::from_slice(request.body()).unwrap_or_default();
        let path: Vec<&str> = request.uri().path().trim_matches('/').split('/').collect();
        match (request.method().as_str(), path.as_slice()) {
            ("POST", ["cases"]) => {
                if rows.case(&body["id"]).is_some() {
                    return (409, json!({ "error": "exists" }));
                }
                let mut case = body;
                case["owner"] = Value::Null;
                case["status"] = "open".into();
                rows.cases.push(case.clone());
                (201, case)
            }
            ("GET", ["cases"]) => (200, Value::from(rows.cases.clone())),
            ("GET", ["cases", id]) => match rows.case(&Value::from(*id)) {
                Some(case) => (200, case.clone()),
                None => (404, Value::Null),
            },
            ("PATCH", ["cases", id]) => {
                let Some(case) = rows.case(&Value::from(*id)) else { return (404, Value::Null) };
                for (column, value) in body.as_object().into_iter().flatten() {
                    case[column] = value.clone();
                }
                (200, case.clone())
            }
            ("POST", ["cases", id, "entries"]) => {
                if rows.entries.iter().any(|entry| entry["id"] == body["id"]) {
                    return (409, json!({ "error": "exists" }));
                }
                let mut entry = body;
                entry["case"] = Value::from(*id);
                rows.entries.push(entry.clone());
                (201, entry)
            }
            ("POST", ["cases", id, "files"]) => {
                if rows.files.iter().any(|file| file["id"] == body["id"]) {
                    return (409, json!({ "error": "exists" }));
                }
                let mut file = body;
                file["case"] = Value::from(*id);
                rows.files.push(file);
                (201, json!({}))
            }
            ("GET", ["cases", id, "entries"]) => (200, Value::from(rows.entries_of(id))),
            _ => (404, Value::Null),
        }
    }
}

impl Rows {
    pub(super) fn case(&mut self, id: &Value) -> Option<&mut Value> {
        self.cases.iter_mut().find(|case| case["id"] == *id)
    }

    /// The entries of a case as people read them: by time, then as they are numbered.
    pub(super) fn entries_of(&self, case: &str) -> Vec<Value> {
        let mut entries: Vec<_> =
            self.entries.iter().filter(|entry| entry["case"] == *case).cloned().collect();
        entries.sort_by_key(|entry| (entry["at"].as_i64(), entry["seq"].as_u64()));
        entries
    }
}

impl fmt::Debug for Board {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Board").finish_non_exhaustive()
    }
}

pub(super) fn status_of(case: &Value) -> CaseStatus {
    match case["status"].as_str() {
        Some("resolved") => CaseStatus::Resolved,
        Some("final") => CaseStatus::Final,
        _ => CaseStatus::Open,
    }
}
