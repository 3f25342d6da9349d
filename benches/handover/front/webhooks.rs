//! Signed webhooks of Front at a steady pace over loopback HTTP, answered once they are on the disk.

use std::sync::Arc;

use axum::Router;
use bytes::Bytes;
use chrono::Utc;
use handover_core::clock::Clock;
use handover_core::transport::Transport;
use handover_relay::SystemClock;
use handover_sim::front::application_signature;
use handover_sim::{Clock as SimClock, Wire};
use handover_store::{Options, Sqlite};
use serde_json::json;

use super::{AI, INBOX, KEY};
use crate::floor::Floor;
use crate::intake::{GROUP, runtime, same, shape};
use crate::load::{self, Served};
use crate::parts::routes;
use crate::rows::Written;
use crate::stats::{median, paired, percentile};
use crate::table::{Goal, Table};
use crate::{Done, Plan, machine};

/// How many come in a second.
const PACE: f64 = 500.0;

pub(super) fn run(plan: Plan, table: &mut Table) -> Done<()> {
    let (warm, timed) = plan.pick((1_000, 10_000), (200, 1_500));
    let rounds = plan.pick(5, 3);
    let file = "front-ours.db";
    ours(file, warm, timed)?;
    let written = Arc::new(Written::read(&machine::data()?.join(file))?);
    println!("\nfront: {timed} webhooks at {PACE} a second, {rounds} rounds");
    let mut p99s: [Vec<f64>; 2] = Default::default();
    let mut p50s: [Vec<f64>; 2] = Default::default();
    for round in 0..rounds {
        let served = [ours(file, warm, timed)?, floor("front-floor.db", &written, warm, timed)?];
        if round == 0 {
            same(file, "front-floor.db")?;
        }
        for (which, (name, served)) in ["ours", "floor"].iter().zip(served).enumerate() {
            let (p50, p99) = (median(&served.took), percentile(&served.took, 99.0));
            let Served { rate, cpu, .. } = served;
            println!("  {name:8} {rate:7.0}/s  p50 {p50:6.2} ms  p99 {p99:6.2} ms  cpu {cpu}");
            p50s[which].push(p50);
            p99s[which].push(p99);
        }
    }
    let ms = |times: &[f64]| format!("{:.2} ms", median(times));
    let [ours, floor] = &p99s;
    let name = "front: webhook acknowledged, p99, floor : ours";
    table.ratio(name, ms(ours), ms(floor), paired(floor, ours), Goal::AtLeast(0.7));
    let [ours, floor] = &p50s;
    let name = "front: webhook acknowledged, p50, floor : ours";
    table.ratio(name, ms(ours), ms(floor), paired(floor, ours), Goal::None);
    Ok(())
}

fn ours(file: &str, warm: usize, timed: usize) -> Done<Served> {
    let store = Arc::new(Sqlite::open(machine::fresh(file)?, &Options::default())?);
    let nobody: Arc<dyn Transport> = Arc::new(Wire::new(SimClock::system()));
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let archive = Arc::<Sqlite>::clone(&store);
    let relay = super::relay(nobody, &clock, Arc::<Sqlite>::clone(&store), archive)?;
    let runtime = runtime("ours-http")?;
    let served = serve(&runtime, routes(relay), warm, timed);
    runtime.block_on(store.close());
    served
}

fn floor(file: &str, written: &Arc<Written>, warm: usize, timed: usize) -> Done<Served> {
    let path = machine::fresh(file)?;
    shape(&path)?;
    let floor = Floor::start(&path, written, GROUP, message_id)?;
    serve(&runtime("floor-http")?, floor.routes(), warm, timed)
}

fn serve(
    runtime: &tokio::runtime::Runtime,
    routes: Router,
    warm: usize,
    timed: usize,
) -> Done<Served> {
    // A signature is good for five minutes.
    let requests = requests(warm + timed)?;
    let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0"))?;
    let addr = listener.local_addr()?;
    let server = runtime.spawn(async move { axum::serve(listener, routes).await });
    let served = load::paced(addr, &requests, warm, PACE);
    server.abort();
    served
}

/// First messages of as many customers, signed now. The same ones each time.
fn requests(count: usize) -> Done<Arc<Vec<Bytes>>> {
    let time = Utc::now().timestamp_millis().to_string();
    let wire = |n: usize| -> Done<Bytes> {
        let body = inbound(n);
        let signature = application_signature(KEY, &time, body.as_bytes());
        let head = format!(
            "POST /desks/front HTTP/1.1\r\nhost: relay.example\r\n\
             content-type: application/json\r\nx-front-request-timestamp: {time}\r\n\
             x-front-signature: {signature}\r\ncontent-length: {}\r\n\r\n",
            body.len()
        );
        Ok(Bytes::from(head + &body))
    };
    Ok(Arc::new((0..count).map(wire).collect::<Done<_>>()?))
}

/// What an application's webhook says of a message in a conversation that the AI has.
fn inbound(n: usize) -> String {
    let customer = format!("+1415{n:07}");
    let message = json!({"id": format!("msg_{n:09}"), "type": "sms", "is_inbound": true,
        "is_draft": false, "draft_mode": null, "error_type": null, "created_at": 1_772_366_400.0,
        "body": TEXT, "text": TEXT, "subject": null, "author": null, "attachments": [],
        "recipients": [{"handle": customer, "role": "from", "name": null},
            {"handle": "+18005551212", "role": "to", "name": null}],
        "metadata": {}, "_links": {"related": {"message_replied_to": null}}});
    let event = json!({"id": format!("evt_{n:09}"), "type": "inbound",
        "emitted_at": 1_772_366_400.0,
        "conversation": {"id": format!("cnv_{n:09}"), "type": "conversation", "subject": "",
            "status": "assigned", "assignee": {"id": AI, "type": "ai"}, "tags": [],
            "recipient": {"handle": customer, "role": "from", "name": null}},
        "source": {"_meta": {"type": "inboxes"}, "data": [{"id": INBOX, "name": "SMS"}]},
        "target": {"_meta": {"type": "message"}, "data": message}});
    json!({"type": "inbound_received", "authorization": {"id": "cmp_acme"}, "payload": event})
        .to_string()
}

/// The message that a webhook tells of, found as cheaply as can be.
fn message_id(body: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(body).ok()?;
    let at = text.find("\"msg_")? + 1;
    text.get(at..at + MESSAGE_ID).map(str::to_owned)
}

/// `msg_` and nine digits.
const MESSAGE_ID: usize = 13;
const TEXT: &str = "Hello, are you open on Saturdays?";
