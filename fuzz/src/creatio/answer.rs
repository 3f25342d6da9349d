use std::collections::HashSet;
use std::sync::Arc;

use handover_core::channel::Attempt;
use handover_core::desk::{Case, CaseStatus, Desk as _, Entry, Handoff, Opening};
use handover_core::directory::Directory as _;
use handover_core::id::{Key, SessionId};
use handover_core::identity::{Identity, Proof};
use handover_core::message::{Brief, Speaker};
use handover_creatio::entities::{self, base, case};
use handover_creatio::{NewRow, Outcome, Values};
use http::{Request, StatusCode};
use serde_json::Value;
use uuid::Uuid;

use super::{NUMBER, about, client, desk, known};
use crate::canned::{self, Canned, at_once, now};
use crate::check;
use crate::input;

/// Errors, pages and rows where a desk expects a case: a word for each, and no secret in it.
///
/// Input: the answers.
pub(crate) fn answer(data: &[u8]) {
    if check::is_tainted(data) {
        return;
    }
    let canned = || Arc::new(Canned::new(data).knowing(known));
    let key = Key::open(SessionId(Uuid::from_u128(7)), 0);
    let attempt = Attempt::first(key, now());
    let opening = Opening { key, about: about("Hello"), at: now(), contact: None, parent: None };
    let opened = check::quiet(at_once(desk(&canned()).open(&opening, &attempt)));
    if let Ok(case) = &opened {
        assert_eq!(*case.reference, key.uuid().to_string(), "a case under another id");
    }
    let case = Case::new(key.uuid().to_string());
    let handoff = Handoff { key, about: about("Hello"), brief: Brief::default() };
    let _ = check::quiet(at_once(desk(&canned()).hand_off(&case, &handoff, &attempt)));
    let status = CaseStatus::Resolved;
    let _ = check::quiet(at_once(desk(&canned()).set_status(&case, status, &attempt)));
    let customer = Identity::tel(NUMBER, Proof::ChannelProven).unwrap();
    let _ = check::quiet(at_once(desk(&canned()).lookup(&customer)));
    let _ = check::quiet(at_once(desk(&canned()).create(&customer, None, &key)));
    let values = Values::new().set(case::SUBJECT, "Hello");
    let client = client(&canned());
    let _ = check::quiet(at_once(client.update(&entities::CASE, key.uuid(), &values)));
}

/// A batch's answer: an outcome for each row, and none is taken for made that nobody said was.
///
/// Input: the answers.
pub(crate) fn batch(data: &[u8]) {
    if check::is_tainted(data) {
        return;
    }
    let canned = Arc::new(Canned::new(data).knowing(known));
    let rows: Vec<NewRow> = (1..=ROWS)
        .map(|n| NewRow {
            id: Uuid::from_u128(n),
            values: Values::new().set(base::NAME, format!("row {n}")),
        })
        .collect();
    let made = at_once(client(&canned).create_all(&entities::CONTACT, &rows));
    let Ok(outcomes) = check::quiet(made) else { return };
    assert_eq!(outcomes.len(), rows.len());
    let answers = input::parts(data);
    let created = outcomes.iter().filter(|outcome| **outcome == Outcome::Created).count();
    assert!(created <= successes(answers[0]), "a row is made that no answer tells of");
    let there = outcomes.iter().filter(|outcome| **outcome == Outcome::AlreadyThere).count();
    if there > 0 {
        let all: HashSet<_> = rows.iter().map(|row| row.id.to_string()).collect();
        let shown = |id: &&String| {
            let is_in = |part: &[u8]| String::from_utf8_lossy(part).to_lowercase().contains(*id);
            let bare = id.replace('-', "");
            let is_bare = |part: &[u8]| String::from_utf8_lossy(part).contains(&bare);
            answers.iter().any(|part| is_in(part) || is_bare(part))
        };
        assert!(there <= all.iter().filter(shown).count(), "a row is there that nobody showed");
    }
}

