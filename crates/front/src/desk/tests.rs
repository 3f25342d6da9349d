use chrono::TimeDelta;
use handover_core::channel::Attempt;
use handover_core::desk::{
    About, Case, CaseStatus, Desk as _, Entry, EntryOutcome, Handoff, Opening,
};
use handover_core::error::{ErrorKind, Retry};
use handover_core::id::Key;
use handover_core::identity::{Identity, Proof};
use handover_core::message::{Brief, Speaker};
use handover_core::transport::TransportError;
use serde_json::{Value, json};

use crate::encode;
use crate::testing::{
    CNV, CUSTOMER, World, again, channel_id, conversation, desk_config, event, now, session,
};

fn note(seq: u64, text: &str) -> Entry {
    Entry {
        key: Key::entry(session(), seq),
        seq,
        author: Speaker::Relay,
        at: now(),
        text: text.to_owned(),
        files: Vec::new(),
        link: None,
        undelivered: None,
    }
}

fn case() -> Case {
    Case::new(CNV)
}

fn about() -> About {
    About {
        session: session(),
        channel: channel_id(),
        customer: Identity::tel(CUSTOMER, Proof::ChannelProven).unwrap(),
        link: Some("https://relay.example/sessions/7?s=a)b".parse().unwrap()),
        first_words: "Hi".to_owned(),
    }
}

fn handoff() -> Handoff {
    Handoff { key: Key::handoff(session(), 3), about: about(), brief: Brief::default() }
}

fn first() -> Attempt {
    Attempt::first(Key::entry(session(), 3), now())
}

fn second() -> Attempt {
    again(Key::entry(session(), 3), TimeDelta::seconds(5))
}

fn comments(bodies: &[String]) -> Value {
    let rows: Vec<Value> = bodies.iter().map(|body| json!({"id": "com_1", "body": body})).collect();
    json!({"_results": rows})
}

