//! Whether an uncertain text was taken after all.

use chrono::{DateTime, TimeDelta, Utc};
use handover_core::channel::{Attempt, Found, Outbound};
use handover_core::error::Error;

use super::config::{Config, Sender};
use super::row::{Row, Rows};
use super::send::{our_number, receipt};
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
    /// The list lags behind, so "not there" counts only once the settle time has passed. A body
    /// that was deleted, or more pages than are read, leave it unknown for good.
    pub(super) async fn look_for(
        &self,
        outbound: &Outbound,
        attempt: &Attempt,
    ) -> Result<Found, Error> {
        let since = attempt.first - SKEW;
        let ours = from(self.config(), outbound);
        let mut filters = vec![("To", &*outbound.to.value)];
        filters.extend(ours.map(|ours| ("From", ours)));
        let mut next = Some(self.list(&filters, since.date_naive()));
        let mut seen = Sighting::default();
        for _ in 0..MAX_PAGES {
            let Some(url) = next.take() else { break };
            let mut rows: Rows = self.read(&url).await?;
            next = self.next_page(&rows)?.filter(|next| *next != url);
            for row in rows.messages.drain(..) {
                seen.take_in(row, outbound, attempt, ours, since);
            }
        }
        if let Some(row) = seen.row {
            return Ok(Found::Sent(receipt(&row)));
        }
        if seen.redacted || next.is_some() {
            return Ok(Found::Unknown { again_after: None });
        }
        let passed = (attempt.now - attempt.first).to_std().unwrap_or_default();
        let left = self.config().settle.saturating_sub(passed);
        if left.is_zero() {
            return Ok(Found::NotSent);
        }
        Ok(Found::Unknown { again_after: Some(left) })
    }
}

impl Sighting {
    fn take_in(
        &mut self,
        row: Row,
        outbound: &Outbound,
        attempt: &Attempt,
        ours: Option<&str>,
        since: DateTime<Utc>,
    ) {
        let is_ours = row.direction.starts_with("outbound")
            && row.to == *outbound.to.value
            && ours.is_none_or(|ours| row.from == ours)
            && row.date_created.or(row.date_sent).is_none_or(|at| at >= since)
            && !attempt.accounted.iter().any(|sid| **sid == *row.sid);
        if !is_ours {
            return;
        }
        let wanted = encode::folded(&outbound.text);
        let given = encode::folded(&row.body);
        if given != wanted || (wanted.is_empty() && row.num_media != outbound.media.len()) {
            self.redacted |= given.is_empty() && !wanted.is_empty();
            return;
        }
        let created = |row: &Row| row.date_created.or(row.date_sent);
        if self.row.as_ref().is_none_or(|known| created(&row) < created(known)) {
            self.row = Some(row);
        }
    }
}

/// The number a text goes out from, where it is known beforehand.
fn from<'a>(config: &'a Config, outbound: &'a Outbound) -> Option<&'a str> {
    match &config.sender {
        Sender::Number(number) => Some(number),
        Sender::Service(_) => our_number(outbound),
    }
}

const MAX_PAGES: usize = 10;
/// How far Twilio's clock may be behind ours.
const SKEW: TimeDelta = TimeDelta::minutes(1);
