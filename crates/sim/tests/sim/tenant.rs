//! A tenant with a token, and short words for talking to it.

use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use handover_sim::Simulator;
use handover_sim::creatio::{Builder, Creatio, Kind};
use http::{Request, StatusCode};
use serde_json::{Value, json};
use uuid::Uuid;

pub(crate) struct Tenant {
    pub(crate) sim: Creatio,
    pub(crate) token: String,
    pub(crate) now: DateTime<Utc>,
}

#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) text: String,
    pub(crate) json: Value,
}

impl Tenant {
    pub(crate) fn new() -> Self {
        Self::of(builder())
    }

    pub(crate) fn of(builder: Builder) -> Self {
        let sim = builder.build();
        let now = start();
        let token = token(&sim.identity(), now);
        Self { sim, token, now }
    }

    pub(crate) fn later(&mut self, seconds: i64) {
        self.now += TimeDelta::seconds(seconds);
    }

    pub(crate) fn get(&self, target: &str) -> Answer {
        self.call("GET", target, &Value::Null, &[])
    }

    /// The rows of a list that must succeed.
    pub(crate) fn rows(&self, target: &str) -> Vec<Value> {
        let answer = self.get(target);
        assert_eq!(answer.status, 200, "{target}: {}", answer.text);
        answer.json["value"].as_array().unwrap().clone()
    }

    pub(crate) fn post(&self, set: &str, body: &Value) -> Answer {
        self.call("POST", set, body, &[])
    }

    /// The id of a row that must be created.
    pub(crate) fn create(&self, set: &str, body: &Value) -> Uuid {
        let answer = self.post(set, body);
        assert_eq!(answer.status, 201, "{}", answer.text);
        answer.json["Id"].as_str().unwrap().parse().unwrap()
    }

    pub(crate) fn patch(&self, set: &str, id: Uuid, body: &Value) -> Answer {
        self.call("PATCH", &format!("{set}({id})"), body, &[])
    }

    pub(crate) fn batch(&self, requests: &[Value], headers: &[(&str, &str)]) -> Answer {
        self.call("POST", "$batch", &json!({"requests": requests}), headers)
    }

    pub(crate) fn call(
        &self,
        method: &str,
        target: &str,
        body: &Value,
        headers: &[(&str, &str)],
    ) -> Answer {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let mut request = Request::builder()
            .method(method)
            .uri(format!("https://acme.creatio.com/0/odata/{target}"))
            .header("authorization", format!("Bearer {}", self.token))
            .header("content-type", "application/json; charset=utf-8; IEEE754Compatible=true");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        send(&self.sim, request.body(Bytes::from(body)).unwrap(), self.now)
    }
}

pub(crate) fn builder() -> Builder {
    Creatio::builder("client", "secret")
        .column("Case", "UsrOrderNumber", Kind::Text(Some(50)))
        .lookup("UsrTopic", &["Billing", "Delivery"])
        .column("Case", "UsrTopic", Kind::Lookup("UsrTopic".to_owned()))
}

pub(crate) fn send(sim: &impl Simulator, request: Request<Bytes>, now: DateTime<Utc>) -> Answer {
    let response = sim.handle(request, now).response().expect("an answer");
    let text = String::from_utf8(response.body().to_vec()).unwrap();
    let json = serde_json::from_str(&text).unwrap_or_default();
    Answer { status: response.status(), text, json }
}

pub(crate) fn token_request(form: &str) -> Request<Bytes> {
    Request::post("https://acme.creatio.com/connect/token")
        .header("content-type", "application/x-www-form-urlencoded")
        .body(Bytes::from(form.to_owned()))
        .unwrap()
}

pub(crate) fn token(identity: &impl Simulator, now: DateTime<Utc>) -> String {
    let form = "client_id=client&client_secret=secret&grant_type=client_credentials";
    let answer = send(identity, token_request(form), now);
    assert_eq!(answer.status, 200, "{}", answer.text);
    answer.json["access_token"].as_str().unwrap().to_owned()
}

pub(crate) fn start() -> DateTime<Utc> {
    "2026-11-20T09:00:00.1234567Z".parse().unwrap()
}

pub(crate) fn guid(id: &str) -> Uuid {
    id.parse().unwrap()
}

pub(crate) const RESOLVED: &str = "ae7f411e-f46b-1410-009b-0050ba5d6c38";
pub(crate) const CLOSED: &str = "3e7f420c-f46b-1410-fc9a-0050ba5d6c38";
pub(crate) const NEW: &str = "ae5f2f10-f46b-1410-fd9a-0050ba5d6c38";
pub(crate) const NIL: &str = "00000000-0000-0000-0000-000000000000";
