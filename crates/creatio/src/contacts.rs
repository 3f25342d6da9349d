//! Contacts, found by the platform's own rules.

mod flight;
mod number;

use std::collections::HashMap;
use std::fmt;

use handover_core::error::{Error, ErrorKind};
use uuid::Uuid;

use crate::client::Client;
use crate::column::Values;
use crate::encode::{clean, shorten};
use crate::entities::{self, base, contact};
use crate::filter::Filter;
use crate::ids;
use crate::parse::Row;
use crate::query::Query;

pub(crate) use flight::Flights;

/// The contacts of a Creatio, by number or mailbox.
#[derive(Clone, Copy, Debug)]
pub struct Contacts<'a>(&'a Client);

/// What a contact is found by.
///
/// # Privacy
/// `Debug` shows its kind only.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Address {
    kind: Kind,
    value: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Kind {
    Email,
    Phone,
}

/// A contact that was found or made.
///
/// # Privacy
/// `Debug` shows the id only.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Found {
    /// Its id.
    pub id: Uuid,
    /// Its name, if it has one.
    pub name: Option<String>,
}

/// Whose address it is. Complete: nothing is guessed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Match {
    /// Several contacts have this address.
    Ambiguous(Vec<Found>),
    /// Nobody's.
    None,
    /// This contact's, and no other's.
    One(Found),
}

impl Client {
    /// The contacts of this Creatio.
    pub fn contacts(&self) -> Contacts<'_> {
        Contacts(self)
    }
}

impl Contacts<'_> {
    /// All contacts that own this address, the oldest entry first.
    ///
    /// Source: the server keeps numbers with their digits reversed and mailboxes in lower case. Its
    /// own telephony compares seven digits, which is no proof: here all of them are compared. Entries
    /// that are out of use do not count.
    ///
    /// Addresses that are looked for while others are, are looked for in one call.
    ///
    /// # Errors
    /// Any [`Error`] of a read.
    ///
    /// # Cancel safety
    /// No effect.
    pub async fn find(&self, address: &Address) -> Result<Vec<Found>, Error> {
        let askers = self.0.askers();
        let found = askers.ask(address.clone(), |addresses| self.owners(addresses)).await?;
        Ok(found.unwrap_or_default())
    }

    /// The owners of each of these addresses, the oldest entry first.
    async fn owners(&self, addresses: Vec<Address>) -> Result<HashMap<Address, Vec<Found>>, Error> {
        let rows = self.entries(&addresses).await?;
        let of = |address: &Address| distinct(rows.iter().filter(|row| address.is_in(row)));
        let all: Vec<Uuid> =
            distinct(rows.iter().filter(|row| addresses.iter().any(|address| address.is_in(row))));
        let named = self.0.rows(&entities::CONTACT, &all, &[base::ID, base::NAME]).await?;
        // In the order in which they were found, not in the order of the answer.
        let name =
            |id: Uuid| named.iter().find(|row| row.id(&base::ID) == Some(id)).and_then(Found::read);
        let found = addresses.into_iter().map(|address| {
            let owners = of(&address).into_iter().filter_map(name).collect();
            (address, owners)
        });
        Ok(found.collect())
    }

    /// The communication rows that may be any of these.
    async fn entries(&self, addresses: &[Address]) -> Result<Vec<Row>, Error> {
        let Some(any) = addresses.iter().map(Address::filter).reduce(Filter::or) else {
            return Ok(Vec::new());
        };
        let query = communication().filter(any).filter(Filter::eq(&contact::NON_ACTUAL, false));
        let rows = self.0.query(&query).await?;
        if rows.len() < CANDIDATES || addresses.len() == 1 {
            return Ok(rows);
        }
        // One of them is so common that its rows leave no room for the others'.
        let mut rows = Vec::new();
        for address in addresses {
            rows.extend(Box::pin(self.entries(std::slice::from_ref(address))).await?);
        }
        Ok(rows)
    }

    /// Whose address it is.
    ///
    /// # Errors
    /// Any [`Error`] of a read.
    ///
    /// # Cancel safety
    /// No effect.
    pub async fn find_one(&self, address: &Address) -> Result<Match, Error> {
        self.find(address).await.map(Match::of)
    }

    /// Makes a contact with this address, under an id of the caller's.
    ///
    /// # Errors
    /// As [`Client::create`].
    ///
    /// # Cancel safety
    /// The contact may have been made; the same call finds it.
    ///
    /// # Idempotency
    /// Twice with the same id is one contact.
    pub async fn create(
        &self,
        address: &Address,
        id: Uuid,
        name: Option<&str>,
    ) -> Result<Found, Error> {
        let name = clean(name.unwrap_or(&address.value));
        let values = Values::new().set(base::NAME, shorten(name.trim(), NAME).into_owned());
        let values = match address.kind {
            Kind::Email => values.set(contact::EMAIL, address.value.as_str()),
            Kind::Phone => values.set(contact::MOBILE_PHONE, address.value.as_str()),
        };
        let columns = [base::ID, base::NAME];
        let row = self.0.create(&entities::CONTACT, id, &values, &columns).await?.into_row();
        Ok(Found { id, name: row.text(&base::NAME).map(str::to_owned) })
    }

    /// Whose address it is; a new contact's, if it is nobody's.
    ///
    /// Callers in this process that ask for one address do so one after another. For processes the id
    /// makes sure of it: it is to be derived from the address.
    ///
    /// # Errors
    /// As [`Client::create`].
    ///
    /// # Cancel safety
    /// The contact may have been made; the same call finds it.
    ///
    /// # Idempotency
    /// Twice with the same id is one contact.
    pub async fn find_or_create(
        &self,
        address: &Address,
        id: Uuid,
        name: Option<&str>,
    ) -> Result<Match, Error> {
        let _turn = self.0.flights().enter(&address.value).await;
        match self.find_one(address).await? {
            Match::None => self.create(address, id, name).await.map(Match::One),
            found => Ok(found),
        }
    }
}

