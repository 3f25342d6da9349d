//! Whether an uncertain text was taken after all.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use handover_core::channel::{Attempt, Found, Outbound};
use handover_core::error::Error;

use super::config::Sender;
use super::row::{Row, Rows};
use super::send::receipt;
use super::{Twilio, encode};

#[cfg(test)]
mod tests;

/// What the list shows of one text.
#[derive(Default)]
struct Sighting {
    /// The earliest row that is the text.
    row: Option<Row>,
    /// Whether a row may be the text but its body was deleted.
    redacted: bool,
}

impl Twilio {
    /// Looks through what went from us to the recipient since the first attempt: the earliest text
    /// with the same body that no other message of ours accounts for is it.
    ///
    /// The list is not filtered by `DateSent`: a text that still waits in Twilio's queue has no
    /// such date, would be hidden, and would be sent again. It is newest first, so reading ends at
    /// the first page that is older than the first attempt. It lags behind, so "not there" counts
    /// only once the settle time has passed since the latest attempt could write. A body that was deleted,
    /// or more pages than are read, leave it unknown for good.
    pub(super) async fn look_for(
        &self,
        outbound: &Outbound,
        attempt: &Attempt,
    ) -> Result<Found, Error> {
        let since = attempt.first - SKEW;
        let mut filters = vec![("To", &*outbound.to.value)];
        // A service chooses the number later: until then its texts have no `From`.
        if let Sender::Number(number) = &self.config().sender {
            filters.push(("From", number));
        }
        let mut next = Some(self.list(&filters, None));
        let mut seen = Sighting::default();
        for _ in 0..MAX_PAGES {
            let Some(url) = next.take() else { break };
            let mut rows: Rows = self.read(&url).await?;
            next = self.next_page(&rows)?;
            if !rows.messages.is_empty() && rows.messages.iter().all(|row| is_old(row, since)) {
                next = None;
            }
            rows.messages.retain(|row| !is_old(row, since) && self.is_from_us(row));
            for row in rows.messages {
                seen.take_in(row, outbound, attempt);
            }
        }
        if let Some(row) = seen.row {
            return Ok(Found::Sent(receipt(&row)));
        }
        if seen.redacted || next.is_some() {
            return Ok(Found::Unknown { again_after: None });
        }
        let passed = (attempt.now - attempt.last).to_std().unwrap_or_default();
        let left = (WRITE + self.config().settle).saturating_sub(passed);
        if left.is_zero() {
            return Ok(Found::NotSent);
        }
        Ok(Found::Unknown { again_after: Some(left) })
    }

    fn is_from_us(&self, row: &Row) -> bool {
        row.direction.starts_with("outbound")
            && match &self.config().sender {
                Sender::Number(number) => row.from == **number,
                Sender::Service(sid) => row.messaging_service_sid == **sid,
            }
    }
}

impl Sighting {
    fn take_in(&mut self, row: Row, outbound: &Outbound, attempt: &Attempt) {
        let is_accounted = attempt.accounted.iter().any(|sid| **sid == *row.sid);
        if row.to != *outbound.to.value || is_accounted {
            return;
        }
        let wanted = encode::folded(&outbound.text);
        let given = encode::folded(&row.body);
        if given != wanted || (wanted.is_empty() && row.num_media != outbound.media.len()) {
            self.redacted |= given.is_empty() && !wanted.is_empty();
            return;
        }
        if self.row.as_ref().is_none_or(|known| created(&row) < created(known)) {
            self.row = Some(row);
        }
    }
}

fn is_old(row: &Row, since: DateTime<Utc>) -> bool {
    created(row).is_some_and(|at| at < since)
}

fn created(row: &Row) -> Option<DateTime<Utc>> {
    row.date_created.or(row.date_sent)
}

const MAX_PAGES: usize = 10;
/// How far Twilio's clock may be behind ours.
const SKEW: TimeDelta = TimeDelta::minutes(1);
/// How long after an attempt began its request may still be taken.
const WRITE: Duration = Duration::from_secs(30);
