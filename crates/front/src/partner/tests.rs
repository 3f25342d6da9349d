mod receive;

use std::ops::Range;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use chrono::TimeDelta;
use handover_core::blobs::{Blobs, Content};
use handover_core::channel::Attempt;
use handover_core::desk::{
    About, Attachment, Case, CaseStatus, Desk as _, Entry, EntryOutcome, Handoff, Opening,
};
use handover_core::error::{Error, ErrorKind};
use handover_core::id::{EventId, Key, TenantId};
use handover_core::identity::{Identity, Proof};
use handover_core::message::{Brief, File, Speaker};
use handover_core::transport::Body;
use secrecy::SecretString;
use serde_json::{Value, json};

use crate::ChannelApi;
use crate::ids::ChannelId;
use crate::testing::{CUSTOMER, World, again, channel_id, desk_config, message, now, session};

const SECRET: &str = "app-secret-canary";

fn world() -> World {
    let channel = ChannelId::new("cha_1").unwrap();
    let api = ChannelApi::new("app_uid", vec![SecretString::from(SECRET)], channel).unwrap();
    World::with(desk_config().with_tags(["handed-off".to_owned()]).with_channel_api(api))
}

fn opening() -> Opening {
    let about = About {
        session: session(),
        channel: channel_id(),
        customer: Identity::tel(CUSTOMER, Proof::ChannelProven).unwrap(),
        link: None,
        first_words: "Hi".to_owned(),
    };
    Opening { key: Key::open(session(), 0), about, at: now(), contact: None, parent: None }
}

fn entry(seq: u64, author: Speaker, text: &str) -> Entry {
    Entry {
        key: Key::entry(session(), seq),
        seq,
        author,
        at: now(),
        text: text.to_owned(),
        files: Vec::new(),
        link: None,
        undelivered: None,
    }
}

fn first() -> Attempt {
    Attempt::first(Key::entry(session(), 1), now())
}

async fn opened(world: &World) -> Case {
    world.front.open(&opening(), &first()).await.unwrap()
}

#[tokio::test]
async fn a_transcript_is_imported_under_our_keys_with_real_times() {
    let world = world();
    let case = opened(&world).await;
    assert_eq!(*case.reference, opening().key.uuid().to_string());
    let accepted = r#"{"status":"accepted","message_uid":"uid1"}"#;
    world.script.answer(202, &[], accepted).answer(202, &[], accepted).answer(202, &[], "");
    world.script.json(placed());
    let mut photo = entry(1, Speaker::Customer, "");
    photo.files.push(File::new("x", Some("image/png".into())));
    let person = Speaker::Person { name: Some("Rita".into()) };
    let entries = [photo, entry(2, Speaker::Assistant, "2 < 3\nok"), entry(3, person, "Hello")];
    let appended = world.front.append(&case, &opening().about, &entries, &first()).await.unwrap();
    assert_eq!(appended.outcomes, vec![EntryOutcome::Written; 3]);
    assert_eq!(appended.case.alias.as_deref(), Some("partner:cnv_9"));
    assert_eq!(
        (appended.case.reference, appended.case.number.as_deref()),
        (case.reference.clone(), Some("cnv_9"))
    );
    let lines = [
        "POST /channels/cha_1/inbound_messages",
        "POST /channels/cha_1/outbound_messages",
        "POST /channels/cha_1/outbound_messages",
        "GET /messages/alt:uid:uid1",
    ];
    assert_eq!(world.script.lines(), lines);
    let names = |n: usize| json!({"external_id": entries[n].key.to_string(), "external_conversation_id": &*case.reference});
    assert_eq!(
        world.script.body(0),
        json!({"sender": {"handle": CUSTOMER}, "body": "[image/png]",
            "metadata": names(0), "delivered_at": now().timestamp()})
    );
    assert_eq!(
        world.script.body(1),
        json!({"to": [{"handle": CUSTOMER}], "sender_name": "AI", "body": "<p>2 &lt; 3<br>ok</p>",
            "metadata": names(1), "delivered_at": now().timestamp()})
    );
    assert_eq!(world.script.body(2)["sender_name"], "Rita");
}

#[tokio::test]
async fn each_call_has_a_token_of_its_own_that_ends_soon() {
    let world = world();
    let case = opened(&world).await;
    world.script.status(202).status(202);
    let entries = [entry(1, Speaker::Customer, "a"), entry(2, Speaker::Customer, "b")];
    world.front.append(&case, &opening().about, &entries, &first()).await.unwrap();
    let claims = |n: usize| -> Value {
        let token = world.script.header(n, "authorization").unwrap();
        let middle = token.trim_start_matches("Bearer ").split('.').nth(1).unwrap().to_owned();
        let engine = base64::engine::general_purpose::URL_SAFE_NO_PAD;
        serde_json::from_slice(&base64::Engine::decode(&engine, middle).unwrap()).unwrap()
    };
    let (one, other) = (claims(0), claims(1));
    assert_ne!(one["jti"], other["jti"]);
    assert_eq!((&one["iss"], &one["sub"]), (&json!("app_uid"), &json!("cha_1")));
    let life = one["exp"].as_i64().unwrap() - now().timestamp();
    assert!((1..=30).contains(&life), "{life}");
}

