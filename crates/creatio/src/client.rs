//! The client: one value for everything that is asked of a Creatio.

pub(crate) mod call;
mod host;
mod raw;
mod read;
mod write;

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use chrono::{DateTime, Utc};
use handover_core::clock::Clock;
use handover_core::error::Error;
use handover_core::transport::Transport;

use crate::auth::Auth;
use crate::batch::Pace;
use crate::budget::{Budget, Priority, Usage};
use crate::column::Column;
use crate::config::{Config, ConfigError};
use crate::contacts::{Address, Flights, Found};
use crate::files::FileRules;
use crate::schema::Known;
use crate::together::Together;

use call::Fruitless;
use host::Roots;

pub use raw::{RawAnswer, RawRequest};
pub(crate) use read::unreadable;

/// A Creatio.
///
/// Cheap to clone; clones share the login, the limits and what is known of the schema. It never
/// repeats a request on its own, but for one renewal of a login that has run out.
#[derive(Clone)]
pub struct Client {
    shared: Arc<Shared>,
    priority: Priority,
}

struct Shared {
    roots: Roots,
    transport: Arc<dyn Transport>,
    clock: Arc<dyn Clock>,
    auth: Auth,
    budget: Budget,
    known: Known,
    pace: Pace,
    fruitless: Fruitless,
    askers: Together<Address, Vec<Found>>,
    flights: Flights,
    files: FileRules,
    max_file_size: AtomicU64,
    series: i64,
    calls: AtomicU64,
}

impl Client {
    /// A client. Nothing is called yet.
    ///
    /// # Errors
    /// [`ConfigError`] if the Identity Service's address is neither given nor derivable.
    pub fn new(
        config: &Config,
        transport: Arc<dyn Transport>,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, ConfigError> {
        let auth = Auth::new(config, Arc::clone(&transport), Arc::clone(&clock))?;
        let shared = Shared {
            roots: Roots::new(config),
            series: clock.now().timestamp_micros(),
            transport,
            clock,
            auth,
            budget: Budget::new(config.concurrency, config.daily_calls),
            known: Known::default(),
            pace: Pace::new(config.timeout),
            fruitless: Fruitless::default(),
            askers: Together::default(),
            flights: Flights::default(),
            files: config.files.clone(),
            max_file_size: AtomicU64::new(0),
            calls: AtomicU64::new(0),
        };
        Ok(Self { shared: Arc::new(shared), priority: Priority::Customer })
    }

    /// The same client, its calls having this priority.
    #[must_use]
    pub fn with_priority(&self, priority: Priority) -> Self {
        Self { shared: Arc::clone(&self.shared), priority }
    }

    /// How many calls were made today.
    pub fn usage(&self) -> Usage {
        self.shared.budget.usage(self.now())
    }

    /// Logs in, unless that was done and is good still. After a refusal this is how to try again:
    /// other calls do not.
    ///
    /// # Errors
    /// [`ErrorKind::Unauthorized`](handover_core::error::ErrorKind::Unauthorized) if the login is
    /// refused, [`ErrorKind::Config`](handover_core::error::ErrorKind::Config) if what answers is no
    /// Creatio or no Identity Service.
    ///
    /// # Cancel safety
    /// No effect.
    pub async fn log_in(&self) -> Result<(), Error> {
        self.allow_login();
        self.shared.auth.credentials(None).await.map(drop)
    }

    /// Allows one more login after one that was refused; the next call makes it.
    pub fn allow_login(&self) {
        self.shared.auth.reopen();
    }

    /// Ends the session of a user's login; of an application's there is none. A client that is used
    /// after this logs in again.
    ///
    /// # Errors
    /// Any [`Error`] of the call. The session then lasts until Creatio ends it, an hour as a rule.
    ///
    /// # Cancel safety
    /// The session may have been left open.
    pub async fn close(&self) -> Result<(), Error> {
        self.shared.auth.close().await
    }

    /// Whether it logs in as a user.
    pub(crate) fn is_session(&self) -> bool {
        self.shared.auth.is_session()
    }

    /// The time, by the clock of this client.
    pub(crate) fn now(&self) -> DateTime<Utc> {
        self.shared.clock.now()
    }

    pub(crate) fn known(&self) -> &Known {
        &self.shared.known
    }

    pub(crate) fn pace(&self) -> &Pace {
        &self.shared.pace
    }

    pub(crate) fn askers(&self) -> &Together<Address, Vec<Found>> {
        &self.shared.askers
    }

    pub(crate) fn flights(&self) -> &Flights {
        &self.shared.flights
    }

    pub(crate) fn file_rules(&self) -> &FileRules {
        &self.shared.files
    }

    /// The most bytes of a file, once that was asked for.
    pub(crate) fn max_file_size(&self) -> Option<u64> {
        Some(self.shared.max_file_size.load(Ordering::Relaxed)).filter(|most| *most > 0)
    }

    pub(crate) fn set_max_file_size(&self, most: u64) {
        self.shared.max_file_size.store(most, Ordering::Relaxed);
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("base", &self.shared.roots.base()).finish_non_exhaustive()
    }
}

/// The column `Id`.
pub(crate) const ID: Column = Column::plain("Id");
/// A firewall in front of Creatio may refuse clients without a name.
pub(crate) const USER_AGENT: &str = concat!("handover-creatio/", env!("CARGO_PKG_VERSION"));

#[cfg(test)]
mod tests;
