//! A thousand customers ask for a person at once, in conversations that Creatio knows nothing of yet.
//!
//! The relay is driven by its own runner, over simulators without sockets. What counts is calls, and
//! how many are under way at a time; how long it takes is told besides.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use bytes::Bytes;
use chrono::{DateTime, Utc};
use handover_core::archive::Archive as _;
use handover_core::memory::MemoryStore;
use handover_core::policy::OpenCase;
use handover_core::transport::{Body, Transport, TransportError};
use handover_relay::{Relay, runner};
use handover_sim::Wire;
use handover_sim::creatio::Creatio as CreatioSim;
use http::{Request, Response};
use tokio::sync::oneshot;
use uuid::Uuid;

use crate::parts::{CHANNEL, PUBLIC, Site};
use crate::relay::providers;
use crate::table::{Goal, Table};
use crate::webhooks::Customers;
use crate::{Done, Plan};

/// What each customer asks before: with its answer, eight messages.
const QUESTIONS: usize = 4;
/// Eight messages, the call for a person, and the farewell.
const MESSAGES: usize = 10;
/// The case, the messages, the note, and the change of the case. That each customer is looked up,
/// and entered as a contact, costs calls and is no write here.
const WRITES: usize = 1 + MESSAGES + 1 + 1;
/// How many calls the client may have under way, by default.
const CONCURRENCY: usize = 4;
/// What a plan allows for each licence in a day, and how many licences there are. Both ends count:
/// ours stops before it, Creatio refuses what is over it.
const PER_LICENCE: u64 = 10_000;
const LICENCES: u64 = 2;
const PER_REQUEST: Duration = Duration::from_millis(20);
const PER_ITEM: Duration = Duration::from_micros(1_800);

pub(crate) fn run(plan: Plan, table: &mut Table) -> Done<()> {
    tokio::runtime::Runtime::new()?.block_on(measure(plan.pick(1_000, 100), table))
}

async fn measure(sessions: usize, table: &mut Table) -> Done<()> {
    let (_, creatio, wire) = providers();
    let wire = Arc::new(Counted { wire, now: AtomicUsize::new(0), most: AtomicUsize::new(0) });
    let store = Arc::new(MemoryStore::new());
    let transport: Arc<dyn Transport> = Arc::<Counted>::clone(&wire);
    let limit = LICENCES * PER_LICENCE;
    creatio.limit_calls(Some((limit, 429)));
    let site =
        Site { open_case: OpenCase::Handoff, daily_calls: Some(limit), ..Site::named(transport) };
    let relay = site.relay(Arc::<MemoryStore>::clone(&store), Arc::<MemoryStore>::clone(&store))?;
    let (stop, stopped) = oneshot::channel::<()>();
    let until = async move {
        stopped.await.ok();
    };
    let running = tokio::spawn(runner::run(relay.clone(), runner::Options::default(), until));
    let mut customers = Customers::new(PUBLIC);
    let numbers: Vec<String> = (0..sessions).map(|_| customers.number()).collect();
    for _ in 0..QUESTIONS {
        say(&relay, &mut customers, &numbers, "Are you open on Saturdays?").await?;
        quiet(&relay, &store).await?;
    }
    creatio.set_latency(PER_REQUEST, PER_ITEM);
    let today = Utc::now().date_naive();
    let (before, begun) = (creatio.metered(today), Instant::now());
    wire.most.store(0, Ordering::Relaxed);
    say(&relay, &mut customers, &numbers, "I want to speak to a person").await?;
    quiet(&relay, &store).await?;
    let took = begun.elapsed().as_secs_f64();
    stop.send(()).ok();
    running.await?;
    in_order(&creatio, sessions)?;
    if creatio.cases().iter().any(|case| case.guid("ContactId").is_none()) {
        return Err("a case has no contact".into());
    }
    // Also what the schema guard and the lookups asked once, which is little.
    let calls = creatio.metered(today) - before;
    let (writes, most) = (sessions * WRITES, wire.most.load(Ordering::Relaxed));
    if most > CONCURRENCY || calls > limit {
        return Err(format!("{calls} calls of {limit}, {most} at a time of {CONCURRENCY}").into());
    }
    println!(
        "\nhandoffs: {sessions} sessions of {MESSAGES} messages together, {took:.1} s, \
         {calls} calls for {writes} writes, at most {most} at a time"
    );
    let name = format!("handoffs: calls a write, {sessions} new customers together");
    table.figure(&name, calls as f64 / writes as f64, "calls", Goal::AtMost(1.2));
    let places = CONCURRENCY as f64;
    table.figure("handoffs: calls under way", most as f64, "calls", Goal::AtMost(places));
    let allowed = limit as f64;
    table.figure("handoffs: calls of the day", calls as f64, "calls", Goal::AtMost(allowed));
    table.figure("handoffs: time for each", took * 1_000.0 / sessions as f64, "ms", Goal::None);
    Ok(())
}

