//! Many rows, a page at a time.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use handover_core::error::{Error, ErrorKind};
use uuid::Uuid;

use crate::client::{Client, ID};
use crate::column::Column;
use crate::filter::Filter;
use crate::parse::Row;
use crate::query::Query;

/// All rows of a query in the order of a time column, a page at a time.
///
/// The next page is asked for by the last time that was seen, not by counting rows, which gets slow
/// and skips rows while others change. Source: `$skip` is slow on large tables, and answers hold no
/// link to a next page.
#[derive(Debug)]
pub struct Pages {
    client: Client,
    query: Query,
    by: Column,
    at: Option<DateTime<Utc>>,
    /// The rows of that very moment which were told already.
    told: HashSet<Uuid>,
    skip: usize,
    done: bool,
}

impl Client {
    /// The rows of `query` in the order of `by`, a time column that every row has. The query selects
    /// `Id` and `by`, orders by nothing, and its [`Query::top`] is the length of a page.
    pub fn pages(&self, query: Query, by: Column) -> Pages {
        Pages {
            client: self.clone(),
            query,
            by,
            at: None,
            told: HashSet::new(),
            skip: 0,
            done: false,
        }
    }
}

impl Pages {
    /// The next page, or `None` at the end.
    ///
    /// # Errors
    /// Any [`Error`] of a read, after which the same page may be asked for again;
    /// [`ErrorKind::Invalid`] if a row lacks `Id` or the time.
    ///
    /// # Cancel safety
    /// Nothing is lost: the same page is asked for again.
    pub async fn next(&mut self) -> Result<Option<Vec<Row>>, Error> {
        while !self.done {
            let mut query =
                self.query.clone().order_by(self.by.clone()).order_by(ID).skip(self.skip);
            if let Some(at) = self.at {
                query = query.filter(Filter::ge(&self.by, at));
            }
            let rows = self.client.query(&query).await?;
            let keys: Option<Vec<(Uuid, DateTime<Utc>)>> =
                rows.iter().map(|row| Some((row.id(&ID)?, row.time(&self.by)?))).collect();
            let keys = keys.ok_or_else(|| {
                let message = "a query that is paged selects Id and the column it is ordered by";
                Error::never(ErrorKind::Invalid, message)
            })?;
            let fresh = rows
                .into_iter()
                .zip(&keys)
                .filter(|(_, (id, _))| !self.told.contains(id))
                .map(|(row, _)| row)
                .collect::<Vec<_>>();
            self.advance(&keys);
            if !fresh.is_empty() {
                return Ok(Some(fresh));
            }
        }
        Ok(None)
    }

    fn advance(&mut self, keys: &[(Uuid, DateTime<Utc>)]) {
        self.done = keys.len() < self.query.page_size().max(1);
        let Some((_, last)) = keys.last() else { return };
        if self.at == Some(*last) {
            self.skip += keys.len();
        } else {
            (self.at, self.skip) = (Some(*last), 0);
            self.told.clear();
        }
        self.told.extend(keys.iter().filter(|(_, at)| at == last).map(|(id, _)| *id));
    }
}

#[cfg(test)]
mod tests;
