mod outbound;
mod state;

use chrono::TimeDelta;
use handover_core::event::{Author, ConsentWord, Event, Fact, Holder, Inbound, Source};
use handover_core::identity::{Identity, Proof};
use handover_core::thread::Thread;
use serde_json::{Value, json};

use super::{Said, read};
use crate::config::DeskConfig;
use crate::testing::{CNV, CUSTOMER, channel_id, desk_config, event, inbound, now};

pub(super) fn said_by(config: &DeskConfig, row: Value) -> Said {
    read(config, &serde_json::from_value(row).unwrap(), now())
}

fn said(row: Value) -> Said {
    said_by(&desk_config(), row)
}

fn only(row: Value) -> Event {
    match said(row) {
        Said::Facts(facts) => <[Event; 1]>::try_from(facts).unwrap().into_iter().next().unwrap(),
        other => panic!("{other:?}"),
    }
}

fn is_nothing(row: Value) -> bool {
    matches!(said(row), Said::Nothing)
}

fn written(event: &Event) -> &Inbound {
    match &event.fact {
        Fact::Message(inbound) => inbound,
        other => panic!("{other:?}"),
    }
}

/// The event with one value of its message changed.
fn with(mut row: Value, path: &str, value: Value) -> Value {
    *row.pointer_mut(path).unwrap() = value;
    row
}

fn typed(kind: &str, handle: &str) -> Value {
    let row = with(inbound("msg_1", "hello", None), "/target/data/type", json!(kind));
    with(row, "/target/data/recipients/0/handle", json!(handle))
}

#[test]
fn a_text_is_the_customers_message_in_its_conversation() {
    let event = only(inbound("msg_1", "Hello", Some("tea_ai")));
    assert_eq!(event.id.as_str(), "front-sms:msg_1");
    assert_eq!(event.source, Source::Channel(channel_id()));
    let customer = Thread::customer(&channel_id(), &written(&event).from);
    assert_eq!(event.threads, [Thread::channel(&channel_id(), CNV), customer]);
    assert_eq!(event.author, Author::Person);
    let inbound = written(&event);
    assert_eq!(inbound.from, Identity::tel(CUSTOMER, Proof::ChannelProven).unwrap());
    assert_eq!((inbound.text.as_str(), inbound.consent), ("Hello", None));
    let hosted = inbound.hosted.as_ref().unwrap();
    assert_eq!((&*hosted.case, hosted.holder), (CNV, Holder::Assistant));
}

#[test]
fn the_contact_that_front_names_is_told_and_no_other() {
    let linked = |link: Value| {
        let mut row = inbound("msg_1", "Hi", None);
        row["target"]["data"]["recipients"][0]["_links"] = json!({"related": {"contact": link}});
        let contact = written(&only(row)).hosted.as_ref().unwrap().contact.clone();
        contact.map(String::from)
    };
    let link = "https://acme.api.frontapp.com/contacts/crd_1";
    assert_eq!(linked(json!(link)).as_deref(), Some("crd_1"));
    for strange in [json!(null), json!(7), json!("https://x.example/contacts/../tea_1"), json!("")]
    {
        assert_eq!(linked(strange), None);
    }
}

#[test]
fn who_may_speak_is_the_assignee_or_by_choice_what_nobody_has() {
    let answering = desk_config().handling_unassigned();
    for (assignee, by_default, if_chosen) in [
        (Some("tea_ai"), Holder::Assistant, Holder::Assistant),
        (Some("tea_rep"), Holder::Person, Holder::Person),
        (None, Holder::Nobody, Holder::Assistant),
    ] {
        for (config, holder) in [(&desk_config(), by_default), (&answering, if_chosen)] {
            let Said::Facts(facts) = said_by(config, inbound("msg_1", "Hi", assignee)) else {
                panic!()
            };
            assert_eq!(written(&facts[0]).hosted.as_ref().unwrap().holder, holder, "{assignee:?}");
        }
    }
}

#[test]
fn same_message_under_two_event_ids_has_one_id() {
    let one = only(inbound("msg_1", "Hi", None));
    let other = only(with(inbound("msg_1", "Hi", None), "/id", json!("evt_2")));
    assert_eq!(one, other);
}

#[test]
fn only_the_inboxes_of_a_channel_are_answered() {
    assert!(is_nothing(with(
        inbound("msg_1", "Hi", None),
        "/source/data/0/id",
        json!("inb_other")
    )));
    // Another one beside ours does not matter.
    let both = json!([{"id": "inb_other"}, {"id": "inb_sms"}]);
    only(with(inbound("msg_1", "Hi", None), "/source/data", both));
}

