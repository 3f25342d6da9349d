//! The list of events: nothing is left out, however it is asked.

use std::collections::BTreeSet;

use chrono::TimeDelta;
use handover_core::event::Fact;
use handover_core::feed::{Cursor, Feed as _, Scope};

use crate::world::{World, builder, desk};

/// Reads to the end of the list; says which messages of customers it told of, and where it stopped.
async fn read(world: &World, mut cursor: Option<Cursor>) -> (Vec<String>, Option<Cursor>) {
    let mut told = Vec::new();
    for _ in 0..200 {
        let page = world.front.pull(&Scope::All, cursor.as_ref()).await.unwrap();
        let messages = page.events.iter().filter(|e| matches!(e.fact, Fact::Message(_)));
        told.extend(messages.map(|event| event.id.as_str().to_owned()));
        cursor = page.next;
        if !page.more {
            return (told, cursor);
        }
    }
    panic!("the list has no end");
}

fn world() -> World {
    World::new(builder().plan(1_000_000).build(), desk())
}

/// Texts of `count` customers at once.
fn texts(world: &World, count: usize) {
    for n in 0..count {
        let from = format!("+1415555{n:04}");
        world.sim.customer_texts(&from, "Hello", &[], world.now());
    }
}

#[tokio::test]
async fn more_events_in_one_second_than_a_page_holds_are_all_told() {
    let world = world();
    texts(&world, 100);
    let (told, cursor) = read(&world, None).await;
    assert_eq!(told.len(), 100, "each once");
    assert_eq!(told.iter().collect::<BTreeSet<_>>().len(), 100);
    // What is read again has the same ids.
    let (again, _) = read(&world, cursor).await;
    assert!(again.iter().all(|id| told.contains(id)));
}

#[tokio::test]
async fn a_long_interruption_is_read_from_where_it_began() {
    let world = world();
    texts(&world, 1);
    let (_, cursor) = read(&world, None).await;
    let mut expected = 1;
    for _ in 0..30 {
        world.pass(TimeDelta::minutes(20));
        texts(&world, 2);
        expected += 2;
    }
    world.pass(TimeDelta::hours(2));
    let (told, _) = read(&world, cursor).await;
    assert_eq!(told.into_iter().collect::<BTreeSet<_>>().len(), expected);
}

#[tokio::test]
async fn an_event_that_is_listed_late_is_told_all_the_same() {
    let world = world();
    texts(&world, 1);
    let (_, cursor) = read(&world, None).await;
    // Front lists it when the newest event is already one of half a minute later.
    world.sim.customer_texts("+14155559999", "Late", &[], world.now() - TimeDelta::seconds(30));
    let (told, cursor) = read(&world, cursor).await;
    assert_eq!(told.len(), 2);
    // Where it is quiet, the cursor stays behind the time.
    world.pass(TimeDelta::hours(1));
    let (_, cursor) = read(&world, cursor).await;
    world.sim.customer_texts("+14155558888", "Late", &[], world.now() - TimeDelta::minutes(5));
    let (told, _) = read(&world, cursor).await;
    assert_eq!(told.len(), 1);
}

#[tokio::test]
async fn the_list_is_of_our_inboxes_and_with_a_partner_channel_of_all() {
    let channel = handover_front::ids::ChannelId::new("cha_own").unwrap();
    let api = handover_front::ChannelApi::new("app", vec!["secret".into()], channel).unwrap();
    for (config, is_filtered) in [(desk(), true), (desk().with_channel_api(api), false)] {
        let world = World::new(builder().build(), config);
        read(&world, None).await;
        let query = world.sim.requests().pop().unwrap().query;
        assert_eq!(query.contains("inb_sms"), is_filtered, "{query}");
    }
}
