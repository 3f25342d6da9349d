//! Files, merges, deletions, failures after the fact, opt-outs, and a process that ends.

use std::sync::Arc;

use async_trait::async_trait;
use handover_core::assistant::{Answer, Assistant, Turn};
use handover_core::channel::Account;
use handover_core::error::Error;
use handover_core::event::Holder;
use handover_core::id::AccountId;
use handover_core::message::{Copy, DeliveryState, Reason};
use handover_sim::front::{Attachment, Sending};
use handover_sim::{Fault, Rule};

use crate::town::{AI, ASSISTANT, CUSTOMER, Plan, REP, Town};

#[tokio::test]
async fn a_picture_is_kept_with_name_and_type_and_a_failed_one_leaves_a_stub() {
    for fails in [false, true] {
        let town = Town::new(&Plan::default());
        if fails {
            let rule = Rule::new(Fault::Status { code: 404, retry_after: None });
            town.front.faults().add(rule.path("/download/"));
        }
        let picture = Attachment::new("parcel.jpg", "image/jpeg", vec![7; 300]);
        town.front.customer_texts(CUSTOMER, "Are you open?", &[picture], town.now());
        town.settle().await;
        let session = town.sessions().await.remove(0);
        let message = town.transcript(&session).await.remove(0);
        let [file] = message.files.as_slice() else { panic!("one file: {message:?}") };
        assert_eq!(file.name.as_deref(), Some("parcel.jpg"));
        assert_eq!(file.media_type.as_deref(), Some("image/jpeg"));
        if fails {
            assert_eq!(file.copy, Copy::Missing);
        } else {
            assert!(matches!(file.copy, Copy::Stored(_)), "{file:?}");
            assert_eq!(file.size, Some(300));
        }
        assert_eq!(town.phone(), [ASSISTANT]);
    }
}

#[tokio::test]
async fn a_conversation_that_was_merged_goes_on_in_the_other() {
    let town = Town::new(&Plan::default());
    let first = town.customer_texts("Are you open?").await;
    let other = "+14155550199";
    let second = town.front.customer_texts(other, "Are you open?", &[], town.now());
    town.settle().await;
    town.front.teammate_merges(&first, &second, REP, town.now());
    town.settle().await;
    town.front.customer_texts(other, "I want to talk to a human", &[], town.now());
    town.settle().await;
    let comments = town.comments(&second);
    let notes = comments.iter().filter(|text| text.contains("asked for a person"));
    assert_eq!(notes.count(), 1, "{comments:#?}");
    assert_eq!(town.assignee(&second), None);
}

/// A conversation in our inbox that the relay has never heard of.
async fn unheard_of(town: &Town) -> String {
    let conversation = town.front.customer_texts("+14155550198", "Hello?", &[], town.now());
    town.front.take_webhooks();
    town.pass(chrono::TimeDelta::minutes(15));
    town.poll().await;
    assert!(town.sessions().await.is_empty());
    conversation
}

#[tokio::test]
async fn merged_into_one_that_nobody_knows_the_session_goes_on() {
    for hook in [crate::town::application(), crate::town::rule()] {
        let town = Town::new(&Plan { hook: Some(hook), ..Plan::default() });
        let other = unheard_of(&town).await;
        let first = town.customer_texts("Are you open?").await;
        town.front.teammate_merges(&first, &other, REP, town.now());
        town.settle().await;
        town.poll().await;
        assert_eq!(town.customer_texts("Are you still open?").await, other);
        assert_eq!(town.phone(), [ASSISTANT, ASSISTANT]);
        let [session] = <[_; 1]>::try_from(town.sessions().await).unwrap();
        town.customer_texts("I want to talk to a human").await;
        assert_eq!(town.comments(&other).len(), 1);
        assert_eq!(town.assignee(&other), None);
        // A person there is a person here.
        town.rep_replies(&other, "Rita here.").await;
        town.rep_archives(&other).await;
        let [after] = <[_; 1]>::try_from(town.sessions().await).unwrap();
        assert_eq!(after.id, session.id);
        assert!(!after.is_open());
        let said = town.transcript(&after).await;
        assert_eq!(said.iter().filter(|message| message.text == "Rita here.").count(), 1);
    }
}

