//! What comes in.

use std::sync::Arc;

use handover_core::event::{Author, Fact, Source};

use super::ChannelFixture;
use super::scene::{
    NO_WEBHOOK, accepted, at, channel, id, inbound, key, only_event, received, says_the_same, send,
    webhook,
};
use crate::violation::{Checked, Verdict, Violation, ensure, ensure_eq};
use crate::wire::Wire;

/// A delivered message becomes one event of the customer, with every character, and equal customers
/// have equal reply threads.
pub async fn parses_what_the_provider_sends(fixture: &Arc<dyn ChannelFixture>) -> Checked {
    let Some((webhook, _)) = webhook(&**fixture) else { return Ok(Verdict::Skipped(NO_WEBHOOK)) };
    let source = Source::Channel(channel(&**fixture, &Wire::silent()).id().clone());
    let customer = fixture.provider().customer;
    let mut reply_thread = None;
    for (n, text) in TEXTS.iter().enumerate() {
        let request = fixture.deliver(&n.to_string(), text, at(0));
        let what = format!("a delivery of {text:?}");
        let received = received(&*webhook, &request, at(0), &what)?;
        ensure!(received.response.status().is_success(), "{what} is not answered with success");
        let event = only_event(received, &what)?;
        let message = inbound(&event, &what)?;
        ensure_eq!(message.text, *text, "the text of {what}");
        ensure_eq!(message.from.scheme, customer.scheme, "the kind of the customer's address");
        ensure_eq!(message.from.value, customer.value, "the customer's address");
        ensure_eq!(event.author, Author::Person, "who caused {what}");
        ensure_eq!(event.source, source, "whose fact {what} is");
        let thread = event.threads.first().cloned();
        ensure!(thread.is_some(), "{what} belongs to no thread");
        let before = reply_thread.get_or_insert_with(|| thread.clone());
        ensure!(*before == thread, "two messages of one customer have different reply threads");
    }
    Ok(Verdict::Kept)
}

/// However often and however late a message is delivered, its event has the same id.
pub async fn redelivery_has_the_same_id(fixture: &Arc<dyn ChannelFixture>) -> Checked {
    let Some((webhook, _)) = webhook(&**fixture) else { return Ok(Verdict::Skipped(NO_WEBHOOK)) };
    let mut ids = Vec::new();
    for now in [0, 1, 61, 86_400] {
        let request = fixture.deliver("1", "hello", at(now));
        let what = format!("a delivery at second {now}");
        ids.push(only_event(received(&*webhook, &request, at(now), &what)?, &what)?.id);
    }
    ensure!(ids.iter().all(|id| *id == ids[0]), "redeliveries have different ids: {ids:?}");
    Ok(Verdict::Kept)
}

/// Two messages have different ids, whatever they say.
pub async fn different_messages_differ(fixture: &Arc<dyn ChannelFixture>) -> Checked {
    let Some((webhook, _)) = webhook(&**fixture) else { return Ok(Verdict::Skipped(NO_WEBHOOK)) };
    let mut ids = Vec::new();
    for id in ["1", "2", "11"] {
        let request = fixture.deliver(id, "hello", at(0));
        ids.push(only_event(received(&*webhook, &request, at(0), "a delivery")?, "a delivery")?.id);
    }
    let differ = ids[0] != ids[1] && ids[0] != ids[2] && ids[1] != ids[2];
    ensure!(differ, "three messages with one text do not have three ids: {ids:?}");
    Ok(Verdict::Kept)
}

/// A signed request of an unknown kind is answered with success, counted, and says nothing.
pub async fn unknown_kinds_are_accepted_and_ignored(fixture: &Arc<dyn ChannelFixture>) -> Checked {
    let Some((webhook, _)) = webhook(&**fixture) else { return Ok(Verdict::Skipped(NO_WEBHOOK)) };
    let unknown = fixture.unknown(at(0));
    if unknown.is_empty() {
        return Ok(Verdict::Skipped("the provider has one kind of request only"));
    }
    for (n, request) in unknown.iter().enumerate() {
        let what = format!("unknown request {n}");
        let received = received(&*webhook, request, at(0), &what)?;
        ensure!(received.response.status().is_success(), "{what} is not answered with success");
        ensure_eq!(received.events, vec![], "the events of {what}");
        ensure_eq!(received.pokes, vec![], "the pokes of {what}");
        ensure!(received.ignored > 0, "{what} is not counted as ignored");
    }
    Ok(Verdict::Kept)
}

