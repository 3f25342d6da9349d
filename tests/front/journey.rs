//! What the customer sees on the telephone and the people in Front.

use handover_core::event::Holder;
use handover_core::message::{DeliveryState, Speaker};

use crate::town::{AI, APP_KEY, ASSISTANT, CUSTOMER, Plan, REP, Town, rule};

/// All that the customer gets before and with a handoff.
const UP_TO_HANDOFF: [&str; 2] = [ASSISTANT, "I'm connecting you with a person."];

async fn handed_off(town: &Town) -> String {
    let conversation = town.customer_texts("What are your opening hours?").await;
    assert_eq!(town.phone(), [ASSISTANT]);
    let reply = town.front.messages(&conversation).pop().unwrap();
    assert_eq!(reply.author.as_deref(), Some(AI), "as the teammate");
    assert_eq!(town.front.conversation(&conversation).unwrap().shown_status(), "assigned");

    let again = town.customer_texts("I want to talk to a human").await;
    assert_eq!(again, conversation, "one thread");
    assert_eq!(town.phone(), UP_TO_HANDOFF);
    conversation
}

#[tokio::test]
async fn from_the_first_text_to_the_next_session() {
    let town = Town::new(&Plan::default());
    let conversation = handed_off(&town).await;
    assert_eq!(town.assignee(&conversation), None, "nobody has it");
    assert_eq!(town.front.tags(&conversation), ["handed-off"]);
    let comments = town.comments(&conversation);
    let [comment] = comments.as_slice() else { panic!("one comment: {comments:#?}") };
    for expected in ["opening hours", "entiment", "/sessions/"] {
        assert!(comment.contains(expected), "{expected} is not in {comment}");
    }
    assert!(town.sessions().await[0].is_open(), "it stays open");

    town.customer_texts("Are you open tomorrow?").await;
    assert_eq!(town.phone(), UP_TO_HANDOFF, "the assistant keeps quiet");

    town.rep_replies(&conversation, "Rita here. Yes.").await;
    assert_eq!(town.phone()[2..], ["Rita here. Yes."], "Front delivered it, and nobody again");
    let session = town.sessions().await.remove(0);
    assert_eq!(session.control.holder, Holder::Person);
    let transcript = town.transcript(&session).await;
    let reply = transcript.iter().find(|message| message.text == "Rita here. Yes.").unwrap();
    assert!(matches!(&reply.author, Speaker::Person { name: Some(name) } if name.contains("Rita")));
    assert_eq!(reply.deliveries[0].state, DeliveryState::Sent);

    town.rep_archives(&conversation).await;
    let sessions = town.sessions().await;
    assert_eq!(sessions.len(), 1);
    assert!(!sessions[0].is_open());

    // Front's own rule assigns what comes back.
    town.front.rule_assigns(&conversation, Some(AI), town.now());
    town.customer_texts("Are you open on Sundays?").await;
    let sessions = town.sessions().await;
    assert_eq!(sessions.len(), 2, "a new session");
    assert!(sessions[1].is_open());
    assert_eq!(town.phone()[3..], [ASSISTANT]);
    assert_eq!(town.comments(&conversation).len(), 1);
}

#[tokio::test]
async fn what_others_have_is_never_answered() {
    let town = Town::new(&Plan { assign_new_to: Some(REP), ..Plan::default() });
    let conversation = town.customer_texts("Are you open?").await;
    assert!(town.phone().is_empty());
    assert!(town.comments(&conversation).is_empty());
    assert_eq!(town.sessions().await[0].control.holder, Holder::Person);

    town.rep_assigns(&conversation, Some(AI)).await;
    assert_eq!(town.phone(), [ASSISTANT], "a person gave it to the AI");
    town.customer_texts("Are you open tomorrow, too?").await;
    assert_eq!(town.phone(), [ASSISTANT, ASSISTANT]);
}

#[tokio::test]
async fn what_nobody_has_is_answered_only_where_that_is_wanted_and_never_after_a_handoff() {
    let town = Town::new(&Plan { assign_new_to: None, ..Plan::default() });
    town.customer_texts("Are you open?").await;
    assert!(town.phone().is_empty());

    let plan = Plan { assign_new_to: None, handle_unassigned: true, ..Plan::default() };
    let town = Town::new(&plan);
    let conversation = town.customer_texts("Are you open?").await;
    assert_eq!(town.phone(), [ASSISTANT]);
    town.customer_texts("I want to talk to a human").await;
    assert_eq!(town.phone(), UP_TO_HANDOFF);
    assert_eq!(town.comments(&conversation).len(), 1);
    town.customer_texts("Are you open now?").await;
    assert_eq!(town.phone(), UP_TO_HANDOFF, "unassigned no longer means the AI");

    town.rep_replies(&conversation, "We are.").await;
    town.rep_assigns(&conversation, Some(AI)).await;
    assert_eq!(town.phone()[2..], ["We are."], "handed back, and nothing waits");
    town.customer_texts("And now, are you open?").await;
    assert_eq!(town.phone()[3..], [ASSISTANT]);
}

