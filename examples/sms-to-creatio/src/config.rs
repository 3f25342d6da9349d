//! The configuration, from variables that the caller reads.

use std::error::Error;
use std::net::SocketAddr;

use handover_core::id::{ChannelId, DeskId, TenantId};
use handover_creatio::{Config as CreatioConfig, DeskConfig, ReplyRule};
use handover_sms::twilio;

/// What the relay is made of.
pub struct Config {
    pub tenant: TenantId,
    pub listen: SocketAddr,
    pub public_url: String,
    pub store: String,
    pub blobs: String,
    pub twilio: twilio::Config,
    pub creatio: CreatioConfig,
    pub desk: DeskConfig,
}

impl Config {
    /// Reads what `var` gives: `|name| std::env::var(name).ok()` in a program.
    pub fn from_vars(var: impl Fn(&str) -> Option<String>) -> Result<Self, Box<dyn Error>> {
        let or = |name, default: &str| var(name).unwrap_or_else(|| default.to_owned());
        let must = |name: &str| var(name).ok_or_else(|| format!("set the variable {name}"));
        let tenant = TenantId::new("acme")?;
        let public_url = must("PUBLIC_URL")?.trim_end_matches('/').to_owned();

        let mut twilio = twilio::Config::new(
            ChannelId::new("sms")?,
            &must("TWILIO_ACCOUNT_SID")?,
            vec![must("TWILIO_AUTH_TOKEN")?.into()],
            &must("TWILIO_FROM")?,
            format!("{public_url}/channels/sms").parse()?,
        )?;
        if let Some(url) = var("TWILIO_API_URL") {
            twilio = twilio.with_api_url(url.parse()?)?;
        }

        let secret = must("CREATIO_CLIENT_SECRET")?.into();
        let mut creatio =
            CreatioConfig::new(&must("CREATIO_URL")?, must("CREATIO_CLIENT_ID")?, secret)?;
        if let Some(url) = var("CREATIO_IDENTITY_URL") {
            creatio = creatio.with_identity_url(&url)?;
        }
        let types = or("CREATIO_REPLY_TYPES", "Email").split(',').map(str::to_owned).collect();
        let mut desk = DeskConfig::new(tenant.clone(), DeskId::new("creatio")?)
            .with_webhook_secrets(vec![must("CREATIO_WEBHOOK_SECRET")?.into()])?
            .with_reply_rule(ReplyRule::new(types)?);
        if let Some(owner) = var("CREATIO_OWNER_ID") {
            desk = desk.with_default_owner_id(&owner)?;
        }

        let listen = or("LISTEN", "127.0.0.1:8080").parse()?;
        let (store, blobs) =
            (or("STORE", "sqlite:handover.db"), or("BLOBS", "file:handover-blobs"));
        Ok(Self { tenant, listen, public_url, store, blobs, twilio, creatio, desk })
    }
}
