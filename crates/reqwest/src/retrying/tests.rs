use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use chrono::{DateTime, Utc};
use handover_core::clock::Clock;
use handover_core::transport::{Body, Idempotent, Transport, TransportError};
use http::{Method, Request, Response};
use tokio::time::Instant;

use super::{Patience, Retrying};

type Came = Result<(u16, Option<&'static str>), TransportError>;

/// Answers from a list; one more request than it holds fails the test.
#[derive(Clone, Debug, Default)]
struct Script(Arc<Mutex<VecDeque<Came>>>);

#[derive(Debug)]
struct Noon;

impl Clock for Noon {
    fn now(&self) -> DateTime<Utc> {
        "2026-11-20T12:00:00Z".parse().unwrap()
    }
}

#[async_trait]
impl Transport for Script {
    async fn send(&self, _: Request<Bytes>) -> Result<Response<Body>, TransportError> {
        let (status, after) = self.0.lock().unwrap().pop_front().expect("one request too many")?;
        let mut response = Response::builder().status(status);
        if let Some(after) = after {
            response = response.header("retry-after", after);
        }
        Ok(response.body(Body::from(Bytes::new())).unwrap())
    }
}

/// What came in the end, after how many requests, and what was waited.
async fn outcome(
    request: Request<Bytes>,
    answers: &[Came],
) -> (Result<u16, TransportError>, usize, Duration) {
    let script = Script(Arc::new(Mutex::new(answers.iter().copied().collect())));
    let transport = Retrying::new(script.clone(), Arc::new(Noon), Patience::default());
    let begun = Instant::now();
    let came = transport.send(request).await.map(|answer| answer.status().as_u16());
    (came, answers.len() - script.0.lock().unwrap().len(), begun.elapsed())
}

fn request(method: Method) -> Request<Bytes> {
    Request::builder().method(method).uri("https://a.example/b").body(Bytes::new()).unwrap()
}

#[tokio::test(start_paused = true)]
async fn what_may_happen_twice_is_tried_again_until_it_succeeds() {
    for passing in [
        Ok((429, None)),
        Ok((502, None)),
        Ok((503, None)),
        Ok((504, None)),
        Err(TransportError::Connect),
        Err(TransportError::Reset),
        Err(TransportError::Timeout),
    ] {
        for method in [Method::GET, Method::PUT, Method::DELETE] {
            let came = outcome(request(method), &[passing, passing, Ok((200, None))]).await;
            assert_eq!((came.0, came.1), (Ok(200), 3), "{passing:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn what_must_not_happen_twice_is_only_repeated_if_it_was_not_sent() {
    for method in [Method::POST, Method::PATCH] {
        for came in [Ok((503, Some("1"))), Err(TransportError::Reset), Err(TransportError::Timeout)]
        {
            let (end, requests, _) = outcome(request(method.clone()), &[came]).await;
            assert_eq!((end, requests), (came.map(|(status, _)| status), 1));
        }
        let answers = [Err(TransportError::Connect), Ok((200, None))];
        assert_eq!(outcome(request(method), &answers).await.1, 2);
    }
}

#[tokio::test(start_paused = true)]
async fn a_request_that_is_marked_may_happen_twice() {
    let mut marked = request(Method::POST);
    marked.extensions_mut().insert(Idempotent);
    let answers = [Err(TransportError::Reset), Ok((503, None)), Ok((201, None))];
    assert_eq!(outcome(marked, &answers).await.0, Ok(201));
}

#[tokio::test(start_paused = true)]
async fn what_will_fail_again_is_passed_on_at_once() {
    for came in [Ok((200, None)), Ok((400, None)), Ok((401, None)), Ok((500, None))] {
        assert_eq!(outcome(request(Method::GET), &[came]).await.1, 1, "{came:?}");
    }
    for error in [TransportError::Refused, TransportError::TooLarge] {
        assert_eq!(outcome(request(Method::GET), &[Err(error)]).await.0, Err(error));
    }
}

#[tokio::test(start_paused = true)]
async fn what_the_provider_asks_to_wait_is_waited() {
    let seconds = [Ok((429, Some("7"))), Ok((200, None))];
    assert_eq!(outcome(request(Method::GET), &seconds).await.2, Duration::from_secs(7));
    let date = [Ok((503, Some("Fri, 20 Nov 2026 12:00:09 GMT"))), Ok((200, None))];
    assert_eq!(outcome(request(Method::GET), &date).await.2, Duration::from_secs(9));
    // Longer than one has patience for: the answer is passed on, with what it asks for.
    let long = outcome(request(Method::GET), &[Ok((429, Some("31")))]).await;
    assert_eq!((long.0, long.2), (Ok(429), Duration::ZERO));
}

#[tokio::test(start_paused = true)]
async fn attempts_come_to_an_end_and_waits_grow() {
    let (end, requests, waited) = outcome(request(Method::GET), &[Ok((503, None)); 9]).await;
    assert_eq!((end, requests), (Ok(503), 4));
    // Half to all of 0.5, 1 and 2 seconds.
    assert!(waited >= Duration::from_millis(1_750) && waited <= Duration::from_millis(3_500));
    let again = outcome(request(Method::GET), &[Ok((503, None)); 9]).await;
    assert_eq!(again.2, waited, "derived, not drawn");
}
