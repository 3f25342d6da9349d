//! The configuration as it takes effect, for people.

use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};

/// Every key with the value that takes effect, secrets masked, in the order they were read.
#[derive(Debug, Default)]
pub(crate) struct Shown(Vec<Line>);

#[derive(Debug)]
struct Line {
    key: String,
    value: Value,
    is_default: bool,
}

impl Shown {
    /// Adds a key.
    pub(super) fn push(&mut self, key: String, value: Value, is_default: bool) {
        self.0.push(Line { key, value, is_default });
    }

    /// As lines of TOML with dotted keys; what nobody wrote is marked.
    pub(crate) fn lines(&self) -> impl Iterator<Item = String> {
        self.0.iter().map(|line| {
            let value = match &line.value {
                Value::Null => return format!("# {} is not set", line.key),
                value => value,
            };
            let mark = if line.is_default { "  # default" } else { "" };
            format!("{} = {value}{mark}", line.key)
        })
    }

    /// Tells it from another.
    pub(crate) fn fingerprint(&self) -> String {
        let mut hash = Sha256::new();
        for line in self.lines() {
            hash.update(line);
            hash.update("\n");
        }
        hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// As one object: `{"desk.creatio.base_url": {"value": …, "default": false}}`.
    pub(crate) fn json(&self) -> Value {
        let entry = |line: &Line| {
            let value = serde_json::json!({"value": line.value, "default": line.is_default});
            (line.key.clone(), value)
        };
        Value::Object(self.0.iter().map(entry).collect::<Map<_, _>>())
    }
}
