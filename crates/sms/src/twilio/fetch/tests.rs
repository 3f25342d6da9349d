use async_trait::async_trait;
use bytes::Bytes;
use handover_core::channel::Channel;
use handover_core::error::{Error, ErrorKind, Retry, RetryScope};
use handover_core::transport::{Body, Chunks, TransportError};
use http::Response;
use url::Url;

use crate::twilio::testing::{OURS, Script, config, twilio, twilio_with};

const MEDIA: &str = "https://api.twilio.com/2010-04-01/Accounts/AC1/Messages/MM1/Media/ME1";
const STORAGE: &str = "https://media.twiliocdn.com/ACCOUNT/file?sig=1";

async fn fetch(
    reference: &str,
    limit: u64,
    script_it: impl FnOnce(&Script),
) -> Result<Bytes, Error> {
    let (twilio, script) = twilio();
    script_it(&script);
    let body = twilio.fetch(reference, limit).await?;
    body.bytes(1 << 20).await.map_err(TransportError::idempotent)
}

async fn refused(reference: &str, script_it: impl FnOnce(&Script)) -> Error {
    fetch(reference, 100, script_it).await.unwrap_err()
}

#[tokio::test]
async fn a_file_is_read_with_our_login_and_its_storage_without() {
    let (twilio, script) = twilio();
    script.answer_with(302, &[("location", STORAGE)], "").answer(200, "bytes");
    let body = twilio.fetch(MEDIA, 5).await.unwrap();
    assert_eq!(body.bytes(100).await.unwrap(), "bytes");
    assert_eq!(script.urls(), [MEDIA, STORAGE]);
    assert!(script.header(0, "authorization").unwrap().starts_with("Basic "));
    assert_eq!(script.header(1, "authorization"), None);
}

#[tokio::test]
async fn no_redirect_takes_the_login_along() {
    for target in ["/storage/x", "https://api.twilio.com:8443/x", "https://mms.twiliocdn.com/x"] {
        let (twilio, script) = twilio();
        script.answer_with(307, &[("location", target)], "").answer(200, "");
        twilio.fetch(MEDIA, 5).await.unwrap();
        assert_eq!(script.header(1, "authorization"), None, "{target}");
    }
}

#[tokio::test]
async fn a_file_on_a_foreign_or_private_host_is_not_asked_for() {
    for reference in [
        "https://evil.example/x",
        "https://eviltwilio.com/x",
        "https://twilio.com.evil.example/x",
        "http://api.twilio.com/x",
        "https://api.twilio.com:8443/x",
        "https://user:pw@api.twilio.com/x",
        "https://169.254.169.254/latest",
        "https://localhost/x",
        "file:///etc/passwd",
        "not a url",
        "",
    ] {
        let error = refused(reference, |_| {}).await;
        assert_eq!(
            (error.kind(), error.retry()),
            (ErrorKind::Forbidden, Retry::Never),
            "{reference}"
        );
    }
}

#[tokio::test]
async fn a_redirect_astray_is_not_followed() {
    for target in [
        "http://media.twiliocdn.com/x",
        "https://127.0.0.1/x",
        "https://10.0.0.1/x",
        "https://[fd00::1]/x",
        "https://2130706433/x",
        "https://localhost/x",
        "https://user:pw@media.twiliocdn.com/x",
        "ftp://media.twiliocdn.com/x",
        "",
        "https://",
    ] {
        let follows = fetch(MEDIA, 5, |script| {
            script.answer_with(301, &[("location", target)], "").answer(200, "x");
        })
        .await;
        // An empty location is the same URL again: our own host.
        assert_eq!(follows.is_ok(), target.is_empty(), "{target}");
    }
    let none = refused(MEDIA, |script| {
        script.answer(302, "");
    })
    .await;
    assert_eq!(none.kind(), ErrorKind::Forbidden);
    let twice = refused(MEDIA, |script| {
        script.answer_with(302, &[("location", STORAGE)], "");
        script.answer_with(302, &[("location", STORAGE)], "");
    })
    .await;
    assert_eq!(twice.kind(), ErrorKind::Protocol);
}

#[tokio::test]
async fn a_simulator_on_this_machine_may_redirect_to_itself() {
    let api = Url::parse("http://127.0.0.1:8080").unwrap();
    let (twilio, script) = twilio_with(config(OURS).with_api_url(api).unwrap());
    script.answer_with(302, &[("location", "http://127.0.0.1:9090/store")], "").answer(200, "x");
    twilio.fetch("http://127.0.0.1:8080/2010-04-01/x", 5).await.unwrap();
    assert_eq!(script.header(1, "authorization"), None);
    script.answer_with(302, &[("location", "http://10.0.0.1/store")], "");
    assert!(twilio.fetch("http://127.0.0.1:8080/2010-04-01/x", 5).await.is_err());
}

#[tokio::test]
async fn a_file_longer_than_allowed_ends_with_an_error() {
    let announced = refused(MEDIA, |script| {
        script.answer_with(200, &[("content-length", "101")], "");
    })
    .await;
    assert_eq!(announced.retry(), Retry::Never);
    let (twilio, script) = twilio();
    script.push(Ok(Response::new(Body::new(Box::new(Endless)))));
    let mut body = twilio.fetch(MEDIA, 100).await.unwrap();
    let mut read = 0;
    while let Some(chunk) = body.chunk().await {
        match chunk {
            Ok(chunk) => read += chunk.len(),
            Err(error) => assert_eq!(error, TransportError::TooLarge),
        }
    }
    assert_eq!(read, 96);
}

#[tokio::test]
async fn a_file_that_is_gone_is_not_asked_for_again() {
    let later = Retry::Later { after: None, scope: RetryScope::Job };
    for (status, kind, retry) in [
        (401, ErrorKind::Unauthorized, Retry::Never),
        (404, ErrorKind::NotFound, Retry::Never),
        (410, ErrorKind::NotFound, Retry::Never),
        (500, ErrorKind::Unavailable, later),
    ] {
        let error = refused(MEDIA, |script| {
            script.answer(status, "");
        })
        .await;
        assert_eq!((error.kind(), error.retry()), (kind, retry), "{status}");
    }
}

/// A body that never ends, 32 bytes a chunk.
struct Endless;

#[async_trait]
impl Chunks for Endless {
    async fn next(&mut self) -> Option<Result<Bytes, TransportError>> {
        Some(Ok(Bytes::from_static(&[0; 32])))
    }
}
