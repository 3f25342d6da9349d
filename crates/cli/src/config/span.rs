//! Lengths of time as a configuration writes them.

use std::time::Duration;

/// A length of time: `90s`, `15min`, `3h`, `30d`, or several of them: `1h 30min`.
pub(super) fn parse(text: &str) -> Option<Duration> {
    let mut rest = text.trim();
    let mut total = Duration::ZERO;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit())?;
        let count: u64 = rest[..digits].parse().ok()?;
        let unit = rest[digits..].trim_start();
        let end = unit.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(unit.len());
        let one = match &unit[..end] {
            "ms" => Duration::from_millis(1),
            "s" => Duration::from_secs(1),
            "m" | "min" => Duration::from_secs(60),
            "h" => Duration::from_secs(60 * 60),
            "d" => Duration::from_secs(24 * 60 * 60),
            _ => return None,
        };
        total = total.checked_add(one.checked_mul(u32::try_from(count).ok()?)?)?;
        rest = unit[end..].trim_start();
    }
    (!total.is_zero() && total <= LONGEST).then_some(total)
}

/// Ten years.
const LONGEST: Duration = Duration::from_secs(10 * 365 * 24 * 60 * 60);
