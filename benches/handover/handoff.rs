//! A conversation of 100 messages is written to a Creatio that takes its time.
//!
//! Over real HTTP on loopback. The token, the columns and the lookups are known from the case before.

use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use handover_core::channel::Attempt;
use handover_core::desk::{About, Desk as _, Entry, EntryOutcome, Handoff, Opening};
use handover_core::id::{ChannelId, EventId, Key, SessionId, TenantId};
use handover_core::identity::{Identity, Proof};
use handover_core::message::{Brief, Speaker};
use handover_creatio::entities::{ACTIVITY, CASE, activity, case};
use handover_creatio::{Client as CreatioClient, Creatio, Values, ids};
use handover_reqwest::{Client, Limits};
use handover_sim::creatio::Creatio as CreatioSim;
use handover_sim::server;

use crate::parts::{CHANNEL, CLIENT, SECRET, Site, TENANT};
use crate::stats::{median, millis, paired};
use crate::table::{Goal, Table};
use crate::{Done, Plan};

const MESSAGES: u64 = 100;
const PER_REQUEST: Duration = Duration::from_millis(20);
const PER_ITEM: Duration = Duration::from_micros(1_800);

/// One measured way.
struct Taken {
    ms: f64,
    requests: usize,
}

pub(crate) fn run(plan: Plan, table: &mut Table) -> Done<()> {
    tokio::runtime::Runtime::new()?.block_on(measure(plan, table))
}

async fn measure(plan: Plan, table: &mut Table) -> Done<()> {
    let sim = CreatioSim::new(CLIENT, SECRET);
    let server = server::serve(sim.clone(), "127.0.0.1:0".parse()?).await?;
    let transport = Arc::new(Client::new(Limits::default())?);
    let site = Site { creatio_url: server.base_url(), ..Site::named(transport) };
    let (creatio, client) = (site.creatio()?, site.client()?);
    ours(&creatio, &sim, 0).await?;
    one_by_one(&client, &sim, 0).await?;
    sim.set_latency(PER_REQUEST, PER_ITEM);
    let rounds = plan.pick(7, 3);
    println!(
        "\nhandoff: {MESSAGES} messages, 20 ms a request + 1.8 ms a batch item, {rounds} rounds"
    );
    let (mut fast, mut whole, mut slow) = (Vec::new(), Vec::new(), Vec::new());
    let (mut requests, mut all_requests) = (0, 0);
    for round in 1..=rounds {
        let (messages, everything) = ours(&creatio, &sim, round).await?;
        let floor = one_by_one(&client, &sim, round).await?;
        println!(
            "  ours {:6.1} ms in {} requests, with the handoff {:6.1} ms in {}; one by one {:7.1} ms in {}",
            messages.ms,
            messages.requests,
            everything.ms,
            everything.requests,
            floor.ms,
            floor.requests
        );
        fast.push(messages.ms);
        whole.push(everything.ms);
        slow.push(floor.ms);
        requests = requests.max(messages.requests);
        all_requests = all_requests.max(everything.requests);
    }
    server.shutdown().await;
    let ms = |times: &[f64]| format!("{:.0} ms", median(times));
    let name = "handoff: case + 100 messages : one request each";
    table.ratio(name, ms(&fast), ms(&slow), paired(&slow, &fast), Goal::AtLeast(8.0));
    let name = "handoff: requests for case + 100 messages";
    table.figure(name, requests as f64, "requests", Goal::AtMost(5.0));
    // The floor would change the case with the same calls.
    let slow: Vec<f64> =
        (0..slow.len()).map(|round| slow[round] + whole[round] - fast[round]).collect();
    let name = "handoff: all, with the case handed over : one each";
    table.ratio(name, ms(&whole), ms(&slow), paired(&slow, &whole), Goal::None);
    let name = "handoff: requests for all of it";
    table.figure(name, all_requests as f64, "requests", Goal::AtMost(5.0));
    Ok(())
}

