//! What goes out.

use std::sync::Arc;
use std::time::Duration;

use handover_core::channel::{Attempt, Channel, Outbound};
use handover_core::error::{Error, ErrorKind, Retry};
use handover_core::message::{Message, Speaker};
use handover_core::transport::TransportError;

use super::scene::{accepted, answering, at, channel, id, outbound, reply, send};
use super::{Answer, ChannelFixture};
use crate::run::dropped_after;
use crate::violation::{Checked, Verdict, Violation, ensure, ensure_eq};
use crate::wire::{Reply, Wire};

/// The provider reads the recipient and every character of what was said.
pub async fn provider_sees_what_was_said(fixture: &Arc<dyn ChannelFixture>) -> Checked {
    let channel = channel(&**fixture, &Wire::silent());
    let customer = fixture.provider().customer;
    let limit = channel.capabilities().max_chars;
    let mut texts: Vec<String> = TEXTS.iter().map(|text| (*text).to_owned()).collect();
    texts.push("word ".repeat(1000).chars().take(limit.min(4096) - 1).collect::<String>() + ".");
    texts.retain(|text| text.chars().count() <= limit);
    for (seq, text) in (1..).zip(&texts) {
        let sent = send(fixture, seq, text, accepted(&**fixture)).await;
        let receipt = sent.result.as_ref();
        ensure!(receipt.is_ok(), "{text:?} is not sent");
        for read in sent.understood(&**fixture) {
            ensure_eq!(read.text, *text, "what the provider reads");
            ensure_eq!(read.to, &*customer.value, "who the provider sends {text:?} to");
        }
        ensure!(
            !sent.understood(&**fixture).is_empty(),
            "the provider finds no message for {text:?}"
        );
    }
    let plain = Message::new(1, Speaker::Assistant, "how can we help?", at(0));
    let parts = channel.parts(&plain);
    let said: Vec<_> = parts.iter().map(|part| part.text.as_str()).collect();
    ensure_eq!(said, vec!["how can we help?"], "the parts of a short message");
    Ok(Verdict::Kept)
}

/// A send carries the same key whenever it is made again, and another message another.
pub async fn same_key_same_wire_key(fixture: &Arc<dyn ChannelFixture>) -> Checked {
    if !fixture.provider().carries_key {
        return Ok(Verdict::Skipped("the provider takes no key with a send"));
    }
    let mut keys = Vec::new();
    for seq in [1, 1, 2] {
        let sent = send(fixture, seq, "hello", accepted(&**fixture)).await;
        let read = sent.understood(&**fixture).into_iter().next();
        let key = read.and_then(|read| read.key);
        ensure!(key.is_some(), "the provider finds no key in a send");
        keys.push(key);
    }
    ensure!(keys[0] == keys[1], "the same send, made again, carries another key");
    ensure!(keys[0] != keys[2], "another message carries the same key");
    Ok(Verdict::Kept)
}

/// One send is one sending call, whatever the answer: retries are made elsewhere.
pub async fn one_send_is_one_call(fixture: &Arc<dyn ChannelFixture>) -> Checked {
    let answers = [
        accepted(&**fixture),
        Answer::Broken,
        Answer::Busy(Duration::from_secs(7)),
        Answer::OptedOut,
        Answer::Refused,
        Answer::Unauthorized,
    ];
    for answer in answers {
        let what = format!("{answer:?}");
        let calls = send(fixture, 1, "hello", answer).await.understood(&**fixture).len();
        // A renewed login may make the call that was not let in once more.
        let most = if what == "Unauthorized" { 2 } else { 1 };
        ensure!((1..=most).contains(&calls), "a send answered by {what} is {calls} calls");
    }
    for error in FAILURES {
        let (_, wire) = failing(fixture, error).await;
        let calls = wire.asked().iter().filter(|r| fixture.understand(r).is_some()).count();
        ensure_eq!(calls, 1, "calls of a send that fails with {error:?}");
    }
    Ok(Verdict::Kept)
}

