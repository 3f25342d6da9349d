//! The network to the providers: what goes wrong on it, and what goes over it.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use fastrand::Rng;
use handover_core::transport::{Body, Transport, TransportError};
use handover_sim::creatio::Creatio;
use handover_sim::twilio::Twilio;
use handover_sim::{Fault, Rule, Wire};
use http::{Method, Request, Response};

use super::clock::Time;
use super::plan::{CHANNEL_DOWN, DESK_DOWN};

/// A network with weather.
#[derive(Debug)]
pub(super) struct Weather {
    pub(super) wire: Wire,
    pub(super) time: Time,
    pub(super) twilio: Twilio,
    pub(super) creatio: Creatio,
    pub(super) meter: Meter,
    pub(super) rng: Mutex<Rng>,
}

/// Counts requests, second by second. Clones share the counts.
#[derive(Clone, Debug, Default)]
pub(super) struct Meter(Arc<Mutex<Counts>>);

/// Requests in each second, and faults.
#[derive(Debug, Default)]
pub(super) struct Counts {
    pub(super) twilio: Vec<u32>,
    /// Those of them that send a text.
    pub(super) sends: Vec<u32>,
    pub(super) creatio: Vec<u32>,
    pub(super) faults: u32,
}

impl Meter {
    pub(super) fn read<T>(&self, look: impl FnOnce(&Counts) -> T) -> T {
        look(&self.0.lock().unwrap())
    }

    fn count(&self, request: &Request<Bytes>, second: u32) {
        let mut counts = self.0.lock().unwrap();
        if !is_twilio(request) {
            return tick(&mut counts.creatio, second);
        }
        tick(&mut counts.twilio, second);
        if request.method() == Method::POST {
            tick(&mut counts.sends, second);
        }
    }
}

fn tick(seconds: &mut Vec<u32>, second: u32) {
    let second = second as usize;
    if seconds.len() <= second {
        seconds.resize(second + 1, 0);
    }
    seconds[second] += 1;
}

fn is_twilio(request: &Request<Bytes>) -> bool {
    request.uri().host().is_some_and(|host| host.ends_with("twilio.com"))
}

#[async_trait]
impl Transport for Weather {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Body>, TransportError> {
        let is_twilio = is_twilio(&request);
        let second = self.time.seconds();
        self.meter.count(&request, second);
        let outage = if is_twilio { CHANNEL_DOWN } else { DESK_DOWN };
        if outage.contains(&second) {
            return self.lose(second - outage.start, outage.end - outage.start).await;
        }
        if let Some(fault) = self.draw() {
            self.meter.0.lock().unwrap().faults += 1;
            // It strikes this request: nothing comes between.
            let faults = if is_twilio { self.twilio.faults() } else { self.creatio.faults() };
            faults.add(Rule::new(fault).once());
        }
        self.wire.send(request).await
    }
}

impl Weather {
    /// In the first half of an outage connections are refused, in the second nobody answers.
    async fn lose(&self, since: u32, length: u32) -> Result<Response<Body>, TransportError> {
        if since < length / 2 {
            tokio::time::sleep(Duration::from_millis(5)).await;
            return Err(TransportError::Connect);
        }
        tokio::time::sleep(Duration::from_secs(10)).await;
        Err(TransportError::Timeout)
    }

    /// One request in two hundred fails.
    fn draw(&self) -> Option<Fault> {
        let mut rng = self.rng.lock().unwrap();
        if rng.u32(0..200) > 0 {
            return None;
        }
        Some(match rng.u32(0..6) {
            0 => Fault::Status { code: 429, retry_after: Some(2) },
            1 => Fault::Status { code: 503, retry_after: None },
            2 => Fault::AfterWrite { status: 500 },
            3 => Fault::Unreachable,
            _ => Fault::DropAfterWrite,
        })
    }
}
