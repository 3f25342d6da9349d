use chrono::TimeDelta;
use handover_core::error::ErrorKind;
use handover_core::event::Fact;
use handover_core::feed::{Cursor, Feed as _, Scope};
use handover_core::thread::Thread;
use serde_json::{Value, json};

use super::Place;
use crate::testing::{
    CNV, World, channel_id, conversation, desk_config, event, inbound, message, now,
};

fn page(rows: &[Value], next: Option<&str>) -> Value {
    json!({"_results": rows, "_pagination": {"next": next}})
}

fn numbered(id: &str, message: &str) -> Value {
    let mut row = inbound(message, "Hi", None);
    row["id"] = json!(id);
    row
}

#[tokio::test]
async fn events_are_read_by_pages_of_15_and_the_cursor_follows() {
    let world = World::new();
    let next = "https://acme.api.frontapp.com/events?limit=15&page_token=t1";
    // Newest first or not: they are told in the order of their ids.
    let rows = [numbered("evt_10", "msg_b"), numbered("evt_z", "msg_a")];
    world.script.json(page(&rows, Some(next)));
    let read = world.front.pull(&Scope::All, None).await.unwrap();
    let ids: Vec<&str> = read.events.iter().map(|event| event.id.as_str()).collect();
    assert_eq!(ids, ["front-sms:msg_a", "front-sms:msg_b"]);
    assert!(read.more);
    let line = &world.script.lines()[0];
    let after = (now() - TimeDelta::minutes(10)).timestamp();
    assert!(line.starts_with("GET /events?limit=15&sort_by=created_at&sort_order=asc&"), "{line}");
    assert!(line.contains(&format!("q%5Bafter%5D={after}.000&")), "{line}");
    assert!(
        line.contains("q%5Btypes%5D%5B%5D=inbound")
            && line.contains("q%5Binboxes%5D%5B%5D=inb_sms")
    );
    world.script.json(page(&[], None));
    let read = world.front.pull(&Scope::All, read.next.as_ref()).await.unwrap();
    assert_eq!(world.script.lines()[1], "GET /events?limit=15&page_token=t1");
    assert!(!read.more);
    // At the end it stays a minute behind the newest.
    world.script.json(page(&[], None));
    let read = world.front.pull(&Scope::All, read.next.as_ref()).await.unwrap();
    let after = (now() - TimeDelta::minutes(1)).timestamp();
    assert!(world.script.lines()[2].contains(&format!("q%5Bafter%5D={after}.000&")));
    assert!(read.events.is_empty() && read.next.is_some());
}

#[tokio::test]
async fn a_page_that_is_gone_begins_again_and_a_strange_cursor_is_none() {
    let world = World::new();
    let place = Place::start(now());
    let within = place.after(Some(now()), Some("/events?page_token=old".into()), now());
    world.script.status(400);
    let read = world.front.pull(&Scope::All, Some(&within.cursor())).await.unwrap();
    assert!(read.more && read.events.is_empty());
    let again = Place::parse(&read.next.unwrap()).unwrap();
    assert!(!again.is_within());
    for strange in ["", "x y", "1", "1 2 /teammates", "1 2 https://evil.example/events?"] {
        let place = Place::parse(&Cursor(strange.into()));
        assert!(place.is_none_or(|place| place.path(&desk_config()).starts_with("/events?")));
    }
    world.script.status(400);
    let error = world.front.pull(&Scope::All, None).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Invalid);
}

#[tokio::test]
async fn pages_on_a_foreign_host_or_in_a_circle_are_refused() {
    let world = World::new();
    world.script.json(page(&[], Some("https://evil.example/events?page_token=1")));
    let error = world.front.pull(&Scope::All, None).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Protocol);
    let own = "https://acme.api.frontapp.com/events?page_token=1";
    let within = Place::start(now()).after(None, Some("/events?page_token=1".into()), now());
    world.script.json(page(&[], Some(own)));
    let error = world.front.pull(&Scope::All, Some(&within.cursor())).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Protocol);
}

