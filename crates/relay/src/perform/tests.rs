use chrono::{DateTime, TimeDelta, Utc};
use handover_core::id::{DeskId, SessionId};
use handover_core::job::{Destination, Job, JobId, Lane, Work};
use uuid::Uuid;

use super::together;

fn append(through: u64, attempts: u32, first_at: DateTime<Utc>) -> Job {
    let session = SessionId(Uuid::nil());
    let desk = Destination::Desk(DeskId::new("front").unwrap());
    Job {
        id: JobId(through),
        session: Some(session),
        lane: Lane::session(session, desk),
        work: Work::Append { through },
        fence: None,
        created_at: first_at,
        attempts,
        first_at: Some(first_at),
        tried: attempts > 1,
        last_at: None,
    }
}

#[test]
fn entries_that_join_others_are_looked_for_like_those() {
    let start: DateTime<Utc> = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
    let later = start + TimeDelta::minutes(1);
    let job = together(&[append(2, 3, start), append(4, 1, later)]).unwrap();
    assert_eq!(job.work, Work::Append { through: 4 });
    assert_eq!((job.attempts, job.first_at, job.tried), (3, Some(start), true));
}
