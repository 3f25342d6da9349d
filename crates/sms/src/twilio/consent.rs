//! The words by which a customer opts out, in, or asks for help.

use handover_core::event::ConsentWord;

#[cfg(test)]
mod tests;

/// What `text` says about consent: by Twilio's own judgement (`OptOutType`, sent where Advanced
/// Opt-Out is on) or by Twilio's default words.
///
/// A word counts only when it is the whole text, in any case, with spaces around it: `STOP please`
/// and `stop.` are ordinary text, as they are for Twilio. What a customer means by other wording is
/// the relay's policy.
///
/// Source: twilio.com/docs/messaging, digest of 2026-11-20.
pub(super) fn word(text: &str, opt_out_type: Option<&str>) -> Option<ConsentWord> {
    match opt_out_type {
        Some("STOP") => return Some(ConsentWord::Stop),
        Some("START") => return Some(ConsentWord::Start),
        Some("HELP") => return Some(ConsentWord::Help),
        _ => {}
    }
    match text.trim().to_ascii_uppercase().as_str() {
        "CANCEL" | "END" | "OPTOUT" | "QUIT" | "REVOKE" | "STOP" | "STOPALL" | "UNSUBSCRIBE" => {
            Some(ConsentWord::Stop)
        }
        "START" | "UNSTOP" | "YES" => Some(ConsentWord::Start),
        "HELP" | "INFO" => Some(ConsentWord::Help),
        _ => None,
    }
}
