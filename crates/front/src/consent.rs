//! Words by which a customer on a phone opts out or in.
//!
//! Source: the words that US carriers and Twilio act on by themselves (twilio.com/docs, advanced
//! opt-out), digest of 2026-11-20. Front passes them on like any text.

use handover_core::event::ConsentWord;

#[cfg(test)]
mod tests;

/// What a whole text says about being written to at all: a word that the carrier itself acts on.
pub(crate) fn word(text: &str) -> Option<ConsentWord> {
    match text.trim().to_ascii_uppercase().as_str() {
        "CANCEL" | "END" | "OPTOUT" | "QUIT" | "REVOKE" | "STOP" | "STOPALL" | "UNSUBSCRIBE" => {
            Some(ConsentWord::Stop)
        }
        "START" | "UNSTOP" | "YES" => Some(ConsentWord::Start),
        "HELP" | "INFO" => Some(ConsentWord::Help),
        _ => None,
    }
}
