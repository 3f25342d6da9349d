//! What a test that runs for days looks at once, and the tenant then forgets.

use std::collections::HashSet;

use uuid::Uuid;

use super::{Creatio, Record};

impl Creatio {
    /// Takes rows out of a table, oldest first, without a word to anybody: as they were. Those that
    /// do not exist are left out.
    pub fn take(&self, entity: &str, ids: &HashSet<Uuid>) -> Vec<Record> {
        let mut state = self.state();
        let tenant = &mut state.tenant;
        let Some(schema) = tenant.entities.get(entity).cloned() else { return Vec::new() };
        let Some(table) = tenant.tables.get_mut(entity) else { return Vec::new() };
        let taken = table.take(ids);
        taken.iter().map(|row| Record::new(tenant, &schema, row)).collect()
    }

    /// Forgets the requests so far.
    pub fn forget_requests(&self) {
        self.state().log.clear();
    }
}
