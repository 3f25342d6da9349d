use handover_core::probe::{Check, Probe, Verdict};
use handover_core::transport::TransportError;
use serde_json::json;

use crate::twilio::Config;
use crate::twilio::testing::{
    ACCOUNT, CUSTOMER, HOOK, OURS, SERVICE, Script, TOKEN, config, twilio_with,
};

const NOON: &str = "Fri, 20 Nov 2026 12:00:05 GMT";

async fn check(config: Config, script_it: impl FnOnce(&Script)) -> Vec<Check> {
    let (twilio, script) = twilio_with(config);
    script_it(&script);
    let checks = twilio.check().await;
    let shown = format!("{checks:?}");
    for secret in [TOKEN, OURS, ACCOUNT, CUSTOMER] {
        assert!(!shown.contains(secret), "{shown}");
    }
    checks
}

fn active(script: &Script) -> &Script {
    script.answer_with(200, &[("date", NOON)], r#"{"status":"active"}"#)
}

fn number(url: &str, sms: bool) -> String {
    let number = json!({"capabilities": {"sms": sms, "mms": true}, "sms_url": url});
    json!({"incoming_phone_numbers": [number]}).to_string()
}

fn verdicts(checks: &[Check]) -> Vec<(&str, Verdict)> {
    checks.iter().map(|check| (check.name.as_str(), check.verdict)).collect()
}

#[tokio::test]
async fn a_good_set_up_is_proven() {
    let checks = check(config(OURS), |script| {
        active(script).answer(200, &number(&format!("{HOOK}#rc=5&rp=all"), true));
    })
    .await;
    let proven = ["signature", "account", "clock", "number"].map(|name| (name, Verdict::Proven));
    assert_eq!(verdicts(&checks), proven);
}

#[tokio::test]
async fn the_number_is_asked_for_exactly() {
    let (twilio, script) = twilio_with(config(OURS));
    active(&script).answer(200, &number(HOOK, true));
    twilio.check().await;
    let api = format!("https://api.twilio.com/2010-04-01/Accounts/{ACCOUNT}");
    let numbers = format!("{api}/IncomingPhoneNumbers.json?PhoneNumber=%2B12025550100");
    assert_eq!(script.urls(), [format!("{api}.json"), numbers]);
}

#[tokio::test]
async fn another_webhook_or_one_without_retries_is_a_warning_with_the_url() {
    for url in ["https://elsewhere.example/sms", "", HOOK, "not a url"] {
        let checks = check(config(OURS), |script| {
            active(script).answer(200, &number(url, true));
        })
        .await;
        let last = checks.last().unwrap();
        assert_eq!(last.verdict, Verdict::Warning, "{url}");
        assert!(last.fix.as_ref().unwrap().ends_with(&format!("{HOOK}#rc=5&rp=all")), "{last:?}");
    }
}

#[tokio::test]
async fn a_missing_number_or_one_without_texts_is_broken() {
    for body in [json!({"incoming_phone_numbers": []}).to_string(), number(HOOK, false)] {
        let checks = check(config(OURS), |script| {
            active(script).answer(200, &body);
        })
        .await;
        assert_eq!(checks.last().unwrap().verdict, Verdict::Broken);
    }
}

#[tokio::test]
async fn a_refused_login_or_a_suspended_account_is_broken() {
    let refused = check(config(OURS), |script| {
        script.answer(401, r#"{"code":20003}"#);
    })
    .await;
    let last = refused.last().unwrap();
    assert_eq!((last.name.as_str(), last.verdict, refused.len()), ("account", Verdict::Broken, 2));
    assert!(last.fix.as_ref().unwrap().contains("auth_token"));
    let away = check(config(OURS), |script| {
        script.fail(TransportError::Connect);
    })
    .await;
    assert!(away.last().unwrap().fix.as_ref().unwrap().contains("reaches Twilio"));
    let suspended = check(config(OURS), |script| {
        script.answer_with(200, &[("date", NOON)], r#"{"status":"suspended"}"#);
        script.answer(200, &number(HOOK, true));
    })
    .await;
    assert_eq!(suspended[1].verdict, Verdict::Broken);
}

#[tokio::test]
async fn a_clock_that_is_off_is_a_warning() {
    for date in ["Fri, 20 Nov 2026 12:05:00 GMT", "Fri, 20 Nov 2026 11:55:00 GMT", "noon"] {
        let checks = check(config(OURS), |script| {
            script.answer_with(200, &[("date", date)], r#"{"status":"active"}"#);
            script.answer(200, &number(HOOK, true));
        })
        .await;
        assert_eq!(checks[2].verdict, Verdict::Warning, "{date}");
    }
}

#[tokio::test]
async fn a_service_or_a_short_code_is_looked_at_where_it_lives() {
    let (twilio, script) = twilio_with(config(SERVICE));
    let url = format!("{HOOK}#rc=5&rp=all");
    let own = json!({"inbound_request_url": url, "use_inbound_webhook_on_number": false});
    active(&script).answer(200, &own.to_string());
    assert_eq!(twilio.check().await.last().unwrap().verdict, Verdict::Proven);
    let service = format!("https://messaging.twilio.com/v1/Services/{SERVICE}");
    assert_eq!(script.urls()[1], service);
    active(&script).answer(200, r#"{"use_inbound_webhook_on_number":true}"#);
    assert_eq!(twilio.check().await.last().unwrap().verdict, Verdict::Warning);
    let (twilio, script) = twilio_with(config("12345"));
    let code = json!({"short_codes": [{"sms_url": url}]});
    active(&script).answer(200, &code.to_string());
    assert_eq!(twilio.check().await.last().unwrap().verdict, Verdict::Proven);
    assert!(script.urls()[1].ends_with("/SMS/ShortCodes.json?ShortCode=12345"));
}
