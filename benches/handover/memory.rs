//! Resident memory of `handover serve` on a large store.

use std::fs;
use std::net::TcpListener;
use std::thread::sleep;
use std::time::{Duration, Instant};

use handover_sim::creatio::Creatio as CreatioSim;
use handover_sim::server::{self, Handle};
use handover_sim::twilio::Twilio as TwilioSim;
use tokio::runtime::Runtime;

use crate::parts::{ACCOUNT, CLIENT, NUMBER, SECRET, TOKEN};
use crate::serving::{Serve, configuration, post, wait};
use crate::table::{Goal, Table};
use crate::webhooks::Customers;
use crate::{Done, Plan, stored};

/// How many customers text before memory is looked at.
const TEXTS: usize = 20;
/// How long the server is left alone then.
const REST: Duration = Duration::from_secs(3);

pub(crate) fn run(plan: Plan, table: &mut Table) -> Done<()> {
    let count = plan.pick(stored::MANY, stored::MANY_QUICK);
    let store = stored::file(count)?;
    println!("\nmemory: handover serve, {count} stored sessions");
    let runtime = Runtime::new()?;
    let (twilio, at_twilio, at_creatio) = runtime.block_on(providers())?;
    let addr = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
    let url = format!("sqlite:{}", store.display());
    let text = configuration(addr, &at_twilio, &at_creatio, &url)?;
    let serve = Serve::start(&text, "serve")?;
    let listening = wait(addr)?;
    let started = resident(&serve)?;
    let mut customers = Customers::new(&format!("http://{addr}"));
    for _ in 0..TEXTS {
        let number = customers.number();
        let text = customers.text(&number, "Hello, are you open on Saturdays?")?;
        post(addr, &text.wire())?;
    }
    let deadline = Instant::now() + Duration::from_secs(20);
    while twilio.messages().len() < TEXTS && Instant::now() < deadline {
        sleep(Duration::from_millis(50));
    }
    sleep(REST);
    let idle = resident(&serve)?;
    println!(
        "  listening after {:.0} ms, {started:.1} MB then, {idle:.1} MB after {} replies",
        listening.as_secs_f64() * 1000.0,
        twilio.messages().len()
    );
    if twilio.messages().len() != TEXTS {
        return Err("the server did not answer every customer".into());
    }
    let name = format!("memory: resident, serve with {count} sessions");
    table.figure(&name, idle, "MB", Goal::AtMost(80.0));
    Ok(())
}

async fn providers() -> Done<(TwilioSim, Handle, Handle)> {
    let twilio = TwilioSim::builder(ACCOUNT, TOKEN).number(NUMBER).build();
    let creatio = CreatioSim::new(CLIENT, SECRET);
    let at_twilio = server::serve(twilio.clone(), "127.0.0.1:0".parse()?).await?;
    let at_creatio = server::serve(creatio, "127.0.0.1:0".parse()?).await?;
    Ok((twilio, at_twilio, at_creatio))
}

/// `VmRSS` in megabytes.
fn resident(serve: &Serve) -> Done<f64> {
    let status = fs::read_to_string(format!("/proc/{}/status", serve.id()))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib: f64 = line.ok_or("no VmRSS")?.trim().trim_end_matches(" kB").parse()?;
    Ok(kib * 1024.0 / 1e6)
}
