//! A `serve` of its own process between simulated providers in this one.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::process::Stdio;
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::{Duration, Instant};

use chrono::Utc;
use handover_sim::Simulator as _;
use handover_sim::creatio::{Creatio, Poke, PokeStyle, Quirk};
use handover_sim::server::{self, Handle};
use handover_sim::twilio::{Twilio, signature};
use tempfile::TempDir;
use tokio::process::{Child, Command};

use crate::raw::{self, Answer};

pub(crate) const CUSTOMER: &str = "+15557772222";
pub(crate) const OPERATOR_TOKEN: &str = "the-operators-own-token";
pub(crate) const WEBHOOK_SECRET: &str = "a-secret-for-webhooks";
const USER: &str = "the integration";
const PASSWORD: &str = "its password";
const OURS: &str = "+15550001111";
const ACCOUNT_SID: &str = "AC00000000000000000000000000000001";
const AUTH_TOKEN: &str = "the-auth-token";

pub(crate) struct Stage {
    pub(crate) creatio: Creatio,
    pub(crate) twilio: Twilio,
    address: SocketAddr,
    public_url: String,
    config: PathBuf,
    serve: Child,
    _servers: [Handle; 2],
    _folder: TempDir,
}

impl Stage {
    pub(crate) async fn start() -> Self {
        Self::start_with(&[], |text| text).await
    }

    /// One that logs in to Creatio by a password which has expired.
    pub(crate) async fn start_by_expired_password() -> Self {
        Self::start_with(&[Quirk::PasswordExpired], |text| {
            let lines = text.lines().filter(|line| !line.starts_with("identity_url"));
            let lines = lines.map(|line| match line {
                "client_id = \"client\"" => format!("username = \"{USER}\""),
                "client_secret = \"client-secret\"" => format!("password = \"{PASSWORD}\""),
                line => line.to_owned(),
            });
            lines.collect::<Vec<_>>().join("\n")
        })
        .await
    }

