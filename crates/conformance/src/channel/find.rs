//! What is looked for, and where.

use std::sync::Arc;

use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use handover_core::channel::{Attempt, Found, Outbound};
use handover_core::error::ErrorKind;
use handover_core::message::DeliveryState;
use http::{HeaderValue, Response, StatusCode, header};

use super::scene::{at, channel, id, listed, outbound};
use super::{ChannelFixture, Listed};
use crate::violation::{Checked, Verdict, Violation, ensure, ensure_eq};
use crate::wire::{Reply, Wire};

/// After an uncertain send: what is on the provider's list was sent, what is missing from a settled
/// list was not, and in between nobody knows.
pub async fn find_tells_sent_from_not_sent(fixture: &Arc<dyn ChannelFixture>) -> Checked {
    let probe = channel(&**fixture, &Wire::silent());
    let ours = outbound(&**fixture, 1, "how can we help?");
    let other = Outbound { text: "something else".into(), ..outbound(&**fixture, 2, "") };
    if !probe.capabilities().lookup {
        let found = found(fixture, vec![], &ours, at(86_400), &[]).await?;
        let unknown = matches!(found, Found::Unknown { .. });
        ensure!(unknown, "a channel without lookup claims to know");
        return Ok(Verdict::Skipped("the provider cannot be asked what was sent"));
    }
    let on_list = vec![listed(&**fixture, 0, &other, -5), listed(&**fixture, 1, &ours, 2)];
    let sent = found(fixture, on_list.clone(), &ours, at(30), &[]).await?;
    let Found::Sent(receipt) = sent else {
        return Err(Violation::new("what stands on the provider's list is not found"));
    };
    ensure_eq!(
        receipt.delivery.provider_id.as_deref(),
        Some(&*id(&**fixture, 1)),
        "the provider's id"
    );

    let settled = TimeDelta::from_std(fixture.provider().settles).unwrap_or(TimeDelta::days(1));
    let late = at(60) + settled + TimeDelta::days(1);
    let missing = vec![listed(&**fixture, 0, &other, 2)];
    let gone = found(fixture, missing.clone(), &ours, late, &[]).await?;
    ensure_eq!(gone, Found::NotSent, "what is missing from a settled list");
    if settled > TimeDelta::seconds(2) {
        let what = "what is missing from a list that has not settled counts as not sent";
        let early = found(fixture, missing.clone(), &ours, at(1), &[]).await?;
        ensure!(matches!(early, Found::Unknown { .. }), "{what}");
        let attempt = Attempt { last: late - TimeDelta::seconds(1), ..second(&ours, late) };
        let early = find(fixture, missing, &ours, &attempt).await?;
        ensure!(matches!(early, Found::Unknown { .. }), "{what}, after a late attempt");
    }
    let accounted = found(fixture, on_list, &ours, late, &[id(&**fixture, 1).into()]).await?;
    ensure_eq!(accounted, Found::NotSent, "what belongs to another message of ours");
    let before = vec![listed(&**fixture, 2, &ours, -3600)];
    let old = found(fixture, before, &ours, late, &[]).await?;
    ensure_eq!(old, Found::NotSent, "an equal text from long before the first attempt");
    Ok(Verdict::Kept)
}

/// Of several messages with the same text the one that was taken under a name is told by that name;
/// what the provider does not know under it is neither sent nor to be sent again.
pub async fn what_was_taken_is_told_by_its_name(fixture: &Arc<dyn ChannelFixture>) -> Checked {
    let probe = channel(&**fixture, &Wire::silent());
    if !probe.capabilities().confirms {
        return Ok(Verdict::Skipped("the provider is not asked for a message by its name"));
    }
    let ours = outbound(&**fixture, 1, "how can we help?");
    let same = Outbound { key: outbound(&**fixture, 2, "").key, ..ours.clone() };
    let on_list = vec![listed(&**fixture, 0, &ours, 2), listed(&**fixture, 1, &same, 4)];
    for n in [0, 1] {
        let attempt = Attempt { taken: Some(id(&**fixture, n).into()), ..second(&ours, at(60)) };
        let Found::Sent(receipt) = find(fixture, on_list.clone(), &ours, &attempt).await? else {
            return Err(Violation::new("what the provider has is not found by its name"));
        };
        let told = receipt.delivery.provider_id;
        ensure_eq!(told.as_deref(), Some(&*id(&**fixture, n)), "which of two alike is told of");
        let is_out = receipt.delivery.state > DeliveryState::Accepted;
        ensure!(is_out, "what the provider has sent is told as taken only");
    }
    let attempt = Attempt { taken: Some(id(&**fixture, 2).into()), ..second(&ours, at(60)) };
    let found = find(fixture, on_list, &ours, &attempt).await?;
    let unknown = matches!(found, Found::Unknown { .. });
    ensure!(unknown, "what the provider does not know by its name is told as {found:?}");
    Ok(Verdict::Kept)
}

