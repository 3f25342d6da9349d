//! Columns, and what is written to them.

mod path;
mod value;

use std::borrow::Cow;

use handover_core::error::{Error, ErrorKind};
use serde_json::{Map, Number, Value as Json};

use crate::encode;

pub use path::Path;
pub use value::Value;

/// An entity set.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Entity(Cow<'static, str>);

/// A column of an entity. It knows how it is spelt in each place, so a wrong spelling cannot be
/// written: a lookup `Case` is `CaseId` in a body and in `$select`, and `Case/Id` in `$filter` and
/// `$orderby`.
///
/// Source: `CaseId` in a filter is a 500, and `Case/Id` in a body is passed over in silence.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Column {
    name: Cow<'static, str>,
    lookup: bool,
}

/// Columns to write: each is set, cleared, or absent and so left alone.
#[derive(Clone, Default)]
pub struct Values {
    columns: Vec<(Column, Option<Value>)>,
}

impl Entity {
    /// An entity set by its schema's name, in its exact case.
    pub const fn stock(name: &'static str) -> Self {
        Self(Cow::Borrowed(name))
    }

    /// An entity set whose name is not known when compiling.
    ///
    /// # Errors
    /// [`ErrorKind::Config`] if `name` is not an identifier.
    pub fn named(name: &str) -> Result<Self, Error> {
        identifier(name)?;
        Ok(Self(Cow::Owned(name.to_owned())))
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.0
    }
}

impl Column {
    /// A column that holds a value itself.
    pub const fn plain(name: &'static str) -> Self {
        Self { name: Cow::Borrowed(name), lookup: false }
    }

    /// A lookup, by the schema's name: `Case`, not `CaseId`.
    pub const fn lookup(name: &'static str) -> Self {
        Self { name: Cow::Borrowed(name), lookup: true }
    }

    /// A column that holds a value itself, whose name is not known when compiling.
    ///
    /// # Errors
    /// [`ErrorKind::Config`] if `name` is not an identifier.
    pub fn named(name: &str) -> Result<Self, Error> {
        identifier(name)?;
        Ok(Self { name: Cow::Owned(name.to_owned()), lookup: false })
    }

    /// A lookup whose name is not known when compiling: `UsrRegion`, not `UsrRegionId`.
    ///
    /// # Errors
    /// [`ErrorKind::Config`] if `name` is not an identifier.
    pub fn named_lookup(name: &str) -> Result<Self, Error> {
        Ok(Self { lookup: true, ..Self::named(name)? })
    }

    /// A column of the row that this lookup points to: `Owner/Name`, to filter and to order by.
    ///
    /// # Errors
    /// [`ErrorKind::Invalid`] if this is no lookup.
    pub fn to(&self, next: &Self) -> Result<Path, Error> {
        Path::from(self).to(next)
    }

    /// As bodies, rows and `$select` spell it.
    pub fn body(&self) -> Cow<'_, str> {
        if self.lookup {
            return Cow::Owned(format!("{}Id", self.name));
        }
        Cow::Borrowed(&self.name)
    }

    /// As `$filter` and `$orderby` spell it.
    pub fn path(&self) -> Cow<'_, str> {
        if self.lookup {
            return Cow::Owned(format!("{}/Id", self.name));
        }
        Cow::Borrowed(&self.name)
    }

    /// As DataService and `$expand` spell it: by the schema's name, for a lookup as well.
    pub fn schema_name(&self) -> &str {
        &self.name
    }

    /// Whether it points to a row.
    pub fn is_lookup(&self) -> bool {
        self.lookup
    }
}

impl Values {
    /// Nothing to write.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets a column. Of a text, characters that no database takes are left out: U+0000, U+FFFE and
    /// U+FFFF.
    #[must_use]
    pub fn set(mut self, column: Column, value: impl Into<Value>) -> Self {
        self.columns.push((column, Some(value.into())));
        self
    }

    /// Sets a column if there is a value; otherwise it is left alone.
    #[must_use]
    pub fn set_some(self, column: Column, value: Option<impl Into<Value>>) -> Self {
        match value {
            Some(value) => self.set(column, value),
            None => self,
        }
    }

    /// Clears a column.
    ///
    /// Source: `null` clears a lookup; the empty GUID is dropped with success.
    #[must_use]
    pub fn clear(mut self, column: Column) -> Self {
        self.columns.push((column, None));
        self
    }

    /// These columns and those of `other`.
    #[must_use]
    pub(crate) fn merge(mut self, other: Self) -> Self {
        self.columns.extend(other.columns);
        self
    }

    /// Whether there is nothing to write.
    pub fn is_empty(&self) -> bool {
        self.columns.is_empty()
    }

    /// The columns that are written.
    pub fn columns(&self) -> impl Iterator<Item = &Column> {
        self.columns.iter().map(|(column, _)| column)
    }

    /// The body.
    ///
    /// # Errors
    /// [`ErrorKind::Invalid`] for what Creatio would drop or misread: the empty GUID, a lookup that
    /// is set to anything but an id.
    pub(crate) fn body(&self) -> Result<Map<String, Json>, Error> {
        let mut body = Map::new();
        for (column, value) in &self.columns {
            let json = match value {
                None => Json::Null,
                Some(Value::Id(id)) if id.is_nil() => return Err(EMPTY_ID.into()),
                Some(Value::Id(id)) => Json::from(id.to_string()),
                Some(_) if column.lookup => return Err(NOT_AN_ID.into()),
                Some(Value::Date(day)) => Json::from(encode::day(*day)),
                Some(Value::Decimal(number)) => {
                    Number::from_f64(*number).map(Json::from).ok_or(NOT_FINITE)?
                }
                Some(Value::Flag(flag)) => Json::from(*flag),
                Some(Value::Number(number)) => Json::from(*number),
                Some(Value::Text(text)) => Json::from(encode::storable(text)),
                Some(Value::Time(at)) => Json::from(encode::time(*at)),
            };
            body.insert(column.body().into_owned(), json);
        }
        Ok(body)
    }
}

impl std::fmt::Debug for Values {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.columns().map(Column::body)).finish()
    }
}

struct Refused(&'static str, &'static str);

impl From<Refused> for Error {
    fn from(refused: Refused) -> Self {
        Self::never(ErrorKind::Invalid, refused.1).with_code(refused.0)
    }
}

const EMPTY_ID: Refused =
    Refused("empty-id", "the empty GUID is no value: clear the column instead");
const NOT_FINITE: Refused = Refused("not-finite", "a number that is written is finite");
const NO_LOOKUP: Refused = Refused("no-lookup", "only a lookup leads to another row");
const NOT_AN_ID: Refused = Refused("not-an-id", "a lookup is set to the id of a row");

fn identifier(name: &str) -> Result<(), Error> {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b == b'_';
    let starts = name.bytes().next().is_some_and(|b| b.is_ascii_alphabetic());
    if starts && name.len() <= 128 && name.bytes().all(plain) {
        return Ok(());
    }
    let fix = "a column or entity has the name its schema has: letters, digits and '_'";
    Err(Error::never(ErrorKind::Config, fix).with_code(name))
}

#[cfg(test)]
mod tests;
