use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use chrono::{DateTime, Utc};
use handover_sim::twilio::{Builder, Carrier, Twilio};
use handover_sim::{Fault, Simulator};
use http::{Request, Response, StatusCode};
use serde_json::Value;

use crate::tenant::start;

pub(crate) const ACCOUNT: &str = "AC00000000000000000000000000000001";
pub(crate) const OURS: &str = "+12025550100";
pub(crate) const ANN: &str = "+12125424238";

pub(crate) fn builder() -> Builder {
    Twilio::builder(ACCOUNT, "token")
        .number(OURS)
        .service("MG1", &["+12025550101", "+12025550102"])
        .api_key("SK1", "key secret")
}

pub(crate) fn call(
    sim: &Twilio,
    method: &str,
    target: &str,
    credentials: &str,
    form: &[(&str, &str)],
    now: DateTime<Utc>,
) -> Response<Bytes> {
    let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
    let mut request = Request::builder()
        .method(method)
        .uri(format!("https://api.twilio.com{target}"))
        .header("content-type", "application/x-www-form-urlencoded");
    if !credentials.is_empty() {
        let header = format!("Basic {}", STANDARD.encode(credentials));
        request = request.header("authorization", header);
    }
    sim.handle(request.body(Bytes::from(body)).unwrap(), now).response().expect("an answer")
}

pub(crate) fn json(response: &Response<Bytes>) -> Value {
    serde_json::from_slice(response.body()).unwrap()
}

pub(crate) fn send(sim: &Twilio, form: &[(&str, &str)]) -> (StatusCode, Value) {
    let target = format!("/2010-04-01/Accounts/{ACCOUNT}/Messages.json");
    let response = call(sim, "POST", &target, &format!("{ACCOUNT}:token"), form, start());
    (response.status(), json(&response))
}

#[test]
fn credentials_are_checked() {
    let sim = builder().build();
    let form = [("To", ANN), ("From", OURS), ("Body", "hi")];
    let own = format!("{ACCOUNT}:token");
    let target = format!("/2010-04-01/Accounts/{ACCOUNT}/Messages.json");
    let other = "/2010-04-01/Accounts/AC2/Messages.json";
    for (target, credentials, status, code) in [
        (target.as_str(), own.as_str(), 201, None),
        (&target, "SK1:key secret", 201, None),
        (&target, "SK1:token", 401, Some(20003)),
        (&target, &format!("{ACCOUNT}:wrong"), 401, Some(20003)),
        (&target, "", 401, Some(20003)),
        (other, &own, 404, Some(20404)),
    ] {
        let response = call(&sim, "POST", target, credentials, &form, start());
        assert_eq!(response.status(), status, "{target} {credentials}");
        assert_eq!(json(&response)["code"].as_u64(), code, "{credentials}");
    }
    assert_eq!(sim.phone(ANN).len(), 2);
}

#[test]
fn revoked_credentials_stay_revoked() {
    let sim = builder().build();
    sim.faults().once(Fault::ExpireToken);
    let form = [("To", ANN), ("From", OURS), ("Body", "hi")];
    assert_eq!([send(&sim, &form).0, send(&sim, &form).0], [401, 401]);
    sim.restore_credentials();
    assert_eq!(send(&sim, &form).0, 201);
}

#[test]
fn a_message_is_described() {
    let sim = builder().build();
    let (status, message) = send(&sim, &[("To", ANN), ("From", OURS), ("Body", "hi ✓")]);
    assert_eq!(status, 201);
    assert!(
        message["sid"].as_str().unwrap().starts_with("SM")
            && message["sid"].as_str().unwrap().len() == 34
    );
    assert_eq!(message["status"], "queued");
    assert_eq!(message["date_created"], "Fri, 20 Nov 2026 09:00:00 +0000");
    assert_eq!(message["date_sent"], Value::Null);
    assert_eq!(message["num_segments"], "1");
    assert_eq!(message["direction"], "outbound-api");
    assert_eq!(sim.phone(ANN), ["hi ✓"]);
    let target = message["uri"].as_str().unwrap();
    let shown = json(&call(&sim, "GET", target, "SK1:key secret", &[], start()));
    assert_eq!((&shown["status"], &shown["body"]), (&"delivered".into(), &"hi ✓".into()));
    let (_, message) = send(&sim, &[("To", ANN), ("MessagingServiceSid", "MG1"), ("Body", "hi")]);
    assert_eq!((&message["status"], &message["num_segments"]), (&"accepted".into(), &"0".into()));
}

