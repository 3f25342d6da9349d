//! Contacts.

use async_trait::async_trait;
use handover_core::channel::Account;
use handover_core::directory::{Contact, Directory};
use handover_core::error::{Error, ErrorKind};
use handover_core::id::Key;
use handover_core::identity::{Identity, Name, Proof};

use crate::front::Front;
use crate::rows;

#[cfg(test)]
mod tests;

/// Phone numbers and mailboxes are looked up. In Front an address belongs to one contact at most.
///
/// # Errors
/// [`ErrorKind::Invalid`] for making a contact of any other identity.
///
/// # Idempotency
/// A contact is made for an address, and the one that has it already is read: twice is once,
/// whatever the key.
#[async_trait]
impl Directory for Front {
    fn account(&self) -> Account {
        Self::account(self)
    }

    async fn lookup(&self, identity: &Identity) -> Result<Vec<Contact>, Error> {
        let Some((source, handle)) = address(identity) else { return Ok(Vec::new()) };
        let found = self.client().contact(source, &handle).await?;
        Ok(found.map(contact).into_iter().collect())
    }

    async fn create(
        &self,
        identity: &Identity,
        name: Option<&Name>,
        _key: &Key,
    ) -> Result<Contact, Error> {
        let Some((source, handle)) = address(identity) else {
            let message = "Front's contacts are made by phone number or mailbox only";
            return Err(Error::never(ErrorKind::Invalid, message).with_code("identity"));
        };
        self.client().create_contact(source, &handle, name.map(Name::as_str)).await.map(contact)
    }
}

/// How Front names an identity. A number without its country would be read as a US one.
fn address(identity: &Identity) -> Option<(&'static str, String)> {
    match identity.scheme.as_ref() {
        Identity::TEL => {
            let number = Identity::tel(&identity.value, Proof::Claimed)?;
            Some(("phone", number.value.into()))
        }
        Identity::EMAIL if identity.value.contains('@') => {
            Some(("email", identity.value.to_lowercase()))
        }
        _ => None,
    }
}

fn contact(row: rows::Contact) -> Contact {
    Contact::new(row.id, row.name.filter(|name| !name.trim().is_empty()))
}
