//! What Creatio itself has sent to the customer.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use handover_core::error::Error;
use uuid::Uuid;

use super::reply::Candidate;
use crate::creatio::Creatio;
use crate::entities::{self, base, case};
use crate::parse::Row;

/// The mailboxes of customers by case, as far as they were asked for. They never change.
#[derive(Debug, Default)]
pub(crate) struct Mailboxes(Mutex<HashMap<Uuid, Option<Box<str>>>>);

impl Creatio {
    /// The mailboxes of the customers behind these replies, by case. Only conversations on channels
    /// that are mailboxes have one.
    pub(super) async fn mailboxes(
        &self,
        candidates: &[Candidate],
    ) -> Result<HashMap<Uuid, Box<str>>, Error> {
        if self.config().mail_channels().is_empty() {
            return Ok(HashMap::new());
        }
        let mut cases: Vec<Uuid> = candidates
            .iter()
            .filter(|candidate| candidate.sent_to.is_some())
            .map(|candidate| candidate.case)
            .collect();
        cases.sort_unstable();
        cases.dedup();
        let new = self.0.mailboxes.unknown(&cases);
        let columns = [base::ID, case::SUBJECT, case::SYMPTOMS];
        for row in self.client().rows(&entities::CASE, &new, &columns).await? {
            if let Some(id) = row.id(&base::ID) {
                self.0.mailboxes.keep(id, self.mailbox(&row));
            }
        }
        Ok(self.0.mailboxes.of(&cases))
    }

    /// The customer's mailbox, from the title that we gave the case, or from our lines at the end of
    /// its description where somebody wrote a title of their own.
    fn mailbox(&self, row: &Row) -> Option<Box<str>> {
        let subject = row.text(&case::SUBJECT).unwrap_or_default();
        let ours = self.config().mail_channels().iter().find_map(|channel| {
            let rest = subject.strip_prefix(channel.as_str())?.strip_prefix(' ')?;
            rest.split([' ', ':']).next()
        });
        let described = || {
            let text = row.text(&case::SYMPTOMS)?;
            let last =
                |name: &str| text.lines().rev().find_map(|line| line.trim().strip_prefix(name));
            let channel = last("Channel: ")?;
            let is_mail = self.config().mail_channels().iter().any(|mail| mail.as_str() == channel);
            last("Customer: ").filter(|_| is_mail)
        };
        let mailbox = ours.or_else(described)?.trim().to_lowercase();
        mailbox.contains('@').then(|| mailbox.into())
    }
}

/// Whether a list of recipients has this mailbox.
pub(super) fn is_among(recipients: &str, mailbox: &str) -> bool {
    recipients
        .split([';', ',', ' ', '<', '>', '\n', '\t', '"'])
        .any(|word| word.trim().to_lowercase() == mailbox)
}

impl Mailboxes {
    fn unknown(&self, cases: &[Uuid]) -> Vec<Uuid> {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() > MOST {
            known.clear();
        }
        cases.iter().filter(|case| !known.contains_key(*case)).copied().collect()
    }

    fn keep(&self, case: Uuid, mailbox: Option<Box<str>>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(case, mailbox);
    }

    fn of(&self, cases: &[Uuid]) -> HashMap<Uuid, Box<str>> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        cases.iter().filter_map(|case| Some((*case, known.get(case)?.clone()?))).collect()
    }
}

/// Cases that are remembered.
const MOST: usize = 10_000;

#[cfg(test)]
mod tests;
