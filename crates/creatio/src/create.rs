//! Making a row, so that twice is once.

use handover_core::error::{Error, ErrorKind};
use http::Method;
use serde_json::{Map, Value as Json};
use uuid::Uuid;

use crate::client::call::Call;
use crate::client::{Client, ID, unreadable};
use crate::column::{Column, Entity, Values};
use crate::parse::Row;
use crate::problem::Problem;

/// What came of making a row. Complete.
#[derive(Clone, Debug, PartialEq)]
pub enum Creation {
    /// It was there before, or this call made it in spite of what was answered.
    AlreadyThere(Row),
    /// This call made it.
    Created(Row),
}

impl Creation {
    /// The row, at least with the columns that were asked for.
    pub fn into_row(self) -> Row {
        match self {
            Self::AlreadyThere(row) | Self::Created(row) => row,
        }
    }
}

impl Client {
    /// Makes a row under an id of the caller's, and tells `columns` of it.
    ///
    /// Unless it was certainly not begun, the row is looked for by its id before a failure is
    /// reported: a post may fail after the row was written.
    ///
    /// # Errors
    /// [`ErrorKind::Config`] before anything is written if a column does not exist;
    /// [`ErrorKind::Invalid`] if the row is refused.
    ///
    /// # Cancel safety
    /// The row may have been made; the same call finds it.
    ///
    /// # Idempotency
    /// Twice with the same id is one row; its columns are those of the first time.
    pub async fn create(
        &self,
        entity: &Entity,
        id: Uuid,
        values: &Values,
        columns: &[Column],
    ) -> Result<Creation, Error> {
        let body = Json::from(with_id(id, values)?).to_string();
        self.ensure_columns(entity, values.columns()).await?;
        let call = Call::json(Method::POST, entity.name().to_owned(), body);
        let failure = match self.answer(&call).await {
            Ok(answer) => match answer.problem() {
                None => match Row::one(&answer.body).filter(|row| row.id(&ID) == Some(id)) {
                    Some(row) => return Ok(Creation::Created(row)),
                    None => unreadable(&answer),
                },
                Some(problem) if is_before_the_row(problem) => {
                    return Err(self.error(&answer, problem));
                }
                Some(problem) => self.error(&answer, problem),
            },
            Err(error) if !matches!(error.kind(), ErrorKind::Network | ErrorKind::Protocol) => {
                return Err(error);
            }
            Err(error) => error,
        };
        match self.get(entity, id, columns).await {
            Ok(Some(row)) => Ok(Creation::AlreadyThere(row)),
            Ok(None) | Err(_) => Err(failure),
        }
    }
}

/// The body of a row that is made under an id of ours.
pub(crate) fn with_id(id: Uuid, values: &Values) -> Result<Map<String, Json>, Error> {
    values.clone().set(ID, id).body()
}

/// Whether the answer came from in front of the application, so that looking for the row would only
/// be turned away too.
fn is_before_the_row(problem: Problem) -> bool {
    matches!(
        problem,
        Problem::Busy
            | Problem::Firewall
            | Problem::Forbidden
            | Problem::NotExposed
            | Problem::Quota
    )
}
