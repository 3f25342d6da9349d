use chrono::{DateTime, Duration, Utc};
use handover_core::feed::Cursor;

use crate::encode;
use crate::feed::mark::{Mark, Marks, PAGE};
use crate::parse::Row;
use crate::testing::start;

fn rows(times: impl IntoIterator<Item = DateTime<Utc>>) -> Vec<Row> {
    let row = |at| format!(r#"{{"ModifiedOn":"{}"}}"#, encode::time(at));
    times.into_iter().map(|at| Row::one(row(at).as_bytes()).unwrap()).collect()
}

fn mark() -> Mark {
    Marks::start(start()).activities
}

#[test]
fn a_full_page_goes_on_from_its_last_moment() {
    let times = (0..PAGE).map(|n| start() + Duration::seconds(i64::try_from(n).unwrap()));
    let (next, more) = mark().after(&rows(times), start() + Duration::hours(1));
    assert!(more);
    assert_eq!(next.at, start() + Duration::seconds(i64::try_from(PAGE).unwrap() - 1));
}

#[test]
fn a_bulk_change_of_one_moment_is_paged_through() {
    let now = start() + Duration::hours(1);
    let same = rows(std::iter::repeat_n(start(), PAGE));
    let (first, more) = mark().after(&same, now);
    assert!(more && first.at == start());
    let (second, more) = first.after(&same, now);
    assert!(more && second.at == start() && second != first);
    let (last, more) = second.after(&rows([start()]), now);
    assert!(!more && last.at == start());
}

#[test]
fn the_end_stays_an_overlap_behind() {
    let now = start() + Duration::seconds(10);
    let (next, more) = mark().after(&rows([start()]), now);
    assert!(!more && next.at < start() && next.at > mark().at);
    let (same, _) = next.after(&[], now + Duration::days(1));
    assert_eq!(same, next);
    let (later, _) = next.after(&rows([start()]), now + Duration::days(1));
    assert_eq!(later.at, start());
}

#[test]
fn a_cursor_that_is_not_understood_is_none() {
    let marks = Marks::start(start());
    assert_eq!(Marks::parse(&marks.cursor().unwrap()), Some(marks));
    // A later version's place is kept, but for what it may mean otherwise.
    let at = encode::time(marks.cases.at);
    let mark = format!(r#"{{"at":"{at}","skip":7,"more":1}}"#);
    let later = format!(r#"{{"v":2,"activities":{mark},"cases":{mark},"feeds":{{}}}}"#);
    assert_eq!(Marks::parse(&Cursor(later.into())), Some(marks));
    for text in ["", "{}", "2026", r#"{"v":2,"activities":{},"cases":{}}"#] {
        assert_eq!(Marks::parse(&Cursor(text.into())), None);
    }
}
