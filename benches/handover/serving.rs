//! `handover serve` as a process of its own: this program again.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use handover_sim::server::Handle;

use crate::parts::{ACCOUNT, CHANNEL, CLIENT, NUMBER, SECRET, TENANT, TOKEN};
use crate::{Done, machine};

/// The process; it ends with this value.
pub(crate) struct Serve(Child);

impl Serve {
    /// Starts it with a configuration, which is kept under `name`.
    pub(crate) fn start(configuration: &str, name: &str) -> Done<Self> {
        let file = machine::data()?.join(format!("{name}.toml"));
        fs::write(&file, configuration)?;
        let child = Command::new(std::env::current_exe()?)
            .args(["serve", "--config"])
            .arg(&file)
            .env("RUST_LOG", "warn")
            .stdin(Stdio::null())
            .spawn()?;
        Ok(Self(child))
    }

    /// Its number.
    pub(crate) fn id(&self) -> u32 {
        self.0.id()
    }
}

impl Drop for Serve {
    fn drop(&mut self) {
        // It may be gone already.
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

/// A configuration of `serve` at `addr` with its store at `store`.
pub(crate) fn configuration(
    addr: SocketAddr,
    twilio: &Handle,
    creatio: &Handle,
    store: &str,
) -> Done<String> {
    let folder = machine::data()?;
    let (twilio, creatio) = (twilio.base_url(), creatio.base_url());
    let blobs = folder.join("blobs");
    let blobs = blobs.display();
    Ok(format!(
        r#"tenant = "{TENANT}"
[server]
listen = "{addr}"
public_url = "http://{addr}"
operator_token = "an-operators-token-of-32-characters"
[store]
url = "{store}"
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
    ))
}

/// Waits until the server listens.
pub(crate) fn wait(addr: SocketAddr) -> Done<Duration> {
    let begun = Instant::now();
    while TcpStream::connect(addr).is_err() {
        if begun.elapsed() > Duration::from_secs(60) {
            return Err("handover serve does not listen".into());
        }
        sleep(Duration::from_millis(5));
    }
    Ok(begun.elapsed())
}

/// Sends a request that must be answered well.
pub(crate) fn post(addr: SocketAddr, request: &[u8]) -> Done<()> {
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
