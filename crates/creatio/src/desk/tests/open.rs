use handover_core::desk::{CaseStatus, Desk};
use handover_core::error::{ErrorKind, Retry};
use handover_sim::{Fault, Rule};
use http::Method;
use uuid::Uuid;

use crate::testing::{Time, attempt, builder, desk_config, desk_on, opening, order_number, world};

#[tokio::test]
async fn a_case_has_the_id_of_its_key_and_is_told_as_it_stands() {
    let world = world();
    let opening = opening();
    let case = world.desk.open(&opening, &attempt(opening.key)).await.unwrap();
    let id = opening.key.uuid();
    assert_eq!(case.reference.as_ref(), id.to_string());
    assert_eq!(case.status, CaseStatus::Open);
    let row = world.sim.case(id).unwrap();
    assert_eq!(case.number.as_deref(), Some(row.text("Number")));
    assert_eq!(row.text("Subject"), "sms-us +15551234567: Where is my order?");
    assert!(row.text("Symptoms").starts_with("Where is\nmy order?\n\nCustomer: +15551234567"));
    for column in ["Symptoms", "ContactId", "OwnerId", "GroupId", "StatusId", "UsrOrderNumber"] {
        assert!(case.digests.contains_key(column), "{column}");
    }
    assert_eq!(world.desk.own_contact(), Some(world.sim.integration_contact()));
}

#[tokio::test]
async fn opening_twice_is_one_case_whatever_goes_wrong() {
    for fault in [
        Fault::AfterWrite { status: 500 },
        Fault::DropAfterWrite,
        Fault::Truncate,
        Fault::ExpireToken,
        Fault::Status { code: 429, retry_after: Some(1) },
    ] {
        let world = world();
        let opening = opening();
        let rule = Rule::new(fault).method(Method::POST).path("odata/Case").once();
        world.sim.faults().add(rule);
        let first = world.desk.open(&opening, &attempt(opening.key)).await;
        if let Err(error) = &first {
            assert!(matches!(error.retry(), Retry::Later { .. }), "{fault:?}");
        }
        let case = world.desk.open(&opening, &attempt(opening.key)).await.unwrap();
        assert_eq!(world.sim.cases().len(), 1, "{fault:?}");
        if let Ok(first) = first {
            assert_eq!(first, case, "{fault:?}");
        }
    }
}

#[tokio::test]
async fn contact_and_earlier_case_are_linked_if_they_exist() {
    let world = world();
    let contact = world.sim.add_contact("Ann", "+15551234567", "", world.time.now());
    let mut opening = opening();
    opening.contact = Some(contact.to_string().to_uppercase().into());
    let earlier = world.sim.add("Case", &[("Subject", "old".into())], world.time.now());
    opening.parent = Some(earlier.to_string().into());
    world.desk.open(&opening, &attempt(opening.key)).await.unwrap();
    let row = world.sim.case(opening.key.uuid()).unwrap();
    assert_eq!((row.guid("ContactId"), row.guid("ParentCaseId")), (Some(contact), Some(earlier)));

    let mut dangling = opening.clone();
    dangling.key = handover_core::id::Key::open(crate::testing::session(), 1);
    dangling.contact = Some(Uuid::from_u128(404).to_string().into());
    world.desk.open(&dangling, &attempt(dangling.key)).await.unwrap();
    let row = world.sim.case(dangling.key.uuid()).unwrap();
    assert_eq!(row.guid("ContactId"), None);
}

#[tokio::test]
async fn a_column_that_does_not_exist_is_told_before_anything_is_written() {
    let (sim, time) = (builder().build(), Time::new());
    let mut wrong = order_number();
    wrong.column = "UsrOrderNumbr".into();
    let desk = desk_on(&sim, &time, desk_config().with_fields(vec![wrong]).unwrap());
    let error = desk.open(&opening(), &attempt(opening().key)).await.unwrap_err();
    assert_eq!((error.kind(), error.code()), (ErrorKind::Config, Some("UsrOrderNumbr")));
    assert!(sim.cases().is_empty());
}
