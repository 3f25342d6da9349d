use handover_core::desk::{Case, CaseStatus, Desk, EntryOutcome};
use handover_core::error::ErrorKind;
use handover_core::id::Key;
use handover_sim::creatio::{ActivityType, CaseRule, On, RepActivity};
use uuid::Uuid;

use crate::testing::{
    World, attempt, desk_config, desk_on, entries, opening, session, world, world_with,
};

fn resolving() -> World {
    let resolved = crate::ids::CASE_RESOLVED.to_string();
    world_with(desk_config().with_resolved_status_id(&resolved).unwrap())
}

async fn open(world: &World) -> Case {
    world.desk.open(&opening(), &attempt(opening().key)).await.unwrap()
}

async fn resolve(world: &World, case: &Case) -> Result<Case, handover_core::error::Error> {
    let key = Key::status(session(), 1);
    world.desk.set_status(case, CaseStatus::Resolved, &attempt(key)).await
}

fn id() -> Uuid {
    opening().key.uuid()
}

#[tokio::test]
async fn a_case_that_nobody_touched_is_resolved() {
    let world = resolving();
    let case = open(&world).await;
    world.time.pass(60);
    let outcomes = world
        .desk
        .append(&case, &opening().about, &entries(3), &attempt(opening().key))
        .await
        .unwrap()
        .outcomes;
    assert_eq!(outcomes, vec![EntryOutcome::Written; 3]);
    let resolved = resolve(&world, &case).await.unwrap();
    assert_eq!(resolved.status, CaseStatus::Resolved);
    assert_eq!(world.sim.case(id()).unwrap().shown("Status"), "Resolved");
    assert_eq!(resolve(&world, &case).await.unwrap().status, CaseStatus::Resolved);
}

#[tokio::test]
async fn a_case_that_a_person_works_on_is_taken() {
    let owner = |world: &World| {
        let now = world.time.pass(60);
        world.sim.rep_assigns(id(), Some(world.sim.integration_contact()), now);
    };
    let status = |world: &World| {
        world.sim.rep_sets_status(id(), "In progress", world.time.pass(60));
    };
    let wrote = |world: &World| {
        let note = RepActivity::new(ActivityType::Task).notes("internal");
        world.sim.rep_adds_activity(id(), note, world.time.pass(60));
    };
    for act in [owner as fn(&World), status, wrote] {
        let world = resolving();
        let case = open(&world).await;
        act(&world);
        assert_eq!(resolve(&world, &case).await.unwrap_err().kind(), ErrorKind::Taken);
        // Also for a process that has just started and does not know its own contact yet.
        let fresh =
            World { desk: desk_on(&world.sim, &world.time, world.desk.config().clone()), ..world };
        assert_eq!(resolve(&fresh, &case).await.unwrap_err().kind(), ErrorKind::Taken);
        assert_ne!(fresh.sim.case(id()).unwrap().shown("Status"), "Resolved");
    }
}

#[tokio::test]
async fn a_status_that_our_own_entry_moved_is_nobodys() {
    let progress = |world: &World| world.sim.lookup_id("CaseStatus", "In progress").to_string();
    for (after, is_taken) in [(0, false), (1, true)] {
        let world = resolving();
        let rule = CaseRule::new(On::ActivityAdded, "StatusId", progress(&world).into());
        world.sim.rule(rule.after(std::time::Duration::from_secs(after)));
        let case = open(&world).await;
        world.time.pass(60);
        let about = opening().about;
        world.desk.append(&case, &about, &entries(1), &attempt(opening().key)).await.unwrap();
        world.time.pass(60);
        let resolved = resolve(&world, &case).await;
        // What the system's user does later cannot be told from a person's doing.
        assert_eq!(resolved.is_err(), is_taken, "{resolved:?}");
        if is_taken {
            continue;
        }
        // A person who moves it after that has it.
        let case = resolved.unwrap();
        world.sim.rep_sets_status(id(), "In progress", world.time.pass(60));
        assert_eq!(resolve(&world, &case).await.unwrap_err().kind(), ErrorKind::Taken);
    }
}

#[tokio::test]
async fn a_closed_case_is_closed() {
    let world = resolving();
    let case = open(&world).await;
    world.sim.rep_sets_status(id(), "Canceled", world.time.pass(60));
    assert_eq!(resolve(&world, &case).await.unwrap_err().kind(), ErrorKind::Closed);
}

#[tokio::test]
async fn without_a_configured_status_nothing_is_written() {
    let world = world();
    let case = open(&world).await;
    assert_eq!(resolve(&world, &case).await.unwrap().status, CaseStatus::Open);
    assert_eq!(world.sim.case(id()).unwrap().shown("Status"), "New");
}
