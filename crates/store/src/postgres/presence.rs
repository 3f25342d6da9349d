//! Which processes live: the leases of one that is gone end early.
//!
//! A process holds a lock for as long as the connection lives on which it listens, and the server
//! lets go of it when the process dies. What a dead process has claimed may then be claimed again at
//! once, under a new lease. Its old lease still counts as the time until which it may have called.

use std::collections::HashMap;
use std::sync::atomic::{AtomicI32, Ordering};

use tokio_postgres::{Client, Error};

/// This process as the others see it.
#[derive(Debug, Default)]
pub(super) struct Presence {
    /// The same for as long as it lives; 0 before it has one.
    number: AtomicI32,
    /// The number while the lock is held, else 0.
    seen: AtomicI32,
}

/// How often in a row each process was not there.
#[derive(Debug, Default)]
pub(super) struct Missed(HashMap<i32, u32>);

impl Presence {
    /// What a claim is marked with; none while others could take this process for dead.
    pub(super) fn process(&self) -> Option<i32> {
        Some(self.seen.load(Ordering::SeqCst)).filter(|number| *number != 0)
    }

    /// Shows the others that this process lives, for as long as the connection does.
    pub(super) async fn show(&self, client: &Client) -> Result<(), Error> {
        let mut number = self.number.load(Ordering::SeqCst);
        if number == 0 {
            number = client.query_one(NUMBER, &[]).await?.try_get(0)?;
            self.number.store(number, Ordering::SeqCst);
        }
        // A connection of ours that the server has not missed yet holds it too.
        client.query_one(SHOW, &[&PROCESSES, &number]).await?;
        self.seen.store(number, Ordering::SeqCst);
        Ok(())
    }

    /// Says that the connection is lost. What was claimed meanwhile waits for its lease.
    pub(super) fn hide(&self) {
        self.seen.store(0, Ordering::SeqCst);
    }

    /// Ends the leases of processes that were not there at several looks in a row; whether there
    /// were any.
    pub(super) async fn bury(&self, client: &Client, missed: &mut Missed) -> Result<(), Error> {
        let own = self.number.load(Ordering::SeqCst);
        let rows = client.query(MISSING, &[&PROCESSES, &own]).await?;
        let missing: Vec<i32> = rows.iter().map(|row| row.try_get(0)).collect::<Result<_, _>>()?;
        let gone = missed.add(&missing);
        if !gone.is_empty() {
            client.execute(BURY, &[&PROCESSES, &gone]).await?;
        }
        Ok(())
    }
}

impl Missed {
    /// Adds a look; who is gone.
    fn add(&mut self, missing: &[i32]) -> Vec<i32> {
        self.0.retain(|process, _| missing.contains(process));
        for process in missing {
            *self.0.entry(*process).or_default() += 1;
        }
        self.0.iter().filter(|(_, looks)| **looks >= LOOKS).map(|(process, _)| *process).collect()
    }
}

/// A process that was cut off comes back before that: it tries each second.
const LOOKS: u32 = 3;
/// The first half of every process's lock: nothing else here is locked by two numbers.
const PROCESSES: i32 = 0x6861_6e64;

const NUMBER: &str = "SELECT nextval('processes')::int4";
const SHOW: &str = "SELECT pg_advisory_lock_shared($1, $2)::text";
/// Whose lock can be had alone does not hold it. Our own we could always have.
pub(super) const MISSING: &str = "WITH claimed AS MATERIALIZED (
        SELECT DISTINCT process FROM jobs WHERE token IS NOT NULL AND process <> $2::int4)
    SELECT process FROM claimed WHERE pg_try_advisory_xact_lock($1::int4, process)";
/// A time that has come for everybody. `lease_until` stays: until then the dead may have called, as
/// far as anybody knows. What somebody else has just locked is left for the next look.
pub(super) const BURY: &str = "WITH claimed AS MATERIALIZED (
        SELECT DISTINCT process FROM jobs WHERE token IS NOT NULL AND process = ANY ($2::int4[])),
    gone AS MATERIALIZED (
        SELECT process FROM claimed WHERE pg_try_advisory_xact_lock($1::int4, process)),
    left_over AS MATERIALIZED (
        SELECT id FROM jobs WHERE token IS NOT NULL AND state = 1
            AND process IN (SELECT process FROM gone) ORDER BY id FOR UPDATE SKIP LOCKED)
    UPDATE jobs SET process = NULL, ready = head, due = CASE WHEN head THEN 0 END
    WHERE id IN (SELECT id FROM left_over)";
