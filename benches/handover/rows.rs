//! What ours wrote for each request, so that the floor can write the same.

use std::collections::HashMap;
use std::path::Path;

use rusqlite::types::Value;
use rusqlite::{Connection, OpenFlags};
use serde_json::Value as Json;

use crate::Done;

/// The rows of one request, each with the statement that writes it.
pub(crate) type Rows = Vec<(&'static str, Vec<Value>)>;

/// What ours wrote, by the sid of the message.
#[derive(Debug)]
pub(crate) struct Written(pub(crate) HashMap<String, Rows>);

/// Rows and bytes of each table.
pub(crate) type Sizes = Vec<(&'static str, i64, i64)>;

impl Written {
    /// Reads what `path` holds, which ours made out of inbound messages alone.
    pub(crate) fn read(path: &Path) -> Done<Self> {
        let conn = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
        let sessions = by(&conn, "SELECT * FROM sessions", 0)?;
        let cases = by(&conn, "SELECT * FROM cases", 1)?;
        let contacts = by(&conn, "SELECT * FROM contacts", 2)?;
        let threads = by(&conn, "SELECT * FROM threads", 5)?;
        let messages = by(&conn, "SELECT * FROM messages ORDER BY session, seq", 1)?;
        let marks = by(&conn, "SELECT * FROM marks", 3)?;
        let mut jobs = by(&conn, "SELECT * FROM jobs ORDER BY id", 2)?;
        let mut all = HashMap::new();
        for (key, session) in sessions {
            let session = session.into_iter().next().ok_or("a session without a row")?;
            let waves = waves(jobs.remove(&key).unwrap_or_default())?;
            let mut marks = marks.get(&key).cloned().unwrap_or_default();
            marks.sort_by_key(|mark| number(&mark[4]));
            let waves = waves.into_iter().chain(std::iter::repeat(Vec::new()));
            for (turn, (mark, wave)) in marks.into_iter().zip(waves).enumerate() {
                let sid = text(&mark[1]).rsplit(':').next().unwrap_or_default().to_owned();
                let mut rows = Rows::new();
                if turn == 0 {
                    rows.push((SESSION, first(&session)));
                    let value = customer(text(&session[9]))?;
                    rows.extend(copies(THREAD, threads.get(&key)));
                    rows.extend(copies(CONTACT, contacts.get(&value)));
                    rows.extend(copies(CASE, cases.get(&hex(&session[7]))));
                } else {
                    rows.push((SESSION_AGAIN, again(&session)));
                }
                let said = messages.get(&key).into_iter().flatten();
                let said = said.filter(|message| message[2] == mark[4]);
                rows.extend(said.map(|message| (MESSAGE, message.clone())));
                rows.push((MARK, mark));
                rows.extend(wave.into_iter().map(|job| (JOB, job)));
                all.insert(sid, rows);
            }
        }
        Ok(Self(all))
    }
}

/// Counts rows and bytes.
pub(crate) fn sizes(path: &Path) -> Done<Sizes> {
    let conn = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    let mut sizes = Sizes::new();
    for (table, column) in [
        ("sessions", "data"),
        ("threads", "thread"),
        ("cases", "data"),
        ("contacts", "value"),
        ("messages", "data"),
        ("marks", "id"),
        ("jobs", "data"),
    ] {
        let sql = format!("SELECT count(*), coalesce(sum(length({column})), 0) FROM {table}");
        let (rows, bytes) = conn.query_row(&sql, (), |row| Ok((row.get(0)?, row.get(1)?)))?;
        sizes.push((table, rows, bytes));
    }
    Ok(sizes)
}

/// All rows of a query, by the text of one of their columns.
fn by(conn: &Connection, sql: &str, column: usize) -> Done<HashMap<String, Vec<Vec<Value>>>> {
    let mut found: HashMap<String, Vec<Vec<Value>>> = HashMap::new();
    let mut statement = conn.prepare(sql)?;
    let columns = statement.column_count();
    let mut rows = statement.query(())?;
    while let Some(row) = rows.next()? {
        let row: Vec<Value> = (0..columns).map(|i| row.get(i)).collect::<Result<_, _>>()?;
        found.entry(hex(&row[column])).or_default().push(row);
    }
    Ok(found)
}

/// Jobs by the commit that made them, oldest first.
fn waves(jobs: Vec<Vec<Value>>) -> Done<Vec<Vec<Vec<Value>>>> {
    let mut waves: Vec<(Json, Vec<Vec<Value>>)> = Vec::new();
    for job in jobs {
        let data: Json = serde_json::from_str(text(&job[18]))?;
        let made = data["created_at"].clone();
        match waves.last_mut().filter(|(at, _)| *at == made) {
            Some((_, wave)) => wave.push(job),
            None => waves.push((made, vec![job])),
        }
    }
    Ok(waves.into_iter().map(|(_, wave)| wave).collect())
}

/// The session's first row: its wake time differs from the last one.
fn first(session: &[Value]) -> Vec<Value> {
    let mut row = session.to_vec();
    row[3] = Value::Integer(1);
    if let Value::Integer(wake) = row[6] {
        row[6] = Value::Integer(wake - 1_000_000);
    }
    row
}

fn again(session: &[Value]) -> Vec<Value> {
    [0, 3, 6, 9].map(|column| session[column].clone()).to_vec()
}

fn copies(sql: &'static str, rows: Option<&Vec<Vec<Value>>>) -> Rows {
    rows.into_iter().flatten().map(|row| (sql, row.clone())).collect()
}

fn customer(data: &str) -> Done<String> {
    let data: Json = serde_json::from_str(data)?;
    Ok(data["customer"]["value"].as_str().ok_or("a session without a customer")?.to_owned())
}

fn text(value: &Value) -> &str {
    match value {
        Value::Text(text) => text,
        _ => "",
    }
}

fn number(value: &Value) -> i64 {
    match value {
        Value::Integer(number) => *number,
        _ => 0,
    }
}

fn hex(value: &Value) -> String {
    match value {
        Value::Text(text) => text.clone(),
        Value::Integer(number) => number.to_string(),
        Value::Blob(bytes) => bytes.iter().map(|byte| format!("{byte:02x}")).collect(),
        _ => String::new(),
    }
}

const SESSION: &str = "INSERT INTO sessions VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)";
const SESSION_AGAIN: &str = "UPDATE sessions SET version = ?2, wake = ?3, data = ?4 WHERE key = ?1";
const THREAD: &str = "INSERT INTO threads VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
const CASE: &str = "INSERT INTO cases VALUES (?1, ?2, ?3, ?4, ?5)";
const CONTACT: &str = "INSERT INTO contacts VALUES (?1, ?2, ?3, ?4)";
const MESSAGE: &str = "INSERT INTO messages VALUES (?1, ?2, ?3, ?4)";
const MARK: &str = "INSERT INTO marks VALUES (?1, ?2, ?3, ?4, ?5)";
const JOB: &str = "INSERT INTO jobs VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12,
    ?13, ?14, ?15, ?16, ?17, ?18, ?19)";
