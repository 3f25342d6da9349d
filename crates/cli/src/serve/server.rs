//! The server's life.

use std::sync::Arc;

use axum::Router;
use axum::routing::{any, get, post};
use handover_core::store::Store;
use handover_relay::{Relay, runner};
use secrecy::SecretString;
use tokio::net::TcpListener;
use tokio::sync::watch;

use super::counters::Counters;
use super::heard::{self, Heard};
use super::link::Link;
use super::{connections, health, operator, pages, providers};
use crate::compose::{Adapters, Logins};
use crate::config::Settings;
use crate::failure::Failure;
use crate::proofs::Wanted;
use crate::store::Kept;

/// What the handlers share.
#[derive(Clone, Debug)]
pub(super) struct Shared {
    pub(super) relay: Relay,
    pub(super) store: Arc<dyn Store>,
    pub(super) link: Arc<Link>,
    pub(super) tokens: Arc<[SecretString]>,
    pub(super) counters: Counters,
    pub(super) heard: Heard,
    pub(super) logins: Logins,
    pub(super) wanted: Arc<Wanted>,
}

/// A relay behind a server, ready to listen.
#[derive(Debug)]
pub(crate) struct Server {
    shared: Shared,
    options: runner::Options,
    mount: String,
    kept: Kept,
}

impl Server {
    /// Opens the store and puts everything together. Nothing listens yet. `counters` are what it
    /// shows as counted; who counts is the process' matter.
    ///
    /// # Errors
    /// When the configuration or the store cannot be used.
    pub(crate) async fn new(settings: &Settings, counters: Counters) -> Result<Self, Failure> {
        let adapters = Adapters::new(settings)?;
        let kept = Kept::open(&settings.store).await?;
        let relay = kept.relay(&adapters)?;
        let tokens = settings.server.operator_tokens.clone().into();
        let store = kept.store();
        let (link, heard) = (Arc::new(Link::new(settings)), Heard::default());
        let (logins, wanted) = (adapters.logins(), Arc::new(Wanted::by(settings)));
        let shared = Shared { relay, store, link, tokens, counters, heard, logins, wanted };
        let mount = settings.server.public_url.path().trim_end_matches('/').to_owned();
        Ok(Self { shared, options: adapters.options(), mount, kept })
    }

    /// Serves until `stop` is ready, then finishes what is under way.
    ///
    /// # Errors
    /// When the workers break.
    pub(crate) async fn run(
        self,
        listener: TcpListener,
        stop: impl Future<Output = ()> + Send + 'static,
    ) -> Result<(), Failure> {
        let (stopping, stopped) = watch::channel(false);
        let stopping = Arc::new(stopping);
        let told = Arc::clone(&stopping);
        let waiting = tokio::spawn(async move {
            stop.await;
            told.send_replace(true);
        });
        let mut until = stopped.clone();
        let until = async move {
            // A sender that is gone stops the workers too.
            until.wait_for(|is| *is).await.ok();
        };
        let working = tokio::spawn(runner::run(self.shared.relay.clone(), self.options, until));
        let logins = self.shared.logins.clone();
        let routes = routes(self.shared, &self.mount);
        let worked = async {
            let ended = working.await;
            // Without workers nothing would be done: better to end, and to be started again.
            stopping.send_replace(true);
            ended
        };
        let ((), ended) = tokio::join!(connections::serve(listener, routes, stopped), worked);
        waiting.abort();
        ended.map_err(|_| Failure::broken("the workers ended unexpectedly"))?;
        self.kept.close().await;
        logins.close().await;
        Ok(())
    }
}

/// `handover serve`: until it is told to stop.
///
/// # Errors
/// When the configuration, the store or the address cannot be used.
pub(crate) async fn serve(settings: &Settings) -> Result<(), Failure> {
    let stop = crate::signals::stop()?;
    let counters = Counters::default();
    counters.clone().install().map_err(|_| Failure::broken("something else counts already"))?;
    let server = Server::new(settings, counters).await?;
    let listen = settings.server.listen;
    let listener = TcpListener::bind(listen).await.map_err(|error| {
        Failure::usage(format_args!("server.listen: {listen} cannot be listened on: {error}"))
    })?;
    tracing::info!(%listen, tenant = %settings.tenant, "serving");
    server.run(listener, stop).await?;
    tracing::info!("stopped");
    Ok(())
}

fn routes(shared: Shared, mount: &str) -> Router {
    let routes = Router::new()
        .route("/healthz", get(health::alive))
        .route("/readyz", get(health::ready))
        .route("/metrics", get(health::counts))
        .route("/channels/{*rest}", any(providers::receive))
        .route("/desks/{*rest}", any(providers::receive))
        .route("/sessions/{session}", get(pages::session))
        .route("/operator/status", get(operator::status))
        .route("/operator/desks/{desk}/heard/{id}", get(heard::heard))
        .route("/operator/sessions/{session}/handoff", post(operator::hand_off))
        .route("/operator/jobs/{job}/replay", post(operator::replay))
        .route("/operator/jobs/{job}/settle", post(operator::settle))
        .route("/operator/accounts/{account}/resume", post(operator::resume))
        .with_state(shared);
    // A proxy in front may keep the public URL's path or strip it.
    if mount.is_empty() { routes } else { routes.clone().nest(mount, routes) }
}
