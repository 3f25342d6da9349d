//! The providers, the store, and a configuration for each process.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

use handover_sim::creatio::{Creatio, Poke, PokeStyle};
use handover_sim::postgres::Cluster;
use handover_sim::server::{self, Handle};
use handover_sim::twilio::Twilio;
use tempfile::TempDir;
use tokio::net::TcpListener;

use super::options::{Options, StoreKind};

/// Our number.
pub(super) const NUMBER: &str = "+15550001111";
/// What an operator shows.
pub(super) const OPERATOR_TOKEN: &str = "the-operators-own-token";
const ACCOUNT_SID: &str = "AC00000000000000000000000000000001";
const AUTH_TOKEN: &str = "the-auth-token";
const WEBHOOK_SECRET: &str = "a-secret-for-webhooks";

/// Where everything is kept.
pub(super) enum Place {
    /// A database in a cluster that ends with this value.
    Postgres { url: String, _cluster: Cluster },
    /// A file.
    Sqlite(PathBuf),
}

/// The providers and the store.
pub(super) struct Site {
    pub(super) twilio: Twilio,
    pub(super) creatio: Creatio,
    /// Where each process listens, and its configuration.
    pub(super) places: Vec<(SocketAddr, PathBuf)>,
    pub(super) store: Place,
    servers: [Handle; 2],
    folder: TempDir,
}

impl Site {
    /// Everything but the processes, and where the providers' webhooks come in.
    pub(super) async fn build(options: &Options) -> (Self, TcpListener) {
        let any = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let listener = TcpListener::bind(any).await.unwrap();
        let public_url = format!("http://{}/in", listener.local_addr().unwrap());
        let twilio = Twilio::builder(ACCOUNT_SID, AUTH_TOKEN)
            .number(NUMBER)
            .inbound_url(&format!("{public_url}/channels/sms-us"))
            .latency(Duration::from_millis(80))
            .build();
        let creatio = Creatio::new("client", "client-secret");
        creatio.set_latency(Duration::from_millis(30), Duration::from_millis(1));
        let hook = format!("{public_url}/desks/creatio").parse().unwrap();
        creatio.poke(Poke::new(hook, WEBHOOK_SECRET, PokeStyle::Bearer));
        let servers = [
            server::serve(creatio.clone(), any).await.unwrap(),
            server::serve(twilio.clone(), any).await.unwrap(),
        ];
        twilio.set_api_url(&servers[1].base_url());
        let parallel = handover_sim::Delivery::faithful().parallel();
        handover_sim::Simulator::outbox(&twilio).deliver(parallel);
        let folder = tempfile::tempdir().unwrap();
        let store = Place::make(options.store, folder.path());
        let mut site = Self { twilio, creatio, places: Vec::new(), store, servers, folder };
        let ports = free_ports(options.processes, options.seed);
        for (n, port) in ports.into_iter().enumerate() {
            let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
            let config = site.folder.path().join(format!("process-{n}.toml"));
            let text = site.configuration(address, &public_url, options);
            std::fs::write(&config, text).unwrap();
            site.places.push((address, config));
        }
        (site, listener)
    }

    /// The providers fail no more.
    pub(super) fn be_kind(&self) {
        self.twilio.faults().clear();
        self.creatio.faults().clear();
    }

    /// Whether no webhook of a provider is on its way.
    pub(super) fn is_still(&self) -> bool {
        let is_still = |outbox: &handover_sim::Outbox| {
            let mut settled = std::pin::pin!(outbox.settled());
            let mut context = std::task::Context::from_waker(std::task::Waker::noop());
            settled.as_mut().poll(&mut context).is_ready()
        };
        is_still(handover_sim::Simulator::outbox(&self.twilio))
            && is_still(handover_sim::Simulator::outbox(&self.creatio))
    }

    /// Where the files are.
    pub(super) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Leaves the files where they are, for somebody to look at.
    pub(super) fn keep(self) -> PathBuf {
        self.folder.keep()
    }

    fn configuration(&self, listen: SocketAddr, public_url: &str, options: &Options) -> String {
        let owner = self.creatio.lookup_id("Contact", "Supervisor");
        let [creatio, twilio] = [self.servers[0].base_url(), self.servers[1].base_url()];
        let store = self.store.url();
        let answers: String = (0..questions(options)).map(answer).collect();
        format!(
            r#"tenant = "acme"
[server]
listen = "{listen}"
public_url = "{public_url}"
operator_token = "{OPERATOR_TOKEN}"
[store]
url = "{store}"
[desk.creatio]
kind = "creatio"
base_url = "{creatio}"
identity_url = "{creatio}"
client_id = "client"
client_secret = "client-secret"
webhook_secret = "{WEBHOOK_SECRET}"
default_owner_id = "{owner}"
poll_interval = "2s"
[desk.creatio.reply]
types = ["Call"]
[channel.sms-us]
kind = "twilio"
desk = "creatio"
account_sid = "{ACCOUNT_SID}"
auth_token = "{AUTH_TOKEN}"
from = "{NUMBER}"
api_url = "{twilio}"
poll_interval = "2s"
[assistant]
{answers}"#
        )
    }
}

impl Place {
    fn make(kind: StoreKind, folder: &Path) -> Self {
        match kind {
            StoreKind::Postgres => {
                let cluster =
                    Cluster::builder().durable().start().unwrap_or_else(|p| panic!("{p}"));
                let url = cluster.database("crash").unwrap();
                Self::Postgres { url, _cluster: cluster }
            }
            StoreKind::Sqlite => Self::Sqlite(folder.join("handover.db")),
        }
    }

    fn url(&self) -> String {
        match self {
            Self::Postgres { url, .. } => url.clone(),
            Self::Sqlite(file) => format!("sqlite:{}", file.display()),
        }
    }
}

/// How many questions the assistant has an answer of its own to.
pub(super) fn questions(options: &Options) -> u32 {
    200 + 40 * options.kills
}

/// Every answer names its question, so that none can be mistaken for another.
fn answer(n: u32) -> String {
    format!("[[assistant.answer]]\ncontains = [\"q{n:05}\"]\nreply = \"answer a{n:05}\"\n")
}

/// Ports below those that connections take, so that nobody else has one while a process is dead.
fn free_ports(count: usize, seed: u64) -> Vec<u16> {
    let begin = 20_000 + (seed ^ u64::from(std::process::id())) % 10_000;
    let begin = u16::try_from(begin).unwrap();
    let is_free = |port: &u16| std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, *port)).is_ok();
    (begin..begin + 2_000).filter(is_free).take(count).collect()
}
