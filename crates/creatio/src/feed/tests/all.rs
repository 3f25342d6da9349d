use std::collections::HashSet;

use chrono::Duration;
use handover_core::event::Fact;
use handover_core::feed::{Cursor, Feed, Page, Scope};
use handover_core::id::EventId;
use handover_sim::creatio::{ActivityType, RepActivity};
use handover_sim::{Fault, Rule};
use std::time::Duration as Span;
use uuid::Uuid;

use crate::ReplyRule;
use crate::testing::{WEBHOOK_SECRET, World, desk_config, limited_client_on, world_with};

fn replying() -> World {
    let rule = ReplyRule::new(vec!["Email".to_owned()]).unwrap();
    world_with(desk_config().with_reply_rule(rule))
}

fn mail(text: &str) -> RepActivity {
    RepActivity::new(ActivityType::Email).body(text).finished()
}

fn case(world: &World) -> Uuid {
    world.sim.add("Case", &[("Subject", "theirs".into())], world.time.now())
}

async fn pull(world: &World, after: Option<&Cursor>) -> Page {
    world.desk.pull(&Scope::All, after).await.unwrap()
}

/// Every event until there is no more, and the last cursor.
async fn drain(world: &World, mut cursor: Option<Cursor>) -> (Vec<(EventId, bool)>, Cursor) {
    let mut events = Vec::new();
    for _ in 0..100 {
        let page = pull(world, cursor.as_ref()).await;
        let is_reply = |fact: &Fact| matches!(fact, Fact::Reply(_));
        assert!(page.events.is_sorted_by_key(|event| event.at));
        events.extend(page.events.into_iter().map(|event| (event.id, is_reply(&event.fact))));
        cursor = page.next;
        if !page.more {
            return (events, cursor.unwrap());
        }
    }
    panic!("the feed does not end");
}

fn replies(events: &[(EventId, bool)]) -> HashSet<&EventId> {
    events.iter().filter(|(_, reply)| *reply).map(|(id, _)| id).collect()
}

#[tokio::test]
async fn what_changed_since_the_cursor_is_told() {
    let world = replying();
    let (nothing, cursor) = drain(&world, None).await;
    assert!(nothing.is_empty());
    let case = case(&world);
    world.sim.rep_adds_activity(case, mail("one"), world.time.pass(60));
    let (events, cursor) = drain(&world, Some(cursor)).await;
    assert_eq!(events.len(), 2);
    assert_eq!(replies(&events).len(), 1);
    world.time.pass(600);
    let (events, cursor) = drain(&world, Some(cursor)).await;
    assert_eq!(replies(&events).len(), 1, "the overlap is read again");
    world.sim.rep_adds_activity(case, mail("two"), world.time.pass(60));
    let (events, _) = drain(&world, Some(cursor)).await;
    assert!(replies(&events).len() <= 2);
}

#[tokio::test]
async fn what_happens_while_the_first_reads_fail_is_told_after_them() {
    let world = replying();
    let begun = pull(&world, None).await;
    assert!(begun.more && begun.events.is_empty());
    assert_eq!(world.sim.round_trips(), 0, "where it begins needs no answer");
    let case = case(&world);
    world.sim.rep_adds_activity(case, mail("one"), world.time.pass(60));
    let down = Fault::Status { code: 503, retry_after: None };
    world.sim.faults().add(Rule::new(down).path("/odata"));
    for _ in 0..10 {
        world.time.pass(120);
        assert!(world.desk.pull(&Scope::All, begun.next.as_ref()).await.is_err());
    }
    world.sim.faults().clear();
    let (events, _) = drain(&world, begun.next).await;
    assert_eq!(replies(&events).len(), 1);
}

#[tokio::test]
async fn it_takes_one_query_for_each_table() {
    let world = replying();
    let (_, cursor) = drain(&world, None).await;
    let before = world.sim.round_trips();
    pull(&world, Some(&cursor)).await;
    assert_eq!(world.sim.round_trips() - before, 2);
}

