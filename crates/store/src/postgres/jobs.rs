//! Jobs as rows.

use tokio_postgres::Row;

use crate::failure::Failure;
use crate::json::RawJob;
use crate::numbers::number;

/// A job from the first columns of a query for jobs: id, attempts, first_at, tried, last_at, data.
pub(super) fn read(row: &Row) -> Result<RawJob, Failure> {
    let attempts: i64 = row.try_get(1)?;
    Ok(RawJob {
        id: number(row.try_get(0)?),
        attempts: u32::try_from(attempts).unwrap_or(u32::MAX),
        first_at: row.try_get(2)?,
        tried: row.try_get(3)?,
        last_at: row.try_get(4)?,
        data: row.try_get(5)?,
    })
}
