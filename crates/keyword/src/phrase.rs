//! Finding words in what people type.

/// A text in one case and spacing, with plain apostrophes and hyphens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Folded(String);

/// One or more whole words, next to each other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Phrase(Folded);

impl Folded {
    pub(crate) fn new(text: &str) -> Self {
        let mut folded = String::with_capacity(text.len());
        for word in text.split_whitespace() {
            let start = folded.len();
            folded.extend(word.chars().flat_map(char::to_lowercase).filter_map(plain));
            if folded.len() > start {
                folded.push(' ');
            }
        }
        folded.truncate(folded.trim_end().len());
        Self(folded)
    }
}

impl Phrase {
    /// The phrase, unless it is empty.
    pub(crate) fn new(text: &str) -> Option<Self> {
        let folded = Folded::new(text);
        (!folded.0.is_empty()).then_some(Self(folded))
    }

    pub(crate) fn is_in(&self, Folded(text): &Folded) -> bool {
        let Self(Folded(phrase)) = self;
        let (mut head, mut tail) = (phrase.chars(), phrase.chars());
        let (Some(first), Some(last)) = (head.next(), tail.next_back()) else {
            return false;
        };
        let mut from = 0;
        while let Some(at) = text[from..].find(phrase.as_str()) {
            let (start, end) = (from + at, from + at + phrase.len());
            let before = text[..start].chars().next_back();
            let after = text[end..].chars().next();
            if !before.is_some_and(|c| is_joined(c, first))
                && !after.is_some_and(|c| is_joined(last, c))
            {
                return true;
            }
            from = start + first.len_utf8();
        }
        false
    }
}

/// The character that stands for this one, or none where it is not seen.
fn plain(c: char) -> Option<char> {
    match c {
        '\u{ad}' | '\u{200b}' | '\u{2060}' | '\u{fe0f}' | '\u{feff}' => None,
        '\u{2018}' | '\u{2019}' | '\u{201b}' | '\u{2bc}' | '\u{ff07}' | '\u{b4}' | '`' => {
            Some('\'')
        }
        '\u{2010}'..='\u{2015}' | '\u{2212}' => Some('-'),
        'ς' => Some('σ'),
        _ => Some(c),
    }
}

/// Whether no word ends between the two.
fn is_joined(left: char, right: char) -> bool {
    is_mark(right) || (is_spaced(left) && is_spaced(right))
}

/// A letter or digit of a script that puts spaces between words.
fn is_spaced(c: char) -> bool {
    let is_unspaced = matches!(c,
        '\u{e00}'..='\u{eff}'           // Thai, Lao
        | '\u{1000}'..='\u{109f}'       // Burmese
        | '\u{1780}'..='\u{17ff}'       // Khmer
        | '\u{2e80}'..='\u{9fff}'       // kana, Han
        | '\u{ac00}'..='\u{d7af}'       // Hangul: particles follow the word at once
        | '\u{f900}'..='\u{faff}'       // Han
        | '\u{ff66}'..='\u{ff9f}'       // kana
        | '\u{20000}'..='\u{3ffff}'     // Han
    );
    is_mark(c) || (c.is_alphanumeric() && !is_unspaced)
}

/// An accent that belongs to the letter before it.
fn is_mark(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}')
}

#[cfg(test)]
mod tests;