#[tokio::test]
async fn a_reply_takes_control_at_once_even_while_the_ai_is_the_assignee() {
    let town = Town::new(&Plan::default());
    let conversation = town.customer_texts("Are you open?").await;
    town.rep_replies(&conversation, "I take over.").await;
    assert_eq!(town.assignee(&conversation).as_deref(), Some(AI));
    town.customer_texts("Thanks. Are you open?").await;
    assert_eq!(town.phone(), [ASSISTANT, "I take over."]);
}

#[tokio::test]
async fn an_assignment_withholds_the_answer_in_preparation() {
    let town = Town::new(&Plan::default());
    let conversation = town.front.customer_texts(CUSTOMER, "Are you open?", &[], town.now());
    for webhook in town.front.take_webhooks() {
        town.deliver(webhook.request).await;
    }
    town.front.teammate_assigns(&conversation, REP, Some(REP), town.now());
    town.settle().await;
    assert!(town.phone().is_empty());

    // Also when Front has not told of it: the send itself looks first.
    let town = Town::new(&Plan::default());
    let conversation = town.front.customer_texts(CUSTOMER, "Are you open?", &[], town.now());
    for webhook in town.front.take_webhooks() {
        town.deliver(webhook.request).await;
    }
    town.front.teammate_assigns(&conversation, REP, Some(REP), town.now());
    town.front.take_webhooks();
    town.settle().await;
    assert!(town.phone().is_empty());
    assert_eq!(town.sessions().await[0].control.holder, Holder::Person);
}

#[tokio::test]
async fn reopened_by_a_person_the_session_goes_on() {
    let town = Town::new(&Plan::default());
    let conversation = handed_off(&town).await;
    town.rep_archives(&conversation).await;
    assert!(!town.sessions().await[0].is_open());
    town.pass(chrono::TimeDelta::seconds(1));
    town.front.teammate_reopens(&conversation, REP, town.now());
    town.settle().await;
    let sessions = town.sessions().await;
    assert!(sessions[0].is_open(), "reopened");
    town.customer_texts("Are you open?").await;
    assert_eq!(town.sessions().await.len(), 1);
    assert_eq!(town.phone(), UP_TO_HANDOFF, "still nobody's");
}

#[tokio::test]
async fn a_rules_webhook_and_previews_tell_the_same() {
    for hook in [rule(), rule().preview(), crate::town::application().preview()] {
        let town = Town::new(&Plan { hook: Some(hook), ..Plan::default() });
        let conversation = handed_off(&town).await;
        assert_eq!(town.comments(&conversation).len(), 1);
        assert_eq!(town.assignee(&conversation), None);
        town.rep_replies(&conversation, "Rita here.").await;
        town.rep_archives(&conversation).await;
        assert_eq!(town.phone()[2..], ["Rita here."]);
        assert!(!town.sessions().await[0].is_open());
    }
}

#[tokio::test]
async fn without_webhooks_the_feed_finds_everything() {
    let town = Town::new(&Plan { hook: None, ..Plan::default() });
    town.poll().await;
    let conversation = town.customer_texts("Are you open?").await;
    town.poll().await;
    assert_eq!(town.phone(), [ASSISTANT]);
    town.customer_texts("I want to talk to a human").await;
    town.poll().await;
    assert_eq!(town.phone(), UP_TO_HANDOFF);
    town.rep_replies(&conversation, "Rita here.").await;
    town.poll().await;
    town.poll().await;
    assert_eq!(town.phone()[2..], ["Rita here."]);
    town.rep_archives(&conversation).await;
    town.poll().await;
    assert!(!town.sessions().await[0].is_open());
}

#[tokio::test]
async fn another_inbox_is_of_no_concern() {
    let town = Town::new(&Plan::default());
    town.front.customer_writes("cha_other", CUSTOMER, "Are you open?", &[], town.now());
    town.settle().await;
    town.poll().await;
    assert!(town.phone().is_empty());
    assert!(town.sessions().await.is_empty());
}

#[tokio::test]
async fn a_contact_is_made_in_front_only_where_that_is_wanted() {
    for create_contacts in [false, true] {
        let town = Town::new(&Plan { create_contacts, ..Plan::default() });
        town.customer_texts("Are you open?").await;
        assert_eq!(town.front.contacts().len(), usize::from(create_contacts));
        assert_eq!(town.phone(), [ASSISTANT]);
    }
}

#[tokio::test]
async fn a_contact_has_the_name_that_came_with_the_message() {
    let town = Town::new(&Plan { create_contacts: true, ..Plan::default() });
    town.front.customer_texts(CUSTOMER, "Are you open?", &[], town.now());
    let (head, body) = town.front.take_webhooks().remove(0).request.into_parts();
    let body = String::from_utf8(body.to_vec()).unwrap();
    let body = body.replace("\"name\":null", "\"name\":\" Ann\\nLee \"");
    let mut request = http::Request::from_parts(head, bytes::Bytes::from(body));
    let time = request.headers()["x-front-request-timestamp"].to_str().unwrap().to_owned();
    let signature = handover_sim::front::application_signature(APP_KEY, &time, request.body());
    request.headers_mut().insert("x-front-signature", signature.parse().unwrap());
    assert!(town.deliver(request).await.status().is_success());
    town.settle().await;
    assert_eq!(town.front.contacts()[0].name.as_deref(), Some("Ann Lee"));
}
