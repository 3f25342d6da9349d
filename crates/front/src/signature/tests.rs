use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use handover_core::webhook::Rejection;
use http::Request;
use secrecy::SecretString;

use super::{Keys, Scheme, jwt, sign, verify};

const SYNC: &str = r#"{"type":"sync","authorization":{"id":"cmp_abc"}}"#;
const SYNC_TIME: &str = "1700000000000";
const SYNC_SIGNATURE: &str = "sj1Rm8mUhI1CvBJ9C0+nJB5UTYirDCkfo+pRV4TDTlw=";
const RULE: &str =
    r#"{"id":"evt_1","type":"inbound","emitted_at":1700000000.123,"text":"café 😀"}"#;
const RULE_SIGNATURE: &str = "Y5rvaFzZ82U/Xct9Jm85K9nH6iE=";

fn request(body: &str, headers: &[(&str, &str)]) -> Request<Bytes> {
    let mut request = Request::post("https://relay.example/desks/front");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.body(Bytes::copy_from_slice(body.as_bytes())).unwrap()
}

fn at_sync() -> DateTime<Utc> {
    DateTime::from_timestamp_millis(1_700_000_000_000).unwrap()
}

fn check(request: &Request<Bytes>, now: DateTime<Utc>) -> Result<Scheme, Rejection> {
    let keys = |keys: [&str; 2]| keys.map(SecretString::from);
    let application = keys(["front-test-signing-key", "the-next-key"]);
    let rule = keys(["front-api-secret", "the-next-secret"]);
    verify(request, Keys { application: &application, rule: &rule }, now)
}

#[test]
fn the_vectors_of_both_schemes_verify() {
    let app = request(
        SYNC,
        &[("x-front-signature", SYNC_SIGNATURE), ("x-front-request-timestamp", SYNC_TIME)],
    );
    assert_eq!(check(&app, at_sync()), Ok(Scheme::Application));
    let key = SecretString::from("front-test-signing-key");
    assert_eq!(sign(&key, SYNC_TIME, SYNC.as_bytes()).as_deref(), Some(SYNC_SIGNATURE));
    let rule = request(RULE, &[("x-front-signature", RULE_SIGNATURE)]);
    // A rule signs no time: it verifies at any.
    assert_eq!(check(&rule, at_sync() + TimeDelta::days(900)), Ok(Scheme::Rule));
}

#[test]
fn the_vector_of_a_channel_token_is_met() {
    let secret = SecretString::from("front-app-secret");
    let id = "00000000000000000000000000000001";
    let token = jwt(&secret, "app_uid_1", "cha_1", id, 1_700_000_010);
    assert_eq!(
        token,
        "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJpc3MiOiJhcHBfdWlkXzEiLCJqdGkiOiIwMDAwMDAwMDAwM\
         DAwMDAwMDAwMDAwMDAwMDAwMDAwMSIsInN1YiI6ImNoYV8xIiwiZXhwIjoxNzAwMDAwMDEwfQ.I2LigZbhl56RX\
         xBY9gjR5be94TggYdV_0EEocV6vkwg"
    );
}

#[test]
fn a_key_that_is_being_rotated_verifies_beside_the_old_one() {
    let next = SecretString::from("the-next-key");
    let signature = sign(&next, SYNC_TIME, SYNC.as_bytes()).unwrap();
    let app = request(
        SYNC,
        &[("x-front-signature", &signature), ("x-front-request-timestamp", SYNC_TIME)],
    );
    assert_eq!(check(&app, at_sync()), Ok(Scheme::Application));
}

#[test]
fn no_wrong_malformed_or_double_signature_is_accepted() {
    let time = ("x-front-request-timestamp", SYNC_TIME);
    let good = ("x-front-signature", SYNC_SIGNATURE);
    for (what, headers) in [
        ("none", vec![time]),
        ("of another scheme", vec![("x-front-signature", RULE_SIGNATURE), time]),
        ("not base64", vec![("x-front-signature", "%%%"), time]),
        ("cut", vec![("x-front-signature", &SYNC_SIGNATURE[..20]), time]),
        ("empty", vec![("x-front-signature", ""), time]),
        ("twice", vec![good, good, time]),
        ("time twice", vec![good, time, time]),
        // Without its time it is a rule's, whose key did not sign it.
        ("time left out", vec![good]),
    ] {
        assert_eq!(check(&request(SYNC, &headers), at_sync()), Err(Rejection::UNSIGNED), "{what}");
    }
    let changed = SYNC.replace("abc", "abd");
    assert_eq!(check(&request(&changed, &[good, time]), at_sync()), Err(Rejection::UNSIGNED));
    assert_eq!(
        check(&request(RULE, &[("x-front-signature", SYNC_SIGNATURE)]), at_sync()),
        Err(Rejection::UNSIGNED)
    );
}

#[test]
fn right_signature_but_a_timestamp_outside_the_window_is_refused() {
    let app = request(
        SYNC,
        &[("x-front-signature", SYNC_SIGNATURE), ("x-front-request-timestamp", SYNC_TIME)],
    );
    for (off, good) in [(-301, false), (-299, true), (0, true), (299, true), (301, false)] {
        let now = at_sync() + TimeDelta::seconds(off);
        assert_eq!(check(&app, now).is_ok(), good, "{off}");
        assert!(check(&app, now).map_err(|r| r.reason).err().is_none_or(|r| r == "timestamp"));
    }
}

#[test]
fn front_timestamp_in_seconds_or_not_a_number_is_refused() {
    let key = SecretString::from("front-test-signing-key");
    for time in
        ["1700000000", "soon", "-1", "1700000000000.5", "99999999999999999999", "+1700000000000"]
    {
        let signature = sign(&key, time, SYNC.as_bytes()).unwrap();
        let app = request(
            SYNC,
            &[("x-front-signature", &signature), ("x-front-request-timestamp", time)],
        );
        assert_eq!(check(&app, at_sync()).unwrap_err().reason, "timestamp", "{time}");
    }
}

#[test]
fn without_keys_nothing_verifies() {
    let rule = request(RULE, &[("x-front-signature", RULE_SIGNATURE)]);
    let none = Keys { application: &[], rule: &[] };
    assert_eq!(verify(&rule, none, at_sync()), Err(Rejection::UNSIGNED));
}