/// Opens a case, writes all messages, hands it over: after the messages, and after everything.
async fn ours(creatio: &Creatio, sim: &CreatioSim, round: u64) -> Done<(Taken, Taken)> {
    let now = Utc::now();
    let about = about(round)?;
    let session = about.session;
    let entries: Vec<Entry> = (1..=MESSAGES).map(|seq| entry(&about, seq, now)).collect();
    let (begun, before) = (Instant::now(), sim.round_trips());
    let taken = || Taken { ms: millis(begun.elapsed()), requests: sim.round_trips() - before };
    let opening = Opening {
        key: Key::open(session, 0),
        about: about.clone(),
        at: now,
        contact: None,
        parent: None,
    };
    let case = creatio.open(&opening, &Attempt::first(opening.key, now)).await?;
    let last = Key::entry(session, MESSAGES);
    let outcomes =
        creatio.append(&case, &opening.about, &entries, &Attempt::first(last, now)).await?.outcomes;
    if outcomes.iter().any(|outcome| *outcome != EntryOutcome::Written) {
        return Err("an entry was not written".into());
    }
    let messages = taken();
    let summary = "The customer wrote 100 messages and wants a person.";
    let brief = Brief { summary: Some(summary.to_owned()), ..Brief::default() };
    let handoff = Handoff { key: Key::handoff(session, MESSAGES), about, brief };
    creatio.hand_off(&case, &handoff, &Attempt::first(handoff.key, now)).await?;
    Ok((messages, taken()))
}

/// The same case and messages, one request for each, one after the other.
async fn one_by_one(client: &CreatioClient, sim: &CreatioSim, round: u64) -> Done<Taken> {
    let now = Utc::now();
    let about = about(round + 1_000)?;
    let entries: Vec<Entry> = (1..=MESSAGES).map(|seq| entry(&about, seq, now)).collect();
    let (begun, before) = (Instant::now(), sim.round_trips());
    let case = Key::open(about.session, 0).uuid();
    let values = Values::new()
        .set(case::SUBJECT, about.first_words.as_str())
        .set(case::SYMPTOMS, about.first_words.as_str());
    client.create(&CASE, case, &values, &[]).await?;
    for entry in entries {
        let values = Values::new()
            .set(activity::TYPE, ids::TASK)
            .set(activity::CATEGORY, ids::TO_DO)
            .set(activity::STATUS, ids::COMPLETED)
            .set(activity::TITLE, format!("#{} Customer: {}", entry.seq, entry.text))
            .set(activity::NOTES, entry.text)
            .set(activity::START_DATE, entry.at)
            .set(activity::DUE_DATE, entry.at)
            .set(activity::GLOBAL_ID, entry.key.to_string())
            .set(activity::CASE, case)
            .set(activity::OWNER, sim.integration_contact());
        client.create(&ACTIVITY, entry.key.uuid(), &values, &[]).await?;
    }
    Ok(Taken { ms: millis(begun.elapsed()), requests: sim.round_trips() - before })
}

fn about(round: u64) -> Done<About> {
    let tenant = TenantId::new(TENANT)?;
    let event = EventId::new(CHANNEL, format_args!("SM{round}"));
    Ok(About {
        session: SessionId::derive(&tenant, &event),
        channel: ChannelId::new(CHANNEL)?,
        customer: Identity::new(Identity::TEL, "+15552223333", Proof::ChannelProven),
        link: None,
        first_words: "Hello, are you open on Saturdays?".to_owned(),
    })
}

fn entry(about: &About, seq: u64, now: DateTime<Utc>) -> Entry {
    Entry {
        key: Key::entry(about.session, seq),
        seq,
        author: if seq % 2 == 1 { Speaker::Customer } else { Speaker::Assistant },
        at: now + TimeDelta::seconds(seq as i64),
        text: format!("Message {seq}: what about my order, and are you open on Saturdays?"),
        files: Vec::new(),
        link: None,
        undelivered: None,
    }
}
