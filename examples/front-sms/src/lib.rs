#![doc = include_str!("../README.md")]

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::request::Parts;
use axum::http::{Request, Response};
use handover_core::id::{ChannelId, DeskId, TenantId};
use handover_front::ids::{InboxId, TeammateId};
use handover_front::{Client, Config, DeskConfig, Front};
use handover_keyword::Keyword;
use handover_relay::runner::{self, Options};
use handover_relay::{ChannelSetup, DeskSetup, Relay, SystemClock};
use handover_reqwest::Limits;
use handover_store::{Folder, url};
use tokio::net::TcpListener;
use tower_service::Service as _;

/// Puts the relay together from what `var` gives. Nothing is called yet.
pub fn relay(var: impl Fn(&str) -> Option<String>) -> Result<Relay, Box<dyn Error>> {
    let must = |name: &str| var(name).ok_or_else(|| format!("set the variable {name}"));
    let or = |name: &str, default: &str| var(name).unwrap_or_else(|| default.to_owned());
    let (desk, sms) = (DeskId::new("front")?, ChannelId::new("front-sms")?);
    let login = Config::new(must("FRONT_TOKEN")?.into())?
        .with_api_url(or("FRONT_API_URL", "https://api2.frontapp.com").parse()?)?;
    let transport = Arc::new(handover_reqwest::Client::new(Limits::default())?);
    let client = Client::new(&login, transport, Arc::new(SystemClock))?;
    let config = DeskConfig::new(desk.clone(), TeammateId::new(&must("FRONT_TEAMMATE")?)?)?
        .with_application_keys(vec![must("FRONT_APP_KEY")?.into()])?
        .with_channel(&sms, [InboxId::new(&must("FRONT_INBOX")?)?])?
        .with_tags(["handed-off".to_owned()]);
    let front = Arc::new(Front::new(client, config));
    let hosted = front.channel(&sms).ok_or("the desk hosts no such channel")?;
    let assistant = Keyword::new(toml::from_str(include_str!("../assistant.toml"))?)?;
    Ok(Relay::builder(TenantId::new("acme")?)
        .public_url(must("PUBLIC_URL")?.parse()?)
        .assistant(Arc::new(assistant))
        .blobs(Arc::new(Folder::open(url::folder(&or("BLOBS", "file:handover-blobs"))?)?))
        .desk(DeskSetup::new(front.clone()).webhook(front.clone()).feed(front))
        .channel(ChannelSetup::new(Arc::new(hosted)).desk(desk))
        .build(Arc::new(url::Location::parse(&or("STORE", "sqlite:handover.db"))?.open()?))?)
}

/// Serves the relay and does its jobs until `stop`.
pub async fn serve(relay: Relay, listener: TcpListener, stop: impl Future<Output = ()>) {
    let sources: Vec<_> = relay.feeds().cloned().collect();
    let poll = |options: Options, source| options.poll(source, Duration::from_secs(60));
    let options = sources.into_iter().fold(Options::default(), poll);
    let app = Router::new().fallback(receive).with_state(relay.clone());
    let server = tokio::spawn(async { axum::serve(listener, app).await });
    runner::run(relay, options, stop).await;
    server.abort();
}

/// The relay is a tower service over whole bodies. Its answer comes once all is durable.
async fn receive(State(mut relay): State<Relay>, parts: Parts, body: Bytes) -> Response<Body> {
    let Ok(response) = relay.call(Request::from_parts(parts, body)).await;
    response.map(Body::from)
}
