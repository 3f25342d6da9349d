//! Forms with files.
//!
//! Source: dev.frontapp.com/docs/attachments: no JSON part, each value a field of its own, lists as
//! `to[0]`, nested ones as `options[archive]`, files as `attachments[0]`. Digest of 2026-11-20.

use std::fmt;

use bytes::Bytes;
use serde_json::Value;

#[cfg(test)]
mod tests;

/// A file to go with a message.
#[derive(Clone)]
pub struct Attachment {
    /// Its name.
    pub name: String,
    /// Its media type.
    pub media_type: String,
    /// Its bytes.
    pub bytes: Bytes,
}

impl fmt::Debug for Attachment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Attachment").field("bytes", &self.bytes.len()).finish_non_exhaustive()
    }
}

/// The content type and the body that say `fields` and hold `files`.
pub(crate) fn form(fields: &Value, files: &[Attachment]) -> (String, Bytes) {
    let mut flat = Vec::new();
    flatten("", fields, &mut flat);
    let boundary = boundary(&flat, files);
    let mut body = Vec::new();
    for (name, value) in &flat {
        body.extend_from_slice(head(&boundary, name).as_bytes());
        body.extend_from_slice(b"\r\n\r\n");
        body.extend_from_slice(value.as_bytes());
        body.extend_from_slice(b"\r\n");
    }
    for (index, file) in files.iter().enumerate() {
        let name = format!("attachments[{index}]");
        let line = format!(
            "{}; filename=\"{}\"\r\nContent-Type: {}\r\n\r\n",
            head(&boundary, &name),
            quoted(&file.name),
            media_type(&file.media_type),
        );
        body.extend_from_slice(line.as_bytes());
        body.extend_from_slice(&file.bytes);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(format!("--{boundary}--\r\n").as_bytes());
    (format!("multipart/form-data; boundary={boundary}"), body.into())
}

/// Each value under its path.
fn flatten(path: &str, value: &Value, flat: &mut Vec<(String, String)>) {
    let below = |name: &str| match path {
        "" => name.to_owned(),
        path => format!("{path}[{name}]"),
    };
    match value {
        Value::Null => {}
        Value::String(text) => flat.push((path.to_owned(), text.clone())),
        Value::Bool(_) | Value::Number(_) => flat.push((path.to_owned(), value.to_string())),
        Value::Array(list) => {
            for (index, value) in list.iter().enumerate() {
                flatten(&below(&index.to_string()), value, flat);
            }
        }
        Value::Object(fields) => {
            for (name, value) in fields {
                flatten(&below(name), value, flat);
            }
        }
    }
}

/// A line that stands in none of the parts; the same for the same parts.
fn boundary(flat: &[(String, String)], files: &[Attachment]) -> String {
    let is_in = |line: &str| {
        let has = |bytes: &[u8]| bytes.windows(line.len()).any(|part| part == line.as_bytes());
        flat.iter().any(|(_, value)| has(value.as_bytes()))
            || files.iter().any(|file| has(&file.bytes))
    };
    let mut number = 0_u64;
    loop {
        let line = format!("handover-part-{number:016x}");
        if !is_in(&line) {
            return line;
        }
        number += 1;
    }
}

fn head(boundary: &str, name: &str) -> String {
    format!("--{boundary}\r\nContent-Disposition: form-data; name=\"{}\"", quoted(name))
}

/// A name that ends neither its quotes nor its line.
fn quoted(name: &str) -> String {
    name.chars().filter(|c| !c.is_control()).collect::<String>().replace('"', "%22")
}

fn media_type(text: &str) -> &str {
    let is_plain = |b: u8| b.is_ascii_alphanumeric() || b"/+-._".contains(&b);
    let good = text.contains('/') && text.bytes().all(is_plain);
    if good { text } else { "application/octet-stream" }
}