async fn say(relay: &Relay, customers: &mut Customers, from: &[String], text: &str) -> Done<()> {
    for number in from {
        let text = customers.text(number, text)?;
        let answer = relay.handle(&format!("channels/{CHANNEL}"), text.request).await;
        if !answer.status().is_success() {
            return Err(format!("a text was answered {}", answer.status()).into());
        }
    }
    Ok(())
}

/// Waits until every job is done. One that is parked breaks the run.
async fn quiet(relay: &Relay, store: &MemoryStore) -> Done<()> {
    loop {
        let counts = store.counts(relay.tenant()).await?;
        match (counts.jobs, counts.parked + counts.uncertain) {
            (0, 0) => return Ok(()),
            (_, 0) if !store.pauses(relay.tenant()).await?.is_empty() => {
                return Err("the calls of the day ran out".into());
            }
            (_, 0) => tokio::time::sleep(Duration::from_millis(50)).await,
            (_, stuck) => return Err(format!("{stuck} jobs are stuck").into()),
        }
    }
}

/// Every case has all entries, once, and none was written before the one above it.
fn in_order(creatio: &CreatioSim, sessions: usize) -> Done<()> {
    let mut cases: HashMap<Uuid, Vec<(u64, DateTime<Utc>)>> = HashMap::new();
    for row in creatio.records("Activity") {
        let number = row.text("Title").strip_prefix('#').and_then(|title| title.split(' ').next());
        let number = number.and_then(|number| number.parse().ok()).ok_or("a row is no entry")?;
        let case = row.guid("CaseId").ok_or("an entry of no case")?;
        let at = row.date("CreatedOn").ok_or("an entry without a time")?;
        cases.entry(case).or_default().push((number, at));
    }
    if cases.len() != sessions {
        return Err(format!("{} cases for {sessions} sessions", cases.len()).into());
    }
    for entries in cases.values_mut() {
        entries.sort_unstable();
        let numbers = entries.iter().map(|(number, _)| *number);
        if !numbers.eq(1..=MESSAGES as u64 + 1) || !entries.is_sorted_by_key(|(_, at)| *at) {
            return Err(format!("the entries of a case are {entries:?}").into());
        }
    }
    Ok(())
}

/// A network that counts how many calls to Creatio are under way.
#[derive(Debug)]
struct Counted {
    wire: Wire,
    now: AtomicUsize,
    most: AtomicUsize,
}

#[async_trait]
impl Transport for Counted {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Body>, TransportError> {
        if request.uri().host() != Some("acme.creatio.com") {
            return self.wire.send(request).await;
        }
        let now = self.now.fetch_add(1, Ordering::Relaxed) + 1;
        self.most.fetch_max(now, Ordering::Relaxed);
        let answer = self.wire.send(request).await;
        self.now.fetch_sub(1, Ordering::Relaxed);
        answer
    }
}
