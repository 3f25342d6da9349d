use bytes::Bytes;
use handover_core::webhook::Rejection;
use http::{Request, header};
use serde_json::Value as Json;
use uuid::Uuid;

use crate::config::event_word;
use crate::parse::without_bom;

/// What a call tells.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Call {
    /// Something, without a case: look everywhere.
    Anything,
    /// Something about this case.
    Case(Uuid),
    /// Something of no concern.
    Nothing,
}

/// Reads a body: JSON, a form or XML, whichever the process was built to send. `more` are events to
/// look after besides those that are known.
///
/// # Errors
/// [`Rejection`] with 400 for what is none of them.
pub(super) fn read(request: &Request<Bytes>, more: &[String]) -> Result<Call, Rejection> {
    let body = without_bom(request.body()).trim_ascii();
    if body.is_empty() {
        return Ok(Call::Anything);
    }
    if let Ok(json) = serde_json::from_slice::<Json>(body) {
        let Json::Object(fields) = json else { return Err(Rejection::malformed("not an object")) };
        let pairs = fields
            .iter()
            .filter_map(|(name, value)| Some((name.as_str(), value.as_str()?.to_owned())));
        return Ok(call(pairs, more));
    }
    let text = std::str::from_utf8(body).map_err(|_| Rejection::malformed("not utf-8"))?;
    if text.starts_with('<') {
        return Ok(call(elements(text).into_iter(), more));
    }
    let kind = request.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    if kind.is_some_and(|kind| kind.starts_with("application/x-www-form-urlencoded")) {
        let pairs: Vec<(String, String)> = form_urlencoded::parse(body).into_owned().collect();
        let pairs = pairs.iter().map(|(name, value)| (name.as_str(), value.clone()));
        return Ok(call(pairs, more));
    }
    Err(Rejection::malformed("not json"))
}

fn call<'a>(fields: impl Iterator<Item = (&'a str, String)>, more: &[String]) -> Call {
    let (mut event, mut case) = (None, None);
    for (name, value) in fields {
        let name: String = name.chars().filter(char::is_ascii_alphanumeric).collect();
        match name.to_ascii_lowercase().as_str() {
            "eventtype" | "event" => event = Some(value),
            "caseid" => case = Some(value),
            _ => {}
        }
    }
    if event.is_some_and(|event| !is_known(&event, more)) {
        return Call::Nothing;
    }
    match case.as_deref().map(|case| Uuid::try_parse(case.trim())) {
        // An activity without a case.
        Some(Ok(case)) if case.is_nil() => Call::Nothing,
        Some(Ok(case)) => Call::Case(case),
        // A placeholder that the process did not fill, or no case at all.
        Some(Err(_)) | None => Call::Anything,
    }
}

/// Whether an event is one to look after. An empty one is.
fn is_known(event: &str, more: &[String]) -> bool {
    let event = event_word(event);
    event.is_empty() || EVENTS.contains(&event.as_str()) || more.contains(&event)
}

/// The leaves of an XML document, without attributes, entities and sections: ids and words need none.
fn elements(text: &str) -> Vec<(&str, String)> {
    let mut leaves = Vec::new();
    for part in text.split('<').skip(1) {
        let Some((tag, value)) = part.split_once('>') else { continue };
        let name = tag.split([' ', '/']).next().unwrap_or_default();
        let name = name.rsplit(':').next().unwrap_or_default();
        if !name.is_empty() && !value.trim().is_empty() {
            leaves.push((name, value.trim().to_owned()));
        }
    }
    leaves
}

const EVENTS: [&str; 10] = [
    "activity_added",
    "activity_modified",
    "case_canceled",
    "case_closed",
    "case_modified",
    "case_reopened",
    "case_resolved",
    "case_status_changed",
    "modified_activity",
    "new_activity",
];