/// What the provider tells of our own sends never becomes anybody's message.
pub async fn echoes_of_our_sends_are_not_events(fixture: &Arc<dyn ChannelFixture>) -> Checked {
    for event in echoes(fixture).await? {
        let is_receipt = matches!(event.fact, Fact::Receipt(_));
        let is_ours = event.author == Author::Ours;
        ensure!(is_receipt || is_ours, "our own message comes back as an event: {event:?}");
    }
    skipped_without_echoes(fixture).await
}

/// A receipt names the send it is about, by key and thread.
pub async fn receipts_name_their_send(fixture: &Arc<dyn ChannelFixture>) -> Checked {
    if !channel(&**fixture, &Wire::silent()).capabilities().receipts {
        return Ok(Verdict::Skipped("no receipts come back on this channel"));
    }
    let mut receipts = 0;
    for event in echoes(fixture).await? {
        let Fact::Receipt(report) = event.fact else { continue };
        receipts += 1;
        let is_told = report.delivery.provider_id.is_some() && report.text.is_some();
        ensure!(report.key.is_some() || is_told, "a receipt names its send in no way");
        ensure_eq!(report.key.unwrap_or_else(|| key(1)), key(1), "the key in a receipt");
        ensure!(!event.threads.is_empty(), "a receipt belongs to no thread");
    }
    ensure!(receipts > 0, "the channel declares receipts, and none of its echoes is one");
    Ok(Verdict::Kept)
}

/// Reading a request has no effect and no memory: twice is the same, and nothing is sent.
pub async fn is_pure(fixture: &Arc<dyn ChannelFixture>) -> Checked {
    let Some((webhook, wire)) = webhook(&**fixture) else {
        return Ok(Verdict::Skipped(NO_WEBHOOK));
    };
    let mut requests = vec![fixture.deliver("1", "hello", at(0)), fixture.deliver("2", "", at(0))];
    requests.extend(fixture.unknown(at(0)));
    requests.extend(fixture.corpus());
    for request in &requests {
        let once = webhook.receive(request, at(0));
        let twice = webhook.receive(request, at(0));
        ensure!(says_the_same(&once, &twice), "a request says something else the second time");
    }
    ensure!(wire.asked().is_empty(), "reading a request sent something");
    Ok(Verdict::Kept)
}

/// The events that the provider's echoes of one send become.
async fn echoes(
    fixture: &Arc<dyn ChannelFixture>,
) -> Result<Vec<handover_core::event::Event>, Violation> {
    let Some((webhook, _)) = webhook(&**fixture) else { return Ok(Vec::new()) };
    let sent = send(fixture, 1, "how can we help?", accepted(&**fixture)).await;
    let request = sent.request(&**fixture)?;
    let mut events = Vec::new();
    for (n, echo) in fixture.echoes(request, &id(&**fixture, 0), at(1)).iter().enumerate() {
        events.extend(received(&*webhook, echo, at(1), &format!("echo {n}"))?.events);
    }
    Ok(events)
}

async fn skipped_without_echoes(fixture: &Arc<dyn ChannelFixture>) -> Checked {
    if fixture.webhook(Wire::silent(), Arc::new(crate::wire::Fixed(at(0)))).is_none() {
        return Ok(Verdict::Skipped(NO_WEBHOOK));
    }
    let sent = send(fixture, 1, "how can we help?", accepted(&**fixture)).await;
    let none = fixture.echoes(sent.request(&**fixture)?, &id(&**fixture, 0), at(1)).is_empty();
    let why = "the provider tells nothing of what we sent";
    Ok(if none { Verdict::Skipped(why) } else { Verdict::Kept })
}

/// Texts that a careless parser spoils. What an adapter may tidy up (control characters, spaces at
/// the ends) is not among them.
const TEXTS: &[&str] = &[
    "hello",
    "a&b=c+d %20e%26f; g?h#i",
    "\"quoted\" 'single' \\back\\ {\"json\":[1]} </x> 2 < 3 > 1",
    "two\nlines",
    "naïve 👩‍👩‍👧 🇩🇪 é",
    "مرحبا بالعالم, שלום",
    "null",
    "+15550001111",
];
