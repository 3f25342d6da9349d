use handover_core::id::ChannelId;
use secrecy::SecretString;
use url::Url;

use super::{Config, ConfigError};
use crate::twilio::testing::{ACCOUNT, HOOK, OURS, SERVICE, config};

fn build(sid: &str, tokens: &[&str], from: &str, url: &str) -> Result<Config, ConfigError> {
    let tokens = tokens.iter().map(|token| SecretString::from(*token)).collect();
    let channel = ChannelId::new("sms-us").unwrap();
    Config::new(channel, sid, tokens, from, Url::parse(url).unwrap())
}

#[test]
fn numbers_short_codes_and_services_are_senders() {
    for from in [OURS, "12345", SERVICE] {
        assert!(build(ACCOUNT, &["t"], from, HOOK).is_ok(), "{from}");
    }
}

#[test]
fn an_error_names_the_key_and_the_fix() {
    let cases = [
        (build("AC1", &["t"], OURS, HOOK), "account_sid", "32 letters and digits"),
        (build(ACCOUNT, &[""], OURS, HOOK), "auth_tokens", "not empty"),
        (build(ACCOUNT, &["t", "a b"], OURS, HOOK), "auth_tokens", "no spaces"),
        (build(ACCOUNT, &["t"], "12025550100x", HOOK), "from", "E.164"),
        (build(ACCOUNT, &["t"], "2025550100", HOOK), "from", "E.164"),
        (build(ACCOUNT, &["t"], OURS, "http://relay.example/x"), "public_url", "https"),
        (build(ACCOUNT, &["t"], OURS, "https://relay.example/x#rc=5"), "public_url", "#"),
    ];
    for (built, key, fix) in cases {
        let error = built.unwrap_err();
        assert_eq!(error.key(), key);
        assert!(error.fix().contains(fix), "{error}");
        assert!(error.to_string().contains(key), "{error}");
    }
}

#[test]
fn credentials_of_an_api_key_alone_are_refused_with_the_reason() {
    let key = build("SK00000000000000000000000000000001", &["secret"], OURS, HOOK).unwrap_err();
    let none = build(ACCOUNT, &[], OURS, HOOK).unwrap_err();
    for error in [key, none] {
        assert!(error.fix().starts_with("the account's auth token is needed to verify"));
    }
}

#[test]
fn the_api_is_on_https_or_on_this_machine() {
    for good in ["https://api.dublin.ie1.twilio.com", "http://127.0.0.1:8080", "http://[::1]:1"] {
        assert!(config(OURS).with_api_url(Url::parse(good).unwrap()).is_ok(), "{good}");
    }
    for bad in ["http://api.twilio.com", "https://u:p@api.twilio.com", "https://a.example/x"] {
        let error = config(OURS).with_api_url(Url::parse(bad).unwrap()).unwrap_err();
        assert_eq!(error.key(), "api_url", "{bad}");
    }
}

#[test]
fn a_rate_is_a_positive_number() {
    assert!(config(OURS).with_per_second(3.0).is_ok());
    for bad in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        assert_eq!(config(OURS).with_per_second(bad).unwrap_err().key(), "per_second");
    }
}

#[test]
fn the_webhook_url_for_twilio_asks_for_retries() {
    assert_eq!(config(OURS).webhook_url().as_str(), format!("{HOOK}#rc=5&rp=all"));
}

#[test]
fn status_callbacks_carry_the_key() {
    let url = config(OURS).status_url("0.send.4.0");
    assert_eq!(url.as_str(), format!("{HOOK}/status?key=0.send.4.0"));
    let slash = build(ACCOUNT, &["t"], OURS, &format!("{HOOK}/?x=1")).unwrap();
    assert_eq!(slash.status_url("k").as_str(), format!("{HOOK}/status?x=1&key=k"));
}

#[test]
fn debug_shows_no_token_number_or_url() {
    let shown = format!("{:?}", config(OURS));
    assert_eq!(shown, "Config { channel: sms-us, .. }");
}
