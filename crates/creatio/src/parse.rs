//! Reads what Creatio sends.

use chrono::{DateTime, Datelike, Utc};
use serde_json::{Map, Value as Json};
use uuid::Uuid;

use crate::column::Column;

/// A row that was read. What Creatio sends for "no value" (the empty GUID, year 1, `""`) reads as
/// `None`.
#[derive(Clone, Default, PartialEq)]
pub struct Row(Map<String, Json>);

impl Row {
    /// The text of a column.
    pub fn text(&self, column: &Column) -> Option<&str> {
        self.0.get(column.body().as_ref())?.as_str().filter(|text| !text.is_empty())
    }

    /// The id in a column.
    pub fn id(&self, column: &Column) -> Option<Uuid> {
        guid(self.0.get(column.body().as_ref())?.as_str()?)
    }

    /// The moment in a column.
    pub fn time(&self, column: &Column) -> Option<DateTime<Utc>> {
        time(self.0.get(column.body().as_ref())?.as_str()?)
    }

    /// Whether a column is true.
    pub fn flag(&self, column: &Column) -> bool {
        match self.0.get(column.body().as_ref()) {
            Some(Json::Bool(flag)) => *flag,
            Some(Json::String(text)) => text.eq_ignore_ascii_case("true"),
            _ => false,
        }
    }

    /// The whole number in a column, also where it was sent as text.
    pub fn number(&self, column: &Column) -> Option<i64> {
        let value = self.0.get(column.body().as_ref())?;
        value.as_i64().or_else(|| value.as_str()?.parse().ok())
    }

    /// The number in a column, with its fraction, also where it was sent as text.
    pub fn decimal(&self, column: &Column) -> Option<f64> {
        let value = self.0.get(column.body().as_ref())?;
        let number = value.as_f64().or_else(|| value.as_str()?.parse().ok());
        number.filter(|number| number.is_finite())
    }

    /// The row that a lookup points to, if [`Query::expand`](crate::Query::expand) asked for it.
    pub fn to(&self, lookup: &Column) -> Option<Self> {
        match self.0.get(lookup.schema_name())? {
            Json::Object(map) => Some(Self(map.clone())),
            _ => None,
        }
    }

    /// A column's value in one spelling, to tell whether it has changed; empty for none.
    pub(crate) fn spelling(&self, column: &Column) -> String {
        if column.is_lookup() {
            return self.id(column).map(|id| id.to_string()).unwrap_or_default();
        }
        match self.0.get(column.body().as_ref()) {
            None | Some(Json::Null) => String::new(),
            Some(Json::String(text)) => text.clone(),
            Some(other) => other.to_string(),
        }
    }

    /// The row with the properties of a body in place of its own.
    pub(crate) fn with(mut self, body: Map<String, Json>) -> Self {
        self.0.extend(body);
        self
    }

    /// A row out of a body: an object that is no error.
    pub(crate) fn one(body: &[u8]) -> Option<Self> {
        match serde_json::from_slice(without_bom(body)).ok()? {
            Json::Object(map) => Some(Self(map)),
            _ => None,
        }
    }
}

/// One answer to a query.
pub(crate) struct Answered {
    pub(crate) rows: Vec<Row>,
    /// How many there are in all, if that was asked.
    pub(crate) count: Option<u64>,
    /// The server kept rows back: it names a link to them. The link is not followed; the next
    /// question is made by what was read.
    pub(crate) more: bool,
}

impl Answered {
    pub(crate) fn read(body: &[u8]) -> Option<Self> {
        let Json::Object(mut map) = serde_json::from_slice(without_bom(body)).ok()? else {
            return None;
        };
        let Json::Array(rows) = map.remove("value")? else { return None };
        let rows = rows.into_iter().map(|row| match row {
            Json::Object(map) => Some(Row(map)),
            _ => None,
        });
        let count = map.get("@odata.count");
        let count = count.and_then(|count| count.as_u64().or_else(|| count.as_str()?.parse().ok()));
        let more = map.get("@odata.nextLink").is_some_and(Json::is_string);
        Some(Self { rows: rows.collect::<Option<_>>()?, count, more })
    }
}

impl From<Map<String, Json>> for Row {
    fn from(map: Map<String, Json>) -> Self {
        Self(map)
    }
}

impl std::fmt::Debug for Row {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Row").field("columns", &self.0.len()).finish_non_exhaustive()
    }
}

/// A GUID as people and processes write it: braces and upper case too. The empty one is none.
pub fn guid(text: &str) -> Option<Uuid> {
    Uuid::try_parse(text.trim()).ok().filter(|id| !id.is_nil())
}

/// A moment; year 1 is none.
pub(crate) fn time(text: &str) -> Option<DateTime<Utc>> {
    let at = DateTime::parse_from_rfc3339(text).ok()?.to_utc();
    (at.year() > 1).then_some(at)
}

pub(crate) fn without_bom(body: &[u8]) -> &[u8] {
    body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body)
}

#[cfg(test)]
mod tests;