/// Every answer is told apart: taken, later and when, never, or nobody knows.
pub async fn tells_busy_from_refused_from_unsure(fixture: &Arc<dyn ChannelFixture>) -> Checked {
    let sent = send(fixture, 1, "hello", accepted(&**fixture)).await;
    let taken = sent.result.map(|receipt| receipt.delivery.provider_id)?;
    ensure_eq!(taken.as_deref(), Some(&*id(&**fixture, 0)), "the provider's id of what was taken");

    let delay = Duration::from_secs(7);
    if let Some(error) = refusal(fixture, Answer::Busy(delay)).await? {
        let Retry::Later { after, .. } = error.retry() else {
            return Err(Violation::new(format!("busy is told as {:?}", error.retry())));
        };
        ensure_eq!(after, Some(delay), "the delay a busy provider asks for");
    }
    let finals = [
        (Answer::Refused, None),
        (Answer::OptedOut, Some(ErrorKind::OptedOut)),
        (Answer::Unauthorized, Some(ErrorKind::Unauthorized)),
    ];
    for (answer, kind) in finals {
        let what = format!("{answer:?}");
        let Some(error) = refusal(fixture, answer).await? else { continue };
        ensure_eq!(error.retry(), Retry::Never, "the retry after {what}");
        let told = kind.is_none_or(|kind| error.kind() == kind);
        ensure!(told, "{what} is told as {:?}", error.kind());
    }
    if let Some(error) = refusal(fixture, Answer::Broken).await? {
        ensure_eq!(error.retry(), Retry::Unsure, "the retry after the provider broke");
    }
    for error in FAILURES {
        let (result, _) = failing(fixture, error).await;
        let Err(told) = result else {
            return Err(Violation::new(format!("{error:?} is told as a success")));
        };
        let later = matches!(told.retry(), Retry::Later { .. });
        let known = if error.not_sent() { later } else { told.retry() == Retry::Unsure };
        ensure!(known, "the connection fails with {error:?}, told as {:?}", told.retry());
    }
    lost_answers_are_unsure(fixture).await
}

/// A text over the limit is refused as too long before anything is asked.
pub async fn refuses_over_limit_before_io(fixture: &Arc<dyn ChannelFixture>) -> Checked {
    let limit = channel(&**fixture, &Wire::silent()).capabilities().max_chars;
    if limit > 1 << 24 {
        return Ok(Verdict::Skipped("the channel has no limit worth the name"));
    }
    let sent = send(fixture, 1, &"x".repeat(limit + 1), accepted(&**fixture)).await;
    let kind = sent.result.err().map(|error| (error.kind(), error.retry()));
    ensure_eq!(kind, Some((ErrorKind::TooLong, Retry::Never)), "a text over the limit");
    ensure!(sent.asked.is_empty(), "a text over the limit was sent");
    let sent = send(fixture, 1, &"x".repeat(limit), accepted(&**fixture)).await;
    ensure!(sent.result.is_ok(), "a text of exactly the limit is refused");
    Ok(Verdict::Kept)
}

/// A send that is dropped at any poll has made one call at most, and breaks nothing after it.
pub async fn survives_drop_at_every_poll(fixture: &Arc<dyn ChannelFixture>) -> Checked {
    let outbound = outbound(&**fixture, 1, "hello");
    for polls in 0..POLLS {
        let (kit, wanted) = (Arc::clone(fixture), outbound.clone());
        let wire = Wire::slow(2, move |request| reply(&*kit, &accepted(&*kit), &wanted, request));
        let channel = channel(&**fixture, &wire);
        let ended = dropped_after(polls, channel.send(&outbound)).await;
        let calls = wire.asked().iter().filter(|r| fixture.understand(r).is_some()).count();
        ensure!(calls <= 1, "a send dropped at poll {polls} made {calls} calls");
        let again = dropped_after(POLLS, channel.send(&outbound)).await;
        let fine = matches!(again, Some(Ok(_)));
        ensure!(fine, "after a send dropped at poll {polls}, the same channel sends no more");
        look(&*channel, &outbound).await?;
        if ended.is_some() {
            return Ok(Verdict::Kept);
        }
    }
    Err(Violation::new("a send never ends"))
}

