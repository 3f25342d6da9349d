//! Every statement on a hot path finds its rows by an index.

use rusqlite::{Connection, StatementStatus};

use crate::sqlite::{
    accounts, archive, cases, claim, commit, defer, due, forget, jobs, load, marks, open, sessions,
    settle, unrouted,
};

const HOT: &[&str] = &[
    accounts::PAUSED,
    accounts::WHOLE,
    archive::CONTACTS,
    archive::HELD_JOBS,
    archive::MESSAGES,
    archive::MESSAGE_OF,
    archive::OPEN_SESSIONS,
    archive::SESSIONS,
    archive::SESSION_JOBS,
    cases::VERSION,
    claim::ALLOWED,
    claim::BEHIND,
    claim::CURSOR,
    claim::HEAD,
    claim::RAISE,
    claim::TAKE,
    claim::TAKE_HEAD,
    claim::URGENT,
    commit::MESSAGE,
    defer::HELD,
    due::FOUND,
    due::NEXT,
    due::WOKEN,
    forget::ENDED,
    forget::LANES,
    forget::MESSAGES,
    forget::OLD_EVENTS,
    jobs::FIRST,
    load::BY_ID,
    load::CONVERSATION,
    load::NEWEST,
    marks::FORGET,
    marks::KINDS,
    marks::MARK,
    sessions::OPEN_ON,
    sessions::DATA,
    sessions::STORED,
    sessions::TURN_THREAD,
    settle::HELD,
    settle::LANE,
    unrouted::FOUND,
    unrouted::NAMED,
    unrouted::THREADS,
    unrouted::WAITS,
];

#[test]
fn no_statement_scans_a_table() {
    let conn = open::memory().unwrap();
    for sql in HOT {
        let plan = plan(&conn, sql);
        // Two parts of NEXT are made of the rows that its index seeks found.
        let scans = plan.iter().filter(|step| step.contains("SCAN"));
        let tables: Vec<_> = scans
            .filter(|step| !step.contains("CONSTANT ROW") && !step.contains("(subquery"))
            .collect();
        assert!(tables.is_empty(), "{sql}\n{plan:#?}");
    }
}

#[test]
fn the_first_row_is_found_without_sorting_all() {
    let conn = open::memory().unwrap();
    for sql in [claim::RAISE, claim::URGENT, jobs::FIRST, load::NEWEST, due::NEXT, due::FOUND] {
        let plan = plan(&conn, sql);
        assert!(!plan.iter().any(|step| step.contains("TEMP B-TREE")), "{sql}\n{plan:#?}");
    }
}

fn plan(conn: &Connection, sql: &str) -> Vec<String> {
    let mut statement = conn.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
    let nothing = vec![rusqlite::types::Null; statement.parameter_count()];
    let steps = statement.query_map(rusqlite::params_from_iter(nothing), |row| row.get(3));
    steps.unwrap().collect::<Result<_, _>>().unwrap()
}

#[test]
fn no_statement_is_planned_again_for_other_values() {
    let conn = open::memory().unwrap();
    for sql in HOT {
        let mut statement = conn.prepare(sql).unwrap();
        for value in [0, 1] {
            for place in 1..=statement.parameter_count() {
                statement.raw_bind_parameter(place, value).unwrap();
            }
            let mut rows = statement.raw_query();
            while rows.next().unwrap().is_some() {}
        }
        assert_eq!(statement.get_status(StatementStatus::RePrepare), 0, "{sql}");
    }
}
