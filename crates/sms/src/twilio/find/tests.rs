use std::time::Duration;

use chrono::TimeDelta;
use handover_core::channel::{Attempt, Channel, Found, Outbound, Receipt};
use handover_core::message::DeliveryState;
use serde_json::{Value, json};
use url::Url;

use crate::twilio::testing::{
    ACCOUNT, CUSTOMER, OURS, SERVICE, config, key, now, outbound, twilio, twilio_with,
};

const TEXT: &str = "Your case is with a colleague now.";

fn row(sid: &str, body: &str, seconds_ago: i64) -> Value {
    let at = (now() - TimeDelta::seconds(seconds_ago)).to_rfc2822();
    json!({"sid": sid, "body": body, "from": OURS, "to": CUSTOMER, "status": "sent",
        "direction": "outbound-api", "date_created": at, "date_sent": null, "num_media": "0"})
}

fn changed(mut row: Value, name: &str, value: impl Into<Value>) -> Value {
    row[name] = value.into();
    row
}

fn list(rows: &[Value]) -> String {
    json!({"messages": rows, "next_page_uri": null}).to_string()
}

fn attempt(seconds_ago: i64, accounted: &[&str]) -> Attempt {
    let accounted = accounted.iter().map(|sid| (*sid).into()).collect();
    let first = now() - TimeDelta::seconds(seconds_ago);
    Attempt { number: 2, first, last: first, accounted, ..Attempt::first(key(), now()) }
}

async fn find(rows: &[Value], attempt: &Attempt) -> Found {
    let (twilio, script) = twilio();
    script.answer(200, &list(rows));
    twilio.find(&outbound(TEXT), attempt).await.unwrap()
}

fn sid(found: Found) -> Option<Box<str>> {
    match found {
        Found::Sent(Receipt { delivery }) => delivery.provider_id,
        _ => None,
    }
}

#[tokio::test]
async fn the_list_is_asked_by_recipient_and_sender_and_shows_what_is_still_queued() {
    let (twilio, script) = twilio();
    script.answer(200, &list(&[row("SM1", TEXT, 5)]));
    let found = twilio.find(&outbound(TEXT), &attempt(10, &[])).await.unwrap();
    let Found::Sent(receipt) = found else { panic!("{found:?}") };
    assert_eq!(receipt.delivery.state, DeliveryState::Sent);
    let query = "To=%2B14155550123&From=%2B12025550100&PageSize=100";
    let path = format!("https://api.twilio.com/2010-04-01/Accounts/{ACCOUNT}/Messages.json");
    assert_eq!(script.urls(), [format!("{path}?{query}")]);
}

#[tokio::test]
async fn the_earliest_text_that_is_not_accounted_for_is_it() {
    let rows = [row("SM3", TEXT, 1), row("SM2", TEXT, 5), row("SM1", TEXT, 9)];
    assert_eq!(sid(find(&rows, &attempt(10, &[])).await).as_deref(), Some("SM1"));
    assert_eq!(sid(find(&rows, &attempt(10, &["SM1"])).await).as_deref(), Some("SM2"));
    let all = attempt(100, &["SM1", "SM2", "SM3"]);
    assert_eq!(find(&rows, &all).await, Found::NotSent);
}

#[tokio::test]
async fn only_what_we_sent_there_since_then_counts() {
    let text = row("SM1", TEXT, 5);
    let others = [
        row("SM2", TEXT, 3600),
        row("SM3", "Something else", 5),
        changed(text.clone(), "direction", "inbound"),
        changed(text.clone(), "to", "+14155550199"),
        changed(text.clone(), "from", "+12025550199"),
    ];
    assert_eq!(find(&others, &attempt(100, &[])).await, Found::NotSent);
    let reworded = changed(
        text,
        "body",
        "Sent from your Twilio trial account - Your case is with a colleague now. ",
    );
    assert_eq!(sid(find(&[reworded], &attempt(10, &[])).await).as_deref(), Some("SM1"));
}

#[tokio::test]
async fn not_there_counts_only_when_the_list_has_settled() {
    let left = |seconds| Found::Unknown { again_after: Some(Duration::from_secs(seconds)) };
    assert_eq!(find(&[], &attempt(0, &[])).await, left(90));
    assert_eq!(find(&[], &attempt(89, &[])).await, left(1));
    assert_eq!(find(&[], &attempt(90, &[])).await, Found::NotSent);
    assert_eq!(find(&[], &attempt(-30, &[])).await, left(90));
    let (twilio, script) = twilio_with(config(OURS).with_settle(Duration::from_secs(300)));
    script.answer(200, &list(&[]));
    let found = twilio.find(&outbound(TEXT), &attempt(60, &[])).await.unwrap();
    assert_eq!(found, left(270));
}

#[tokio::test]
async fn a_body_that_was_deleted_leaves_it_unknown() {
    let redacted = row("SM1", "", 5);
    let found = find(&[redacted], &attempt(100, &[])).await;
    assert_eq!(found, Found::Unknown { again_after: None });
}

#[tokio::test]
async fn a_picture_without_text_is_told_by_its_number_of_files() {
    let media = vec![Url::parse("https://relay.example/1").unwrap()];
    let picture = Outbound { media, ..outbound("") };
    let rows = [row("SM2", "", 5), changed(row("MM1", "", 5), "num_media", "1")];
    let (twilio, script) = twilio();
    script.answer(200, &list(&rows));
    let found = twilio.find(&picture, &attempt(10, &[])).await.unwrap();
    assert_eq!(sid(found).as_deref(), Some("MM1"));
}

#[tokio::test]
async fn pages_are_followed_but_not_for_ever() {
    let (twilio, script) = twilio();
    let uri = |n: u32| format!("/2010-04-01/Accounts/{ACCOUNT}/Messages.json?Page={n}");
    let page = |n| json!({"messages": [], "next_page_uri": uri(n)}).to_string();
    script.answer(200, &page(1)).answer(200, &list(&[row("SM1", TEXT, 5)]));
    let found = twilio.find(&outbound(TEXT), &attempt(10, &[])).await.unwrap();
    assert_eq!(sid(found).as_deref(), Some("SM1"));
    for n in 0..10 {
        script.answer(200, &page(n + 1));
    }
    let found = twilio.find(&outbound(TEXT), &attempt(100, &[])).await.unwrap();
    assert_eq!(found, Found::Unknown { again_after: None });
    assert_eq!(script.urls().len(), 12);
}

#[tokio::test]
async fn reading_ends_at_a_page_older_than_the_first_attempt() {
    let (twilio, script) = twilio();
    let next = format!("/2010-04-01/Accounts/{ACCOUNT}/Messages.json?Page=1");
    let old = json!({"messages": [row("SM1", TEXT, 3600)], "next_page_uri": next}).to_string();
    script.answer(200, &old);
    let found = twilio.find(&outbound(TEXT), &attempt(100, &[])).await.unwrap();
    assert_eq!(found, Found::NotSent);
}

#[tokio::test]
async fn a_services_text_is_known_by_the_service_before_it_has_a_number() {
    let (twilio, script) = twilio_with(config(SERVICE));
    let unnumbered = changed(row("SM2", TEXT, 5), "from", Value::Null);
    let ours = changed(unnumbered, "messaging_service_sid", SERVICE);
    script.answer(200, &list(&[row("SM1", TEXT, 6), ours]));
    let found = twilio.find(&outbound(TEXT), &attempt(10, &[])).await.unwrap();
    assert_eq!(sid(found).as_deref(), Some("SM2"));
    assert!(!script.urls()[0].contains("From="));
}