/// A file is asked for at the provider's own hosts only; a redirect takes our login nowhere else, and
/// leads to no bare address.
pub async fn fetch_refuses_foreign_hosts(fixture: &Arc<dyn ChannelFixture>) -> Checked {
    let file = fixture.provider().file;
    let mut foreign: Vec<String> = FOREIGN.iter().map(|text| (*text).to_owned()).collect();
    if let Some(url) = file.as_deref().filter(|url| url.starts_with("https://")) {
        let rest = &url["https://".len()..];
        let host = rest.split('/').next().unwrap_or_default();
        foreign.push(format!("https://{host}.evil.example/x"));
        foreign.push(format!("https://{host}@evil.example/x"));
        foreign.push(format!("https://evil.example/{rest}"));
        foreign.push(format!("http://{rest}"));
        foreign.push(format!("https://{host}:8443/x"));
    }
    for reference in foreign {
        let wire = Wire::new(|_| Reply::Answer(Response::new(Bytes::from_static(b"bytes"))));
        let kind = channel(&**fixture, &wire).fetch(&reference, 100).await.err().map(|e| e.kind());
        ensure_eq!(kind, Some(ErrorKind::Forbidden), "fetching {reference}");
        ensure!(wire.asked().is_empty(), "{reference} was asked for");
    }
    let Some(file) = file else {
        return Ok(Verdict::Skipped(
            "the provider's messages carry no files; foreign hosts refused",
        ));
    };
    let wire = Wire::new(|_| Reply::Answer(Response::new(Bytes::from_static(b"bytes"))));
    let body = channel(&**fixture, &wire).fetch(&file, 100).await?;
    let bytes = body.bytes(100).await.map_err(|error| Violation::new(error.to_string()))?;
    ensure_eq!(&bytes[..], b"bytes", "a file of the provider");

    for target in ["https://elsewhere.example/x", "http://169.254.169.254/x", "https://127.0.0.1/x"]
    {
        let away = Wire::new(move |_| {
            let mut response = Response::new(Bytes::new());
            *response.status_mut() = StatusCode::TEMPORARY_REDIRECT;
            response.headers_mut().insert(header::LOCATION, HeaderValue::from_static(target));
            Reply::Answer(response)
        });
        let _refused = channel(&**fixture, &away).fetch(&file, 100).await;
        followed(&**fixture, &away, target)?;
    }
    Ok(Verdict::Kept)
}

/// A redirect may lead to storage elsewhere, without our login; never to a bare address.
fn followed(fixture: &dyn ChannelFixture, wire: &Wire, target: &str) -> Result<(), Violation> {
    let secret = fixture.provider().secret;
    for request in wire.asked().iter().filter(|request| request.uri() == target) {
        ensure!(target.contains("elsewhere"), "a redirect led to {target}");
        let headers = request.headers();
        let login = [header::AUTHORIZATION, header::COOKIE];
        let shown = format!("{} {headers:?}", request.uri());
        let told = login.iter().any(|name| headers.contains_key(name)) || shown.contains(&secret);
        ensure!(!told, "our login went to another host with a redirect");
    }
    Ok(())
}

/// Looks for `outbound`, first sent at second 0, on a list.
async fn found(
    fixture: &Arc<dyn ChannelFixture>,
    on_list: Vec<Listed>,
    outbound: &Outbound,
    now: DateTime<Utc>,
    accounted: &[Box<str>],
) -> Result<Found, Violation> {
    let attempt = Attempt { accounted: accounted.to_vec(), ..second(outbound, now) };
    find(fixture, on_list, outbound, &attempt).await
}

/// A second attempt at `now`, after one at second 0.
fn second(outbound: &Outbound, now: DateTime<Utc>) -> Attempt {
    Attempt { number: 2, now, ..Attempt::first(outbound.key, at(0)) }
}

async fn find(
    fixture: &Arc<dyn ChannelFixture>,
    on_list: Vec<Listed>,
    outbound: &Outbound,
    attempt: &Attempt,
) -> Result<Found, Violation> {
    let kit = Arc::clone(fixture);
    let wire = Wire::new(move |request| Reply::Answer(kit.other(request, &on_list)));
    let found = channel(&**fixture, &wire).find(outbound, attempt).await?;
    let sends = wire.asked().iter().filter(|request| fixture.understand(request).is_some()).count();
    ensure_eq!(sends, 0, "messages sent by looking for one");
    Ok(found)
}

const FOREIGN: &[&str] = &[
    "https://evil.example/x",
    "http://evil.example/x",
    "https://127.0.0.1/x",
    "https://[::1]/x",
    "http://169.254.169.254/latest/meta-data/",
    "file:///etc/passwd",
    "//evil.example/x",
    "not a url",
    "",
];
