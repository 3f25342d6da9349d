use handover_core::probe::Check;

use super::failed;
use crate::column::{Column, Entity};
use crate::config::{EntryMode, Field, FieldKind, FilePolicy};
use crate::creatio::Creatio;
use crate::desk::entry_table;
use crate::entities::{self, base, file};
use crate::lookups::Label;

impl Creatio {
    /// Whether every column that is read or written exists.
    pub(super) async fn check_columns(&self, checks: &mut Vec<Check>) {
        let mut wanted = vec![(entities::CASE, self.case_columns())];
        for mode in [EntryMode::Email, EntryMode::Task, EntryMode::Feed] {
            if self.config().uses(mode) {
                wanted.push(entry_table(mode));
            }
        }
        wanted.push((entities::ACTIVITY, self.reply_columns()));
        if self.config().files == FilePolicy::Upload {
            wanted.push((entities::ACTIVITY_FILE, vec![base::NAME, file::ACTIVITY]));
        }
        for (entity, columns) in joined(wanted) {
            let name = format!("columns of {}", entity.name());
            checks.push(match self.client().unknown_columns(&entity, &columns).await {
                Ok(unknown) if unknown.is_empty() => {
                    Check::proven(name, format!("all {} exist", columns.len()))
                }
                Ok(unknown) => Check::broken(
                    name,
                    format!("missing: {}", unknown.join(", ")),
                    "correct the names in [[desk.….field]] and [desk.….reply], or publish the \
                     columns in Creatio",
                ),
                Err(error) => failed(&name, &error),
            });
        }
    }

    /// Whether the options of every lookup name a row.
    pub(super) async fn check_labels(&self, checks: &mut Vec<Check>) {
        for field in &self.config().fields {
            if let FieldKind::Lookup(table) = &field.kind {
                checks.push(self.check_options(field, table).await);
            }
        }
    }

    async fn check_options(&self, field: &Field, table: &Entity) -> Check {
        let name = format!("field {}", field.spec.column);
        let (mut unknown, mut doubled) = (Vec::new(), Vec::new());
        // Without options the table is read all the same, to see that it can be.
        let options = field.spec.options.iter().map(String::as_str);
        let options = options.chain(field.spec.options.is_empty().then_some("-"));
        for option in options {
            match self.0.lookups.label(self.client(), table, option).await {
                Ok(Label::Row(_)) => {}
                Ok(Label::Several) => doubled.push(format!("\"{option}\"")),
                Ok(Label::Unknown) => unknown.push(format!("\"{option}\"")),
                Err(error) => return failed(&name, &error),
            }
        }
        if field.spec.options.is_empty() {
            return Check::proven(name, format!("a row of {}, by its name", table.name()));
        }
        let table = table.name();
        if unknown.is_empty() && doubled.is_empty() {
            let count = field.spec.options.len();
            return Check::proven(name, format!("all {count} options are rows of {table}"));
        }
        let mut found = Vec::new();
        if !unknown.is_empty() {
            found.push(format!("no row of {table} is called {}", unknown.join(", ")));
        }
        if !doubled.is_empty() {
            found.push(format!("several rows of {table} are called {}", doubled.join(", ")));
        }
        Check::broken(
            name,
            found.join("; "),
            "write the options as the integration's user sees them in Creatio, or correct entity",
        )
    }
}

/// The columns of each table once.
fn joined(wanted: Vec<(Entity, Vec<Column>)>) -> Vec<(Entity, Vec<Column>)> {
    let mut tables: Vec<(Entity, Vec<Column>)> = Vec::new();
    for (entity, columns) in wanted {
        let at = tables.iter().position(|(known, _)| *known == entity).unwrap_or_else(|| {
            tables.push((entity, Vec::new()));
            tables.len() - 1
        });
        for column in columns {
            if !tables[at].1.contains(&column) {
                tables[at].1.push(column);
            }
        }
    }
    tables
}
