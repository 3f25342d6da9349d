//! Every kind of message that Front carries, from the customer and back.

use chrono::TimeDelta;
use handover_core::event::Holder;
use handover_core::identity::Identity;
use handover_core::message::{Copy, Message, Speaker};
use handover_sim::front::{Attachment, Direction};
use handover_sim::{Fault, Rule};

use crate::town::{ASSISTANT, CUSTOMER, Plan, Town};

/// A channel of this type, whose inbox is ours.
fn town(kind: &'static str) -> Town {
    Town::new(&Plan { kind, ..Plan::default() })
}

async fn customer_writes(town: &Town, from: &str, text: &str) -> String {
    town.pass(TimeDelta::seconds(1));
    let conversation = town.front.customer_writes("cha_sms", from, text, &[], town.now());
    town.settle().await;
    conversation
}

/// The bodies of what we sent, as Front got them.
fn replies(town: &Town, conversation: &str) -> Vec<String> {
    let messages = town.front.messages(conversation).into_iter();
    let ours = messages.filter(|message| message.direction == Direction::Outbound);
    ours.map(|message| message.body).collect()
}

async fn said(town: &Town) -> Vec<Message> {
    let session = town.sessions().await.remove(0);
    town.transcript(&session).await
}

#[tokio::test]
async fn chats_and_unknown_types_are_answered_as_texts_are() {
    for (kind, from, scheme) in [
        ("twilio", CUSTOMER, Identity::TEL),
        ("twilio_whatsapp", CUSTOMER, Identity::TEL),
        ("front_chat", "visitor-1", "web"),
        ("custom", "visitor-1", "web"),
        ("smooch", "visitor-1", "web"),
        ("intercom", "visitor-1", "web"),
        // Its raw name is kept.
        ("hologram", "@visitor", "hologram"),
    ] {
        let town = town(kind);
        let conversation = customer_writes(&town, from, "Are you open?").await;
        assert_eq!(replies(&town, &conversation), [ASSISTANT], "{kind}");
        let session = town.sessions().await.remove(0);
        assert_eq!((&*session.customer.scheme, &*session.customer.value), (scheme, from), "{kind}");
        customer_writes(&town, from, "I want to talk to a human").await;
        assert_eq!(town.assignee(&conversation), None, "{kind}");
        assert_eq!(town.comments(&conversation).len(), 1, "{kind}");
        assert_eq!(town.sessions().await.len(), 1, "{kind}");
    }
}

#[tokio::test]
async fn a_call_is_recorded_and_never_answered() {
    let town = town("talkdesk");
    let conversation = customer_writes(&town, CUSTOMER, "Are you open? (2 minutes)").await;
    assert!(replies(&town, &conversation).is_empty());
    let said = said(&town).await;
    assert_eq!((said.len(), said[0].text.as_str()), (1, "Are you open? (2 minutes)"));
    assert!(town.comments(&conversation).is_empty());
}

#[tokio::test]
async fn a_mail_goes_out_as_html_keeps_its_subject_and_loses_what_it_quotes() {
    let town = town("imap");
    let html = "<p>Are you <b>open</b> &amp; near?</p><p>Ann</p>";
    let from = "Ann@acme.example";
    let conversation = town.front.customer_mails(from, "A question", html, &[], town.now());
    town.settle().await;
    assert_eq!(replies(&town, &conversation), [format!("<p>{ASSISTANT}</p>")]);
    let first = said(&town).await.remove(0);
    assert!(first.text.starts_with("A question\n\nAre you open & near?"), "{:?}", first.text);
    assert_eq!(&*town.sessions().await[0].customer.value, "ann@acme.example");

    town.pass(TimeDelta::minutes(1));
    let html = "<p>And on Sundays, are you open?</p><p>On Mon, 2 Nov 2026, Acme wrote:</p>\
                <blockquote>We are open from 9 to 5.</blockquote>";
    let again = town.front.customer_mails(from, "Re: A question", html, &[], town.now());
    town.settle().await;
    assert_eq!(again, conversation, "one thread");
    let texts: Vec<String> = said(&town).await.into_iter().map(|message| message.text).collect();
    assert_eq!(texts[2], "And on Sundays, are you open?", "{texts:#?}");
    assert_eq!(replies(&town, &conversation).len(), 2);

    // Front tells of our HTML as its own; it is known again, and nobody's reply.
    let session = town.sessions().await.remove(0);
    assert_eq!(session.control.holder, Holder::Assistant);
    let speakers = said(&town).await.into_iter().map(|message| message.author);
    assert!(speakers.into_iter().all(|by| matches!(by, Speaker::Customer | Speaker::Assistant)));
}

#[tokio::test]
async fn a_hosts_own_way_to_cut_quotations_is_used() {
    let town = Town::new(&Plan {
        kind: "imap",
        trimmer: Some(|text| text.split("-- ").next().unwrap_or_default().trim().to_owned()),
        ..Plan::default()
    });
    let html = "<p>Are you open?</p><p>-- the old mail</p>";
    town.front.customer_mails("ann@acme.example", "", html, &[], town.now());
    town.settle().await;
    assert_eq!(said(&town).await[0].text, "Are you open?");
}

#[tokio::test]
async fn a_machines_mail_is_recorded_and_not_answered() {
    let town = town("imap");
    let from = "ann@acme.example";
    let subject = "Automatic reply: away";
    let conversation =
        town.front.customer_mails(from, subject, "<p>Are you open?</p>", &[], town.now());
    town.settle().await;
    assert!(replies(&town, &conversation).is_empty());
    assert_eq!(said(&town).await.len(), 1);
}

#[tokio::test]
async fn files_come_with_any_type_and_a_slow_one_holds_up_no_reply() {
    for kind in ["twilio", "imap", "front_chat"] {
        let town = town(kind);
        // The download is not there for a while.
        let rule = Rule::new(Fault::Status { code: 503, retry_after: None }).path("/download/");
        town.front.faults().add(rule.times(3));
        let file = Attachment::new("invoice.pdf", "application/pdf", vec![7; 300]);
        let from = if kind == "imap" { "ann@acme.example" } else { CUSTOMER };
        let text = "Are you open?";
        let conversation = town.front.customer_writes("cha_sms", from, text, &[file], town.now());
        town.settle().await;
        assert_eq!(replies(&town, &conversation).len(), 1, "{kind}: answered at once");
        for _ in 0..5 {
            town.pass(TimeDelta::minutes(1));
            town.settle().await;
        }
        let said = said(&town).await;
        let [file] = said[0].files.as_slice() else { panic!("{kind}: {said:?}") };
        assert!(matches!(file.copy, Copy::Stored(_)), "{kind}: {file:?}");
        assert_eq!((file.name.as_deref(), file.size), (Some("invoice.pdf"), Some(300)), "{kind}");
    }
}

#[tokio::test]
async fn what_a_rule_of_front_says_is_recorded_and_takes_nothing_over() {
    let town = town("twilio");
    let conversation = customer_writes(&town, CUSTOMER, "Are you open?").await;
    town.front.teammate_replies(&conversation, "tea_rule", "We have moved.", town.now());
    town.settle().await;
    let session = town.sessions().await.remove(0);
    assert_eq!(session.control.holder, Holder::Assistant);
    assert!(said(&town).await.iter().any(|message| message.text == "We have moved."));
    customer_writes(&town, CUSTOMER, "Are you still open?").await;
    assert_eq!(replies(&town, &conversation), [ASSISTANT, "We have moved.", ASSISTANT]);
}
