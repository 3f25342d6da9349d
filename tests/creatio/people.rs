//! What people do on a case, and what of it reaches the customer.

use chrono::TimeDelta;
use handover_sim::creatio::{ActivityType, RepActivity};
use serde_json::{Value, json};

use crate::town::{Plan, Town};

#[tokio::test]
async fn replies_arrive_once_and_in_order_and_notes_never() {
    let town = Town::new(&Plan::default());
    let case = town.handed_off().await;
    let replies: Vec<String> = (1..=5).map(|n| format!("Reply {n}.")).collect();
    for text in &replies {
        town.ann_replies(case, text).await;
        let note = RepActivity::new(ActivityType::Task).notes("Internal: check the stock.");
        town.ann_adds(case, note.finished()).await;
        town.creatio.rep_posts(case, "<p>Internal as well</p>", town.ann, town.now());
    }
    town.recover().await;
    let said: Vec<String> = town.phone().into_iter().skip(2).collect();
    assert_eq!(said, replies);
}

#[tokio::test]
async fn five_replies_at_once_arrive_in_the_order_they_were_written() {
    let town = Town::new(&Plan { process: None, ..Plan::default() });
    let case = town.handed_off().await;
    for n in 1..=5 {
        town.pass(TimeDelta::milliseconds(200));
        let text = format!("Reply {n}.");
        let reply = RepActivity::new(ActivityType::Call).detailed_result(&text).finished();
        town.creatio.rep_adds_activity(case, reply.by(town.ann), town.now());
    }
    town.poll().await;
    town.recover().await;
    let said: Vec<String> = town.phone().into_iter().skip(2).collect();
    assert_eq!(said, ["Reply 1.", "Reply 2.", "Reply 3.", "Reply 4.", "Reply 5."]);
}

#[tokio::test]
async fn a_draft_waits_until_it_is_finished_and_its_last_words_go_out() {
    for process in [None, Plan::default().process] {
        let town = Town::new(&Plan { process, ..Plan::default() });
        let case = town.handed_off().await;
        let draft = RepActivity::new(ActivityType::Call).detailed_result("First words");
        let draft = town.ann_adds(case, draft).await;
        town.recover().await;
        assert_eq!(town.phone().len(), 2, "a draft stays inside");
        let words = json!("Last words");
        town.creatio.rep_edits_activity(draft, "DetailedResult", words, town.now());
        town.recover().await;
        town.creatio.rep_finishes_activity(draft, town.now());
        town.recover().await;
        assert_eq!(town.phone()[2..], ["Last words"]);
        town.creatio.rep_edits_activity(draft, "DetailedResult", json!("Other words"), town.now());
        town.recover().await;
        assert_eq!(town.phone()[2..], ["Last words"], "an edit is told on the case, not sent");
        assert!(town.read(case).contains("was edited after"), "{}", town.read(case));
    }
}

#[tokio::test]
async fn a_reply_that_is_deleted_before_we_look_is_no_reply() {
    let town = Town::new(&Plan { process: None, ..Plan::default() });
    let case = town.handed_off().await;
    let reply = town.ann_replies(case, "Never mind.").await;
    town.creatio.rep_deletes("Activity", reply, town.now());
    town.recover().await;
    assert_eq!(town.got("Never mind."), 0);
}

#[tokio::test]
async fn a_reply_that_is_moved_to_another_case_is_not_said_again() {
    let town = Town::new(&Plan::default());
    let case = town.handed_off().await;
    let reply = town.ann_replies(case, "Hello.").await;
    let other = town.creatio.add("Case", &[("Subject", json!("Another"))], town.now());
    town.creatio.rep_edits_activity(reply, "CaseId", json!(other), town.now());
    town.recover().await;
    town.creatio.rep_edits_activity(reply, "CaseId", json!(case), town.now());
    town.recover().await;
    assert_eq!(town.got("Hello."), 1);
}

#[tokio::test]
async fn a_mail_is_a_reply_when_creatio_has_sent_it_and_not_before() {
    let town = Town::new(&Plan { replies: &["Email"], ..Plan::default() });
    let case = town.handed_off().await;
    let mail = RepActivity::new(ActivityType::Email).body("By mail.").title("Re: your order");
    let mail = town.ann_adds(case, mail).await;
    town.recover().await;
    assert_eq!(town.got("By mail."), 0);
    town.creatio.rep_sends_email(mail, town.now());
    town.recover().await;
    assert_eq!(town.got("By mail."), 1);
}

#[tokio::test]
async fn a_customers_mail_on_the_case_is_no_reply_to_the_customer() {
    let town = Town::new(&Plan { replies: &["Email", "Call", "Task"], ..Plan::default() });
    let case = town.handed_off().await;
    let mail = RepActivity::new(ActivityType::IncomingEmail).body("I also wrote a mail.");
    town.creatio.rep_adds_activity(case, mail.finished(), town.now());
    town.recover().await;
    assert_eq!(town.phone().len(), 2);
}

#[tokio::test]
async fn what_a_machine_submitted_is_no_reply() {
    let town = Town::new(&Plan { replies: &["Email", "Call"], ..Plan::default() });
    let case = town.handed_off().await;
    for kind in [ActivityType::Email, ActivityType::Call] {
        let automatic = RepActivity::new(kind)
            .body("We received your request SR00000001.")
            .column("IsAutoSubmitted", Value::from(true))
            .finished();
        town.ann_adds(case, automatic).await;
    }
    town.recover().await;
    assert_eq!(town.phone().len(), 2);
}

#[tokio::test]
async fn a_reply_long_after_its_session_ended_still_arrives() {
    let town = Town::new(&Plan { process: None, ..Plan::default() });
    town.customer_texts("Are you open?").await;
    let case = town.only_case().id();
    town.pass(TimeDelta::hours(4));
    town.settle().await;
    assert_eq!(town.open_sessions().await, 0);
    town.pass(TimeDelta::days(3));
    town.poll().await;
    town.ann_replies(case, "Sorry for the wait.").await;
    town.recover().await;
    assert_eq!(town.got("Sorry for the wait."), 1);
}

#[tokio::test]
async fn an_undeliverable_reply_is_told_on_the_case() {
    let town = Town::new(&Plan::default());
    let case = town.handed_off().await;
    town.customer_texts("STOP").await;
    town.ann_replies(case, "Please come back.").await;
    town.recover().await;
    assert_eq!(town.got("Please come back."), 0);
    let read = town.read(case);
    assert_eq!(read.matches("was not sent").count(), 1, "{read}");
}
