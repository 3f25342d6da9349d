//! Twilio Programmable Messaging: texts and picture messages.
//!
//! [`Twilio`] is a [`Webhook`](handover_core::webhook::Webhook) for what comes in and for status
//! callbacks, a [`Channel`](handover_core::channel::Channel) for what goes out, a
//! [`Feed`](handover_core::feed::Feed) over the message list for what was missed while we were
//! down, and a [`Probe`](handover_core::probe::Probe) for the doctor.

use std::fmt;
use std::sync::Arc;

use handover_core::clock::Clock;
use handover_core::transport::Transport;

mod api;
mod code;
mod config;
mod consent;
mod encode;
mod feed;
mod fetch;
mod find;
mod form;
mod html;
mod parse;
mod probe;
mod row;
mod send;
mod signature;
#[cfg(test)]
mod testing;

pub use code::{Class, Code};
pub use config::{Config, ConfigError};

/// A Twilio number or messaging service as a channel.
///
/// Cloning is cheap: clones share the configuration, the transport and the clock. It holds no
/// state of its own between calls.
///
/// # Cancel safety
/// Every call may be dropped. Only a dropped [`send`](handover_core::channel::Channel::send) leaves
/// anything behind: an uncertain text that [`find`](handover_core::channel::Channel::find) looks
/// for.
///
/// # Privacy
/// `Debug` shows the channel's name only.
#[derive(Clone)]
pub struct Twilio {
    shared: Arc<Shared>,
}

struct Shared {
    config: Config,
    transport: Arc<dyn Transport>,
    clock: Arc<dyn Clock>,
}

impl Twilio {
    /// A channel over `config`, which is complete and checked.
    pub fn new(config: Config, transport: Arc<dyn Transport>, clock: Arc<dyn Clock>) -> Self {
        Self { shared: Arc::new(Shared { config, transport, clock }) }
    }

    fn config(&self) -> &Config {
        &self.shared.config
    }
}

impl fmt::Debug for Twilio {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Twilio").field("channel", &self.config().channel).finish_non_exhaustive()
    }
}
