//! Contacts of a CRM.

use std::fmt;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::channel::Account;
use crate::error::Error;
use crate::id::Key;
use crate::identity::{Identity, Name};

/// Finds and makes contacts.
///
/// # Cancel safety
/// Every call may be dropped and made again.
#[async_trait]
pub trait Directory: fmt::Debug + Send + Sync + 'static {
    /// The account at the provider that its calls count against.
    fn account(&self) -> Account;

    /// Every contact that owns exactly this identity. Several are several: nobody guesses here.
    async fn lookup(&self, identity: &Identity) -> Result<Vec<Contact>, Error>;

    /// Makes a contact for `identity`, called `name` where that is known. Twice with the same key is
    /// one contact.
    async fn create(
        &self,
        identity: &Identity,
        name: Option<&Name>,
        key: &Key,
    ) -> Result<Contact, Error>;
}

/// A contact, as a directory knows it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contact {
    /// What the directory calls it.
    pub reference: Box<str>,
    /// Its name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

impl Contact {
    /// A contact under the directory's name for it.
    pub fn new(reference: impl Into<Box<str>>, name: Option<String>) -> Self {
        Self { reference: reference.into(), name }
    }
}

impl fmt::Debug for Contact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Contact").field("reference", &self.reference).finish_non_exhaustive()
    }
}
