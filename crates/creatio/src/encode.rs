//! Texts as Creatio takes them.

use std::borrow::Cow;

use chrono::{DateTime, NaiveDate, NaiveTime, SecondsFormat, Timelike, Utc};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// RFC 3339, UTC, `Z`, at most seven digits of a second.
///
/// Source: a time without a zone is refused, or stored as year 1 with success; times come back with
/// up to seven digits.
pub(crate) fn time(at: DateTime<Utc>) -> String {
    let whole = at.to_rfc3339_opts(SecondsFormat::Secs, true);
    let ticks = at.nanosecond() % 1_000_000_000 / 100;
    if ticks == 0 {
        return whole;
    }
    let digits = format!("{ticks:07}");
    format!("{}.{}Z", whole.trim_end_matches('Z'), digits.trim_end_matches('0'))
}

/// A day, as columns without a time of day come back: its midnight, UTC.
pub(crate) fn day(day: NaiveDate) -> String {
    time(day.and_time(NaiveTime::MIN).and_utc())
}

/// A value of a query option: a space is `%20`, never `+`.
///
/// Source: `+` is not a space in an OData URL, and what form encoding makes of one is refused.
pub(crate) fn option(text: &str) -> String {
    utf8_percent_encode(text, KEPT_OUT).to_string()
}

/// A value of a query that is no option of OData: everything but letters, digits and `-._~` is
/// written as `%` and two digits.
pub(crate) fn component(text: &str) -> String {
    utf8_percent_encode(text, COMPONENT).to_string()
}

/// A string literal of a filter, before percent encoding.
pub(crate) fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// At most `max` UTF-16 units, cut on a character boundary.
///
/// Source: text columns count UTF-16 units (`nvarchar`), and what is longer fails the whole row.
pub(crate) fn cut(text: &str, max: usize) -> &str {
    let mut units = 0;
    for (at, character) in text.char_indices() {
        units += character.len_utf16();
        if units > max {
            return &text[..at];
        }
    }
    text
}

/// [`cut`], with an ellipsis where something is missing.
pub(crate) fn shorten(text: &str, max: usize) -> Cow<'_, str> {
    if text.encode_utf16().count() <= max {
        return Cow::Borrowed(text);
    }
    Cow::Owned(format!("{}…", cut(text, max.saturating_sub(1)).trim_end()))
}

/// One line: every run of white space, and of what no column takes, is one space.
pub(crate) fn line(text: &str) -> String {
    text.split(|c: char| c.is_whitespace() || is_untakable(c))
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

/// Without the characters that no database column takes: controls but tab and line feed, and
/// non-characters. Line ends become line feeds.
pub(crate) fn clean(text: &str) -> String {
    let unified = text.replace("\r\n", "\n").replace('\r', "\n");
    unified.chars().filter(|&c| !is_untakable(c)).collect()
}

/// Without the characters that no database column takes, and otherwise as it is.
pub(crate) fn storable(text: &str) -> Cow<'_, str> {
    let odd = ['\0', '\u{fffe}', '\u{ffff}'];
    if text.contains(odd) { Cow::Owned(text.replace(odd, "")) } else { Cow::Borrowed(text) }
}

fn is_untakable(character: char) -> bool {
    let control = character.is_control() && !matches!(character, '\n' | '\t');
    control || matches!(character, '\u{fffe}' | '\u{ffff}')
}

const COMPONENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
const KEPT_OUT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~')
    .remove(b'/')
    .remove(b',')
    .remove(b'(')
    .remove(b')')
    .remove(b'\'')
    .remove(b':');

#[cfg(test)]
mod tests;
