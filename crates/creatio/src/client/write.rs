//! Changes of rows that exist.

use handover_core::error::{Error, ErrorKind};
use http::Method;
use uuid::Uuid;

use super::Client;
use super::call::Call;
use crate::column::{Entity, Values};
use crate::problem::Problem;

impl Client {
    /// Writes columns of a row that exists.
    ///
    /// # Errors
    /// [`ErrorKind::Config`] before anything is written if a column does not exist, because Creatio
    /// would drop it with success; [`ErrorKind::NotFound`] if the row does not.
    ///
    /// # Cancel safety
    /// The columns may have been written.
    ///
    /// # Idempotency
    /// Writing the same values again has no further effect.
    pub async fn update(&self, entity: &Entity, id: Uuid, values: &Values) -> Result<(), Error> {
        if values.is_empty() {
            return Ok(());
        }
        let path = format!("{}({})", entity.name(), known(id)?);
        let body = serde_json::Value::from(values.body()?).to_string();
        self.ensure_columns(entity, values.columns()).await?;
        let answer = self.answer(&Call::json(Method::PATCH, path, body)).await?;
        match answer.problem() {
            None => Ok(()),
            Some(problem) => Err(self.error(&answer, problem)),
        }
    }

    /// Removes a row; `false` if there was none.
    ///
    /// # Errors
    /// [`ErrorKind::Forbidden`] without the right to delete; [`ErrorKind::Invalid`] with the code
    /// `foreign-key` if other rows point to it.
    ///
    /// # Cancel safety
    /// The row may have been removed.
    ///
    /// # Idempotency
    /// A second time finds none.
    pub async fn delete(&self, entity: &Entity, id: Uuid) -> Result<bool, Error> {
        let path = format!("{}({})", entity.name(), known(id)?);
        let answer = self.answer(&Call::new(Method::DELETE, path)).await?;
        match answer.problem() {
            None => Ok(true),
            Some(Problem::NotFound) => Ok(false),
            Some(problem) => Err(self.error(&answer, problem)),
        }
    }
}

fn known(id: Uuid) -> Result<Uuid, Error> {
    if id.is_nil() {
        let message = "the empty GUID is no row";
        return Err(Error::never(ErrorKind::Invalid, message).with_code("empty-id"));
    }
    Ok(id)
}
