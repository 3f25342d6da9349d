//! The schema guard: what is written must exist.

use std::collections::{BTreeSet, HashSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use handover_core::error::{Error, ErrorKind};
use http::Method;

use crate::client::Client;
use crate::column::{Column, Entity};
use crate::problem::{Problem, unknown_column};

/// The columns that are known to exist.
#[derive(Debug, Default)]
pub(crate) struct Known(Mutex<HashSet<(String, String)>>);

impl Client {
    /// Makes sure that these columns exist, asking once for each that is not known yet.
    ///
    /// Source: a `PATCH` with an unknown property answers 204 and writes nothing, while `$select` of
    /// the same name is refused.
    ///
    /// # Errors
    /// [`ErrorKind::Config`], its code the first column that does not exist.
    ///
    /// # Cancel safety
    /// No effect.
    pub async fn ensure_columns<'a>(
        &self,
        entity: &Entity,
        columns: impl IntoIterator<Item = &'a Column>,
    ) -> Result<(), Error> {
        let new = self.known().missing(entity, columns);
        if new.is_empty() {
            return Ok(());
        }
        let path = format!("{}?$select={}&$top=1", entity.name(), new.join(","));
        let answer = self.call(Method::GET, &path, None).await?;
        match answer.problem() {
            None => {
                self.known().add(entity, new);
                Ok(())
            }
            Some(Problem::UnknownColumn) => {
                let error = self.error(&answer, Problem::UnknownColumn);
                Err(match unknown_column(&answer.body, &new) {
                    Some(name) => error.with_code(name),
                    None => error,
                })
            }
            Some(Problem::NotFound) => Err(self.error(&answer, Problem::NotExposed)),
            Some(problem) => Err(self.error(&answer, problem)),
        }
    }

    /// Which of these columns do not exist.
    ///
    /// # Errors
    /// Any [`Error`] of a read.
    pub(crate) async fn unknown_columns(
        &self,
        entity: &Entity,
        columns: &[Column],
    ) -> Result<Vec<String>, Error> {
        let mut left: Vec<&Column> = columns.iter().collect();
        let mut unknown = Vec::new();
        // The server names one at a time, so each round takes one away.
        while !left.is_empty() {
            match self.ensure_columns(entity, left.iter().copied()).await {
                Ok(()) => break,
                Err(error) if error.kind() == ErrorKind::Config => {
                    let before = left.len();
                    left.retain(|column| error.code() != Some(column.body().as_ref()));
                    if left.len() == before {
                        return Err(error);
                    }
                    unknown.extend(error.code().map(str::to_owned));
                }
                Err(error) => return Err(error),
            }
        }
        Ok(unknown)
    }
}

impl Known {
    fn missing<'a>(
        &self,
        entity: &Entity,
        columns: impl IntoIterator<Item = &'a Column>,
    ) -> Vec<String> {
        let known = self.set();
        let names: BTreeSet<String> =
            columns.into_iter().map(|column| column.body().into_owned()).collect();
        let is_new = |name: &String| !known.contains(&(entity.name().to_owned(), name.clone()));
        names.into_iter().filter(is_new).collect()
    }

    fn add(&self, entity: &Entity, names: Vec<String>) {
        let names = names.into_iter().map(|name| (entity.name().to_owned(), name));
        self.set().extend(names);
    }

    fn set(&self) -> MutexGuard<'_, HashSet<(String, String)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
