use handover_core::desk::{Amendment, Case, CaseStatus, Handoff};
use handover_core::error::{Error, ErrorKind};
use handover_core::message::Brief;

use super::standing::{Standing, is_as_left};
use super::texts;
use crate::column::{Column, Value, Values};
use crate::config::DeskConfig;
use crate::creatio::Creatio;
use crate::encode::{clean, shorten};
use crate::entities::{self, case};
use crate::parse::guid;

/// What is to stand on a case, by column.
pub(super) struct Change {
    /// What must not be lost.
    own: Vec<(Column, Value)>,
    /// What the assistant filled in. One bad value must not hold up the rest.
    fields: Vec<(Column, Value)>,
}

/// What of a change is to be written.
struct Plan {
    values: Values,
    fields: Values,
    /// The columns that stand as we want them once this is written.
    settled: Vec<Column>,
    settled_fields: Vec<Column>,
}

impl Change {
    pub(super) fn amendment(amendment: &Amendment, config: &DeskConfig) -> Self {
        let mut own = Vec::new();
        if let Some(contact) = amendment.contact.as_deref().and_then(guid) {
            own.push((case::CONTACT, Value::Id(contact)));
        }
        let brief = amendment.brief.as_ref();
        if let Some(summary) = brief.and_then(|brief| brief.summary.as_deref()) {
            let description = texts::description(&amendment.about, Some(summary));
            own.push((case::SYMPTOMS, Value::Text(description)));
        }
        Self { own, fields: brief.map(|brief| fields(brief, config)).unwrap_or_default() }
    }

    pub(super) fn handoff(handoff: &Handoff, config: &DeskConfig) -> Self {
        let description = texts::description(&handoff.about, handoff.brief.summary.as_deref());
        let mut own = vec![(case::SYMPTOMS, Value::Text(description))];
        own.extend(config.owner.map(|owner| (case::OWNER, Value::Id(owner))));
        own.extend(config.group.map(|group| (case::GROUP, Value::Id(group))));
        Self { own, fields: fields(&handoff.brief, config) }
    }

    fn plan(self, case: &Case, standing: &Standing) -> Plan {
        let (values, settled) = sift(self.own, case, standing);
        let (fields, settled_fields) = sift(self.fields, case, standing);
        Plan { values, fields, settled, settled_fields }
    }
}

impl Creatio {
    /// Brings a change onto a case: reads it, writes in one call what is ours to write, reads it back.
    pub(super) async fn change_case(&self, case: &Case, change: Change) -> Result<Case, Error> {
        self.client().ensure_columns(&entities::CASE, &self.case_columns()).await?;
        let standing = self.standing(case).await?;
        if standing.status == CaseStatus::Final {
            return Err(closed());
        }
        let Plan { values, fields, mut settled, settled_fields } = change.plan(case, &standing);
        if values.is_empty() && fields.is_empty() {
            settled.extend(settled_fields);
            return Ok(self.remember(&standing, Some(case), &settled));
        }
        let id = standing.id;
        let all = values.clone().merge(fields.clone());
        match self.client().update(&entities::CASE, id, &all).await {
            Ok(()) => settled.extend(settled_fields),
            // A value that its column does not take: the rest must stand all the same.
            Err(error) if error.kind() == ErrorKind::Invalid && !fields.is_empty() => {
                self.client().update(&entities::CASE, id, &values).await?;
            }
            Err(error) if error.kind() == ErrorKind::NotFound => return Err(gone()),
            Err(error) => return Err(error),
        }
        let standing = self.standing(case).await?;
        Ok(self.remember(&standing, Some(case), &settled))
    }
}

/// The fields that the configuration allows and the brief fills.
fn fields(brief: &Brief, config: &DeskConfig) -> Vec<(Column, Value)> {
    let allowed = |name: &str| config.fields.iter().any(|spec| spec.column.as_ref() == name);
    brief
        .fields
        .iter()
        .filter(|field| allowed(&field.column))
        .filter_map(|field| {
            let text = clean(field.value.trim());
            let column = Column::named(&field.column).ok()?;
            let value = Value::Text(shorten(&text, FIELD).into_owned());
            (!text.is_empty()).then_some((column, value))
        })
        .collect()
}

/// What of `wanted` is to be written, and which columns are then as we want them.
fn sift(wanted: Vec<(Column, Value)>, case: &Case, standing: &Standing) -> (Values, Vec<Column>) {
    let (mut values, mut settled) = (Values::new(), Vec::new());
    for (column, value) in wanted {
        let stands = standing.row.spelling(&column);
        let is_there = match &value {
            Value::Text(text) => text.trim() == stands.trim().replace("\r\n", "\n"),
            Value::Id(id) => id.to_string() == stands,
            _ => false,
        };
        if is_there {
            settled.push(column);
        } else if is_as_left(case, &standing.row, &column) {
            values = values.set(column.clone(), value);
            settled.push(column);
        }
    }
    (values, settled)
}

fn closed() -> Error {
    Error::never(ErrorKind::Closed, "the case is closed")
}

fn gone() -> Error {
    Error::never(ErrorKind::NotFound, "the case does not exist any more").with_code("no-such-case")
}

/// The most UTF-16 units of a field's value: the longest of the bounded text columns.
const FIELD: usize = 500;
