//! The directory: contacts by number or mailbox.

use async_trait::async_trait;
use handover_core::channel::Account;
use handover_core::directory::{Contact, Directory};
use handover_core::error::{Error, ErrorKind};
use handover_core::id::Key;
use handover_core::identity::{Identity, Name};

use crate::contacts::{Address, Found};
use crate::creatio::Creatio;

/// Only numbers and mailboxes are looked up: Creatio knows no other identities.
///
/// # Errors
/// [`ErrorKind::Invalid`] for making a contact of any other identity.
///
/// # Idempotency
/// A contact has the id of its key; twice is once.
#[async_trait]
impl Directory for Creatio {
    fn account(&self) -> Account {
        Self::account(self)
    }

    async fn lookup(&self, identity: &Identity) -> Result<Vec<Contact>, Error> {
        let Ok(address) = address(identity) else { return Ok(Vec::new()) };
        let found = self.client().contacts().find(&address).await?;
        Ok(found.into_iter().map(contact).collect())
    }

    async fn create(
        &self,
        identity: &Identity,
        name: Option<&Name>,
        key: &Key,
    ) -> Result<Contact, Error> {
        let address = address(identity)?;
        self.client()
            .contacts()
            .create(&address, key.uuid(), name.map(Name::as_str))
            .await
            .map(contact)
    }
}

fn address(identity: &Identity) -> Result<Address, Error> {
    match identity.scheme.as_ref() {
        Identity::TEL => Address::phone(&identity.value),
        Identity::EMAIL => Address::email(&identity.value),
        _ => {
            let message = "Creatio keeps contacts by phone number or mailbox only";
            Err(Error::never(ErrorKind::Invalid, message).with_code("identity"))
        }
    }
}

fn contact(found: Found) -> Contact {
    Contact::new(found.id.to_string(), found.name)
}

#[cfg(test)]
mod tests;
