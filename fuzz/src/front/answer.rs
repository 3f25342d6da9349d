use std::sync::Arc;

use handover_core::channel::{Attempt, Channel as _};
use handover_core::desk::{Case, CaseStatus, Desk as _, Handoff};
use handover_core::directory::Directory as _;
use handover_core::error::Retry;
use handover_core::feed::{Feed as _, Scope};
use handover_core::id::Key;
use handover_core::message::Brief;
use http::{Method, Request, header};
use url::Url;

use super::{CNV, customer, front, front_by_oauth, outbound};
use crate::canned::{Canned, at_once, now};
use crate::check;
use crate::input;

/// The list of events: whatever it holds, a pull ends, and its cursor is one.
///
/// Input: the answers.
pub(crate) fn rows(data: &[u8]) {
    if check::is_tainted(data) {
        return;
    }
    let canned = || Arc::new(Canned::new(data));
    let feed = front(&canned());
    if let Ok(page) = check::quiet(at_once(feed.pull(&Scope::All, None))) {
        check::sound(&page.events, 4 * data.len());
        let cursor = page.next.expect("a pull of everything has a cursor");
        assert!(cursor.0.len() <= data.len() + 4_096);
        if let Ok(next) = check::quiet(at_once(front(&canned()).pull(&Scope::All, Some(&cursor)))) {
            assert!(next.next.is_some());
        }
    }
    let tail = Arc::new(Canned::new(data));
    if let Ok(page) = check::quiet(at_once(front(&tail).pull(&Scope::Thread(CNV.into()), None))) {
        check::sound(&page.events, 4 * data.len());
        assert!(page.next.is_none(), "the tail of a conversation moves the cursor");
    }
    tail.asked().iter().for_each(goes_to_front);
}

/// What a reply, a handoff and a look are answered: our token goes to Front alone, and what may have
/// been sent is never a plain failure.
///
/// Input: the answers.
pub(crate) fn answer(data: &[u8]) {
    if check::is_tainted(data) {
        return;
    }
    let reply = outbound("We open at nine.", customer());
    let canned = Arc::new(Canned::new(data));
    let channel = front(&canned).channels().remove(0);
    let sent = check::quiet(at_once(channel.send(&reply)));
    let is_post = |request: &&Request<_>| request.method() == Method::POST;
    let asked = canned.asked();
    let posts = asked.iter().filter(is_post).count();
    assert!(posts <= 2, "one send is one call, and one more where it was merged");
    if sent.is_ok() {
        assert!(posts > 0, "it is sent and was never said");
    }
    if let Err(error) = sent
        && posts > 0
        && canned.status().is_some_and(|status| status.is_success())
        && input::parts(data).len() == 1
    {
        assert_eq!(error.retry(), Retry::Unsure, "a success that cannot be read");
    }
    let attempt = Attempt { number: 2, ..Attempt::first(reply.key, now()) };
    let looking = Arc::new(Canned::new(data));
    let channel = front(&looking).channels().remove(0);
    let _ = check::quiet(at_once(channel.find(&reply, &attempt)));
    assert!(looking.asked().iter().all(|asked| asked.method() == "GET"), "looking writes");

    let (case, key) = (Case::new(CNV), Key::handoff(super::session(), 3));
    let handoff = Handoff { key, about: super::about(), brief: Brief::default() };
    let handing = Arc::new(Canned::new(data));
    let _ = check::quiet(at_once(front(&handing).hand_off(&case, &handoff, &attempt)));
    let status = CaseStatus::Resolved;
    let _ = check::quiet(at_once(front(&handing).set_status(&case, status, &attempt)));
    let _ = check::quiet(at_once(front(&handing).lookup(&customer())));
    for canned in [canned, looking, handing] {
        canned.asked().iter().for_each(goes_to_front);
    }
}

/// An application's token: one that fits a header, or an error that says what to mend.
///
/// Input: the answers.
pub(crate) fn token(data: &[u8]) {
    if check::is_tainted(data) {
        return;
    }
    let canned = Arc::new(Canned::new(data).knowing(|request: &Request<_>| {
        let is_token = request.uri().path().ends_with("/oauth/token");
        (!is_token).then(|| crate::canned::good(r#"{"id":"cmp_1"}"#)).flatten()
    }));
    let front = front_by_oauth(&canned);
    let entered = check::quiet(at_once(front.client().me()));
    if entered.is_ok() {
        assert!(canned.status().is_some_and(|status| status.is_success()));
        let asked = canned.asked().len();
        let _ = check::quiet(at_once(front.client().me()));
        assert!(canned.asked().len() <= asked + 2, "a token is asked for without end");
    }
    for request in canned.asked() {
        assert_eq!(request.uri().scheme_str(), Some("https"));
    }
}

/// A file's address and where it is redirected: our token goes to Front alone, and no more bytes come
/// than were asked for.
///
/// Input: the address, then the answers.
pub(crate) fn file(data: &[u8]) {
    if check::is_tainted(data) {
        return;
    }
    let (reference, answers) = input::cut(data, b"\n").unwrap_or((data, b""));
    let canned = Arc::new(Canned::new(answers));
    let channel = front(&canned).channels().remove(0);
    let opened = at_once(channel.fetch(&String::from_utf8_lossy(reference), LIMIT));
    if let Ok(mut body) = check::quiet(opened) {
        let mut got = 0;
        while let Some(Ok(chunk)) = at_once(body.chunk()) {
            got += chunk.len() as u64;
        }
        assert!(got <= LIMIT, "{got} bytes of at most {LIMIT}");
    }
    let asked = canned.asked();
    assert!(asked.len() <= 2, "more than one redirect is followed");
    asked.iter().for_each(goes_to_front);
}

/// Whoever sees our token is Front; whoever else is called has a name and `https`.
fn goes_to_front<T>(request: &Request<T>) {
    let url = Url::parse(&request.uri().to_string()).unwrap();
    assert_eq!(url.scheme(), "https");
    let host = url.domain().expect("a call to a bare address");
    let is_fronts = host == "api2.frontapp.com" || host.ends_with(".api.frontapp.com");
    let bears = request.headers().contains_key(header::AUTHORIZATION);
    assert!(!bears || is_fronts && url.port().is_none(), "our token goes elsewhere");
    assert!(url.username().is_empty() && host != "localhost");
}

const LIMIT: u64 = 64;
