//! `Client` on the wire: wiremock for whole answers, a bare listener for broken ones.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod server;

use std::error::Error as _;
use std::time::{Duration, Instant};

use bytes::Bytes;
use handover_core::transport::{Body, Transport, TransportError};
use handover_reqwest::{BuildError, Client, Limits};
use http::{Request, Response};
use server::Server;
use wiremock::matchers::{body_string, header, header_exists, header_regex, method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

const SHORT: Limits = Limits {
    connect: Duration::from_secs(1),
    read: Duration::from_secs(1),
    total: Duration::from_secs(2),
    body: 64,
};

fn client(limits: Limits) -> Client {
    Client::new(limits).unwrap()
}

async fn get(client: &Client, url: &str) -> Result<Response<Body>, TransportError> {
    client.send(Request::get(url).body(Bytes::new()).unwrap()).await
}

async fn failure(client: &Client, url: &str) -> TransportError {
    get(client, url).await.unwrap_err()
}

async fn text(answer: Response<Body>) -> Result<String, TransportError> {
    let bytes = answer.into_body().bytes(1 << 20).await?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

#[tokio::test]
async fn method_headers_and_body_pass_through() {
    let server = MockServer::start().await;
    Mock::given(method("PATCH"))
        .and(path("/0/odata/Case(1)"))
        .and(header("authorization", "Bearer t"))
        .and(header("prefer", "return=minimal"))
        .and(header_regex("user-agent", r"^handover/\d+\.\d+\.\d+$"))
        .and(body_string("{}"))
        .respond_with(
            ResponseTemplate::new(418).insert_header("x-request-id", "7").set_body_string("no"),
        )
        .expect(1)
        .mount(&server)
        .await;
    let request = Request::patch(format!("{}/0/odata/Case(1)?$top=1", server.uri()))
        .header("Authorization", "Bearer t")
        .header("Prefer", "return=minimal")
        .body(Bytes::from_static(b"{}"))
        .unwrap();
    let answer = client(Limits::default()).send(request).await.unwrap();
    assert_eq!(answer.status(), 418);
    assert_eq!(answer.headers()["x-request-id"], "7");
    assert_eq!(text(answer).await.unwrap(), "no");
}

#[tokio::test]
async fn a_user_agent_of_the_adapter_wins() {
    let server = MockServer::start().await;
    Mock::given(header("user-agent", "mine"))
        .respond_with(ResponseTemplate::new(200))
        .expect(1)
        .mount(&server)
        .await;
    let request =
        Request::get(server.uri()).header("User-Agent", "mine").body(Bytes::new()).unwrap();
    assert_eq!(client(SHORT).send(request).await.unwrap().status(), 200);
}

#[tokio::test]
async fn a_redirect_is_an_answer() {
    let server = MockServer::start().await;
    Mock::given(path("/from"))
        .respond_with(ResponseTemplate::new(302).insert_header("location", "/to"))
        .mount(&server)
        .await;
    Mock::given(path("/to"))
        .respond_with(ResponseTemplate::new(200))
        .expect(0)
        .mount(&server)
        .await;
    let answer = get(&client(SHORT), &format!("{}/from", server.uri())).await.unwrap();
    assert_eq!(
        (answer.status().as_u16(), &answer.headers()["location"]),
        (302, &"/to".parse().unwrap())
    );
}

#[tokio::test]
async fn a_cookie_is_not_kept() {
    let server = MockServer::start().await;
    Mock::given(path("/set"))
        .respond_with(ResponseTemplate::new(200).insert_header("set-cookie", "a=b; Path=/"))
        .mount(&server)
        .await;
    Mock::given(header_exists("cookie"))
        .respond_with(ResponseTemplate::new(200))
        .expect(0)
        .mount(&server)
        .await;
    let client = client(SHORT);
    get(&client, &format!("{}/set", server.uri())).await.unwrap();
    get(&client, &format!("{}/again", server.uri())).await.unwrap();
}

#[tokio::test]
async fn a_failure_is_not_repeated() {
    let server = MockServer::start().await;
    Mock::given(method("GET"))
        .respond_with(ResponseTemplate::new(503))
        .expect(1)
        .mount(&server)
        .await;
    assert_eq!(get(&client(SHORT), &server.uri()).await.unwrap().status(), 503);
}

#[tokio::test]
async fn a_late_head_is_a_timeout() {
    let server = MockServer::start().await;
    let late = ResponseTemplate::new(200).set_delay(Duration::from_secs(30));
    Mock::given(method("GET")).respond_with(late).mount(&server).await;
    assert_eq!(failure(&client(SHORT), &server.uri()).await, TransportError::Timeout);
}

#[tokio::test]
async fn a_pause_in_the_body_is_a_timeout() {
    let server = Server::start("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf").await;
    let answer = get(&client(SHORT), &server.url("http")).await.unwrap();
    assert_eq!(text(answer).await, Err(TransportError::Timeout));
}

#[tokio::test]
async fn a_trickling_body_ends_at_the_total() {
    let server = Server::trickle("HTTP/1.1 200 OK\r\ncontent-length: 60\r\n\r\n").await;
    let started = Instant::now();
    let answer = get(&client(SHORT), &server.url("http")).await.unwrap();
    assert_eq!(text(answer).await, Err(TransportError::Timeout));
    assert!(started.elapsed() < Duration::from_secs(5));
}

#[tokio::test]
async fn a_connection_dropped_after_the_request_is_a_reset() {
    let server = Server::hang_up("").await;
    let request = Request::post(server.url("http")).body(Bytes::from_static(b"text")).unwrap();
    let error = client(SHORT).send(request).await.unwrap_err();
    assert_eq!((error, error.not_sent()), (TransportError::Reset, false));
}

#[tokio::test]
async fn what_is_not_http_is_a_reset() {
    let server = Server::hang_up("220 mail.example ESMTP\r\n").await;
    assert_eq!(failure(&client(SHORT), &server.url("http")).await, TransportError::Reset);
}

#[tokio::test]
async fn a_body_cut_short_is_a_reset() {
    let server = Server::hang_up("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf").await;
    let answer = get(&client(SHORT), &server.url("http")).await.unwrap();
    assert_eq!(text(answer).await, Err(TransportError::Reset));
}

#[tokio::test]
async fn a_refused_port_is_not_sent() {
    let port = server::closed_port().await;
    for url in [format!("http://127.0.0.1:{port}"), format!("http://localhost:{port}")] {
        assert_eq!(failure(&client(SHORT), &url).await, TransportError::Connect);
    }
}

#[tokio::test]
async fn a_handshake_without_an_end_is_not_sent() {
    let server = Server::silent().await;
    assert_eq!(failure(&client(SHORT), &server.url("https")).await, TransportError::Connect);
}

#[tokio::test]
async fn a_handshake_that_fails_is_not_sent() {
    let server = Server::hang_up("HTTP/1.1 400 Bad Request\r\n\r\n").await;
    assert_eq!(failure(&client(SHORT), &server.url("https")).await, TransportError::Connect);
}

#[tokio::test]
async fn a_body_at_the_cap_passes_and_past_it_is_too_large() {
    let server = MockServer::start().await;
    for size in [64, 65] {
        let answer = ResponseTemplate::new(200).set_body_string("x".repeat(size));
        Mock::given(path(format!("/{size}"))).respond_with(answer).mount(&server).await;
    }
    let client = client(SHORT);
    let fits = get(&client, &format!("{}/64", server.uri())).await.unwrap();
    assert_eq!(text(fits).await.unwrap().len(), 64);
    let large = get(&client, &format!("{}/65", server.uri())).await.unwrap();
    assert_eq!(large.status(), 200);
    let mut body = large.into_body();
    assert_eq!(body.chunk().await, Some(Err(TransportError::TooLarge)));
    assert_eq!(body.chunk().await, None);
}

#[tokio::test]
async fn a_body_of_unknown_length_is_cut_at_the_cap() {
    let chunk = format!("28\r\n{}\r\n", "x".repeat(40));
    let server = Server::start(&format!(
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n{chunk}{chunk}{chunk}"
    ))
    .await;
    let answer = get(&client(SHORT), &server.url("http")).await.unwrap();
    assert_eq!(text(answer).await, Err(TransportError::TooLarge));
}

#[tokio::test]
async fn a_body_streams_before_it_is_complete() {
    let server =
        Server::start("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\none\r\n").await;
    let mut body = get(&client(SHORT), &server.url("http")).await.unwrap().into_body();
    assert_eq!(body.chunk().await, Some(Ok(Bytes::from_static(b"one"))));
    assert_eq!(body.chunk().await, Some(Err(TransportError::Timeout)));
}

#[tokio::test]
async fn connections_are_reused() {
    let server = Server::keep_alive().await;
    let client = client(SHORT);
    for _ in 0..3 {
        text(get(&client.clone(), &server.url("http")).await.unwrap()).await.unwrap();
    }
    assert_eq!(server.connections(), 1);
}

#[tokio::test]
async fn refused_before_any_io() {
    let urls = [
        "http://example.com/",
        "http://10.0.0.1/",
        "http://localhost.example.com/",
        "http://[::ffff:127.0.0.1]/",
        "http://127.0.0.1.example.com/",
        "ftp://127.0.0.1/",
        "https://user:secret@127.0.0.1/",
        "https://user@127.0.0.1/",
        "/path/alone",
        "127.0.0.1:80",
    ];
    // Had any of these been looked up or connected to, the answer would be `Connect`.
    for url in urls {
        assert_eq!(failure(&client(SHORT), url).await, TransportError::Refused, "{url}");
    }
}

#[tokio::test]
async fn plain_http_reaches_loopback_under_each_of_its_names() {
    let server = MockServer::start().await;
    let port = server.address().port();
    for host in ["127.0.0.1", "localhost", "LOCALHOST", "2130706433"] {
        let answer = get(&client(SHORT), &format!("http://{host}:{port}/")).await;
        assert_eq!(answer.unwrap().status(), 404, "{host}");
    }
}

#[tokio::test]
async fn a_proxy_takes_https_but_not_loopback() {
    let proxy = Server::hang_up("HTTP/1.1 403 Forbidden\r\n\r\n").await;
    let client = client(SHORT).with_proxy(&proxy.url("http")).unwrap();
    assert_eq!(failure(&client, "https://api.example.com/v1").await, TransportError::Connect);
    assert!(proxy.heard().starts_with("CONNECT api.example.com:443 "), "{}", proxy.heard());

    let server = MockServer::start().await;
    assert_eq!(get(&client, &server.uri()).await.unwrap().status(), 404);
}

#[test]
fn a_proxy_must_be_http() {
    for proxy in ["", "proxy.example.com", "socks5://proxy.example.com", "file:///etc/proxy"] {
        let error = client(SHORT).with_proxy(proxy).unwrap_err();
        assert_eq!(error, BuildError::Proxy, "{proxy}");
    }
}

#[tokio::test]
async fn privacy_errors_name_neither_url_nor_body() {
    let reset = Server::hang_up("secret").await;
    let port = server::closed_port().await;
    let urls = [
        format!("{}secret", reset.url("http")),
        format!("http://127.0.0.1:{port}/secret?secret=secret"),
        "http://secret.example.com/".to_owned(),
    ];
    for url in urls {
        let request = Request::post(url).body(Bytes::from_static(b"secret")).unwrap();
        let error = client(SHORT).send(request).await.unwrap_err();
        assert!(error.source().is_none());
        assert!(!format!("{error} {error:?} {error:#?}").contains("secret"));
        let error = error.effectful();
        let source = error.source().map(|source| format!("{source} {source:?}"));
        assert!(!format!("{error} {error:?} {source:?}").contains("secret"));
    }
    let client = client(SHORT).with_proxy("http://secret:secret@secret.example.com").unwrap();
    assert!(!format!("{client:?}").contains("secret"));
}
