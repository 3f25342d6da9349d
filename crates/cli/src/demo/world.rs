//! The demo's world: a Creatio, a Twilio, and the relay between them.

mod configuration;

use std::path::{Path, PathBuf};

use handover_core::policy::OpenCase;
use handover_sim::creatio::{Creatio, Kind, Poke, PokeStyle};
use handover_sim::server::{self, Handle};
use handover_sim::twilio::Twilio;

use super::ground::{Ground, Running, any, not_started};
use crate::failure::Failure;
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
    running: Running,
}

impl World {
    /// Starts everything on free ports, with the store in `folder` or a temporary one.
    pub(super) async fn start(mode: OpenCase, folder: Option<&Path>) -> Result<Self, Failure> {
        let ground = Ground::new(folder).await?;
        let relay_url = ground.relay_url.clone();

        let creatio = creatio(&relay_url)?;
        let twilio = Twilio::builder(ACCOUNT_SID, AUTH_TOKEN)
            .number(OURS)
            .inbound_url(&format!("{relay_url}/channels/{CHANNEL}#rc=5&rp=all"))
            .build();
        let at_creatio = server::serve(creatio.clone(), any()).await;
        let at_creatio = at_creatio.map_err(not_started("the simulated Creatio"))?;
        let at_twilio = server::serve(twilio.clone(), any()).await;
        let at_twilio = at_twilio.map_err(not_started("the simulated Twilio"))?;
        twilio.set_api_url(&at_twilio.base_url());

        let urls = Urls {
            listen: ground.address,
            relay: &relay_url,
            creatio: &at_creatio.base_url(),
            twilio: &at_twilio.base_url(),
        };
        let text = configuration::text(mode, &urls, &creatio);
        let running = ground.start(&text).await?;
        Ok(Self {
            creatio,
            twilio,
            creatio_url: at_creatio.base_url(),
            twilio_url: at_twilio.base_url(),
            relay_url,
            config: running.config.clone(),
            servers: vec![at_creatio, at_twilio],
            running,
        })
    }

    /// Stops the relay gracefully, then the simulators.
    pub(super) async fn stop(self) -> Result<(), Failure> {
        let ended = self.running.stop().await;
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
