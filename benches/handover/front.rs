//! Front: what comes in from it, and how soon a customer there is answered.

use std::sync::Arc;

use handover_core::archive::Archive;
use handover_core::clock::Clock;
use handover_core::id::{ChannelId, DeskId, TenantId};
use handover_core::store::Store;
use handover_core::transport::Transport;
use handover_front::ids::{InboxId, TeammateId};
use handover_front::{Client, Config, DeskConfig, Front};
use handover_keyword::Keyword;
use handover_relay::{ChannelSetup, DeskSetup, Relay};
use secrecy::SecretString;

use crate::parts::{PUBLIC, TENANT};
use crate::table::Table;
use crate::{Done, Plan};

mod replies;
mod webhooks;

pub(crate) fn run(plan: Plan, table: &mut Table) -> Done<()> {
    webhooks::run(plan, table)?;
    replies::run(plan, table)
}

/// A relay whose assistant is a teammate on a number that is connected to Front.
fn relay(
    transport: Arc<dyn Transport>,
    clock: &Arc<dyn Clock>,
    store: Arc<dyn Store>,
    archive: Arc<dyn Archive>,
) -> Done<Relay> {
    let (desk, channel) = (DeskId::new("front")?, ChannelId::new(CHANNEL)?);
    let login = Config::new(SecretString::from(TOKEN))?;
    let client = Client::new(&login, transport, Arc::clone(clock))?;
    let config = DeskConfig::new(desk.clone(), TeammateId::new(AI)?)?
        .with_application_keys(vec![SecretString::from(KEY)])?
        .with_channel(&channel, [InboxId::new(INBOX)?])?;
    let front = Arc::new(Front::new(client, config));
    let hosted = front.channel(&channel).ok_or("the desk hosts no such channel")?;
    let relay = Relay::builder(TenantId::new(TENANT)?)
        .clock(Arc::clone(clock))
        .public_url(PUBLIC.parse()?)
        .assistant(Arc::new(Keyword::new(toml::from_str(KEYWORDS)?)?))
        .desk(DeskSetup::new(Arc::<Front>::clone(&front)).webhook(front))
        .channel(ChannelSetup::new(Arc::new(hosted)).desk(desk))
        .build_on(store, archive)?;
    Ok(relay)
}

const AI: &str = "tea_ai";
const CHANNEL: &str = "front-sms";
const INBOX: &str = "inb_sms";
const KEY: &str = "a-signing-key";
const KEYWORDS: &str = r#"
[[answer]]
contains = ["open"]
reply = "We are open from 9 to 5."
"#;
const TOKEN: &str = "token";
