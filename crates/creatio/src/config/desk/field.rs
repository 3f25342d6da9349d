use handover_core::assistant::FieldSpec;

use crate::column::{Column, Entity};
use crate::config::{ConfigError, bad};

/// A column of `Case` that the assistant may fill.
#[derive(Clone, Debug)]
pub(crate) struct Field {
    pub(crate) column: Column,
    pub(crate) kind: FieldKind,
    pub(crate) spec: FieldSpec,
}

/// What a field's value is. Complete.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum FieldKind {
    Boolean,
    Date,
    /// A row of this table, by its name.
    Lookup(Entity),
    Number,
    /// One of the options, as text.
    OneOf,
    Text,
}

impl Field {
    pub(super) fn new(spec: FieldSpec, entity: Option<&str>) -> Result<Self, ConfigError> {
        let kind = kind(&spec, entity)?;
        let column = match kind {
            FieldKind::Lookup(_) => Column::named_lookup(bare(&spec.column)),
            _ => Column::named(&spec.column),
        };
        let column = column
            .map_err(|_| bad("field.column", "it must be a column's name, as UsrOrderNumber"))?;
        if OURS.contains(&column.body().as_ref()) {
            return Err(bad("field.column", "the desk writes this column itself: choose another"));
        }
        Ok(Self { column, kind, spec })
    }
}

fn kind(spec: &FieldSpec, entity: Option<&str>) -> Result<FieldKind, ConfigError> {
    let named = entity.map(Entity::named).transpose();
    let named = named.map_err(|_| bad("field.entity", "it must be a table, as CasePriority"))?;
    let is_choice = matches!(spec.kind.as_ref(), "dropdown" | "lookup");
    if named.is_some() && !is_choice {
        return Err(bad("field.entity", "only a lookup or a dropdown has a table"));
    }
    let table = named.or_else(|| stock_table(&spec.column)).filter(|_| is_choice);
    match spec.kind.as_ref() {
        "boolean" => Ok(FieldKind::Boolean),
        "date" => Ok(FieldKind::Date),
        "number" => Ok(FieldKind::Number),
        "text" => Ok(FieldKind::Text),
        "dropdown" if spec.options.is_empty() => {
            Err(bad("field.options", "a dropdown names its values, as [\"High\", \"Low\"]"))
        }
        "dropdown" | "lookup" => match table {
            Some(table) => Ok(FieldKind::Lookup(table)),
            None if spec.kind.as_ref() == "dropdown" && bare(&spec.column) == &*spec.column => {
                Ok(FieldKind::OneOf)
            }
            None => Err(bad("field.entity", "name the lookup's table, as \"CasePriority\"")),
        },
        _ => Err(bad("field.type", "it must be text, number, boolean, date, dropdown or lookup")),
    }
}

/// `PriorityId`, as bodies have it, is the lookup `Priority`.
fn bare(column: &str) -> &str {
    column.strip_suffix("Id").filter(|bare| !bare.is_empty()).unwrap_or(column)
}

/// The table of a lookup that every case has.
fn stock_table(column: &str) -> Option<Entity> {
    let bare = bare(column);
    STOCK.iter().find(|(lookup, _)| *lookup == bare).map(|(_, table)| Entity::stock(table))
}

/// Source: the schema of `Case` in the stock configuration.
const STOCK: [(&str, &str); 5] = [
    ("Category", "CaseCategory"),
    ("ClosureCode", "ClosureCode"),
    ("Origin", "CaseOrigin"),
    ("Priority", "CasePriority"),
    ("ServiceItem", "ServiceItem"),
];

/// Columns of `Case` that are not the assistant's to fill.
const OURS: [&str; 18] = [
    "Id",
    "CreatedOn",
    "CreatedById",
    "ModifiedOn",
    "ModifiedById",
    "Number",
    "Subject",
    "Symptoms",
    "StatusId",
    "OwnerId",
    "GroupId",
    "ContactId",
    "AccountId",
    "ParentCaseId",
    "ClosureDate",
    "ProcessListeners",
    "RegisteredOn",
    "SolutionProvidedOn",
];
