//! HTML to plain text, for mails whose plain text Front does not tell.
//!
//! Anybody may write such a mail. It is read in one go, without a tree: a general renderer lays out
//! tables, and a mail of 40 kB of them took it minutes.

#[cfg(test)]
mod tests;

/// The text a reader sees: blocks on lines of their own, white space as a browser collapses it,
/// quotations behind `>`, links with their address. What a reader does not see (comments, styles,
/// scripts, titles) is gone.
pub(crate) fn to_text(html: &str) -> String {
    let mut out = Out::default();
    let mut rest = html;
    while let Some(at) = rest.find('<') {
        out.text(&rest[..at]);
        rest = &rest[at..];
        rest = match tag(rest) {
            Some((tag, after)) => {
                out.tag(&tag);
                skip_unseen(&tag, after)
            }
            None => {
                out.text("<");
                &rest[1..]
            }
        };
    }
    out.text(rest);
    out.text.trim().to_owned()
}

#[derive(Default)]
struct Out {
    text: String,
    /// White space that is written only if more text follows on the line.
    gap: bool,
    /// Line ends that are written only if more text follows.
    lines: usize,
    /// How deep in quotations.
    quotes: usize,
    /// How deep in text whose white space counts.
    kept: usize,
    /// Where the link goes that is open, and where its words begin. Links do not nest.
    link: Option<(String, usize)>,
}

struct Tag {
    name: String,
    closing: bool,
    href: Option<String>,
}

impl Out {
    fn text(&mut self, raw: &str) {
        for c in decode(raw).chars() {
            match c {
                '\n' if self.kept > 0 => self.lines += 1,
                ' ' if self.kept > 0 => self.push(' '),
                '\u{a0}' => self.push(' '),
                c if c.is_whitespace() => self.gap = true,
                c => self.push(c),
            }
        }
    }

    fn push(&mut self, c: char) {
        self.begin();
        self.text.push(c);
    }

    /// Writes what was held back: line ends, or a space.
    fn begin(&mut self) {
        let is_first = self.text.is_empty();
        if self.lines > 0 && !is_first {
            let end = self.text.trim_end_matches(' ').len();
            self.text.truncate(end);
            self.text.extend(std::iter::repeat_n('\n', self.lines.min(2)));
        } else if self.gap && !is_first {
            self.text.push(' ');
        }
        if self.lines > 0 || is_first {
            self.text.extend(std::iter::repeat_n("> ", self.quotes.min(MOST_QUOTES)));
        }
        (self.gap, self.lines) = (false, 0);
    }

    fn tag(&mut self, tag: &Tag) {
        let depth = |before: usize| match tag.closing {
            true => before.saturating_sub(1),
            false => before + 1,
        };
        match tag.name.as_str() {
            "br" => self.lines += 1,
            "blockquote" => {
                self.lines = self.lines.max(2);
                self.quotes = depth(self.quotes);
            }
            "pre" => {
                self.lines = self.lines.max(2);
                self.kept = depth(self.kept);
            }
            "p" | "h1" | "h2" | "h3" | "h4" | "h5" | "h6" | "ol" | "table" | "ul" => {
                self.lines = self.lines.max(2);
            }
            "li" if !tag.closing => {
                self.lines = self.lines.max(1);
                self.begin();
                self.text.push_str("- ");
            }
            "article" | "body" | "div" | "footer" | "header" | "hr" | "li" | "section" | "tr" => {
                self.lines = self.lines.max(1);
            }
            "td" | "th" => self.gap = true,
            "a" if tag.closing => self.close_link(),
            "a" => self.link = tag.href.clone().map(|href| (href, self.text.len())),
            _ => {}
        }
    }

    /// Adds a link's address unless its words say it already.
    fn close_link(&mut self) {
        let Some((href, from)) = self.link.take() else { return };
        let said = self.text.get(from..).unwrap_or_default().trim();
        let is_web = href.starts_with("https://") || href.starts_with("http://");
        if is_web && bare(said) != bare(&href) {
            let address = if said.is_empty() { href } else { format!(" ({href})") };
            self.begin();
            self.text.push_str(&address);
        }
    }
}

fn bare(url: &str) -> &str {
    let url = url.trim().trim_end_matches('/');
    url.trim_start_matches("https://").trim_start_matches("http://")
}

