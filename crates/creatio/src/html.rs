//! HTML to plain text, for replies that go out as a text message.

/// Whether a text that nobody declared is HTML: it holds a tag that people do not type by chance.
pub(crate) fn looks_like_html(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    MARKS.iter().any(|mark| {
        lower.match_indices(mark).any(|(at, _)| {
            let after = lower.as_bytes().get(at + mark.len());
            after.is_some_and(|byte| matches!(byte, b'>' | b'/' | b' ' | b'\n' | b'\r' | b'\t'))
        })
    })
}

/// The text a reader sees: blocks on lines of their own, white space as a browser collapses it,
/// links with their address. What a reader does not see (comments, styles, scripts, titles) is gone.
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
    out.finish()
}

#[derive(Default)]
struct Out {
    text: String,
    /// White space that is written only if more text follows on the line.
    gap: bool,
    lines: usize,
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
        for character in decode(raw).chars() {
            if character.is_whitespace() && character != '\u{a0}' {
                self.gap = true;
                continue;
            }
            self.begin();
            self.text.push(if character == '\u{a0}' { ' ' } else { character });
        }
    }

    /// Line ends and spaces that were held back.
    fn begin(&mut self) {
        if self.lines > 0 && !self.text.is_empty() {
            let kept = self.text.trim_end_matches(' ').len();
            self.text.truncate(kept);
            self.text.extend(std::iter::repeat_n('\n', self.lines.min(2)));
        } else if self.gap && !self.text.is_empty() {
            self.text.push(' ');
        }
        (self.gap, self.lines) = (false, 0);
    }

    fn tag(&mut self, tag: &Tag) {
        match tag.name.as_str() {
            "br" => self.lines += 1,
            "p" | "h1" | "h2" | "h3" | "h4" | "h5" | "h6" | "ul" | "ol" | "table"
            | "blockquote" => {
                self.lines = self.lines.max(2);
            }
            "div" | "tr" | "li" | "hr" | "section" | "article" | "header" | "footer" | "body" => {
                self.lines = self.lines.max(1);
                if tag.name == "li" && !tag.closing {
                    self.begin();
                    self.text.push_str("- ");
                }
            }
            "td" | "th" => self.gap = true,
            "a" if tag.closing => self.close_link(),
            "a" => self.link = tag.href.clone().map(|href| (href, self.text.len())),
            _ => {}
        }
    }

    /// Adds a link's address unless the text says it already.
    fn close_link(&mut self) {
        let Some((href, from)) = self.link.take() else { return };
        let said = self.text.get(from..).unwrap_or_default().trim();
        let bare = |text: &str| {
            let text = text.trim_end_matches('/');
            text.trim_start_matches("https://").trim_start_matches("http://").to_owned()
        };
        let is_web = href.starts_with("https://") || href.starts_with("http://");
        if is_web && bare(said) != bare(&href) {
            let address = if said.is_empty() { href } else { format!(" ({href})") };
            self.begin();
            self.text.push_str(&address);
        }
    }

    fn finish(self) -> String {
        self.text.trim().to_owned()
    }
}

/// The tag, comment or declaration at the start of `rest`, and what follows. A comment that never
/// ends swallows the rest: what may be meant for nobody goes to nobody.
fn tag(rest: &str) -> Option<(Tag, &str)> {
    let unseen = |name: &str| Tag { name: name.to_owned(), closing: false, href: None };
    if let Some(comment) = rest.strip_prefix("<!--") {
        let after = comment.find("-->").map_or("", |at| &comment[at + 3..]);
        return Some((unseen("!"), after));
    }
    let inner = &rest[1..];
    let closing = inner.starts_with('/');
    let name_from = &inner[usize::from(closing)..];
    let first = name_from.bytes().next()?;
    if !first.is_ascii_alphabetic() && first != b'!' && first != b'?' {
        return None;
    }
    let end = end_of_tag(name_from);
    let (body, after) = match end {
        Some(at) => (&name_from[..at], &name_from[at + 1..]),
        None => (name_from, ""),
    };
    let name = body.split(|c: char| c.is_whitespace() || c == '/').next().unwrap_or_default();
    let name = name.to_ascii_lowercase();
    let href = if name == "a" { attribute(body, "href") } else { None };
    Some((Tag { name, closing, href }, after))
}

/// Where the tag ends; a `>` in quotes does not end it.
fn end_of_tag(text: &str) -> Option<usize> {
    let mut quote = None;
    let mut after_equals = false;
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
    // A quote that never ends was no quote.
    text.find('>')
}

fn attribute(body: &str, name: &str) -> Option<String> {
    let lower = body.to_ascii_lowercase();
    let at = lower.find(&format!("{name}="))? + name.len() + 1;
    let value = body.get(at..)?;
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
    let found = after
        .as_bytes()
        .windows(end.len())
        .position(|window| window.eq_ignore_ascii_case(end.as_bytes()));
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
        let character = char::from_u32(code)?;
        return (!character.is_control() || character.is_whitespace()).then_some(character);
    }
    NAMED.iter().find(|(known, _)| *known == name).map(|(_, character)| *character)
}

const UNSEEN: [&str; 6] = ["head", "noscript", "script", "style", "template", "title"];

const MARKS: [&str; 11] =
    ["<p", "</p", "<br", "<div", "</div", "<span", "<html", "<body", "</a", "<li", "<table"];

const NAMED: [(&str, char); 22] = [
    ("amp", '&'),
    ("apos", '\''),
    ("bull", '•'),
    ("cent", '¢'),
    ("copy", '©'),
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
    ("pound", '£'),
    ("quot", '"'),
    ("raquo", '»'),
    ("rdquo", '”'),
    ("reg", '®'),
    ("rsquo", '’'),
    ("trade", '™'),
];

#[cfg(test)]
mod tests;
