//! What every write has at hand.

use handover_core::id::TenantId;
use rusqlite::{Connection, Params, Row};

use super::query::{int, number, one};
use crate::failure::Failure;

/// The open transaction, and the numbers to give out in it.
pub(super) struct Writing<'c> {
    /// For reading; writes go through [`Writing::write`].
    pub(super) conn: &'c Connection,
    /// Whom to wake once the transaction is durable.
    pub(super) woken: Vec<TenantId>,
    numbers: Numbers,
    stored: Numbers,
    /// The tenant that was written for last.
    tenant: Option<(TenantId, i64)>,
    /// Whether any event belongs nowhere yet, once that was asked.
    unrouted: Option<bool>,
    #[cfg(test)]
    pub(super) faults: &'c super::faults::Faults,
}

/// The next numbers of their kinds.
#[derive(Clone, Copy, PartialEq)]
struct Numbers {
    job: u64,
    session: u64,
    token: u64,
}

impl<'c> Writing<'c> {
    /// The context of a transaction that has just begun.
    pub(super) fn begin(
        conn: &'c Connection,
        #[cfg(test)] faults: &'c super::faults::Faults,
    ) -> Result<Self, Failure> {
        let numbers = one(conn, "SELECT job, session, token FROM numbers", (), |row| {
            let [job, session, token] = [row.get(0)?, row.get(1)?, row.get(2)?];
            Ok(Numbers { job: number(job), session: number(session), token: number(token) })
        })?;
        let numbers = numbers.ok_or(rusqlite::Error::QueryReturnedNoRows)?;
        Ok(Self {
            conn,
            woken: Vec::new(),
            numbers,
            stored: numbers,
            tenant: None,
            unrouted: None,
            #[cfg(test)]
            faults,
        })
    }

    /// Runs a statement that writes; the number of rows it changed.
    pub(super) fn write(&mut self, sql: &str, params: impl Params) -> Result<usize, Failure> {
        #[cfg(test)]
        self.faults.strike()?;
        Ok(self.conn.prepare_cached(sql)?.execute(params)?)
    }

    /// Runs a statement that writes one row and tells of it.
    pub(super) fn write_returning<T>(
        &mut self,
        sql: &str,
        params: impl Params,
        read: impl FnOnce(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<T, Failure> {
        #[cfg(test)]
        self.faults.strike()?;
        Ok(self.conn.prepare_cached(sql)?.query_row(params, read)?)
    }

    /// Stores how far numbers were given out; the last write of a transaction.
    pub(super) fn store_numbers(&mut self) -> Result<(), Failure> {
        if self.numbers != self.stored {
            let Numbers { job, session, token } = self.numbers;
            let sql = "UPDATE numbers SET job = ?1, session = ?2, token = ?3";
            self.conn.prepare_cached(sql)?.execute((int(job), int(session), int(token)))?;
        }
        Ok(())
    }

    /// A tenant's number, if it is the one that was written for last.
    pub(super) fn known_tenant(&self, tenant: &TenantId) -> Option<i64> {
        self.tenant.as_ref().filter(|(known, _)| known == tenant).map(|(_, key)| *key)
    }

    /// Remembers a tenant's number for the rest of the transaction.
    pub(super) fn learn_tenant(&mut self, tenant: &TenantId, key: i64) {
        self.tenant = Some((tenant.clone(), key));
    }

    /// Whether any event belongs nowhere yet: asked once in a transaction, for it is rare.
    pub(super) fn has_unrouted(&mut self) -> Result<bool, Failure> {
        if let Some(has) = self.unrouted {
            return Ok(has);
        }
        let has = one(self.conn, "SELECT 1 FROM unrouted LIMIT 1", (), |_| Ok(()))?.is_some();
        self.unrouted = Some(has);
        Ok(has)
    }

    /// Notes that an event that belongs nowhere is stored now.
    pub(super) fn note_unrouted(&mut self) {
        self.unrouted = Some(true);
    }

    /// A number for a job.
    pub(super) fn job(&mut self) -> u64 {
        take(&mut self.numbers.job)
    }

    /// A number for a session.
    pub(super) fn session(&mut self) -> u64 {
        take(&mut self.numbers.session)
    }

    /// A number for a lease.
    pub(super) fn token(&mut self) -> u64 {
        take(&mut self.numbers.token)
    }

    /// Wakes those who wait for `tenant`, once the transaction is durable.
    pub(super) fn wake(&mut self, tenant: &TenantId) {
        if !self.woken.contains(tenant) {
            self.woken.push(tenant.clone());
        }
    }
}

fn take(number: &mut u64) -> u64 {
    *number += 1;
    *number - 1
}
