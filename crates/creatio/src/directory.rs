//! Contacts, found by the platform's own rules.

use async_trait::async_trait;
use handover_core::channel::Account;
use handover_core::directory::{Contact, Directory};
use handover_core::error::{Error, ErrorKind};
use handover_core::id::Key;
use handover_core::identity::Identity;
use uuid::Uuid;

use crate::column::Values;
use crate::creatio::Creatio;
use crate::encode::{clean, shorten};
use crate::entities::{self, base, contact};
use crate::filter::Filter;
use crate::ids;
use crate::parse::Row;
use crate::query::Query;

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
        let found = match identity.scheme.as_ref() {
            Identity::TEL => self.by_number(&identity.value).await?,
            Identity::EMAIL => self.by_mailbox(&identity.value).await?,
            _ => return Ok(Vec::new()),
        };
        let rows = self.client().rows(&entities::CONTACT, &found, &[base::ID, base::NAME]).await?;
        // In the order in which they were found, not in the order of the answer.
        Ok(found
            .iter()
            .filter_map(|id| {
                let row = rows.iter().find(|row| row.id(&base::ID) == Some(*id))?;
                let name = row.text(&base::NAME).map(str::to_owned);
                Some(Contact::new(id.to_string(), name))
            })
            .collect())
    }

    async fn create(&self, identity: &Identity, key: &Key) -> Result<Contact, Error> {
        let value = clean(&identity.value);
        let name = shorten(&value, NAME).into_owned();
        let values = Values::new().set(base::NAME, name);
        let values = match identity.scheme.as_ref() {
            Identity::TEL => values.set(contact::MOBILE_PHONE, value),
            Identity::EMAIL => values.set(contact::EMAIL, value.to_lowercase()),
            _ => {
                let message = "Creatio keeps contacts by phone number or mailbox only";
                return Err(Error::never(ErrorKind::Invalid, message).with_code("identity"));
            }
        };
        let id = key.uuid();
        let columns = [base::ID, base::NAME];
        let row = self.client().create(&entities::CONTACT, id, &values, &columns).await?.into_row();
        Ok(Contact::new(id.to_string(), row.text(&base::NAME).map(str::to_owned)))
    }
}

impl Creatio {
    /// The contacts that own this number in full.
    ///
    /// Source: the server keeps the digits reversed, and its own telephony compares the first seven
    /// of them. Seven digits are no proof, so all of them are compared here. A number that was
    /// entered without its country code is a different number to anybody who does not guess.
    async fn by_number(&self, number: &str) -> Result<Vec<Uuid>, Error> {
        let digits: String = number.chars().filter(char::is_ascii_digit).collect();
        if digits.len() < SEARCH_DIGITS {
            return Ok(Vec::new());
        }
        let reversed: String = digits.chars().rev().collect();
        let query = communication()
            .filter(Filter::starts_with(&contact::SEARCH_NUMBER, &reversed[..SEARCH_DIGITS]))
            .filter(Filter::eq(&contact::NON_ACTUAL, false));
        let rows = self.client().query(&query).await?;
        let owns = |row: &&Row| {
            let kind = row.id(&contact::COMMUNICATION_TYPE);
            kind.is_some_and(|kind| ids::PHONES.contains(&kind))
                && row
                    .text(&contact::NUMBER)
                    .is_some_and(|entered| international(entered) == digits)
        };
        Ok(distinct(rows.iter().filter(owns)))
    }

    /// The contacts that own this mailbox.
    ///
    /// Source: the server keeps it in lower case.
    async fn by_mailbox(&self, mailbox: &str) -> Result<Vec<Uuid>, Error> {
        let mailbox = mailbox.trim().to_lowercase();
        if mailbox.is_empty() {
            return Ok(Vec::new());
        }
        let query = communication()
            .filter(Filter::eq(&contact::SEARCH_NUMBER, mailbox.as_str()))
            .filter(Filter::eq(&contact::COMMUNICATION_TYPE, ids::BY_EMAIL))
            .filter(Filter::eq(&contact::NON_ACTUAL, false));
        let rows = self.client().query(&query).await?;
        Ok(distinct(rows.iter()))
    }
}

fn communication() -> Query {
    let columns = [base::ID, contact::CONTACT, contact::COMMUNICATION_TYPE, contact::NUMBER];
    Query::new(entities::CONTACT_COMMUNICATION, columns).order_by(base::CREATED_ON).top(CANDIDATES)
}

/// The digits of a number as it was entered: `+`, `00` and `011` mean what they mean, a zero in
/// brackets is not dialled from abroad, and an extension is not the number.
fn international(entered: &str) -> String {
    let main = entered.split(['x', 'X', '#', ';', ',']).next().unwrap_or_default();
    let main = main.replace("(0)", "");
    let digits: String = main.chars().filter(char::is_ascii_digit).collect();
    if main.trim_start().starts_with('+') {
        return digits;
    }
    match digits
        .strip_prefix("00")
        .or_else(|| digits.strip_prefix("011").filter(|rest| rest.len() > 10))
    {
        Some(rest) => rest.to_owned(),
        None => digits,
    }
}

/// Their contacts, each once, in order.
fn distinct<'a>(rows: impl Iterator<Item = &'a Row>) -> Vec<Uuid> {
    let mut contacts = Vec::new();
    for id in rows.filter_map(|row| row.id(&contact::CONTACT)) {
        if !contacts.contains(&id) {
            contacts.push(id);
        }
    }
    contacts
}

/// How many reversed digits are compared by the server: the default of `SearchNumberLength`.
const SEARCH_DIGITS: usize = 7;
const CANDIDATES: usize = 200;
/// UTF-16 units of `Contact.Name`.
const NAME: usize = 250;

#[cfg(test)]
mod tests;