/// The tag, comment or declaration at the start of `rest`, and what follows. What never ends swallows
/// the rest, as it does in a browser.
fn tag(rest: &str) -> Option<(Tag, &str)> {
    if let Some(comment) = rest.strip_prefix("<!--") {
        let after = comment.find("-->").map_or("", |at| &comment[at + 3..]);
        return Some((Tag { name: String::new(), closing: false, href: None }, after));
    }
    let inner = &rest[1..];
    let closing = inner.starts_with('/');
    let inner = &inner[usize::from(closing)..];
    if !inner.starts_with(|c: char| c.is_ascii_alphabetic() || c == '!' || c == '?') {
        return None;
    }
    let (body, after) = match end_of_tag(inner) {
        Some(at) => (&inner[..at], &inner[at + 1..]),
        None => (inner, ""),
    };
    let name = body.split(|c: char| c.is_whitespace() || c == '/').next().unwrap_or_default();
    let name = name.to_ascii_lowercase();
    let href = if name == "a" { href(body) } else { None };
    Some((Tag { name, closing, href }, after))
}

/// Where the tag ends; a `>` in a quoted value does not end it.
fn end_of_tag(text: &str) -> Option<usize> {
    let (mut quote, mut after_equals) = (None, false);
    for (at, byte) in text.bytes().enumerate() {
        match (quote, byte) {
            (None, b'>') => return Some(at),
            (None, b'"' | b'\'') if after_equals => quote = Some(byte),
            (Some(open), _) if open == byte => quote = None,
            _ => {}
        }
        if !byte.is_ascii_whitespace() {
            after_equals = byte == b'=';
        }
    }
    None
}

fn href(body: &str) -> Option<String> {
    let at = body.to_ascii_lowercase().find("href=")?;
    let value = &body[at + "href=".len()..];
    let value = match value.chars().next()? {
        quote @ ('"' | '\'') => value[1..].split(quote).next()?,
        _ => value.split_whitespace().next()?,
    };
    Some(decode(value.trim()))
}

/// Skips the content of elements that nobody sees.
fn skip_unseen<'a>(tag: &Tag, after: &'a str) -> &'a str {
    if tag.closing || !UNSEEN.contains(&tag.name.as_str()) {
        return after;
    }
    let end = format!("</{}", tag.name);
    let mut windows = after.as_bytes().windows(end.len());
    let found = windows.position(|window| window.eq_ignore_ascii_case(end.as_bytes()));
    // The window matched ASCII, so its start is a character boundary.
    found.map_or("", |at| &after[at..])
}

/// Resolves character references.
fn decode(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let end = rest.char_indices().take(12).find(|(_, c)| *c == ';').map(|(end, _)| end);
        match end.and_then(|end| Some((reference(&rest[1..end])?, end))) {
            Some((character, end)) => {
                out.push(character);
                rest = &rest[end + 1..];
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

fn reference(name: &str) -> Option<char> {
    if let Some(number) = name.strip_prefix('#') {
        let code = match number.strip_prefix(['x', 'X']) {
            Some(hex) => u32::from_str_radix(hex, 16).ok()?,
            None => number.parse().ok()?,
        };
        return char::from_u32(code);
    }
    NAMED.iter().find(|(known, _)| *known == name).map(|(_, character)| *character)
}

/// Deeper than people quote.
const MOST_QUOTES: usize = 8;

const UNSEEN: [&str; 6] = ["head", "noscript", "script", "style", "template", "title"];

const NAMED: [(&str, char); 33] = [
    ("Auml", 'Ä'),
    ("Ouml", 'Ö'),
    ("Uuml", 'Ü'),
    ("amp", '&'),
    ("apos", '\''),
    ("auml", 'ä'),
    ("bull", '•'),
    ("ccedil", 'ç'),
    ("cent", '¢'),
    ("copy", '©'),
    ("eacute", 'é'),
    ("egrave", 'è'),
    ("euro", '€'),
    ("gt", '>'),
    ("hellip", '…'),
    ("laquo", '«'),
    ("ldquo", '“'),
    ("lsquo", '‘'),
    ("lt", '<'),
    ("mdash", '—'),
    ("nbsp", '\u{a0}'),
    ("ndash", '–'),
    ("ntilde", 'ñ'),
    ("ouml", 'ö'),
    ("pound", '£'),
    ("quot", '"'),
    ("raquo", '»'),
    ("rdquo", '”'),
    ("reg", '®'),
    ("rsquo", '’'),
    ("szlig", 'ß'),
    ("trade", '™'),
    ("uuml", 'ü'),
];