#[tokio::test]
async fn a_reply_prepared_for_a_merged_conversation_goes_to_the_other_once_and_is_told_of() {
    let town = Town::new(&Plan::default());
    let other = unheard_of(&town).await;
    let first = town.front.customer_texts(CUSTOMER, "Are you open?", &[], town.now());
    for webhook in town.front.take_webhooks() {
        town.deliver(webhook.request).await;
    }
    town.front.teammate_merges(&first, &other, REP, town.now());
    // The answer that says whether Front has taken it is lost, too.
    let rule = Rule::new(Fault::DropAfterWrite).method(http::Method::POST).path("/messages");
    town.front.faults().add(rule.once());
    for _ in 0..3 {
        town.settle().await;
        town.pass(chrono::TimeDelta::minutes(1));
    }
    assert_eq!(town.phone(), [ASSISTANT]);
    let said = town.front.messages(&other);
    assert_eq!(said.iter().filter(|message| message.body == ASSISTANT).count(), 1);
    // Front told of it under a name that meant nothing yet.
    town.poll().await;
    let [session] = <[_; 1]>::try_from(town.sessions().await).unwrap();
    let state = town.transcript(&session).await[1].deliveries[0].state;
    assert_eq!(state, DeliveryState::Sent);
}

#[tokio::test]
async fn what_was_said_just_before_a_merge_is_told_after_it() {
    // A rule's webhook: it hears of merges at once.
    let town = Town::new(&Plan { hook: Some(crate::town::rule()), ..Plan::default() });
    let other = unheard_of(&town).await;
    let first = town.customer_texts("Are you open?").await;
    town.front.teammate_replies(&first, REP, "Rita here.", town.now());
    let late = town.front.take_webhooks();
    town.front.teammate_merges(&first, &other, REP, town.now());
    let merged: Vec<_> = town.front.take_webhooks();
    for webhook in merged.into_iter().chain(late) {
        town.deliver(webhook.request).await;
    }
    town.settle().await;
    let [session] = <[_; 1]>::try_from(town.sessions().await).unwrap();
    assert_eq!(session.control.holder, Holder::Person);
    let said = town.transcript(&session).await;
    assert_eq!(said.iter().filter(|message| message.text == "Rita here.").count(), 1);
}

#[tokio::test]
async fn of_two_sessions_that_are_merged_one_goes_on() {
    let town = Town::new(&Plan::default());
    let first = town.customer_texts("Are you open?").await;
    let second = town.front.customer_texts("+14155550199", "Are you open?", &[], town.now());
    town.settle().await;
    town.front.teammate_merges(&first, &second, REP, town.now());
    town.poll().await;
    let open: Vec<_> = town.sessions().await.into_iter().filter(|s| s.is_open()).collect();
    assert_eq!(open.len(), 1);
    assert_eq!(&*open[0].reply_thread.address, second);
    // What comes from either customer is in it, and answered once.
    town.customer_texts("Are you open now?").await;
    assert_eq!(town.sessions().await.len(), 2);
    assert_eq!(town.front.messages(&second).len(), 6);
}

#[tokio::test]
async fn nothing_is_said_in_a_conversation_that_was_deleted() {
    let town = Town::new(&Plan::default());
    let conversation = town.customer_texts("Are you open?").await;
    town.front.teammate_deletes(&conversation, REP, town.now());
    town.settle().await;
    assert!(!town.sessions().await[0].is_open());
    assert_eq!(town.phone(), [ASSISTANT]);

    // Also when nobody has told of it.
    let town = Town::new(&Plan::default());
    let conversation = town.front.customer_texts(CUSTOMER, "Are you open?", &[], town.now());
    for webhook in town.front.take_webhooks() {
        town.deliver(webhook.request).await;
    }
    town.front.teammate_deletes(&conversation, REP, town.now());
    town.front.take_webhooks();
    town.settle().await;
    assert!(town.phone().is_empty());
}

