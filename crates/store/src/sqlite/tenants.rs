//! Tenants as small numbers, which begin every key.

use handover_core::id::TenantId;
use rusqlite::Connection;

use super::query::one;
use super::writing::Writing;
use crate::failure::Failure;

/// A tenant's number, if it ever stored anything.
pub(super) fn find(conn: &Connection, tenant: &TenantId) -> Result<Option<i64>, Failure> {
    one(conn, FIND, (tenant.as_str(),), |row| row.get(0))
}

/// A tenant's number; a new one if it has none.
pub(super) fn intern(writing: &mut Writing<'_>, tenant: &TenantId) -> Result<i64, Failure> {
    if let Some(key) = writing.known_tenant(tenant) {
        return Ok(key);
    }
    let key = match find(writing.conn, tenant)? {
        Some(key) => key,
        None => {
            writing.write("INSERT INTO tenants (name) VALUES (?1)", (tenant.as_str(),))?;
            writing.conn.last_insert_rowid()
        }
    };
    writing.learn_tenant(tenant, key);
    Ok(key)
}

const FIND: &str = "SELECT key FROM tenants WHERE name = ?1";
