//! Resident memory of `handover serve` on a large store.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use handover_sim::creatio::Creatio as CreatioSim;
use handover_sim::server::{self, Handle};
use handover_sim::twilio::Twilio as TwilioSim;
use tokio::runtime::Runtime;

use crate::parts::{ACCOUNT, CHANNEL, CLIENT, NUMBER, SECRET, TENANT, TOKEN};
use crate::table::{Goal, Table};
use crate::webhooks::Customers;
use crate::{Done, Plan, machine, stored};

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
    let config = config(addr, &at_twilio, &at_creatio, &store)?;
    let serve = Serve(
        Command::new(std::env::current_exe()?)
            .args(["serve", "--config"])
            .arg(&config)
            .env("RUST_LOG", "warn")
            .stdin(Stdio::null())
            .spawn()?,
    );
    let listening = wait(addr)?;
    let started = serve.resident()?;
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
    let idle = serve.resident()?;
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

fn config(
    addr: SocketAddr,
    twilio: &Handle,
    creatio: &Handle,
    store: &Path,
) -> Done<std::path::PathBuf> {
    let folder = machine::data()?;
    let (twilio, creatio) = (twilio.base_url(), creatio.base_url());
    let (store, blobs) = (store.display(), folder.join("blobs"));
    let blobs = blobs.display();
    let text = format!(
        r#"tenant = "{TENANT}"
[server]
listen = "{addr}"
public_url = "http://{addr}"
operator_token = "an-operators-token-of-32-characters"
[store]
url = "sqlite:{store}"
blobs = "file:{blobs}"
[assistant]
kind = "keyword"
[[assistant.answer]]
contains = ["open"]
reply = "We are open from 9 to 5."
[desk.creatio]
kind = "creatio"
base_url = "{creatio}"
identity_url = "{creatio}"
client_id = "{CLIENT}"
client_secret = "{SECRET}"
webhook_secret = "a-secret-of-the-business-process"
[desk.creatio.reply]
types = ["Email"]
[channel.{CHANNEL}]
kind = "twilio"
desk = "creatio"
account_sid = "{ACCOUNT}"
auth_token = "{TOKEN}"
from = "{NUMBER}"
api_url = "{twilio}"
inactivity = "8760h"
"#
    );
    let path = folder.join("serve.toml");
    fs::write(&path, text)?;
    Ok(path)
}

/// The process; it ends with this value.
struct Serve(Child);

impl Serve {
    /// `VmRSS` in megabytes.
    fn resident(&self) -> Done<f64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.0.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kib: f64 = line.ok_or("no VmRSS")?.trim().trim_end_matches(" kB").parse()?;
        Ok(kib * 1024.0 / 1e6)
    }
}

impl Drop for Serve {
    fn drop(&mut self) {
        // It may be gone already.
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

/// Waits until the server listens.
fn wait(addr: SocketAddr) -> Done<Duration> {
    let begun = Instant::now();
    while TcpStream::connect(addr).is_err() {
        if begun.elapsed() > Duration::from_secs(60) {
            return Err("handover serve does not listen".into());
        }
        sleep(Duration::from_millis(5));
    }
    Ok(begun.elapsed())
}

fn post(addr: SocketAddr, request: &[u8]) -> Done<()> {
    let mut stream = TcpStream::connect(addr)?;
    stream.set_read_timeout(Some(Duration::from_secs(10)))?;
    stream.write_all(request)?;
    let mut head = [0; 12];
    stream.read_exact(&mut head)?;
    if !head.starts_with(b"HTTP/1.1 2") {
        return Err(format!("a text was answered {}", String::from_utf8_lossy(&head)).into());
    }
    Ok(())
}
