//! What a name may be meant for.

use std::collections::BTreeSet;

/// The name that is spelt most like `wrong`, if any is much like it.
pub(super) fn nearest<'a>(wrong: &str, names: &'a BTreeSet<String>) -> Option<&'a str> {
    let wrong = wrong.to_ascii_lowercase();
    let most = (wrong.len() / 4).max(2);
    names
        .iter()
        .map(|name| (distance(&wrong, &name.to_ascii_lowercase()), name))
        .filter(|(distance, _)| *distance <= most)
        .min()
        .map(|(_, name)| name.as_str())
}

/// How many letters are to be put in, taken out or changed.
fn distance(left: &str, right: &str) -> usize {
    let (left, right) = (left.as_bytes(), right.as_bytes());
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (at, letter) in left.iter().enumerate() {
        let mut diagonal = row[0];
        row[0] = at + 1;
        for (other, candidate) in right.iter().enumerate() {
            let change = diagonal + usize::from(letter != candidate);
            diagonal = row[other + 1];
            row[other + 1] = change.min(diagonal + 1).min(row[other] + 1);
        }
    }
    row[right.len()]
}
