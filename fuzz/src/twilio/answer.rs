use handover_core::channel::{Attempt, Channel as _};
use handover_core::error::Retry;
use handover_core::feed::{Feed as _, Scope};
use http::{Request, header};
use url::{Host, Url};

use super::{CUSTOMER, OURS, outbound, twilio};
use crate::canned::{at_once, now};
use crate::check;
use crate::input;

/// The message list: whatever it holds, a pull ends, its cursor is one, and no row is two facts.
///
/// Input: the answers.
pub(crate) fn rows(data: &[u8]) {
    if check::is_tainted(data) {
        return;
    }
    let (twilio, _) = twilio(data);
    let Ok(page) = check::quiet(at_once(twilio.pull(&Scope::All, None))) else { return };
    // The last answer is given for every further page.
    check::sound(&page.events, 16 * data.len());
    page.events.iter().for_each(|event| super::answerable(&event.fact));
    assert!(page.events.is_sorted_by_key(|event| event.at), "a page is not in order");
    let cursor = page.next.expect("a pull of everything has a cursor");
    let (again, canned) = super::twilio(data);
    if let Ok(next) = check::quiet(at_once(again.pull(&Scope::All, Some(&cursor)))) {
        assert!(next.next.is_some());
    }
    // Whatever page it asks for, it is one of our account's list.
    for request in canned.asked() {
        assert_eq!(request.uri().host(), Some("api.twilio.com"));
    }
    let thread = Scope::Thread(format!("{OURS}|{CUSTOMER}").into());
    let (thread_twilio, _) = super::twilio(data);
    if let Ok(tail) = check::quiet(at_once(thread_twilio.pull(&thread, None))) {
        check::sound(&tail.events, 16 * data.len());
    }
}

/// What a send or a look for one is answered: an error that may have been a success is never a
/// plain failure, or the text goes out twice.
///
/// Input: the answers.
pub(crate) fn answer(data: &[u8]) {
    if check::is_tainted(data) {
        return;
    }
    let outbound = outbound();
    let (twilio, canned) = twilio(data);
    let sent = check::quiet(at_once(twilio.send(&outbound)));
    let status = canned.status();
    match &sent {
        Ok(receipt) => {
            assert!(status.is_some_and(|status| status.is_success()));
            let id = receipt.delivery.provider_id.as_deref().expect("a receipt has an id");
            assert!(id.len() <= 64 && id.bytes().all(|b| b.is_ascii_alphanumeric()));
        }
        Err(error) if status.is_some_and(|status| status.is_success()) => {
            assert_eq!(error.retry(), Retry::Unsure, "a success that cannot be read");
        }
        Err(_) => {}
    }
    assert_eq!(canned.asked().len(), 1, "one send is one call");
    let attempt = Attempt { number: 2, ..Attempt::first(outbound.key, now()) };
    let (looking, canned) = super::twilio(data);
    let _ = check::quiet(at_once(looking.find(&outbound, &attempt)));
    assert!(canned.asked().iter().all(|request| request.method() == "GET"), "looking writes");
}

/// A file's address and where it is redirected: our login goes to Twilio alone, nothing to an
/// address without a name, and no more bytes come than were asked for.
///
/// Input: the address, then the answers.
pub(crate) fn file(data: &[u8]) {
    if check::is_tainted(data) {
        return;
    }
    let (reference, answers) = input::cut(data, b"\n").unwrap_or((data, b""));
    let (twilio, canned) = twilio(answers);
    let opened = at_once(twilio.fetch(&String::from_utf8_lossy(reference), LIMIT));
    if let Ok(mut body) = check::quiet(opened) {
        let mut got = 0;
        while let Some(Ok(chunk)) = at_once(body.chunk()) {
            got += chunk.len() as u64;
        }
        assert!(got <= LIMIT, "{got} bytes of at most {LIMIT}");
    }
    let asked = canned.asked();
    assert!(asked.len() <= 2, "more than one redirect is followed");
    asked.iter().for_each(goes_where_it_may);
}

fn goes_where_it_may(request: &Request<bytes::Bytes>) {
    let url = Url::parse(&request.uri().to_string()).unwrap();
    assert_eq!(url.scheme(), "https", "a file by http");
    assert!(url.username().is_empty() && url.password().is_none(), "an address with a login");
    let Some(Host::Domain(host)) = url.host() else { panic!("a file at a bare address") };
    if request.headers().contains_key(header::AUTHORIZATION) {
        let is_twilios = host == "twilio.com" || host.ends_with(".twilio.com");
        assert!(is_twilios && url.port().is_none(), "our login goes elsewhere");
    }
    assert_ne!(host, "localhost");
}

const LIMIT: u64 = 64;
