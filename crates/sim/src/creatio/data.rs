use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use bytes::Bytes;
use chrono::{DateTime, NaiveDate, NaiveDateTime, SecondsFormat, Utc};
use serde_json::{Value, json};
use uuid::Uuid;

use super::schema::{Entity, ID, Kind};

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Cell {
    Bool(bool),
    Date(DateTime<Utc>),
    Float(f64),
    Guid(Uuid),
    Int(i64),
    Null,
    Text(String),
}

impl Cell {
    pub(crate) fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    pub(crate) fn is_empty(&self) -> bool {
        match self {
            Self::Null => true,
            Self::Text(text) => text.is_empty(),
            _ => false,
        }
    }

    pub(crate) fn guid(&self) -> Option<Uuid> {
        match self {
            Self::Guid(id) => Some(*id),
            _ => None,
        }
    }

    pub(crate) fn as_text(&self) -> &str {
        match self {
            Self::Text(text) => text,
            _ => "",
        }
    }

    /// As a response shows it: there is no `null`, only values that look like nothing.
    pub(crate) fn shown(&self, kind: &Kind) -> Value {
        match (self, kind) {
            (Self::Bool(value), _) => json!(value),
            (Self::Date(value), _) => json!(shown_date(*value)),
            (Self::Float(value), _) => json!(value),
            (Self::Guid(value), _) => json!(value),
            (Self::Int(value), _) => json!(value),
            (Self::Text(value), _) => json!(value),
            (Self::Null, Kind::Bool) => json!(false),
            (Self::Null, Kind::Date) => json!("0001-01-01T00:00:00Z"),
            (Self::Null, Kind::Float | Kind::Int) => json!(0),
            (Self::Null, Kind::Guid | Kind::Lookup(_)) => json!(Uuid::nil()),
            (Self::Null, Kind::Stream | Kind::Text(_)) => json!(""),
        }
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Row {
    pub(crate) cells: Vec<Cell>,
    /// Before this time no query sees the row: its transaction is not over yet.
    pub(crate) visible_at: DateTime<Utc>,
    /// What queries see until then; `None` is nothing.
    pub(crate) before: Option<Arc<Self>>,
    pub(crate) data: Bytes,
}

impl Row {
    pub(crate) fn id(&self) -> Uuid {
        self.cells[ID].guid().unwrap_or_default()
    }

    /// The row as a query at `now` sees it.
    pub(crate) fn seen(&self, now: DateTime<Utc>) -> Option<&Self> {
        if self.visible_at <= now { Some(self) } else { self.before.as_ref()?.seen(now) }
    }

    /// By the schema's name; a column that does not exist is empty.
    pub(crate) fn get(&self, entity: &Entity, name: &str) -> &Cell {
        entity.column(name).map_or(&Cell::Null, |index| &self.cells[index])
    }

    pub(crate) fn set(&mut self, entity: &Entity, name: &str, cell: Cell) {
        if let Some(index) = entity.column(name) {
            self.cells[index] = cell;
        }
    }

    /// Sets a column that is empty.
    pub(crate) fn fill(&mut self, entity: &Entity, name: &str, cell: Cell) {
        if self.get(entity, name).is_empty() {
            self.set(entity, name, cell);
        }
    }
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Table {
    rows: Vec<Option<Row>>,
    index: HashMap<Uuid, usize>,
}

impl Table {
    pub(crate) fn get(&self, id: Uuid) -> Option<&Row> {
        self.index.get(&id).and_then(|&at| self.rows[at].as_ref())
    }

    pub(crate) fn get_mut(&mut self, id: Uuid) -> Option<&mut Row> {
        self.index.get(&id).and_then(|&at| self.rows[at].as_mut())
    }

    pub(crate) fn push(&mut self, row: Row) {
        self.index.insert(row.id(), self.rows.len());
        self.rows.push(Some(row));
    }

    pub(crate) fn remove(&mut self, id: Uuid) -> Option<Row> {
        self.index.remove(&id).and_then(|at| self.rows[at].take())
    }

    /// Takes these rows out, in the order of insertion, and closes the gaps.
    pub(crate) fn take(&mut self, ids: &HashSet<Uuid>) -> Vec<Row> {
        let (taken, rows): (Vec<_>, Vec<_>) =
            self.rows.drain(..).flatten().partition(|row| ids.contains(&row.id()));
        self.index = rows.iter().map(Row::id).zip(0..).collect();
        self.rows = rows.into_iter().map(Some).collect();
        taken
    }

    /// In the order of insertion.
    pub(crate) fn rows(&self) -> impl Iterator<Item = &Row> {
        self.rows.iter().flatten()
    }
}

/// Why a value cannot be written.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum BadValue {
    /// The request is invalid, and this is why.
    Invalid(String),
    /// The database refuses it.
    TooLong,
}

/// Reads a value of a body. `None` means that it is dropped without a word.
pub(crate) fn written(value: &Value, kind: &Kind) -> Result<Option<Cell>, BadValue> {
    if value.is_null() {
        return Ok(Some(Cell::Null));
    }
    let cell = match kind {
        Kind::Bool => value.as_bool().map(Cell::Bool),
        Kind::Date => value.as_str().and_then(date).map(Cell::Date),
        Kind::Float => number(value).map(Cell::Float),
        Kind::Guid | Kind::Lookup(_) => match value.as_str().and_then(guid) {
            Some(id) if id.is_nil() => return Ok(None),
            id => id.map(Cell::Guid),
        },
        Kind::Int => whole(value).map(Cell::Int),
        Kind::Stream => return Ok(None),
        Kind::Text(limit) => match value.as_str() {
            Some(text) if limit.is_some_and(|limit| text.encode_utf16().count() > limit) => {
                return Err(BadValue::TooLong);
            }
            text => text.map(Cell::text),
        },
    };
    match cell {
        Some(cell) => Ok(Some(cell)),
        None => Err(BadValue::Invalid(complaint(value, kind))),
    }
}

/// `8-4-4-4-12` and nothing else.
pub(crate) fn guid(text: &str) -> Option<Uuid> {
    if text.len() == 36 { Uuid::try_parse(text).ok() } else { None }
}

/// RFC 3339 with a zone, cut to 100 ns.
pub(crate) fn date(text: &str) -> Option<DateTime<Utc>> {
    if !text.contains('T') {
        return None;
    }
    let parsed = DateTime::parse_from_rfc3339(text).ok()?.with_timezone(&Utc);
    let ticks = i64::from(parsed.timestamp_subsec_nanos() / 100 * 100);
    DateTime::from_timestamp(parsed.timestamp(), u32::try_from(ticks).ok()?)
}

/// A time of day or a day, without a zone.
pub(crate) fn is_without_zone(value: &Value) -> bool {
    let text = value.as_str().unwrap_or_default();
    NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f").is_ok()
        || NaiveDate::parse_from_str(text, "%Y-%m-%d").is_ok()
}

/// The first of January of the year 1.
pub(crate) fn year_one() -> DateTime<Utc> {
    date("0001-01-01T00:00:00Z").unwrap_or_default()
}

/// UTC, up to seven digits of a second, none of them a trailing zero.
pub(crate) fn shown_date(value: DateTime<Utc>) -> String {
    let text = value.to_rfc3339_opts(SecondsFormat::Nanos, true);
    let digits = text.trim_end_matches('Z');
    let cut = &digits[..digits.len().saturating_sub(2)];
    let cut = cut.trim_end_matches('0').trim_end_matches('.');
    format!("{cut}Z")
}

fn complaint(value: &Value, kind: &Kind) -> String {
    let edm = match kind {
        Kind::Bool => "Edm.Boolean",
        Kind::Date => "Edm.DateTimeOffset",
        Kind::Float => "Edm.Decimal",
        Kind::Guid | Kind::Lookup(_) => "Edm.Guid",
        Kind::Int => "Edm.Int32",
        Kind::Stream => "Edm.Stream",
        Kind::Text(_) => "Edm.String",
    };
    let literal = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    format!("item : Cannot convert the literal '{literal}' to the expected type '{edm}'.\r\n")
}

/// `IEEE754Compatible=true` turns numbers into text; both are read.
fn number(value: &Value) -> Option<f64> {
    value.as_f64().or_else(|| value.as_str()?.parse().ok())
}

fn whole(value: &Value) -> Option<i64> {
    value.as_i64().or_else(|| value.as_str()?.parse().ok())
}
