//! The database of a tenant and what the server does on every save.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::data::{Cell, Row, Table};
use super::fail::Fail;
use super::limits::Limits;
use super::quirk::{Quirk, Quirks};
use super::schema::{Entities, Entity, ID, Kind};
use super::{listeners, seed};

#[derive(Debug)]
pub(crate) struct Tenant {
    pub(crate) entities: Entities,
    pub(crate) tables: BTreeMap<String, Table>,
    /// What happened since it was last taken, for the business processes.
    pub(crate) signals: Vec<Signal>,
    pub(crate) limits: Limits,
    pub(crate) quirks: Quirks,
    case_number: u32,
    made: u64,
}

/// An object signal of the platform.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Signal {
    pub(crate) what: Happened,
    pub(crate) case: Uuid,
    /// The row that was saved: the case, or an activity of it.
    pub(crate) row: Uuid,
    /// The contact who created the row.
    pub(crate) author: Option<Uuid>,
    /// The columns that changed, by the names bodies use.
    pub(crate) changed: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Happened {
    ActivityAdded,
    ActivityModified,
    CaseAdded,
    CaseModified,
}

/// Who saves, and when.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Save {
    /// A contact.
    pub(crate) by: Uuid,
    /// By the server's clock.
    pub(crate) now: DateTime<Utc>,
    /// By everybody's clock.
    pub(crate) at: DateTime<Utc>,
    pub(crate) visible_at: DateTime<Utc>,
}

pub(crate) type Values = Vec<(usize, Cell)>;

impl Tenant {
    pub(crate) fn new(entities: Entities, limits: Limits, quirks: Quirks) -> Self {
        let tables = entities.keys().map(|name| (name.clone(), Table::default())).collect();
        let mut tenant =
            Self { entities, tables, signals: Vec::new(), limits, quirks, case_number: 0, made: 0 };
        for row in seed::ROWS {
            let mut values = vec![("Name", Cell::text(row.name))];
            values.extend(row.flags.iter().map(|flag| (*flag, Cell::Bool(true))));
            tenant.plant(row.entity, row.id, &values);
        }
        let user = [
            ("Contact", Cell::Guid(seed::SUPERVISOR_CONTACT)),
            ("SysAdminUnitTypeValue", Cell::Int(seed::USER)),
            ("Active", Cell::Bool(true)),
        ];
        tenant.overwrite("SysAdminUnit", seed::SUPERVISOR, &user);
        let function = [("SysAdminUnitTypeValue", Cell::Int(seed::FUNCTIONAL_ROLE))];
        tenant.overwrite("SysAdminUnit", seed::ADMINISTRATORS, &function);
        for (category, kind) in [
            (seed::CATEGORY_TODO, seed::TYPE_TASK),
            (seed::CATEGORY_EMAIL, seed::TYPE_EMAIL),
            (seed::CATEGORY_CALL, seed::TYPE_CALL),
        ] {
            let kind = [("ActivityType", Cell::Guid(kind))];
            tenant.overwrite("ActivityCategory", category, &kind);
        }
        tenant
    }

    /// A save by a contact, as seen on everybody's clock.
    pub(crate) fn save(&self, by: Uuid, at: DateTime<Utc>) -> Save {
        Save { by, now: at + self.limits.skew, at, visible_at: at + self.limits.lag }
    }

    /// A row by entity and id, visible or not.
    pub(crate) fn row(&self, entity: &str, id: Uuid) -> Option<&Row> {
        self.tables.get(entity)?.get(id)
    }

    /// A cell by the schema's names; what does not exist is empty.
    pub(crate) fn cell(&self, entity: &str, id: Uuid, column: &str) -> &Cell {
        let (Some(schema), Some(row)) = (self.entities.get(entity), self.row(entity, id)) else {
            return &Cell::Null;
        };
        row.get(schema, column)
    }

