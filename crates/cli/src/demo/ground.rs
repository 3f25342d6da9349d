//! What every demo stands on: a folder for the store, and a relay on a free port.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::config::{self, Around};
use crate::failure::Failure;
use crate::serve::{Counters, Server};

/// Where a relay will be, so that providers can be told before it starts.
#[derive(Debug)]
pub(super) struct Ground {
    pub(super) address: SocketAddr,
    pub(super) relay_url: String,
    listener: TcpListener,
    folder: PathBuf,
    temporary: Option<TempDir>,
}

/// A relay that runs. Dropping it stops it; [`Running::stop`] stops it gracefully.
#[derive(Debug)]
pub(super) struct Running {
    /// The configuration it was started with.
    pub(super) config: PathBuf,
    relay: JoinHandle<Result<(), Failure>>,
    stop: oneshot::Sender<()>,
    _folder: Option<TempDir>,
}

impl Ground {
    /// Takes a free port, and `folder` or a temporary one.
    pub(super) async fn new(folder: Option<&Path>) -> Result<Self, Failure> {
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
        let listener = TcpListener::bind(any()).await.map_err(not_started("the relay"))?;
        let address = listener.local_addr().map_err(not_started("the relay"))?;
        Ok(Self { address, relay_url: format!("http://{address}"), listener, folder, temporary })
    }

    /// Starts the relay with the configuration `text`.
    pub(super) async fn start(self, text: &str) -> Result<Running, Failure> {
        let config = self.folder.join("handover.toml");
        std::fs::write(&config, text).map_err(not_started("the configuration"))?;
        let env = |_: &str| None;
        let name = config.display().to_string();
        let around = Around { name: &name, folder: &self.folder, env: &env };
        let loaded = config::parse(text, &around)?;
        let server = Server::new(&loaded.settings, Counters::default()).await?;
        let (stop, stopped) = oneshot::channel::<()>();
        let until = async move {
            // A sender that is gone stops the server too.
            stopped.await.ok();
        };
        let relay = tokio::spawn(server.run(self.listener, until));
        Ok(Running { config, relay, stop, _folder: self.temporary })
    }
}

impl Running {
    /// Stops the relay gracefully.
    pub(super) async fn stop(self) -> Result<(), Failure> {
        // A relay that is gone already says so below.
        self.stop.send(()).ok();
        self.relay.await.map_err(Failure::broken)?
    }
}

/// A free port of this machine.
pub(super) fn any() -> SocketAddr {
    SocketAddr::from((Ipv4Addr::LOCALHOST, 0))
}

pub(super) fn not_started<E: std::fmt::Display>(what: &'static str) -> impl Fn(E) -> Failure {
    move |error| Failure::broken(format_args!("{what} could not be started: {error}"))
}