#[tokio::test]
async fn nothing_is_skipped_over_many_pages() {
    let world = replying();
    let (_, cursor) = drain(&world, None).await;
    let case = case(&world);
    let mut rows = HashSet::new();
    for n in 0..350 {
        let now = world.time.now() + Duration::milliseconds(n / 3);
        rows.insert(world.sim.rep_adds_activity(case, mail("x"), now));
    }
    world.time.pass(3_600);
    let (events, _) = drain(&world, Some(cursor)).await;
    assert_eq!(replies(&events).len(), rows.len());
}

#[tokio::test]
async fn a_bulk_change_of_one_moment_ends() {
    let world = replying();
    let (_, cursor) = drain(&world, None).await;
    let case = case(&world);
    for _ in 0..250 {
        world.sim.rep_adds_activity(case, mail("x"), world.time.now());
    }
    let (events, cursor) = drain(&world, Some(cursor)).await;
    assert_eq!(replies(&events).len(), 250);
    world.time.pass(600);
    drain(&world, Some(cursor)).await;
}

#[tokio::test]
async fn a_transaction_that_ends_late_is_found() {
    let world = replying();
    let case = case(&world);
    let (_, cursor) = drain(&world, None).await;
    let late = mail("late").commits_after(Span::from_secs(20));
    world.sim.rep_adds_activity(case, late, world.time.pass(1));
    world.sim.rep_adds_activity(case, mail("quick"), world.time.pass(5));
    let (events, cursor) = drain(&world, Some(cursor)).await;
    assert_eq!(replies(&events).len(), 1);
    world.time.pass(60);
    let (events, _) = drain(&world, Some(cursor)).await;
    assert_eq!(replies(&events).len(), 2);
}

#[tokio::test]
async fn a_close_waits_for_the_replies_before_it() {
    let world = replying();
    let (_, mut cursor) = drain(&world, None).await;
    let (busy, closed) = (case(&world), case(&world));
    for _ in 0..150 {
        world.sim.rep_adds_activity(busy, mail("x"), world.time.pass(1));
    }
    let last = world.sim.rep_adds_activity(closed, mail("bye"), world.time.pass(1));
    world.sim.rep_sets_status(closed, "Closed", world.time.pass(1));
    let (events, next) = drain(&world, Some(cursor)).await;
    cursor = next;
    let place =
        |wanted: &str| events.iter().position(|(id, _)| id.row().ends_with(wanted)).unwrap();
    assert!(place(&last.to_string()) < place(&closed.to_string()));
    drain(&world, Some(cursor)).await;
}

#[tokio::test]
async fn a_strange_cursor_is_read_as_none() {
    let world = replying();
    let page = pull(&world, Some(&Cursor("from another feed".into()))).await;
    assert!(page.next.is_some());
}

#[tokio::test]
async fn polling_leaves_customers_their_share_of_the_days_calls() {
    for (secrets, still_polls) in [(vec![], true), (vec![WEBHOOK_SECRET.into()], false)] {
        let world = replying();
        let config = world.desk.config().clone().with_webhook_secrets(secrets).unwrap();
        let desk = crate::Creatio::new(limited_client_on(&world.sim, &world.time, 100), config);
        let desk = desk.unwrap();
        let (mut polls, mut cursor) = (0, None);
        while polls < 90
            && let Ok(page) = desk.pull(&Scope::All, cursor.as_ref()).await
        {
            (polls, cursor) = (polls + 1, page.next.or(cursor));
        }
        // The first only tells where to begin, and costs nothing.
        assert_eq!(polls, if still_polls { 50 } else { 40 });
        let case = Scope::Thread(case(&world).to_string().into());
        assert_eq!(desk.pull(&case, None).await.is_ok(), !still_polls, "customers come first");
    }
}