#[test]
fn source_data_array_or_object_target_absent_preview_payload() {
    only(with(inbound("msg_1", "Hi", None), "/source/data", json!({"id": "inb_sms"})));
    let is_preview = |row: Value, message: Option<&str>| match said(row) {
        Said::Preview { conversation, message: found, is_news } => {
            conversation.as_str() == CNV
                && found.as_ref().map(|id| id.as_str()) == message
                && is_news
        }
        _ => false,
    };
    assert!(is_preview(with(inbound("msg_1", "Hi", None), "/target", Value::Null), None));
    let preview = json!({"id": "msg_1", "_links": {"self": "x"}});
    let row = inbound("msg_1", "Hi", None);
    assert!(is_preview(with(row, "/target/data", preview), Some("msg_1")));
    let short = json!({"id": CNV, "_links": {}});
    let row = inbound("msg_1", "Hi", None);
    assert!(is_preview(with(row, "/conversation", short), Some("msg_1")));
    let row = with(inbound("msg_1", "Hi", None), "/source", Value::Null);
    assert!(is_preview(row, Some("msg_1")));
    assert!(is_nothing(with(inbound("msg_1", "Hi", None), "/conversation", Value::Null)));
}

#[test]
fn author_recipient_name_text_assignee_and_contact_link_may_be_null() {
    let mut row = inbound("msg_1", "Hi", None);
    row = with(row, "/target/data/text", Value::Null);
    row = with(row, "/conversation/recipient", Value::Null);
    assert_eq!(written(&only(row)).text, "Hi");
    for null in [
        "/conversation/assignee",
        "/target/data/attachments",
        "/target/data/author",
        "/target/data/error_type",
        "/target/data/recipients/0/_links",
        "/target/data/recipients/0/name",
        "/target/data/subject",
    ] {
        let mut row = inbound("msg_1", "Hi", Some("tea_ai"));
        let (parent, field) = null.rsplit_once('/').unwrap();
        row.pointer_mut(parent).unwrap()[field] = Value::Null;
        let event = only(row);
        assert_eq!((written(&event).text.as_str(), event.author), ("Hi", Author::Person), "{null}");
        let nobody = null.ends_with("assignee");
        let holder = written(&event).hosted.as_ref().unwrap().holder;
        assert_eq!(holder == Holder::Nobody, nobody, "{null}");
    }
    // Without a sender on the message it is the conversation's.
    let row = with(inbound("msg_1", "Hi", None), "/target/data/recipients", json!([]));
    assert_eq!(&*written(&only(row)).from.value, CUSTOMER);
    let mut nobody = inbound("msg_1", "Hi", None);
    nobody = with(nobody, "/target/data/recipients", Value::Null);
    assert!(is_nothing(with(nobody, "/conversation/recipient", Value::Null)));
}

#[test]
fn body_that_is_html_in_an_sms_with_entities_is_read_as_text() {
    for (body, text) in [
        ("Tom &amp; Ann<br>next", "Tom & Ann\nnext"),
        ("<p>one</p><p>two &lt;3</p>", "one\n\ntwo <3"),
        ("2 < 3 & 4 > 1", "2 < 3 & 4 > 1"),
        ("AT&T; no tag", "AT&T; no tag"),
    ] {
        let row = with(inbound("msg_1", body, None), "/target/data/text", Value::Null);
        let event = only(row);
        assert_eq!(
            written(&event).text.replace("\n\n", "\n"),
            text.replace("\n\n", "\n"),
            "{body}"
        );
    }
}

#[test]
fn empty_body_with_media_is_a_turn_and_without_is_nothing() {
    assert!(is_nothing(inbound("msg_1", " ", None)));
    let files = json!([
        {"id": "fil_1", "filename": "../../a\u{0}b.jpg", "content_type": "image/jpeg", "size": 7,
         "url": "https://acme.api.frontapp.com/download/fil_1"},
        {"id": "fil_2", "content_type": "evil\r\nx"}, {"filename": "no id"}
    ]);
    let event = only(with(inbound("msg_1", "", None), "/target/data/attachments", files));
    let inbound = written(&event);
    let [first, second] = &inbound.files[..] else { panic!("{inbound:?}") };
    assert_eq!(first.reference, "https://acme.api.frontapp.com/download/fil_1");
    assert_eq!((first.name.as_deref(), first.size), (Some("ab.jpg"), Some(7)));
    assert_eq!(first.media_type.as_deref(), Some("image/jpeg"));
    assert_eq!((second.reference.as_str(), &second.media_type), ("/download/fil_2", &None));
}

