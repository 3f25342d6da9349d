//! Bugs that only a database can show: each is put into the schema or a statement, and dies.

use super::place::Place;
use super::trials::{self, Pair, Verdict};
use crate::postgres::mutants::Wrong;

macro_rules! trials {
    ($($trial:ident),* $(,)?) => {$(
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $trial() {
            let pair = Pair::open(&Place::new()).await;
            trials::$trial(&pair).await.unwrap();
        }
    )*};
}

macro_rules! mutants {
    ($($mutant:ident: $wrong:expr, $schema:expr => $trial:ident;)*) => {$(
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $mutant() {
            for _ in 0..TRIES {
                let trial = async |pair: &Pair| trials::$trial(pair).await;
                if let Err(death) = mutated(&$wrong, $schema, trial).await {
                    println!("{} | {} | {death}", stringify!($mutant), stringify!($trial));
                    return;
                }
            }
            panic!("the mutant survived {TRIES} times");
        }
    )*};
}

mod right {
    use super::{Pair, Place, trials};

    trials! {
        a_budget_is_shared,
        a_conversation_is_changed_by_one_at_a_time,
        a_job_is_settled_or_claimed_again,
        a_lane_never_loses_its_head,
        a_thread_has_one_open_session,
        an_event_is_handled_once,
        an_unrouted_event_finds_its_session,
        no_job_is_claimed_by_two,
    }
}

mutants! {
    budget_is_read_and_then_spent:
        [("WHERE b.whole <= $2 + (SELECT burst FROM head)\n", "")], "" => a_budget_is_shared;
    claim_without_a_row_lock:
        [(" FOR UPDATE SKIP LOCKED) h", ") h")], "" => no_job_is_claimed_by_two;
    lock_released_before_commit:
        [RELEASED], "" => an_event_is_handled_once;
    lock_released_before_commit_and_a_lane:
        [RELEASED], "" => a_lane_never_loses_its_head;
    no_lock_and_an_index_that_is_not_unique:
        [UNLOCKED],
        "DROP INDEX sessions_reply; CREATE INDEX sessions_reply ON sessions (tenant, reply);"
        => a_thread_has_one_open_session;
    no_lock_and_versions_that_nobody_checks_again:
        [UNLOCKED], "" => a_conversation_is_changed_by_one_at_a_time;
    settlement_without_a_row_lock:
        [("state = 1 ORDER BY id FOR UPDATE", "state = 1 ORDER BY id")], ""
        => a_job_is_settled_or_claimed_again;
    unrouted_events_beside_new_sessions:
        [("pg_advisory_xact_lock(hashtextextended('handover'",
            "pg_advisory_xact_lock_shared(hashtextextended('handover'")], ""
        => an_unrouted_event_finds_its_session;
}

/// A race is not lost every time: how often a mutant may be lucky.
const TRIES: u32 = 20;

const UNLOCKED: (&str, &str) = ("pg_advisory_xact_lock(key)", "key");
const RELEASED: (&str, &str) =
    ("pg_advisory_xact_lock(key)", "pg_advisory_lock(key), pg_advisory_unlock(key)");

/// What becomes of a trial when statements and the schema are wrong.
async fn mutated(
    wrong: &[(&'static str, &'static str)],
    schema: &str,
    trial: impl AsyncFn(&Pair) -> Verdict,
) -> Verdict {
    let place = Place { wrong: Wrong(wrong.into()), ..Place::new() };
    let pair = Pair::open(&place).await;
    if !schema.is_empty() {
        place.sql(schema);
    }
    trial(&pair).await
}