#[tokio::test]
async fn a_reply_that_fails_later_becomes_a_comment_and_no_second_reply() {
    let town = Town::new(&Plan::default());
    town.front.set_sending(CUSTOMER, Sending::Fails { error: "unreachable".to_owned() });
    let conversation = town.customer_texts("Are you open?").await;
    let comments = town.comments(&conversation);
    assert!(comments.iter().any(|text| text.contains("unreachable")), "{comments:#?}");
    let replies = town.front.messages(&conversation);
    assert_eq!(replies.iter().filter(|message| message.body == ASSISTANT).count(), 1);
}

#[tokio::test]
async fn accepted_is_not_sent_until_front_tells_of_the_message() {
    for fails in [false, true] {
        let town = Town::new(&Plan::default());
        if fails {
            town.front.set_sending(CUSTOMER, Sending::Fails { error: "unreachable".to_owned() });
        }
        let conversation = town.front.customer_texts(CUSTOMER, "Are you open?", &[], town.now());
        for webhook in town.front.take_webhooks() {
            town.deliver(webhook.request).await;
        }
        while town.relay.work_one().await.unwrap() == handover_relay::Worked::Did {}
        let session = town.sessions().await.remove(0);
        let state = async || town.transcript(&session).await[1].deliveries[0].state;
        assert_eq!(state().await, DeliveryState::Accepted, "Front has taken it");
        let mut told = Vec::new();
        for webhook in town.front.take_webhooks() {
            town.deliver(webhook.request).await;
            told.push(state().await);
        }
        let wanted: &[DeliveryState] = match fails {
            false => &[DeliveryState::Sent],
            true => &[DeliveryState::Sent, DeliveryState::Failed],
        };
        told.dedup();
        assert_eq!(told, wanted);
        town.settle().await;
        town.poll().await;
        assert_eq!(state().await, *wanted.last().unwrap(), "told again, it is no news");
        let comments = town.comments(&conversation);
        let about = comments.iter().filter(|text| text.contains("unreachable"));
        assert_eq!(about.count(), usize::from(fails), "{comments:#?}");
        assert_eq!(town.front.messages(&conversation).len(), 2, "and it is not sent again");
    }
}

#[tokio::test]
async fn what_front_tells_of_a_reply_after_a_restart_is_known_again() {
    let plan = Plan { sent_after: std::time::Duration::from_secs(60), ..Plan::default() };
    let mut town = Town::new(&plan);
    town.front.set_sending(CUSTOMER, Sending::Fails { error: "unreachable".to_owned() });
    let conversation = town.front.customer_texts(CUSTOMER, "Are you open?", &[], town.now());
    town.run().await;
    assert_eq!(town.phone().len(), 0);
    town.restart(&plan);
    town.pass(chrono::TimeDelta::minutes(2));
    town.settle().await;
    town.poll().await;
    let comments = town.comments(&conversation);
    assert!(comments.iter().any(|text| text.contains("unreachable")), "{comments:#?}");
    let session = town.sessions().await.remove(0);
    let said = town.transcript(&session).await;
    let states: Vec<_> = said.iter().flat_map(|m| &m.deliveries).map(|d| d.state).collect();
    assert_eq!(states[0], DeliveryState::Failed);
}

#[tokio::test]
async fn whoever_said_stop_is_not_answered() {
    let town = Town::new(&Plan::default());
    town.customer_texts("Are you open?").await;
    town.customer_texts("STOP").await;
    let conversation = town.customer_texts("Are you open?").await;
    assert_eq!(town.phone(), [ASSISTANT]);
    let comments = town.comments(&conversation);
    assert_eq!(comments.iter().filter(|text| text.contains("has opted out")).count(), 1);
    town.customer_texts("START").await;
    town.customer_texts("Are you open?").await;
    assert_eq!(town.phone(), [ASSISTANT, ASSISTANT]);
}

