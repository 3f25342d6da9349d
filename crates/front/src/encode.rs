//! Our texts as Front shows them.

use handover_core::id::Key;

#[cfg(test)]
mod tests;

/// `text` as it can be sent and stored: line ends as `\n`, no control characters.
pub(crate) fn readable(text: &str) -> String {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    text.chars().filter(|c| !c.is_control() || matches!(c, '\n' | '\t')).collect()
}

/// `text` as a mail's HTML: what it says and nothing else.
pub(crate) fn html(text: &str) -> String {
    let escaped = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    let escaped = escaped.replace('"', "&quot;");
    let paragraphs = escaped.split("\n\n").filter(|paragraph| !paragraph.trim().is_empty());
    let whole = |paragraph: &str| format!("<p>{}</p>", paragraph.trim().replace('\n', "<br>"));
    paragraphs.map(whole).collect()
}

/// `text` as two spellings of one text compare: without what a provider may change on the way.
pub(crate) fn folded(text: &str) -> String {
    let fold = |c: char| match c {
        '\u{2018}' | '\u{2019}' => '\'',
        '\u{201c}' | '\u{201d}' => '"',
        c if c.is_whitespace() => ' ',
        c => c,
    };
    let unseen = |c: &char| !matches!(c, '\u{200b}' | '\u{2060}' | '\u{feff}');
    let text: String = readable(text).chars().filter(unseen).map(fold).collect();
    text.split(' ').filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

/// `text` in a comment: as it was written, whatever Markdown it holds, and without calling anybody.
///
/// A comment's body is Markdown, and `@name` in it calls a teammate; what a customer wrote must do
/// neither.
///
/// Source: Front's core API specification, comments, digest of 2026-11-20.
pub(crate) fn markdown(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    for (number, line) in readable(text).lines().enumerate() {
        if number > 0 {
            // Two spaces at the end of a line are a line break.
            out.push_str("  \n");
        }
        let line = line.trim_start();
        let lead = leading(line);
        for (at, c) in line.char_indices() {
            match c {
                '@' => out.push_str("@\u{2060}"),
                c if SPECIAL.contains(&c) || lead == Some(at) || is_reference(c, &line[at..]) => {
                    out.push('\\');
                    out.push(c);
                }
                c => out.push(c),
            }
        }
    }
    out
}

/// The words by which a comment of ours is found again.
pub(crate) fn marker(key: &Key) -> String {
    let id = key.uuid().simple().to_string();
    format!("handover:{}", &id[..20])
}

/// Where a line has what means something only at its start: a heading, a quotation, a rule, a list.
fn leading(line: &str) -> Option<usize> {
    let digits = line.bytes().take_while(u8::is_ascii_digit).count();
    let sign = line[digits..].chars().next()?;
    let is_list = digits > 0 && matches!(sign, '.' | ')');
    let is_mark = digits == 0 && matches!(sign, '#' | '>' | '+' | '-' | '=');
    (is_list || is_mark).then_some(digits)
}

/// Whether a character reference begins here: `&amp;` would be shown as `&`.
fn is_reference(c: char, rest: &str) -> bool {
    let name = rest.split(';').next().unwrap_or_default();
    let plain = |b: u8| b.is_ascii_alphanumeric() || b == b'#';
    c == '&' && name.len() < rest.len() && name.len() > 1 && name[1..].bytes().all(plain)
}

/// What means something in Markdown wherever it stands.
const SPECIAL: [char; 9] = ['\\', '`', '*', '_', '[', ']', '<', '|', '~'];
