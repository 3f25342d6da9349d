//! What ours wrote for each request, so that the floor can write the same.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use rusqlite::types::Value;
use rusqlite::{Connection, OpenFlags};
use serde_json::Value as Json;

use crate::Done;

/// The rows of one request, each with the statement that writes it.
pub(crate) type Rows = Vec<(Arc<str>, Vec<Value>)>;

/// What ours wrote, by the sid of the message.
#[derive(Debug)]
pub(crate) struct Written(pub(crate) HashMap<String, Rows>);

/// Rows and bytes of each table.
pub(crate) type Sizes = Vec<(&'static str, i64, i64)>;

impl Written {
    /// Reads what `path` holds, which ours made out of inbound messages alone.
    pub(crate) fn read(path: &Path) -> Done<Self> {
        let conn = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
        let sessions = Table::read(&conn, "sessions", "key")?;
        let cases = Table::read(&conn, "cases", "id")?;
        let contacts = Table::read(&conn, "contacts", "value")?;
        let threads = Table::read(&conn, "threads", "session")?;
        let messages = Table::read(&conn, "messages", "session")?;
        let marks = Table::read(&conn, "marks", "session")?;
        let jobs = Table::read(&conn, "jobs", "session")?;
        let again: Arc<str> =
            "UPDATE sessions SET version = ?2, wake = ?3, data = ?4 WHERE key = ?1".into();
        let mut all = HashMap::new();
        for session in sessions.rows.values().flatten() {
            let key = text(&session[sessions.at("key")?]);
            let waves = waves(&jobs, &key)?.into_iter().chain(std::iter::repeat(Vec::new()));
            let seq = marks.at("seq")?;
            let mut seen = marks.of(&key);
            seen.sort_by_key(|mark| number(&mark[seq]));
            for (turn, (mark, wave)) in seen.into_iter().zip(waves).enumerate() {
                let id = text(&mark[marks.at("id")?]);
                let sid = id.rsplit(':').next().unwrap_or_default().to_owned();
                let mut rows = Rows::new();
                if turn == 0 {
                    rows.push((Arc::clone(&sessions.insert), first(&sessions, session)?));
                    rows.extend(threads.rows(&key));
                    let data = text(&session[sessions.at("data")?]);
                    rows.extend(contacts.rows(&customer(&data)?));
                    rows.extend(cases.rows(&text(&session[sessions.at("case_id")?])));
                } else {
                    let columns = ["key", "version", "wake", "data"];
                    let values = columns.map(|name| Ok(session[sessions.at(name)?].clone()));
                    let values = values.into_iter().collect::<Done<_>>()?;
                    rows.push((Arc::clone(&again), values));
                }
                let place = messages.at("seq")?;
                let said = messages.of(&key).into_iter();
                let said = said.filter(|message| message[place] == mark[seq]);
                rows.extend(said.map(|message| (Arc::clone(&messages.insert), message)));
                rows.push((Arc::clone(&marks.insert), mark));
                rows.extend(wave.into_iter().map(|job| (Arc::clone(&jobs.insert), job)));
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

/// A table as ours left it.
struct Table {
    columns: Vec<String>,
    insert: Arc<str>,
    /// By the text of one column.
    rows: HashMap<String, Vec<Vec<Value>>>,
}

impl Table {
    fn read(conn: &Connection, table: &str, by: &str) -> Done<Self> {
        let mut statement = conn.prepare(&format!("SELECT * FROM {table} ORDER BY {by}"))?;
        let columns: Vec<String> = statement.column_names().map(str::to_owned).collect();
        let holes: Vec<String> = (1..=columns.len()).map(|place| format!("?{place}")).collect();
        let insert = format!("INSERT INTO {table} VALUES ({})", holes.join(", ")).into();
        let mut read = Self { columns, insert, rows: HashMap::new() };
        let key = read.at(by)?;
        let mut found = statement.query(())?;
        while let Some(row) = found.next()? {
            let row = (0..read.columns.len()).map(|place| row.get(place));
            let row = row.collect::<rusqlite::Result<Vec<Value>>>()?;
            read.rows.entry(text(&row[key])).or_default().push(row);
        }
        Ok(read)
    }

    fn at(&self, column: &str) -> Done<usize> {
        let place = self.columns.iter().position(|name| name == column);
        Ok(place.ok_or_else(|| format!("there is no column {column}"))?)
    }

    fn of(&self, key: &str) -> Vec<Vec<Value>> {
        self.rows.get(key).cloned().unwrap_or_default()
    }

    fn rows(&self, key: &str) -> Rows {
        self.of(key).into_iter().map(|row| (Arc::clone(&self.insert), row)).collect()
    }
}

/// The jobs of a session by the commit that made them, oldest first.
fn waves(jobs: &Table, session: &str) -> Done<Vec<Vec<Vec<Value>>>> {
    let (id, data) = (jobs.at("id")?, jobs.at("data")?);
    let mut rows = jobs.of(session);
    rows.sort_by_key(|job| number(&job[id]));
    let mut waves: Vec<(Json, Vec<Vec<Value>>)> = Vec::new();
    for job in rows {
        let made = serde_json::from_str::<Json>(&text(&job[data]))?["created_at"].clone();
        match waves.last_mut().filter(|(at, _)| *at == made) {
            Some((_, wave)) => wave.push(job),
            None => waves.push((made, vec![job])),
        }
    }
    Ok(waves.into_iter().map(|(_, wave)| wave).collect())
}

/// The session's first row: its wake time differs from the last one.
fn first(sessions: &Table, session: &[Value]) -> Done<Vec<Value>> {
    let mut row = session.to_vec();
    row[sessions.at("version")?] = Value::Integer(1);
    if let Value::Integer(wake) = &mut row[sessions.at("wake")?] {
        *wake -= 1_000_000;
    }
    Ok(row)
}

fn customer(data: &str) -> Done<String> {
    let data: Json = serde_json::from_str(data)?;
    Ok(data["customer"]["value"].as_str().ok_or("a session without a customer")?.to_owned())
}

fn number(value: &Value) -> i64 {
    match value {
        Value::Integer(number) => *number,
        _ => 0,
    }
}

fn text(value: &Value) -> String {
    match value {
        Value::Text(text) => text.clone(),
        Value::Integer(number) => number.to_string(),
        Value::Blob(bytes) => bytes.iter().map(|byte| format!("{byte:02x}")).collect(),
        _ => String::new(),
    }
}
