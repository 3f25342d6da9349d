//! HTML out of a short text.

use std::iter;

#[cfg(test)]
mod tests;

/// `text` without HTML. A text without a tag is left as it is; in HTML, white space is what the
/// tags make it, and a link keeps its address. A tag that is never closed although it must be, is
/// talk about HTML and stays.
pub(super) fn untagged(text: &str) -> String {
    let mut rest = text;
    let mut out = String::with_capacity(text.len());
    let mut link: Option<(String, usize)> = None;
    let mut opened = Vec::new();
    let mut is_html = false;
    while let Some(at) = rest.find('<') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        if let Some((_, after)) = rest.strip_prefix("<!--").and_then(|c| c.split_once("-->")) {
            rest = after;
            continue;
        }
        let Some(tag) = Tag::parse(rest).filter(|tag| tag.is_paired(rest, &mut opened)) else {
            out.push('<');
            rest = &rest[1..];
            continue;
        };
        rest = &rest[tag.len..];
        is_html = true;
        match (tag.name.as_str(), tag.closes) {
            ("script" | "style" | "head", false) => {
                rest = after_close(rest, &tag.name).unwrap_or(rest);
            }
            ("a", false) => link = tag.href.map(|href| (href, out.len())),
            ("a", true) => close_link(&mut out, link.take()),
            ("li", false) => {
                new_line(&mut out, 1);
                out.push_str("- ");
            }
            ("br", _) => out.push('\n'),
            ("p" | "h1" | "h2" | "h3" | "h4" | "h5" | "h6", _) => new_line(&mut out, 2),
            ("td" | "th", true) => out.push(' '),
            (name, _) if BLOCKS.contains(&name) => new_line(&mut out, 1),
            _ => {}
        }
    }
    out.push_str(rest);
    if is_html { tidied(&out) } else { out }
}

/// `text` with at most one empty line in a row, and none at its end.
fn tidied(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut empty = 0;
    for line in text.lines() {
        empty = if line.trim().is_empty() { empty + 1 } else { 0 };
        if empty < 2 {
            out.push_str(line);
            out.push('\n');
        }
    }
    out.truncate(out.trim_end().len());
    out
}

/// Ends the line, with `count - 1` empty lines after it, unless that is so already.
fn new_line(out: &mut String, count: usize) {
    out.truncate(out.trim_end_matches([' ', '\t']).len());
    let ends = out.len() - out.trim_end_matches('\n').len();
    if !out.is_empty() && ends < count {
        out.extend(iter::repeat_n('\n', count - ends));
    }
}

/// Puts a link's address behind its text, unless the text is the address.
fn close_link(out: &mut String, link: Option<(String, usize)>) {
    let Some((href, start)) = link else { return };
    let text = out.get(start..).unwrap_or_default().trim();
    let bare = |url: &str| {
        let url = url.trim_start_matches("https://").trim_start_matches("http://");
        url.trim_start_matches("mailto:")
            .trim_start_matches("tel:")
            .trim_end_matches('/')
            .to_owned()
    };
    if text.is_empty() {
        out.push_str(&href);
    } else if bare(text) != bare(&href) {
        out.push_str(&format!(" ({href})"));
    }
}

/// What follows the tag that closes `name`, if there is one.
fn after_close<'a>(rest: &'a str, name: &str) -> Option<&'a str> {
    let mut from = 0;
    while let Some(at) = rest[from..].find("</") {
        let tag = &rest[from + at..];
        match Tag::parse(tag) {
            Some(close) if close.name == name => return Some(&tag[close.len..]),
            _ => from += at + 2,
        }
    }
    None
}

/// An HTML tag at the start of a text.
struct Tag {
    name: String,
    closes: bool,
    href: Option<String>,
    len: usize,
}

impl Tag {
    /// The tag that `text` starts with, if it is one that HTML knows and it ends.
    fn parse(text: &str) -> Option<Self> {
        let inner = text.strip_prefix('<')?;
        let closes = inner.starts_with('/');
        let inner = inner.strip_prefix('/').unwrap_or(inner);
        let name_len = inner.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(inner.len());
        let name = inner[..name_len].to_ascii_lowercase();
        let attributes = &inner[name_len..];
        if !INLINE.contains(&name.as_str()) && !BLOCKS.contains(&name.as_str()) {
            return None;
        }
        let end = end_of_tag(attributes)?;
        // `a <b and c> d` is arithmetic: what follows a tag's name holds a `=`, or is nothing.
        let written = attributes[..end].trim_end_matches('/').trim();
        if !written.is_empty() && !written.contains('=') {
            return None;
        }
        let href = (name == "a").then(|| href(&attributes[..end])).flatten();
        let len = text.len() - attributes.len() + end + 1;
        Some(Self { name, closes, href, len })
    }