/// How many items of a batch's answer are successes, as far as that can be told at all.
fn successes(answer: &[u8]) -> usize {
    let body = input::cut(answer, b"\n\n").map_or(&b""[..], |(_, body)| body);
    let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    let read: Value = serde_json::from_slice(body).unwrap_or_default();
    let is_success = |item: &&Value| {
        let status = item["status"].as_u64().or_else(|| item["status"].as_str()?.parse().ok());
        status.is_some_and(|status| (200..300).contains(&status))
    };
    read["responses"].as_array().map_or(0, |items| items.iter().filter(is_success).count())
}

/// The Identity Service's answer: a token that fits a header, or an error that says what to mend.
///
/// Input: the answers.
pub(crate) fn token(data: &[u8]) {
    if check::is_tainted(data) {
        return;
    }
    let canned = Arc::new(Canned::new(data).knowing(|request: &Request<_>| {
        let is_token = request.uri().path().ends_with("/connect/token");
        (!is_token).then(|| canned::good(r#"{"value":[]}"#)).flatten()
    }));
    let client = client(&canned);
    let entered = check::quiet(at_once(client.log_in()));
    if entered.is_ok() {
        let status = canned.status();
        assert!(status.is_some_and(|status| status.is_success()), "a login by {status:?}");
        // A good token is kept.
        let asked = canned.asked().len();
        assert!(check::quiet(at_once(client.log_in())).is_ok());
        assert_eq!(canned.asked().len(), asked, "a good token is asked for again");
    }
    let refused = [StatusCode::BAD_REQUEST, StatusCode::UNAUTHORIZED];
    if canned.status().is_some_and(|status| refused.contains(&status)) {
        assert!(entered.is_err());
    }
}

/// Whatever was said becomes an entry that Creatio takes: a title that fits its column, and notes
/// that say all of it.
///
/// Input: what was said.
pub(crate) fn text(data: &[u8]) {
    let said = String::from_utf8_lossy(data);
    let session = SessionId(Uuid::from_u128(7));
    let key = Key::entry(session, 1);
    let entry = Entry {
        key,
        seq: 1,
        author: Speaker::Person { name: Some(said.as_ref().into()) },
        at: now(),
        text: said.clone().into_owned(),
        files: Vec::new(),
        link: None,
        undelivered: None,
    };
    let answer = b"200\n\n{\"responses\":[{\"id\":\"0\",\"status\":201}]}";
    let canned = Arc::new(Canned::new(answer).knowing(known));
    let attempt = Attempt::first(key, now());
    let case = Case::new(Uuid::from_u128(9).to_string());
    let entries = [entry];
    let (writing, about_it) = (desk(&canned), about(&said));
    at_once(writing.append(&case, &about_it, &entries, &attempt)).expect("the answer is right");
    let asked = canned.asked();
    let sent: Value = serde_json::from_slice(asked.last().unwrap().body()).expect("it is JSON");
    let row = &sent["requests"][0]["body"];
    let (title, notes) = (row["Title"].as_str().unwrap(), row["Notes"].as_str().unwrap());
    assert!(title.encode_utf16().count() <= 450 && !title.contains(is_untaken));
    let taken = |text: &str| {
        let text = text.replace("\r\n", "\n").replace('\r', "\n");
        let is_taken = |c: &char| matches!(c, '\n' | '\t') || !is_untaken(*c);
        text.chars().filter(is_taken).collect::<String>()
    };
    assert_eq!(notes, taken(&said).trim_start_matches('\n'), "a note does not say all");

    let opening = Opening { key, about: about(&said), at: now(), contact: None, parent: None };
    let canned = Arc::new(Canned::new(b"500").knowing(known));
    let _ = at_once(desk(&canned).open(&opening, &attempt));
    let asked = canned.asked();
    let post = asked
        .iter()
        .find(|request| request.method() == "POST" && request.uri().path().ends_with("/Case"));
    let sent: Value = serde_json::from_slice(post.unwrap().body()).expect("it is JSON");
    let subject = sent["Subject"].as_str().unwrap();
    assert!(subject.encode_utf16().count() <= 500 && !subject.contains(is_untaken));
}

/// What no column of one line takes.
fn is_untaken(c: char) -> bool {
    c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}')
}

const ROWS: u128 = 5;