impl Address {
    /// A telephone number in full: `+`, country code, number.
    ///
    /// # Errors
    /// [`ErrorKind::Invalid`] for anything else. Numbers without a country code are not guessed at.
    pub fn phone(number: &str) -> Result<Self, Error> {
        let digits = number.trim().strip_prefix('+').map(|rest| {
            rest.chars().filter(|c| !matches!(c, ' ' | '-' | '(' | ')' | '.')).collect::<String>()
        });
        match digits {
            Some(digits)
                if (SEARCH_DIGITS..=15).contains(&digits.len())
                    && digits.bytes().all(|b| b.is_ascii_digit()) =>
            {
                Ok(Self { kind: Kind::Phone, value: format!("+{digits}") })
            }
            _ => Err(invalid("a number begins with + and the country code, 7 to 15 digits")),
        }
    }

    /// A mailbox. Upper and lower case are one.
    ///
    /// # Errors
    /// [`ErrorKind::Invalid`] if it has not exactly one `@` with something on either side.
    pub fn email(mailbox: &str) -> Result<Self, Error> {
        let value = mailbox.trim().to_lowercase();
        let parts: Vec<&str> = value.split('@').collect();
        let spaced = value.chars().any(|c| c.is_whitespace() || c.is_control());
        if parts.len() != 2 || parts.iter().any(|part| part.is_empty()) || spaced {
            return Err(invalid("a mailbox is something @ something"));
        }
        Ok(Self { kind: Kind::Email, value })
    }

    fn digits(&self) -> &str {
        self.value.trim_start_matches('+')
    }

    /// What the server is asked for it.
    fn filter(&self) -> Filter {
        match self.kind {
            Kind::Email => Filter::eq(&contact::SEARCH_NUMBER, self.value.as_str())
                .and(Filter::eq(&contact::COMMUNICATION_TYPE, ids::BY_EMAIL)),
            Kind::Phone => {
                let reversed: String = self.digits().chars().rev().collect();
                let start = &reversed[..reversed.len().min(SEARCH_DIGITS)];
                Filter::starts_with(&contact::SEARCH_NUMBER, start)
            }
        }
    }

    /// Whether a communication row is this very address.
    fn is_in(&self, row: &Row) -> bool {
        if self.kind == Kind::Email {
            let mailbox = row.text(&contact::NUMBER).map(|number| number.trim().to_lowercase());
            return row.id(&contact::COMMUNICATION_TYPE) == Some(ids::BY_EMAIL)
                && mailbox.as_deref() == Some(&self.value);
        }
        let is_phone =
            row.id(&contact::COMMUNICATION_TYPE).is_some_and(|kind| ids::PHONES.contains(&kind));
        let entered = row.text(&contact::NUMBER).map(number::international);
        is_phone && entered.as_deref() == Some(self.digits())
    }
}

impl Found {
    fn read(row: &Row) -> Option<Self> {
        Some(Self { id: row.id(&base::ID)?, name: row.text(&base::NAME).map(str::to_owned) })
    }
}

impl Match {
    fn of(mut found: Vec<Found>) -> Self {
        match found.len() {
            0 => Self::None,
            1 => Self::One(found.remove(0)),
            _ => Self::Ambiguous(found),
        }
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Address").field("kind", &self.kind).finish_non_exhaustive()
    }
}

impl fmt::Debug for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Found").field("id", &self.id).finish_non_exhaustive()
    }
}

fn invalid(message: &'static str) -> Error {
    Error::never(ErrorKind::Invalid, message).with_code("address")
}

fn communication() -> Query {
    let columns = [base::ID, contact::CONTACT, contact::COMMUNICATION_TYPE, contact::NUMBER];
    Query::new(entities::CONTACT_COMMUNICATION, columns).order_by(base::CREATED_ON).top(CANDIDATES)
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
