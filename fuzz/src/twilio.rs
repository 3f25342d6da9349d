//! Twilio.

use std::sync::Arc;

use handover_core::channel::{Channel as _, Outbound};
use handover_core::event::{Fact, Holder};
use handover_core::id::{ChannelId, EventId, Key, SessionId, TenantId};
use handover_core::identity::{Identity, Proof};
use handover_core::message::{Message, Speaker};
use handover_core::thread::Thread;
use handover_sms::twilio::{Config, Twilio};
use secrecy::SecretString;
use url::Url;

use crate::canned::{self, Canned, Still};
use crate::check;

pub(crate) mod answer;
pub(crate) mod webhook;

const ACCOUNT: &str = "AC00000000000000000000000000000001";
const CUSTOMER: &str = "+14155550123";
const HOOK: &str = "https://relay.example/channels/sms-us";
const OURS: &str = "+12025550100";
const TOKEN: &str = "twilio-token-canary-7741";

/// Whatever an assistant says becomes a text that a phone can show, and no longer by it.
pub(crate) fn text(data: &[u8]) {
    let said = String::from_utf8_lossy(data);
    let (twilio, _) = twilio(b"500");
    let message = Message::new(1, Speaker::Assistant, said.as_ref(), canned::now());
    let parts = twilio.parts(&message);
    assert_eq!(parts.len(), 1, "a text is one message");
    assert_eq!(twilio.parts(&message)[0].text, parts[0].text);
    let text = &parts[0].text;
    assert!(!text.chars().any(check::is_odd), "a control character is sent");
    assert!(text.len() <= said.len() * 2 + 16, "a text grows on its way");
    assert_eq!(text.trim(), text);
    let is_plain = |c: char| c.is_ascii_alphanumeric() || " ,.".contains(c);
    if said.chars().all(is_plain) {
        assert_eq!(text, said.trim(), "ordinary words are changed");
    }
}

fn twilio(answers: &[u8]) -> (Twilio, Arc<Canned>) {
    let tokens = vec![SecretString::from(TOKEN), SecretString::from("old-token-canary-7741")];
    let channel = ChannelId::new("sms-us").unwrap();
    let config = Config::new(channel, ACCOUNT, tokens, OURS, Url::parse(HOOK).unwrap()).unwrap();
    let canned = Arc::new(Canned::new(answers));
    (Twilio::new(config, canned.shared(), Arc::new(Still)), canned)
}

fn outbound() -> Outbound {
    let channel = ChannelId::new("sms-us").unwrap();
    let session =
        SessionId::derive(&TenantId::new("acme").unwrap(), &EventId::new("sms-us", "SM1"));
    Outbound {
        key: Key::send(session, 4, 0),
        thread: Thread::channel(&channel, format!("{OURS}|{CUSTOMER}")),
        to: Identity::tel(CUSTOMER, Proof::ChannelProven).unwrap(),
        text: "We open at nine.".to_owned(),
        media: Vec::new(),
        control: Holder::Assistant,
    }
}

/// A text that somebody can be answered for has a number that is not ours.
fn answerable(fact: &Fact) {
    if let Fact::Message(said) = fact {
        assert_eq!(said.from.scheme.as_ref(), Identity::TEL);
        assert_ne!(&*said.from.value, OURS, "our own number texts us");
    }
}
