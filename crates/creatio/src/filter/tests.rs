use chrono::{TimeZone, Utc};
use uuid::Uuid;

use super::Filter;
use crate::column::Column;

const CASE: Column = Column::lookup("Case");
const ID: Column = Column::plain("Id");
const NAME: Column = Column::plain("Name");

#[test]
fn conditions_are_written_as_the_server_reads_them() {
    let id = Uuid::from_u128(1);
    let at = Utc.with_ymd_and_hms(2026, 1, 1, 0, 0, 0).unwrap();
    for (filter, text) in [
        (Filter::eq(&CASE, id), "Case/Id eq 00000000-0000-0000-0000-000000000001"),
        (Filter::eq(&NAME, "O'Brien"), "Name eq 'O''Brien'"),
        (Filter::ge(Column::plain("ModifiedOn"), at), "ModifiedOn ge 2026-01-01T00:00:00Z"),
        (Filter::eq(Column::plain("NonActual"), false), "NonActual eq false"),
        (Filter::starts_with(&NAME, "a'b"), "startswith(Name,'a''b')"),
        (Filter::lt(Column::plain("Size"), 5), "Size lt 5"),
    ] {
        assert_eq!(filter.text(), text);
    }
}

#[test]
fn mixed_chains_keep_their_meaning() {
    let is = |name: &str| Filter::eq(&NAME, name);
    let either = || is("a").or(is("b"));
    assert_eq!(either().or(is("c")).text(), "Name eq 'a' or Name eq 'b' or Name eq 'c'");
    assert_eq!(either().and(is("c")).text(), "(Name eq 'a' or Name eq 'b') and Name eq 'c'");
    assert_eq!(is("c").and(either()).text(), "Name eq 'c' and (Name eq 'a' or Name eq 'b')");
    let both = is("a").and(is("b"));
    assert_eq!(both.or(is("c")).text(), "(Name eq 'a' and Name eq 'b') or Name eq 'c'");
    // Words in a literal are no operators.
    let text = is("x and y").or(is("z")).or(is("w"));
    assert!(text.text().ends_with("or Name eq 'w'"));
}

#[test]
fn fifteen_ids_stay_within_the_node_limit() {
    let ids: Vec<Uuid> = (1..=15).map(Uuid::from_u128).collect();
    assert!(Filter::any_of(&ID, &ids).unwrap().nodes() <= Filter::NODES);
    let ids: Vec<Uuid> = (1..=20).map(Uuid::from_u128).collect();
    assert!(Filter::any_of(&ID, &ids).unwrap().nodes() > Filter::NODES);
    assert!(Filter::any_of(&ID, &[]).is_none());
}

#[test]
fn filters_show_no_content() {
    assert!(!format!("{:?}", Filter::eq(&NAME, "canary")).contains("canary"));
}
