use handover_core::assistant::FieldSpec;
use handover_core::channel::Attempt;
use handover_core::desk::{Case, Desk, Handoff};
use handover_core::error::Error;
use handover_core::event::Fact;
use handover_core::feed::{Feed, Scope};
use handover_core::id::Key;
use handover_core::message::{Brief, Field};
use handover_sim::creatio::{Builder, Kind, Record};
use handover_sim::{Fault, Rule};
use http::Method;
use serde_json::Value as Json;

use crate::entities::CASE;
use crate::testing::{
    Time, World, about, attempt, builder, desk_config, desk_on, opening, order_number, session,
};
use crate::{Column, DeskConfig, ReplyRule};

fn spec(column: &str, title: &str, kind: &str) -> FieldSpec {
    let title = title.to_owned();
    FieldSpec { column: column.into(), title, kind: kind.into(), ..order_number() }
}

fn sim() -> Builder {
    builder()
        .column("Case", "UsrAmount", Kind::Float)
        .column("Case", "UsrPieces", Kind::Int)
        .column("Case", "UsrUrgent", Kind::Bool)
        .column("Case", "UsrDue", Kind::Date)
        .lookup("UsrRegion", &["North", "South", "south "])
        .column("Case", "UsrRegion", Kind::Lookup("UsrRegion".to_owned()))
}

fn config() -> DeskConfig {
    let region = spec("UsrRegionId", "Region", "lookup");
    desk_config()
        .with_field(spec("PriorityId", "Priority", "lookup"), None)
        .and_then(|config| config.with_field(region, Some("UsrRegion")))
        .and_then(|config| config.with_field(spec("UsrAmount", "Amount", "number"), None))
        .and_then(|config| config.with_field(spec("UsrPieces", "Pieces", "number"), None))
        .and_then(|config| config.with_field(spec("UsrUrgent", "Urgent", "boolean"), None))
        .and_then(|config| config.with_field(spec("UsrDue", "Due", "date"), None))
        .unwrap()
}

fn world() -> World {
    let (sim, time) = (sim().build(), Time::new());
    for priority in ["High", "Low"] {
        sim.add("CasePriority", &[("Name", Json::from(priority))], time.now());
    }
    let rule = ReplyRule::new(vec!["Task".to_owned()]).unwrap();
    let desk = desk_on(&sim, &time, config().with_reply_rule(rule));
    World { sim, time, desk }
}

fn handoff(fields: &[(&str, &str)]) -> Handoff {
    let field = |(column, value): &(&str, &str)| Field {
        column: (*column).into(),
        value: (*value).to_owned(),
    };
    let fields = fields.iter().map(field).collect();
    let brief = Brief { summary: Some("late".to_owned()), fields, ..Brief::default() };
    Handoff { key: Key::handoff(session(), 5), about: about(), brief }
}

async fn opened(world: &World) -> Case {
    world.desk.open(&opening(), &attempt(opening().key)).await.unwrap()
}

async fn hand_off(world: &World, case: &Case, fields: &[(&str, &str)]) -> Result<Case, Error> {
    let handoff = handoff(fields);
    world.desk.hand_off(case, &handoff, &attempt(handoff.key)).await
}

fn row(world: &World) -> Record {
    world.sim.case(opening().key.uuid()).unwrap()
}

fn notes(world: &World) -> Vec<String> {
    let rows = world.sim.activities(opening().key.uuid());
    rows.iter().map(|row| row.text("Notes").to_owned()).collect()
}

#[tokio::test]
async fn every_type_is_written_as_its_column_takes_it_in_one_patch() {
    let world = world();
    let case = opened(&world).await;
    let said = [
        ("PriorityId", "high"),
        ("UsrRegionId", "North"),
        ("UsrAmount", "12.5"),
        ("UsrPieces", "3"),
        ("UsrUrgent", "yes"),
        ("UsrDue", "2026-12-24"),
        ("UsrOrderNumber", "A-17"),
    ];
    let case = hand_off(&world, &case, &said).await.unwrap();
    let written = row(&world);
    assert_eq!((written.shown("Priority"), written.shown("UsrRegion")), ("High", "North"));
    assert_eq!((written.int("UsrPieces"), written.flag("UsrUrgent")), (3, true));
    let amount = Column::plain("UsrAmount");
    let stands = world.desk.client().get(&CASE, written.id(), std::slice::from_ref(&amount)).await;
    assert_eq!(stands.unwrap().unwrap().spelling(&amount), "12.5");
    assert_eq!(written.date("UsrDue").unwrap().to_rfc3339(), "2026-12-24T00:00:00+00:00");
    assert!(notes(&world).is_empty());
    let patches = || world.sim.requests().iter().filter(|r| r.method == "PATCH").count();
    assert_eq!(patches(), 1);
    hand_off(&world, &case, &said).await.unwrap();
    assert_eq!(patches(), 1, "the second time everything stands");
}

