//! One Creatio as the relay sees it.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use handover_core::channel::Account;
use handover_core::error::Error;
use handover_core::id::{AccountId, InvalidName, Key};
use uuid::Uuid;

use crate::client::Client;
use crate::config::{ConfigError, DeskConfig, bad};
use crate::entities::{activity, base};
use crate::lookups::Lookups;
use crate::parse::Row;
use crate::together::Together;

/// A Creatio as a desk, its directory, its feed, its webhook and its doctor: it implements all five
/// of core's traits.
///
/// Cheap to clone; clones share the client and what it has learnt of the tenant.
#[derive(Clone)]
pub struct Creatio(pub(crate) Arc<Shared>);

pub(crate) struct Shared {
    pub(crate) client: Client,
    pub(crate) config: DeskConfig,
    pub(crate) account: AccountId,
    pub(crate) lookups: Lookups,
    /// Cases that are read before or after a change.
    pub(crate) cases: Together<Uuid, Row>,
    /// The contact of the integration's user, once a row of ours has told it.
    own: Mutex<Option<Uuid>>,
}

impl Creatio {
    /// A desk over `client`.
    ///
    /// # Errors
    /// [`ConfigError`] if the desk's name is too long to name an account.
    pub fn new(client: Client, config: DeskConfig) -> Result<Self, ConfigError> {
        let account = AccountId::new(format!("creatio-{}", config.desk))
            .map_err(|InvalidName| bad("desk", "its name is too long: 56 characters at most"))?;
        let lookups = Lookups::default();
        let (cases, own) = (Together::default(), Mutex::new(None));
        Ok(Self(Arc::new(Shared { client, config, account, lookups, cases, own })))
    }

    /// Allows one more login after one that was refused, of which the next call makes use: what a
    /// person does who has mended the password. Until then nobody logs in, because Creatio locks
    /// accounts.
    pub fn allow_login(&self) {
        self.client().allow_login();
    }

    /// Ends the session of a user's login; see [`Client::close`].
    ///
    /// # Errors
    /// Any [`Error`] of the call.
    ///
    /// # Cancel safety
    /// The session may have been left open.
    pub async fn close(&self) -> Result<(), Error> {
        self.client().close().await
    }

    pub(crate) fn client(&self) -> &Client {
        &self.0.client
    }

    pub(crate) fn config(&self) -> &DeskConfig {
        &self.0.config
    }

    pub(crate) fn account(&self) -> Account {
        Account::new(self.0.account.clone())
    }

    /// The contact that rows of ours are made by, if it is known yet.
    pub(crate) fn own_contact(&self) -> Option<Uuid> {
        *self.own()
    }

    /// Learns our own contact from a row that is certainly ours.
    pub(crate) fn learn(&self, ours: &Row) {
        if let Some(contact) = ours.id(&base::CREATED_BY) {
            *self.own() = Some(contact);
        }
    }

    fn own(&self) -> MutexGuard<'_, Option<Uuid>> {
        self.0.own.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether an activity is an entry of ours: it carries the key that its id is made from.
pub(crate) fn is_entry(row: &Row) -> bool {
    let key = row.text(&activity::GLOBAL_ID).and_then(Key::parse);
    key.is_some_and(|key| row.id(&base::ID) == Some(key.uuid()))
}

impl fmt::Debug for Creatio {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Creatio")
            .field("client", &self.0.client)
            .field("desk", &self.0.config.desk)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
