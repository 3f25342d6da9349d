//! More customers at once than Front takes calls for.

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};
use handover_core::archive::Archive as _;
use handover_core::event::Holder;
use handover_relay::Worked;
use handover_sim::Logged;
use http::{Method, StatusCode};

use crate::town::{ASSISTANT, Plan, Town};

const CUSTOMERS: usize = 1_000;
const PER_MINUTE: u64 = 50;
/// The oldest reply that is still worth sending.
const OLDEST: TimeDelta = TimeDelta::minutes(15);

fn number(n: usize) -> String {
    format!("+1415555{n:04}")
}

/// Whether it is a look before a reply, or a reply.
fn is_reply(call: &Logged) -> bool {
    let words: Vec<&str> = call.path.trim_start_matches('/').split('/').collect();
    match words.as_slice() {
        ["conversations", _] => call.method == Method::GET,
        ["conversations", _, "messages"] => call.method == Method::POST,
        _ => false,
    }
}

#[tokio::test]
async fn of_1000_conversations_at_once_what_fits_is_answered_and_the_rest_handed_off() {
    let town = Town::new(&Plan { per_minute: PER_MINUTE, ..Plan::default() });
    let start = town.now();
    let conversations: Vec<String> = (0..CUSTOMERS)
        .map(|n| town.front.customer_texts(&number(n), "Are you open?", &[], start))
        .collect();
    for webhook in town.front.take_webhooks() {
        assert!(town.deliver(webhook.request).await.status().is_success());
    }
    // Until Front was left in peace for ten minutes.
    let mut quiet_since = town.now();
    while town.now() - quiet_since < TimeDelta::minutes(10) {
        let calls = town.front.round_trips();
        step(&town).await;
        if town.front.round_trips() > calls {
            quiet_since = town.now();
        }
        assert!(town.now() - start < TimeDelta::hours(6), "it never ends");
    }

    let answered = |n: &usize| town.front.phone(&number(*n)) == [ASSISTANT];
    let replied: Vec<usize> = (0..CUSTOMERS).filter(answered).collect();
    for n in (0..CUSTOMERS).filter(|n| !replied.contains(n)) {
        assert!(town.front.phone(&number(n)).is_empty(), "{n}");
        let comments = town.comments(&conversations[n]);
        let notes = comments.iter().filter(|text| text.contains("Handed over"));
        assert_eq!(notes.count(), 1, "{n}: {comments:#?}");
        assert_eq!(town.assignee(&conversations[n]), None, "{n}");
        assert_eq!(town.front.tags(&conversations[n]), ["handed-off"], "{n}");
    }
    // Two calls a reply; the minute of the last one may have begun before it was too old.
    let fit = usize::try_from(PER_MINUTE / 2).unwrap() * 15;
    assert!((fit..=fit + 25).contains(&replied.len()), "{} replies", replied.len());

    let calls = town.front.requests();
    let last_reply = last(&calls, is_reply_sent).unwrap();
    assert!(last_reply - start <= OLDEST, "{}", last_reply - start);
    let others = calls.iter().filter(|call| call.at < last_reply && !is_reply(call)).count();
    assert_eq!(others, 0, "replies go first");
    let refused = calls.iter().filter(|call| call.status == Some(StatusCode::TOO_MANY_REQUESTS));
    assert_eq!(refused.count(), 0, "Front is never asked in vain");
    // A look and the reply; or a comment, the four steps of a handoff, and that nobody took it.
    let spent = town.front.requests_by_conversation();
    let most = spent.iter().max_by_key(|(_, calls)| **calls).unwrap();
    assert!(*most.1 <= 6, "{} calls about {}", most.1, most.0);
    // Besides: the company's tags, read once and made once.
    assert_eq!(spent.values().sum::<usize>() + 2, calls.len());
    let counts = town.store.counts(town.relay.tenant()).await.unwrap();
    assert_eq!((counts.jobs, counts.parked, counts.uncertain), (0, 0, 0));
    let sessions = town.sessions().await;
    let mut holders: HashMap<Holder, usize> = HashMap::new();
    for session in &sessions {
        *holders.entry(session.control.holder).or_default() += 1;
    }
    assert_eq!(holders.get(&Holder::Nobody), Some(&(CUSTOMERS - replied.len())), "{holders:?}");
}

/// Does all that can be done now, and turns the clock to when more can.
async fn step(town: &Town) {
    while town.relay.work_one().await.unwrap() == Worked::Did {}
    for webhook in town.front.take_webhooks() {
        assert!(town.deliver(webhook.request).await.status().is_success());
    }
    let due = town.relay.tick().await.unwrap();
    let pauses = town.store.pauses(town.relay.tenant()).await.unwrap();
    let resumed = pauses.into_iter().filter_map(|pause| pause.until).max();
    let soon = town.now() + TimeDelta::seconds(1);
    let later = town.now() + TimeDelta::seconds(10);
    let next = resumed.into_iter().chain(due).filter(|at| *at > town.now()).min();
    town.pass(next.unwrap_or(later).clamp(soon, later.max(soon)) - town.now());
}

fn is_reply_sent(call: &Logged) -> bool {
    is_reply(call) && call.method == Method::POST
}

fn last(calls: &[Logged], which: impl Fn(&Logged) -> bool) -> Option<DateTime<Utc>> {
    calls.iter().filter(|call| which(call)).map(|call| call.at).max()
}