#[tokio::test]
async fn what_was_written_before_an_error_is_told_and_the_rest_comes_again() {
    let world = world();
    let case = opened(&world).await;
    world.script.status(202).status(400).status(503);
    let entries: Vec<Entry> =
        (1..=4).map(|seq| entry(seq, Speaker::Customer, &seq.to_string())).collect();
    let outcomes =
        world.front.append(&case, &opening().about, &entries, &first()).await.unwrap().outcomes;
    let refused = EntryOutcome::Refused { code: "http-400".into() };
    let expected =
        [EntryOutcome::Written, refused, EntryOutcome::Undecided, EntryOutcome::Undecided];
    assert_eq!(outcomes, expected);
    world.script.status(401);
    let error = world.front.append(&case, &opening().about, &entries, &first()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unauthorized);
}

/// A message as Front has placed it.
fn placed() -> Value {
    json!({"id": "msg_1",
        "_links": {"related": {"conversation": "https://acme.api.frontapp.com/conversations/cnv_9"}}})
}

#[tokio::test]
async fn a_note_is_a_comment_once_fronts_conversation_is_known() {
    let world = world();
    let case = opened(&world).await;
    // Front takes the message, and has not placed it yet.
    world.script.answer(202, &[], r#"{"message_uid":"uid1"}"#).status(404);
    let said = [entry(1, Speaker::Customer, "Hi")];
    let appended = world.front.append(&case, &opening().about, &said, &first()).await.unwrap();
    let case = appended.case;
    assert_eq!(case.alias.as_deref(), Some("alt:uid:uid1"));
    // Another process goes on: all that is needed is on the case.
    let world = self::world();
    world.script.status(404);
    let note = [entry(2, Speaker::Relay, "Summary: x")];
    let error = world.front.append(&case, &opening().about, &note, &first()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    world.script.json(placed()).answer(201, &[], r#"{"id":"com_1"}"#);
    let case = world.front.append(&case, &opening().about, &note, &first()).await.unwrap().case;
    assert_eq!(case.alias.as_deref(), Some("partner:cnv_9"));
    assert_eq!(world.script.lines()[2], "POST /conversations/cnv_9/comments");
    // The handoff tags it, as long as it is there.
    let tags = json!({"_results": [{"id": "tag_1", "name": "handed-off"}]});
    world.script.json(nine("unassigned", None)).json(tags).status(204);
    let handoff = Handoff {
        key: Key::handoff(session(), 2),
        about: opening().about,
        brief: Brief::default(),
    };
    let handed = world.front.hand_off(&case, &handoff, &first()).await.unwrap();
    assert_eq!((handed.alias, handed.reference), (case.alias.clone(), case.reference.clone()));
    world.script.json(nine("deleted", None));
    let error = world.front.hand_off(&case, &handoff, &first()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Closed);
    // Tried again, a comment is looked for first.
    world.script.json(json!({"_results": []})).answer(201, &[], r#"{"id":"com_1"}"#);
    let attempt = again(note[0].key, TimeDelta::seconds(1));
    world.front.append(&case, &opening().about, &note, &attempt).await.unwrap();
    assert_eq!(world.script.lines()[8], "POST /conversations/cnv_9/comments");
}

#[tokio::test]
async fn a_note_without_a_known_conversation_says_that_nobody_sent_it() {
    let world = world();
    world.script.status(202);
    let case = opened(&world).await;
    let note = [entry(2, Speaker::Relay, "x")];
    world.front.append(&case, &opening().about, &note, &first()).await.unwrap();
    let said = world.script.body(0);
    assert_eq!(said["sender_name"], "Internal note, not sent to the customer");
    assert_eq!(said["to"][0]["handle"], CUSTOMER);
}

#[tokio::test]
async fn that_a_reply_did_not_arrive_stands_at_the_reply() {
    let world = world();
    let case = Case { alias: Some("partner:cnv_9".into()), ..Case::new("case 1") };
    let mut note = entry(4, Speaker::Relay, "Message #3 did not arrive:\u{0} number closed");
    note.undelivered = Some(EventId::new("front", "msg_1"));
    world.script.status(204);
    let note = [note];
    world.front.append(&case, &opening().about, &note, &first()).await.unwrap();
    let line = "PUT /channels/cha_1/conversations/case%201/messages/front%3Amsg_1/status";
    assert_eq!(world.script.lines(), [line]);
    let reason = "Message #3 did not arrive: number closed";
    assert_eq!(world.script.body(0), json!({"status": "failed", "reason": reason}));
    // A reply that Front does not know by our name: in a comment.
    world.script.status(404).answer(201, &[], r#"{"id":"com_1"}"#);
    world.front.append(&case, &opening().about, &note, &first()).await.unwrap();
    assert_eq!(world.script.lines()[2], "POST /conversations/cnv_9/comments");
}

#[tokio::test]
async fn a_file_is_a_message_of_its_own_under_its_keys_name() {
    let world = world();
    assert!(world.front.capabilities().files);
    let case = opened(&world).await;
    world.script.answer(202, &[], r#"{"message_uid":"uid2"}"#);
    let photo = attachment(b"jpeg bytes");
    let case = world.front.attach(&case, &opening().about, &photo, &first()).await.unwrap();
    assert_eq!(case.alias.as_deref(), Some("alt:uid:uid2"));
    assert_eq!(world.script.lines(), ["POST /channels/cha_1/inbound_messages"]);
    let form = world.script.raw(0);
    for part in [
        "name=\"sender[handle]\"\r\n\r\n+14155550123\r\n",
        "name=\"body\"\r\n\r\n<p>photo.jpg</p>\r\n",
        "name=\"attachments[0]\"; filename=\"photo.jpg\"\r\nContent-Type: image/jpeg\r\n\r\njpeg bytes\r\n",
        &format!("name=\"metadata[external_id]\"\r\n\r\n{}\r\n", photo.key),
    ] {
        assert!(form.contains(part), "{part} is not in {form}");
    }
    // What Front would answer with 413 is not sent.
    let huge = Attachment { content: content(b"", 26 << 20), ..photo };
    let error = world.front.attach(&case, &opening().about, &huge, &first()).await.unwrap_err();
    assert_eq!((error.kind(), world.script.lines().len()), (ErrorKind::TooLong, 1));
    let hosted = Case::new("cnv_1");
    let error = world.front.attach(&hosted, &opening().about, &huge, &first()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Invalid);
}

fn attachment(bytes: &'static [u8]) -> Attachment {
    let mut file = File::new("x", Some("image/jpeg".into()));
    file.name = Some("photo.jpg".into());
    Attachment {
        key: Key::file(session(), 1, 0),
        entry: Key::entry(session(), 1),
        author: Speaker::Customer,
        at: now(),
        file,
        content: content(bytes, bytes.len() as u64),
    }
}

fn content(bytes: &'static [u8], size: u64) -> Content {
    Content::new(Arc::new(OneFile(bytes)), TenantId::new("t").unwrap(), "name".into(), size)
}

#[derive(Debug)]
struct OneFile(&'static [u8]);

#[async_trait]
impl Blobs for OneFile {
    async fn put(&self, _: &TenantId, _: &str, _: Body, _: u64) -> Result<u64, Error> {
        panic!("a desk keeps no file")
    }

    async fn get(
        &self,
        _: &TenantId,
        _: &str,
        _: Option<Range<u64>>,
    ) -> Result<Option<Bytes>, Error> {
        Ok(Some(Bytes::from_static(self.0)))
    }

    async fn delete(&self, _: &TenantId, _: &str) -> Result<(), Error> {
        panic!("a desk keeps no file")
    }
}

fn nine(status: &str, assignee: Option<&str>) -> Value {
    json!({"id": "cnv_9", "status": status, "assignee": assignee.map(|id| json!({"id": id}))})
}

#[tokio::test]
async fn what_the_assistant_settles_is_archived_unless_a_person_has_it_or_wrote_last() {
    let newest = |author: &str| {
        let row = message("msg_1", Some(author), "Rita here", 0);
        json!({"_results": [row]})
    };
    for (row, newest, kind) in [
        (nine("unassigned", None), json!({"_results": []}), None),
        (nine("unassigned", None), newest("tea_rep"), Some(ErrorKind::Taken)),
        (nine("assigned", Some("tea_rep")), Value::Null, Some(ErrorKind::Taken)),
        (nine("deleted", None), Value::Null, Some(ErrorKind::Closed)),
    ] {
        let world = world();
        let case = Case { alias: Some("partner:cnv_9".into()), ..Case::new("case 1") };
        world.script.json(row).json(newest).status(204);
        let set = world.front.set_status(&case, CaseStatus::Resolved, &first()).await;
        match kind {
            None => {
                assert_eq!(set.unwrap().status, CaseStatus::Resolved);
                assert_eq!(world.script.body(2), json!({"status": "archived"}));
            }
            Some(kind) => assert_eq!(set.unwrap_err().kind(), kind),
        }
    }
}
