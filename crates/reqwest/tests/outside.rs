//! `Outside` on the wire. Nothing here leaves the machine.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::time::Duration;

use bytes::Bytes;
use handover_core::transport::{Transport, TransportError};
use handover_reqwest::{BuildError, Limits, Outside};
use http::Request;
use wiremock::matchers::path;
use wiremock::{Mock, MockServer, ResponseTemplate};

const SHORT: Limits = Limits {
    connect: Duration::from_secs(1),
    read: Duration::from_secs(1),
    total: Duration::from_secs(2),
    body: 64,
};
const NONE: [&str; 0] = [];

async fn failure(outside: &Outside, url: &str) -> TransportError {
    outside.send(Request::get(url).body(Bytes::new()).unwrap()).await.unwrap_err()
}

#[tokio::test]
async fn refused_without_an_allowed_host() {
    let urls = [
        "http://files.example.com/a.jpg",
        "ftp://files.example.com/a.jpg",
        "https://files.example.com:8443/a.jpg",
        "https://user:password@files.example.com/a.jpg",
        "https://127.0.0.1/",
        "https://127.1/",
        "https://0x7f.0.0.1/",
        "https://2130706433/",
        "https://0/",
        "https://10.1.2.3/",
        "https://169.254.169.254/latest/meta-data/",
        "https://[::1]/",
        "https://[::]/",
        "https://[::ffff:169.254.169.254]/",
        "https://[64:ff9b::a9fe:a9fe]/",
        "https://[2002:7f00:1::]/",
        "https://[fd00:ec2::254]/",
        // Looked up here, and refused for where it leads.
        "https://localhost/",
    ];
    let outside = Outside::new(SHORT, NONE).unwrap();
    for url in urls {
        assert_eq!(failure(&outside, url).await, TransportError::Refused, "{url}");
    }
}

#[tokio::test]
async fn an_allowed_host_is_reached_wherever_it_is() {
    let server = MockServer::start().await;
    let answer = ResponseTemplate::new(200).set_body_string("file");
    Mock::given(path("/a.jpg")).respond_with(answer).mount(&server).await;
    let outside = Outside::new(SHORT, ["127.0.0.1", "LocalHost."]).unwrap();
    for host in ["127.0.0.1", "2130706433", "localhost", "LOCALHOST"] {
        let url = format!("http://{host}:{}/a.jpg", server.address().port());
        let request = Request::get(&url).body(Bytes::new()).unwrap();
        let answer = outside.send(request).await.unwrap_or_else(|e| panic!("{url}: {e}"));
        assert_eq!(answer.into_body().bytes(64).await.unwrap(), "file", "{url}");
    }
}

#[tokio::test]
async fn an_allowed_host_stands_for_itself_alone() {
    let outside = Outside::new(SHORT, ["example.com", "127.0.0.1"]).unwrap();
    for url in ["http://files.example.com/", "http://example.com.example.org/", "http://127.0.0.2/"]
    {
        assert_eq!(failure(&outside, url).await, TransportError::Refused, "{url}");
    }
}

#[tokio::test]
async fn even_an_allowed_host_takes_no_credentials_and_no_other_scheme() {
    let outside = Outside::new(SHORT, ["127.0.0.1"]).unwrap();
    for url in ["http://user:password@127.0.0.1/", "http://user@127.0.0.1/", "ftp://127.0.0.1/"] {
        assert_eq!(failure(&outside, url).await, TransportError::Refused, "{url}");
    }
}

#[tokio::test]
async fn a_redirect_inside_is_not_followed() {
    let server = MockServer::start().await;
    let inside = ResponseTemplate::new(302).insert_header("location", "http://169.254.169.254/");
    Mock::given(path("/a.jpg")).respond_with(inside).mount(&server).await;
    let outside = Outside::new(SHORT, ["127.0.0.1"]).unwrap();
    let request = Request::get(format!("{}/a.jpg", server.uri())).body(Bytes::new()).unwrap();
    assert_eq!(outside.send(request).await.unwrap().status(), 302);
}

#[test]
fn an_allowed_host_must_be_bare() {
    let hosts =
        ["", "https://example.com", "example.com:443", "example.com/files", "*.example.com"];
    for host in hosts {
        assert_eq!(Outside::new(SHORT, [host]).unwrap_err(), BuildError::Host, "{host}");
    }
    for host in ["example.com", "EXAMPLE.com.", "bücher.example", "127.0.0.1", "::1", "[::1]"] {
        assert!(Outside::new(SHORT, [host]).is_ok(), "{host}");
    }
}

#[test]
fn privacy_debug_names_no_host() {
    let outside = Outside::new(SHORT, ["secret.example.com"]).unwrap();
    assert!(!format!("{outside:?}").contains("secret"));
}
