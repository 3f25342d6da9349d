use std::sync::Arc;

use bytes::Bytes;
use handover_core::memory::MemoryStore;
use http::{Request, StatusCode};
use tower_service::Service;

use super::full::Full;
use super::toys::{Toy, builder, relay};

async fn call(public_url: &str, path: &str) -> (StatusCode, Option<String>) {
    let toy = Arc::new(Toy::named("toy"));
    let mut relay = relay(&toy, public_url);
    let request = Request::post(path).body(Bytes::from_static(b"hello")).unwrap();
    let Ok(answer) = relay.call(request).await;
    let called = toy.called.lock().unwrap().first().map(ToString::to_string);
    (answer.status(), called)
}

#[tokio::test]
async fn a_webhook_sees_the_public_url_whatever_the_proxy_does_to_the_path() {
    let rows = [
        ("https://r.example", "/channels/toy", "https://r.example/channels/toy"),
        ("https://r.example/", "/channels/toy?a=b", "https://r.example/channels/toy?a=b"),
        ("https://r.example/x", "/channels/toy", "https://r.example/x/channels/toy"),
        ("https://r.example/x/", "/x/channels/toy", "https://r.example/x/channels/toy"),
        ("https://r.example", "/channels/toy/status", "https://r.example/channels/toy/status"),
        ("https://r.example:8443", "/channels/toy", "https://r.example:8443/channels/toy"),
    ];
    for (public_url, path, expected) in rows {
        let (status, called) = call(public_url, path).await;
        assert_eq!(status, StatusCode::OK, "{public_url} {path}");
        assert_eq!(called.as_deref(), Some(expected));
    }
}

#[tokio::test]
async fn what_is_no_webhook_is_not_found() {
    for path in ["/", "/channels", "/channels/other", "/desks/toy", "/xchannels/toy"] {
        assert_eq!(call("https://r.example", path).await.0, StatusCode::NOT_FOUND, "{path}");
    }
}

#[tokio::test]
async fn a_redelivery_is_answered_like_the_first() {
    let toy = Arc::new(Toy::named("toy"));
    let relay = relay(&toy, "https://r.example");
    for _ in 0..3 {
        let request = Request::post("https://r.example/channels/toy");
        let request = request.body(Bytes::from_static(b"hello")).unwrap();
        assert_eq!(relay.handle("channels/toy", request).await.status(), StatusCode::OK);
    }
    while relay.work_one().await.unwrap() == crate::Worked::Did {}
    assert_eq!(*toy.sent.lock().unwrap(), ["echo hello"]);
}

#[tokio::test]
async fn what_cannot_be_made_durable_is_asked_for_again() {
    let toy = Arc::new(Toy::named("toy"));
    let kept = MemoryStore::new();
    let store = Arc::new(Full(kept.clone()));
    let builder = builder(&[&toy], "https://r.example");
    let relay = builder.build_on(store, Arc::new(kept)).unwrap();
    let request = Request::post("https://r.example/channels/toy");
    let request = request.body(Bytes::from_static(b"hello")).unwrap();
    let answer = relay.handle("channels/toy", request).await;
    assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert!(answer.body().is_empty());
}
