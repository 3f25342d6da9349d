//! What people see and do on the board.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use chrono::DateTime;
use handover_conformance::desk::{DeskFixture, SeenCase, SeenEntry, SeenFile};
use handover_core::desk::Desk;
use handover_core::transport::Transport;
use http::Response;
use serde_json::{Value, json};

use super::adapter::{Adapter, Defect};
use super::board::{Board, status_of};

pub(crate) struct Office {
    board: Board,
    defect: Defect,
}

impl Office {
    pub(crate) fn new(defect: Defect) -> Self {
        Self { board: Board::default(), defect }
    }

    fn write(&self, case: &str, column: &str, value: Value) {
        let mut rows = self.board.0.lock().unwrap();
        rows.case(&Value::from(case)).unwrap()[column] = value;
    }
}

impl DeskFixture for Office {
    fn double(&self) -> Arc<dyn Transport> {
        Arc::new(self.board.clone())
    }

    fn desk(&self, transport: Arc<dyn Transport>) -> Arc<dyn Desk> {
        Arc::new(Adapter::new(SECRET, transport, self.defect))
    }

    fn secret(&self) -> String {
        SECRET.to_owned()
    }

    fn busy(&self, delay: Duration) -> Response<Bytes> {
        let response = Response::builder().status(429).header("retry-after", delay.as_secs());
        response.body(Bytes::new()).unwrap()
    }

    fn cases(&self) -> Vec<SeenCase> {
        let rows = self.board.0.lock().unwrap();
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let seen = |case: &Value| {
            let owner = case["owner"].as_str().map(ToOwned::to_owned);
            SeenCase::new(text(&case["id"]), status_of(case), owner, text(&case["description"]))
        };
        rows.cases.iter().map(seen).collect()
    }

    fn entries(&self, case: &str) -> Vec<SeenEntry> {
        let rows = self.board.0.lock().unwrap();
        let seen = |entry: &Value| {
            let at = DateTime::from_timestamp(entry["at"].as_i64().unwrap(), 0).unwrap();
            SeenEntry::new(entry["text"].as_str().unwrap(), at)
        };
        rows.entries_of(case).iter().map(seen).collect()
    }

    fn person_describes(&self, case: &str, text: &str) {
        self.write(case, "description", text.into());
    }

    fn person_takes(&self, case: &str) {
        self.write(case, "owner", "rita".into());
    }

    fn person_writes(&self, case: &str, text: &str) {
        let mut rows = self.board.0.lock().unwrap();
        let n = rows.entries.len();
        let id = format!("by-hand-{n}");
        rows.entries.push(json!({
            "id": id, "case": case, "seq": n, "at": 1_772_370_000, "text": text, "by": "rita",
        }));
    }

    fn person_resolves(&self, case: &str) {
        self.write(case, "status", "resolved".into());
    }

    fn files(&self, case: &str) -> Vec<SeenFile> {
        let rows = self.board.0.lock().unwrap();
        let seen = |file: &Value| {
            let text = file["bytes"].as_str().unwrap();
            let byte = |at: usize| u8::from_str_radix(&text[at..at + 2], 16).unwrap();
            let bytes: Bytes = (0..text.len()).step_by(2).map(byte).collect();
            SeenFile::new(file["name"].as_str().unwrap(), bytes)
        };
        rows.files.iter().filter(|file| file["case"] == *case).map(seen).collect()
    }

    fn close(&self, case: &str) {
        self.write(case, "status", "final".into());
    }
}

const SECRET: &str = "board-secret-5512";
