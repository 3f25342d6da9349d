use url::Url;

use super::{Hosts, is_base};

#[test]
fn our_token_goes_to_fronts_hosts_only() {
    let hosts = Hosts::new(Url::parse("https://api2.frontapp.com").unwrap());
    for good in [
        "https://api2.frontapp.com/conversations",
        "https://acme.api.frontapp.com/events?page_token=1",
        "https://ACME.api.frontapp.com/download/fil_1",
    ] {
        assert!(hosts.check(good).is_some(), "{good}");
    }
    for wrong in [
        "http://api2.frontapp.com/events",
        "https://api2.frontapp.com:8443/events",
        "https://user@api2.frontapp.com/events",
        "https://api2.frontapp.com.evil.example/events",
        "https://api2.frontapp.com@evil.example/events",
        "https://evilapi.frontapp.com.example",
        "https://evil.example/api.frontapp.com",
        "https://api.frontapp.com.evil/x",
        "https://127.0.0.1/events",
        "ftp://api2.frontapp.com/events",
        "/events",
        "",
    ] {
        assert!(hosts.check(wrong).is_none(), "{wrong}");
    }
}

#[test]
fn a_test_base_is_its_own_host() {
    let base = Url::parse("http://127.0.0.1:9000").unwrap();
    assert!(is_base(&base));
    let hosts = Hosts::new(base);
    assert_eq!(hosts.url("/me"), "http://127.0.0.1:9000/me");
    assert!(hosts.check("http://127.0.0.1:9000/events?x=1").is_some());
    assert!(hosts.check("http://127.0.0.1:9001/events").is_none());
    assert!(!is_base(&Url::parse("http://api2.frontapp.com").unwrap()));
    assert!(!is_base(&Url::parse("https://a:b@api2.frontapp.com").unwrap()));
}
