//! A channel over a scripted wire, and short words to act on it.

use std::sync::Arc;

use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use handover_core::channel::{Channel, Outbound, Receipt};
use handover_core::error::Error;
use handover_core::event::Holder;
use handover_core::event::{Event, Fact, Inbound};
use handover_core::id::{EventId, Key, SessionId, TenantId};
use handover_core::thread::Thread;
use handover_core::transport::Transport;
use handover_core::webhook::{Received, Rejection, Webhook};
use http::{Request, Response};

use super::{Answer, ChannelFixture, Listed, Understood};
use crate::violation::{Violation, ensure_eq};
use crate::wire::{Fixed, Reply, Wire};

/// Why the receiving promises are left out.
pub(super) const NO_WEBHOOK: &str = "the channel has no webhook";

/// Second `seconds` of the kit's time.
pub(super) fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_772_366_400, 0).unwrap_or_default() + TimeDelta::seconds(seconds)
}

/// The webhook under test, over a wire that expects nothing.
pub(super) fn webhook(fixture: &dyn ChannelFixture) -> Option<(Arc<dyn Webhook>, Arc<Wire>)> {
    let wire = Wire::silent();
    let transport: Arc<dyn Transport> = Arc::<Wire>::clone(&wire);
    Some((fixture.webhook(transport, Arc::new(Fixed(at(0))))?, wire))
}

/// The channel under test, over `wire`.
pub(super) fn channel(fixture: &dyn ChannelFixture, wire: &Arc<Wire>) -> Arc<dyn Channel> {
    let transport: Arc<dyn Transport> = Arc::<Wire>::clone(wire);
    fixture.channel(transport, Arc::new(Fixed(at(0))))
}

/// What a request says; a rejection breaks the promise.
pub(super) fn received(
    webhook: &dyn Webhook,
    request: &Request<Bytes>,
    now: DateTime<Utc>,
    what: &str,
) -> Result<Received, Violation> {
    webhook
        .receive(request, now)
        .map_err(|rejection| Violation::new(format!("{what} is rejected: {rejection}")))
}

/// The only event of a request.
pub(super) fn only_event(received: Received, what: &str) -> Result<Event, Violation> {
    ensure_eq!(received.events.len(), 1, "events in {what}");
    let mut events = received.events;
    events.pop().ok_or_else(|| Violation::new("no event"))
}

/// The customer's message in an event.
pub(super) fn inbound<'a>(event: &'a Event, what: &str) -> Result<&'a Inbound, Violation> {
    match &event.fact {
        Fact::Message(inbound) => Ok(inbound),
        _ => Err(Violation::new(format!("{what} is no message of a customer"))),
    }
}

/// Whether two readings say the same.
pub(super) fn says_the_same(
    one: &Result<Received, Rejection>,
    other: &Result<Received, Rejection>,
) -> bool {
    match (one, other) {
        (Ok(one), Ok(other)) => {
            let response = |received: &Received| {
                (received.response.status(), received.response.body().clone())
            };
            one.events == other.events
                && one.pokes == other.pokes
                && one.ignored == other.ignored
                && response(one) == response(other)
        }
        (Err(one), Err(other)) => one == other,
        _ => false,
    }
}

/// One part of message `seq` on its way to the customer.
pub(super) fn outbound(fixture: &dyn ChannelFixture, seq: u64, text: &str) -> Outbound {
    let to = fixture.provider().customer;
    let thread = reply_thread(fixture);
    Outbound {
        key: key(seq),
        thread,
        to,
        text: text.to_owned(),
        media: Vec::new(),
        control: Holder::Assistant,
    }
}

/// The thread that replies go to: what the webhook says, or the customer's own.
fn reply_thread(fixture: &dyn ChannelFixture) -> Thread {
    let event = webhook(fixture).and_then(|(webhook, _)| {
        let request = fixture.deliver("0", "hello", at(0));
        webhook.receive(&request, at(0)).ok()?.events.pop()
    });
    let said = event.and_then(|event| event.threads.into_iter().next());
    said.unwrap_or_else(|| {
        let channel = channel(fixture, &Wire::silent());
        Thread::customer(channel.id(), &fixture.provider().customer)
    })
}

/// The key of message `seq`'s only part.
pub(super) fn key(seq: u64) -> Key {
    let tenant = TenantId::new("acme").expect("the kit's names are plain");
    Key::send(SessionId::derive(&tenant, &EventId::new("kit", "ann")), seq, 0)
}

/// What `answer` makes of a request: the provider's word if it sends a message.
pub(super) fn reply(
    fixture: &dyn ChannelFixture,
    answer: &Answer,
    outbound: &Outbound,
    request: &Request<Bytes>,
) -> Reply {
    let response = match fixture.understand(request) {
        Some(_) => fixture.answer(answer, outbound),
        None => Some(fixture.other(request, &[])),
    };
    Reply::Answer(response.unwrap_or_else(|| Response::new(Bytes::new())))
}

/// What became of a send, and the requests that were made for it.
pub(super) struct Sent {
    pub(super) result: Result<Receipt, Error>,
    pub(super) asked: Vec<Request<Bytes>>,
}

impl Sent {
    /// What the provider read in the requests.
    pub(super) fn understood(&self, fixture: &dyn ChannelFixture) -> Vec<Understood> {
        self.asked.iter().filter_map(|request| fixture.understand(request)).collect()
    }

    /// The request that sent the message.
    pub(super) fn request(
        &self,
        fixture: &dyn ChannelFixture,
    ) -> Result<&Request<Bytes>, Violation> {
        let found = self.asked.iter().find(|request| fixture.understand(request).is_some());
        found.ok_or_else(|| Violation::new("the provider finds no message in what we sent"))
    }
}

/// Sends `text` as message `seq`; the provider answers by `answer`.
pub(super) async fn send(
    fixture: &Arc<dyn ChannelFixture>,
    seq: u64,
    text: &str,
    answer: Answer,
) -> Sent {
    let outbound = outbound(&**fixture, seq, text);
    let wire = answering(fixture, &outbound, answer);
    let result = channel(&**fixture, &wire).send(&outbound).await;
    Sent { result, asked: wire.asked() }
}

/// A wire on which every send of `outbound` is answered by `answer`.
pub(super) fn answering(
    fixture: &Arc<dyn ChannelFixture>,
    outbound: &Outbound,
    answer: Answer,
) -> Arc<Wire> {
    let (fixture, outbound) = (Arc::clone(fixture), outbound.clone());
    Wire::new(move |request| reply(&*fixture, &answer, &outbound, request))
}

/// The provider's `n`th id.
pub(super) fn id(fixture: &dyn ChannelFixture, n: usize) -> String {
    let [first, second, third] = fixture.provider().ids;
    [first, second, third].into_iter().nth(n).unwrap_or_default()
}

/// Taken, under the provider's first id.
pub(super) fn accepted(fixture: &dyn ChannelFixture) -> Answer {
    Answer::Accepted { id: id(fixture, 0) }
}

/// A message of ours on the provider's list, under its `n`th id.
pub(super) fn listed(
    fixture: &dyn ChannelFixture,
    n: usize,
    outbound: &Outbound,
    seconds: i64,
) -> Listed {
    Listed { id: id(fixture, n), outbound: outbound.clone(), at: at(seconds) }
}
