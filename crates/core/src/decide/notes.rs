//! What the relay writes on a case for the people at the desk.

use crate::error::ErrorKind;
use crate::job::{Failure, Withheld};
use crate::message::{Brief, Reason};

pub(super) const NOBODY_TOOK_IT: &str =
    "Nobody has taken this conversation yet. The customer is waiting.";
pub(super) const NO_DIRECTORY: &str =
    "The customer could not be looked up. Please set the contact by hand.";
pub(super) const OPTED_IN: &str = "The customer takes messages again.";
pub(super) const OPTED_OUT: &str =
    "The customer has opted out: no message will be sent until they opt in again.";

/// A handoff's note, or a summary that came late.
pub(super) fn brief(brief: &Brief) -> String {
    let mut lines = Vec::new();
    if let Some(reason) = brief.reason {
        lines.push(format!("Handed over: {}.", why(reason)));
    }
    if let Some(summary) = &brief.summary {
        lines.push(format!("Summary: {summary}"));
    }
    if let Some(sentiment) = &brief.sentiment {
        lines.push(format!("Sentiment: {sentiment}"));
    }
    if let Some(language) = &brief.language {
        lines.push(format!("Language: {language}"));
    }
    for field in &brief.fields {
        lines.push(format!("{}: {}", field.column, field.value));
    }
    lines.join("\n")
}

/// The text, cut after `limit` characters.
pub(super) fn cut(text: &str, limit: usize) -> String {
    match text.char_indices().nth(limit) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.into(),
    }
}

pub(super) fn ambiguous(candidates: &[String]) -> String {
    let names = candidates.join(", ");
    format!("Several contacts have this customer's address: {names}. Please choose one by hand.")
}

pub(super) fn desk_refused(work: &str, failure: &Failure) -> String {
    format!("The desk refused to {work}: {}.", reason(failure))
}

pub(super) fn edited(seq: u64) -> String {
    format!("Reply #{seq} was edited after it was sent. The customer has the first version.")
}

pub(super) fn entry_refused(seq: u64, code: &str) -> String {
    format!("Message #{seq} could not be written here ({code}). It stands in the session.")
}

pub(super) fn not_attached(seq: u64, code: &str) -> String {
    format!("A file of message #{seq} could not be added here ({code}). It stands in the session.")
}

pub(super) fn overtaken(seq: u64) -> String {
    format!("Message #{seq} went out while somebody else was taking over.")
}

pub(super) fn refused(seq: u64, failure: &Failure) -> String {
    format!("Message #{seq} was not delivered: {}.", reason(failure))
}

pub(super) fn uncertain(seq: u64) -> String {
    format!(
        "Nobody can tell whether message #{seq} reached the customer. Please decide: it was sent, \
         it is to be sent again, or it is to be dropped."
    )
}

pub(super) fn undelivered(seq: u64, code: Option<&str>) -> String {
    match code {
        Some(code) => format!("Message #{seq} did not reach the customer (code {code})."),
        None => format!("Message #{seq} did not reach the customer."),
    }
}

pub(super) fn withheld(seq: u64, why: Withheld) -> String {
    let why = match why {
        Withheld::OptedOut => "the customer has opted out",
        Withheld::Overtaken => "somebody else has taken over",
        Withheld::TooOld => "it waited too long",
    };
    format!("Message #{seq} was not sent: {why}.")
}

/// What went wrong, in a word.
pub(super) fn word(kind: ErrorKind) -> &'static str {
    match kind {
        ErrorKind::Invalid => "refused by the provider",
        ErrorKind::OptedOut => "the customer has opted out",
        ErrorKind::TooLong => "it is too long for this channel",
        ErrorKind::Unreachable => "the customer cannot be reached",
        _ => "the provider failed",
    }
}

pub(super) fn reason(failure: &Failure) -> String {
    match &failure.code {
        Some(code) => format!("{} (code {code})", word(failure.kind)),
        None => word(failure.kind).into(),
    }
}

fn why(reason: Reason) -> &'static str {
    match reason {
        Reason::AssistantDecided => "the assistant asked for a person",
        Reason::AssistantFailed => "the assistant could not answer",
        Reason::AssistantOff => "no assistant answers on this channel",
        Reason::CustomerAsked => "the customer asked for a person",
        Reason::NoAnswer => "the assistant did not know an answer",
        Reason::Operator => "an operator asked for a person",
        Reason::Undeliverable => "the assistant's reply could not be delivered",
    }
}
