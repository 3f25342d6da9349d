//! Tenants as small numbers, which begin every key.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use handover_core::id::TenantId;

use super::connections::{Conn, Connections};
use super::query::{Query, rows};
use crate::failure::Failure;

/// The numbers that are known. They never change.
#[derive(Debug, Default)]
pub(super) struct Tenants {
    known: Mutex<HashMap<TenantId, i32>>,
}

impl Tenants {
    /// A tenant's number, if it ever stored anything.
    pub(super) async fn find(
        &self,
        connections: &Connections,
        tenant: &TenantId,
    ) -> Result<Option<i32>, Failure> {
        match self.known(tenant) {
            Some(key) => Ok(Some(key)),
            None => self.look(&connections.take().await?, tenant).await,
        }
    }

    /// A tenant's number; a new one if it has none.
    pub(super) async fn intern(
        &self,
        connections: &Connections,
        tenant: &TenantId,
    ) -> Result<i32, Failure> {
        if let Some(key) = self.known(tenant) {
            return Ok(key);
        }
        let conn = connections.take().await?;
        rows(&conn, &Query::new(ADD).with(tenant.as_str())).await?;
        let key = self.look(&conn, tenant).await?;
        key.ok_or_else(crate::failure::stumbled).map_err(Failure)
    }

    async fn look(&self, conn: &Conn, tenant: &TenantId) -> Result<Option<i32>, Failure> {
        let found = rows(conn, &Query::new(FIND).with(tenant.as_str())).await?;
        let Some(row) = found.first() else { return Ok(None) };
        let key = row.try_get(0)?;
        self.known.lock().unwrap_or_else(PoisonError::into_inner).insert(tenant.clone(), key);
        Ok(Some(key))
    }

    fn known(&self, tenant: &TenantId) -> Option<i32> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).get(tenant).copied()
    }
}

const FIND: &str = "SELECT key FROM tenants WHERE name = $1";
const ADD: &str = "INSERT INTO tenants (name) VALUES ($1) ON CONFLICT DO NOTHING";
