//! What must not be shown.

use std::sync::Arc;
use std::time::Duration;

use handover_core::channel::Attempt;
use handover_core::transport::TransportError;

use super::scene::{accepted, at, channel, outbound, reply, webhook};
use super::{Answer, ChannelFixture};
use crate::canary;
use crate::ear::{overheard, overheard_now};
use crate::violation::{Checked, Verdict, Violation};
use crate::wire::{Reply, Wire};

/// The secret is in no `Debug`, error, cause or log line, whatever happens.
pub async fn never_shows_its_secret(fixture: &Arc<dyn ChannelFixture>) -> Checked {
    let secret = fixture.provider().secret;
    sees_none(fixture, &[("the secret", secret.as_str())]).await
}

/// Neither a message nor the customer's address is in any `Debug`, error, cause or log line.
pub async fn never_shows_the_message(fixture: &Arc<dyn ChannelFixture>) -> Checked {
    let customer = fixture.provider().customer.value;
    let hidden = [("the message", canary::MESSAGE), ("the customer's address", &*customer)];
    sees_none(fixture, &hidden).await
}

async fn sees_none(fixture: &Arc<dyn ChannelFixture>, hidden: &[(&'static str, &str)]) -> Checked {
    let shown = format!("{:?}", channel(&**fixture, &Wire::silent()));
    canary::sees_none(&shown, hidden, "the channel's Debug")?;
    if let Some((webhook, _)) = webhook(&**fixture) {
        canary::sees_none(&format!("{webhook:?}"), hidden, "the webhook's Debug")?;
        let request = fixture.deliver("1", canary::MESSAGE, at(0));
        let (received, log) = overheard_now(|| webhook.receive(&request, at(0)));
        canary::sees_none(&log, hidden, "the log of a delivery")?;
        canary::sees_none(&format!("{received:?}"), hidden, "the Debug of what was received")?;
    }
    let answers = [
        accepted(&**fixture),
        Answer::Broken,
        Answer::Busy(Duration::from_secs(7)),
        Answer::OptedOut,
        Answer::Refused,
        Answer::Unauthorized,
    ];
    for answer in answers {
        calls(fixture, hidden, Some(answer), None).await?;
    }
    for failure in [TransportError::Connect, TransportError::Reset, TransportError::TooLarge] {
        calls(fixture, hidden, None, Some(failure)).await?;
    }
    // An answer that makes no sense, and repeats what was asked.
    calls(fixture, hidden, None, None).await?;
    Ok(Verdict::Kept)
}

/// Makes every call, each with its answer, and listens.
async fn calls(
    fixture: &Arc<dyn ChannelFixture>,
    hidden: &[(&'static str, &str)],
    answer: Option<Answer>,
    failure: Option<TransportError>,
) -> Result<(), Violation> {
    let outbound = outbound(&**fixture, 1, canary::MESSAGE);
    let (kit, wanted, place) = (
        Arc::clone(fixture),
        outbound.clone(),
        format!("a call answered by {answer:?} {failure:?}"),
    );
    let wire = Wire::new(move |request| match (&answer, failure) {
        (Some(answer), _) => reply(&*kit, answer, &wanted, request),
        (None, Some(failure)) => Reply::Fails(failure),
        (None, None) => {
            let text = format!("{} {} {}", canary::MESSAGE, wanted.to.value, kit.provider().secret);
            Reply::Answer(http::Response::new(text.into()))
        }
    });
    let channel = channel(&**fixture, &wire);
    let attempt = Attempt { number: 2, ..Attempt::first(outbound.key, at(60)) };
    let file = fixture.provider().file.unwrap_or_else(|| "https://evil.example/x".into());
    let (errors, log) = overheard(async {
        let send = channel.send(&outbound).await;
        let find = channel.find(&outbound, &attempt).await;
        let fetch = channel.fetch(&file, 100).await;
        let mut shown = format!("{send:?} {find:?} {fetch:?}\n");
        for error in [send.err(), find.err(), fetch.err()].into_iter().flatten() {
            shown.push_str(&canary::shown(&error));
        }
        shown
    })
    .await;
    canary::sees_none(&log, hidden, &format!("the log of {place}"))?;
    canary::sees_none(&errors, hidden, &format!("the result of {place}"))
}
