use std::time::Duration;

use bytes::Bytes;
use handover_core::transport::{Transport, TransportError};
use handover_sim::{Clock, Fault, Wire};
use http::Request;

use crate::tenant::{builder, start, token_request};

#[tokio::test]
async fn hosts_answer_by_their_names() {
    let sim = builder().split_host().build();
    let wire = Wire::new(Clock::new(start))
        .host("acme.creatio.com", sim.clone())
        .host("acme-is.creatio.com", sim.identity());
    let form = "client_id=client&client_secret=secret&grant_type=client_credentials";
    let mut request = token_request(form);
    *request.uri_mut() = "https://acme-is.creatio.com/connect/token".parse().unwrap();
    let response = wire.send(request).await.unwrap();
    assert_eq!(response.status(), 200);
    let body = response.into_body().bytes(4096).await.unwrap();
    assert!(body.starts_with(b"{\"access_token\""));
    let elsewhere = Request::get("https://evil.example/").body(Bytes::new()).unwrap();
    assert_eq!(wire.send(elsewhere).await.unwrap_err(), TransportError::Connect);
    let relative = Request::get("/0/odata/Case").body(Bytes::new()).unwrap();
    assert_eq!(wire.send(relative).await.unwrap_err(), TransportError::Refused);
}

#[tokio::test]
async fn a_dropped_connection_is_reset() {
    let sim = builder().build();
    let wire = sim.transport(Clock::new(start));
    for (fault, error) in [
        (Fault::DropBeforeWrite, TransportError::Reset),
        (Fault::DropAfterWrite, TransportError::Reset),
        (Fault::Unreachable, TransportError::Connect),
    ] {
        sim.faults().once(fault);
        assert_eq!(wire.send(token_request("")).await.unwrap_err(), error);
    }
}

#[tokio::test(start_paused = true)]
async fn a_slow_answer_is_waited_for_but_not_for_ever() {
    let sim = builder().build();
    let wire = sim.transport(Clock::new(start)).timeout(Duration::from_secs(10));
    for (seconds, error, took) in [(10, None, 10), (11, Some(TransportError::Timeout), 10)] {
        sim.faults().once(Fault::Slow { delay: Duration::from_secs(seconds) });
        let began = tokio::time::Instant::now();
        assert_eq!(wire.send(token_request("")).await.err(), error);
        assert_eq!(began.elapsed().as_secs(), took);
    }
}
