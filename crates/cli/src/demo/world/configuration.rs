//! What an operator would write for the demo's world.

use std::net::SocketAddr;

use handover_core::policy::OpenCase;
use handover_sim::creatio::Creatio;

use super::{
    ACCOUNT_SID, AUTH_TOKEN, CHANNEL, CLIENT_ID, CLIENT_SECRET, DESK, FIELD, OPENING_HOURS,
    OPERATOR_TOKEN, OURS, WEBHOOK_SECRET,
};

/// Where everything is.
pub(super) struct Urls<'a> {
    pub(super) listen: SocketAddr,
    pub(super) relay: &'a str,
    pub(super) creatio: &'a str,
    pub(super) twilio: &'a str,
}

/// What an operator would write for this world.
pub(super) fn text(mode: OpenCase, urls: &Urls<'_>, creatio: &Creatio) -> String {
    let open_case = match mode {
        OpenCase::FirstMessage => "first-message",
        OpenCase::Handoff => "handoff",
    };
    let owner = creatio.lookup_id("Contact", "Supervisor");
    let resolved = creatio.lookup_id("CaseStatus", "Resolved");
    let Urls { listen, relay, creatio, twilio } = urls;
    format!(
        r#"tenant = "demo"

[server]
listen = "{listen}"
public_url = "{relay}"
operator_token = "{OPERATOR_TOKEN}"

[store]
url = "sqlite:handover.db"
blobs = "file:handover-blobs"

[assistant]
kind = "keyword"
[[assistant.answer]]
contains = ["opening hours", "when are you open"]
reply = "{OPENING_HOURS}"

[desk.{DESK}]
kind = "creatio"
base_url = "{creatio}"
identity_url = "{creatio}"
client_id = "{CLIENT_ID}"
client_secret = "{CLIENT_SECRET}"
webhook_secret = "{WEBHOOK_SECRET}"
open_case = "{open_case}"
default_owner_id = "{owner}"
resolved_status_id = "{resolved}"
[desk.{DESK}.reply]
types = ["Email"]
[[desk.{DESK}.field]]
column = "{FIELD}"
title = "Order number"
description = "The number of the order that this is about."
pattern = '\b[A-Z]-\d{{4,}}\b'

[channel.{CHANNEL}]
kind = "twilio"
desk = "{DESK}"
account_sid = "{ACCOUNT_SID}"
auth_token = "{AUTH_TOKEN}"
from = "{OURS}"
api_url = "{twilio}"
"#
    )
}
