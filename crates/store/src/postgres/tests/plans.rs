//! Every statement on a hot path finds its rows by an index, whatever the statistics say.

use tokio_postgres::Client;

use super::place::Place;
use crate::postgres::{archive, claim, defer, due, forget, load, locks, presence, sight, write};

const HOT: &[&str] = &[
    archive::CONTACTS,
    archive::FAILING_JOBS,
    archive::HELD_JOBS,
    archive::MESSAGES,
    archive::MESSAGE_OF,
    archive::OPEN_SESSIONS,
    archive::SESSIONS,
    archive::SESSION_JOBS,
    claim::CLAIM,
    claim::RAISE,
    defer::DEFER,
    due::FOUND,
    due::NEXT,
    due::WOKEN,
    forget::ENDED,
    load::LOAD,
    locks::LOCK,
    presence::BURY,
    presence::MISSING,
    sight::LOOK,
    write::ARRIVALS,
    write::FOUND,
    write::MARKS,
    write::NEWCOMERS,
    write::PROMOTE,
    write::SETTLEMENTS,
];

#[tokio::test]
async fn no_statement_scans_a_table() {
    let client = client().await;
    for sql in HOT {
        let plan = plan(&client, sql).await;
        let scans: Vec<_> = plan.iter().filter(|step| step.contains("Seq Scan")).collect();
        // Few accounts are ever paused, and a claim looks at each that it serves.
        assert!(scans.iter().all(|scan| scan.contains("on pauses")), "{sql}\n{plan:#?}");
    }
}

/// A plan is made once for each connection, and on a new database the tables are still empty: then
/// any index seems as good as any other, but what reads a tenant's sessions to find one is slower
/// with every session.
#[tokio::test]
async fn a_statement_planned_on_empty_tables_reads_no_more_when_they_are_full() {
    let client = client().await;
    for sql in HOT {
        let plan = plan(&client, sql).await;
        for step in plan.windows(2) {
            let [scan, condition] = step else { continue };
            let reads_all = condition.trim() == "Index Cond: (tenant = $1)";
            // Accounts are few, and of what has failed or is found all is asked for.
            let small = ["pauses_", "budgets_", "jobs_failing", "unrouted_found"];
            let is_small = small.iter().any(|index| scan.contains(index));
            assert!(!reads_all || is_small, "{scan}\n{sql}\n{plan:#?}");
        }
    }
}

#[tokio::test]
async fn the_first_row_is_found_without_sorting_all() {
    let client = client().await;
    for (sql, few) in [
        (archive::MESSAGES, 0),
        (archive::OPEN_SESSIONS, 0),
        (archive::SESSIONS, 0),
        // The first of each destination, and the jobs that were taken.
        (claim::CLAIM, 2),
        // The first of all pauses.
        (due::NEXT, 1),
        (due::WOKEN, 0),
    ] {
        let plan = plan(&client, sql).await;
        let sorts = plan.iter().filter(|step| step.trim_start().starts_with("->  Sort")).count();
        assert!(sorts <= few, "{sql}\n{plan:#?}");
    }
    let plan = plan(&client, claim::CLAIM).await;
    let ready = plan.iter().filter(|step| step.contains("using jobs_ready")).count();
    assert_eq!(ready, 2, "{plan:#?}");
}

/// Its other indices begin with the tenant, all of whose jobs would be looked through.
#[tokio::test]
async fn jobs_to_settle_are_found_by_their_number() {
    let client = client().await;
    for sql in [locks::LOCK, sight::LOOK, write::DONE, write::SETTLEMENTS] {
        let plan = plan(&client, sql).await;
        assert!(plan.iter().any(|step| step.contains(" jobs_pkey")), "{sql}\n{plan:#?}");
    }
}

/// A connection as the store makes them.
async fn client() -> Client {
    let place = Place::new();
    drop(place.open().await);
    let mut config = tokio_postgres::Config::clone(&place.address.config);
    config.options(crate::postgres::connections::SESSION);
    let (client, connection) = config.connect(tokio_postgres::NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

async fn plan(client: &Client, sql: &str) -> Vec<String> {
    let count = client.prepare(sql).await.unwrap().params().len();
    let nothing = vec!["NULL"; count].join(", ");
    client.batch_execute(&format!("PREPARE hot AS {sql}")).await.unwrap();
    let rows = client.simple_query(&format!("EXPLAIN EXECUTE hot ({nothing})")).await.unwrap();
    client.batch_execute("DEALLOCATE hot").await.unwrap();
    let text = |message| match message {
        tokio_postgres::SimpleQueryMessage::Row(row) => row.get(0).map(str::to_owned),
        _ => None,
    };
    rows.into_iter().filter_map(text).collect()
}
