use chrono::{TimeZone, Utc};
use http::{HeaderMap, HeaderValue, header};
use url::Url;

use super::Jar;

fn jar(base: &str, cookies: &[&str]) -> Jar {
    let mut headers = HeaderMap::new();
    for cookie in cookies {
        headers.append(header::SET_COOKIE, HeaderValue::from_str(cookie).unwrap());
    }
    let mut jar = Jar::new(&Url::parse(base).unwrap());
    jar.take_in(&headers, Utc.with_ymd_and_hms(2026, 11, 20, 9, 0, 0).unwrap());
    jar
}

fn sent(cookies: &[&str]) -> String {
    let headers = jar("https://acme.example/studio", cookies).headers();
    headers.get(header::COOKIE).map_or("", |value| value.to_str().unwrap()).to_owned()
}

#[test]
fn cookies_of_the_application_are_sent_and_no_others() {
    for (cookies, seen) in [
        (&["a=1; path=/studio; HttpOnly", "b=2"][..], "a=1; b=2"),
        (&["a=1; Path=/STUDIO/0"], "a=1"),
        (&["a=1; path=/other", "b=2; path=/studio2"], ""),
        (
            &["a=1; domain=acme.example", "b=2; Domain=.example", "c=3; domain=evil.example"],
            "a=1; b=2",
        ),
        // A value with `=` and quotes is sent as it came.
        (&["a=\"x=y==\"; path=/"], "a=\"x=y==\""),
        (&["", "=1", "a", ";a=1", "a=1;;;Path"], "a=1"),
    ] {
        assert_eq!(sent(cookies), seen, "{cookies:?}");
    }
}

#[test]
fn of_two_cookies_of_one_name_the_later_one_counts() {
    assert_eq!(sent(&["a=1", "a=2"]), "a=2");
    assert_eq!(sent(&["a=; expires=Tue, 12-Oct-1999 00:00:00 GMT", "a=2"]), "a=2");
    // Of another path, both are sent.
    assert_eq!(sent(&["a=1; path=/", "a=2; path=/studio"]), "a=1; a=2");
}

#[test]
fn a_cookie_that_has_run_out_is_gone() {
    for over in [
        "a=; path=/",
        "a=1; expires=Tue, 12-Oct-1999 00:00:00 GMT",
        "a=1; Expires=Fri, 20 Nov 2026 08:59:59 GMT",
        "a=1; max-age=0; expires=Fri, 20 Nov 2099 08:59:59 GMT",
        "a=1; Max-Age=-5",
    ] {
        assert_eq!(sent(&["a=0", over]), "", "{over}");
    }
    for good in ["a=1; Expires=Fri, 20-Nov-2026 09:00:01 GMT", "a=1; max-age=60", "a=1; expires=x"]
    {
        assert_eq!(sent(&[good]), "a=1");
    }
}

#[test]
fn the_csrf_token_is_repeated_as_a_header_and_may_be_missing() {
    let with = jar("https://acme.example", &["BPMCSRF=/x+1==; path=/", "a=1"]).headers();
    assert_eq!(with["bpmcsrf"], "/x+1==");
    assert_eq!(with["forceusesession"], "true");
    assert!(with["bpmcsrf"].is_sensitive() && with[header::COOKIE].is_sensitive());
    let without = jar("https://acme.example", &["a=1"]).headers();
    assert!(!without.contains_key("bpmcsrf"));
}
