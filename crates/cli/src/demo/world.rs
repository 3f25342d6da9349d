//! The demo's world: a Creatio, a Twilio, and the relay between them.

mod configuration;

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

use handover_core::policy::OpenCase;
use handover_sim::creatio::{Creatio, Kind, Poke, PokeStyle};
use handover_sim::server::{self, Handle};
use handover_sim::twilio::Twilio;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::config::{self, Around};
use crate::failure::Failure;
use crate::serve::{Counters, Server};
use configuration::Urls;

/// Everything that runs in a demo. Dropping it stops it; [`World::stop`] stops it gracefully.
#[derive(Debug)]
pub(super) struct World {
    pub(super) creatio: Creatio,
    pub(super) twilio: Twilio,
    pub(super) creatio_url: String,
    pub(super) twilio_url: String,
    /// Where the relay listens.
    pub(super) relay_url: String,
    /// The configuration the relay was started with.
    pub(super) config: PathBuf,
    servers: Vec<Handle>,
    relay: JoinHandle<Result<(), Failure>>,
    stop: oneshot::Sender<()>,
    _folder: Option<TempDir>,
}

impl World {
    /// Starts everything on free ports, with the store in `folder` or a temporary one.
    pub(super) async fn start(mode: OpenCase, folder: Option<&Path>) -> Result<Self, Failure> {
        let (folder, temporary) = match folder {
            Some(folder) => (folder.to_path_buf(), None),
            None => {
                let folder = tempfile::Builder::new().prefix("handover-demo-").tempdir();
                let folder = folder.map_err(not_started("a temporary folder"))?;
                (folder.path().to_path_buf(), Some(folder))
            }
        };
        std::fs::create_dir_all(&folder).map_err(not_started("the folder for the store"))?;
        if folder.join("handover.db").exists() {
            // The simulated providers forget with the process, and begin with the same ids again.
            let text = "holds the store of another demo: name an empty folder";
            return Err(Failure::usage(format_args!("{} {text}", folder.display())));
        }
        let any = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let listener = TcpListener::bind(any).await.map_err(not_started("the relay"))?;
        let address = listener.local_addr().map_err(not_started("the relay"))?;
        let relay_url = format!("http://{address}");

        let creatio = creatio(&relay_url)?;
        let twilio = Twilio::builder(ACCOUNT_SID, AUTH_TOKEN)
            .number(OURS)
            .inbound_url(&format!("{relay_url}/channels/{CHANNEL}#rc=5&rp=all"))
            .build();
        let at_creatio = server::serve(creatio.clone(), any).await;
        let at_creatio = at_creatio.map_err(not_started("the simulated Creatio"))?;
        let at_twilio = server::serve(twilio.clone(), any).await;
        let at_twilio = at_twilio.map_err(not_started("the simulated Twilio"))?;
        twilio.set_api_url(&at_twilio.base_url());

        let urls = Urls {
            listen: address,
            relay: &relay_url,
            creatio: &at_creatio.base_url(),
            twilio: &at_twilio.base_url(),
        };
        let text = configuration::text(mode, &urls, &creatio);
        let config = folder.join("handover.toml");
        std::fs::write(&config, &text).map_err(not_started("the configuration"))?;
        let env = |_: &str| None;
        let name = config.display().to_string();
        let around = Around { name: &name, folder: &folder, env: &env };
        let loaded = config::parse(&text, &around)?;
        let server = Server::new(&loaded.settings, Counters::default()).await?;
        let (stop, stopped) = oneshot::channel::<()>();
        let until = async move {
            // A sender that is gone stops the server too.
            stopped.await.ok();
        };
        let relay = tokio::spawn(server.run(listener, until));
        Ok(Self {
            creatio,
            twilio,
            creatio_url: at_creatio.base_url(),
            twilio_url: at_twilio.base_url(),
            relay_url,
            config,
            servers: vec![at_creatio, at_twilio],
            relay,
            stop,
            _folder: temporary,
        })
    }

    /// Stops the relay gracefully, then the simulators.
    pub(super) async fn stop(self) -> Result<(), Failure> {
        // A relay that is gone already says so below.
        self.stop.send(()).ok();
        let ended = self.relay.await.map_err(Failure::broken)?;
        for server in self.servers {
            server.shutdown().await;
        }
        ended
    }
}

fn creatio(relay_url: &str) -> Result<Creatio, Failure> {
    let creatio = Creatio::builder(CLIENT_ID, CLIENT_SECRET)
        .column("Case", FIELD, Kind::Text(Some(250)))
        .build();
    let hook = format!("{relay_url}/desks/{DESK}").parse().map_err(Failure::broken)?;
    creatio.poke(Poke::new(hook, WEBHOOK_SECRET, PokeStyle::Header).retries(3).on_modified());
    Ok(creatio)
}

fn not_started<E: std::fmt::Display>(what: &'static str) -> impl Fn(E) -> Failure {
    move |error| Failure::broken(format_args!("{what} could not be started: {error}"))
}

/// The number customers text.
pub(super) const OURS: &str = "+15550001111";
/// The column the assistant fills.
pub(super) const FIELD: &str = "UsrOrderNumber";
/// What the assistant knows.
pub(super) const OPENING_HOURS: &str = "We are open from 9 to 5, Monday to Friday.";
/// Nothing outside this process ever sees these secrets; they protect nothing.
pub(super) const OPERATOR_TOKEN: &str = "demo-operator-token";
const ACCOUNT_SID: &str = "AC00000000000000000000000000000001";
const AUTH_TOKEN: &str = "demo-auth-token";
const CLIENT_ID: &str = "demo-client";
const CLIENT_SECRET: &str = "demo-client-secret";
const WEBHOOK_SECRET: &str = "demo-webhook-secret";
const CHANNEL: &str = "sms-us";
const DESK: &str = "creatio";
