//! Form parameters as bytes: what was sent, before anybody trusts it.

use std::borrow::Cow;

use percent_encoding::percent_decode;

#[cfg(test)]
mod tests;

/// The parameters of a form or a query in the order they came: duplicates and blank values stay,
/// `+` is a space, and nothing is read as UTF-8 yet, because a signature is over bytes.
pub(super) fn pairs(raw: &[u8]) -> Vec<(Vec<u8>, Vec<u8>)> {
    raw.split(|byte| *byte == b'&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let at = pair.iter().position(|byte| *byte == b'=').unwrap_or(pair.len());
            (decode(&pair[..at]), decode(pair.get(at + 1..).unwrap_or_default()))
        })
        .collect()
}

/// Named values that have been read as text. The first of a name counts.
#[derive(Default)]
pub(super) struct Fields(Vec<(String, String)>);

impl Fields {
    /// The fields of a form or query, or `None` if they are not UTF-8.
    pub(super) fn of_form(raw: &[u8]) -> Option<Self> {
        let text = |(name, value)| Some((utf8(name)?, utf8(value)?));
        pairs(raw).into_iter().map(text).collect::<Option<_>>().map(Self)
    }

    /// The fields of a flat JSON object, or `None` if it is none. Nested values are left out.
    pub(super) fn of_json(raw: &[u8]) -> Option<Self> {
        let object: serde_json::Map<String, serde_json::Value> =
            serde_json::from_slice(raw).ok()?;
        let text = |(name, value)| match value {
            serde_json::Value::String(text) => Some((name, text)),
            serde_json::Value::Number(number) => Some((name, number.to_string())),
            _ => None,
        };
        Some(Self(object.into_iter().filter_map(text).collect()))
    }

    /// The value of `name`; a blank value is none.
    pub(super) fn value(&self, name: &str) -> Option<&str> {
        let (_, value) = self.0.iter().find(|(known, _)| known == name)?;
        (!value.is_empty()).then_some(value)
    }
}

fn decode(raw: &[u8]) -> Vec<u8> {
    let spaced: Vec<u8> = raw.iter().map(|b| if *b == b'+' { b' ' } else { *b }).collect();
    Cow::from(percent_decode(&spaced)).into_owned()
}

fn utf8(bytes: Vec<u8>) -> Option<String> {
    String::from_utf8(bytes).ok()
}