#[tokio::test]
async fn a_label_that_nothing_has_costs_only_its_field_and_is_told_once() {
    let world = world();
    let case = opened(&world).await;
    let said = [
        ("PriorityId", "Catastrophic"),
        ("UsrRegionId", "SOUTH"),
        ("UsrAmount", "a lot"),
        ("UsrOrderNumber", "A-17"),
    ];
    for _ in 0..2 {
        hand_off(&world, &case, &said).await.unwrap();
    }
    assert_eq!(row(&world).text("UsrOrderNumber"), "A-17");
    assert_eq!(row(&world).shown("Priority"), "Medium");
    let notes = notes(&world);
    let [note] = notes.as_slice() else { panic!("{notes:?}") };
    assert_eq!(
        note,
        "These fields were left empty. Please fill them by hand.\n\
         - Priority: no row of CasePriority is called \"Catastrophic\".\n\
         - Region: several rows of UsrRegion are called \"SOUTH\".\n\
         - Amount: \"a lot\" is no number."
    );
    // The note is ours, also for a process that knows nothing yet.
    let desk = desk_on(&world.sim, &world.time, world.desk.config().clone());
    let page = desk.pull(&Scope::Thread(case.reference), None).await.unwrap();
    assert!(!page.events.iter().any(|event| matches!(event.fact, Fact::Reply(_))));
}

#[tokio::test]
async fn labels_are_looked_up_once_and_again_after_a_while() {
    let world = world();
    let case = opened(&world).await;
    let reads = || {
        let of = |r: &&handover_sim::Logged| r.path.ends_with("/CasePriority");
        world.sim.requests().iter().filter(of).count()
    };
    for label in ["High", "Low", "high"] {
        hand_off(&world, &case, &[("PriorityId", label)]).await.unwrap();
    }
    assert_eq!(reads(), 1);
    world.time.pass(3_600);
    hand_off(&world, &case, &[("PriorityId", "High")]).await.unwrap();
    assert_eq!(reads(), 2);
}

#[tokio::test]
async fn a_lookup_that_a_person_changed_is_left_alone() {
    let world = world();
    let case = opened(&world).await;
    let low = world.sim.lookup_id("CasePriority", "Low").to_string();
    let now = world.time.pass(60);
    world.sim.rep_edits_case(opening().key.uuid(), "PriorityId", Json::from(low), now);
    hand_off(&world, &case, &[("PriorityId", "High")]).await.unwrap();
    assert_eq!(row(&world).shown("Priority"), "Low");
    assert!(notes(&world).is_empty());
}

#[tokio::test]
async fn a_table_that_cannot_be_read_is_tried_once_more_and_then_skipped() {
    let world = world();
    let case = opened(&world).await;
    let fault = Fault::Status { code: 500, retry_after: None };
    world.sim.faults().add(Rule::new(fault).method(Method::GET).path("/CasePriority?"));
    let handoff = handoff(&[("PriorityId", "High"), ("UsrOrderNumber", "A-17")]);
    let first = attempt(handoff.key);
    world.desk.hand_off(&case, &handoff, &first).await.unwrap_err();
    let second = Attempt { number: 2, ..first };
    world.desk.hand_off(&case, &handoff, &second).await.unwrap();
    assert_eq!(row(&world).text("UsrOrderNumber"), "A-17");
    assert!(notes(&world)[0].ends_with("- Priority: the table CasePriority could not be read."));
}

#[tokio::test]
async fn a_value_that_creatio_refuses_costs_only_its_field() {
    let world = world();
    let case = opened(&world).await;
    let long = "x".repeat(200);
    hand_off(&world, &case, &[("UsrOrderNumber", long.as_str()), ("PriorityId", "High")])
        .await
        .unwrap();
    assert!(row(&world).text("Symptoms").starts_with("late"));
    assert_eq!(row(&world).shown("Priority"), "High");
    assert_eq!(row(&world).text("UsrOrderNumber"), "");
    assert!(notes(&world)[0].ends_with("- Order number: Creatio refused the value."));
}
