use handover_core::id::{ChannelId, DeskId};
use secrecy::SecretString;
use url::Url;

use super::{ChannelApi, Config, DeskConfig, OAuth};
use crate::ids::{self, InboxId, TeammateId};

fn desk() -> DeskConfig {
    DeskConfig::new(DeskId::new("front").unwrap(), TeammateId::new("tea_ai").unwrap()).unwrap()
}

fn secret(text: &str) -> SecretString {
    SecretString::from(text)
}

#[test]
fn what_is_wrong_is_named_with_its_fix() {
    let oauth = |id: &str, s: &str, r: &str| OAuth::new(id, secret(s), secret(r)).map(drop);
    let inbox = || InboxId::new("inb_1").unwrap();
    let channel = |name: &str| ChannelId::new(name).unwrap();
    let twice = || {
        let one = desk().with_channel(&channel("a"), [inbox()])?;
        one.with_channel(&channel("b"), [inbox()]).map(drop)
    };
    let api = |app: &str, secrets: Vec<SecretString>| {
        ChannelApi::new(app, secrets, ids::ChannelId::new("cha_1").unwrap()).map(drop)
    };
    let url = |url: &str| Url::parse(url).unwrap();
    let base = |at: &str| Config::new(secret("t")).and_then(|c| c.with_api_url(url(at))).map(drop);
    let cases = [
        (Config::new(secret("")).map(drop), "token"),
        (Config::new(secret("a b")).map(drop), "token"),
        (base("http://api2.frontapp.com"), "api_url"),
        (base("https://api2.frontapp.com/?a=1"), "api_url"),
        (oauth("", "s", "r"), "client_id"),
        (oauth("i", "", "r"), "client_secret"),
        (oauth("i", "s", " "), "refresh_token"),
        (desk().with_application_keys(vec![secret("")]).map(drop), "app_signing_key"),
        (desk().with_rule_secrets(vec![secret(" ")]).map(drop), "rule_secret"),
        (desk().with_channel(&channel("a"), []).map(drop), "inboxes"),
        (twice(), "inboxes"),
        (desk().with_per_minute(0).map(drop), "per_minute"),
        (api("", vec![secret("s")]), "app_uid"),
        (api("u", Vec::new()), "app_secret"),
    ];
    for (result, key) in cases {
        let error = result.unwrap_err();
        assert_eq!(error.key(), key);
        assert!(!error.fix().is_empty());
    }
    base("http://127.0.0.1:9").unwrap();
    base("https://acme.api.frontapp.com").unwrap();
}

#[test]
fn no_secret_is_shown() {
    let canary = || secret("canary-9131");
    let config = Config::new(canary()).unwrap();
    let oauth = OAuth::new("id", canary(), canary()).unwrap();
    let api = ChannelApi::new("u", vec![canary()], ids::ChannelId::new("cha_1").unwrap()).unwrap();
    let desk = desk().with_application_keys(vec![canary()]).unwrap();
    let desk = desk.with_rule_secrets(vec![canary()]).unwrap().with_channel_api(api.clone());
    let shown =
        format!("{config:?} {oauth:?} {api:?} {desk:?} {:?}", Config::with_oauth(oauth.clone()));
    assert!(!shown.contains("canary"), "{shown}");
}
