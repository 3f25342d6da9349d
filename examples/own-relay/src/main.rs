//! A conversation in the terminal. End it with Ctrl-D.

use std::io::{self, BufRead as _, Write as _};
use std::sync::Arc;

use bytes::Bytes;
use chrono::Utc;
use handover_core::id::TenantId;
use handover_core::memory::MemoryStore;
use handover_core::policy::Policy;
use handover_keyword::{Config, Keyword};
use http::Request;
use own_relay::OwnRelay;
use own_relay::terminal::Terminal;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let terminal = Terminal::new()?;
    let relay = OwnRelay {
        tenant: TenantId::new("acme")?,
        store: MemoryStore::new(),
        webhook: Arc::new(terminal.clone()),
        channel: Arc::new(terminal.clone()),
        assistant: Arc::new(Keyword::new(Config::default())?),
        policy: Policy::default(),
    };
    for line in io::stdin().lock().lines() {
        relay.receive(&Request::new(Bytes::from(line?)), Utc::now()).await;
        while relay.work_one(Utc::now()).await? {}
        for text in terminal.look() {
            writeln!(io::stdout(), "assistant: {text}")?;
        }
        relay.tick(Utc::now()).await?;
    }
    Ok(())
}