#[tokio::test]
async fn notes_are_one_comment_with_a_mark_for_each() {
    let world = World::new();
    world.script.answer(201, &[], r#"{"id":"com_1"}"#);
    let notes = [note(3, "Summary: *late* @team"), note(4, "Second")];
    let outcomes = world.front.append(&case(), &about(), &notes, &first()).await.unwrap().outcomes;
    assert_eq!(outcomes, [EntryOutcome::Written, EntryOutcome::Written]);
    assert_eq!(world.script.lines(), ["POST /conversations/cnv_abc/comments"]);
    let said = world.script.body(0);
    assert_eq!(said["author_id"], "tea_ai");
    let body = said["body"].as_str().unwrap();
    assert!(body.contains("Summary: \\*late\\* @\u{2060}team"), "{body}");
    assert!(
        body.contains("[Open the session](https://relay.example/sessions/7?s=a%29b)"),
        "{body}"
    );
    for note in &notes {
        assert!(body.contains(&encode::marker(&note.key)), "{body}");
    }
}

#[tokio::test]
async fn a_second_attempt_writes_only_what_does_not_stand_there() {
    let world = World::new();
    let notes = [note(3, "First"), note(4, "Second")];
    let there = format!("First\n\n`{}`", encode::marker(&notes[0].key));
    world.script.json(comments(std::slice::from_ref(&there))).answer(201, &[], r#"{"id":"com_1"}"#);
    world.front.append(&case(), &about(), &notes, &second()).await.unwrap();
    let body = world.script.body(1)["body"].as_str().unwrap().to_owned();
    assert!(body.contains("Second") && !body.contains("First"), "{body}");
    // All of it stands there: nothing is written.
    let both = format!("{there} <p>{}</p>", encode::marker(&notes[1].key));
    world.script.json(comments(&[both]));
    world.front.append(&case(), &about(), &notes, &second()).await.unwrap();
    assert_eq!(world.script.lines().len(), 3);
}

#[tokio::test]
async fn a_proxys_page_in_place_of_an_answer_is_no_success() {
    let world = World::new();
    for page in ["<html>Please log in</html>", "", "[]", "{}", "null", "OK"] {
        world.script.answer(200, &[], page);
        let error = world.front.append(&case(), &about(), &[note(3, "x")], &first()).await;
        assert_eq!(error.unwrap_err().retry(), Retry::Unsure, "a comment may stand there: {page}");
        // The next attempt looks for the mark first.
        world.script.json(comments(&[encode::marker(&note(3, "").key)]));
        world.front.append(&case(), &about(), &[note(3, "x")], &second()).await.unwrap();
    }
    // What may be done twice is done again, after another look.
    world.script.json(conversation(Some("tea_ai"))).answer(200, &[], "<html>");
    let error = world.front.hand_off(&case(), &handoff(), &first()).await.unwrap_err();
    assert!(matches!(error.retry(), Retry::Later { .. }), "{error}");
    world.script.json(conversation(Some("tea_ai"))).answer(200, &[], "<html>");
    let error = world.front.set_status(&case(), CaseStatus::Resolved, &first()).await.unwrap_err();
    assert!(matches!(error.retry(), Retry::Later { .. }), "{error}");
    assert!(world.script.is_done());
}

#[tokio::test]
async fn handoff_dies_between_steps_and_resumes() {
    let world = World::with(desk_config().with_tags(["handed-off".to_owned()]));
    // The comment may stand there or not.
    world.script.fail(TransportError::Timeout);
    let error =
        world.front.append(&case(), &about(), &[note(3, "Summary")], &first()).await.unwrap_err();
    assert_eq!(error.retry(), Retry::Unsure);
    let there = encode::marker(&note(3, "").key);
    world.script.json(comments(&[there]));
    world.front.append(&case(), &about(), &[note(3, "Summary")], &second()).await.unwrap();
    // Commented, and still assigned.
    world.script.json(conversation(Some("tea_ai"))).status(503);
    let error = world.front.hand_off(&case(), &handoff(), &first()).await.unwrap_err();
    assert!(matches!(error.retry(), Retry::Later { .. }));
    // The AI is off by now, the tagging fails.
    let tags = json!({"_results": [{"id": "tag_1", "name": "Handed-Off"}]});
    world.script.json(conversation(Some("tea_ai"))).status(204).json(tags).status(503);
    let error = world.front.hand_off(&case(), &handoff(), &second()).await.unwrap_err();
    assert!(matches!(error.retry(), Retry::Later { .. }));
    assert_eq!(world.script.lines()[5], "PUT /conversations/cnv_abc/assignee");
    assert_eq!(world.script.body(5), json!({"assignee_id": null}));
    // Only what is left is done.
    world.script.json(conversation(None)).status(204).json(changes(&[off("tea_ai", "api")]));
    let handed = world.front.hand_off(&case(), &handoff(), &second()).await.unwrap();
    assert_eq!((&*handed.reference, &handed.owner), (CNV, &None));
    let left = [
        "GET /conversations/cnv_abc",
        "POST /conversations/cnv_abc/tags",
        "GET /conversations/cnv_abc/events?limit=15",
    ];
    assert_eq!(world.script.lines()[8..], left);
    // And once more: nothing is left.
    let mut tagged = conversation(None);
    tagged["tags"] = json!([{"id": "tag_1", "name": "Handed-Off"}]);
    world.script.json(tagged).json(changes(&[off("tea_ai", "api")]));
    world.front.hand_off(&case(), &handoff(), &second()).await.unwrap();
    assert_eq!(world.script.lines().len(), 13);
}

#[tokio::test]
async fn what_is_archived_is_opened_again_for_people() {
    let world = World::new();
    let mut archived = conversation(None);
    archived["status"] = json!("archived");
    let tags = json!({"_results": [{"id": "tag_1", "name": "Handed-Off"}]});
    world.script.json(archived).status(204).json(tags).status(204);
    let handed = world.front.hand_off(&case(), &handoff(), &first()).await.unwrap();
    assert_eq!(world.script.lines()[1], "PATCH /conversations/cnv_abc");
    assert_eq!(world.script.body(1), json!({"status": "open"}));
    assert_eq!(handed.status, CaseStatus::Open);
}

/// A conversation's newest events.
fn changes(rows: &[Value]) -> Value {
    json!({"_results": rows, "_pagination": {"next": null}})
}

/// `who` was taken off, just now.
fn off(who: &str, by: &str) -> Value {
    let mut row = event("evt_9", "unassign", ("teammate", json!({"id": who})), None);
    row["source"] = json!({"_meta": {"type": by}, "data": null});
    row
}

#[tokio::test]
async fn commented_but_still_assigned_heals_itself() {
    // A rule gives it to the AI again: the handoff comes again, too.
    let world = World::new();
    let back = event("evt_9", "assign", ("teammate", json!({"id": "tea_ai"})), None);
    world.script.json(conversation(Some("tea_ai"))).status(204);
    world.script.json(changes(&[back])).json(conversation(Some("tea_ai")));
    let error = world.front.hand_off(&case(), &handoff(), &first()).await.unwrap_err();
    assert!(matches!(error.retry(), Retry::Later { .. }), "{error}");
    world.script.json(conversation(Some("tea_ai"))).status(204);
    world.script.json(changes(&[off("tea_ai", "api")]));
    world.front.hand_off(&case(), &handoff(), &second()).await.unwrap();
    assert!(world.script.is_done());
}

#[tokio::test]
async fn whom_a_rule_assigned_between_our_look_and_our_call_gets_it_back() {
    for by in ["api", "oauth_client"] {
        let world = World::new();
        world.script.json(conversation(Some("tea_ai"))).status(204);
        world.script.json(changes(&[off("tea_rep", by)])).status(204);
        let error = world.front.hand_off(&case(), &handoff(), &first()).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Taken);
        assert_eq!(world.script.body(3), json!({"assignee_id": "tea_rep"}));
    }
    // A person who took a person off meant it, and what happened long ago is over.
    let mut old = off("tea_rep", "api");
    old["emitted_at"] = json!(now().timestamp() - 3600);
    for (row, looks) in [(off("tea_rep", "teammate"), false), (old, true)] {
        let world = World::new();
        world.script.json(conversation(Some("tea_ai"))).status(204).json(changes(&[row]));
        if looks {
            world.script.json(conversation(None));
        }
        world.front.hand_off(&case(), &handoff(), &first()).await.unwrap();
        assert!(world.script.is_done());
    }
}

#[tokio::test]
async fn a_person_who_is_faster_keeps_the_conversation() {
    let world = World::with(desk_config().with_tags(["t".to_owned()]));
    world.script.json(conversation(Some("tea_rep")));
    let error = world.front.hand_off(&case(), &handoff(), &first()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Taken);
    assert_eq!(world.script.lines().len(), 1);
}

#[tokio::test]
async fn a_missing_tag_is_made_once_and_others_stay() {
    let config = desk_config().with_tags(["one".to_owned(), " two ".to_owned(), " ".to_owned()]);
    let world = World::with(config);
    let mut has = conversation(None);
    has["tags"] = json!([{"id": "tag_vip", "name": "VIP"}]);
    let tags = json!({"_results": [{"id": "tag_1", "name": "one"}]});
    let made = r#"{"id":"tag_2","name":"two"}"#;
    world.script.json(has.clone()).json(tags).answer(201, &[], made).status(204);
    world.front.hand_off(&case(), &handoff(), &first()).await.unwrap();
    assert_eq!(world.script.body(2), json!({"name": "two"}));
    // Added, never replaced.
    assert_eq!(world.script.lines()[3], "POST /conversations/cnv_abc/tags");
    assert_eq!(world.script.body(3), json!({"tag_ids": ["tag_1", "tag_2"]}));
    world.script.json(has).status(204);
    world.front.hand_off(&case(), &handoff(), &first()).await.unwrap();
    assert_eq!(world.script.lines().len(), 6);
}

#[tokio::test]
async fn two_handoffs_that_make_one_tag_find_it() {
    let world = World::with(desk_config().with_tags(["new".to_owned()]));
    let none = json!({"_results": []});
    let tags = json!({"_results": [{"id": "tag_7", "name": "new"}]});
    world.script.json(conversation(None)).json(none).status(409).json(tags).status(204);
    world.front.hand_off(&case(), &handoff(), &first()).await.unwrap();
    assert_eq!(world.script.body(4), json!({"tag_ids": ["tag_7"]}));
}

#[tokio::test]
async fn only_what_the_ai_still_has_is_archived() {
    let archived = |status: &str, assignee| {
        let mut row = conversation(assignee);
        row["status"] = json!(status);
        row
    };
    for (row, handles, calls, kind) in [
        (conversation(Some("tea_ai")), false, 2, None),
        (conversation(None), true, 2, None),
        (archived("archived", None), false, 1, None),
        (conversation(None), false, 1, Some(ErrorKind::Taken)),
        (conversation(Some("tea_rep")), true, 1, Some(ErrorKind::Taken)),
        (archived("deleted", Some("tea_ai")), false, 1, Some(ErrorKind::Closed)),
    ] {
        let config = desk_config();
        let world = World::with(if handles { config.handling_unassigned() } else { config });
        world.script.json(row.clone()).status(204);
        let set = world.front.set_status(&case(), CaseStatus::Resolved, &first()).await;
        assert_eq!(world.script.lines().len(), calls, "{row}");
        match kind {
            None => assert_eq!(set.unwrap().status, CaseStatus::Resolved),
            Some(kind) => assert_eq!(set.unwrap_err().kind(), kind),
        }
        if calls == 2 {
            assert_eq!(world.script.lines()[1], "PATCH /conversations/cnv_abc");
            assert_eq!(world.script.body(1), json!({"status": "archived"}));
        }
    }
}

#[tokio::test]
async fn a_deleted_conversation_is_closed_for_notes_too() {
    let world = World::new();
    world.script.status(404).status(404).status(404).status(404);
    let error = world.front.append(&case(), &about(), &[note(3, "x")], &first()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Closed);
    let error = world.front.hand_off(&case(), &handoff(), &first()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Closed);
    let error = world.front.set_status(&case(), CaseStatus::Resolved, &first()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Closed);
    // One can still be read that is in the bin.
    for status in ["deleted", "spam"] {
        let mut row = conversation(Some("tea_ai"));
        row["status"] = json!(status);
        world.script.json(row);
        let error = world.front.hand_off(&case(), &handoff(), &first()).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Closed);
    }
}

