use std::fmt;

use chrono::{DateTime, NaiveDate, Utc};
use uuid::Uuid;

/// What a column is set to, or compared with.
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub enum Value {
    /// A day, for columns that hold no time of day.
    Date(NaiveDate),
    /// A number with a fraction. It is finite.
    Decimal(f64),
    /// True or false.
    Flag(bool),
    /// The row a lookup points to, or a plain GUID.
    Id(Uuid),
    /// A whole number.
    Number(i64),
    /// Text.
    Text(String),
    /// A moment.
    Time(DateTime<Utc>),
}

impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Date(_) => "Date",
            Self::Decimal(_) => "Decimal",
            Self::Flag(_) => "Flag",
            Self::Id(_) => "Id",
            Self::Number(_) => "Number",
            Self::Text(_) => "Text",
            Self::Time(_) => "Time",
        })
    }
}

impl From<NaiveDate> for Value {
    fn from(day: NaiveDate) -> Self {
        Self::Date(day)
    }
}

impl From<f64> for Value {
    fn from(number: f64) -> Self {
        Self::Decimal(number)
    }
}

impl From<bool> for Value {
    fn from(flag: bool) -> Self {
        Self::Flag(flag)
    }
}

impl From<Uuid> for Value {
    fn from(id: Uuid) -> Self {
        Self::Id(id)
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Number(number)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<DateTime<Utc>> for Value {
    fn from(at: DateTime<Utc>) -> Self {
        Self::Time(at)
    }
}
