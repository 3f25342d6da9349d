use bytes::Bytes;
use chrono::DateTime;
use handover_core::error::{Error, ErrorKind, Retry, RetryScope};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};

use super::{Answer, Call, unreadable};

fn answer(status: u16, headers: &[(&str, &str)]) -> Answer {
    let pair = |(name, value): &(&str, &str)| {
        (HeaderName::try_from(*name).unwrap(), HeaderValue::try_from(*value).unwrap())
    };
    Answer {
        status: StatusCode::from_u16(status).unwrap(),
        headers: headers.iter().map(pair).collect::<HeaderMap>(),
        body: Bytes::from_static(
            br#"{"_error":{"status":1,"title":"canary","message":"canary","details":["canary"]}}"#,
        ),
        merged: None,
    }
}

fn error(status: u16, call: Call, headers: &[(&str, &str)]) -> Error {
    answer(status, headers).error(call, DateTime::from_timestamp(1_700_000_000, 0).unwrap())
}

#[test]
fn every_status_says_what_may_be_done() {
    let job = Retry::Later { after: None, scope: RetryScope::Job };
    for (status, kind, once, again) in [
        (301, ErrorKind::Config, Retry::Never, Retry::Never),
        (400, ErrorKind::Invalid, Retry::Never, Retry::Never),
        (401, ErrorKind::Unauthorized, Retry::Never, Retry::Never),
        (403, ErrorKind::Forbidden, Retry::Never, Retry::Never),
        (404, ErrorKind::NotFound, Retry::Never, Retry::Never),
        (408, ErrorKind::Network, Retry::Unsure, job),
        (409, ErrorKind::Invalid, Retry::Never, Retry::Never),
        (413, ErrorKind::Invalid, Retry::Never, Retry::Never),
        (418, ErrorKind::Invalid, Retry::Never, Retry::Never),
        (500, ErrorKind::Unavailable, Retry::Unsure, job),
        (503, ErrorKind::Unavailable, Retry::Unsure, job),
    ] {
        for (call, retry) in [(Call::Once, once), (Call::Repeatable, again)] {
            let error = error(status, call, &[("x-request-id", "req1")]);
            assert_eq!((error.kind(), error.retry()), (kind, retry), "{status} {call:?}");
            assert_eq!(error.code(), Some(format!("http-{status}").as_str()));
            assert_eq!(error.request_id(), Some("req1"));
            assert!(!format!("{error} {error:?}").contains("canary"));
        }
    }
    assert_eq!(unreadable(Call::Once).retry(), Retry::Unsure);
}

#[test]
fn front_429_is_a_bounded_pause_of_the_right_scope() {
    type Case = (&'static [(&'static str, &'static str)], Option<u64>, RetryScope);
    let cases: [Case; 9] = [
        (&[("retry-after", "7")], Some(7), RetryScope::Account),
        (&[("retry-after", "7"), ("x-front-tier", "1")], Some(7), RetryScope::Resource),
        (&[("retry-after", "30000")], Some(300), RetryScope::Account),
        (&[("retry-after", "99999999999")], Some(300), RetryScope::Account),
        (&[("retry-after", "-5")], None, RetryScope::Account),
        (&[("retry-after", "soon")], None, RetryScope::Account),
        (&[("x-ratelimit-reset", "1700000042.5")], Some(42), RetryScope::Account),
        (&[("x-ratelimit-reset", "1600000000")], Some(0), RetryScope::Account),
        (&[("x-ratelimit-remaining", "12"), ("x-front-tier", "2")], None, RetryScope::Resource),
    ];
    for (headers, seconds, scope) in cases {
        let error = error(429, Call::Once, headers);
        let Retry::Later { after, scope: found } = error.retry() else { panic!("{error}") };
        assert_eq!((after.map(|after| after.as_secs()), found), (seconds, scope), "{headers:?}");
        assert_eq!(error.kind(), ErrorKind::RateLimited);
    }
}
