//! Twilio's error codes.

use handover_core::error::ErrorKind;

#[cfg(test)]
mod tests;

/// A code of Twilio's, as an error, a receipt or the console's debugger shows it.
///
/// Twilio makes its codes more specific over time, so a code that is not in the table is of
/// [`Class::Unknown`], never an error of ours.
///
/// Source: twilio.com/docs/api/errors, digest of 2026-11-20.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Code(u32);

/// What a code means for us.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Class {
    /// Our configuration is wrong: a number, a service, an account that is not ready.
    Config,
    /// A carrier's filter took the message for spam.
    Filtered,
    /// The account may not do this.
    Forbidden,
    /// What was asked is wrong: a number, a missing text, a picture's URL.
    Invalid,
    /// The recipient has opted out.
    OptedOut,
    /// A rule for texts, such as quiet hours or a blocked country, forbids this one.
    Policy,
    /// The number is not registered as carriers demand it.
    Registration,
    /// Too much at once: nothing was taken.
    Throttled,
    /// The text is too long.
    TooLong,
    /// The login was refused.
    Unauthorized,
    /// Twilio is out of order: nobody knows whether a write was taken.
    Unavailable,
    /// A code that is not in the table.
    Unknown,
    /// The recipient cannot be reached.
    Unreachable,
}

impl Code {
    /// The code with this number.
    pub fn new(number: u32) -> Self {
        Self(number)
    }

    /// The code that a receipt holds, if it is a number.
    pub fn parse(text: &str) -> Option<Self> {
        text.parse().ok().map(Self)
    }

    /// Its number.
    pub fn number(self) -> u32 {
        self.0
    }

    /// What it means for us.
    pub fn class(self) -> Class {
        self.entry().map_or(Class::Unknown, |(_, class, _)| *class)
    }

    /// What an operator can do about it.
    pub fn advice(self) -> &'static str {
        self.entry().map_or(UNKNOWN, |(_, _, advice)| advice)
    }

    fn entry(self) -> Option<&'static Entry> {
        TABLE.iter().find(|(number, _, _)| *number == self.0)
    }
}

impl Class {
    /// The kind of error it is; `None` where the answer's status says more.
    pub(super) fn kind(self) -> Option<ErrorKind> {
        match self {
            Self::Config | Self::Registration => Some(ErrorKind::Config),
            Self::Forbidden => Some(ErrorKind::Forbidden),
            Self::Invalid => Some(ErrorKind::Invalid),
            Self::OptedOut => Some(ErrorKind::OptedOut),
            Self::Filtered | Self::Policy | Self::Unreachable => Some(ErrorKind::Unreachable),
            Self::Throttled => Some(ErrorKind::RateLimited),
            Self::TooLong => Some(ErrorKind::TooLong),
            Self::Unauthorized => Some(ErrorKind::Unauthorized),
            Self::Unavailable => Some(ErrorKind::Unavailable),
            Self::Unknown => None,
        }
    }
}

type Entry = (u32, Class, &'static str);

const TABLE: [Entry; 50] = [
    (20003, Class::Unauthorized, "check the account's sid and auth token"),
    (20005, Class::Forbidden, "the account is not active: see the console"),
    (20404, Class::Config, "there is no such thing in this account: check the sids"),
    (20429, Class::Throttled, "too many calls: nothing was taken, wait"),
    (20500, Class::Unavailable, "Twilio failed: the text may have been taken"),
    (20503, Class::Unavailable, "Twilio is out of order: the text may have been taken"),
    (21211, Class::Invalid, "the recipient's number is not a number"),
    (21212, Class::Config, "`from` is not a number of this account"),
    (21408, Class::Policy, "the country is switched off in the SMS geographic permissions"),
    (21602, Class::Invalid, "a text needs a body or a picture"),
    (21603, Class::Config, "set `from` to a number or a messaging service"),
    (21604, Class::Invalid, "the recipient is missing"),
    (21606, Class::Config, "`from` cannot send texts: buy an SMS number or set another"),
    (21608, Class::Config, "a trial account sends to verified numbers only: upgrade it"),
    (21609, Class::Config, "the status callback's URL is refused: check `public_url`"),
    (21610, Class::OptedOut, "the recipient has opted out and has to text START"),
    (21611, Class::Throttled, "the number's queue is full: nothing was taken, wait"),
    (21612, Class::Unreachable, "there is no route from `from` to this recipient"),
    (21614, Class::Unreachable, "the recipient's number is not a mobile"),
    (21617, Class::TooLong, "the text is longer than 1600 characters"),
    (21620, Class::Invalid, "a picture's URL is not a public URL"),
    (21623, Class::Invalid, "a message holds at most ten pictures"),
    (21701, Class::Config, "there is no such messaging service: check `from`"),
    (21703, Class::Config, "the messaging service has no number: add one"),
    (21704, Class::Config, "the messaging service has no number for this: add one"),
    (30001, Class::Throttled, "the queue overflowed: send slower"),
    (30002, Class::Forbidden, "the account is suspended: see the console"),
    (30003, Class::Unreachable, "the phone is off or out of reach"),
    (30004, Class::Unreachable, "the recipient or the carrier blocks the message"),
    (30005, Class::Unreachable, "the number is unknown or no longer used"),
    (30006, Class::Unreachable, "the number is a landline or its carrier is out of reach"),
    (30007, Class::Filtered, "a carrier filtered it: look at links, wording and registration"),
    (30008, Class::Unreachable, "the carrier gave no reason"),
    (30011, Class::Unreachable, "the recipient's carrier takes no pictures"),
    (30019, Class::Unreachable, "the picture is too large for the recipient's carrier"),
    (30022, Class::Registration, "the brand's daily 10DLC limit is reached: raise the trust score"),
    (30023, Class::Registration, "a carrier's daily limit for the brand is reached"),
    (30027, Class::Registration, "a carrier's daily limit for the campaign is reached"),
    (30032, Class::Registration, "verify the toll-free number"),
    (30034, Class::Registration, "add the number to a registered 10DLC campaign"),
    (30410, Class::Unreachable, "the carrier took too long"),
    (30450, Class::Policy, "Twilio's guard against SMS pumping blocked it"),
    (30610, Class::Policy, "quiet hours at the recipient: send later, by hand"),
    (30640, Class::Policy, "the recipient is on a list of known litigators"),
    (63016, Class::Policy, "the channel takes only templates now"),
    (11200, Class::Config, "Twilio could not reach the webhook: check the URL and the host"),
    (11205, Class::Config, "Twilio could not connect to the webhook: check the URL and the host"),
    (11751, Class::Invalid, "the picture is too large"),
    (12300, Class::Config, "the webhook answered with a wrong content type"),
    (14107, Class::Throttled, "the webhook's answers send too fast"),
];
const UNKNOWN: &str = "look the code up in Twilio's list of errors";
