use handover_core::desk::{Case, CaseStatus, Desk};
use handover_core::error::{Error, ErrorKind};
use handover_core::id::Key;
use serde_json::Value as Json;
use uuid::Uuid;

use crate::testing::{World, attempt, desk_config, opening, session, world_with};

fn world() -> World {
    let resolved = crate::ids::CASE_RESOLVED.to_string();
    world_with(desk_config().with_resolved_status_id(&resolved).unwrap())
}

fn id() -> Uuid {
    opening().key.uuid()
}

async fn opened(world: &World) -> Case {
    world.desk.open(&opening(), &attempt(opening().key)).await.unwrap()
}

async fn set(world: &World, case: &Case, status: CaseStatus) -> Result<Case, Error> {
    world.desk.set_status(case, status, &attempt(Key::status(session(), 1))).await
}

#[tokio::test]
async fn a_case_is_opened_again_whoever_resolved_it_and_what_closed_it_is_gone() {
    for by_person in [false, true] {
        let world = world();
        let case = opened(&world).await;
        let owner = world.sim.integration_contact();
        world.sim.rep_assigns(id(), Some(owner), world.time.pass(60));
        if by_person {
            world.sim.rep_sets_status(id(), "Resolved", world.time.pass(60));
            let code = world.sim.lookup_id("ClosureCode", "Spam").to_string();
            world.sim.rep_edits_case(id(), "ClosureCodeId", Json::from(code), world.time.now());
            let at = Json::from("2026-11-20T10:00:00Z");
            world.sim.rep_edits_case(id(), "ClosureDate", at, world.time.now());
        } else {
            let resolved = crate::ids::CASE_RESOLVED;
            let values = crate::Values::new().set(crate::entities::case::STATUS, resolved);
            world.desk.client().update(&crate::entities::CASE, id(), &values).await.unwrap();
        }
        let due = Json::from("2026-11-21T10:00:00Z");
        world.sim.rep_edits_case(id(), "SolutionDate", due, world.time.now());
        for _ in 0..2 {
            let open = set(&world, &case, CaseStatus::Open).await.unwrap();
            assert_eq!(open.status, CaseStatus::Open);
        }
        let row = world.sim.case(id()).unwrap();
        assert_eq!(row.shown("Status"), "Reopened");
        assert_eq!(row.guid("OwnerId"), Some(owner), "who had it knows the customer");
        assert_eq!((row.date("ClosureDate"), row.date("SolutionProvidedOn")), (None, None));
        assert_eq!(row.guid("ClosureCodeId"), None);
        assert!(row.date("SolutionDate").is_some(), "by when it is due is no closing data");
    }
}

#[tokio::test]
async fn what_we_opened_again_we_may_resolve_again() {
    let world = world();
    let case = opened(&world).await;
    world.sim.rep_sets_status(id(), "Resolved", world.time.pass(60));
    world.time.pass(60);
    let case = set(&world, &case, CaseStatus::Open).await.unwrap();
    world.time.pass(60);
    assert_eq!(
        set(&world, &case, CaseStatus::Resolved).await.unwrap().status,
        CaseStatus::Resolved
    );
}

#[tokio::test]
async fn a_final_case_is_not_opened_again() {
    let world = world();
    let case = opened(&world).await;
    world.sim.rep_sets_status(id(), "Closed", world.time.pass(60));
    let error = set(&world, &case, CaseStatus::Open).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Closed);
    assert_eq!(world.sim.case(id()).unwrap().shown("Status"), "Closed");
}

#[tokio::test]
async fn a_tenant_that_renamed_its_statuses_is_understood_by_their_flags() {
    let world = world();
    let case = opened(&world).await;
    let done = [("Name", Json::from("Erledigt")), ("IsResolved", Json::from(true))];
    let done = world.sim.add("CaseStatus", &done, world.time.now()).to_string();
    world.sim.rep_edits_case(id(), "StatusId", Json::from(done), world.time.pass(60));
    assert_eq!(set(&world, &case, CaseStatus::Open).await.unwrap().status, CaseStatus::Open);
}
