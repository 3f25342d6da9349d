//! What must not be let in, or not be answered: whole, from the request to the store.

use bytes::Bytes;
use chrono::TimeDelta;
use handover_core::archive::{Archive as _, Jobs};
use handover_core::event::Holder;
use handover_sim::{Fault, Rule, Simulator as _};
use http::{Method, Request, StatusCode};
use serde_json::json;

use crate::town::{AI, ASSISTANT, CUSTOMER, Plan, REP, Town};

const SIGNATURE: &str = "x-front-signature";
const TIME: &str = "x-front-request-timestamp";

/// Everything that is stored, counted.
async fn stored(town: &Town) -> (usize, u64, u64) {
    let counts = town.store.counts(town.relay.tenant()).await.unwrap();
    (town.sessions().await.len(), counts.jobs, counts.unrouted)
}

#[tokio::test]
async fn a_webhook_that_front_did_not_sign_leaves_nothing_behind() {
    let town = Town::new(&Plan { assign_new_to: None, handle_unassigned: true, ..Plan::default() });
    town.front.customer_texts(CUSTOMER, "Are you open?", &[], town.now());
    let [webhook] = <[_; 1]>::try_from(town.front.take_webhooks()).unwrap();
    let good = webhook.request;
    let forged = |change: &dyn Fn(&mut Request<Bytes>)| {
        let mut request = good.clone();
        change(&mut request);
        request
    };
    let seconds = town.now().timestamp().to_string();
    let all = [
        forged(&|request| drop(request.headers_mut().remove(SIGNATURE))),
        forged(&|request| drop(request.headers_mut().insert(SIGNATURE, "AAAA".parse().unwrap()))),
        forged(&|request| drop(request.headers_mut().insert(SIGNATURE, "%%%".parse().unwrap()))),
        forged(&|request| {
            let twice = request.headers()[SIGNATURE].clone();
            request.headers_mut().append(SIGNATURE, twice);
        }),
        forged(&|request| drop(request.headers_mut().remove(TIME))),
        forged(&|request| drop(request.headers_mut().insert(TIME, seconds.parse().unwrap()))),
        forged(&|request| {
            let said = String::from_utf8_lossy(request.body()).replace("open", "gone");
            *request.body_mut() = said.into();
        }),
    ];
    for request in all {
        let answer = town.deliver(request).await;
        assert_eq!(answer.status(), StatusCode::FORBIDDEN);
        assert_eq!(stored(&town).await, (0, 0, 0));
    }
    // Signed, and too old or too new.
    for minutes in [6, -12] {
        town.pass(TimeDelta::minutes(minutes));
        assert_eq!(town.deliver(good.clone()).await.status(), StatusCode::FORBIDDEN);
        assert_eq!(stored(&town).await, (0, 0, 0));
    }
    town.pass(TimeDelta::minutes(6));
    assert_eq!(town.deliver(good).await.status(), StatusCode::OK);
    town.settle().await;
    assert_eq!(town.phone(), [ASSISTANT]);
}

#[tokio::test]
async fn a_conversation_that_was_moved_away_is_answered_no_more() {
    let town = Town::new(&Plan::default());
    let conversation = town.customer_texts("Are you open?").await;
    town.front.teammate_moves(&conversation, REP, "inb_other", town.now());
    town.settle().await;
    assert_ne!(town.sessions().await[0].control.holder, Holder::Assistant);
    town.customer_texts("Are you open?").await;
    assert_eq!(town.phone(), [ASSISTANT]);
}

#[tokio::test]
async fn what_was_imported_is_neither_answered_nor_a_persons_reply() {
    let town = Town::new(&Plan::default());
    let conversation = town.customer_texts("Are you open?").await;
    let long_ago = (town.now() - TimeDelta::days(400)).timestamp();
    for (n, is_inbound) in [(1, true), (2, false)] {
        let (from, to) =
            if is_inbound { (CUSTOMER, "+18005551212") } else { ("+18005551212", CUSTOMER) };
        let author = if is_inbound { json!(null) } else { json!(REP) };
        let body = json!({
            "sender": {"handle": from, "author_id": author}, "to": [to], "type": "sms",
            "body": "Are you open?", "external_id": format!("old-{n}"), "created_at": long_ago,
            "conversation_id": conversation,
            "metadata": {"is_inbound": is_inbound, "is_archived": false, "should_skip_rules": false},
        });
        let request = Request::post("https://api2.frontapp.com/inboxes/inb_sms/imported_messages")
            .header("authorization", "Bearer token")
            .header("content-type", "application/json")
            .body(Bytes::from(body.to_string()));
        let answer = town.front.handle(request.unwrap(), town.now()).response().unwrap();
        assert_eq!(answer.status(), StatusCode::ACCEPTED);
        town.settle().await;
        town.poll().await;
    }
    assert_eq!(town.phone(), [ASSISTANT]);
    assert_eq!(town.sessions().await[0].control.holder, Holder::Assistant);
    town.customer_texts("Are you open?").await;
    assert_eq!(town.phone(), [ASSISTANT, ASSISTANT]);
}

#[tokio::test]
async fn a_scope_that_is_missing_parks_the_reply_once_and_makes_no_storm() {
    let town = Town::new(&Plan::default());
    let fault = Fault::Status { code: 403, retry_after: None };
    let rule = Rule::new(fault).method(Method::POST).path("/messages").times(1_000);
    town.front.faults().add(rule);
    let conversation = town.customer_texts("Are you open?").await;
    for _ in 0..20 {
        town.pass(TimeDelta::minutes(10));
        town.settle().await;
    }
    let calls = town.front.requests();
    let posts = calls.iter().filter(|call| call.method == Method::POST);
    assert_eq!(posts.filter(|call| call.path.ends_with("/messages")).count(), 1, "no storm");
    let parked = town.store.jobs(town.relay.tenant(), Jobs::Parked, 10).await.unwrap();
    assert_eq!(parked.len(), 1);
    assert!(parked[0].reason.as_deref().is_some_and(|reason| reason.contains("403")));
    assert_eq!(town.assignee(&conversation).as_deref(), Some(AI));
    // Another lane is not held up: a person is asked for all the same.
    town.customer_texts("I want to talk to a human").await;
    assert_eq!(town.comments(&conversation).len(), 1);
}
