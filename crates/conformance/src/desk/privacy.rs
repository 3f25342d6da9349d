//! What must not be shown.

use handover_core::desk::Desk;

use super::DeskFixture;
use super::scene::{CUSTOMER, Story, bad, good, losses};
use crate::canary;
use crate::ear::overheard;
use crate::faulty::Fault;
use crate::violation::{Checked, Verdict, Violation, ensure};

/// The secret is in no `Debug`, error, cause or log line, whatever happens.
pub async fn never_shows_its_secret(fixture: &dyn DeskFixture) -> Checked {
    let secret = fixture.secret();
    sees_none(fixture, &[("the secret", secret.as_str())]).await
}

/// Neither a message, nor a summary, nor the customer's address is in any `Debug`, error, cause or
/// log line.
pub async fn never_shows_the_message(fixture: &dyn DeskFixture) -> Checked {
    let hidden = [("the message", canary::MESSAGE), ("the customer's address", CUSTOMER)];
    sees_none(fixture, &hidden).await
}

async fn sees_none(fixture: &dyn DeskFixture, hidden: &[(&'static str, &str)]) -> Checked {
    let shown = format!("{:?}", good(fixture));
    canary::sees_none(&shown, hidden, "the desk's Debug")?;
    let repeats = Fault::Repeats(format!("{} {CUSTOMER} {}", canary::MESSAGE, fixture.secret()));
    let mut n = 0;
    for fault in losses().into_iter().chain([repeats]) {
        for request in 0..=LONG {
            ensure!(request < LONG, "five calls take too many requests");
            n += 1;
            let story = Story::new(n);
            let (desk, line) = bad(fixture, request, fault.clone());
            let place = format!("calls with {fault:?} at request {request}");
            let place = place.split(" {").next().unwrap_or_default();
            let (shown, log) = overheard(calls(story, &*desk, fixture)).await;
            canary::sees_none(&log, hidden, &format!("the log of {place}"))?;
            canary::sees_none(&shown?, hidden, &format!("a result of {place}"))?;
            if !line.struck() {
                break;
            }
        }
    }
    Ok(Verdict::Kept)
}

/// Makes every call once, whatever the ones before came to, and tells all that they show.
async fn calls(
    story: Story,
    desk: &dyn Desk,
    fixture: &dyn DeskFixture,
) -> Result<String, Violation> {
    let opened = story.open_with(desk, canary::MESSAGE).await;
    let mut shown = format!("{opened:?}\n");
    let case = match opened {
        Ok(case) => case,
        Err(error) => {
            shown.push_str(&canary::shown(&error));
            story.again().open_with(&*good(fixture), canary::MESSAGE).await?
        }
    };
    let entries = [story.entry(1, canary::MESSAGE, 1), story.entry(2, canary::MESSAGE, 2)];
    let errors = [
        story
            .append(desk, &case, &entries)
            .await
            .map(|outcomes| shown.push_str(&format!("{outcomes:?}"))),
        story
            .amend(desk, &case, 1, canary::MESSAGE)
            .await
            .map(|case| shown.push_str(&format!("{case:?}"))),
        story
            .hand_off(desk, &case, canary::MESSAGE)
            .await
            .map(|case| shown.push_str(&format!("{case:?}"))),
        story.resolve(desk, &case).await.map(|case| shown.push_str(&format!("{case:?}"))),
    ];
    for error in errors.into_iter().filter_map(Result::err) {
        shown.push_str(&canary::shown(&error));
    }
    Ok(shown)
}

const LONG: usize = 200;
