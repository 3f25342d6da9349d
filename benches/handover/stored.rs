//! Files with many sessions in them, made once and used again.
//!
//! One session is carried through the real relay, with a case, entries and a reply. Its rows are
//! then copied under other numbers, ids and keys, by way of the store's own schema. All copies are
//! open and idle, with a time to wake far in the future, so every index of open sessions is full.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::Instant;

use handover_store::{Options, Sqlite};
use rusqlite::types::Value;
use rusqlite::{Connection, OpenFlags};
use tokio::runtime::Runtime;
use uuid::Uuid;

use crate::parts::PUBLIC;
use crate::webhooks::Customers;
use crate::{Done, machine, relay};

pub(crate) const FEW: usize = 1_000;
pub(crate) const MANY: usize = 1_000_000;
pub(crate) const MANY_QUICK: usize = 100_000;

/// Tables of a session's rows, and the column in each that holds the session's key.
const TABLES: [(&str, &str); 6] = [
    ("sessions", "key"),
    ("threads", "session"),
    ("cases", ""),
    ("contacts", ""),
    ("messages", "session"),
    ("marks", "session"),
];

/// A file with `count` sessions. Benchmarks add to it; from a tenth more on it is made anew.
pub(crate) fn file(count: usize) -> Done<PathBuf> {
    let template = template()?;
    let shape = shape(&template)?;
    let path = machine::data()?.join(format!("sessions-{count}-{shape:08x}.db"));
    if path.is_file() {
        // The lock and the log of a run that was cut short are dealt with.
        drop(Sqlite::open(&path, &Options::default())?);
        if sessions(&path)? <= count + (count / 10).max(20_000) {
            return Ok(path);
        }
    }
    println!("\nstored: making a file of {count} sessions, once");
    let begun = Instant::now();
    remove(&format!("sessions-{count}-"))?;
    let part = machine::fresh("sessions.part")?;
    fs::copy(&template, &part)?;
    copy_sessions(&part, count)?;
    fs::rename(&part, &path)?;
    let mib = fs::metadata(&path)?.len() >> 20;
    println!("  {mib} MiB in {:.0} s", begun.elapsed().as_secs_f64());
    Ok(path)
}

/// A copy of a file, for a round that changes it.
pub(crate) fn copy(path: &Path) -> Done<PathBuf> {
    let copy = machine::fresh("sessions-copy.db")?;
    fs::copy(path, &copy)?;
    Ok(copy)
}

/// Reads a file through, so that the machine has it at hand, as it would after a while.
pub(crate) fn warm(path: &Path) -> Done<()> {
    let mut file = File::open(path)?;
    let mut buffer = vec![0; 1 << 20];
    while file.read(&mut buffer)? > 0 {}
    Ok(())
}

/// Removes files of an earlier shape, which nobody would look at again.
fn remove(prefix: &str) -> Done<()> {
    for file in fs::read_dir(machine::data()?)? {
        let file = file?;
        if file.file_name().to_string_lossy().starts_with(prefix) {
            fs::remove_file(file.path())?;
        }
    }
    Ok(())
}

/// A file with one real session.
fn template() -> Done<PathBuf> {
    let path = machine::fresh("template.db")?;
    let store = Sqlite::open(&path, &Options::default())?;
    let mut customers = Customers::new(PUBLIC);
    let number = customers.number();
    let text = customers.text(&number, "Hello, are you open on Saturdays?")?;
    let (_, _, wire) = relay::providers();
    Runtime::new()?.block_on(relay::drive(store, wire, vec![text], 0))?;
    // Opened and closed once more, nothing is left in the log.
    drop(Sqlite::open(&path, &Options::default())?);
    Ok(path)
}

/// A number that another schema or another kind of rows would change.
fn shape(template: &Path) -> Done<u32> {
    let conn = Connection::open_with_flags(template, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    let sql = "SELECT group_concat(sql) || (SELECT count(*) FROM messages)
        || (SELECT count(*) FROM marks) || (SELECT length(data) / 100 FROM sessions)
        FROM sqlite_schema";
    let text: String = conn.query_row(sql, (), |row| row.get(0))?;
    Ok(text
        .bytes()
        .fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)))
}

fn sessions(path: &Path) -> Done<usize> {
    let conn = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    let next: i64 = conn.query_row("SELECT session FROM numbers", (), |row| row.get(0))?;
    Ok(usize::try_from(next)?)
}

