//! What the assistant filled in, as values of columns.

use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use handover_core::channel::Attempt;
use handover_core::error::{Error, Retry};
use handover_core::message::Brief;

use crate::column::{Column, Entity, Value};
use crate::config::{Field, FieldKind};
use crate::creatio::Creatio;
use crate::encode::{clean, shorten};
use crate::lookups::Label;

/// The fields of a brief.
#[derive(Default)]
pub(super) struct Filled {
    pub(super) values: Vec<(Column, Value)>,
    pub(super) skipped: Vec<Skipped>,
}

/// A field that stays as it is.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Skipped {
    /// What people call it.
    pub(super) title: String,
    pub(super) why: Why,
}

/// Why. Complete.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Why {
    Ambiguous { table: String, value: String },
    NoRow { table: String, value: String },
    NoTable { table: String },
    NotOne { value: String },
    NotSuch { kind: &'static str, value: String },
    Refused,
}

impl Creatio {
    /// What the brief says about the columns that the configuration allows. What cannot be read is
    /// skipped: no field ever holds up a case.
    ///
    /// # Errors
    /// Only for a table that may be readable when the call is made a second time.
    pub(super) async fn filled(&self, brief: &Brief, attempt: &Attempt) -> Result<Filled, Error> {
        let mut filled = Filled::default();
        for field in &self.config().fields {
            let said = brief.fields.iter().find(|said| said.column == field.spec.column);
            let Some(text) = said.map(|said| clean(said.value.trim())).filter(|t| !t.is_empty())
            else {
                continue;
            };
            let value = match &field.kind {
                FieldKind::Lookup(table) => self.row_called(table, &text, attempt).await?,
                _ => read(field, &text),
            };
            match value {
                Ok(value) => filled.values.push((field.column.clone(), value)),
                Err(why) => {
                    let title = field.spec.title.clone();
                    filled.skipped.push(Skipped { title, why });
                }
            }
        }
        Ok(filled)
    }

    /// What people call the field of this column.
    pub(super) fn title_of(&self, column: &Column) -> String {
        let field = self.config().fields.iter().find(|field| field.column == *column);
        field.map_or_else(|| column.body().into_owned(), |field| field.spec.title.clone())
    }

    async fn row_called(
        &self,
        table: &Entity,
        label: &str,
        attempt: &Attempt,
    ) -> Result<Result<Value, Why>, Error> {
        let found = match self.0.lookups.label(self.client(), table, label).await {
            Ok(found) => found,
            Err(error) => {
                let passes = matches!(error.retry(), Retry::Later { .. } | Retry::Unsure);
                if passes && attempt.number <= 1 {
                    return Err(error);
                }
                tracing::warn!(%error, table = table.name(), "a field's table cannot be read");
                return Ok(Err(Why::NoTable { table: table.name().to_owned() }));
            }
        };
        let (table, value) = (table.name().to_owned(), shown(label));
        Ok(match found {
            Label::Row(id) => Ok(Value::Id(id)),
            Label::Several => Err(Why::Ambiguous { table, value }),
            Label::Unknown => Err(Why::NoRow { table, value }),
        })
    }
}

/// A value as its column takes it; never a guess.
fn read(field: &Field, text: &str) -> Result<Value, Why> {
    let not = |kind| Why::NotSuch { kind, value: shown(text) };
    match field.kind {
        FieldKind::Boolean => boolean(text).map(Value::Flag).ok_or_else(|| not("yes or no")),
        FieldKind::Date => date(text).map(Value::Time).ok_or_else(|| not("date")),
        FieldKind::Number => number(text).ok_or_else(|| not("number")),
        FieldKind::OneOf => {
            let is_it = |option: &&String| option.trim().to_lowercase() == text.to_lowercase();
            let option = field.spec.options.iter().find(is_it);
            option
                .map(|option| Value::Text(option.trim().to_owned()))
                .ok_or_else(|| Why::NotOne { value: shown(text) })
        }
        FieldKind::Lookup(_) | FieldKind::Text => {
            Ok(Value::Text(shorten(text, MOST_UNITS).into_owned()))
        }
    }
}

fn boolean(text: &str) -> Option<bool> {
    match text.to_lowercase().as_str() {
        "1" | "true" | "yes" => Some(true),
        "0" | "false" | "no" => Some(false),
        _ => None,
    }
}

/// A day, or a moment with its zone. A day is its midnight, as Creatio itself sends it.
fn date(text: &str) -> Option<DateTime<Utc>> {
    if let Ok(day) = text.parse::<NaiveDate>() {
        return Some(day.and_time(NaiveTime::MIN).and_utc());
    }
    Some(DateTime::parse_from_rfc3339(text).ok()?.to_utc())
}

/// Digits with a point: a comma means thousands to some and tenths to others.
fn number(text: &str) -> Option<Value> {
    let digits: String = text.chars().filter(|c| !matches!(c, ' ' | '_' | '\u{a0}')).collect();
    let is_plain = |byte: u8| byte.is_ascii_digit() || matches!(byte, b'.' | b'-' | b'+');
    if !digits.bytes().all(is_plain) {
        return None;
    }
    if let Ok(whole) = digits.parse::<i64>() {
        return Some(Value::Number(whole));
    }
    digits.parse::<f64>().ok().filter(|number| number.is_finite()).map(Value::Decimal)
}

/// As much of a value as a note shows.
fn shown(value: &str) -> String {
    shorten(value, SHOWN).into_owned()
}

/// The most UTF-16 units of a text: the longest of the bounded text columns.
const MOST_UNITS: usize = 500;
const SHOWN: usize = 80;

#[cfg(test)]
mod tests;
