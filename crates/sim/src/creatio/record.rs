use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::data::{Cell, Row};
use super::schema::{Entity, Kind};
use super::tenant::Tenant;

/// A copy of a row, for a test to look at. Columns go by the names bodies use: `Subject`,
/// `StatusId`.
#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    id: Uuid,
    cells: BTreeMap<String, Cell>,
    shown: BTreeMap<String, String>,
}

impl Record {
    pub(crate) fn new(tenant: &Tenant, entity: &Entity, row: &Row) -> Self {
        let mut cells = BTreeMap::new();
        let mut shown = BTreeMap::new();
        for (column, cell) in entity.columns.iter().zip(&row.cells) {
            if cell.is_empty() {
                continue;
            }
            cells.insert(column.property.clone(), cell.clone());
            if let (Kind::Lookup(target), Some(id)) = (&column.kind, cell.guid()) {
                let display = tenant.entities.get(target).map_or("Name", |entity| entity.display);
                let text = tenant.cell(target, id, display).as_text();
                shown.insert(column.name.clone(), text.to_owned());
            }
        }
        Self { id: row.id(), cells, shown }
    }

    /// The row's key.
    pub fn id(&self) -> Uuid {
        self.id
    }

    /// A text column; nothing is `""`.
    pub fn text(&self, column: &str) -> &str {
        self.cells.get(column).map_or("", Cell::as_text)
    }

    /// A lookup or GUID column: `StatusId`.
    pub fn guid(&self, column: &str) -> Option<Uuid> {
        self.cells.get(column).and_then(Cell::guid)
    }

    /// What people see of a lookup: `Status`.
    pub fn shown(&self, lookup: &str) -> &str {
        self.shown.get(lookup).map_or("", String::as_str)
    }

    /// A date column.
    pub fn date(&self, column: &str) -> Option<DateTime<Utc>> {
        match self.cells.get(column) {
            Some(Cell::Date(date)) => Some(*date),
            _ => None,
        }
    }

    /// A boolean column.
    pub fn flag(&self, column: &str) -> bool {
        matches!(self.cells.get(column), Some(Cell::Bool(true)))
    }

    /// A whole number; nothing is 0.
    pub fn int(&self, column: &str) -> i64 {
        match self.cells.get(column) {
            Some(Cell::Int(value)) => *value,
            _ => 0,
        }
    }
}
