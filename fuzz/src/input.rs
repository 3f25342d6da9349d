//! The shape of the inputs: text that a person can read and write.

use std::borrow::Cow;

use http::{HeaderMap, HeaderName, HeaderValue};

/// A first line, headers, an empty line, and a body: as HTTP has it, and any bytes are one.
pub(crate) struct Message<'a> {
    pub(crate) first: Cow<'a, str>,
    pub(crate) headers: HeaderMap,
    pub(crate) body: &'a [u8],
}

impl<'a> Message<'a> {
    /// Reads any bytes. A line that is no header is left out.
    pub(crate) fn read(data: &'a [u8]) -> Self {
        let (head, body) = cut(data, b"\n\n").unwrap_or((data, &[]));
        let mut lines = head.split(|byte| *byte == b'\n');
        let first = String::from_utf8_lossy(lines.next().unwrap_or_default());
        let headers = lines.filter_map(header).collect::<Vec<_>>();
        let mut message = Self { first, headers: HeaderMap::new(), body };
        for (name, value) in headers {
            message.headers.append(name, value);
        }
        message
    }

    /// The first line up to its first space, and the rest.
    pub(crate) fn words(&self) -> (&str, &str) {
        self.first.split_once(' ').unwrap_or((&self.first, ""))
    }
}

/// The parts of an input that stands for several things, one after another.
pub(crate) fn parts(data: &[u8]) -> Vec<&[u8]> {
    let (mut parts, mut rest) = (Vec::new(), data);
    while let Some((part, after)) = cut(rest, b"\n---\n") {
        parts.push(part);
        rest = after;
    }
    parts.push(rest);
    parts
}

/// What stands before the first `mark`, and what behind it.
pub(crate) fn cut<'a>(data: &'a [u8], mark: &[u8]) -> Option<(&'a [u8], &'a [u8])> {
    let at = data.windows(mark.len()).position(|window| window == mark)?;
    Some((&data[..at], &data[at + mark.len()..]))
}

fn header(line: &[u8]) -> Option<(HeaderName, HeaderValue)> {
    let (name, value) = cut(line, b": ")?;
    let name = HeaderName::from_bytes(name.to_ascii_lowercase().as_slice()).ok()?;
    Some((name, HeaderValue::from_bytes(value).ok()?))
}
