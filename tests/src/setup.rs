//! One relay of the real adapters, on whatever network, clock and store a test gives it.

use std::sync::Arc;

use chrono::TimeDelta;
use handover_core::archive::Archive;
use handover_core::assistant::{Assistant, FieldSpec};
use handover_core::clock::Clock;
use handover_core::id::{ChannelId, DeskId, TenantId};
use handover_core::policy::OpenCase;
use handover_core::store::Store;
use handover_core::transport::Transport;
use handover_creatio::{Client, Config, Creatio, DeskConfig, ReplyRule};
use handover_relay::{ChannelSetup, DeskSetup, Relay};
use handover_sim::creatio::{Creatio as CreatioSim, Kind, Poke, PokeStyle};
use handover_sim::twilio::{Builder as TwilioBuilder, Twilio as TwilioSim};
use handover_sms::twilio;
use secrecy::SecretString;
use uuid::Uuid;

/// Our number.
pub const NUMBER: &str = "+15550001111";

const ACCOUNT: &str = "AC0123456789abcdef0123456789abcdef";
/// What Creatio's business process shows.
pub(crate) const SECRET: &str = "a-secret-of-the-business-process";

/// A Twilio that posts to the relay of [`relay`].
pub fn twilio() -> TwilioBuilder {
    TwilioSim::builder(ACCOUNT, "token")
        .number(NUMBER)
        .inbound_url("https://relay.example/channels/sms-us")
}

/// A Creatio whose business process calls the relay of [`relay`].
pub fn creatio() -> CreatioSim {
    let creatio = silent_creatio();
    let url = "https://relay.example/desks/creatio".parse().unwrap();
    creatio.poke(Poke::new(url, SECRET, PokeStyle::Header));
    creatio
}

/// A Creatio without a business process.
pub(crate) fn silent_creatio() -> CreatioSim {
    CreatioSim::builder("client", "client-secret")
        .column("Case", "UsrOrderNumber", Kind::Text(Some(50)))
        .build()
}

/// The relay of the tenant `acme`: `sms-us` on Twilio, `creatio` as its desk, finished calls as
/// replies.
pub fn relay(
    open_case: OpenCase,
    owner: Uuid,
    transport: &Arc<dyn Transport>,
    clock: &Arc<dyn Clock>,
    assistant: Arc<dyn Assistant>,
    (store, archive): (Arc<dyn Store>, Arc<dyn Archive>),
) -> Relay {
    let creatio = Arc::new(desk(tenant(), owner, transport, clock));
    let sms = Arc::new(channel(transport, clock));
    Relay::builder(tenant())
        .clock(Arc::clone(clock))
        .assistant(assistant)
        .links(|session, _| format!("https://relay.example/sessions/{session}").parse().ok())
        .desk(
            DeskSetup::new(Arc::<Creatio>::clone(&creatio))
                .directory(Arc::<Creatio>::clone(&creatio), true)
                .webhook(Arc::<Creatio>::clone(&creatio))
                .feed(creatio)
                .open_case(open_case)
                .fields(fields()),
        )
        .channel(
            ChannelSetup::new(Arc::<twilio::Twilio>::clone(&sms))
                .webhook(Arc::<twilio::Twilio>::clone(&sms))
                .feed(sms)
                .desk(DeskId::new("creatio").unwrap())
                .inactivity(TimeDelta::hours(3)),
        )
        .build_on(store, archive)
        .unwrap()
}

/// The tenant of [`relay`].
pub fn tenant() -> TenantId {
    TenantId::new("acme").unwrap()
}

fn fields() -> Vec<FieldSpec> {
    vec![FieldSpec {
        column: "UsrOrderNumber".into(),
        title: "Order number".into(),
        description: String::new(),
        kind: "text".into(),
        fill: handover_core::assistant::Fill::Handoff,
        options: Vec::new(),
        pattern: Some(r"\b(A-\d{4})\b".into()),
    }]
}

/// The desk of [`relay`].
pub(crate) fn desk_of(
    owner: Uuid,
    transport: &Arc<dyn Transport>,
    clock: &Arc<dyn Clock>,
) -> Creatio {
    desk(tenant(), owner, transport, clock)
}

/// The desk `creatio` of a tenant.
pub(crate) fn desk(
    tenant: TenantId,
    owner: Uuid,
    transport: &Arc<dyn Transport>,
    clock: &Arc<dyn Clock>,
) -> Creatio {
    let config =
        Config::new("https://acme.creatio.com", "client", secret("client-secret")).unwrap();
    let desk = DeskConfig::new(tenant, DeskId::new("creatio").unwrap())
        .with_webhook_secrets(vec![secret(SECRET)])
        .unwrap()
        .with_default_owner_id(&owner.to_string())
        .unwrap()
        .with_resolved_status_id("ae7f411e-f46b-1410-009b-0050ba5d6c38")
        .unwrap()
        .with_reply_rule(ReplyRule::new(vec!["Call".to_owned()]).unwrap())
        .with_fields(fields())
        .unwrap();
    let client = Client::new(&config, Arc::clone(transport), Arc::clone(clock)).unwrap();
    Creatio::new(client, desk).unwrap()
}

/// The channel `sms-us`.
pub(crate) fn channel(transport: &Arc<dyn Transport>, clock: &Arc<dyn Clock>) -> twilio::Twilio {
    twilio::Twilio::new(channel_config(), Arc::clone(transport), Arc::clone(clock))
}

/// The channel of [`relay`].
pub(crate) fn channel_config() -> twilio::Config {
    twilio::Config::new(
        ChannelId::new("sms-us").unwrap(),
        ACCOUNT,
        vec![secret("token")],
        NUMBER,
        "https://relay.example/channels/sms-us".parse().unwrap(),
    )
    .unwrap()
}

fn secret(text: &str) -> SecretString {
    SecretString::from(text.to_owned())
}
