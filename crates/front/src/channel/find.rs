use std::time::Duration;

use chrono::TimeDelta;
use handover_core::channel::{Attempt, Found, Outbound, Receipt};
use handover_core::error::Error;
use handover_core::message::DeliveryState;

use super::conversation;
use crate::encode;
use crate::front::HostedChannel;
use crate::parse;
use crate::rows::Message;

impl HostedChannel {
    /// Looks through the conversation's newest messages: the earliest of the AI's since the first
    /// attempt that says the same, and that no other message of ours accounts for, is it.
    ///
    /// Front sends after it has answered, so "not there" counts only once the settle time has passed
    /// since the latest attempt could write.
    pub(super) async fn look_for(
        &self,
        outbound: &Outbound,
        attempt: &Attempt,
    ) -> Result<Found, Error> {
        let config = self.front.config();
        let rows = self.front.client().messages(&conversation(outbound)?, MOST).await?;
        let is_cut = rows.len() == MOST;
        let since = attempt.first - SKEW;
        let reaches_back = rows.iter().any(|row| row.at().is_some_and(|at| at < since));
        let wanted = encode::folded(&outbound.text);
        let is_it = |row: &Message| {
            let by_us = row.author.as_ref().is_some_and(|by| *by.id == *config.teammate.as_str());
            by_us
                && row.is_inbound == Some(false)
                && row.at().is_none_or(|at| at >= since)
                && encode::folded(&parse::text(row, config)) == wanted
        };
        let mut found: Vec<&Message> = rows.iter().filter(|row| is_it(row)).collect();
        if !found.is_empty() {
            let others = self.accounted(attempt).await?;
            let is_other = |row: &&Message| {
                let uid = row.message_uid.as_deref().unwrap_or_default();
                others.contains(&row.id) || attempt.accounted.iter().any(|known| **known == *uid)
            };
            found.retain(|row| !is_other(row));
        }
        // The list is newest first.
        if let Some(row) = found.last() {
            return Ok(Found::Sent(receipt(row)));
        }
        if is_cut && !reaches_back {
            return Ok(Found::Unknown { again_after: None });
        }
        let passed = (attempt.now - attempt.last).to_std().unwrap_or_default();
        let left = (WRITE + config.settle).saturating_sub(passed);
        if left.is_zero() {
            return Ok(Found::NotSent);
        }
        Ok(Found::Unknown { again_after: Some(left) })
    }

    /// What became of the message that Front took as `uid`. There is none before Front has worked on
    /// it; how long that takes, nobody says.
    ///
    /// Source: Front's core API specification; dev.frontapp.com/docs/resource-aliases. Digest of
    /// 2026-11-20.
    pub(super) async fn what_became_of(
        &self,
        uid: &str,
        attempt: &Attempt,
    ) -> Result<Found, Error> {
        let row = self.front.client().sent(uid).await?;
        match row.map(|row| receipt(&row)) {
            Some(receipt) if receipt.delivery.state != DeliveryState::Accepted => {
                Ok(Found::Sent(receipt))
            }
            _ => {
                let passed = (attempt.now - attempt.first).to_std().unwrap_or_default();
                Ok(Found::Unknown { again_after: Some(passed.clamp(SOON, LATER)) })
            }
        }
    }

    /// The ids of other messages of ours. Most are known by the name under which Front took them;
    /// only the newest of those can be of the same time.
    async fn accounted(&self, attempt: &Attempt) -> Result<Vec<String>, Error> {
        let (ids, uids): (Vec<&str>, Vec<&str>) =
            attempt.accounted.iter().map(|id| &**id).partition(|id| id.starts_with("msg_"));
        let mut ids: Vec<String> = ids.into_iter().map(str::to_owned).collect();
        for uid in uids.into_iter().rev().take(NEWEST) {
            ids.extend(self.front.client().sent(uid).await?.map(|message| message.id));
        }
        Ok(ids)
    }
}

fn receipt(row: &Message) -> Receipt {
    let mut receipt = Receipt::accepted(row.id.as_str());
    if let Some(error) = &row.error_type {
        receipt.delivery.state = DeliveryState::Failed;
        let plain = error.chars().filter(|c| c.is_ascii_alphanumeric() || "-_.".contains(*c));
        receipt.delivery.code = Some(plain.take(64).collect::<String>().into());
    } else if !row.is_draft && row.draft_mode.is_none() {
        receipt.delivery.state = DeliveryState::Sent;
    }
    receipt
}

/// How many of the newest messages are looked through.
const MOST: usize = 200;
/// How many of our newest messages may be of the same minute.
const NEWEST: usize = 5;
/// How far Front's clock may be behind ours.
const SKEW: TimeDelta = TimeDelta::minutes(1);
/// How soon a message is asked for again that Front does not show yet.
const SOON: Duration = Duration::from_secs(15);
/// How late, at most.
const LATER: Duration = Duration::from_secs(120);
/// How long after an attempt began its request may still be taken.
const WRITE: Duration = Duration::from_secs(30);
