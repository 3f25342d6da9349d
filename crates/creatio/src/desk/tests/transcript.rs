use handover_core::channel::Attempt;
use handover_core::desk::{Appended, Case, Desk, EntryOutcome, Handoff};
use handover_core::error::{ErrorKind, Retry};
use handover_core::id::Key;
use handover_core::message::{Brief, Speaker};
use handover_sim::{Fault, Rule};
use http::Method;

use crate::testing::{
    Time, World, about, attempt, builder, desk_config, desk_on, entries, entry, opening, session,
    world,
};

async fn open(world: &World) -> Case {
    world.desk.open(&opening(), &attempt(opening().key)).await.unwrap()
}

fn again(number: u32) -> Attempt {
    Attempt { number, ..attempt(Key::entry(session(), 1)) }
}

#[tokio::test]
async fn each_message_is_one_activity_in_order() {
    let world = world();
    let case = open(&world).await;
    let mut list = entries(3);
    list[0].link = about().link;
    list.push(entry(4, Speaker::Assistant, &"long ".repeat(500)));
    let outcomes =
        world.desk.append(&case, &opening().about, &list, &again(1)).await.unwrap().outcomes;
    assert_eq!(outcomes, vec![EntryOutcome::Written; 4]);
    let mut rows = world.sim.activities(opening().key.uuid());
    rows.sort_by_key(|row| row.date("StartDate"));
    assert_eq!(rows.len(), 4);
    for (row, entry) in rows.iter().zip(&list) {
        assert_eq!(row.id(), entry.key.uuid());
        assert_eq!(row.date("StartDate"), Some(entry.at));
        assert_eq!(row.date("DueDate"), Some(entry.at));
        assert_eq!(row.shown("Type"), "Task");
        assert_eq!(row.shown("Status"), "Completed");
        assert_eq!(row.text("GlobalActivityID"), entry.key.to_string());
        assert!(row.text("Title").starts_with(&format!("#{} ", entry.seq)));
    }
    assert!(rows[0].text("Notes").contains("View session: https://relay.acme.example/sessions/7"));
    assert!(rows[3].text("Notes").starts_with(list[3].text.trim_end()));
}

#[tokio::test]
async fn a_hundred_messages_and_a_handoff_take_five_round_trips() {
    let (sim, time) = (builder().build(), Time::new());
    let config =
        desk_config().with_default_owner_id("410006e1-ca4e-4502-a9ec-e54d922d2c00").unwrap();
    let desk = desk_on(&sim, &time, config);
    let mut warm = opening();
    warm.key = Key::open(session(), 9);
    let case = desk.open(&warm, &attempt(warm.key)).await.unwrap();
    let one = [entry(999, Speaker::Customer, "warm")];
    desk.append(&case, &opening().about, &one, &again(1)).await.unwrap();

    let before = sim.round_trips();
    let case = desk.open(&opening(), &attempt(opening().key)).await.unwrap();
    let outcomes =
        desk.append(&case, &opening().about, &entries(100), &again(1)).await.unwrap().outcomes;
    let handoff =
        Handoff { key: Key::handoff(session(), 101), about: about(), brief: Brief::default() };
    desk.hand_off(&case, &handoff, &attempt(handoff.key)).await.unwrap();
    assert_eq!(outcomes, vec![EntryOutcome::Written; 100]);
    assert_eq!(sim.activities(opening().key.uuid()).len(), 100);
    assert!(sim.round_trips() - before <= 5, "{} round trips", sim.round_trips() - before);
}

#[tokio::test]
async fn nothing_is_lost_or_doubled_when_a_batch_goes_wrong() {
    let batch = |fault| Rule::new(fault).method(Method::POST).path("$batch").once();
    let item = |fault| Rule::new(fault).batch_items().after(49).once();
    for rule in [
        batch(Fault::AfterWrite { status: 500 }),
        batch(Fault::DropAfterWrite),
        batch(Fault::DropBeforeWrite),
        batch(Fault::Truncate),
        batch(Fault::ExpireToken),
        batch(Fault::Html),
        batch(Fault::Status { code: 429, retry_after: Some(1) }),
        item(Fault::AfterWrite { status: 500 }),
        item(Fault::Status { code: 503, retry_after: None }),
        Rule::new(Fault::Status { code: 500, retry_after: None }).batch_items().times(10),
    ] {
        let world = world();
        let case = open(&world).await;
        let list = entries(100);
        let shown = format!("{rule:?}");
        world.sim.faults().add(rule);
        let mut left = list.clone();
        let mut calls = 0;
        while !left.is_empty() {
            calls += 1;
            assert!(calls < 4, "{shown}");
            match world.desk.append(&case, &opening().about, &left, &again(calls)).await {
                Ok(Appended { outcomes, .. }) => {
                    assert_eq!(outcomes.len(), left.len());
                    assert!(!outcomes.iter().any(|o| matches!(o, EntryOutcome::Refused { .. })));
                    let mut outcomes = outcomes.into_iter();
                    left.retain(|_| outcomes.next() != Some(EntryOutcome::Written));
                }
                Err(error) => assert!(matches!(error.retry(), Retry::Later { .. }), "{shown}"),
            }
        }
        assert_eq!(world.sim.activities(opening().key.uuid()).len(), 100, "{shown}");
        for entry in &list {
            assert!(world.sim.record("Activity", entry.key.uuid()).is_some());
        }
    }
}

#[tokio::test]
async fn a_row_that_is_refused_does_not_hold_up_its_neighbours() {
    let world = world();
    let case = open(&world).await;
    let lost = Case::new(uuid::Uuid::from_u128(404).to_string());
    let outcomes =
        world.desk.append(&lost, &opening().about, &entries(2), &again(1)).await.unwrap().outcomes;
    let refused = EntryOutcome::Refused { code: "foreign-key".into() };
    assert_eq!(outcomes, [refused.clone(), refused]);
    let error = world
        .desk
        .append(&Case::new("x"), &opening().about, &entries(1), &again(1))
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Invalid);
    assert!(
        world
            .desk
            .append(&case, &opening().about, &[], &again(1))
            .await
            .unwrap()
            .outcomes
            .is_empty()
    );
}

#[tokio::test]
async fn a_later_attempt_writes_only_what_is_missing() {
    let world = world();
    let case = open(&world).await;
    world.desk.append(&case, &opening().about, &entries(40), &again(1)).await.unwrap();
    let today = world.time.now().date_naive();
    let before = world.sim.metered(today);
    let outcomes =
        world.desk.append(&case, &opening().about, &entries(42), &again(2)).await.unwrap().outcomes;
    assert_eq!(outcomes, vec![EntryOutcome::Written; 42]);
    assert_eq!(world.sim.activities(opening().key.uuid()).len(), 42);
    assert!(world.sim.metered(today) - before <= 6);
}
