//! What people do on a case comes first.

use handover_core::desk::CaseStatus;
use handover_core::error::{Error, ErrorKind};

use super::DeskFixture;
use super::scene::{Story, good, seen};
use crate::violation::{Checked, Verdict, Violation, ensure, ensure_eq};

/// What a person wrote over is not written again, by no amendment and no handoff.
pub async fn what_a_person_edited_is_left_alone(fixture: &dyn DeskFixture) -> Checked {
    let story = Story::new(1);
    let desk = good(fixture);
    let opened = story.open(&*desk).await?;
    let amended = story.amend(&*desk, &opened, 1, "first summary").await?;
    let described = seen(fixture, &amended)?.description;
    ensure!(described.contains("first summary"), "a summary does not stand on the case");
    let amended = story.amend(&*desk, &amended, 2, "second summary").await?;
    let described = seen(fixture, &amended)?.description;
    ensure!(described.contains("second summary"), "a later summary does not stand on the case");

    fixture.person_describes(&amended.reference, "by hand");
    let after = story.amend(&*desk, &amended, 3, "third summary").await?;
    ensure_eq!(seen(fixture, &after)?.description, "by hand", "after an amendment");
    // The handoff itself must not fail for it.
    let handed = story.hand_off(&*good(fixture), &after, "fourth summary").await?;
    ensure_eq!(seen(fixture, &handed)?.description, "by hand", "after a handoff");
    story.amend(&*desk, &handed, 4, "fifth summary").await?;
    ensure_eq!(seen(fixture, &handed)?.description, "by hand", "after all");
    Ok(Verdict::Kept)
}

/// A status is written only while owner and status are as we left them and no person wrote since.
pub async fn status_only_if_nobody_wrote(fixture: &dyn DeskFixture) -> Checked {
    let desk = good(fixture);
    let free = Story::new(1);
    let case = free.open(&*desk).await?;
    free.append(&*desk, &case, &free.entries(2)).await?;
    let resolved = free.resolve(&*desk, &case).await?;
    ensure_eq!(resolved.status, CaseStatus::Resolved, "the status we are told");
    ensure_eq!(seen(fixture, &case)?.status, CaseStatus::Resolved, "the status people see");
    free.again().resolve(&*good(fixture), &case).await?;
    ensure_eq!(seen(fixture, &case)?.status, CaseStatus::Resolved, "the status, written twice");

    type Deed = fn(&dyn DeskFixture, &str);
    let deeds: [(&str, Deed); 2] = [
        ("takes the case", |fixture, case| fixture.person_takes(case)),
        ("writes", |fixture, case| fixture.person_writes(case, "I am on it")),
    ];
    for (n, (deed, act)) in (2..).zip(deeds) {
        let story = Story::new(n);
        let case = story.open(&*desk).await?;
        act(fixture, &case.reference);
        let kind = story.resolve(&*desk, &case).await.err().map(|error| error.kind());
        ensure_eq!(kind, Some(ErrorKind::Taken), "a status after a person {deed}");
        let status = seen(fixture, &case)?.status;
        ensure_eq!(status, CaseStatus::Open, "the status after a person {deed}");
    }
    Ok(Verdict::Kept)
}

/// A case that is over for good says so and stays as it is; entries are still taken, or say so too.
pub async fn closed_case_is_closed(fixture: &dyn DeskFixture) -> Checked {
    let story = Story::new(1);
    let desk = good(fixture);
    let case = story.open(&*desk).await?;
    fixture.close(&case.reference);
    let before = seen(fixture, &case)?;
    closed(story.amend(&*desk, &case, 1, "a summary").await, "an amendment")?;
    closed(story.hand_off(&*desk, &case, "a summary").await, "a handoff")?;
    let status = story.resolve(&*desk, &case).await;
    let fine = status.is_err_and(|error| error.kind() == ErrorKind::Closed);
    ensure!(fine, "a status on a closed case is not told as closed");
    ensure_eq!(seen(fixture, &case)?, before, "what people see of a closed case");

    let entries = story.entries(2);
    match story.append(&*desk, &case, &entries).await {
        Ok(outcomes) => super::scene::written(&outcomes, 2)?,
        Err(error) => closed::<()>(Err(error), "an entry")?,
    }
    ensure_eq!(fixture.cases().len(), 1, "cases after writing to a closed one");
    Ok(Verdict::Kept)
}

/// A resolved case is opened again, whoever resolved it, and once; one that is over for good is not.
pub async fn resolved_case_opens_again(fixture: &dyn DeskFixture) -> Checked {
    let desk = good(fixture);
    let story = Story::new(1);
    let case = story.open(&*desk).await?;
    let resolved = story.resolve(&*desk, &case).await?;
    let opened = story.reopen(&*desk, &resolved).await?;
    ensure_eq!(opened.status, CaseStatus::Open, "the status we are told");
    ensure_eq!(seen(fixture, &case)?.status, CaseStatus::Open, "the status people see");

    fixture.person_resolves(&case.reference);
    let opened = story.again().reopen(&*good(fixture), &opened).await?;
    ensure_eq!(seen(fixture, &case)?.status, CaseStatus::Open, "after a person resolved it");
    story.again().reopen(&*good(fixture), &opened).await?;
    ensure_eq!(seen(fixture, &case)?.status, CaseStatus::Open, "opened twice");

    fixture.close(&case.reference);
    closed(story.again().reopen(&*good(fixture), &opened).await, "opening again")?;
    ensure_eq!(seen(fixture, &case)?.status, CaseStatus::Final, "a case that is over for good");
    Ok(Verdict::Kept)
}

fn closed<T>(result: Result<T, Error>, what: &str) -> Result<(), Violation> {
    let kind = result.err().map(|error| error.kind());
    ensure_eq!(kind, Some(ErrorKind::Closed), "{what} on a closed case");
    Ok(())
}