#[test]
fn draft_comment_internal_message_and_import_history_are_not_answered() {
    let draft = with(inbound("msg_1", "Hi", None), "/target/data/is_draft", json!(true));
    assert!(is_nothing(draft));
    let draft = with(inbound("msg_1", "Hi", None), "/target/data/draft_mode", json!("shared"));
    assert!(is_nothing(draft));
    let internal = with(inbound("msg_1", "Hi", None), "/target/data/type", json!("internal"));
    assert!(is_nothing(internal));
    let note = json!({"id": "com_1", "body": "secret"});
    assert!(is_nothing(event("evt_1", "comment", ("comment", note.clone()), None)));
    assert!(is_nothing(event("evt_1", "mention", ("comment", note), None)));
    let long_ago = (now() - TimeDelta::days(30)).timestamp();
    let history = with(inbound("msg_1", "Hi", None), "/target/data/created_at", json!(long_ago));
    assert!(is_nothing(history));
    for kind in ["discussion", "task"] {
        assert!(is_nothing(with(inbound("msg_1", "Hi", None), "/conversation/type", json!(kind))));
    }
    for status in ["deleted", "spam"] {
        let row = with(inbound("msg_1", "Hi", None), "/conversation/status", json!(status));
        assert!(is_nothing(row));
    }
}

#[test]
fn unknown_event_type_enum_value_and_extra_fields_are_ignored() {
    for kind in [
        "hologram",
        "",
        "tag",
        "untag",
        "reminder",
        "link_added",
        "conversations_merged",
        "call_started",
    ] {
        assert!(is_nothing(event("evt_1", kind, ("tag", json!({"id": "tag_1"})), None)), "{kind}");
    }
    let mut row = inbound("msg_1", "Hi", None);
    row["target"]["data"]["new_field"] = json!({"deep": [1, 2]});
    row["conversation"]["status"] = json!("waiting_room");
    only(row);
    assert!(is_nothing(json!({"id": "evt_1"})));
}

#[test]
fn each_message_type_is_somebody() {
    for (kind, handle, scheme, value, author) in [
        ("sms", "+1 (415) 555-0123", "tel", "+14155550123", Author::Person),
        ("whatsapp", "whatsapp:+14155550123", "tel", "+14155550123", Author::Person),
        ("email", "Ann@B.example", "email", "ann@b.example", Author::Person),
        ("front_chat", "visitor-1", "web", "visitor-1", Author::Person),
        ("custom", "visitor-1", "web", "visitor-1", Author::Person),
        ("smooch", "visitor-1", "web", "visitor-1", Author::Person),
        ("intercom", "visitor-1", "web", "visitor-1", Author::Person),
        ("call", "+14155550123", "tel", "+14155550123", Author::Machine),
        ("phone-call", "withheld", "call", "withheld", Author::Machine),
        ("Holo-gram!", "x", "holo-gram", "x", Author::Person),
        // From a short code, a word or a number without a country nobody is made up.
        ("sms", "72345", "sms", "72345", Author::Machine),
        ("sms", "TWILIO", "sms", "TWILIO", Author::Machine),
        ("sms", "4155550123", "sms", "4155550123", Author::Machine),
    ] {
        let event = only(typed(kind, handle));
        let from = &written(&event).from;
        assert_eq!((&*from.scheme, &*from.value, event.author), (scheme, value, author), "{kind}");
    }
}

#[test]
fn own_number_that_writes_to_itself_is_a_machine() {
    let row = inbound("msg_1", "hello", None);
    assert_eq!(only(row.clone()).author, Author::Person);
    let to = json!([{"handle": CUSTOMER, "role": "from"}, {"handle": CUSTOMER, "role": "to"}]);
    assert_eq!(only(with(row, "/target/data/recipients", to)).author, Author::Machine);
}

#[test]
fn a_mail_keeps_its_subject_loses_its_quotation_and_a_machines_is_not_answered() {
    let mail = |subject: &str, text: &str| {
        let row = typed("email", "ann@b.example");
        let row = with(row, "/target/data/subject", json!(subject));
        with(row, "/target/data/text", json!(text))
    };
    let event = only(mail("Order 7", "Where is it?\n\nOn Monday, Bob <b@c> wrote:\n> Hello"));
    assert_eq!(written(&event).text, "Order 7\n\nWhere is it?");
    let link = "/target/data/_links/related/message_replied_to";
    let answer = with(mail("Re: Order 7", "And now?"), link, json!("https://x/messages/msg_0"));
    assert_eq!(written(&only(answer)).text, "And now?");
    assert_eq!(only(mail("Automatic reply: away", "Gone")).author, Author::Machine);
    let config = desk_config().with_trimmer(|text| text.to_uppercase());
    let Said::Facts(facts) = said_by(&config, mail("", "a > b")) else { panic!() };
    assert_eq!(written(&facts[0]).text, "A > B");
}

#[test]
fn a_word_on_a_phone_opts_out() {
    assert_eq!(written(&only(inbound("msg_1", " Stop ", None))).consent, Some(ConsentWord::Stop));
    let mail = with(inbound("msg_1", "stop", None), "/target/data/type", json!("email"));
    let mail = with(mail, "/target/data/recipients/0/handle", json!("a@b.example"));
    assert_eq!(written(&only(mail)).consent, None);
}
