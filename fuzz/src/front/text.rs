use std::sync::Arc;

use handover_core::channel::{Attempt, Channel as _};
use handover_core::desk::{Case, Desk as _, Entry};
use handover_core::id::Key;
use handover_core::identity::{Identity, Proof};
use handover_core::message::Speaker;
use http::Request;
use serde_json::Value;

use super::{CNV, about, front, outbound, session};
use crate::canned::{Canned, at_once, now};
use crate::check;

/// Whatever a customer wrote stands in a comment as it was written and calls nobody, and goes out in
/// a mail as text and not as HTML.
///
/// Input: what was said.
pub(crate) fn text(data: &[u8]) {
    let said = String::from_utf8_lossy(data);
    comment(&said);
    mail(&said);
}

fn comment(said: &str) {
    let key = Key::entry(session(), 3);
    let entry = Entry {
        key,
        seq: 3,
        author: Speaker::Relay,
        at: now(),
        text: said.to_owned(),
        files: Vec::new(),
        link: None,
        undelivered: None,
    };
    let canned = Arc::new(Canned::new(b"201\n\n{\"id\":\"com_1\"}"));
    let attempt = Attempt::first(key, now());
    let written = at_once(front(&canned).append(&Case::new(CNV), &about(), &[entry], &attempt));
    written.expect("the answer is right");
    let body = posted(&canned, "body");
    let (body, mark) = body.rsplit_once("\n\n`").expect("a comment ends with its mark");
    assert!(mark.starts_with("handover:"));
    let mut after = body.split('@').skip(1);
    assert!(after.all(|rest| rest.starts_with('\u{2060}')), "a comment calls somebody");
    assert_eq!(unescaped(body), readable(said), "a comment says something else");
}

fn mail(said: &str) {
    let to = Identity::new(Identity::EMAIL, "ann@example.com", Proof::ChannelProven);
    let standing = r#"200

{"id":"cnv_abc","status":"assigned","assignee":{"id":"tea_ai"},"message_uid":"u1"}"#;
    let canned = Arc::new(Canned::new(standing.as_bytes()));
    let channel = front(&canned).channels().remove(0);
    if at_once(channel.send(&outbound(said, to))).is_err() {
        let is_empty = said.trim().is_empty();
        assert!(is_empty || said.chars().count() > 100_000, "a mail is not sent");
        return;
    }
    let html = posted(&canned, "body");
    let bare = html.replace("<p>", "").replace("</p>", "").replace("<br>", "");
    assert!(!bare.contains(['<', '>', '"']), "a text becomes HTML");
    let is_reference =
        |rest: &str| ["amp;", "lt;", "gt;", "quot;"].iter().any(|name| rest.starts_with(name));
    assert!(bare.split('&').skip(1).all(is_reference), "a text becomes a reference");
    let told = bare.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"");
    let words = |text: &str| text.split_whitespace().collect::<String>();
    assert_eq!(words(&told.replace("&amp;", "&")), words(said), "a mail says something else");
}

/// A comment as Front shows it: without escapes, and with lines as they were.
fn unescaped(body: &str) -> String {
    let mut text = String::new();
    let mut rest = body.chars();
    while let Some(c) = rest.next() {
        text.extend(if c == '\\' { rest.next() } else { Some(c) });
    }
    text.replace("  \n", "\n").replace('\u{2060}', "")
}

/// What was written, with what Markdown cannot tell left out: the white space around lines.
fn readable(said: &str) -> String {
    let said = said.replace("\r\n", "\n").replace('\r', "\n");
    let said: String = said.chars().filter(|c| !check::is_odd(*c)).collect();
    said.lines().map(str::trim_start).collect::<Vec<_>>().join("\n").replace('\u{2060}', "")
}

fn posted(canned: &Canned, name: &str) -> String {
    let asked = canned.asked();
    let post = asked.iter().find(|request: &&Request<_>| request.method() == "POST");
    let sent: Value = serde_json::from_slice(post.unwrap().body()).expect("it is JSON");
    sent[name].as_str().expect("it says something").to_owned()
}
