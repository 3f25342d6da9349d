//! The demo's own door: to text as a customer and to answer as a rep, with plain `curl`.
//!
//! It moves the simulated people and shows what they see; the relay knows nothing of it.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use handover_sim::creatio::Record;
use http::{HeaderMap, StatusCode, header};
use serde_json::{Value, json};
use uuid::Uuid;

use super::world::World;

type Seen = State<Arc<World>>;

/// The door's routes.
pub(super) fn routes(world: Arc<World>) -> Router {
    Router::new()
        .route("/demo/text", post(text))
        .route("/demo/phone/{number}", get(phone))
        .route("/demo/cases", get(cases))
        .route("/demo/rep/reply", post(reply))
        .route("/demo/rep/note", post(note))
        .route("/demo/rep/close", post(close))
        .fallback(unknown)
        .with_state(world)
}

async fn text(State(world): Seen, headers: HeaderMap, body: Bytes) -> Response {
    let given = Given::read(&headers, &body);
    let (Some(from), Some(body)) = (given.get("from"), given.get("body")) else {
        return wrong("give from=NUMBER and body=TEXT");
    };
    let Some(from) = number(from) else { return wrong("from must be a number, as +15557772222") };
    let sid = world.customer_texts(&from, body);
    Json(json!({"from": from, "body": body, "sid": sid})).into_response()
}

async fn phone(State(world): Seen, Path(of): Path<String>) -> Response {
    let Some(number) = number(&of) else { return wrong("name a number, as +15557772222") };
    let own = world.twilio.auto_replies().into_iter().filter(|reply| reply.to == number);
    let from_provider: Vec<_> = own.map(|reply| reply.text).collect();
    Json(json!({
        "number": number,
        "texts": world.twilio.phone(&number),
        "from_the_provider_itself": from_provider,
    }))
    .into_response()
}

async fn cases(State(world): Seen) -> Response {
    let cases: Vec<_> = world.creatio.cases().iter().map(|case| shown(&world, case)).collect();
    Json(cases).into_response()
}

async fn reply(State(world): Seen, headers: HeaderMap, body: Bytes) -> Response {
    let given = Given::read(&headers, &body);
    act(&world, &given, |case, text| world.rep_replies(case, text))
}

async fn note(State(world): Seen, headers: HeaderMap, body: Bytes) -> Response {
    let given = Given::read(&headers, &body);
    act(&world, &given, |case, text| world.rep_notes(case, text))
}

async fn close(State(world): Seen, headers: HeaderMap, body: Bytes) -> Response {
    let given = Given::read(&headers, &body);
    let Some(case) = given.get("case").and_then(|name| world.case(name)) else {
        return no_case();
    };
    world.rep_closes(case.id());
    Json(json!({"case": case.text("Number"), "status": "Resolved"})).into_response()
}

async fn unknown() -> Response {
    let text = "POST /demo/text, GET /demo/phone/{number}, GET /demo/cases, POST /demo/rep/reply, \
                POST /demo/rep/note, POST /demo/rep/close";
    (StatusCode::NOT_FOUND, Json(json!({"error": "there is nothing here", "try": text})))
        .into_response()
}

fn act(world: &World, given: &Given, act: impl FnOnce(Uuid, &str)) -> Response {
    let Some(text) = given.get("text") else { return wrong("give case=NUMBER and text=TEXT") };
    let Some(case) = given.get("case").and_then(|name| world.case(name)) else {
        return no_case();
    };
    act(case.id(), text);
    Json(json!({"case": case.text("Number"), "text": text})).into_response()
}

/// A case as the rep sees it.
fn shown(world: &World, case: &Record) -> Value {
    let parent = case.guid("ParentCaseId").and_then(|id| world.creatio.case(id));
    let activity = |activity: &Record| {
        json!({
            "type": activity.shown("Type"),
            "by": activity.shown("CreatedBy"),
            "title": activity.text("Title"),
            "start": activity.date("StartDate"),
            "notes": activity.text("Notes"),
            "body": activity.text("Body"),
        })
    };
    json!({
        "number": case.text("Number"),
        "subject": case.text("Subject"),
        "status": case.shown("Status"),
        "contact": case.shown("Contact"),
        "owner": case.shown("Owner"),
        "parent": parent.as_ref().map(|parent| parent.text("Number")),
        super::world::FIELD: case.text(super::world::FIELD),
        "description": case.text("Symptoms"),
        "activities": world.activities(case.id()).iter().map(activity).collect::<Vec<_>>(),
    })
}

/// A form, or an object of JSON: words by name.
#[derive(Debug)]
struct Given(BTreeMap<String, String>);

impl Given {
    fn read(headers: &HeaderMap, body: &[u8]) -> Self {
        let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
        if kind.is_some_and(|kind| kind.starts_with("application/json")) {
            return Self(serde_json::from_slice(body).unwrap_or_default());
        }
        Self(form_urlencoded::parse(body).into_owned().collect())
    }

    fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(|word| word.trim()).filter(|word| !word.is_empty())
    }
}

/// A number in E.164. The plus is easily lost in a form, where it means a space.
fn number(text: &str) -> Option<String> {
    let digits: String =
        text.trim().trim_start_matches('+').chars().filter(|c| *c != ' ').collect();
    let is_number = (7..=15).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
    is_number.then(|| format!("+{digits}"))
}

fn wrong(text: &str) -> Response {
    (StatusCode::BAD_REQUEST, Json(json!({"error": text}))).into_response()
}

fn no_case() -> Response {
    let text = "there is no such case: give case=NUMBER from /demo/cases, or case=last";
    (StatusCode::NOT_FOUND, Json(json!({"error": text}))).into_response()
}
