use chrono::{TimeZone, Utc};
use handover_core::assistant::FieldSpec;

use super::{Why, read};
use crate::DeskConfig;
use crate::column::Value;
use crate::config::{Field, FieldKind};
use crate::testing::{desk_config, order_number};

fn spec(column: &str, kind: &str, options: &[&str]) -> FieldSpec {
    FieldSpec {
        column: column.into(),
        kind: kind.into(),
        options: options.iter().map(|option| (*option).to_owned()).collect(),
        ..order_number()
    }
}

fn field(kind: &str, options: &[&str]) -> Field {
    let config = desk_config().with_fields(vec![spec("UsrX", kind, options)]).unwrap();
    config.fields[0].clone()
}

fn refused(config: Result<DeskConfig, crate::ConfigError>) -> &'static str {
    config.unwrap_err().key()
}

#[test]
fn a_value_is_read_as_its_type_or_not_at_all() {
    let at = |day| Some(Value::Time(Utc.with_ymd_and_hms(2026, 11, day, 0, 0, 0).unwrap()));
    let text = |text: &str| Some(Value::Text(text.to_owned()));
    for (kind, said, value) in [
        ("boolean", "Yes", Some(Value::Flag(true))),
        ("boolean", "false", Some(Value::Flag(false))),
        ("boolean", "maybe", None),
        ("date", "2026-11-20", at(20)),
        ("date", "2026-11-20T02:00:00+02:00", at(20)),
        ("date", "20.11.2026", None),
        ("date", "2026-11-20T02:00:00", None),
        ("date", "2026-02-30", None),
        ("number", "-17", Some(Value::Number(-17))),
        ("number", "1 250.5", Some(Value::Decimal(1250.5))),
        ("number", "1,250", None),
        ("number", "1e9", None),
        ("number", "NaN", None),
        ("number", "many", None),
        ("text", "a 'quoted' text", text("a 'quoted' text")),
        ("dropdown", "high", text("High")),
        ("dropdown", "highest", None),
    ] {
        let read = read(&field(kind, &["High", "Low"]), said);
        assert!(read.as_ref().ok() == value.as_ref(), "{kind} {said}: {read:?}");
    }
    let none = read(&field("dropdown", &["High"]), "highest");
    assert_eq!(none, Err(Why::NotOne { value: "highest".to_owned() }));
}

#[test]
fn a_lookup_is_spelt_as_people_copy_it_and_knows_its_table() {
    for (column, kind, entity, body, table) in [
        ("PriorityId", "dropdown", None, "PriorityId", "CasePriority"),
        ("Priority", "lookup", None, "PriorityId", "CasePriority"),
        ("CategoryId", "lookup", Some("UsrCategory"), "CategoryId", "UsrCategory"),
        ("UsrRegion", "dropdown", Some("UsrRegion"), "UsrRegionId", "UsrRegion"),
    ] {
        let config = desk_config().with_fields(Vec::new()).unwrap();
        let config = config.with_field(spec(column, kind, &["a"]), entity).unwrap();
        let field = &config.fields[0];
        assert_eq!(field.column.body(), body);
        assert!(matches!(&field.kind, FieldKind::Lookup(found) if found.name() == table));
    }
}

#[test]
fn a_field_that_cannot_be_filled_is_refused_with_its_key() {
    let with = |field, entity| desk_config().with_field(field, entity);
    assert_eq!(refused(with(spec("Usr X", "text", &[]), None)), "field.column");
    assert_eq!(refused(with(spec("StatusId", "lookup", &[]), Some("CaseStatus"))), "field.column");
    assert_eq!(refused(with(spec("Owner", "lookup", &[]), Some("Contact"))), "field.column");
    assert_eq!(refused(with(spec("Symptoms", "text", &[]), None)), "field.column");
    assert_eq!(refused(with(order_number(), None)), "field.column", "it is filled already");
    assert_eq!(refused(with(spec("UsrX", "color", &[]), None)), "field.type");
    assert_eq!(refused(with(spec("UsrX", "dropdown", &[]), None)), "field.options");
    assert_eq!(refused(with(spec("UsrX", "lookup", &[]), None)), "field.entity");
    assert_eq!(refused(with(spec("UsrXId", "dropdown", &["a"]), None)), "field.entity");
    assert_eq!(refused(with(spec("UsrX", "text", &[]), Some("UsrY"))), "field.entity");
    assert_eq!(refused(with(spec("UsrX", "lookup", &[]), Some("Usr Y"))), "field.entity");
}
