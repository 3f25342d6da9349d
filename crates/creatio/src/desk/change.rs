use handover_core::channel::Attempt;
use handover_core::desk::{Amendment, Case, CaseStatus, Handoff};
use handover_core::error::{Error, ErrorKind, Retry};
use handover_core::id::Key;
use handover_core::message::Brief;
use uuid::Uuid;

use super::fields::{Filled, Skipped, Why};
use super::standing::{Standing, is_as_left, stands_as};
use super::texts;
use crate::column::{Column, Value, Values};
use crate::config::DeskConfig;
use crate::creatio::Creatio;
use crate::entities::{self, activity, base, case};
use crate::ids;
use crate::parse::guid;

/// What is to stand on a case.
pub(super) struct Change<'a> {
    key: Key,
    /// What must not be lost.
    own: Vec<(Column, Value)>,
    /// What the assistant filled in. One bad value must not hold up the rest.
    brief: Option<&'a Brief>,
}

/// What of a list of values is to be written.
struct Plan {
    values: Vec<(Column, Value)>,
    /// The columns that stand as we want them once this is written.
    settled: Vec<Column>,
}

impl<'a> Change<'a> {
    pub(super) fn amendment(amendment: &'a Amendment) -> Self {
        let mut own = Vec::new();
        if let Some(contact) = amendment.contact.as_deref().and_then(guid) {
            own.push((case::CONTACT, Value::Id(contact)));
        }
        let brief = amendment.brief.as_ref();
        if let Some(summary) = brief.and_then(|brief| brief.summary.as_deref()) {
            let description = texts::description(&amendment.about, Some(summary));
            own.push((case::SYMPTOMS, Value::Text(description)));
        }
        Self { key: amendment.key, own, brief }
    }

    pub(super) fn handoff(handoff: &'a Handoff, config: &DeskConfig) -> Self {
        let description = texts::description(&handoff.about, handoff.brief.summary.as_deref());
        let mut own = vec![(case::SYMPTOMS, Value::Text(description))];
        own.extend(config.owner.map(|owner| (case::OWNER, Value::Id(owner))));
        own.extend(config.group.map(|group| (case::GROUP, Value::Id(group))));
        Self { key: handoff.key, own, brief: Some(&handoff.brief) }
    }
}

impl Creatio {
    /// Brings a change onto a case: reads it, writes in one call what is ours to write, and reads it
    /// back where the server may spell it otherwise. What could not be filled is told on the case.
    pub(super) async fn change_case(
        &self,
        case: &Case,
        change: Change<'_>,
        attempt: &Attempt,
    ) -> Result<Case, Error> {
        self.client().ensure_columns(&entities::CASE, &self.case_columns()).await?;
        let standing = self.standing(case).await?;
        if standing.status == CaseStatus::Final {
            return Err(closed());
        }
        let Filled { values: filled, mut skipped } = match change.brief {
            Some(brief) => self.filled(brief, attempt).await?,
            None => Filled::default(),
        };
        let own = sift(change.own, case, &standing);
        let fields = sift(filled, case, &standing);
        let mut settled = own.settled;
        let standing = if own.values.is_empty() && fields.values.is_empty() {
            settled.extend(fields.settled);
            standing
        } else {
            let written = own.values.iter().chain(&fields.values);
            let is_exact = written.clone().all(|(_, value)| reads_as_written(value));
            let written = values(written);
            let refused = self.write(standing.id, own.values, fields.values).await?;
            settled.extend(fields.settled.into_iter().filter(|column| !refused.contains(column)));
            skipped.extend(
                refused
                    .iter()
                    .map(|column| Skipped { title: self.title_of(column), why: Why::Refused }),
            );
            match is_exact && refused.is_empty() {
                true => standing.with(&written)?,
                false => self.standing(case).await?,
            }
        };
        if !skipped.is_empty() {
            self.tell(standing.id, change.key, &skipped).await?;
        }
        Ok(self.remember(&standing, Some(case), &settled))
    }

    /// Writes in one call; tells the fields that Creatio refused. A value that its column does not
    /// take costs only itself.
    async fn write(
        &self,
        id: Uuid,
        own: Vec<(Column, Value)>,
        fields: Vec<(Column, Value)>,
    ) -> Result<Vec<Column>, Error> {
        let all = values(&own).merge(values(&fields));
        match self.update_case(id, &all).await {
            Err(error) if error.kind() == ErrorKind::Invalid && !fields.is_empty() => {}
            done => return done.map(|()| Vec::new()),
        }
        self.update_case(id, &values(&own)).await?;
        let mut refused = Vec::new();
        for field in &fields {
            match self.update_case(id, &values([field])).await {
                Err(error) if error.kind() == ErrorKind::Invalid => refused.push(field.0.clone()),
                done => done?,
            }
        }
        Ok(refused)
    }

    async fn update_case(&self, id: Uuid, values: &Values) -> Result<(), Error> {
        match self.client().update(&entities::CASE, id, values).await {
            Err(error) if error.kind() == ErrorKind::NotFound => Err(gone()),
            done => done,
        }
    }

    /// A note on the case, under the id of the change: it is made once, and known to be ours.
    async fn tell(&self, case: Uuid, key: Key, skipped: &[Skipped]) -> Result<(), Error> {
        let now = self.client().now();
        let values = Values::new()
            .set(activity::TYPE, ids::TASK)
            .set(activity::CATEGORY, ids::TO_DO)
            .set(activity::STATUS, ids::COMPLETED)
            .set(activity::TITLE, "Handover note: fields that could not be filled")
            .set(activity::NOTES, texts::not_filled(skipped))
            .set(activity::START_DATE, now)
            .set(activity::DUE_DATE, now)
            .set(activity::GLOBAL_ID, key.to_string())
            .set(activity::CASE, case)
            .set_some(activity::OWNER, self.own_contact());
        match self.client().create(&entities::ACTIVITY, key.uuid(), &values, &[base::ID]).await {
            Err(error) if error.retry() == Retry::Never => {
                tracing::warn!(%error, "a note could not be written");
                Ok(())
            }
            done => done.map(drop),
        }
    }
}

/// What of `wanted` is to be written, and which columns are then as we want them.
fn sift(wanted: Vec<(Column, Value)>, case: &Case, standing: &Standing) -> Plan {
    let mut plan = Plan { values: Vec::new(), settled: Vec::new() };
    for (column, value) in wanted {
        // The platform takes the owner away when a customer's e-mail reopens a case.
        let nobody_has_it = column == case::OWNER && standing.row.id(&column).is_none();
        if stands_as(&standing.row, &column, &value) {
            plan.settled.push(column);
        } else if nobody_has_it || is_as_left(case, &standing.row, &column) {
            plan.settled.push(column.clone());
            plan.values.push((column, value));
        }
    }
    plan
}

/// Whether the server tells a value as it was written. Times and numbers it may spell otherwise,
/// and what stands otherwise than we left it would be taken for a person's.
fn reads_as_written(value: &Value) -> bool {
    matches!(value, Value::Flag(_) | Value::Id(_) | Value::Text(_))
}

fn values<'a>(columns: impl IntoIterator<Item = &'a (Column, Value)>) -> Values {
    let columns = columns.into_iter();
    columns.fold(Values::new(), |all, (column, value)| all.set(column.clone(), value.clone()))
}

fn closed() -> Error {
    Error::never(ErrorKind::Closed, "the case is closed")
}

fn gone() -> Error {
    Error::never(ErrorKind::NotFound, "the case does not exist any more").with_code("no-such-case")
}
