#![doc = include_str!("../README.md")]

mod config;

use std::error::Error;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::request::Parts;
use axum::http::{Request, Response};
use axum::routing::get;
use chrono::TimeDelta;
use handover_core::transport::Transport;
use handover_creatio::{Client, Creatio};
use handover_keyword::Keyword;
use handover_relay::runner::{self, Options};
use handover_relay::{ChannelSetup, DeskSetup, Relay, SystemClock};
use handover_reqwest::Limits;
use handover_sms::twilio::Twilio;
use handover_store::{Folder, url};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tower_service::Service as _;

pub use config::Config;

/// Puts the relay together. Nothing is called yet.
pub fn relay(config: &Config) -> Result<Relay, Box<dyn Error>> {
    let clock = Arc::new(SystemClock);
    let transport: Arc<dyn Transport> = Arc::new(handover_reqwest::Client::new(Limits::default())?);
    let twilio =
        Arc::new(Twilio::new(config.twilio.clone(), Arc::clone(&transport), clock.clone()));
    let client = Client::new(&config.creatio, transport, clock)?;
    let creatio = Arc::new(Creatio::new(client, config.desk.clone())?);
    let assistant = Keyword::new(toml::from_str(include_str!("../assistant.toml"))?)?;
    let sms = ChannelSetup::new(twilio.clone())
        .webhook(twilio.clone())
        .feed(twilio)
        .desk(config.desk.desk().clone())
        .inactivity(TimeDelta::hours(3));
    let desk = DeskSetup::new(creatio.clone())
        .directory(creatio.clone(), true)
        .webhook(creatio.clone())
        .feed(creatio);
    let store = url::Location::parse(&config.store)?.open()?;
    let relay = Relay::builder(config.tenant.clone())
        .public_url(config.public_url.parse()?)
        .assistant(Arc::new(assistant))
        .blobs(Arc::new(Folder::open(url::folder(&config.blobs)?)?))
        .desk(desk)
        .channel(sms)
        .build(Arc::new(store))?;
    Ok(relay)
}

/// Serves the relay and does its jobs until `stop`; then ends both, what is under way first.
pub async fn serve(
    relay: Relay,
    listener: TcpListener,
    stop: impl Future<Output = ()> + Send + 'static,
) -> Result<(), Box<dyn Error>> {
    let every = Duration::from_secs(60);
    let sources: Vec<_> = relay.feeds().cloned().collect();
    let poll = |options: Options, source| options.poll(source, every);
    let options = sources.into_iter().fold(Options::default(), poll);
    let (quiet, is_quiet) = oneshot::channel::<()>();
    let jobs = tokio::spawn(runner::run(relay.clone(), options, async {
        is_quiet.await.ok();
    }));
    let app = Router::new().route("/healthz", get(|| async {})).fallback(receive).with_state(relay);
    axum::serve(listener, app).with_graceful_shutdown(stop).await?;
    drop(quiet);
    jobs.await?;
    Ok(())
}

/// The relay is a tower service over whole bodies. Its answer comes once all is durable.
async fn receive(State(mut relay): State<Relay>, parts: Parts, body: Bytes) -> Response<Body> {
    let Ok(response) = relay.call(Request::from_parts(parts, body)).await;
    response.map(Body::from)
}
