//! From a customer's message in Front to the moment when Front has taken the reply.
//!
//! In virtual time: what is measured is how many calls follow one another, and what waits for what.
//! The relay is driven by its own runner.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use chrono::{TimeDelta, Utc};
use handover_core::clock::Clock;
use handover_core::memory::MemoryStore;
use handover_core::transport::{Body, Transport, TransportError};
use handover_relay::{Relay, runner};
use handover_sim::front::{Front as FrontSim, Hook};
use handover_sim::{Clock as SimClock, Wire};
use http::{Method, Request, Response, StatusCode};
use tokio::sync::oneshot;
use tokio::time::Instant;

use super::{AI, INBOX, KEY, TOKEN};
use crate::parts::PUBLIC;
use crate::stats::{median, percentile};
use crate::table::{Goal, Table};
use crate::{Done, Plan};

/// How long Front takes for a call.
const CALL: Duration = Duration::from_millis(300);
/// How many calls a minute Front takes of a company.
const LIMIT: u64 = 200;
/// How many conversations begin in a minute.
const CONVERSATIONS: f64 = 50.0;

pub(super) fn run(plan: Plan, table: &mut Table) -> Done<()> {
    let minutes = plan.pick(60, 5);
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build()?;
    let told = runtime.block_on(measure(minutes))?;
    let Told { took, calls, refused } = told;
    println!(
        "\nfront: {} conversations in {minutes} minutes, {CALL:?} a call, {LIMIT} calls a minute\n  \
         p50 {:.2} s  p99 {:.2} s  longest {:.2} s; {calls:.1} calls each, {refused} refused",
        took.len(),
        median(&took),
        percentile(&took, 99.0),
        percentile(&took, 100.0),
    );
    let name = "front: inbound to reply accepted, p99";
    table.figure(name, percentile(&took, 99.0), "s", Goal::AtMost(2.0));
    table.figure("front: calls a conversation", calls, "calls", Goal::AtMost(6.0));
    table.figure("front: calls refused as too many", refused as f64, "calls", Goal::AtMost(0.0));
    Ok(())
}

struct Told {
    /// Seconds of each reply.
    took: Vec<f64>,
    /// How many calls a conversation took.
    calls: f64,
    refused: usize,
}

async fn measure(minutes: u32) -> Done<Told> {
    let (start, begun) = (Utc::now(), Instant::now());
    let now = move || start + TimeDelta::from_std(begun.elapsed()).unwrap_or_default();
    let clock = SimClock::new(now);
    let front = company();
    let accepted = Accepted::default();
    let watched = Watched {
        wire: Wire::new(clock.clone()).any(front.clone()),
        accepted: Arc::clone(&accepted),
    };
    let store = Arc::new(MemoryStore::new());
    let clock: Arc<dyn Clock> = Arc::new(clock);
    let archive = Arc::<MemoryStore>::clone(&store);
    let relay = super::relay(Arc::new(watched), &clock, store, archive)?;
    let (stop, stopped) = oneshot::channel::<()>();
    let until = async move {
        stopped.await.ok();
    };
    let running = tokio::spawn(runner::run(relay.clone(), runner::Options::default(), until));
    let posting = tokio::spawn(post(front.clone(), relay));
    let mut asked: HashMap<String, Instant> = HashMap::new();
    let mut chance = Chance(0x9e37_79b9_7f4a_7c15);
    let end = begun + Duration::from_secs(60) * minutes;
    while Instant::now() < end {
        let customer = format!("+1415{:07}", asked.len());
        let conversation = front.customer_texts(&customer, "Are you open?", &[], now());
        asked.insert(conversation, Instant::now());
        tokio::time::sleep(chance.wait()).await;
    }
    // Whatever is still under way comes to its end.
    tokio::time::sleep(Duration::from_secs(300)).await;
    stop.send(()).ok();
    running.await?;
    posting.abort();
    let accepted = accepted.lock().unwrap_or_else(PoisonError::into_inner).clone();
    let took = asked.iter().map(|(conversation, at)| {
        let reply = accepted.get(conversation).ok_or("a customer was not answered")?;
        Ok((*reply - *at).as_secs_f64())
    });
    let took = took.collect::<Done<Vec<f64>>>()?;
    let requests = front.requests();
    let refused = |status: Option<StatusCode>| status == Some(StatusCode::TOO_MANY_REQUESTS);
    let refused = requests.iter().filter(|request| refused(request.status)).count();
    let calls = requests.len() as f64 / took.len() as f64;
    Ok(Told { took, calls, refused })
}

fn company() -> FrontSim {
    let front = FrontSim::builder(TOKEN)
        .plan(LIMIT)
        .latency(CALL)
        .teammate(AI, "ai@acme.example", "ai", "Assistant")
        .inbox(INBOX, "SMS")
        .channel("cha_sms", INBOX, "twilio", "+18005551212")
        .assign_new_to(AI)
        .build();
    front.hook(Hook::application(&format!("{PUBLIC}/desks/front"), KEY));
    front
}

/// Hands Front's webhooks to the relay, soon after they are there.
async fn post(front: FrontSim, relay: Relay) {
    loop {
        for webhook in front.take_webhooks() {
            let relay = relay.clone();
            tokio::spawn(async move { relay.handle("desks/front", webhook.request).await });
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// When the first reply in each conversation was accepted.
type Accepted = Arc<Mutex<HashMap<String, Instant>>>;

/// A network that notes which replies Front has taken.
#[derive(Debug)]
struct Watched {
    wire: Wire,
    accepted: Accepted,
}

#[async_trait]
impl Transport for Watched {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Body>, TransportError> {
        let conversation = replied(&request);
        let response = self.wire.send(request).await?;
        if let Some(conversation) = conversation.filter(|_| response.status().is_success()) {
            let mut accepted = self.accepted.lock().unwrap_or_else(PoisonError::into_inner);
            accepted.entry(conversation).or_insert_with(Instant::now);
        }
        Ok(response)
    }
}

/// The conversation that a reply is for.
fn replied(request: &Request<Bytes>) -> Option<String> {
    let path = request.uri().path().strip_prefix("/conversations/")?;
    let conversation = path.strip_suffix("/messages")?;
    (request.method() == Method::POST).then(|| conversation.to_owned())
}

/// Customers come as they like; the same ones each time.
struct Chance(u64);

impl Chance {
    /// How long until the next one: on average the same, each time another.
    fn wait(&mut self) -> Duration {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        let chance = ((self.0 >> 11) as f64 / (1_u64 << 53) as f64).max(1e-9);
        Duration::from_secs_f64(-chance.ln() * 60.0 / CONVERSATIONS)
    }
}