#[tokio::test]
async fn one_conversation_is_read_by_its_own_events() {
    let world = World::new();
    world.script.json(page(&[numbered("evt_2", "msg_2"), numbered("evt_1", "msg_1")], None));
    let read = world.front.pull(&Scope::Thread(CNV.into()), None).await.unwrap();
    assert_eq!(world.script.lines(), ["GET /conversations/cnv_abc/events?limit=15"]);
    assert_eq!((read.events.len(), read.next, read.more), (2, None, false));
    world.script.status(404);
    let read = world.front.pull(&Scope::Thread(CNV.into()), None).await.unwrap();
    assert_eq!(read.ignored, 1);
    let read = world.front.pull(&Scope::Thread("../x".into()), None).await.unwrap();
    assert_eq!((read.ignored, world.script.lines().len()), (1, 2));
}

#[tokio::test]
async fn previews_are_fetched_once_for_a_conversation() {
    let world = World::new();
    let preview = |id: &str, of: &str| {
        let short = ("message", json!({"id": of, "_links": {}}));
        let mut row = event(id, "inbound", short, None);
        row["conversation"] = json!({"id": CNV, "_links": {}});
        row["source"] = Value::Null;
        row
    };
    world.script.json(page(&[preview("evt_1", "msg_1"), preview("evt_2", "msg_2")], None));
    world.script.json(message("msg_1", None, "Hi", 0)).json(conversation(Some("tea_ai")));
    world.script.json(json!({"_results": [{"id": "inb_sms"}]}));
    world.script.json(message("msg_2", None, "Hello?", 0));
    let read = world.front.pull(&Scope::All, None).await.unwrap();
    assert_eq!(read.events.len(), 2);
    assert!(matches!(&read.events[1].fact, Fact::Message(said) if said.text == "Hello?"));
    assert_eq!(read.events[0].threads[0], Thread::channel(&channel_id(), CNV));
    assert_eq!(world.script.lines()[3], "GET /conversations/cnv_abc/inboxes");
    assert_eq!(world.script.lines().len(), 5);
    assert!(world.front.capabilities_are_foreign());
}

#[tokio::test]
async fn a_merged_conversation_is_told_under_both_names() {
    let world = World::new();
    let to = "https://acme.api.frontapp.com/conversations/cnv_new/events?limit=15";
    let mut archived = event("evt_1", "archive", ("", Value::Null), None);
    archived["conversation"]["id"] = json!("cnv_new");
    world.script.answer(301, &[("location", to)], "").json(page(&[archived], None));
    let read = world.front.pull(&Scope::Thread(CNV.into()), None).await.unwrap();
    let desk = desk_config().desk;
    assert_eq!(read.events[0].threads, [Thread::case(&desk, "cnv_new"), Thread::case(&desk, CNV)]);
}

#[tokio::test]
async fn a_merge_is_told_under_the_name_that_is_gone_only() {
    let world = World::new();
    let ids = ("deleted_conversation_ids", json!(["cnv_old"]));
    let merged = event("evt_1", "conversations_merged", ids, None);
    world.script.json(page(&[merged], None));
    let read = world.front.pull(&Scope::Thread(CNV.into()), None).await.unwrap();
    assert_eq!(read.events[0].threads, [Thread::case(&desk_config().desk, "cnv_old")]);
}

#[tokio::test]
async fn hook_after_we_polled_it_has_the_same_id() {
    let world = World::new();
    world.script.json(page(&[numbered("evt_1", "msg_1")], None));
    let read = world.front.pull(&Scope::All, None).await.unwrap();
    let row = serde_json::from_value(numbered("evt_1", "msg_1")).unwrap();
    let crate::parse::Said::Facts(facts) = crate::parse::read(&desk_config(), &row, now()) else {
        panic!()
    };
    assert_eq!(read.events, facts);
}

impl crate::Front {
    fn capabilities_are_foreign(&self) -> bool {
        handover_core::feed::Feed::capabilities(self).foreign
    }
}
