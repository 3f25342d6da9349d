//! What must be refused.

use std::sync::Arc;

use bytes::Bytes;
use http::uri::PathAndQuery;
use http::{HeaderMap, HeaderName, HeaderValue, Request, Uri};

use super::ChannelFixture;
use super::scene::{NO_WEBHOOK, at, says_the_same, webhook};
use crate::canary;
use crate::ear::overheard_now;
use crate::violation::{Checked, Verdict, Violation, ensure};

/// A body with one bit flipped is rejected, unless it says the very same.
pub async fn rejects_every_flipped_bit_of_the_body(fixture: &Arc<dyn ChannelFixture>) -> Checked {
    let Some((webhook, _)) = webhook(&**fixture) else { return Ok(Verdict::Skipped(NO_WEBHOOK)) };
    let request = fixture.deliver("1", "hello & 100% + 🙂", at(0));
    let said = webhook.receive(&request, at(0));
    ensure!(said.is_ok(), "the genuine request is rejected");
    for (byte, bit, flipped) in flips(request.body()) {
        let mut forged = request.clone();
        *forged.body_mut() = Bytes::from(flipped);
        let read = webhook.receive(&forged, at(0));
        let harmless = read.is_err() || says_the_same(&read, &said);
        ensure!(harmless, "bit {bit} of byte {byte} of the body was flipped, and it was taken");
    }
    Ok(Verdict::Kept)
}

/// A signature with one bit flipped is rejected.
pub async fn rejects_every_flipped_bit_of_the_signature(
    fixture: &Arc<dyn ChannelFixture>,
) -> Checked {
    let Some((webhook, _)) = webhook(&**fixture) else { return Ok(Verdict::Skipped(NO_WEBHOOK)) };
    let request = fixture.deliver("1", "hello", at(0));
    ensure!(webhook.receive(&request, at(0)).is_ok(), "the genuine request is rejected");
    for name in fixture.provider().signature {
        let value = value(request.headers(), &name)?.as_bytes().to_vec();
        for (byte, bit, flipped) in flips(&value) {
            let only_case = flipped.eq_ignore_ascii_case(&value);
            let Ok(flipped) = HeaderValue::from_bytes(&flipped) else { continue };
            if only_case && value.iter().all(u8::is_ascii_hexdigit) {
                continue;
            }
            let mut forged = request.clone();
            forged.headers_mut().insert(&name, flipped);
            let read = webhook.receive(&forged, at(0));
            ensure!(
                read.is_err(),
                "bit {bit} of byte {byte} of {name} was flipped, and it was taken"
            );
        }
    }
    Ok(Verdict::Kept)
}

/// A signed URL with one bit of its path or query flipped is rejected.
pub async fn rejects_every_flipped_bit_of_the_url(fixture: &Arc<dyn ChannelFixture>) -> Checked {
    let Some((webhook, _)) = webhook(&**fixture) else { return Ok(Verdict::Skipped(NO_WEBHOOK)) };
    if !fixture.provider().signs_url {
        return Ok(Verdict::Skipped("the provider does not sign the URL"));
    }
    let request = fixture.deliver("1", "hello", at(0));
    ensure!(webhook.receive(&request, at(0)).is_ok(), "the genuine request is rejected");
    let path = request.uri().path_and_query().map_or("/", PathAndQuery::as_str).as_bytes();
    for (byte, bit, flipped) in flips(path) {
        let Ok(flipped) = PathAndQuery::try_from(flipped.as_slice()) else { continue };
        let mut parts = request.uri().clone().into_parts();
        parts.path_and_query = Some(flipped);
        let Ok(url) = Uri::from_parts(parts) else { continue };
        if url == *request.uri() {
            continue;
        }
        let mut forged = request.clone();
        *forged.uri_mut() = url;
        let read = webhook.receive(&forged, at(0));
        ensure!(read.is_err(), "bit {bit} of byte {byte} of the URL was flipped, and it was taken");
    }
    Ok(Verdict::Kept)
}

/// Without a signature, with two of which one is wrong, or with one that is far too long, a request
/// is rejected.
pub async fn rejects_missing_doubled_and_huge_headers(
    fixture: &Arc<dyn ChannelFixture>,
) -> Checked {
    let Some((webhook, _)) = webhook(&**fixture) else { return Ok(Verdict::Skipped(NO_WEBHOOK)) };
    let request = fixture.deliver("1", "hello", at(0));
    ensure!(webhook.receive(&request, at(0)).is_ok(), "the genuine request is rejected");
    for name in fixture.provider().signature {
        for (what, forged) in forgeries(&request, &name)? {
            let read = webhook.receive(&forged, at(0));
            ensure!(read.is_err(), "a request with {what} {name} was taken");
        }
    }
    Ok(Verdict::Kept)
}

