use handover_core::desk::{Amendment, Case, Desk, Handoff};
use handover_core::error::{ErrorKind, Retry};
use handover_core::id::Key;
use handover_core::message::{Brief, Field};
use handover_sim::{Fault, Rule};
use http::Method;
use serde_json::Value as Json;
use uuid::{Uuid, uuid};

use crate::testing::{World, about, attempt, desk_config, opening, session, world_with};

const OWNER: Uuid = uuid!("410006e1-ca4e-4502-a9ec-e54d922d2c00");

fn world() -> World {
    world_with(desk_config().with_default_owner_id(&OWNER.to_string()).unwrap())
}

async fn open(world: &World) -> Case {
    world.desk.open(&opening(), &attempt(opening().key)).await.unwrap()
}

fn handoff(summary: &str, order: &str) -> Handoff {
    let brief = Brief {
        summary: Some(summary.to_owned()),
        fields: vec![
            Field { column: "UsrOrderNumber".into(), value: order.to_owned() },
            Field { column: "PriorityId".into(), value: "not allowed".to_owned() },
        ],
        ..Brief::default()
    };
    Handoff { key: Key::handoff(session(), 5), about: about(), brief }
}

async fn hand_off(world: &World, case: &Case, handoff: &Handoff) -> Case {
    world.desk.hand_off(case, handoff, &attempt(handoff.key)).await.unwrap()
}

fn id() -> Uuid {
    opening().key.uuid()
}

#[tokio::test]
async fn a_handoff_writes_description_fields_and_owner_in_one_patch() {
    let world = world();
    let case = open(&world).await;
    let case = hand_off(&world, &case, &handoff("A late order.", "A-17")).await;
    let row = world.sim.case(id()).unwrap();
    assert!(row.text("Symptoms").starts_with("A late order.\n\nCustomer: +15551234567"));
    assert_eq!(row.text("UsrOrderNumber"), "A-17");
    assert_eq!(row.guid("OwnerId"), Some(OWNER));
    assert_eq!(row.shown("Priority"), "Medium");
    assert_eq!(case.owner.as_deref(), Some(OWNER.to_string().as_str()));
    let patches = world.sim.requests().iter().filter(|request| request.method == "PATCH").count();
    assert_eq!(patches, 1);
}

#[tokio::test]
async fn a_handoff_made_twice_changes_nothing_the_second_time() {
    for fault in [Fault::AfterWrite { status: 500 }, Fault::DropAfterWrite, Fault::Truncate] {
        let world = world();
        let case = open(&world).await;
        let handoff = handoff("A late order.", "A-17");
        world.sim.faults().add(Rule::new(fault).method(Method::PATCH).once());
        let first = world.desk.hand_off(&case, &handoff, &attempt(handoff.key)).await;
        let second = hand_off(&world, &case, &handoff).await;
        let third = hand_off(&world, &second, &handoff).await;
        assert_eq!(second.digests, third.digests);
        if let Ok(first) = first {
            assert_eq!(first.digests, second.digests);
        }
        assert_eq!(world.sim.case(id()).unwrap().text("UsrOrderNumber"), "A-17");
    }
}

#[tokio::test]
async fn a_column_that_a_person_edited_is_left_alone_for_good() {
    let world = world();
    let case = open(&world).await;
    let now = world.time.pass(60);
    world.sim.rep_edits_case(id(), "Symptoms", Json::from("by hand"), now);
    world.sim.rep_edits_case(id(), "UsrOrderNumber", Json::from("B-1"), now);
    world.sim.rep_assigns(id(), Some(world.sim.integration_contact()), now);
    let case = hand_off(&world, &case, &handoff("first", "A-17")).await;
    let case = hand_off(&world, &case, &handoff("second", "A-18")).await;
    let amendment = Amendment {
        key: Key::amend(session(), 1),
        about: about(),
        contact: None,
        brief: Some(handoff("third", "A-19").brief),
    };
    world.desk.amend(&case, &amendment, &attempt(amendment.key)).await.unwrap();
    let row = world.sim.case(id()).unwrap();
    assert_eq!(row.text("Symptoms"), "by hand");
    assert_eq!(row.text("UsrOrderNumber"), "B-1");
    assert_eq!(row.guid("OwnerId"), Some(world.sim.integration_contact()));
}

#[tokio::test]
async fn what_comes_late_is_amended() {
    let world = world();
    let case = open(&world).await;
    let contact = world.sim.add_contact("Ann", "+15551234567", "", world.time.now());
    let amendment = Amendment {
        key: Key::amend(session(), 1),
        about: about(),
        contact: Some(contact.to_string().into()),
        brief: None,
    };
    let case = world.desk.amend(&case, &amendment, &attempt(amendment.key)).await.unwrap();
    let row = world.sim.case(id()).unwrap();
    assert_eq!(row.guid("ContactId"), Some(contact));
    assert!(row.text("Symptoms").starts_with("Where is"), "no brief, no new description");
    let case = hand_off(&world, &case, &handoff("A late order.", "A-17")).await;
    assert!(case.digests.contains_key("ContactId"));
}

#[tokio::test]
async fn a_value_that_its_column_does_not_take_does_not_hold_up_the_handoff() {
    let world = world();
    let case = open(&world).await;
    let case = hand_off(&world, &case, &handoff("A late order.", &"x".repeat(200))).await;
    let row = world.sim.case(id()).unwrap();
    assert_eq!(row.guid("OwnerId"), Some(OWNER));
    assert_eq!(row.text("UsrOrderNumber"), "");
    hand_off(&world, &case, &handoff("A late order.", "A-17")).await;
    assert_eq!(world.sim.case(id()).unwrap().text("UsrOrderNumber"), "A-17");
}

#[tokio::test]
async fn a_closed_case_takes_nothing_more() {
    let world = world();
    let case = open(&world).await;
    world.sim.rep_sets_status(id(), "Closed", world.time.pass(60));
    let handoff = handoff("late", "A-17");
    let error = world.desk.hand_off(&case, &handoff, &attempt(handoff.key)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Closed);
    let gone = Case::new(Uuid::from_u128(404).to_string());
    let error = world.desk.hand_off(&gone, &handoff, &attempt(handoff.key)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
}

#[tokio::test]
async fn a_case_that_cannot_be_seen_yet_is_waited_for_and_one_that_is_gone_is_not() {
    let world = world();
    world.sim.set_read_lag(std::time::Duration::from_secs(5));
    let case = open(&world).await;
    let handoff = handoff("A late order.", "A-17");
    let mut attempt = attempt(handoff.key);
    (attempt.first, attempt.now) = (world.time.now(), world.time.now());
    let error = world.desk.hand_off(&case, &handoff, &attempt).await.unwrap_err();
    assert!(matches!(error.retry(), Retry::Later { .. }), "{error}");
    attempt.now = world.time.pass(6);
    world.desk.hand_off(&case, &handoff, &attempt).await.unwrap();
    assert_eq!(world.sim.case(id()).unwrap().guid("OwnerId"), Some(OWNER));
    world.sim.rep_deletes("Case", id(), world.time.now());
    let error = world.desk.hand_off(&case, &handoff, &attempt).await.unwrap_err();
    assert!(matches!(error.retry(), Retry::Later { .. }), "{error}");
    attempt.now = world.time.pass(180);
    let error = world.desk.hand_off(&case, &handoff, &attempt).await.unwrap_err();
    assert_eq!((error.kind(), error.retry()), (ErrorKind::NotFound, Retry::Never));
}
