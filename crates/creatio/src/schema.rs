//! The schema guard: what is written must exist.

mod metadata;
mod nearest;

use std::collections::{BTreeSet, HashMap};
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, Duration, Utc};
use handover_core::error::Error;
use http::header::ACCEPT;

use crate::client::Client;
use crate::client::call::Call;
use crate::column::{Column, Entity};
use crate::problem::{Answer, Problem, unknown_column};

/// The columns that are known to exist, and since when that is known.
#[derive(Debug, Default)]
pub(crate) struct Known(Mutex<HashMap<(String, String), DateTime<Utc>>>);

/// Columns that an entity does not have: the source of the [`Error`] that says so.
///
/// ```
/// # fn explain(error: &handover_core::error::Error) {
/// use handover_creatio::UnknownColumns;
///
/// if let Some(unknown) = UnknownColumns::of(error) {
///     eprintln!("{unknown}"); // Case has no UsrOrdrNumber (UsrOrderNumber?)
/// }
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownColumns {
    entity: String,
    columns: Vec<UnknownColumn>,
}

/// A column that does not exist.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct UnknownColumn {
    /// As it was to be written.
    pub name: String,
    /// One that does exist and is spelt much like it.
    pub nearest: Option<String>,
}

impl Client {
    /// Makes sure that these columns exist, asking once an hour for all of an entity that are not
    /// known to.
    ///
    /// Source: a `PATCH` with an unknown property answers 204 and writes nothing, while `$select` of
    /// the same name is refused. The refusal names one column; `$metadata`, which takes seconds, is
    /// read only to name them all.
    ///
    /// # Errors
    /// [`ErrorKind::Config`](handover_core::error::ErrorKind::Config), its code the first column that does not exist, its source
    /// [`UnknownColumns`] with all of them.
    ///
    /// # Cancel safety
    /// No effect.
    pub async fn ensure_columns<'a>(
        &self,
        entity: &Entity,
        columns: impl IntoIterator<Item = &'a Column>,
    ) -> Result<(), Error> {
        let new = self.known().missing(entity, columns, self.now());
        if new.is_empty() {
            return Ok(());
        }
        let answer = self.select(entity, &new).await?;
        match answer.problem() {
            None => {
                self.known().add(entity, new, self.now());
                Ok(())
            }
            Some(Problem::UnknownColumn) => {
                let columns = self.name_unknown(entity, new, &answer).await?;
                let error = self.error(&answer, Problem::UnknownColumn);
                Err(match columns.first() {
                    Some(first) => {
                        let error = error.with_code(&first.name);
                        let entity = entity.name().to_owned();
                        error.with_source(UnknownColumns { entity, columns })
                    }
                    None => error,
                })
            }
            Some(Problem::NotFound) => Err(self.error(&answer, Problem::NotExposed)),
            Some(problem) => Err(self.error(&answer, problem)),
        }
    }

    /// Which of these columns do not exist, each with what it may be meant for.
    ///
    /// # Errors
    /// Any [`Error`] of a read.
    pub(crate) async fn unknown_columns(
        &self,
        entity: &Entity,
        columns: &[Column],
    ) -> Result<Vec<String>, Error> {
        match self.ensure_columns(entity, columns).await {
            Ok(()) => Ok(Vec::new()),
            Err(error) => match UnknownColumns::of(&error) {
                Some(unknown) => Ok(unknown.columns.iter().map(ToString::to_string).collect()),
                None => Err(error),
            },
        }
    }

    /// All that is wrong among `names`, of which `refusal` names one.
    async fn name_unknown(
        &self,
        entity: &Entity,
        names: Vec<String>,
        refusal: &Answer,
    ) -> Result<Vec<UnknownColumn>, Error> {
        if let Some(exist) = self.properties(entity).await {
            let wrong = names.iter().filter(|name| !exist.contains(*name));
            let wrong: Vec<UnknownColumn> = wrong
                .map(|name| UnknownColumn {
                    name: name.clone(),
                    nearest: nearest::nearest(name, &exist).map(str::to_owned),
                })
                .collect();
            if !wrong.is_empty() {
                return Ok(wrong);
            }
        }
        self.name_by_asking(entity, names, refusal).await
    }

    /// The same where `$metadata` cannot be read: the server names one column at a time.
    async fn name_by_asking(
        &self,
        entity: &Entity,
        mut names: Vec<String>,
        refusal: &Answer,
    ) -> Result<Vec<UnknownColumn>, Error> {
        let mut wrong = Vec::new();
        let mut refusal = refusal.clone();
        while let Some(name) = unknown_column(&refusal.body, &names).map(str::to_owned) {
            names.retain(|other| *other != name);
            wrong.push(UnknownColumn { name, nearest: None });
            if names.is_empty() {
                break;
            }
            refusal = self.select(entity, &names).await?;
        }
        Ok(wrong)
    }

    /// The properties of an entity, if `$metadata` tells.
    async fn properties(&self, entity: &Entity) -> Option<BTreeSet<String>> {
        let call = Call::get("$metadata".to_owned()).header(ACCEPT, "application/xml");
        let answer = self.answer(&call).await.ok()?;
        let xml = std::str::from_utf8(&answer.body).ok().filter(|_| answer.status.is_success())?;
        metadata::properties(xml, entity.name())
    }

    async fn select(&self, entity: &Entity, names: &[String]) -> Result<Answer, Error> {
        let path = format!("{}?$select={}&$top=1", entity.name(), names.join(","));
        self.answer(&Call::get(path)).await
    }
}

impl UnknownColumns {
    /// Out of the error that they caused.
    pub fn of(error: &Error) -> Option<&Self> {
        std::error::Error::source(error)?.downcast_ref()
    }

    /// Which they are.
    pub fn columns(&self) -> &[UnknownColumn] {
        &self.columns
    }
}

impl fmt::Display for UnknownColumns {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} has no ", self.entity)?;
        for (at, column) in self.columns.iter().enumerate() {
            if at > 0 {
                f.write_str(", ")?;
            }
            write!(f, "{column}")?;
        }
        Ok(())
    }
}

impl std::error::Error for UnknownColumns {}

impl fmt::Display for UnknownColumn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)?;
        match &self.nearest {
            Some(nearest) => write!(f, " ({nearest}?)"),
            None => Ok(()),
        }
    }
}

impl Known {
    fn missing<'a>(
        &self,
        entity: &Entity,
        columns: impl IntoIterator<Item = &'a Column>,
        now: DateTime<Utc>,
    ) -> Vec<String> {
        let known = self.map();
        let names: BTreeSet<String> =
            columns.into_iter().map(|column| column.body().into_owned()).collect();
        let is_new = |name: &String| {
            let since = known.get(&(entity.name().to_owned(), name.clone()));
            since.is_none_or(|since| now - *since > KEPT)
        };
        names.into_iter().filter(is_new).collect()
    }

    fn add(&self, entity: &Entity, names: Vec<String>, now: DateTime<Utc>) {
        let names = names.into_iter().map(|name| ((entity.name().to_owned(), name), now));
        self.map().extend(names);
    }

    fn map(&self) -> MutexGuard<'_, HashMap<(String, String), DateTime<Utc>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// For how long a column is taken to exist: people remove them rarely.
const KEPT: Duration = Duration::hours(1);

#[cfg(test)]
mod tests;
