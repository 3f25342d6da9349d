//! JSON as it is shown, put together without copies: `json!` writes whatever JSON it is given anew.

use bytes::Bytes;
use serde_json::Value;

/// An object with these members, too.
pub(crate) fn with<const N: usize>(mut object: Value, members: [(&str, Value); N]) -> Value {
    for (name, value) in members {
        object[name] = value;
    }
    object
}

/// A body.
pub(crate) fn bytes(value: &Value) -> Bytes {
    // What is JSON already can always be written.
    serde_json::to_vec(value).unwrap_or_default().into()
}
