//! What entries are in Creatio, and which activities are replies.

use handover_core::id::ChannelId;
use handover_creatio::{DeskConfig, EntryMode, Ready, ReplyRule};
use handover_sim::creatio::{ActivityType, Builder, Kind, RepActivity};
use serde_json::{Value, json};

use crate::town::{ANSWER, Plan, Town};

fn sms() -> ChannelId {
    ChannelId::new("sms-us").unwrap()
}

#[tokio::test]
async fn entries_in_the_feed_stand_there_in_order_and_once() {
    let town = Town::new(&Plan {
        desk: |desk| desk.with_entry_mode(sms(), EntryMode::Feed),
        process: Some(|process| process.on_modified()),
        ..Plan::default()
    });
    town.customer_texts("Are you <b>open</b> & ready?").await;
    town.customer_texts("speak to a person").await;
    town.recover().await;
    let case = town.only_case().id();
    assert!(town.creatio.activities(case).is_empty());
    let posts = town.creatio.records("SocialMessage");
    let texts: Vec<&str> = posts.iter().map(|post| post.text("Message")).collect();
    assert!(texts.len() >= 5, "{texts:#?}");
    assert!(posts.iter().all(|post| post.guid("EntityId") == Some(case)));
    assert!(texts[0].contains("&lt;b&gt;open&lt;/b&gt; &amp; ready?"), "{texts:#?}");
    assert!(texts[1].contains(ANSWER));
    town.ann_replies(case, "Hello.").await;
    assert_eq!(town.got("Hello."), 1);
}

#[tokio::test]
async fn entries_as_mails_are_sent_already_and_nothing_goes_out() {
    let town = Town::new(&Plan {
        desk: |desk| desk.with_entry_mode(sms(), EntryMode::Email),
        replies: &["Email"],
        ..Plan::default()
    });
    let case = town.handed_off().await;
    town.customer_texts("Hello?").await;
    town.recover().await;
    let rows = town.creatio.activities(case);
    let mails: Vec<_> = rows.iter().filter(|row| row.shown("Type") == "Email").collect();
    assert!(mails.len() >= 5, "{}", mails.len());
    for mail in &mails {
        assert_eq!(mail.shown("EmailSendStatus"), "Sent", "{}", mail.text("Title"));
        assert!(mail.date("SendDate").is_some() && !mail.flag("IsHtmlBody"));
        let incoming = mail.text("Body").contains("?") || mail.text("Body").contains("person");
        let direction = mail.shown("MessageType");
        assert!(matches!(direction, "Incoming" | "Outgoing"), "{direction} {incoming}");
    }
    assert_eq!(town.phone().len(), 2, "none of them is a reply");
    let mail = RepActivity::new(ActivityType::Email).body("By mail.").finished();
    town.ann_adds(case, mail).await;
    assert_eq!(town.got("By mail."), 1);
}

#[tokio::test]
async fn a_mail_of_the_customer_reopens_a_paused_case_and_we_live_with_it() {
    let town = Town::new(&Plan {
        desk: |desk| desk.with_entry_mode(sms(), EntryMode::Email),
        ..Plan::default()
    });
    let case = town.handed_off().await;
    town.ann_sets(case, "Waiting for response").await;
    town.customer_texts("Here is my answer").await;
    town.recover().await;
    let row = town.only_case();
    assert_eq!((row.shown("Status"), row.guid("OwnerId")), ("Reopened", None));
    town.ann_replies(case, "Thank you.").await;
    assert_eq!(town.got("Thank you."), 1);
    assert_eq!(town.open_sessions().await, 1);
}

#[tokio::test]
async fn a_task_of_ours_does_nothing_to_a_paused_case() {
    let town = Town::new(&Plan::default());
    let case = town.handed_off().await;
    town.ann_sets(case, "Waiting for response").await;
    town.customer_texts("Here is my answer").await;
    town.recover().await;
    let row = town.only_case();
    assert_eq!(
        (row.shown("Status"), row.guid("OwnerId")),
        ("Waiting for response", Some(town.ann))
    );
}

fn marked(tenant: Builder) -> Builder {
    tenant.column("Activity", "UsrToCustomer", Kind::Bool)
}

