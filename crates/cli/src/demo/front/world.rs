//! A Front with an AI teammate and a person, and the relay that it calls.

use std::path::Path;

use chrono::Utc;
use handover_sim::front::{Front, Hook};
use handover_sim::server::{self, Handle};

use crate::demo::ground::{Ground, Running, any, not_started};
use crate::demo::world::{OPENING_HOURS, OPERATOR_TOKEN};
use crate::failure::Failure;

/// Everything that runs. Dropping it stops it; [`World::stop`] stops it gracefully.
#[derive(Debug)]
pub(super) struct World {
    pub(super) front: Front,
    /// What Front was told to call.
    pub(super) webhook: String,
    server: Handle,
    running: Running,
}

impl World {
    /// Starts everything on free ports, with the store in `folder` or a temporary one.
    pub(super) async fn start(folder: Option<&Path>) -> Result<Self, Failure> {
        let ground = Ground::new(folder).await?;
        let front = Front::builder(TOKEN)
            .teammate(AI, "ai@acme.example", "ai", "Assistant")
            .teammate(REP, "rita@acme.example", "user", "Rita Rep")
            .inbox("inb_sms", "SMS")
            .channel("cha_sms", "inb_sms", "twilio", "+18005551212")
            .assign_new_to(AI)
            .build();
        let server = server::serve(front.clone(), any()).await;
        let server = server.map_err(not_started("the simulated Front"))?;
        front.set_api_url(&server.base_url());
        let webhook = format!("{}/desks/front", ground.relay_url);
        let text = configuration(&ground, &server.base_url());
        let running = ground.start(&text).await?;
        Ok(Self { front, webhook, server, running })
    }

    /// Has Front save the webhook: it asks the relay to prove itself.
    pub(super) fn save_webhook(&self) {
        let hook = Hook::application(&self.webhook, APP_KEY);
        self.front.save_hook(hook, "a-word-to-say-back", Utc::now());
    }

    /// Stops the relay gracefully, then the simulator.
    pub(super) async fn stop(self) -> Result<(), Failure> {
        let ended = self.running.stop().await;
        self.server.shutdown().await;
        ended
    }
}

/// What an operator would write for this world.
fn configuration(ground: &Ground, front: &str) -> String {
    let Ground { address, relay_url, .. } = ground;
    format!(
        r#"tenant = "demo"

[server]
listen = "{address}"
public_url = "{relay_url}"
operator_token = "{OPERATOR_TOKEN}"

[store]
url = "sqlite:handover.db"
blobs = "file:handover-blobs"

[assistant]
kind = "keyword"
[[assistant.answer]]
contains = ["opening hours", "when are you open"]
reply = "{OPENING_HOURS}"
[[assistant.sentiment]]
label = "frustrated"
contains = ["fed up", "ridiculous"]

[desk.front]
kind = "front"
api_url = "{front}"
token = "{TOKEN}"
app_signing_key = "{APP_KEY}"
teammate_id = "{AI}"
tags = ["{TAG}"]

[channel.front-sms]
kind = "front"
desk = "front"
inboxes = ["inb_sms"]
"#
    )
}

/// The teammate as whom the assistant speaks.
pub(super) const AI: &str = "tea_ai";
/// The person.
pub(super) const REP: &str = "tea_rep";
/// What a conversation is tagged with at the handoff.
pub(super) const TAG: &str = "handed-off";
/// Nothing outside this process ever sees these secrets; they protect nothing.
const APP_KEY: &str = "demo-signing-key";
const TOKEN: &str = "demo-front-token";
