//! Front.

use std::sync::Arc;

use handover_core::channel::Outbound;
use handover_core::desk::About;
use handover_core::event::Holder;
use handover_core::id::{ChannelId, DeskId, EventId, Key, SessionId, TenantId};
use handover_core::identity::{Identity, Proof};
use handover_core::thread::Thread;
use handover_front::ids::{self, InboxId, TeammateId};
use handover_front::{ChannelApi, Client, Config, DeskConfig, Front, OAuth};
use secrecy::SecretString;

use crate::canned::{Canned, Still};

pub(crate) mod answer;
pub(crate) mod text;
pub(crate) mod webhook;

const APP_KEY: &str = "app-key-canary-7741";
const APP_SECRET: &str = "app-secret-canary-7741";
const CNV: &str = "cnv_abc";
const CUSTOMER: &str = "+14155550123";
const RULE_SECRET: &str = "rule-secret-canary-7741";
const TOKEN: &str = "token-canary-7741";

/// A Front whose calls are answered by `canned`.
fn front(canned: &Arc<Canned>) -> Front {
    on(Config::new(SecretString::from(TOKEN)).unwrap(), canned)
}

/// The same, entered as an application.
fn front_by_oauth(canned: &Arc<Canned>) -> Front {
    let secret = SecretString::from("client-secret-canary-7741");
    let refresh = SecretString::from("refresh-canary-7741");
    on(Config::with_oauth(OAuth::new("client", secret, refresh).unwrap()), canned)
}

#[expect(clippy::needless_pass_by_value, reason = "it was just made")]
fn on(login: Config, canned: &Arc<Canned>) -> Front {
    let inbox = InboxId::new("inb_sms").unwrap();
    let api = ids::ChannelId::new("cha_1").unwrap();
    let api = ChannelApi::new("app", vec![SecretString::from(APP_SECRET)], api).unwrap();
    let config = DeskConfig::new(DeskId::new("front").unwrap(), TeammateId::new("tea_ai").unwrap())
        .and_then(|config| config.with_application_keys(vec![SecretString::from(APP_KEY)]))
        .and_then(|config| config.with_rule_secrets(vec![SecretString::from(RULE_SECRET)]))
        .and_then(|config| config.with_channel(&channel(), [inbox]))
        .unwrap()
        .with_tags(["handed-off".to_owned()])
        .with_channel_api(api);
    Front::new(Client::new(&login, canned.shared(), Arc::new(Still)).unwrap(), config)
}

fn channel() -> ChannelId {
    ChannelId::new("front-sms").unwrap()
}

fn session() -> SessionId {
    SessionId::derive(&TenantId::new("acme").unwrap(), &EventId::new("front-sms", "msg_1"))
}

fn outbound(text: &str, to: Identity) -> Outbound {
    Outbound {
        key: Key::send(session(), 2, 0),
        thread: Thread::channel(&channel(), CNV),
        to,
        text: text.to_owned(),
        media: Vec::new(),
        control: Holder::Assistant,
    }
}

fn about() -> About {
    About {
        session: session(),
        channel: channel(),
        customer: customer(),
        link: None,
        first_words: String::new(),
    }
}

fn customer() -> Identity {
    Identity::tel(CUSTOMER, Proof::ChannelProven).unwrap()
}
