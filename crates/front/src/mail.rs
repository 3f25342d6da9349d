//! What a mail says itself, without what it quotes.

#[cfg(test)]
mod tests;

/// The text above the first line that begins a quotation. A mail that is all quotation stays whole.
///
/// Simple on purpose: a mail client that marks its quotation in no way that is known here leaves it
/// in. A host that has something better hands it in as a
/// [`Trimmer`](crate::DeskConfig::with_trimmer).
pub(crate) fn trimmed(text: &str) -> String {
    let lines: Vec<&str> = text.lines().collect();
    let is_own = |line: &&str| !line.trim().is_empty() && !line.trim().starts_with('>');
    // All that follows is quoted.
    let tail = lines.iter().rposition(is_own).map_or(0, |last| last + 1);
    let at = (0..lines.len()).find(|at| begins_quotation(&lines, *at, tail)).unwrap_or(lines.len());
    let own = lines[..at].join("\n");
    let own = own.trim();
    if own.is_empty() { text.trim().to_owned() } else { own.to_owned() }
}

/// Whether a mail was written by a machine, as its subject and sender say.
pub(crate) fn is_automatic(subject: &str, from: &str) -> bool {
    let subject = subject.trim().to_lowercase();
    let name = from.split('@').next().unwrap_or_default().to_lowercase();
    SUBJECTS.iter().any(|start| subject.starts_with(start)) || SENDERS.contains(&name.as_str())
}

/// Whether a quotation begins at line `at`; from line `tail` on everything is one.
fn begins_quotation(lines: &[&str], at: usize, tail: usize) -> bool {
    let line = lines[at].trim();
    let next = lines.get(at + 1).map(|line| line.trim()).unwrap_or_default();
    let is_rule = line.len() >= 20 && line.chars().all(|c| c == '_');
    // "On Mon, Ann <a@b> wrote:", which mail clients break over two lines.
    let wrote = |line: &str| WROTE.iter().any(|end| line.ends_with(end));
    let is_intro = INTRO.iter().any(|start| line.starts_with(start))
        && (wrote(line) || wrote(next) && line.len() > 10);
    let is_head = line.starts_with("From:") && HEAD.iter().any(|name| next.starts_with(name));
    let is_tail = line.starts_with('>') && at >= tail;
    is_rule
        || is_intro
        || is_head
        || is_tail
        || line.starts_with("-----Original Message")
        || line.starts_with("-------- Forwarded Message")
        || line.starts_with("---------- Forwarded")
}

const HEAD: [&str; 3] = ["Sent:", "Date:", "To:"];
const INTRO: [&str; 5] = ["On ", "Am ", "Le ", "El ", "Il "];
const SENDERS: [&str; 5] = ["mailer-daemon", "no-reply", "noreply", "postmaster", "donotreply"];
const SUBJECTS: [&str; 7] = [
    "auto-reply",
    "auto:",
    "automatic reply",
    "autoreply",
    "delivery status notification",
    "out of office",
    "undeliverable",
];
const WROTE: [&str; 6] =
    ["wrote:", "schrieb:", "a écrit :", "a écrit:", "escribió:", "ha scritto:"];