    pub(crate) fn flag(&self, entity: &str, id: Uuid, column: &str) -> bool {
        *self.cell(entity, id, column) == Cell::Bool(true)
    }

    /// The id of a lookup row by what people see.
    pub(crate) fn named(&self, entity: &str, name: &str) -> Option<Uuid> {
        let schema = self.entities.get(entity)?;
        let table = self.tables.get(entity)?;
        table.rows().find(|row| row.get(schema, "Name").as_text() == name).map(Row::id)
    }

    pub(crate) fn fresh_id(&mut self) -> Uuid {
        self.made += 1;
        Uuid::new_v5(&Uuid::NAMESPACE_OID, format!("creatio row {}", self.made).as_bytes())
    }

    pub(crate) fn next_case_number(&mut self) -> String {
        self.case_number += 1;
        format!("SR{:08}", self.case_number)
    }

    /// Writes a row without defaults and listeners.
    pub(crate) fn plant(&mut self, entity: &str, id: Uuid, values: &[(&str, Cell)]) {
        let Some(schema) = self.entities.get(entity).cloned() else { return };
        let mut row = blank(&schema, id, DateTime::UNIX_EPOCH);
        for (name, cell) in values {
            row.set(&schema, name, cell.clone());
        }
        self.tables.entry(entity.to_owned()).or_default().push(row);
    }

    /// Changes a row without listeners.
    pub(crate) fn overwrite(&mut self, entity: &str, id: Uuid, values: &[(&str, Cell)]) {
        let Some(schema) = self.entities.get(entity).cloned() else { return };
        if let Some(row) = self.tables.get_mut(entity).and_then(|table| table.get_mut(id)) {
            for (name, cell) in values {
                row.set(&schema, name, cell.clone());
            }
        }
    }

    /// Inserts as the server does. An error may come after the row was written.
    pub(crate) fn insert(
        &mut self,
        entity: &Arc<Entity>,
        values: Values,
        save: Save,
    ) -> Result<Uuid, Fail> {
        self.check_references("INSERT", entity, &values)?;
        let own = values.iter().find(|(index, _)| *index == ID).and_then(|(_, cell)| cell.guid());
        let id = own.unwrap_or_else(|| self.fresh_id());
        if self.row(&entity.name, id).is_some() {
            return Err(Fail::server(format!(
                "Violation of PRIMARY KEY constraint 'PK{0}'. Cannot insert duplicate key in \
                 object 'dbo.{0}'. The duplicate key value is ({id}).",
                entity.name
            )));
        }
        let mut row = blank(entity, id, save.visible_at);
        let given: Vec<usize> = values.iter().map(|(index, _)| *index).collect();
        for (index, cell) in values {
            row.cells[index] = cell;
        }
        row.cells[ID] = Cell::Guid(id);
        row.fill(entity, "CreatedOn", Cell::Date(save.now));
        row.fill(entity, "ModifiedOn", Cell::Date(save.now));
        row.fill(entity, "CreatedBy", Cell::Guid(save.by));
        row.fill(entity, "ModifiedBy", Cell::Guid(save.by));
        listeners::inserting(self, entity, &mut row, &given, save)?;
        self.tables.entry(entity.name.clone()).or_default().push(row);
        listeners::inserted(self, entity, id, save)?;
        Ok(id)
    }

    /// Updates as the server does.
    pub(crate) fn update(
        &mut self,
        entity: &Arc<Entity>,
        id: Uuid,
        values: Values,
        save: Save,
    ) -> Result<(), Fail> {
        self.check_references("UPDATE", entity, &values)?;
        let before = self.row(&entity.name, id).ok_or_else(Fail::missing)?.clone();
        let mut row = before.clone();
        row.before = None;
        if save.visible_at > save.at {
            row.before = before.seen(save.at).map(|seen| Arc::new(seen.clone()));
        }
        row.visible_at = save.visible_at;
        for (index, cell) in values {
            if index != ID {
                row.cells[index] = cell;
            }
        }
        if row.cells == before.cells {
            return Ok(());
        }
        row.set(entity, "ModifiedOn", Cell::Date(save.now));
        row.set(entity, "ModifiedBy", Cell::Guid(save.by));
        listeners::updating(self, entity, &before, &mut row, save)?;
        if let Some(slot) = self.tables.get_mut(&entity.name).and_then(|table| table.get_mut(id)) {
            *slot = row;
        }
        listeners::updated(self, entity, &before, id, save)
    }

