//! Cases: each is one, whatever happens on the way.

use std::time::Duration;

use handover_core::error::{Error, Retry};

use super::DeskFixture;
use super::scene::{REQUESTS, Story, bad, good, losses, reads, seen, written};
use crate::faulty::{Fault, Faulty};
use crate::run::dropped_after;
use crate::violation::{Checked, Verdict, Violation, ensure, ensure_eq};

/// Opening twice with the same key is one case, also after a restart; another key is another case.
pub async fn open_twice_is_one_case(fixture: &dyn DeskFixture) -> Checked {
    let story = Story::new(1);
    let desk = good(fixture);
    let first = story.open_with(&*desk, "hello").await?;
    let again = story.again().open_with(&*desk, "hello").await?;
    let restarted = story.again().open_with(&*good(fixture), "hello").await?;
    ensure_eq!(again.reference, first.reference, "the reference, opened twice");
    ensure_eq!(restarted.reference, first.reference, "the reference, opened after a restart");
    ensure_eq!(fixture.cases().len(), 1, "cases opened with one key");
    seen(fixture, &first)?;
    let other = Story::new(2).open_with(&*desk, "hello").await?;
    ensure!(other.reference != first.reference, "two keys open one case");
    ensure_eq!(fixture.cases().len(), 2, "cases opened with two keys");
    Ok(Verdict::Kept)
}

/// Whichever answer is lost while a case is opened, opening it again leaves one case.
pub async fn lost_answer_is_one_case(fixture: &dyn DeskFixture) -> Checked {
    let mut cases = 0;
    for fault in losses() {
        for request in 0..=REQUESTS {
            ensure!(request < REQUESTS, "opening a case takes too many requests");
            cases += 1;
            let story = Story::new(cases);
            let (desk, line) = bad(fixture, request, fault.clone());
            let lost = story.open(&*desk).await;
            if let Err(error) = &lost {
                retryable(error, &fault, request)?;
            }
            let case = story.again().open(&*good(fixture)).await?;
            let count = fixture.cases().len();
            ensure_eq!(count, cases, "cases after {fault:?} at request {request}");
            seen(fixture, &case)?;
            if !line.struck() {
                break;
            }
        }
    }
    Ok(Verdict::Kept)
}

/// A handoff made twice is one: the second changes nothing that people see.
pub async fn handoff_twice_is_once(fixture: &dyn DeskFixture) -> Checked {
    let story = Story::new(1);
    let desk = good(fixture);
    let opened = story.open(&*desk).await?;
    let entries = story.entries(2);
    written(&story.append(&*desk, &opened, &entries).await?, 2)?;
    let handed = story.hand_off(&*desk, &opened, "wants a person").await?;
    let once = (seen(fixture, &opened)?, fixture.entries(&opened.reference));
    ensure!(
        once.0.description.contains("wants a person"),
        "the summary does not stand on the case"
    );
    // From what was known before, as after a lost answer, and from what is known now.
    for (case, when) in [(&opened, "after a lost answer"), (&handed, "once more")] {
        let again = story.again().hand_off(&*good(fixture), case, "wants a person").await?;
        ensure_eq!(again.reference, opened.reference, "the case, handed over {when}");
        let twice = (seen(fixture, &opened)?, fixture.entries(&opened.reference));
        ensure_eq!(twice, once, "what people see, handed over {when}");
    }
    ensure_eq!(fixture.cases().len(), 1, "cases after a handoff");
    Ok(Verdict::Kept)
}

/// When the provider asks to wait, the error says how long, and what was refused had no effect.
pub async fn busy_carries_the_delay(fixture: &dyn DeskFixture) -> Checked {
    let delay = Duration::from_secs(7);
    let mut refused = false;
    for request in 0..=REQUESTS {
        ensure!(request < REQUESTS, "opening a case takes too many requests");
        let story = Story::new(request);
        let (desk, line) = bad(fixture, request, Fault::Refused(fixture.busy(delay)));
        if let Err(error) = story.open(&*desk).await {
            refused = true;
            let Retry::Later { after, .. } = error.retry() else {
                return Err(Violation::new(format!("busy is told as {:?}", error.retry())));
            };
            ensure_eq!(after, Some(delay), "the delay a busy provider asks for");
        }
        story.again().open(&*good(fixture)).await?;
        ensure_eq!(fixture.cases().len(), request + 1, "cases after a busy provider");
        if !line.struck() {
            break;
        }
    }
    ensure!(refused, "a case is opened although the provider is busy");
    Ok(Verdict::Kept)
}

/// A call that is dropped at any poll can be made again, and is one.
pub async fn survives_drop_at_every_poll(fixture: &dyn DeskFixture) -> Checked {
    for polls in 0..POLLS {
        let story = Story::new(polls as usize);
        let desk = fixture.desk(Faulty::slow(fixture.double(), 1));
        let opened = dropped_after(polls, story.open(&*desk)).await;
        // The same desk, which the drop must not have left locked.
        let again = dropped_after(POLLS, story.again().open(&*desk)).await;
        let case = again.ok_or_else(|| Violation::new("after a drop, a case never opens"))??;
        let count = fixture.cases().len();
        ensure_eq!(count, polls as usize + 1, "cases, with one dropped at poll {polls}");

        let entries = story.entries(2);
        let append = dropped_after(polls, story.append(&*desk, &case, &entries)).await;
        let again = dropped_after(POLLS, story.again().append(&*desk, &case, &entries)).await;
        let never = || Violation::new("after a drop, entries are never written");
        written(&again.ok_or_else(never)??, 2)?;
        reads(fixture, &case, &entries, &format!("with a call dropped at poll {polls}"))?;
        if opened.is_some() && append.is_some() {
            return Ok(Verdict::Kept);
        }
    }
    Err(Violation::new("a call never ends"))
}

/// After a lost answer the same call may be made again.
pub(super) fn retryable(error: &Error, fault: &Fault, request: usize) -> Result<(), Violation> {
    let again = error.retry() != Retry::Never;
    ensure!(again, "{fault:?} at request {request} is told as final: {error}");
    Ok(())
}

const POLLS: u32 = 500;
