use std::time::Duration;

use bytes::Bytes;
use handover_sim::twilio::{Carrier, Twilio, signature};
use handover_sim::{Outgoing, RetryOn};

use crate::tenant::start;
use crate::twilio_api::{ANN, OURS, builder, send};

const URL: &str = "https://relay.example/hooks/sms?tenant=1&note=it's";
const CALLED: &str = "https://relay.example/hooks/sms?tenant=1&note=it%27s";

fn params(outgoing: &Outgoing) -> Vec<(String, String)> {
    form_urlencoded::parse(outgoing.request.body()).into_owned().collect()
}

fn value(outgoing: &Outgoing, name: &str) -> Option<String> {
    params(outgoing).into_iter().find(|(key, _)| key == name).map(|(_, value)| value)
}

fn listening(url: &str) -> Twilio {
    builder().inbound_url(url).build()
}

#[test]
fn an_inbound_message_is_signed_with_all_its_blanks() {
    let sim = listening(URL);
    let png = Bytes::from_static(b"\x89PNG");
    let sid = sim.customer_texts(ANN, OURS, " hi & 😀 ", &[("image/png", png)], start());
    let hooks = sim.take_webhooks();
    let request = &hooks[0].request;
    assert_eq!(request.uri(), CALLED);
    assert_eq!(request.headers()["host"], "relay.example");
    assert!(request.headers().contains_key("i-twilio-idempotency-token"));
    let params = params(&hooks[0]);
    let expected = signature("token", CALLED, &params);
    assert_eq!(request.headers()["x-twilio-signature"], expected.as_str());
    for (name, expected) in [
        ("MessageSid", sid.as_str()),
        ("Body", " hi & 😀 "),
        ("From", ANN),
        ("To", OURS),
        ("FromCity", ""),
        ("NumMedia", "1"),
        ("MediaContentType0", "image/png"),
        ("SmsStatus", "received"),
        ("ApiVersion", "2010-04-01"),
    ] {
        assert_eq!(value(&hooks[0], name).as_deref(), Some(expected), "{name}");
    }
    let media = value(&hooks[0], "MediaUrl0").unwrap();
    assert!(media.starts_with("https://api.twilio.com/2010-04-01/Accounts/AC"), "{media}");
    assert_eq!(value(&hooks[0], "OptOutType"), None);
}

#[test]
fn overrides_ride_in_the_fragment_unsigned() {
    let sim = listening(&format!("{URL}#rc=3&rp=all"));
    sim.reach("https://relay.example/", "http://127.0.0.1:9/");
    sim.customer_texts(ANN, OURS, "hi", &[], start());
    let hook = sim.take_webhooks().remove(0);
    assert_eq!((hook.retries, hook.retry_on), (3, RetryOn::All));
    assert_eq!(hook.request.uri(), CALLED);
    let connect = hook.connect.as_ref().unwrap().to_string();
    assert_eq!(connect, "http://127.0.0.1:9/hooks/sms?tenant=1&note=it%27s");
    let expected = signature("token", CALLED, &params(&hook));
    assert_eq!(hook.request.headers()["x-twilio-signature"], expected.as_str());
    let sim = listening(URL);
    sim.customer_texts(ANN, OURS, "hi", &[], start());
    let hook = sim.take_webhooks().remove(0);
    assert_eq!((hook.retries, hook.retry_on, hook.connect), (1, RetryOn::Connect, None));
}

#[test]
fn a_password_in_the_url_becomes_a_header_and_is_signed() {
    let url = "https://user:pass@relay.example:8443/sms";
    let sim = listening(url);
    sim.customer_texts(ANN, OURS, "hi", &[], start());
    let hook = sim.take_webhooks().remove(0);
    let headers = hook.request.headers();
    assert_eq!(headers["host"], "relay.example:8443");
    assert_eq!(headers["authorization"], "Basic dXNlcjpwYXNz");
    let expected = signature("token", url, &params(&hook));
    assert_eq!(headers["x-twilio-signature"], expected.as_str());
}