#[tokio::test]
async fn a_process_that_ends_within_a_handoff_is_followed_by_one_that_finishes_it() {
    let plan = Plan::default();
    let steps = {
        let town = Town::new(&plan);
        town.customer_texts("Are you open?").await;
        let before = town.front.round_trips();
        town.customer_texts("I want to talk to a human").await;
        town.front.round_trips() - before
    };
    for step in 0..steps {
        let mut town = Town::new(&plan);
        let conversation = town.customer_texts("Are you open?").await;
        // The call is made, and its answer finds nobody.
        let rule = Rule::new(Fault::DropAfterWrite).path("/").after(u32::try_from(step).unwrap());
        town.front.faults().add(rule.once());
        town.front.customer_texts(CUSTOMER, "I want to talk to a human", &[], town.now());
        let before = town.front.round_trips();
        while town.front.round_trips() <= before + step {
            for webhook in town.front.take_webhooks() {
                town.deliver(webhook.request).await;
            }
            town.relay.tick().await.unwrap();
            if town.relay.work_one().await.unwrap() == handover_relay::Worked::Idle {
                town.pass(chrono::TimeDelta::seconds(1));
            }
        }
        town.restart(&plan);
        for _ in 0..10 {
            town.pass(chrono::TimeDelta::minutes(1));
            town.settle().await;
        }
        let comments = town.comments(&conversation);
        let notes = comments.iter().filter(|text| text.contains("asked for a person"));
        assert_eq!(notes.count(), 1, "{step}: {comments:#?}");
        assert_eq!(town.assignee(&conversation), None, "{step}");
        assert_eq!(town.front.tags(&conversation), ["handed-off"], "{step}");
        assert_ne!(town.sessions().await[0].control.holder, Holder::Assistant, "{step}");
        assert!(town.phone().len() <= 2, "{step}: {:?}", town.phone());
        let mut texts = town.phone();
        texts.dedup();
        assert_eq!(texts, town.phone(), "{step}");
    }
}

#[tokio::test]
async fn a_farewell_that_comes_after_a_restart_does_not_say_that_a_person_took_over() {
    let plan = Plan::default();
    let mut town = Town::new(&plan);
    let conversation = town.customer_texts("Are you open?").await;
    // The farewell cannot go out before the handoff is done.
    let rule = Rule::new(Fault::Status { code: 503, retry_after: None });
    let rule = rule.method(http::Method::POST).path("/messages").once();
    town.front.faults().add(rule);
    town.customer_texts("I want to talk to a human").await;
    town.restart(&plan);
    town.pass(chrono::TimeDelta::minutes(2));
    town.settle().await;
    assert_eq!(town.assignee(&conversation), None);
    assert_eq!(town.sessions().await[0].control.holder, Holder::Nobody, "nobody took it yet");
    town.front.teammate_assigns(&conversation, REP, Some(AI), town.now());
    town.settle().await;
    town.customer_texts("Are you open?").await;
    assert_eq!(town.phone().last().map(String::as_str), Some(ASSISTANT));
}

/// Settles whatever comes.
#[derive(Debug)]
pub(crate) struct Settles;

#[async_trait]
impl Assistant for Settles {
    fn account(&self) -> Account {
        Account::new(AccountId::new("assistant").unwrap())
    }

    async fn answer(&self, _: &Turn) -> Result<Answer, Error> {
        Ok(Answer { text: Some("Done.".to_owned()), resolved: true, ..Answer::default() })
    }
}

