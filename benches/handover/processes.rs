//! Two processes of `handover serve` on one PostgreSQL against one.
//!
//! The providers are the simulators' servers at 50 ms a call, so that what counts is how many calls
//! are under way: a process works on eight jobs for each account, sixteen with Twilio and Creatio.

use std::net::{SocketAddr, TcpListener};
use std::time::{Duration, Instant};

use bytes::Bytes;
use handover_sim::creatio::Creatio as CreatioSim;
use handover_sim::postgres::Cluster;
use handover_sim::server;
use handover_sim::twilio::Twilio as TwilioSim;
use tokio::runtime::Runtime;

use crate::parts::{ACCOUNT, CLIENT, NUMBER, SECRET, TOKEN};
use crate::serving::{Serve, configuration, post, wait};
use crate::stats::{median, paired};
use crate::table::{Goal, Table};
use crate::webhooks::Customers;
use crate::{Done, Plan};

/// How long a provider takes for a call.
const LATENCY: Duration = Duration::from_millis(50);
/// How many texts are under way at a time.
const POSTERS: usize = 16;
/// How long a round may take.
const PATIENCE: Duration = Duration::from_secs(300);

pub(crate) fn run(plan: Plan, table: &mut Table) -> Done<()> {
    let (customers, rounds) = (plan.pick(600, 150), plan.pick(5, 3));
    println!("\nprocesses: {customers} new customers at once, {rounds} rounds, PostgreSQL");
    let cluster = Cluster::builder().durable().start()?;
    let (mut one, mut two) = (Vec::new(), Vec::new());
    for n in 0..rounds {
        for (rates, processes) in [(&mut one, 1), (&mut two, 2)] {
            let url = cluster.database(&format!("round_{n}_{processes}"))?;
            let rate = round(&url, processes, customers)?;
            println!("  {processes} process(es) {rate:7.1} sessions/s");
            rates.push(rate);
        }
    }
    let rate = |rates: &[f64]| format!("{:.1} sessions/s", median(rates));
    let name = "processes: two : one, PostgreSQL, 50 ms a call";
    table.ratio(name, rate(&two), rate(&one), paired(&two, &one), Goal::AtLeast(1.8));
    Ok(())
}

/// Sessions a second, from the first text to the last entry on a case.
fn round(store: &str, processes: usize, customers: usize) -> Done<f64> {
    let runtime = Runtime::new()?;
    let twilio = TwilioSim::builder(ACCOUNT, TOKEN).number(NUMBER).latency(LATENCY).build();
    let creatio = CreatioSim::new(CLIENT, SECRET);
    creatio.set_latency(LATENCY, Duration::ZERO);
    let (at_twilio, at_creatio) = runtime.block_on(async {
        let at_twilio = server::serve(twilio.clone(), "127.0.0.1:0".parse()?).await?;
        let at_creatio = server::serve(creatio.clone(), "127.0.0.1:0".parse()?).await?;
        Done::Ok((at_twilio, at_creatio))
    })?;
    let mut serving: Vec<(SocketAddr, Serve)> = Vec::new();
    for n in 0..processes {
        let addr = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        let text = configuration(addr, &at_twilio, &at_creatio, store)?;
        // All have the public URL of the first, as behind a proxy.
        let public = serving.first().map_or(addr, |(first, _)| *first);
        let text = text.replace(
            &format!("public_url = \"http://{addr}\""),
            &format!("public_url = \"http://{public}\""),
        );
        serving.push((addr, Serve::start(&text, &format!("process-{n}"))?));
        wait(addr)?;
    }
    let mut people = Customers::new(&format!("http://{}", serving[0].0));
    let mut texts = |count| -> Done<Vec<Bytes>> {
        let text = |_| {
            let number = people.number();
            Ok(people.text(&number, "Hello, are you open on Saturdays?")?.wire())
        };
        (0..count).map(text).collect()
    };
    // Each process has a token and knows the columns before it is timed.
    let warm = 8 * processes;
    let (first, all) = (texts(warm)?, texts(customers)?);
    let addresses: Vec<SocketAddr> = serving.iter().map(|(address, _)| *address).collect();
    say(&addresses, &first)?;
    until(&twilio, &creatio, warm)?;
    let begun = Instant::now();
    say(&addresses, &all)?;
    until(&twilio, &creatio, warm + customers)?;
    Ok(customers as f64 / begun.elapsed().as_secs_f64())
}

/// Customers text, some at a time, each to the next process.
fn say(addresses: &[SocketAddr], texts: &[Bytes]) -> Done<()> {
    let post_share = |share: &[Bytes]| {
        let mut turns = addresses.iter().cycle();
        share.iter().try_for_each(|text| turns.next().map_or(Ok(()), |to| post(*to, text)))
    };
    std::thread::scope(|scope| {
        let shares = texts.chunks(texts.len().div_ceil(POSTERS));
        let posters: Vec<_> = shares.map(|share| scope.spawn(|| post_share(share))).collect();
        posters.into_iter().try_for_each(|poster| poster.join().map_err(|_| "a poster broke")?)
    })
}

/// Waits until so many customers have their answer, and their cases both entries.
fn until(twilio: &TwilioSim, creatio: &CreatioSim, customers: usize) -> Done<()> {
    let begun = Instant::now();
    while twilio.messages().len() < customers || creatio.records("Activity").len() < 2 * customers {
        if begun.elapsed() > PATIENCE {
            return Err("the processes did not serve every customer".into());
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    Ok(())
}
