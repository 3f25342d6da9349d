use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use handover_sim::Simulator;
use handover_sim::front::Front;
use http::{Method, Request};
use serde_json::{Value, json};

use crate::front::{ANN, builder, call_as, start};

fn grant(sim: &Front, secret: &str, form: &str, now: DateTime<Utc>) -> (u16, Value) {
    let basic = STANDARD.encode(format!("client:{secret}"));
    let request = Request::post("https://app.frontapp.com/oauth/token")
        .header("authorization", format!("Basic {basic}"))
        .header("content-type", "application/x-www-form-urlencoded")
        .body(Bytes::from(form.to_owned()));
    let response = sim.handle(request.unwrap(), now).response().unwrap();
    (response.status().as_u16(), serde_json::from_slice(response.body()).unwrap())
}

#[test]
fn a_refresh_token_stays_until_its_last_day() {
    let end = start() + TimeDelta::days(10);
    let sim = builder().oauth("client", "secret", "refresh-1").refresh_token_until(end).build();
    let form = "grant_type=refresh_token&refresh_token=refresh-1";
    let (status, first) = grant(&sim, "secret", form, start());
    assert_eq!((status, &first["refresh_token"]), (200, &json!("refresh-1")));
    assert_eq!(first["expires_at"], 1_795_165_200 + 3600);
    assert!(first.get("expires_in").is_none());
    let token = first["access_token"].as_str().unwrap();
    for (minutes, expected) in [(0, 200), (59, 200), (60, 401)] {
        let now = start() + TimeDelta::minutes(minutes);
        let answer = call_as(&sim, token, Method::GET, "/me", None, now);
        assert_eq!(answer.status.as_u16(), expected, "{minutes}");
    }
    let (_, last) = grant(&sim, "secret", form, end - TimeDelta::hours(24));
    let second = last["refresh_token"].as_str().unwrap();
    assert_ne!(second, "refresh-1");
    let form = format!("grant_type=refresh_token&refresh_token={second}");
    assert_eq!(grant(&sim, "secret", &form, end + TimeDelta::days(90)).0, 200);
    let old = "grant_type=refresh_token&refresh_token=refresh-1";
    assert_eq!(grant(&sim, "secret", old, end), (400, json!({"error": "invalid_grant"})));
}

#[test]
fn codes_are_exchanged_once_by_the_right_client() {
    let sim = builder().oauth("client", "secret", "refresh-1").build();
    let code = sim.authorize();
    let form =
        format!("grant_type=authorization_code&code={code}&redirect_uri=https%3A%2F%2Fa.example");
    assert_eq!(grant(&sim, "wrong", &form, start()).0, 401);
    let (status, granted) = grant(&sim, "secret", &form, start());
    assert_eq!(status, 200);
    assert_eq!(grant(&sim, "secret", &form, start()).0, 400);
    assert_eq!(grant(&sim, "secret", "grant_type=client_credentials", start()).0, 400);
    let id = sim.customer_texts(ANN, "Hi", &[], start());
    let token = granted["access_token"].as_str().unwrap();
    let nobody = json!({"assignee_id": "tea_ai"});
    let path = format!("/conversations/{id}/assignee");
    let done = call_as(&sim, token, Method::PUT, &path, Some(&nobody), start());
    assert_eq!(done.status.as_u16(), 204);
    let event = call_as(&sim, token, Method::GET, "/events?limit=1", None, start()).results();
    assert_eq!(event[0]["source"]["_meta"]["type"], "oauth_client");
    sim.expire_access_tokens();
    let gone = call_as(&sim, token, Method::GET, "/me", None, start());
    assert_eq!(gone.status.as_u16(), 401);
}
