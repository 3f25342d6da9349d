//! Medians and percentiles.

use std::time::Duration;

/// The median; zero of nothing.
pub(crate) fn median(values: &[f64]) -> f64 {
    percentile(values, 50.0)
}

/// The value below which `percent` of all values lie; zero of nothing.
pub(crate) fn percentile(values: &[f64], percent: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let place = (sorted.len().saturating_sub(1)) as f64 * percent / 100.0;
    sorted.get(place.round() as usize).copied().unwrap_or_default()
}

/// Quotients of what was measured side by side, so that a change of the machine's mood between two
/// rounds does not count.
pub(crate) fn paired(ours: &[f64], floor: &[f64]) -> f64 {
    let quotients: Vec<f64> = ours.iter().zip(floor).map(|(ours, floor)| ours / floor).collect();
    median(&quotients)
}

/// A duration in milliseconds.
pub(crate) fn millis(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1000.0
}
