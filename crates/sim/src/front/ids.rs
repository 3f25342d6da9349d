use chrono::{DateTime, Utc};

/// A row's id: a prefix, then a number in base 36.
pub(crate) fn id(prefix: &str, index: usize) -> String {
    let index = u64::try_from(index).unwrap_or(u64::MAX);
    format!("{prefix}_{}", base36(FIRST.saturating_add(index)))
}

/// The row an id stands for.
pub(crate) fn index(prefix: &str, id: &str) -> Option<usize> {
    let digits = id.strip_prefix(prefix)?.strip_prefix('_')?;
    let lower = digits.bytes().all(|byte| byte.is_ascii_digit() || byte.is_ascii_lowercase());
    let number = u64::from_str_radix(digits, 36).ok().filter(|_| lower)?;
    usize::try_from(number.checked_sub(FIRST)?).ok()
}

/// An event's id: it grows with the time, and within a millisecond with the count.
pub(crate) fn event(at: DateTime<Utc>, count: u64) -> String {
    let millis = u64::try_from(at.timestamp_millis()).unwrap_or_default();
    format!("evt_{}", base36((millis << 20) | (count & 0xF_FFFF)))
}

fn base36(mut number: u64) -> String {
    let mut digits = Vec::new();
    while number > 0 || digits.is_empty() {
        let digit = u32::try_from(number % 36).unwrap_or_default();
        digits.extend(char::from_digit(digit, 36));
        number /= 36;
    }
    digits.iter().rev().collect()
}

const FIRST: u64 = 60_466_176;
