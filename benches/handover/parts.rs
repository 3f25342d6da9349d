//! A relay of the real parts: Twilio, Creatio, the keyword assistant.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use axum::routing::any;
use chrono::TimeDelta;
use handover_core::archive::Archive;
use handover_core::id::{ChannelId, DeskId, TenantId};
use handover_core::policy::OpenCase;
use handover_core::store::Store;
use handover_core::transport::Transport;
use handover_creatio::{Client, Config as CreatioConfig, Creatio, DeskConfig, ReplyRule};
use handover_keyword::Keyword;
use handover_relay::{ChannelSetup, DeskSetup, Relay, SystemClock};
use handover_sms::twilio;
use http::{Request, StatusCode};
use http_body_util::{BodyExt as _, Limited};
use secrecy::SecretString;
use tower_service::Service as _;

use crate::Done;

pub(crate) const TENANT: &str = "acme";
pub(crate) const CHANNEL: &str = "sms-us";
pub(crate) const NUMBER: &str = "+15550001111";
pub(crate) const ACCOUNT: &str = "AC0123456789abcdef0123456789abcdef";
pub(crate) const TOKEN: &str = "token";
pub(crate) const CLIENT: &str = "client";
pub(crate) const SECRET: &str = "client-secret";
pub(crate) const PUBLIC: &str = "https://relay.example";

/// Where the providers are, and how the relay treats them.
pub(crate) struct Site {
    pub(crate) transport: Arc<dyn Transport>,
    pub(crate) creatio_url: String,
    pub(crate) open_case: OpenCase,
    /// The calls a day that the plan with Creatio allows.
    pub(crate) daily_calls: Option<u64>,
}

impl Site {
    /// Providers that are reached by name, through a network without sockets.
    pub(crate) fn named(transport: Arc<dyn Transport>) -> Self {
        Self {
            transport,
            creatio_url: "https://acme.creatio.com".to_owned(),
            open_case: OpenCase::FirstMessage,
            daily_calls: None,
        }
    }

    /// What speaks to Creatio.
    pub(crate) fn client(&self) -> Done<Client> {
        let secret = SecretString::from(SECRET.to_owned());
        let mut config = CreatioConfig::new(&self.creatio_url, CLIENT, secret)?;
        if self.creatio_url.starts_with("http://") {
            config = config.with_identity_url(&self.creatio_url)?;
        }
        if let Some(calls) = self.daily_calls {
            config = config.with_daily_calls(calls)?;
        }
        let client = Client::new(&config, Arc::clone(&self.transport), Arc::new(SystemClock));
        Ok(client?)
    }

    /// The desk.
    pub(crate) fn creatio(&self) -> Done<Arc<Creatio>> {
        let rule = ReplyRule::new(vec!["Email".to_owned()])?;
        let desk =
            DeskConfig::new(TenantId::new(TENANT)?, DeskId::new("creatio")?).with_reply_rule(rule);
        let creatio = Creatio::new(self.client()?, desk)?;
        Ok(Arc::new(creatio))
    }

    /// The relay over `store`.
    pub(crate) fn relay(&self, store: Arc<dyn Store>, archive: Arc<dyn Archive>) -> Done<Relay> {
        let creatio = self.creatio()?;
        let channel = twilio::Config::new(
            ChannelId::new(CHANNEL)?,
            ACCOUNT,
            vec![SecretString::from(TOKEN.to_owned())],
            NUMBER,
            format!("{PUBLIC}/channels/{CHANNEL}").parse()?,
        )?;
        let transport = Arc::clone(&self.transport);
        let twilio = Arc::new(twilio::Twilio::new(channel, transport, Arc::new(SystemClock)));
        let keyword = Keyword::new(toml::from_str(KEYWORDS)?)?;
        let relay = Relay::builder(TenantId::new(TENANT)?)
            .assistant(Arc::new(keyword))
            .public_url(PUBLIC.parse()?)
            .links(|session, _| format!("{PUBLIC}/sessions/{session}").parse().ok())
            .desk(
                DeskSetup::new(Arc::<Creatio>::clone(&creatio))
                    .directory(creatio, true)
                    .open_case(self.open_case),
            )
            .channel(
                ChannelSetup::new(Arc::<twilio::Twilio>::clone(&twilio))
                    .webhook(twilio)
                    .desk(DeskId::new("creatio")?)
                    // So long that what is stored today is still idle when it is used again.
                    .inactivity(TimeDelta::days(36_500)),
            )
            .build_on(store, archive)?;
        Ok(relay)
    }
}

/// The routes of a server of this relay, as `handover serve` has them.
pub(crate) fn routes(relay: Relay) -> Router {
    Router::new()
        .route("/channels/{*rest}", any(receive))
        .route("/desks/{*rest}", any(receive))
        .with_state(relay)
}

async fn receive(State(mut relay): State<Relay>, request: Request<Body>) -> Response {
    let (head, body) = request.into_parts();
    match Limited::new(body, 1 << 20).collect().await {
        Ok(body) => {
            let Ok(answer) = relay.call(Request::from_parts(head, body.to_bytes())).await;
            answer.map(Body::from)
        }
        Err(_) => StatusCode::BAD_REQUEST.into_response(),
    }
}

const KEYWORDS: &str = r#"
[[answer]]
contains = ["opening hours", "open"]
reply = "We are open from 9 to 5."
"#;