#[tokio::test]
async fn a_merged_conversations_case_goes_by_its_new_name() {
    let world = World::new();
    let to = "https://acme.api.frontapp.com/conversations/cnv_new/comments";
    world.script.answer(301, &[("location", to)], "").answer(201, &[], r#"{"id":"com_1"}"#);
    let appended = world.front.append(&case(), &about(), &[note(3, "x")], &first()).await.unwrap();
    assert_eq!(&*appended.case.reference, "cnv_new");
}

#[tokio::test]
async fn nobody_is_taken_off_what_the_conversation_was_merged_into_meanwhile() {
    let world = World::new();
    let to = |of: &str| format!("https://acme.api.frontapp.com/conversations/cnv_new{of}");
    let moved = to("/assignee");
    world.script.json(conversation(Some("tea_ai"))).answer(301, &[("location", &moved)], "");
    let error = world.front.hand_off(&case(), &handoff(), &first()).await.unwrap_err();
    assert!(matches!(error.retry(), Retry::Later { .. }), "{error:?}");
    assert_eq!(world.script.lines().len(), 2);
    // The next attempt sees who has that one.
    let mut held = conversation(Some("tea_rep"));
    held["id"] = json!("cnv_new");
    world.script.answer(301, &[("location", &to(""))], "").json(held);
    let error = world.front.hand_off(&case(), &handoff(), &second()).await.unwrap_err();
    assert_eq!((error.kind(), world.script.lines().len()), (ErrorKind::Taken, 4));
    // Nor is that one put away.
    world.script.json(conversation(Some("tea_ai"))).answer(301, &[("location", &to(""))], "");
    let error = world.front.set_status(&case(), CaseStatus::Resolved, &first()).await.unwrap_err();
    assert!(matches!(error.retry(), Retry::Later { .. }), "{error:?}");
    assert_eq!(world.script.lines().len(), 6);
}

#[tokio::test]
async fn front_404_teammate_or_tag_is_a_config_error_and_no_deleted_conversation() {
    let world = World::with(desk_config().with_tags(["one".to_owned()]));
    world.script.status(404).json(conversation(Some("tea_ai")));
    let error = world.front.append(&case(), &about(), &[note(3, "x")], &first()).await.unwrap_err();
    assert_eq!((error.kind(), error.code()), (ErrorKind::Config, Some("teammate_id")));
    let tags = |id: &str| json!({"_results": [{"id": id, "name": "one"}]});
    world.script.json(conversation(Some("tea_ai"))).status(204).json(tags("tag_1")).status(404);
    let error = world.front.hand_off(&case(), &handoff(), &first()).await.unwrap_err();
    assert!(matches!(error.retry(), Retry::Later { .. }), "{error:?}");
    // The next attempt looks the tags up again.
    world.script.json(conversation(None)).json(tags("tag_2")).status(204);
    world.script.json(changes(&[off("tea_ai", "api")]));
    world.front.hand_off(&case(), &handoff(), &second()).await.unwrap();
    assert_eq!(world.script.body(8), json!({"tag_ids": ["tag_2"]}));
}

#[tokio::test]
async fn without_a_partner_channel_our_own_channels_have_no_place() {
    let world = World::new();
    let opening = Opening {
        key: Key::open(session(), 0),
        about: about(),
        at: now(),
        contact: None,
        parent: None,
    };
    let error = world.front.open(&opening, &first()).await.unwrap_err();
    assert_eq!((error.kind(), error.code()), (ErrorKind::Config, Some("channel_api")));
    assert!(world.front.capabilities().assignment_takes_control);
}