fn copy_sessions(path: &Path, count: usize) -> Done<()> {
    let conn = Connection::open(path)?;
    conn.execute_batch(
        "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -3000000;
        PRAGMA locking_mode = EXCLUSIVE; BEGIN",
    )?;
    let mut names = Names::default();
    let mut rows = Vec::new();
    for (table, key) in TABLES {
        let mut statement = conn.prepare(&format!("SELECT * FROM {table}"))?;
        let columns = statement.column_count();
        let place = |name: &str| statement.column_names().position(|n| n == name);
        let (key, created) = (place(key), place("created"));
        let holes: Vec<String> = (1..=columns).map(|i| format!("?{i}")).collect();
        let sql = format!("INSERT INTO {table} VALUES ({})", holes.join(", "));
        let mut found = statement.query(())?;
        while let Some(row) = found.next()? {
            let cells = (0..columns).map(|i| Ok(names.cell(row.get(i)?)));
            rows.push((sql.clone(), key, created, cells.collect::<rusqlite::Result<Vec<_>>>()?));
        }
    }
    if rows.iter().filter(|(sql, ..)| sql.contains("messages")).count() < 2 {
        return Err("the session to copy has no reply".into());
    }
    for index in 1..count as u64 {
        let copy = names.copy(index);
        for (sql, key, created, cells) in &rows {
            let mut values: Vec<Value> = cells.iter().map(|cell| copy.value(cell)).collect();
            if let Some(key) = key.filter(|key| values[*key] != Value::Null) {
                values[key] = Value::Integer(1 + index as i64);
            }
            if let Some(Value::Integer(created)) = created.map(|created| &mut values[created]) {
                *created -= copy.age();
            }
            conn.prepare_cached(sql)?.execute(rusqlite::params_from_iter(values))?;
        }
    }
    conn.execute("UPDATE numbers SET session = ?1", (count as i64 + 1,))?;
    conn.execute_batch("COMMIT")?;
    Ok(())
}

/// Whatever names the one session, its customer and its rows elsewhere.
#[derive(Debug, Default)]
struct Names(HashMap<String, usize>);

/// A stored value, with holes where names stood.
enum Cell {
    Plain(Value),
    Uuid(usize),
    Text(Vec<Piece>),
}

enum Piece {
    Plain(String),
    Number,
    Sid(usize),
    Uuid(usize),
}

impl Names {
    fn cell(&mut self, value: Value) -> Cell {
        match value {
            Value::Blob(bytes) => match Uuid::from_slice(&bytes) {
                Ok(uuid) => Cell::Uuid(self.name(&uuid.to_string())),
                Err(_) => Cell::Plain(Value::Blob(bytes)),
            },
            Value::Text(text) => Cell::Text(self.pieces(&text)),
            other => Cell::Plain(other),
        }
    }

    fn pieces(&mut self, text: &str) -> Vec<Piece> {
        let mut pieces = Vec::new();
        let (mut plain, mut rest) = (String::new(), text);
        while !rest.is_empty() {
            let (piece, length) = if rest.get(..36).is_some_and(|t| Uuid::try_parse(t).is_ok()) {
                (Piece::Uuid(self.name(&rest[..36])), 36)
            } else if rest.starts_with("SM")
                && rest.get(2..34).is_some_and(|t| t.bytes().all(|b| b.is_ascii_hexdigit()))
            {
                (Piece::Sid(self.name(&rest[..34])), 34)
            } else if rest.starts_with("+447") && rest.len() >= 13 {
                (Piece::Number, 13)
            } else {
                let length = rest.chars().next().map_or(1, char::len_utf8);
                plain.push_str(&rest[..length]);
                rest = &rest[length..];
                continue;
            };
            pieces.push(Piece::Plain(std::mem::take(&mut plain)));
            pieces.push(piece);
            rest = &rest[length..];
        }
        pieces.push(Piece::Plain(plain));
        pieces
    }

    fn name(&mut self, name: &str) -> usize {
        let next = self.0.len();
        *self.0.entry(name.to_owned()).or_insert(next)
    }

    fn copy(&self, index: u64) -> Copy {
        let uuid =
            |name: u64| Uuid::from_u64_pair(mix(index << 8 | name), mix(!(index << 8 | name)));
        Copy { index, uuids: (0..self.0.len() as u64).map(uuid).collect() }
    }
}

/// One copy: which id stands for each name.
struct Copy {
    index: u64,
    uuids: Vec<Uuid>,
}

impl Copy {
    fn value(&self, cell: &Cell) -> Value {
        match cell {
            Cell::Plain(value) => value.clone(),
            Cell::Uuid(name) => Value::Blob(self.uuids[*name].as_bytes().to_vec()),
            Cell::Text(pieces) => {
                let mut text = String::new();
                for piece in pieces {
                    match piece {
                        Piece::Plain(plain) => text.push_str(plain),
                        Piece::Number => text.push_str(&format!("+446{:09}", self.index)),
                        Piece::Sid(name) => {
                            text.push_str(&format!("SM{}", self.uuids[*name].simple()));
                        }
                        Piece::Uuid(name) => text.push_str(&self.uuids[*name].to_string()),
                    }
                }
                Value::Text(text)
            }
        }
    }

    /// How much longer ago it was made, in nanoseconds: at most a month.
    fn age(&self) -> i64 {
        (mix(self.index) % (30 * 24 * 3_600 * 1_000_000_000)) as i64
    }
}

/// SplitMix64: spreads counted numbers.
fn mix(number: u64) -> u64 {
    let mixed = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}
