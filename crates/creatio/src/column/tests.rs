use chrono::{TimeZone, Utc};
use handover_core::error::ErrorKind;
use serde_json::{Value as Json, json};
use uuid::{Uuid, uuid};

use super::{Column, Entity, Values};

const CASE: Column = Column::lookup("Case");
const TITLE: Column = Column::plain("Title");

#[test]
fn a_lookup_is_spelt_for_each_place() {
    assert_eq!(CASE.body(), "CaseId");
    assert_eq!(CASE.path(), "Case/Id");
    assert_eq!(TITLE.body(), "Title");
    assert_eq!(TITLE.path(), "Title");
}

#[test]
fn a_body_sets_clears_and_leaves_alone() {
    let id = uuid!("ae5f2f10-f46b-1410-fd9a-0050ba5d6c38");
    let values = Values::new()
        .set(TITLE, "a\"b")
        .set(CASE, id)
        .set(Column::plain("StartDate"), Utc.with_ymd_and_hms(2026, 1, 2, 3, 4, 5).unwrap())
        .set_some(Column::plain("Absent"), None::<String>)
        .clear(Column::lookup("Owner"));
    let body = Json::from(values.body().unwrap());
    let written = json!({"Title": "a\"b", "CaseId": "ae5f2f10-f46b-1410-fd9a-0050ba5d6c38",
        "StartDate": "2026-01-02T03:04:05Z", "OwnerId": null});
    assert_eq!(body, written);
}

#[test]
fn what_creatio_would_drop_is_refused() {
    for values in [
        Values::new().set(CASE, Uuid::nil()),
        Values::new().set(Column::plain("EntityId"), Uuid::nil()),
        Values::new().set(CASE, "High"),
    ] {
        assert_eq!(values.body().unwrap_err().kind(), ErrorKind::Invalid);
    }
}

#[test]
fn names_are_identifiers() {
    for name in ["UsrOrderNumber", "A1_b"] {
        assert!(Column::named(name).is_ok() && Entity::named(name).is_ok());
    }
    for name in ["", "1a", "Case/Id", "a b", "a,b", "Ü", "$top"] {
        assert!(Column::named(name).is_err() && Entity::named(name).is_err());
    }
}

#[test]
fn values_show_no_content() {
    let values = Values::new().set(TITLE, "canary");
    assert!(!format!("{values:?}").contains("canary"));
}