#[test]
fn keywords_have_their_effect_and_still_reach_us() {
    let sim = listening(URL);
    let hello = [("To", ANN), ("From", OURS), ("Body", "hello")];
    for (text, out, replies) in [
        ("please stop", false, 0),
        ("stop", true, 1),
        ("Unsubscribe", true, 1),
        ("START", false, 2),
        ("YES", false, 2),
        ("help", false, 3),
        (" OptOut\n", true, 4),
    ] {
        sim.customer_texts(ANN, OURS, text, &[], start());
        assert_eq!(sim.is_opted_out(OURS, ANN), out, "{text}");
        assert_eq!(sim.auto_replies().len(), replies, "{text}");
        let (status, answer) = send(&sim, &hello);
        let code = answer["code"].as_u64();
        assert_eq!((status == 201, code), (!out, out.then_some(21610)), "{text}");
    }
    assert_eq!(sim.take_webhooks().len(), 7);
    assert!(sim.auto_replies()[0].text.contains("unsubscribed"));
    assert!(sim.phone(ANN).iter().all(|text| text == "hello"), "confirmations are not ours");
}

#[test]
fn an_opt_out_covers_the_whole_service_and_nothing_else() {
    let sim = listening(URL);
    sim.customer_texts(ANN, "+12025550101", "STOP", &[], start());
    assert!(sim.is_opted_out("+12025550102", ANN));
    assert!(!sim.is_opted_out(OURS, ANN));
    assert!(!sim.is_opted_out("+12025550101", "+12125424239"));
    let hook = sim.take_webhooks().remove(0);
    assert_eq!(value(&hook, "MessagingServiceSid").as_deref(), Some("MG1"));
}

#[test]
fn advanced_opt_out_says_so_and_short_codes_do_nothing() {
    let sim = builder().inbound_url(URL).opt_out_type().build();
    sim.customer_texts(ANN, OURS, "quit", &[], start());
    assert_eq!(value(&sim.take_webhooks()[0], "OptOutType").as_deref(), Some("STOP"));
    let sim = builder().inbound_url(URL).without_keywords().build();
    sim.customer_texts(ANN, OURS, "STOP", &[], start());
    assert!(!sim.is_opted_out(OURS, ANN) && sim.auto_replies().is_empty());
    assert_eq!(sim.take_webhooks().len(), 1);
}

#[test]
fn callbacks_tell_each_step() {
    let sim = builder().pace(Duration::from_secs(1), Duration::from_secs(2)).build();
    for (carrier, steps, code) in [
        (Carrier::Delivers, vec!["queued", "sent", "delivered"], None),
        (Carrier::Fails { code: 30006 }, vec!["queued", "failed"], Some("30006")),
        (
            Carrier::Undelivered { code: 30007 },
            vec!["queued", "sent", "undelivered"],
            Some("30007"),
        ),
    ] {
        sim.set_carrier(ANN, carrier);
        let form = [("To", ANN), ("From", OURS), ("Body", "a"), ("StatusCallback", URL)];
        let (_, message) = send(&sim, &form);
        let hooks = sim.take_webhooks();
        let seen: Vec<_> = hooks.iter().map(|hook| value(hook, "MessageStatus").unwrap()).collect();
        assert_eq!(seen, steps);
        let last = hooks.last().unwrap();
        assert_eq!(value(last, "ErrorCode").as_deref(), code);
        assert_eq!(value(last, "MessageSid").as_deref(), message["sid"].as_str());
        assert_eq!(value(last, "RawDlrDoneDate").is_some(), code.is_none());
        let expected = signature("token", CALLED, &params(last));
        assert_eq!(last.request.headers()["x-twilio-signature"], expected.as_str());
        assert!(
            hooks
                .iter()
                .zip(0..)
                .all(|(hook, at)| hook.due >= start() + Duration::from_secs(at.min(1)))
        );
    }
}
