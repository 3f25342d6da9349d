//! Links that open a page, and links that must not.

use chrono::{DateTime, TimeDelta, Utc};
use handover_core::id::{EventId, SessionId, TenantId};
use secrecy::SecretString;
use url::Url;

use super::{Link, key};

fn link(tokens: &[&str], form: Option<&str>) -> Link {
    let tokens = tokens.iter().map(|token| SecretString::from((*token).to_owned()));
    Link {
        base: Url::parse("https://relay.example/in").unwrap(),
        form: form.map(str::to_owned),
        keys: tokens.map(|token| key(&token)).collect(),
    }
}

fn session(name: &str) -> SessionId {
    SessionId::derive(&TenantId::new("acme").unwrap(), &EventId::new("sms", name))
}

fn now() -> DateTime<Utc> {
    "2026-11-20T09:00:00Z".parse().unwrap()
}

/// What the link to `SM1` carries.
fn grant(link: &Link) -> (i64, String) {
    let url = link.to(session("SM1"), now());
    let of = |name: &str| url.query_pairs().find(|(key, _)| key == name).unwrap().1.into_owned();
    (of("exp").parse().unwrap(), of("sig"))
}

#[test]
fn a_link_opens_its_session_until_it_expires() {
    let link = link(&["a-token-of-ours"], None);
    let url = link.to(session("SM1"), now());
    assert_eq!(url.path(), format!("/in/sessions/{}", session("SM1")));
    let (expires, signature) = grant(&link);
    assert!(link.admits(session("SM1"), expires, &signature, now()));
    assert!(link.admits(session("SM1"), expires, &signature, now() + TimeDelta::days(29)));
    assert!(!link.admits(session("SM1"), expires, &signature, now() + TimeDelta::days(30)));
}

#[test]
fn a_changed_link_opens_nothing() {
    let link = link(&["a-token-of-ours"], None);
    let (expires, signature) = grant(&link);
    assert!(!link.admits(session("SM2"), expires, &signature, now()));
    assert!(!link.admits(session("SM1"), expires + 1, &signature, now()));
    for other in ["", "AAAA", "%", &signature[1..], &signature.to_lowercase()] {
        assert!(!link.admits(session("SM1"), expires, other, now()), "{other}");
    }
}

#[test]
fn a_token_that_is_being_replaced_still_opens_its_links() {
    let (expires, signature) = grant(&link(&["the-old-token"], None));
    let both = link(&["the-new-token", "the-old-token"], None);
    assert!(both.admits(session("SM1"), expires, &signature, now()));
    let new = link(&["the-new-token"], None);
    assert!(!new.admits(session("SM1"), expires, &signature, now()));
}

#[test]
fn a_form_of_the_configuration_takes_the_place_of_our_page() {
    let link = link(&["a-token-of-ours"], Some("https://desk.example/s/{session}?from=creatio"));
    let url = link.to(session("SM1"), now());
    let expected = format!("https://desk.example/s/{}?from=creatio", session("SM1"));
    assert_eq!(url.as_str(), expected);
}

#[test]
fn a_link_shows_no_key() {
    assert_eq!(format!("{:?}", link(&["a-token-of-ours"], None)), "Link { .. }");
}