#[tokio::test]
async fn what_the_assistant_settles_is_archived_unless_a_person_has_it() {
    let plan = Plan { assistant: Some(Arc::new(Settles)), ..Plan::default() };
    let town = Town::new(&plan);
    let conversation = town.customer_texts("Please cancel it").await;
    assert_eq!(town.phone(), ["Done."]);
    assert_eq!(town.front.conversation(&conversation).unwrap().shown_status(), "archived");
    assert!(!town.sessions().await[0].is_open());
    town.customer_texts("And the other one").await;
    assert_eq!(town.sessions().await.len(), 2);
    assert_eq!(town.phone(), ["Done.", "Done."]);

    let town = Town::new(&plan);
    let conversation = town.front.customer_texts(CUSTOMER, "Please cancel it", &[], town.now());
    while town.phone().is_empty() {
        for webhook in town.front.take_webhooks() {
            town.deliver(webhook.request).await;
        }
        town.relay.work_one().await.unwrap();
    }
    town.front.teammate_assigns(&conversation, REP, Some(REP), town.now());
    town.settle().await;
    assert_eq!(town.front.conversation(&conversation).unwrap().shown_status(), "assigned");
}

/// Settles what is to be cancelled, and hands over whoever wants a person.
#[derive(Debug)]
struct Cancels;

#[async_trait]
impl Assistant for Cancels {
    fn account(&self) -> Account {
        Account::new(AccountId::new("assistant").unwrap())
    }

    async fn answer(&self, turn: &Turn) -> Result<Answer, Error> {
        let says = |word: &str| turn.messages.last().is_some_and(|last| last.text.contains(word));
        let handoff = says("person").then_some(Reason::CustomerAsked);
        let text = Some("Done.".to_owned());
        Ok(Answer { text, resolved: says("cancel"), handoff, ..Answer::default() })
    }
}

#[tokio::test]
async fn what_was_settled_is_not_archived_once_the_customer_goes_on() {
    let town = Town::new(&Plan { assistant: Some(Arc::new(Cancels)), ..Plan::default() });
    let conversation = town.front.customer_texts(CUSTOMER, "Please cancel it", &[], town.now());
    while town.sessions().await.first().is_none_or(|session| session.is_open()) {
        for webhook in town.front.take_webhooks() {
            town.deliver(webhook.request).await;
        }
        town.relay.work_one().await.unwrap();
    }
    town.pass(chrono::TimeDelta::seconds(1));
    town.front.customer_texts(CUSTOMER, "Wait, one more thing", &[], town.now());
    town.settle().await;
    assert_eq!(town.front.conversation(&conversation).unwrap().shown_status(), "assigned");
    assert!(town.sessions().await[1].is_open(), "what goes on is not ended by what was settled");
    assert_eq!(town.phone(), ["Done.", "Done."]);
}

#[tokio::test]
async fn who_writes_while_the_settled_is_archived_is_answered_or_handed_off() {
    for (text, ends) in [("Wait, one more thing", "archived"), ("A person, please", "unassigned")] {
        let town = Town::new(&Plan { assistant: Some(Arc::new(Cancels)), ..Plan::default() });
        let conversation = town.front.customer_texts(CUSTOMER, "Please cancel it", &[], town.now());
        let status = || town.front.conversation(&conversation).unwrap().shown_status();
        let mut late = None;
        while status() != "archived" {
            if late.is_none() && town.sessions().await.first().is_some_and(|s| !s.is_open()) {
                town.front.customer_texts(CUSTOMER, text, &[], town.now());
                late = Some(town.front.take_webhooks());
            }
            for webhook in town.front.take_webhooks() {
                town.deliver(webhook.request).await;
            }
            town.relay.work_one().await.unwrap();
        }
        // Front tells of both afterwards, in this order.
        let archived = town.front.take_webhooks();
        for webhook in late.unwrap().into_iter().chain(archived) {
            town.deliver(webhook.request).await;
        }
        town.settle().await;
        assert!(town.sessions().await[1].is_open(), "{text}");
        assert_eq!(town.phone().len(), 2, "{text}");
        assert_eq!(status(), ends, "{text}");
    }
}