    async fn start_with(quirks: &[Quirk], change: impl FnOnce(String) -> String) -> Self {
        let any = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let address = free_address();
        let public_url = format!("http://{address}/in");
        let creatio = Creatio::builder("client", "client-secret").user(USER, PASSWORD).build();
        let hook = format!("{public_url}/desks/creatio").parse().unwrap();
        creatio.poke(Poke::new(hook, WEBHOOK_SECRET, PokeStyle::Bearer));
        for quirk in quirks {
            creatio.quirk(*quirk, true);
        }
        let twilio = Twilio::builder(ACCOUNT_SID, AUTH_TOKEN)
            .number(OURS)
            .inbound_url(&format!("{public_url}/channels/sms-us"))
            .build();
        let servers = [
            server::serve(creatio.clone(), any).await.unwrap(),
            server::serve(twilio.clone(), any).await.unwrap(),
        ];
        twilio.set_api_url(&servers[1].base_url());
        let folder = tempfile::tempdir().unwrap();
        let config = folder.path().join("handover.toml");
        let text = configuration(address, &public_url, &servers, &creatio);
        std::fs::write(&config, change(text)).unwrap();
        let serve = spawn(&config);
        let stage = Self {
            creatio,
            twilio,
            address,
            public_url,
            config,
            serve,
            _servers: servers,
            _folder: folder,
        };
        stage.is_ready().await;
        stage
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// A customer texts.
    pub(crate) fn text(&self, body: &str) {
        self.twilio.customer_texts(CUSTOMER, OURS, body, &[], Utc::now());
    }

    /// A customer sends a picture.
    pub(crate) fn picture(&self, body: &str, bytes: &'static [u8]) {
        let media = [("image/png", bytes::Bytes::from_static(bytes))];
        self.twilio.customer_texts(CUSTOMER, OURS, body, &media, Utc::now());
    }

    /// What Twilio would post, by hand.
    pub(crate) async fn post_signed(&self, body: &str, sid: &str) -> Answer {
        let params = [
            ("AccountSid", ACCOUNT_SID),
            ("Body", body),
            ("From", CUSTOMER),
            ("MessageSid", sid),
            ("NumMedia", "0"),
            ("To", OURS),
        ];
        let params: Vec<_> =
            params.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        let url = format!("{}/channels/sms-us", self.public_url);
        let signature = signature(AUTH_TOKEN, &url, &params);
        let mut form = form_urlencoded::Serializer::new(String::new());
        form.extend_pairs(&params);
        let headers = [
            ("content-type", "application/x-www-form-urlencoded"),
            ("x-twilio-signature", signature.as_str()),
        ];
        raw::post(self.address, "/in/channels/sms-us", &headers, &form.finish()).await
    }

    pub(crate) async fn phone_shows(&self, texts: &[&str]) {
        self.until("the phone shows the texts", || self.twilio.phone(CUSTOMER) == texts).await;
    }

    /// The titles of activities with `words` in them.
    pub(crate) fn activities(&self, words: &str) -> Vec<String> {
        let cases = self.creatio.cases();
        let activities = cases.iter().flat_map(|case| self.creatio.activities(case.id()));
        let titles = activities.map(|activity| activity.text("Title").to_owned());
        titles.filter(|title| title.contains(words)).collect()
    }

    /// Runs a command on this stage's configuration and gives what it prints.
    pub(crate) async fn handover(&self, args: &[&str]) -> String {
        let output =
            handover().args(args).arg("--config").arg(&self.config).output().await.unwrap();
        let complained = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{args:?}: {complained}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// What `status` prints, whatever its exit status.
    pub(crate) async fn status(&self) -> String {
        let output = handover().arg("status").arg("--config").arg(&self.config).output().await;
        String::from_utf8(output.unwrap().stdout).unwrap()
    }

    /// The doctor with a round trip, which finds something broken.
    pub(crate) async fn doctor_fails(&self) {
        let mut command = handover();
        let doctor = command.args(["doctor", "--round-trip", "--config"]).arg(&self.config);
        assert_eq!(doctor.output().await.unwrap().status.code(), Some(1));
    }

    /// The ids of all sessions.
    pub(crate) async fn sessions(&self) -> Vec<String> {
        let json = self.handover(&["sessions", "--json"]).await;
        let sessions: Vec<serde_json::Value> = serde_json::from_str(&json).unwrap();
        sessions.iter().map(|session| session["id"].as_str().unwrap().to_owned()).collect()
    }

    /// The exit status of a second serve, and what it says.
    pub(crate) async fn second_serve(&self) -> (Option<i32>, String) {
        let mut command = handover();
        command.arg("serve").arg("--config").arg(&self.config);
        let output = tokio::time::timeout(Duration::from_secs(20), command.output()).await;
        let output = output.expect("it must end by itself").unwrap();
        (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
    }

    /// `kill -9`.
    pub(crate) async fn kill(&mut self) {
        self.serve.kill().await.unwrap();
    }

    /// Asks it to stop, and gives its exit status.
    pub(crate) async fn stop(&mut self) -> Option<i32> {
        let id = self.serve.id().unwrap().to_string();
        assert!(Command::new("kill").arg(&id).status().await.unwrap().success());
        self.serve.wait().await.unwrap().code()
    }

    /// Stops it, changes its configuration and starts it again.
    pub(crate) async fn restart_with(&mut self, from: &str, to: &str) {
        assert_eq!(self.stop().await, Some(0));
        let text = std::fs::read_to_string(&self.config).unwrap();
        assert!(text.contains(from), "{text}");
        std::fs::write(&self.config, text.replace(from, to)).unwrap();
        self.start_again().await;
    }

    pub(crate) async fn start_again(&mut self) {
        self.serve = spawn(&self.config);
        self.is_ready().await;
    }

    /// All that Twilio wanted to say was answered.
    pub(crate) async fn twilio_is_answered(&self) {
        self.twilio.outbox().settled().await;
        let attempts = self.twilio.outbox().attempts();
        assert!(
            attempts.iter().all(|attempt| matches!(attempt.status, Some(200..300))),
            "{attempts:?}"
        );
    }

    /// Nobody calls a provider for a while.
    pub(crate) async fn calm(&self) {
        let count = || self.creatio.round_trips() + self.twilio.round_trips();
        let (mut last, mut since) = (count(), Instant::now());
        let started = Instant::now();
        while since.elapsed() < Duration::from_millis(400) && started.elapsed() < PATIENCE {
            tokio::time::sleep(Duration::from_millis(20)).await;
            if count() != last {
                (last, since) = (count(), Instant::now());
            }
        }
    }

    /// Asks for the status until it says `words`.
    pub(crate) async fn status_says(&self, words: &str) {
        let started = Instant::now();
        loop {
            let status = self.status().await;
            if status.contains(words) {
                return;
            }
            assert!(started.elapsed() < PATIENCE, "never said: {words}; {status}");
        }
    }

    pub(crate) async fn until(&self, what: &str, seen: impl Fn() -> bool) {
        let started = Instant::now();
        while !seen() {
            assert!(
                started.elapsed() < PATIENCE,
                "never seen: {what}; phone {:?}; activities {:?}",
                self.twilio.phone(CUSTOMER),
                self.activities("")
            );
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    async fn is_ready(&self) {
        let started = Instant::now();
        while tokio::net::TcpStream::connect(self.address).await.is_err() {
            assert!(started.elapsed() < PATIENCE, "serve does not listen");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

/// An address to listen on. The configuration needs it before the process has it, so it lies
/// below the ports that a machine gives to whoever asks for any.
fn free_address() -> SocketAddr {
    static TAKEN: AtomicU16 = AtomicU16::new(0);
    let first = 20_000 + u16::try_from(std::process::id() % 10_000).unwrap();
    loop {
        let port = first + TAKEN.fetch_add(1, Ordering::Relaxed);
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        if std::net::TcpListener::bind(address).is_ok() {
            return address;
        }
    }
}

fn handover() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_handover"));
    command.kill_on_drop(true).env_remove("HANDOVER_CONFIG").stdin(Stdio::null());
    command
}

fn spawn(config: &std::path::Path) -> Child {
    let mut command = handover();
    command.env("RUST_LOG", "warn").arg("serve").arg("--config").arg(config).spawn().unwrap()
}

fn configuration(
    listen: SocketAddr,
    public_url: &str,
    [creatio, twilio]: &[Handle; 2],
    tenant: &Creatio,
) -> String {
    let owner = tenant.lookup_id("Contact", "Supervisor");
    let (creatio, twilio) = (creatio.base_url(), twilio.base_url());
    format!(
        r#"tenant = "acme"
[server]
listen = "{listen}"
public_url = "{public_url}"
operator_token = "{OPERATOR_TOKEN}"
[assistant]
[[assistant.answer]]
contains = ["opening hours"]
reply = "We are open from 9 to 5."
[desk.creatio]
kind = "creatio"
base_url = "{creatio}"
identity_url = "{creatio}"
client_id = "client"
client_secret = "client-secret"
webhook_secret = "{WEBHOOK_SECRET}"
default_owner_id = "{owner}"
[desk.creatio.reply]
types = ["Email"]
[channel.sms-us]
kind = "twilio"
desk = "creatio"
account_sid = "{ACCOUNT_SID}"
auth_token = "{AUTH_TOKEN}"
from = "{OURS}"
api_url = "{twilio}"
"#
    )
}

const PATIENCE: Duration = Duration::from_secs(30);
