use handover_core::desk::CaseStatus;
use handover_core::event::{Author, Event, Fact, Reply, Report, Source};
use handover_core::message::DeliveryState;
use handover_core::thread::Thread;
use serde_json::{Value, json};

use super::{is_nothing, only, said_by, with};
use crate::config::DeskConfig;
use crate::parse::Said;
use crate::testing::{CNV, channel_id, desk_config, event, message, now, teammate};

fn reply(event: &Event) -> &Reply {
    match &event.fact {
        Fact::Reply(reply) => reply,
        other => panic!("{other:?}"),
    }
}

fn sent(author: Option<&str>, kind: &str) -> Value {
    let mut said = message("msg_2", Some("tea_rep"), "On its way", 1);
    said["author"] = author.map_or(
        Value::Null,
        |id| json!({"id": id, "first_name": "Rita", "last_name": "Rep", "type": Some(kind).filter(|kind| !kind.is_empty())}),
    );
    event("evt_2", "out_reply", ("message", said), Some("tea_rep"))
}

#[test]
fn a_reps_reply_is_recorded_as_delivered() {
    let event = only(sent(Some("tea_rep"), "user"));
    assert_eq!(event.id.as_str(), "front:msg_2");
    assert_eq!(event.threads, [Thread::case(&desk_config().desk, CNV)]);
    let said = reply(&event);
    assert_eq!((said.text.as_str(), said.author.as_deref()), ("On its way", Some("Rita Rep")));
    assert!(said.delivered);
    assert_eq!(said.status, Some(CaseStatus::Open));
    let archived = with(sent(Some("tea_rep"), "user"), "/conversation/status", json!("archived"));
    assert_eq!(reply(&only(archived)).status, Some(CaseStatus::Resolved));
}

#[test]
fn reps_answer_over_1600_with_emoji_zwj_rtl_crlf_and_nul_is_recorded_whole() {
    let text = "👩\u{200d}👩\u{200d}👧 العربية\r\nline\u{0}".repeat(200);
    let row = sent(Some("tea_rep"), "user");
    let row = with(with(row, "/target/data/text", json!(text)), "/target/data/body", json!(text));
    let event = only(row);
    let said = &reply(&event).text;
    assert_eq!(said.matches("👩\u{200d}👩\u{200d}👧 العربية\nline").count(), 200);
    assert!(!said.contains(['\u{0}', '\r']) && said.chars().count() > 1600);
}

#[test]
fn draft_internal_message_and_import_history_of_a_rep_are_no_reply() {
    let rep = || sent(Some("tea_rep"), "user");
    assert!(is_nothing(with(rep(), "/target/data/is_draft", json!(true))));
    assert!(is_nothing(with(rep(), "/target/data/draft_mode", json!("private"))));
    assert!(is_nothing(with(rep(), "/target/data/type", json!("internal"))));
    let long_ago = (now() - chrono::TimeDelta::days(30)).timestamp();
    assert!(is_nothing(with(rep(), "/target/data/created_at", json!(long_ago))));
}

#[test]
fn own_echo_and_rule_or_auto_reply_authors_are_no_persons() {
    for (author, kind, found) in [
        (Some("tea_rep"), "user", Author::Person),
        (Some("tea_rep"), "", Author::Person),
        (Some("tea_bot"), "rule", Author::Machine),
        (Some("tea_bot"), "macro", Author::Machine),
        (Some("tea_bot"), "ai", Author::Machine),
        (Some("tea_bot"), "hologram", Author::Unknown),
        (None, "", Author::Unknown),
    ] {
        let event = only(sent(author, kind));
        assert_eq!(event.author, found, "{author:?} {kind}");
        assert_eq!(reply(&event).automatic, found == Author::Machine, "{author:?} {kind}");
    }
}

#[test]
fn front_202_then_sending_error_is_told_by_id_and_text_and_no_resend() {
    let echo = sent(Some("tea_ai"), "ai");
    let failed = with(sent(Some("tea_ai"), "ai"), "/type", json!("sending_error"));
    let failed = with(failed, "/target/data/error_type", json!("twilio 21610"));
    let failed = with(failed, "/target/data/is_draft", json!(true));
    let bounced = with(sent(Some("tea_rep"), "user"), "/type", json!("message_bounce_error"));
    for (row, word, state, code) in [
        (echo, "sent", DeliveryState::Sent, None),
        (failed, "failed", DeliveryState::Failed, Some("twilio21610")),
        (bounced, "failed", DeliveryState::Failed, Some("message_bounce_error")),
    ] {
        let event = only(row);
        assert_eq!(event.id.as_str(), format!("front:msg_2.{word}"));
        assert_eq!(event.source, Source::Channel(channel_id()));
        assert_eq!(event.threads, [Thread::channel(&channel_id(), CNV)]);
        let mut report = Report::of("msg_2", Some("On its way".to_owned()), state);
        report.delivery.code = code.map(Into::into);
        assert_eq!(event.fact, Fact::Receipt(report));
    }
}

/// There it comes by the partner channel's own door, under the same id.
#[test]
fn without_a_hosted_channel_no_receipt_is_told() {
    let config = DeskConfig::new(desk_config().desk, teammate()).unwrap();
    assert!(matches!(said_by(&config, sent(Some("tea_ai"), "ai")), Said::Nothing));
}