    /// Whether the tag at the start of `text` has its partner, or needs none.
    fn is_paired(&self, text: &str, opened: &mut Vec<String>) -> bool {
        if LONE.contains(&self.name.as_str()) {
            return true;
        }
        if self.closes {
            let open = opened.iter().rposition(|name| *name == self.name);
            return open.map(|at| opened.remove(at)).is_some();
        }
        let is_closed = after_close(&text[self.len..], &self.name).is_some();
        if is_closed && !["head", "script", "style"].contains(&self.name.as_str()) {
            opened.push(self.name.clone());
        }
        is_closed
    }
}

/// Where the `>` is that ends a tag: not one in quotes, and not beyond another `<`.
fn end_of_tag(attributes: &str) -> Option<usize> {
    let mut quote = None;
    for (at, c) in attributes.char_indices() {
        match (quote, c) {
            (None, '>') => return Some(at),
            (None, '<') => return None,
            (None, '"' | '\'') => quote = Some(c),
            (Some(open), c) if c == open => quote = None,
            _ => {}
        }
    }
    None
}

/// The address of a link, if it is one that a phone can open.
fn href(attributes: &str) -> Option<String> {
    let at = attributes.to_ascii_lowercase().find("href=")? + "href=".len();
    let value = &attributes[at..];
    let value = match value.chars().next()? {
        quote @ ('"' | '\'') => value[1..].split(quote).next()?,
        _ => value.split_whitespace().next()?,
    };
    let opens = ["https://", "http://", "mailto:", "tel:"].iter().any(|s| value.starts_with(s));
    opens.then(|| value.to_owned())
}

/// `text` with its character references resolved, once: `&amp;lt;` is `&lt;`.
pub(super) fn decoded(text: &str) -> String {
    let mut rest = text;
    let mut out = String::with_capacity(text.len());
    while let Some(at) = rest.find('&') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        match reference(rest) {
            Some((c, len)) => {
                out.push(c);
                rest = &rest[len..];
            }
            None => {
                out.push('&');
                rest = &rest[1..];
            }
        }
    }
    out.push_str(rest);
    out
}

fn reference(text: &str) -> Option<(char, usize)> {
    let end = text.bytes().take(12).position(|byte| byte == b';')?;
    let name = text.get(1..end)?;
    let number = |digits: &str, radix| {
        let c = char::from_u32(u32::from_str_radix(digits, radix).ok()?)?;
        (!c.is_control() || c == '\n').then_some(c)
    };
    let c = match name.strip_prefix('#') {
        Some(hex) if hex.starts_with(['x', 'X']) => number(&hex[1..], 16)?,
        Some(decimal) => number(decimal, 10)?,
        None => REFERENCES.iter().find(|(known, _)| *known == name)?.1,
    };
    Some((if c == '\u{a0}' { ' ' } else { c }, end + 1))
}

const BLOCKS: [&str; 25] = [
    "article",
    "blockquote",
    "body",
    "br",
    "div",
    "footer",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "head",
    "header",
    "hr",
    "html",
    "li",
    "ol",
    "p",
    "pre",
    "section",
    "table",
    "tbody",
    "tr",
    "ul",
];
const INLINE: [&str; 24] = [
    "a", "abbr", "b", "big", "cite", "code", "del", "em", "font", "i", "img", "ins", "kbd",
    "label", "mark", "s", "script", "small", "span", "strong", "style", "td", "th", "u",
];
/// Tags that are whole without a partner.
const LONE: [&str; 9] = ["br", "hr", "img", "li", "p", "tbody", "td", "th", "tr"];
const REFERENCES: [(&str, char); 20] = [
    ("amp", '&'),
    ("apos", '\''),
    ("bull", '•'),
    ("copy", '©'),
    ("deg", '°'),
    ("euro", '€'),
    ("gt", '>'),
    ("hellip", '…'),
    ("laquo", '«'),
    ("ldquo", '“'),
    ("lsquo", '‘'),
    ("lt", '<'),
    ("mdash", '—'),
    ("nbsp", ' '),
    ("ndash", '–'),
    ("pound", '£'),
    ("quot", '"'),
    ("raquo", '»'),
    ("rdquo", '”'),
    ("rsquo", '’'),
];
