//! Words and shapes that problems are known by.

use serde_json::Value as Json;

use super::{Problem, has};
use crate::parse::without_bom;

/// The exact shape of an expired login. Never a substring: a case may say these words.
pub(super) fn is_expired(json: &Json) -> bool {
    json.get("Message").and_then(Json::as_str) == Some("Authentication failed.")
        && json.get("@odata.context").is_none()
        && json.get("Id").is_none()
}

/// Whether a success carries an error. `Message` alone is no sign: it is a column of some entities.
pub(super) fn is_error(json: &Json) -> bool {
    json.get("error").is_some_and(Json::is_object) && json.get("@odata.context").is_none()
}

pub(super) fn is_routing(json: &Json) -> bool {
    let text = json.get("Message").and_then(Json::as_str).unwrap_or_default();
    text.starts_with("No HTTP resource was found")
}

/// Whether a refusal says that the calls of the day are used up.
///
/// Nobody has published how that is said, so only refusals are asked, and two words must be there.
pub(super) fn is_quota(json: &Json) -> bool {
    let mut texts = Vec::new();
    collect(json.get("error").unwrap_or(json), 0, &mut texts);
    let says = |words: &[&str]| texts.iter().any(|text| words.iter().any(|word| has(text, word)));
    says(&["quota", "daily limit", "limit exceeded"]) && says(&["api", "call", "request"])
}

/// The problem that an error body's texts tell of, whichever depth it is at.
pub(crate) fn cause(json: &Json) -> Problem {
    let mut texts = Vec::new();
    let error = json.get("error").unwrap_or(json);
    collect(error, 0, &mut texts);
    let knows = |pattern: &str| texts.iter().any(|text| has(text, pattern));
    if types(error).iter().any(|name| name.ends_with("SecurityException")) {
        return Problem::Forbidden;
    }
    for (pattern, problem) in CAUSES {
        if knows(pattern) {
            return *problem;
        }
    }
    Problem::Server
}

/// The name of the innermost exception, if the body holds one that says anything.
pub(super) fn exception(body: &[u8]) -> Option<String> {
    let json: Json = serde_json::from_slice(without_bom(body)).ok()?;
    let names = types(json.get("error").unwrap_or(&json));
    let telling = |name: &&str| !name.is_empty() && *name != "System.Exception";
    names.into_iter().rev().find(telling).map(str::to_owned)
}

/// Why a service did not succeed, if it says that it did not.
///
/// Source: DataService and the file service answer 200 with `success: false` and an `errorInfo`, or
/// with an `error` in words; others of ServiceStack's kind fill `responseStatus`.
pub(crate) fn service_failure(json: &Json) -> Option<String> {
    let code = |path: &str| json.pointer(path).and_then(Json::as_str).filter(|c| !c.is_empty());
    let named = code("/errorInfo/errorCode").or_else(|| code("/responseStatus/ErrorCode"));
    let failed = json.get("success") == Some(&Json::Bool(false))
        || json.get("error").is_some_and(|error| error.is_string() || error.is_object())
        || named.is_some();
    failed.then(|| named.unwrap_or_else(|| Problem::Service.code()).to_owned())
}

/// The names of the exceptions of an error, from the outermost in.
fn types(error: &Json) -> Vec<&str> {
    let mut names = Vec::new();
    let (mut at, mut depth) = (Some(error), 0);
    while let Some(error) = at.filter(|_| depth < DEEPEST) {
        let name = error.get("type").or_else(|| error.get("ExceptionType"));
        names.extend(name.and_then(Json::as_str));
        at = INNER.iter().find_map(|inner| error.get(inner));
        depth += 1;
    }
    names
}

/// The messages of an error and of everything inside it.
fn collect<'a>(error: &'a Json, depth: usize, texts: &mut Vec<&'a str>) {
    if depth > DEEPEST {
        return;
    }
    for name in ["message", "Message", "ExceptionMessage"] {
        texts.extend(error.get(name).and_then(Json::as_str));
    }
    for name in INNER {
        if let Some(inner) = error.get(name) {
            collect(inner, depth + 1, texts);
        }
    }
}

/// The column that an "unknown column" error names, if it is one of `names`.
///
/// # Privacy
/// Nothing of the body leaves here but a name that the caller knew before.
pub(crate) fn unknown_column<'a>(body: &[u8], names: &'a [String]) -> Option<&'a str> {
    let json: Json = serde_json::from_slice(without_bom(body)).ok()?;
    let mut texts = Vec::new();
    collect(json.get("error").unwrap_or(&json), 0, &mut texts);
    texts.into_iter().find_map(|text| {
        let (_, rest) = text.split_once("property named '")?;
        let (name, _) = rest.split_once('\'')?;
        names.iter().find(|known| *known == name).map(String::as_str)
    })
}

/// Words that causes are known by, on SQL Server and on PostgreSQL.
const CAUSES: &[(&str, Problem)] = &[
    ("could not find a property named", Problem::UnknownColumn),
    ("not found in schema", Problem::UnknownColumn),
    ("node count limit", Problem::NodeLimit),
    ("ram consumption limit", Problem::RamLimit),
    ("violation of primary key", Problem::Duplicate),
    ("duplicate key", Problem::Duplicate),
    ("foreign key constraint", Problem::ForeignKey),
    ("would be truncated", Problem::TooLong),
    ("value too long for type", Problem::TooLong),
    ("must be filled in", Problem::Validation),
    ("cannot convert the literal", Problem::Invalid),
    ("the request is invalid", Problem::Invalid),
    ("the query specified in the uri is not valid", Problem::Invalid),
];

const INNER: [&str; 3] = ["innererror", "internalexception", "InnerException"];
/// Levels of an error that are looked at.
const DEEPEST: usize = 16;
