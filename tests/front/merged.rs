//! Conversations that were merged, before the list of events has told of it: an application's webhook
//! does not.

use handover_core::event::Holder;

use crate::town::{AI, ASSISTANT, CUSTOMER, Plan, REP, Town};

const OTHER: &str = "+14155550198";

/// The AI answers what nobody has.
fn unassigned() -> Plan {
    Plan { assign_new_to: None, handle_unassigned: true, ..Plan::default() }
}

/// A conversation of somebody else's that is over.
async fn over(town: &Town) -> String {
    let conversation = town.front.customer_texts(OTHER, "Are you open?", &[], town.now());
    town.settle().await;
    town.rep_archives(&conversation).await;
    assert!(!town.sessions().await[0].is_open());
    conversation
}

/// A conversation of somebody else's that was never told of.
fn unheard_of(town: &Town) -> String {
    let conversation = town.front.customer_texts(OTHER, "Hello?", &[], town.now());
    town.front.take_webhooks();
    town.pass(chrono::TimeDelta::minutes(15));
    conversation
}

/// A conversation that was handed off.
async fn handed_off(town: &Town) -> String {
    town.customer_texts("Are you open?").await;
    let conversation = town.customer_texts("I want to talk to a human").await;
    assert_eq!(town.sessions().await.last().unwrap().control.holder, Holder::Nobody);
    conversation
}

/// How many calls read the list of events, and how many a conversation's.
fn looks(town: &Town) -> (usize, usize) {
    let calls = town.front.requests();
    let all = calls.iter().filter(|call| call.path.starts_with("/events")).count();
    let one = calls.iter().filter(|call| call.path.ends_with("/events"));
    (all, one.filter(|call| call.path.starts_with("/conversations/")).count())
}

#[tokio::test]
async fn what_was_handed_off_stays_so_in_the_conversation_that_it_was_merged_into() {
    let town = Town::new(&unassigned());
    let other = over(&town).await;
    let first = handed_off(&town).await;
    let (said, before) = (town.phone(), looks(&town));
    town.front.teammate_merges(&first, &other, REP, town.now());
    assert_eq!(town.customer_texts("Are you open?").await, other);
    assert_eq!(town.phone(), said, "unassigned no longer means the AI");
    let [_, session] = <[_; 2]>::try_from(town.sessions().await).unwrap();
    assert_eq!(session.control.holder, Holder::Nobody);
    let log = town.transcript(&session).await;
    assert_eq!(log.iter().filter(|message| message.text == "Are you open?").count(), 2);
    let after = looks(&town);
    assert_eq!((after.0, after.1 - before.1), (before.0, 1), "one look at the conversation");
    // From now on it is known: nothing is looked for.
    town.customer_texts("Anybody?").await;
    assert_eq!(looks(&town), after);
    town.rep_assigns(&other, Some(AI)).await;
    assert_eq!(town.phone().len(), said.len() + 1, "given back, it is answered");
}

#[tokio::test]
async fn what_was_handed_off_stays_so_in_a_conversation_that_was_never_told_of() {
    let town = Town::new(&unassigned());
    let other = unheard_of(&town);
    let first = handed_off(&town).await;
    let said = town.phone();
    town.front.teammate_merges(&first, &other, REP, town.now());
    assert_eq!(town.customer_texts("Are you open?").await, other);
    assert_eq!(town.phone(), said);
    assert!(
        town.front.phone(OTHER).is_empty(),
        "what was asked there before waits for a person, too"
    );
    let open: Vec<_> = town.sessions().await.into_iter().filter(|s| s.is_open()).collect();
    assert_eq!(open.len(), 1);
    assert_eq!(open[0].control.holder, Holder::Nobody);
}

#[tokio::test]
async fn what_was_handed_off_stays_so_also_where_the_other_conversation_goes_on() {
    for told_first in [false, true] {
        let town = Town::new(&unassigned());
        let first = handed_off(&town).await;
        let second = town.front.customer_texts(OTHER, "Are you open?", &[], town.now());
        town.settle().await;
        assert_eq!(town.front.phone(OTHER), [ASSISTANT]);
        let said = town.phone();
        town.front.teammate_merges(&first, &second, REP, town.now());
        if told_first {
            town.poll().await;
        }
        assert_eq!(town.customer_texts("Are you open?").await, second);
        assert_eq!(town.phone(), said, "{told_first}");
        let [old, new] = <[_; 2]>::try_from(town.sessions().await).unwrap();
        assert!(!old.is_open() && new.is_open());
        assert_eq!(new.control.holder, Holder::Nobody, "{told_first}");
        let log = town.transcript(&new).await;
        assert_eq!(log.iter().filter(|message| message.text == "Are you open?").count(), 2);
        town.poll().await;
        assert_eq!(town.sessions().await[1].control.holder, Holder::Nobody);
        town.rep_assigns(&second, Some(AI)).await;
        assert_eq!(town.sessions().await[1].control.holder, Holder::Assistant);
    }
}

#[tokio::test]
async fn what_the_assistant_had_it_has_after_the_merge() {
    let town = Town::new(&unassigned());
    let first = town.customer_texts("Are you open?").await;
    let second = town.front.customer_texts(OTHER, "Are you open?", &[], town.now());
    town.settle().await;
    town.front.teammate_merges(&first, &second, REP, town.now());
    town.customer_texts("Are you open?").await;
    let open: Vec<_> = town.sessions().await.into_iter().filter(|s| s.is_open()).collect();
    assert_eq!(open.len(), 1);
    assert_eq!(open[0].control.holder, Holder::Assistant);
    let said = town.front.messages(&second);
    assert_eq!(said.iter().filter(|message| message.body == ASSISTANT).count(), 3);
}

#[tokio::test]
async fn what_the_ai_was_given_by_name_it_keeps_whatever_is_merged_into_it() {
    let town = Town::new(&Plan::default());
    let first = handed_off(&town).await;
    let second = town.front.customer_texts(OTHER, "Are you open?", &[], town.now());
    town.settle().await;
    town.front.teammate_merges(&first, &second, REP, town.now());
    town.poll().await;
    assert_eq!(town.assignee(&second).as_deref(), Some(AI));
    let open: Vec<_> = town.sessions().await.into_iter().filter(|s| s.is_open()).collect();
    assert_eq!(open[0].control.holder, Holder::Assistant);
}

#[tokio::test]
async fn a_second_conversation_of_a_customer_is_read_once_and_answered() {
    let town = Town::new(&unassigned());
    let first = town.customer_texts("Are you open?").await;
    // Nobody tells that the first is gone: the customer's next text begins another.
    town.front.teammate_deletes(&first, REP, town.now());
    town.front.take_webhooks();
    let second = town.customer_texts("Are you open?").await;
    assert_ne!(first, second);
    assert_eq!(town.front.phone(CUSTOMER), [ASSISTANT, ASSISTANT]);
    assert_eq!(looks(&town), (0, 1));
    town.customer_texts("Are you open?").await;
    assert_eq!(town.phone().len(), 3);
    assert_eq!(looks(&town), (0, 1), "it is the customer's own by now");
}
