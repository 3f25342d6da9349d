//! The least that a server can do: rows that are ready go to one thread, which writes them.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use axum::routing::any;
use http::{Request, StatusCode, header};
use http_body_util::{BodyExt as _, Limited};
use rusqlite::Connection;
use rusqlite::types::Value;
use tokio::sync::{mpsc, oneshot};

use crate::Done;
use crate::rows::{Rows, Written};

/// A bare server: where it finds what to write, and the thread that does.
#[derive(Clone)]
pub(crate) struct Floor {
    rows: Arc<HashMap<String, Rows>>,
    /// What a request's rows are found by.
    name: Name,
    queue: mpsc::Sender<Task>,
}

/// Finds the message that a body tells of.
pub(crate) type Name = fn(&[u8]) -> Option<String>;

struct Task {
    sid: String,
    answer: oneshot::Sender<()>,
}

impl Floor {
    /// A floor that writes `written` to the file at `path`, at most `group` requests a transaction.
    pub(crate) fn start(
        path: &Path,
        written: &Arc<Written>,
        group: usize,
        name: Name,
    ) -> Done<Self> {
        let conn = Connection::open(path)?;
        conn.set_prepared_statement_cache_capacity(128);
        // As the store has them.
        conn.execute_batch(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = 2048;
            PRAGMA temp_store = MEMORY; PRAGMA wal_autocheckpoint = 4000;
            PRAGMA journal_size_limit = 67108864",
        )?;
        let (queue, waiting) = mpsc::channel(1024);
        let rows: HashMap<String, Rows> =
            written.0.iter().map(|(sid, rows)| (sid.clone(), rows.clone())).collect();
        let rows = Arc::new(rows);
        let shared = Arc::clone(&rows);
        std::thread::Builder::new().name("floor".into()).spawn(move || {
            // A failure ends the thread, and with it every request that waits.
            if let Err(error) = write(&conn, waiting, &shared, group) {
                println!("  the floor failed: {error}");
            }
        })?;
        Ok(Self { rows, name, queue })
    }

    /// Its routes.
    pub(crate) fn routes(self) -> Router {
        Router::new().fallback(any(receive)).with_state(self)
    }

    async fn accept(&self, body: &[u8]) -> Option<()> {
        let sid = (self.name)(body)?;
        self.rows.contains_key(&sid).then_some(())?;
        let (answer, answered) = oneshot::channel();
        self.queue.send(Task { sid, answer }).await.ok()?;
        answered.await.ok()
    }
}

async fn receive(State(floor): State<Floor>, request: Request<Body>) -> Response {
    let Ok(body) = Limited::new(request.into_body(), 1 << 20).collect().await else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    match floor.accept(&body.to_bytes()).await {
        Some(()) => ([(header::CONTENT_TYPE, "text/xml")], ANSWER).into_response(),
        None => StatusCode::SERVICE_UNAVAILABLE.into_response(),
    }
}

/// Writes what waits, at most `group` requests to a transaction.
fn write(
    conn: &Connection,
    mut waiting: mpsc::Receiver<Task>,
    rows: &HashMap<String, Rows>,
    group: usize,
) -> Done<()> {
    while let Some(first) = waiting.blocking_recv() {
        let mut answers = Vec::new();
        conn.prepare_cached("BEGIN IMMEDIATE")?.execute(())?;
        let mut next = Some(first);
        while let Some(task) = next.take() {
            for (sql, values) in &rows[&task.sid] {
                conn.prepare_cached(sql)?.execute(rusqlite::params_from_iter(values))?;
            }
            answers.push(task.answer);
            if answers.len() < group {
                next = waiting.try_recv().ok();
            }
        }
        conn.prepare_cached("COMMIT")?.execute(())?;
        for answer in answers {
            // Whoever left does not need to know.
            answer.send(()).ok();
        }
    }
    Ok(())
}

/// One row for each request instead of all.
pub(crate) fn one_row(written: &Written) -> Written {
    let one: Arc<str> = ONE.into();
    let row = |sid: &String, rows: &Rows| {
        let data = rows.iter().flat_map(|(_, values)| values).find_map(|value| match value {
            Value::Text(text) if text.len() > 100 => Some(text.clone()),
            _ => None,
        });
        vec![(
            Arc::clone(&one),
            vec![Value::Text(sid.clone()), Value::Text(data.unwrap_or_default())],
        )]
    };
    Written(written.0.iter().map(|(sid, rows)| (sid.clone(), row(sid, rows))).collect())
}

/// The table of [`one_row`].
pub(crate) const ONE_TABLE: &str =
    "CREATE TABLE one (id TEXT PRIMARY KEY, data TEXT NOT NULL) WITHOUT ROWID";
const ONE: &str = "INSERT INTO one VALUES (?1, ?2)";
const ANSWER: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Response/>";
