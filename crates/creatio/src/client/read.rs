//! Reads.

use handover_core::error::{Error, ErrorKind};
use uuid::Uuid;

use super::call::Call;
use super::{Client, ID};
use crate::column::{Column, Entity};
use crate::filter::Filter;
use crate::parse::{Answered, Row};
use crate::problem::{Answer, Problem};
use crate::query::{Query, select};

impl Client {
    /// The row with this id, or `None`.
    ///
    /// # Errors
    /// Any [`Error`] of a read.
    ///
    /// # Cancel safety
    /// No effect.
    pub async fn get(
        &self,
        entity: &Entity,
        id: Uuid,
        columns: &[Column],
    ) -> Result<Option<Row>, Error> {
        let path = format!("{}({id})?$select={}", entity.name(), select(columns));
        let answer = self.answer(&Call::get(path)).await?;
        match answer.problem() {
            None => match Row::one(&answer.body) {
                Some(row) => Ok(Some(row)),
                None => Err(unreadable(&answer)),
            },
            Some(Problem::NotFound) => Ok(None),
            Some(problem) => Err(self.error(&answer, problem)),
        }
    }

    /// The rows a query names, at most [`Query::top`] of them.
    ///
    /// # Errors
    /// Any [`Error`] of a read; [`ErrorKind::Invalid`] before any call for a query that the server is
    /// known to refuse.
    ///
    /// # Cancel safety
    /// No effect.
    pub async fn query(&self, query: &Query) -> Result<Vec<Row>, Error> {
        let mut rows = Vec::new();
        loop {
            let answered = self.query_once(&query.from(rows.len())).await?;
            let is_last = !answered.more || answered.rows.is_empty();
            rows.extend(answered.rows);
            if is_last || rows.len() >= query.page_size() {
                return Ok(rows);
            }
        }
    }

    /// The rows of `query` whose `column` is one of `ids`, in no order, in as many queries as the
    /// limits of a filter ask for.
    ///
    /// # Errors
    /// Any [`Error`] of a read; [`ErrorKind::Invalid`] if the query leaves no room for a list.
    ///
    /// # Cancel safety
    /// No effect.
    pub async fn query_among(
        &self,
        query: &Query,
        column: &Column,
        ids: &[Uuid],
    ) -> Result<Vec<Row>, Error> {
        let room = query.room_for_ids(column);
        if room == 0 {
            return Err(Error::never(ErrorKind::Invalid, "the filter leaves no room for a list"));
        }
        let mut rows = Vec::new();
        for chunk in ids.chunks(room) {
            let Some(filter) = Filter::any_of(column, chunk) else { continue };
            rows.extend(self.query(&query.clone().filter(filter)).await?);
        }
        Ok(rows)
    }

    /// The rows of `entity` with any of these ids.
    ///
    /// # Errors
    /// Any [`Error`] of a read.
    ///
    /// # Cancel safety
    /// No effect.
    pub async fn rows(
        &self,
        entity: &Entity,
        ids: &[Uuid],
        columns: &[Column],
    ) -> Result<Vec<Row>, Error> {
        let query = Query::new(entity.clone(), columns.iter().cloned());
        self.query_among(&query, &ID, ids).await
    }

    /// How many rows there are for which `filter` holds; all of them without one.
    ///
    /// # Errors
    /// Any [`Error`] of a read.
    ///
    /// # Cancel safety
    /// No effect.
    pub async fn count(&self, entity: &Entity, filter: Option<Filter>) -> Result<u64, Error> {
        let mut query = Query::new(entity.clone(), [ID]).top(0);
        if let Some(filter) = filter {
            query = query.filter(filter);
        }
        self.query_once(&query.counted())
            .await?
            .count
            .ok_or_else(|| Error::later(ErrorKind::Protocol, "Creatio's answer does not count"))
    }

    /// One page of a query, and whether the server kept some of it back.
    pub(crate) async fn query_once(&self, query: &Query) -> Result<Answered, Error> {
        let answer = self.answer(&Call::get(query.path()?)).await?;
        match answer.problem() {
            None => Answered::read(&answer.body).ok_or_else(|| unreadable(&answer)),
            // A collection is never a missing row.
            Some(Problem::NotFound) => Err(self.error(&answer, Problem::NotExposed)),
            Some(problem) => Err(self.error(&answer, problem)),
        }
    }
}

/// An answer of the right status that is not what it should be.
pub(crate) fn unreadable(answer: &Answer) -> Error {
    answer.signed(Error::later(ErrorKind::Protocol, "Creatio's answer cannot be read"))
}