/// Looking must end, whatever it finds.
async fn look(channel: &dyn Channel, outbound: &Outbound) -> Result<(), Violation> {
    let attempt = Attempt { number: 2, ..Attempt::first(outbound.key, at(60)) };
    let found = dropped_after(POLLS, channel.find(outbound, &attempt)).await;
    ensure!(found.is_some(), "looking for a send never ends after a dropped one");
    Ok(())
}

/// An answer that cannot be read to its end, or at all, leaves nobody knowing.
async fn lost_answers_are_unsure(fixture: &Arc<dyn ChannelFixture>) -> Checked {
    let outbound = outbound(&**fixture, 1, "hello");
    for broken in [true, false] {
        let (kit, wanted) = (Arc::clone(fixture), outbound.clone());
        let wire = Wire::new(move |request| {
            let reply = reply(&*kit, &accepted(&*kit), &wanted, request);
            match (kit.understand(request), reply) {
                (Some(_), Reply::Answer(answer)) if broken => Reply::Broken(answer),
                (Some(_), Reply::Answer(answer)) => {
                    Reply::Answer(answer.map(|_| "<html>Please log in</html>".into()))
                }
                (_, reply) => reply,
            }
        });
        let result = channel(&**fixture, &wire).send(&outbound).await;
        // A provider that takes messages by a status alone is understood without a body.
        let empty = fixture
            .answer(&accepted(&**fixture), &outbound)
            .is_none_or(|answer| answer.body().is_empty());
        if empty {
            continue;
        }
        let retry = result.err().map(|error| error.retry());
        let what =
            if broken { "an answer that breaks off" } else { "a page in place of an answer" };
        ensure_eq!(retry, Some(Retry::Unsure), "{what}");
    }
    Ok(Verdict::Kept)
}

/// The error that an answer becomes; `None` if the provider has no such answer.
async fn refusal(
    fixture: &Arc<dyn ChannelFixture>,
    answer: Answer,
) -> Result<Option<Error>, Violation> {
    let outbound = outbound(&**fixture, 1, "hello");
    if fixture.answer(&answer, &outbound).is_none() {
        return Ok(None);
    }
    let wire = answering(fixture, &outbound, answer.clone());
    let result = channel(&**fixture, &wire).send(&outbound).await;
    let error = result.err().ok_or_else(|| Violation::new(format!("{answer:?} is a success")))?;
    Ok(Some(error))
}

/// A send whose sending call fails below HTTP.
async fn failing(
    fixture: &Arc<dyn ChannelFixture>,
    error: TransportError,
) -> (Result<handover_core::channel::Receipt, Error>, Arc<Wire>) {
    let outbound = outbound(&**fixture, 1, "hello");
    let (kit, wanted) = (Arc::clone(fixture), outbound.clone());
    let wire = Wire::new(move |request| match kit.understand(request) {
        Some(_) => Reply::Fails(error),
        None => reply(&*kit, &Answer::Broken, &wanted, request),
    });
    let result = channel(&**fixture, &wire).send(&outbound).await;
    (result, wire)
}

const FAILURES: [TransportError; 3] =
    [TransportError::Connect, TransportError::Reset, TransportError::Timeout];
const POLLS: u32 = 500;

/// Texts that a careless encoder spoils.
const TEXTS: &[&str] = &[
    "hello",
    "a&b=c+d %20e%26f; g?h#i",
    "&To=%2B15550006666&Body=injected",
    "\"},{\"text\":\"injected\"}, \\u0041 \\n",
    "two\nlines\r\nand\ttabs",
    "naïve 👩‍👩‍👧 🇩🇪 é",
    "مرحبا بالعالم, שלום",
    "</body><b>bold</b> <script>x</script> 2 < 3 > 1 &amp; &lt;",
    "X-Header: injected",
    "null",
    ".",
];
