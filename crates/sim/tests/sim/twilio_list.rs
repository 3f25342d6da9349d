use std::time::Duration;

use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use handover_sim::twilio::Twilio;
use serde_json::Value;

use crate::tenant::start;
use crate::twilio_api::{ACCOUNT, ANN, OURS, builder, call, json, send};

fn list(sim: &Twilio, query: &str, now: DateTime<Utc>) -> Value {
    let target = format!("/2010-04-01/Accounts/{ACCOUNT}/Messages.json?{query}");
    let response = call(sim, "GET", &target, "SK1:key secret", &[], now);
    assert_eq!(response.status(), 200, "{query}");
    json(&response)
}

fn bodies(list: &Value) -> Vec<&str> {
    let messages = list["messages"].as_array().unwrap();
    messages.iter().map(|message| message["body"].as_str().unwrap()).collect()
}

fn say(sim: &Twilio, to: &str, body: &str) {
    assert_eq!(send(sim, &[("To", to), ("From", OURS), ("Body", body)]).0, 201);
}

#[test]
fn the_newest_comes_first_page_by_page() {
    let sim = builder().build();
    for body in ["a", "b", "c", "d", "e"] {
        say(&sim, ANN, body);
    }
    let mut page = list(&sim, "PageSize=2&To=%2B12125424238", start());
    let mut seen = Vec::new();
    loop {
        seen.push(bodies(&page).join(""));
        // What arrives meanwhile does not shift the pages.
        say(&sim, ANN, "late");
        let Some(next) = page["next_page_uri"].as_str() else { break };
        assert!(next.contains("PageToken=PA") && next.contains("To=%2B12125424238"), "{next}");
        page = json(&call(&sim, "GET", next, "SK1:key secret", &[], start()));
    }
    assert_eq!(seen, ["ed", "cb", "a"]);
}

#[test]
fn lists_are_filtered() {
    let sim = builder().build();
    say(&sim, ANN, "a");
    say(&sim, "+12125424239", "b");
    sim.customer_texts(ANN, OURS, "c", &[], start());
    for (query, found) in [
        ("", "cba"),
        ("To=%2B12125424238", "a"),
        ("To=+12125424238", ""),
        ("From=%2B12125424238&To=%2B12025550100", "c"),
        ("DateSent=2026-11-20", "cba"),
        ("DateSent=2026-11-19", ""),
        ("DateSent%3E=2026-11-20", "cba"),
        ("DateSent%3E=2026-11-21", ""),
        ("DateSent%3C=2026-11-20", "cba"),
        ("DateSent%3C=2026-11-19", ""),
        ("DateSent%3E=2026-11-20T08:59:00Z&DateSent%3C=2026-11-20T09:01:00Z", "cba"),
        ("DateSent%3E=2026-11-20T09:01:00Z", ""),
    ] {
        assert_eq!(bodies(&list(&sim, query, start())).join(""), found, "{query}");
    }
    let target = format!("/2010-04-01/Accounts/{ACCOUNT}/Messages.json?DateSent=yesterday");
    assert_eq!(call(&sim, "GET", &target, "SK1:key secret", &[], start()).status(), 400);
}

#[test]
fn a_list_may_lag_behind() {
    let sim = builder().list_lag(Duration::from_secs(10)).build();
    say(&sim, ANN, "a");
    assert!(bodies(&list(&sim, "", start() + TimeDelta::seconds(9))).is_empty());
    assert_eq!(bodies(&list(&sim, "", start() + TimeDelta::seconds(10))), ["a"]);
}

#[test]
fn what_is_not_sent_has_no_date() {
    let sim = builder().pace(Duration::from_secs(5), Duration::from_secs(7)).build();
    say(&sim, ANN, "a");
    let at = |seconds: i64| start() + TimeDelta::seconds(seconds);
    for (seconds, status, dated) in [(0, "queued", 0), (5, "sent", 1), (7, "delivered", 1)] {
        let all = list(&sim, "", at(seconds));
        assert_eq!(all["messages"][0]["status"], status);
        assert_eq!(bodies(&list(&sim, "DateSent=2026-11-20", at(seconds))).len(), dated);
    }
}

#[test]
fn media_are_behind_a_redirect() {
    let sim = builder().build();
    sim.set_api_url("http://127.0.0.1:9/");
    let png = Bytes::from_static(b"\x89PNG");
    let sid = sim.customer_texts(ANN, OURS, "", &[("image/png", png.clone())], start());
    assert!(sid.starts_with("MM"));
    let media = sim.messages()[0].media[0].clone();
    let target = format!("/2010-04-01/Accounts/{ACCOUNT}/Messages/{sid}/Media/{media}");
    let get =
        |target: &str, credentials: &str| call(&sim, "GET", target, credentials, &[], start());
    assert_eq!(get(&target, "").status(), 401);
    let redirect = get(&target, "SK1:key secret");
    assert_eq!((redirect.status().as_u16(), redirect.body().len()), (302, 0));
    let location = redirect.headers()["location"].to_str().unwrap();
    let stored = location.strip_prefix("http://127.0.0.1:9").unwrap();
    let content = get(stored, "");
    assert_eq!(
        (content.body(), &content.headers()["content-type"]),
        (&png, &"image/png".parse().unwrap())
    );
    assert_eq!(get(stored, "SK1:key secret").status(), 400, "the storage wants no second key");
    let described = json(&get(&format!("{target}.json"), "SK1:key secret"));
    assert_eq!(described["content_type"], "image/png");
    let gone = call(&sim, "DELETE", &target, "SK1:key secret", &[], start());
    assert_eq!(gone.status(), 204);
    assert_eq!(get(&target, "SK1:key secret").status(), 404);
}
