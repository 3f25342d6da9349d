use std::fmt;

use handover_core::error::Error;

use super::{Column, NO_LOOKUP};

/// A way from a row to a value: a column of its own, or one of a row that it points to. It is what
/// filters and orders name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Path {
    text: String,
    /// What its end is.
    lookup: bool,
    hops: usize,
}

impl Path {
    /// One step on, through the lookup at its end.
    ///
    /// # Errors
    /// [`ErrorKind::Invalid`](handover_core::error::ErrorKind::Invalid) if its end is no lookup.
    pub fn to(self, next: &Column) -> Result<Self, Error> {
        if !self.lookup {
            return Err(NO_LOOKUP.into());
        }
        let text = format!("{}/{}", self.text, next.name);
        Ok(Self { text, lookup: next.lookup, hops: self.hops + 1 })
    }

    /// Its end is the id of a row.
    pub(crate) fn is_lookup(&self) -> bool {
        self.lookup
    }

    /// What a parser counts for it, rather too many than too few.
    pub(crate) fn nodes(&self) -> usize {
        2 + self.hops + usize::from(self.lookup)
    }
}

impl From<&Column> for Path {
    fn from(column: &Column) -> Self {
        Self { text: column.name.to_string(), lookup: column.lookup, hops: 0 }
    }
}

impl From<Column> for Path {
    fn from(column: Column) -> Self {
        Self::from(&column)
    }
}

impl From<&Self> for Path {
    fn from(path: &Self) -> Self {
        path.clone()
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)?;
        if self.lookup { f.write_str("/Id") } else { Ok(()) }
    }
}