/// Where the provider signs a time, a request from too long ago or from the future is rejected.
pub async fn rejects_stale_and_future(fixture: &Arc<dyn ChannelFixture>) -> Checked {
    let Some((webhook, _)) = webhook(&**fixture) else { return Ok(Verdict::Skipped(NO_WEBHOOK)) };
    let Some(tolerance) = fixture.provider().tolerance else {
        return Ok(Verdict::Skipped("the provider signs no time"));
    };
    let seconds = i64::try_from(tolerance.as_secs()).unwrap_or(i64::MAX / 2);
    let request = fixture.deliver("1", "hello", at(0));
    let taken = |now: i64| webhook.receive(&request, at(now)).is_ok();
    ensure!(taken(0) && taken(seconds / 2), "a request in time is rejected");
    ensure!(!taken(seconds + 60), "a request was taken long after its time");
    ensure!(!taken(-seconds - 60), "a request was taken long before its time");
    Ok(Verdict::Kept)
}

/// A rejection has a 4xx status and tells neither secret nor contents, and neither does the log.
pub async fn rejection_says_nothing(fixture: &Arc<dyn ChannelFixture>) -> Checked {
    let Some((webhook, _)) = webhook(&**fixture) else { return Ok(Verdict::Skipped(NO_WEBHOOK)) };
    let provider = fixture.provider();
    let mut requests = Vec::new();
    let request = fixture.deliver("1", canary::MESSAGE, at(0));
    for name in &provider.signature {
        requests.extend(forgeries(&request, name)?.into_iter().map(|(_, forged)| forged));
    }
    let cut = request.body().slice(..request.body().len() / 2);
    requests.push(fixture.sign(request.map(|_| cut), at(0)));
    let hidden = [
        ("the secret", provider.secret.as_str()),
        ("the customer's address", &provider.customer.value),
        ("the message", canary::MESSAGE),
    ];
    for request in requests {
        let (read, log) = overheard_now(|| webhook.receive(&request, at(0)));
        let Err(rejection) = read else { continue };
        let status = rejection.status;
        ensure!(status.is_client_error(), "a rejection has status {status}, which is no 4xx");
        let shown = format!("{rejection} {rejection:?}\n{log}");
        canary::sees_none(&shown, &hidden, "a rejection or its log")?;
    }
    Ok(Verdict::Kept)
}

/// A request without, with doubled, and with huge values of one header.
fn forgeries(
    request: &Request<Bytes>,
    name: &HeaderName,
) -> Result<Vec<(&'static str, Request<Bytes>)>, Violation> {
    let genuine = value(request.headers(), name)?;
    let mut wrong = genuine.as_bytes().to_vec();
    wrong.reverse();
    if wrong == genuine.as_bytes() {
        wrong.push(b'A');
    }
    let wrong = HeaderValue::from_bytes(&wrong).map_err(|_| Violation::new("a reversed header"))?;
    let huge = HeaderValue::from_bytes(&vec![b'A'; 1 << 16]);
    let huge = huge.map_err(|_| Violation::new("a header of letters"))?;
    let long = [genuine.as_bytes(), &[b'A'; 4096]].concat();
    let long = HeaderValue::from_bytes(&long).map_err(|_| Violation::new("a longer header"))?;
    let cases: [(&'static str, Vec<&HeaderValue>); 7] = [
        ("no", vec![]),
        ("a wrong", vec![&wrong]),
        ("first a wrong, then the right", vec![&wrong, &genuine]),
        ("first the right, then a wrong", vec![&genuine, &wrong]),
        ("a huge", vec![&huge]),
        ("a lengthened", vec![&long]),
        ("an empty", vec![]),
    ];
    let mut forged = Vec::new();
    for (what, values) in cases {
        let mut request = request.clone();
        request.headers_mut().remove(name);
        for value in values {
            request.headers_mut().append(name, value.clone());
        }
        if what == "an empty" {
            request.headers_mut().insert(name, HeaderValue::from_static(""));
        }
        forged.push((what, request));
    }
    Ok(forged)
}

fn value(headers: &HeaderMap, name: &HeaderName) -> Result<HeaderValue, Violation> {
    let value = headers.get(name).cloned();
    value.ok_or_else(|| Violation::new(format!("the fixture's delivery has no {name}")))
}

/// `bytes` with each of its bits flipped in turn.
fn flips(bytes: &[u8]) -> impl Iterator<Item = (usize, u8, Vec<u8>)> {
    (0..bytes.len()).flat_map(move |byte| {
        (0..8).map(move |bit| {
            let mut flipped = bytes.to_vec();
            flipped[byte] ^= 1 << bit;
            (byte, bit, flipped)
        })
    })
}