#[tokio::test]
async fn all_conditions_of_the_rule_must_hold() {
    let strict = |desk: DeskConfig| {
        let rule = ReplyRule::new(vec!["Call".into(), "Task".into()])
            .and_then(|rule| rule.with_categories(vec!["Meeting".into()]))
            .and_then(|rule| rule.with_text(&["Notes".into()]))
            .and_then(|rule| rule.with_marker_column("UsrToCustomer"))
            .and_then(|rule| rule.with_prefix("SMS:"))
            .unwrap();
        desk.with_reply_rule(rule.with_ready(Ready::Finished))
    };
    let town = Town::new(&Plan { tenant: marked, desk: strict, ..Plan::default() });
    let case = town.handed_off().await;
    let right = |kind| {
        RepActivity::new(kind)
            .category("Meeting")
            .notes("sms: Hello.")
            .column("UsrToCustomer", json!(true))
    };
    for (why, wrong) in [
        ("type", right(ActivityType::Visit).finished()),
        ("category", right(ActivityType::Call).category("Paperwork").finished()),
        ("marker", right(ActivityType::Call).column("UsrToCustomer", json!(false)).finished()),
        ("prefix", right(ActivityType::Call).notes("Hello.").finished()),
        ("text", right(ActivityType::Call).notes("").detailed_result("SMS: Hello.").finished()),
        ("empty", right(ActivityType::Call).notes("SMS:  ").finished()),
        ("ready", right(ActivityType::Call)),
    ] {
        town.ann_adds(case, wrong).await;
        town.recover().await;
        assert_eq!(town.phone().len(), 2, "{why}: {:?}", town.phone());
    }
    town.ann_adds(case, right(ActivityType::Task).finished()).await;
    assert_eq!(town.phone()[2..], ["Hello."]);
}

#[tokio::test]
async fn what_did_not_qualify_is_looked_at_again_when_it_changes() {
    let marker =
        |desk: DeskConfig| desk.with_reply_rule(ReplyRule::marked("UsrToCustomer").unwrap());
    for process in [None, Plan::default().process] {
        let town = Town::new(&Plan { tenant: marked, desk: marker, process, ..Plan::default() });
        let case = town.handed_off().await;
        let note = RepActivity::new(ActivityType::Task).notes("Now for you.").finished();
        let note = town.ann_adds(case, note).await;
        town.recover().await;
        assert_eq!(town.got("Now for you."), 0);
        town.creatio.rep_edits_activity(note, "UsrToCustomer", Value::from(true), town.now());
        town.recover().await;
        assert_eq!(town.got("Now for you."), 1);
        town.creatio.rep_edits_activity(note, "UsrToCustomer", Value::from(false), town.now());
        town.recover().await;
        town.creatio.rep_edits_activity(note, "UsrToCustomer", Value::from(true), town.now());
        town.recover().await;
        assert_eq!(town.got("Now for you."), 1, "once and for all");
    }
}

#[tokio::test]
async fn an_activity_may_be_a_reply_as_soon_as_it_is_added() {
    let added = |desk: DeskConfig| {
        let rule = ReplyRule::new(vec!["Task".into()]).unwrap().with_ready(Ready::Added);
        desk.with_reply_rule(rule)
    };
    let town = Town::new(&Plan { desk: added, ..Plan::default() });
    let case = town.handed_off().await;
    let task = RepActivity::new(ActivityType::Task).notes("At once.");
    let task = town.ann_adds(case, task).await;
    assert_eq!(town.got("At once."), 1);
    town.creatio.rep_finishes_activity(task, town.now());
    town.recover().await;
    assert_eq!(town.got("At once."), 1);
    assert!(town.entries(case).len() >= 5, "our own tasks are none");
    assert_eq!(town.phone().len(), 3);
}

#[tokio::test]
async fn without_a_rule_nothing_goes_out() {
    // A rule that no activity can meet is as good as none.
    let town = Town::new(&Plan { replies: &["Visit"], ..Plan::default() });
    let case = town.handed_off().await;
    for kind in [ActivityType::Call, ActivityType::Email, ActivityType::Task] {
        town.ann_adds(case, RepActivity::new(kind).body("b").notes("n").finished()).await;
    }
    town.recover().await;
    assert_eq!(town.phone().len(), 2);
}
