use std::sync::Arc;

use handover_core::event::Fact;
use handover_core::feed::{Feed as _, Scope};
use serde_json::json;

use super::{client, desk, known, known_tables};
use crate::canned::{Canned, at_once};
use crate::check;

/// The rows of a pull: cases, then activities. A pull ends, and its cursor is one.
///
/// Input: the answers.
pub(crate) fn rows(data: &[u8]) {
    if check::is_tainted(data) {
        return;
    }
    let canned = Arc::new(Canned::new(data).knowing(known_tables));
    let feed = desk(&canned);
    if let Ok(page) = check::quiet(at_once(feed.pull(&Scope::All, None))) {
        let cursor = page.next.expect("a pull of everything has a cursor");
        let canned = Arc::new(Canned::new(data).knowing(known_tables));
        if let Ok(next) = check::quiet(at_once(desk(&canned).pull(&Scope::All, Some(&cursor)))) {
            check::sound(&next.events, data.len());
            assert!(next.events.is_sorted_by_key(|event| event.at), "a page is not in order");
            assert!(next.next.is_some());
        }
    }
    // Every table by the input, too.
    let canned = Arc::new(Canned::new(data).knowing(known));
    let case = Scope::Thread(CASE.into());
    if let Ok(page) = check::quiet(at_once(desk(&canned).pull(&case, None))) {
        check::sound(&page.events, data.len());
        assert!(page.next.is_none(), "the tail of a case moves the cursor");
    }
    let canned = Arc::new(Canned::new(data).knowing(known));
    let client = client(&canned);
    let columns = [handover_creatio::entities::base::ID];
    let case = handover_creatio::entities::CASE;
    let _ = check::quiet(at_once(client.get(&case, CASE.parse().unwrap(), &columns)));
}

/// What a mail in HTML says to a phone: nothing that its reader would not have seen, and no longer.
///
/// Input: the mail.
pub(crate) fn html(data: &[u8]) {
    let said = String::from_utf8_lossy(data);
    if check::is_tainted(data) {
        return;
    }
    let unseen = format!("<style>{0}</style><!-- {0} --><script>'{0}'</script>", check::CANARY);
    let text = reply(&format!("{unseen}{said}"));
    let text = text.unwrap_or_default();
    check::hides(&text);
    assert!(text.len() <= 4 * said.len() + 16, "a reply is longer than its mail");
    assert_eq!(text.trim(), text);
    let is_plain = |c: char| c.is_ascii_alphanumeric() || c == ' ';
    if said.chars().all(is_plain) {
        let words = said.split(' ').filter(|word| !word.is_empty());
        assert_eq!(text, words.collect::<Vec<_>>().join(" "), "ordinary words are changed");
    }
}

/// The reply that a person's finished mail with this body becomes.
fn reply(body: &str) -> Option<String> {
    let mail = json!({"value": [{
        "Id": "0a1b2c3d-0000-4000-8000-000000000001",
        "CreatedById": "0a1b2c3d-0000-4000-8000-000000000002",
        "CreatedOn": "2026-11-20T11:58:00Z", "ModifiedOn": "2026-11-20T11:59:00Z",
        "CaseId": CASE, "Body": body, "IsHtmlBody": true, "SendDate": "2026-11-20T11:59:00Z",
        "TypeId": "e2831dec-cfc0-df11-b00f-001d60e938c6",
        "MessageTypeId": "7f6d3f94-f36b-1410-068c-20cf30b39373",
        "EmailSendStatusId": "8074ffc0-6107-e011-a646-16d83cab0980",
    }]});
    let answers = format!("200\n\n{{\"value\":[]}}\n---\n200\n\n{mail}");
    let canned = Arc::new(Canned::new(answers.as_bytes()).knowing(known_tables));
    let desk = desk(&canned);
    let begin = at_once(desk.pull(&Scope::All, None)).expect("nothing is read yet");
    let page = at_once(desk.pull(&Scope::All, begin.next.as_ref())).expect("the rows are right");
    page.events.into_iter().find_map(|event| match event.fact {
        Fact::Reply(reply) => Some(reply.text),
        _ => None,
    })
}

const CASE: &str = "0a1b2c3d-0000-4000-8000-00000000ca5e";
