//! Creatio.

use std::sync::Arc;

use bytes::Bytes;
use handover_core::desk::About;
use handover_core::id::{ChannelId, DeskId, SessionId, TenantId};
use handover_core::identity::{Identity, Proof};
use handover_creatio::{Client, Config, Creatio, DeskConfig, ReplyRule};
use http::{Request, Response};
use secrecy::SecretString;
use uuid::Uuid;

use crate::canned::{self, Canned, Still};

pub(crate) mod answer;
pub(crate) mod feed;
pub(crate) mod webhook;

const NUMBER: &str = "+14155550123";
const SECRET: &str = "client-secret-canary-7741";
const WEBHOOK: &str = "webhook-secret-canary-7741";

/// A desk whose calls are answered by `canned`.
fn desk(canned: &Arc<Canned>) -> Creatio {
    let rule = ReplyRule::new(vec!["Email".into(), "Task".into()]).unwrap();
    let config = DeskConfig::new(TenantId::new("acme").unwrap(), DeskId::new("creatio").unwrap())
        .with_webhook_secrets(vec![SecretString::from(WEBHOOK)])
        .unwrap()
        .with_reply_rule(rule);
    Creatio::new(client(canned), config).unwrap()
}

fn client(canned: &Arc<Canned>) -> Client {
    let secret = SecretString::from(SECRET);
    let config = Config::new("https://acme.creatio.com", "client", secret).unwrap();
    Client::new(&config, canned.shared(), Arc::new(Still)).unwrap()
}

/// A token, and that every column is there.
fn known(request: &Request<Bytes>) -> Option<Response<Bytes>> {
    let path = request.uri().path();
    let is_guard = request.method() == "GET"
        && request.uri().query().is_some_and(|query| query.ends_with("&$top=1"));
    if path.ends_with("/connect/token") {
        return canned::good(TOKEN);
    }
    is_guard.then(|| canned::good(r#"{"value":[]}"#)).flatten()
}

/// The same, and the tables by which an activity is told to be a finished reply.
fn known_tables(request: &Request<Bytes>) -> Option<Response<Bytes>> {
    let path = request.uri().path();
    let table = [("ActivityType", TYPES), ("ActivityStatus", STATUSES), ("CaseStatus", CASES)];
    let table = table.into_iter().find(|(name, _)| path.ends_with(name));
    known(request).or_else(|| canned::good(table?.1))
}

fn about(text: &str) -> About {
    About {
        session: SessionId(Uuid::from_u128(7)),
        channel: ChannelId::new("sms-us").unwrap(),
        customer: Identity::tel(NUMBER, Proof::ChannelProven).unwrap(),
        link: None,
        first_words: text.to_owned(),
    }
}

const TOKEN: &str =
    r#"{"access_token":"token-canary-7741","expires_in":3600,"token_type":"Bearer"}"#;
const TYPES: &str = r#"{"value":[
    {"Id":"e2831dec-cfc0-df11-b00f-001d60e938c6","Name":"Email"},
    {"Id":"fbe0acdc-cfc0-df11-b00f-001d60e938c6","Name":"Task"}]}"#;
const STATUSES: &str = r#"{"value":[
    {"Id":"4bdbb88f-58e6-df11-971b-001d60e938c6","Finish":true}]}"#;
const CASES: &str = r#"{"value":[
    {"Id":"ae5f2f10-f46b-1410-fd9a-0050ba5d6c38","IsFinal":false,"IsResolved":false},
    {"Id":"3e7f420c-f46b-1410-fc9a-0050ba5d6c38","IsFinal":true,"IsResolved":true}]}"#;
