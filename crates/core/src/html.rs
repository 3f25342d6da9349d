//! HTML to plain text: of mails, and of what people write in a desk's editor. Pure.

use html5gum::{DefaultEmitter, StartTag, Token, Tokenizer};

#[cfg(test)]
mod tests;

/// The text that a reader of `html` sees.
///
/// Blocks stand on lines of their own, white space is what a browser makes of it, quotations stand
/// behind `>`, and a link is followed by its address unless that is what it says. What no reader
/// sees is gone: comments, styles, scripts, titles, and control characters. Any text is taken, also
/// one that is no HTML or half of it. No white space is left at either end.
///
/// Anybody may write such a mail, so it is read in one go, without a tree: time and memory grow with
/// its length and not with how deep it nests.
pub fn to_text(html: &str) -> String {
    let mut emitter = DefaultEmitter::default();
    emitter.naively_switch_states(true);
    let mut out = Out::default();
    for Ok(token) in Tokenizer::new_with_emitter(html, emitter) {
        match token {
            Token::StartTag(tag) => out.open(&tag),
            Token::EndTag(tag) => out.close(&tag.name),
            Token::String(text) => out.text(&String::from_utf8_lossy(&text)),
            Token::Comment(_) | Token::Doctype(_) | Token::Error(_) => {}
        }
    }
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
    /// The element that nobody sees, and how deep in elements of its name.
    unseen: Option<(Vec<u8>, usize)>,
    /// Where the link goes that is open, and where its words begin. Links do not nest.
    link: Option<(String, usize)>,
}

impl Out {
    fn text(&mut self, text: &str) {
        if self.unseen.is_some() {
            return;
        }
        for c in text.chars() {
            match c {
                '\n' if self.kept > 0 => self.lines += 1,
                ' ' if self.kept > 0 => self.push(' '),
                '\u{a0}' => self.push(' '),
                c if c.is_whitespace() => self.gap = true,
                c if c.is_control() => {}
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
            self.text.truncate(self.text.trim_end_matches(' ').len());
            self.text.extend(std::iter::repeat_n('\n', self.lines.min(2)));
        } else if self.gap && !is_first {
            self.text.push(' ');
        }
        if self.lines > 0 || is_first {
            self.text.extend(std::iter::repeat_n("> ", self.quotes.min(MOST_QUOTES)));
        }
        (self.gap, self.lines) = (false, 0);
    }

    fn open(&mut self, tag: &StartTag<()>) {
        let name = tag.name.as_slice();
        match &mut self.unseen {
            Some((unseen, depth)) => *depth += usize::from(unseen == name),
            None if UNSEEN.contains(&name) => self.unseen = Some((name.to_vec(), 1)),
            None => self.block(name, true),
        }
        if name == b"a" && self.unseen.is_none() {
            let href = tag.attributes.get(b"href".as_slice());
            let href = href.map(|href| String::from_utf8_lossy(href).trim().to_owned());
            self.link = href.map(|href| (href, self.text.len()));
        }
    }

    fn close(&mut self, name: &[u8]) {
        match &mut self.unseen {
            Some((unseen, 1)) if unseen == name => self.unseen = None,
            Some((unseen, depth)) => *depth -= usize::from(unseen == name),
            None if name == b"a" => self.close_link(),
            None => self.block(name, false),
        }
    }

    /// What a tag does to the lines around it.
    fn block(&mut self, name: &[u8], opens: bool) {
        let depth = |before: usize| if opens { before + 1 } else { before.saturating_sub(1) };
        match name {
            b"br" => self.lines += 1,
            b"blockquote" => {
                self.lines = self.lines.max(2);
                self.quotes = depth(self.quotes);
            }
            b"pre" => {
                self.lines = self.lines.max(2);
                self.kept = depth(self.kept);
            }
            b"p" | b"h1" | b"h2" | b"h3" | b"h4" | b"h5" | b"h6" | b"ol" | b"table" | b"ul" => {
                self.lines = self.lines.max(2);
            }
            b"li" if opens => {
                self.lines = self.lines.max(1);
                self.begin();
                self.text.push_str("- ");
            }
            b"article" | b"body" | b"div" | b"footer" | b"header" | b"hr" | b"li" | b"section"
            | b"tr" => {
                self.lines = self.lines.max(1);
            }
            b"td" | b"th" => self.gap = true,
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

/// Deeper than people quote.
const MOST_QUOTES: usize = 8;

const UNSEEN: [&[u8]; 5] = [b"noscript", b"script", b"style", b"template", b"title"];