#[test]
fn bad_messages_are_refused_by_their_codes() {
    let sim = builder().build();
    let long = "x".repeat(1601);
    let eleven = [("MediaUrl", "https://a.example/1"); 11];
    let with = |extra: &[(&'static str, &'static str)]| {
        let mut form = vec![("To", ANN), ("From", OURS), ("Body", "hi")];
        form.retain(|(name, _)| !extra.iter().any(|(other, _)| other == name));
        form.extend(extra);
        form
    };
    for (form, code) in [
        (with(&[("To", "")]), 21604),
        (with(&[("From", "")]), 21603),
        (with(&[("Body", "")]), 21602),
        (with(&[("To", "2125424238")]), 21211),
        (with(&[("To", " 12125424238")]), 21211),
        (with(&[("To", "+0125424238")]), 21211),
        (with(&[("From", "us")]), 21212),
        (with(&[("From", "+12025550199")]), 21606),
        (with(&[("From", "+12025550100"), ("MessagingServiceSid", "MG1")]), 21606),
        (with(&[("MessagingServiceSid", "MG2")]), 21701),
        (with(&[("StatusCallback", "nowhere")]), 21609),
        (with(&[("MediaUrl", "file:///etc")]), 21620),
        (with(&eleven), 21623),
        (with(&[("From", "+15005550001")]), 21212),
        (with(&[("From", "+15005550007")]), 21606),
        (with(&[("From", "+15005550008")]), 21611),
        (with(&[("To", "+15005550001")]), 21211),
        (with(&[("To", "+15005550002")]), 21612),
        (with(&[("To", "+15005550003")]), 21408),
        (with(&[("To", "+15005550004")]), 21610),
        (with(&[("To", "+15005550009")]), 21614),
        (vec![("To", ANN), ("From", OURS), ("Body", long.as_str())], 21617),
    ] {
        let (status, answer) = send(&sim, &form);
        assert_eq!((status.as_u16(), &answer["code"]), (400, &code.into()), "{form:?}: {answer}");
    }
    assert!(sim.messages().is_empty());
    assert_eq!(send(&sim, &with(&[("From", "+15005550006")])).0, 201);
    assert_eq!(send(&sim, &[("To", ANN), ("From", OURS), ("Body", &long[1..])]).0, 201);
}

#[test]
fn the_carrier_has_the_last_word() {
    let sim = builder().build();
    for (carrier, status, code) in [
        (Carrier::Delivers, "delivered", None),
        (Carrier::Fails { code: 30006 }, "failed", Some(30006)),
        (Carrier::Undelivered { code: 30007 }, "undelivered", Some(30007)),
        (Carrier::Silent, "sent", None),
    ] {
        sim.set_carrier(ANN, carrier);
        send(&sim, &[("To", ANN), ("From", OURS), ("Body", status)]);
        let message = sim.messages().pop().unwrap();
        assert_eq!((message.status(start()), message.error_code(start())), (status, code));
    }
    assert_eq!(sim.phone(ANN), ["delivered"]);
}

#[test]
fn faults_speak_json() {
    let sim = builder().build();
    sim.faults().once(Fault::Status { code: 429, retry_after: Some(1) });
    let (status, answer) = send(&sim, &[("To", ANN), ("From", OURS), ("Body", "hi")]);
    assert_eq!((status.as_u16(), &answer["code"]), (429, &20429.into()));
    sim.faults().once(Fault::AfterWrite { status: 500 });
    let (status, answer) = send(&sim, &[("To", ANN), ("From", OURS), ("Body", "hi")]);
    assert_eq!((status.as_u16(), &answer["code"]), (500, &20500.into()));
    assert_eq!(sim.phone(ANN), ["hi"]);
}

#[test]
fn segments_are_counted() {
    let sim = builder().build();
    for (text, segments) in [
        ("1".repeat(160), "1"),
        ("1".repeat(161), "2"),
        ("1".repeat(307), "3"),
        ("€".repeat(80), "1"),
        ("€".repeat(81), "2"),
        ("Á".repeat(70), "1"),
        ("Á".repeat(71), "2"),
        (format!("😜{}", "1".repeat(133)), "3"),
    ] {
        let (_, message) = send(&sim, &[("To", ANN), ("From", OURS), ("Body", &text)]);
        assert_eq!(message["num_segments"], segments, "{text}");
    }
}
