//! A message as a text on a phone: plain, whole and readable.
//!
//! Assistants write HTML and code fences although a phone shows them as they are. Only what is
//! certainly markup goes: tags by their HTML names, fences, character references. Ordinary text
//! such as `2 < 3`, `a_b` or `*` stays as it was written.

use super::html;

#[cfg(test)]
mod tests;

/// `text` without markup: what is sent.
pub(super) fn plain(text: &str) -> String {
    let text = readable(text);
    let mut lines = Vec::new();
    let mut prose = Vec::new();
    let mut fence: Option<&str> = None;
    for line in text.split('\n') {
        match (fence, marker(line)) {
            (Some(open), Some((close, ""))) if close == open => fence = None,
            (Some(_), _) => lines.push(line.to_owned()),
            (None, Some((open, _))) => {
                flush(&mut prose, &mut lines);
                fence = Some(open);
            }
            (None, None) => prose.push(line),
        }
    }
    flush(&mut prose, &mut lines);
    lines.join("\n").trim().to_owned()
}

/// `text` as it can be stored and shown: line ends as `\n`, no control characters.
pub(super) fn readable(text: &str) -> String {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    text.chars().filter(|c| !c.is_control() || matches!(c, '\n' | '\t')).collect()
}

/// `text` as two spellings of one text compare: without what Twilio may change on the way (smart
/// encoding, white space at the ends, the sentence before a trial account's texts).
///
/// Source: twilio.com/docs/messaging (smart encoding, trial accounts), digest of 2026-11-20.
pub(super) fn folded(text: &str) -> String {
    let text = text.trim().strip_prefix(TRIAL).unwrap_or(text).trim();
    let fold = |c: char| match c {
        '\u{2018}' | '\u{2019}' | '\u{201b}' | '\u{2032}' | '`' | '\u{b4}' => "'".into(),
        '\u{201c}' | '\u{201d}' | '\u{201f}' | '\u{2033}' | '\u{ab}' | '\u{bb}' => "\"".into(),
        '\u{2010}'..='\u{2015}' | '\u{2212}' => "-".into(),
        '\u{2026}' => "...".into(),
        '\u{bc}' => "1/4".into(),
        '\u{bd}' => "1/2".into(),
        '\u{be}' => "3/4".into(),
        c if c.is_whitespace() => " ".into(),
        '\u{200b}'..='\u{200d}' | '\u{2060}' | '\u{feff}' => String::new(),
        c => c.to_string(),
    };
    let text: String = readable(text).chars().map(fold).collect();
    text.split(' ').filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

/// The fence that `line` is, and the word after it.
fn marker(line: &str) -> Option<(&'static str, &str)> {
    let line = line.trim();
    let fence = ["```", "~~~"].into_iter().find(|fence| line.starts_with(fence))?;
    let info = line.trim_start_matches(&fence[..1]).trim();
    let is_word = info.chars().all(|c| c.is_ascii_alphanumeric() || "+-_#.".contains(c));
    is_word.then_some((fence, info))
}

fn flush(prose: &mut Vec<&str>, lines: &mut Vec<String>) {
    if prose.is_empty() {
        return;
    }
    lines.push(html::decoded(&html::untagged(&prose.join("\n").replace("```", ""))));
    prose.clear();
}

const TRIAL: &str = "Sent from your Twilio trial account - ";