    /// Deletes a row; what belongs to it goes with it, what merely points to it holds it.
    pub(crate) fn delete(&mut self, entity: &Entity, id: Uuid) -> Result<(), Fail> {
        if self.row(&entity.name, id).is_none() {
            return Err(Fail::missing());
        }
        for (name, rows) in self.pointing_at(&entity.name, id) {
            if !is_owned(&name, &entity.name) {
                return Err(Fail::server(format!(
                    "The DELETE statement conflicted with the REFERENCE constraint \
                     \"FK{name}{}\". The conflict occurred in table \"dbo.{name}\".",
                    entity.name
                )));
            }
            for row in rows {
                self.tables.entry(name.clone()).or_default().remove(row);
            }
        }
        self.tables.entry(entity.name.clone()).or_default().remove(id);
        Ok(())
    }

    /// The answer to an entity set that does not exist.
    pub(crate) fn no_such_set(&self, set: &str) -> Fail {
        if self.quirks.contains(&Quirk::UnknownSetIs401) {
            Fail::empty(http::StatusCode::UNAUTHORIZED)
        } else if self.quirks.contains(&Quirk::UnknownSetIsJson) {
            Fail::no_controller(set)
        } else {
            Fail::page_not_found()
        }
    }

    pub(crate) fn pointing_at(&self, target: &str, id: Uuid) -> Vec<(String, Vec<Uuid>)> {
        let mut found = Vec::new();
        for (name, entity) in &self.entities {
            let columns: Vec<usize> = (0..entity.columns.len())
                .filter(|&index| entity.columns[index].kind == Kind::Lookup(target.to_owned()))
                .collect();
            let points = |row: &&Row| columns.iter().any(|&at| row.cells[at] == Cell::Guid(id));
            let table = self.tables.get(name);
            let rows: Vec<Uuid> =
                table.iter().flat_map(|table| table.rows()).filter(points).map(Row::id).collect();
            if !rows.is_empty() {
                found.push((name.clone(), rows));
            }
        }
        found
    }

    fn check_references(&self, verb: &str, entity: &Entity, values: &Values) -> Result<(), Fail> {
        for (index, cell) in values {
            let column = &entity.columns[*index];
            let (Kind::Lookup(target), Cell::Guid(id)) = (&column.kind, cell) else { continue };
            if self.entities.contains_key(target) && self.row(target, *id).is_none() {
                return Err(Fail::server(format!(
                    "The {verb} statement conflicted with the FOREIGN KEY constraint \
                     \"FK{}{}\". The conflict occurred in table \"dbo.{target}\", column 'Id'.",
                    entity.name, column.property
                )));
            }
        }
        Ok(())
    }
}

fn blank(entity: &Entity, id: Uuid, visible_at: DateTime<Utc>) -> Row {
    let mut cells = vec![Cell::Null; entity.columns.len()];
    cells[ID] = Cell::Guid(id);
    Row { cells, visible_at, before: None, data: Bytes::new() }
}

/// Whether rows of an entity belong to the row of another that they point to.
pub(crate) fn is_owned(entity: &str, owner: &str) -> bool {
    OWNED.contains(&(entity, owner))
}

const OWNED: &[(&str, &str)] = &[
    ("ActivityFile", "Activity"),
    ("CaseFile", "Case"),
    ("CaseMessageHistory", "Case"),
    ("ContactCommunication", "Contact"),
];
