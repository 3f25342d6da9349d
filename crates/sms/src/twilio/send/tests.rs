use chrono::TimeDelta;
use handover_core::channel::{Attempt, Channel, Outbound};
use handover_core::error::{Error, ErrorKind, Retry, RetryScope};
use handover_core::identity::{Identity, Proof};
use handover_core::message::{DeliveryState, Message, Speaker};
use handover_core::transport::TransportError;
use url::Url;

use super::MAX_CHARS;
use crate::twilio::testing::{
    ACCOUNT, CUSTOMER, HOOK, OURS, SERVICE, SID, Script, config, key, now, outbound, twilio,
    twilio_with,
};

fn taken(status: &str) -> String {
    format!(r#"{{"sid":"{SID}","status":"{status}","error_code":null,"num_segments":"1"}}"#)
}

async fn refused(script_it: impl FnOnce(&Script)) -> Error {
    let (twilio, script) = twilio();
    script_it(&script);
    twilio.send(&outbound("Hello")).await.unwrap_err()
}

#[tokio::test]
async fn a_text_is_one_form_post_with_our_key_in_the_callback() {
    let (twilio, script) = twilio();
    script.answer(201, &taken("queued"));
    let receipt = twilio.send(&outbound("2 < 3 & +1")).await.unwrap();
    assert_eq!(receipt.delivery.state, DeliveryState::Accepted);
    assert_eq!(receipt.delivery.provider_id.as_deref(), Some(SID));
    let url = format!("https://api.twilio.com/2010-04-01/Accounts/{ACCOUNT}/Messages.json");
    assert_eq!(script.urls(), [url]);
    let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let form = [
        pair("To", CUSTOMER),
        pair("From", OURS),
        pair("Body", "2 < 3 & +1"),
        pair("StatusCallback", &format!("{HOOK}/status?key={}", key())),
    ];
    assert_eq!(script.form(0), form);
    assert_eq!(
        script.header(0, "content-type").as_deref(),
        Some("application/x-www-form-urlencoded"),
    );
    let login = base64::Engine::encode(
        &base64::engine::general_purpose::STANDARD,
        format!("{ACCOUNT}:token-canary"),
    );
    assert_eq!(script.header(0, "authorization"), Some(format!("Basic {login}")));
}

#[tokio::test]
async fn a_service_sends_from_the_number_the_customer_knows() {
    let (twilio, script) = twilio_with(config(SERVICE));
    script.answer(201, &taken("accepted"));
    twilio.send(&outbound("Hi")).await.unwrap();
    let form = script.form(0);
    assert!(form.contains(&("MessagingServiceSid".into(), SERVICE.into())));
    assert!(form.contains(&("From".into(), OURS.into())));
}

#[tokio::test]
async fn pictures_go_as_urls() {
    let (twilio, script) = twilio();
    script.answer(201, &taken("queued"));
    let media = vec![Url::parse("https://relay.example/files/1?sig=a%2Bb").unwrap()];
    twilio.send(&Outbound { media, ..outbound("") }).await.unwrap();
    let form = script.form(0);
    assert!(form.iter().all(|(name, _)| name != "Body"));
    let url = "https://relay.example/files/1?sig=a%2Bb";
    assert!(form.contains(&("MediaUrl".into(), url.into())));
}

#[tokio::test]
async fn what_cannot_be_sent_is_refused_before_any_io() {
    let (twilio, script) = twilio();
    let mail = Identity::new(Identity::EMAIL, "a@b.example", Proof::Claimed);
    let url = Url::parse("https://relay.example/1").unwrap();
    let cases = [
        (outbound(&"é".repeat(MAX_CHARS + 1)), ErrorKind::TooLong),
        (outbound(" \n"), ErrorKind::Invalid),
        (Outbound { to: mail, ..outbound("Hi") }, ErrorKind::Invalid),
        (
            Outbound { to: Identity::tel(OURS, Proof::Claimed).unwrap(), ..outbound("Hi") },
            ErrorKind::Invalid,
        ),
        (Outbound { media: vec![url; 11], ..outbound("Hi") }, ErrorKind::Invalid),
    ];
    for (outbound, kind) in cases {
        let error = twilio.send(&outbound).await.unwrap_err();
        assert_eq!((error.kind(), error.retry()), (kind, Retry::Never), "{error}");
    }
    assert!(script.urls().is_empty());
    script.answer(201, &taken("queued"));
    twilio.send(&outbound(&"é".repeat(MAX_CHARS))).await.unwrap();
}

#[test]
fn a_message_is_one_plain_part_that_is_never_cut() {
    let (twilio, _) = twilio();
    let part = |text: &str| {
        let [part] =
            twilio.parts(&Message::new(1, Speaker::Assistant, text, now())).try_into().unwrap();
        part.text
    };
    assert_eq!(part("<p>2 &lt; 3</p>\n```\ncode\n```"), "2 < 3\ncode");
    let long = "👩‍👩‍👧 العربية ".repeat(300);
    assert_eq!(part(&long), long.trim());
}

#[test]
fn capabilities_tell_the_limits() {
    let (twilio, _) = twilio_with(config(OURS).with_per_second(1.0).unwrap());
    let can = twilio.capabilities();
    assert_eq!(can.max_chars, 1600);
    assert!(can.lookup && can.receipts && can.hosted_by.is_none());
    assert_eq!(can.account.id.as_str(), format!("twilio-{ACCOUNT}"));
    assert_eq!(can.account.per_second, Some(1.0));
    assert_eq!(twilio.id().as_str(), "sms-us");
}

#[tokio::test]
async fn every_class_of_refusal_says_what_may_be_done() {
    let account = Retry::Later { after: None, scope: RetryScope::Account };
    let cases = [
        (401, 20003, ErrorKind::Unauthorized, Retry::Never),
        (404, 20404, ErrorKind::Config, Retry::Never),
        (400, 21211, ErrorKind::Invalid, Retry::Never),
        (400, 21212, ErrorKind::Config, Retry::Never),
        (403, 21408, ErrorKind::Unreachable, Retry::Never),
        (400, 21602, ErrorKind::Invalid, Retry::Never),
        (400, 21603, ErrorKind::Config, Retry::Never),
        (400, 21604, ErrorKind::Invalid, Retry::Never),
        (400, 21606, ErrorKind::Config, Retry::Never),
        (400, 21608, ErrorKind::Config, Retry::Never),
        (400, 21610, ErrorKind::OptedOut, Retry::Never),
        (400, 21611, ErrorKind::RateLimited, account),
        (400, 21612, ErrorKind::Unreachable, Retry::Never),
        (400, 21614, ErrorKind::Unreachable, Retry::Never),
        (400, 21617, ErrorKind::TooLong, Retry::Never),
        (400, 21620, ErrorKind::Invalid, Retry::Never),
        (400, 21703, ErrorKind::Config, Retry::Never),
        (400, 30001, ErrorKind::RateLimited, account),
        (403, 30002, ErrorKind::Forbidden, Retry::Never),
        (400, 30034, ErrorKind::Config, Retry::Never),
        (403, 30450, ErrorKind::Unreachable, Retry::Never),
        (429, 20429, ErrorKind::RateLimited, account),
        (500, 20500, ErrorKind::Unavailable, Retry::Unsure),
        (503, 20503, ErrorKind::Unavailable, Retry::Unsure),
        (502, 21211, ErrorKind::Unavailable, Retry::Unsure),
        (400, 39999, ErrorKind::Invalid, Retry::Never),
        (401, 39999, ErrorKind::Unauthorized, Retry::Never),
        (403, 39999, ErrorKind::Forbidden, Retry::Never),
        (404, 39999, ErrorKind::NotFound, Retry::Never),
        (408, 39999, ErrorKind::Network, Retry::Unsure),
        (307, 39999, ErrorKind::Config, Retry::Never),
    ];
    for (status, code, kind, retry) in cases {
        let body = format!(r#"{{"code":{code},"message":"canary {CUSTOMER}","status":{status}}}"#);
        let error = refused(|script| {
            script.answer_with(status, &[("twilio-request-id", "RQ1")], &body);
        })
        .await;
        assert_eq!((error.kind(), error.retry()), (kind, retry), "{status} {code}");
        assert_eq!(error.code(), Some(code.to_string().as_str()));
        assert_eq!(error.request_id(), Some("RQ1"));
        let shown = format!("{error} {error:?}");
        assert!(!shown.contains("canary") && !shown.contains(CUSTOMER), "{shown}");
    }
}

#[tokio::test]
async fn a_pause_that_is_asked_for_is_kept_and_bounded() {
    let day = 86_400;
    for (given, seconds) in [("7", Some(7)), ("999999999", Some(day)), ("-5", None), ("soon", None)]
    {
        let error = refused(|script| {
            script.answer_with(429, &[("retry-after", given)], "not json");
        })
        .await;
        let Retry::Later { after, scope } = error.retry() else { panic!("{error}") };
        assert_eq!(after.map(|after| after.as_secs()), seconds, "{given}");
        assert_eq!((scope, error.code()), (RetryScope::Account, None));
    }
}

#[tokio::test]
async fn a_send_that_may_have_happened_is_unsure() {
    for (error, retry) in [
        (TransportError::Timeout, Retry::Unsure),
        (TransportError::Reset, Retry::Unsure),
        (TransportError::TooLarge, Retry::Unsure),
        (TransportError::Connect, Retry::Later { after: None, scope: RetryScope::Job }),
        (TransportError::Refused, Retry::Never),
    ] {
        let failed = refused(|script| {
            script.fail(error);
        })
        .await;
        assert_eq!(failed.retry(), retry, "{error:?}");
    }
    for body in ["", "<html>", "{}", r#"{"sid":""}"#, r#"{"sid":"a b"}"#] {
        let failed = refused(|script| {
            script.answer(201, body);
        })
        .await;
        assert_eq!((failed.kind(), failed.retry()), (ErrorKind::Protocol, Retry::Unsure), "{body}");
    }
}

#[tokio::test]
async fn the_answers_status_is_the_state() {
    for (status, state) in [
        ("accepted", DeliveryState::Accepted),
        ("sending", DeliveryState::Accepted),
        ("sent", DeliveryState::Sent),
        ("failed", DeliveryState::Failed),
        ("something_new", DeliveryState::Accepted),
    ] {
        let (twilio, script) = twilio();
        script.answer(201, &taken(status));
        assert_eq!(twilio.send(&outbound("Hi")).await.unwrap().delivery.state, state, "{status}");
    }
}

#[tokio::test]
async fn a_read_that_fails_may_always_be_repeated() {
    let attempt =
        Attempt { number: 2, first: now() - TimeDelta::hours(1), ..Attempt::first(key(), now()) };
    for status in [500, 503] {
        let (twilio, script) = twilio();
        script.answer(status, "");
        let error = twilio.find(&outbound("Hi"), &attempt).await.unwrap_err();
        assert_eq!(error.retry(), Retry::Later { after: None, scope: RetryScope::Job });
    }
    let (twilio, script) = twilio();
    script.fail(TransportError::Timeout);
    let error = twilio.find(&outbound("Hi"), &attempt).await.unwrap_err();
    assert_eq!(error.retry(), Retry::Later { after: None, scope: RetryScope::Job });
}
