//! What a request says, whether as JSON or as a form with files.

use bytes::Bytes;
use http::Request;
use http::header::CONTENT_TYPE;
use serde_json::{Map, Value, json};

use super::data::Attachment;
use super::fail::Fail;

/// The fields of a request and its files.
#[derive(Debug)]
pub(crate) struct Fields {
    values: Value,
    pub(crate) files: Vec<Attachment>,
}

impl Fields {
    pub(crate) fn read(request: &Request<Bytes>) -> Result<Self, Fail> {
        let kind = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let kind = kind.unwrap_or_default();
        if kind.starts_with("multipart/form-data") {
            let boundary = kind.split(';').find_map(|part| part.trim().strip_prefix("boundary="));
            let boundary = boundary.map(|boundary| boundary.trim_matches('"'));
            let boundary = boundary.ok_or_else(|| Fail::new(400, "The form has no boundary"))?;
            return multipart(request.body(), boundary)
                .ok_or_else(|| Fail::new(400, "The form cannot be read"));
        }
        if !kind.starts_with("application/json") {
            return Err(Fail::new(400, "The body must be JSON"));
        }
        match serde_json::from_slice(request.body()) {
            Ok(values @ Value::Object(_)) => Ok(Self { values, files: Vec::new() }),
            _ => Err(Fail::new(400, "The body is not a JSON object")),
        }
    }

    pub(crate) fn value(&self, name: &str) -> Option<&Value> {
        self.values.get(name)
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.values.get(name).is_some()
    }

    /// A text, or nothing when it is not there or null.
    pub(crate) fn text(&self, name: &str) -> Result<Option<&str>, Fail> {
        match self.values.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(Fail::field(name, "must be a string")),
        }
    }

    /// A text that is not empty.
    pub(crate) fn required(&self, name: &str) -> Result<&str, Fail> {
        let text = self.text(name)?.filter(|text| !text.is_empty());
        text.ok_or_else(|| Fail::field(name, "is required"))
    }

    /// A number; a form writes it as text.
    pub(crate) fn number(&self, name: &str) -> Option<f64> {
        let value = self.values.get(name)?;
        value.as_f64().or_else(|| value.as_str()?.parse().ok())
    }

    pub(crate) fn texts(&self, name: &str) -> Result<Vec<String>, Fail> {
        texts(self.values.get(name), name)
    }

    /// An option inside an object; a form writes it as text.
    pub(crate) fn flag(&self, object: &str, name: &str, missing: bool) -> Result<bool, Fail> {
        match self.values.get(object).and_then(|inner| inner.get(name)) {
            None | Some(Value::Null) => Ok(missing),
            Some(Value::Bool(flag)) => Ok(*flag),
            Some(Value::String(text)) if text == "true" => Ok(true),
            Some(Value::String(text)) if text == "false" => Ok(false),
            Some(_) => Err(Fail::field(&format!("{object}.{name}"), "must be a boolean")),
        }
    }

    pub(crate) fn inner(&self, object: &str, name: &str) -> Option<&Value> {
        self.values.get(object)?.get(name)
    }

    pub(crate) fn inner_text(&self, object: &str, name: &str) -> Result<&str, Fail> {
        let text = self.inner(object, name).and_then(Value::as_str);
        let text = text.filter(|text| !text.is_empty());
        text.ok_or_else(|| Fail::field(&format!("{object}.{name}"), "is required"))
    }
}

pub(crate) fn texts(value: Option<&Value>, name: &str) -> Result<Vec<String>, Fail> {
    let wrong = || Fail::field(name, "must be an array of strings");
    match value {
        None | Some(Value::Null) => Ok(Vec::new()),
        Some(Value::Array(items)) => {
            items.iter().map(|item| item.as_str().map(str::to_owned).ok_or_else(wrong)).collect()
        }
        Some(_) => Err(wrong()),
    }
}

fn multipart(body: &[u8], boundary: &str) -> Option<Fields> {
    let delimiter = format!("\r\n--{boundary}");
    let mut rest = body.strip_prefix(&delimiter.as_bytes()[2..])?;
    let mut fields = Fields { values: json!({}), files: Vec::new() };
    while !rest.starts_with(b"--") {
        rest = rest.strip_prefix(b"\r\n")?;
        let head = find(rest, b"\r\n\r\n")?;
        let end = find(rest, delimiter.as_bytes())?;
        let (head, content) = (&rest[..head], rest.get(head + 4..end)?);
        part(&mut fields, std::str::from_utf8(head).ok()?, content)?;
        rest = &rest[end + delimiter.len()..];
    }
    Some(fields)
}

fn part(fields: &mut Fields, head: &str, content: &[u8]) -> Option<()> {
    let header = |name: &str| {
        head.split("\r\n").find_map(|line| {
            let (key, value) = line.split_once(':')?;
            key.eq_ignore_ascii_case(name).then(|| value.trim())
        })
    };
    let disposition = header("content-disposition")?;
    let name = parameter(disposition, "name")?;
    if let Some(file) = parameter(disposition, "filename") {
        if name != "attachments" && !name.starts_with("attachments[") {
            return None;
        }
        let kind = header("content-type").unwrap_or("application/octet-stream");
        fields.files.push(Attachment::new(&file, kind, content.to_vec()));
        return Some(());
    }
    let text = String::from_utf8(content.to_vec()).ok()?;
    put(&mut fields.values, &keys(&name), text);
    Some(())
}

/// `name="…"` of a header, its quotes undone.
fn parameter(header: &str, name: &str) -> Option<String> {
    let start = header.find(&format!("; {name}=\""))? + name.len() + 4;
    let mut value = String::new();
    let mut chars = header[start..].chars();
    loop {
        match chars.next()? {
            '"' => return Some(value),
            '\\' => value.push(chars.next()?),
            other => value.push(other),
        }
    }
}

/// `options[tag_ids][0]` is three keys.
fn keys(name: &str) -> Vec<&str> {
    name.split('[').map(|key| key.trim_end_matches(']')).collect()
}

fn put(object: &mut Value, keys: &[&str], text: String) {
    match keys {
        [] => *object = Value::String(text),
        [key, rest @ ..] if key.is_empty() || key.bytes().all(|byte| byte.is_ascii_digit()) => {
            if !object.is_array() {
                *object = json!([]);
            }
            if let Some(items) = object.as_array_mut() {
                let index = key.parse().unwrap_or(items.len()).min(items.len());
                if index == items.len() {
                    items.push(Value::Null);
                }
                put(&mut items[index], rest, text);
            }
        }
        [key, rest @ ..] => {
            if !object.is_object() {
                *object = Value::Object(Map::new());
            }
            put(&mut object[*key], rest, text);
        }
    }
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack.windows(needle.len()).position(|window| window == needle)
}
