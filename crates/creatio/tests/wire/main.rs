//! The client over real HTTP, against a server that only knows what it was told to answer: what is on
//! the wire, to the letter, and what becomes of each answer.

#![expect(clippy::unwrap_used, reason = "helpers of tests may panic like the tests")]

mod answers;
mod batches;
mod files;
mod logins;
mod reads;
mod writes;

use std::sync::Arc;

use chrono::{DateTime, TimeZone, Utc};
use handover_core::clock::Clock;
use handover_creatio::{Client, Config};
use handover_reqwest::Limits;
use secrecy::SecretString;
use serde_json::{Value, json};
use wiremock::matchers::{method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

/// It is always noon.
#[derive(Debug)]
struct Noon;

impl Clock for Noon {
    fn now(&self) -> DateTime<Utc> {
        Utc.with_ymd_and_hms(2026, 11, 20, 12, 0, 0).unwrap()
    }
}

/// A server that gives a token to whoever asks, and a client of it.
async fn server() -> (MockServer, Client) {
    let server = MockServer::start().await;
    let token = json!({"access_token": "jwt", "expires_in": 3600, "token_type": "Bearer"});
    Mock::given(method("POST"))
        .and(path("/connect/token"))
        .respond_with(ResponseTemplate::new(200).set_body_json(token))
        .mount(&server)
        .await;
    let config = Config::new(&server.uri(), "id", SecretString::from("s& cret")).unwrap();
    let client = client(&config.with_identity_url(&server.uri()).unwrap());
    (server, client)
}

fn client(config: &Config) -> Client {
    let transport = handover_reqwest::Client::new(Limits::default()).unwrap();
    Client::new(config, Arc::new(transport), Arc::new(Noon)).unwrap()
}

/// The rows of a collection.
fn rows(rows: &Value) -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_json(json!({"@odata.context": "x", "value": rows}))
}

/// Lets the schema guard pass.
async fn any_column(server: &MockServer) {
    Mock::given(method("GET")).respond_with(rows(&json!([]))).mount(server).await;
}
