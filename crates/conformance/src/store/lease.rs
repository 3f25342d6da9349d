//! The right to settle, and how it ends.

use handover_core::archive::{JobState, Jobs};
use handover_core::store::{Change, Commit, Deferral, Settle};

use super::StoreFixture;
use super::scene::{Scene, append, at, send, sending, settlement, works};
use crate::violation::{Checked, Verdict, ensure, ensure_eq};

/// Work whose lease ran out is given out again, as tried: it may have had its effect.
pub async fn expired_lease_comes_back_tried(fixture: &dyn StoreFixture) -> Checked {
    let scene = Scene::open(fixture).await;
    scene.begin(0, "ann", vec![send("ann", 1)]).await?;
    let first = scene.claimed(10).await?;
    let job = &first.jobs[0];
    ensure!(!job.tried, "a first attempt comes as tried");
    ensure_eq!(job.attempts, 1, "the number of a first attempt");
    ensure_eq!(job.first_at, Some(at(10)), "the time of the first attempt");
    ensure_eq!(job.last_at, None, "when a first attempt was last under way");
    scene.idle(69, "a lease of 60 seconds from second 10 lives").await?;

    let second = scene.claimed(71).await?;
    let job = &second.jobs[0];
    ensure_eq!(works(&second), vec![sending(1)], "what comes back");
    ensure!(job.tried, "a lease ran out and its job does not come back as tried");
    ensure_eq!(job.attempts, 2, "the number of a second attempt");
    ensure_eq!(job.first_at, Some(at(10)), "the time of the first attempt, at the second");
    ensure_eq!(job.last_at, Some(at(70)), "when the lost attempt was last under way");
    ensure!(first.lease != second.lease, "two claims of a job have the same lease");
    Ok(Verdict::Kept)
}

/// A lease that was used, or whose work was claimed by another, settles and defers nothing.
pub async fn lost_lease_cannot_settle(fixture: &dyn StoreFixture) -> Checked {
    let scene = Scene::open(fixture).await;
    scene.begin(0, "ann", vec![send("ann", 1)]).await?;
    let lost = scene.claimed(0).await?;
    let live = scene.claimed(61).await?;
    ensure_eq!(scene.settle(62, &lost).await?, Commit::Lost, "a settlement after another's claim");
    let deferred = scene.defer(scene.back_off(&lost, 62, 62)).await?;
    ensure_eq!(deferred, Commit::Lost, "a deferral after another's claim");
    scene.idle(63, "a lost lease gave its work back").await?;
    ensure_eq!(scene.settle(64, &live).await?, Commit::Done, "a settlement under the live lease");
    ensure_eq!(scene.settle(64, &live).await?, Commit::Lost, "a second settlement");
    let deferred = scene.defer(scene.back_off(&live, 65, 65)).await?;
    ensure_eq!(deferred, Commit::Lost, "a deferral after the settlement");
    scene.idle(200, "settled work came back").await?;
    Ok(Verdict::Kept)
}

/// A lease that ran out still settles while nobody else has claimed its work.
pub async fn late_settlement_counts(fixture: &dyn StoreFixture) -> Checked {
    let scene = Scene::open(fixture).await;
    scene.begin(0, "ann", vec![send("ann", 1)]).await?;
    let claim = scene.claimed(0).await?;
    ensure_eq!(scene.settle(500, &claim).await?, Commit::Done, "a late settlement");
    scene.idle(501, "settled work came back").await?;
    Ok(Verdict::Kept)
}

/// A settlement ends the jobs it names; the others of the claim stay claimed.
pub async fn the_rest_of_a_claim_stays_claimed(fixture: &dyn StoreFixture) -> Checked {
    let scene = Scene::open(fixture).await;
    let id = scene.begin(0, "ann", vec![append("ann", 1), append("ann", 2)]).await?;
    let claim = scene.claimed(0).await?;
    ensure_eq!(claim.jobs.len(), 2, "entries in a claim");
    let settle = Settle { jobs: vec![claim.jobs[0].id], ..settlement(&claim) };
    scene.done(Change { settle: Some(settle), ..scene.change(1) }).await?;
    scene.idle(1, "half of a claim is settled, the other half is claimed").await?;
    let left: Vec<_> =
        scene.jobs(Jobs::Session(id)).await?.iter().map(|view| (view.job.id, view.state)).collect();
    ensure_eq!(left, vec![(claim.jobs[1].id, JobState::Claimed)], "what is left of the claim");
    let back = Deferral::release(claim.lease.clone(), at(2));
    ensure_eq!(scene.defer(back).await?, Commit::Done, "a deferral of the rest");
    let again = scene.claimed(2).await?;
    ensure_eq!(again.jobs[0].id, claim.jobs[1].id, "the rest, claimed again");
    Ok(Verdict::Kept)
}

/// What is put back waits as long as it was told, counts the attempts that were made, and knows
/// whether one may have had its effect.
pub async fn deferral_counts_only_real_attempts(fixture: &dyn StoreFixture) -> Checked {
    let scene = Scene::open(fixture).await;
    scene.begin(0, "ann", vec![send("ann", 1), send("ann", 2)]).await?;
    let claim = scene.claimed(0).await?;
    scene.defer(Deferral::release(claim.lease, at(0))).await?;
    let claim = scene.claimed(0).await?;
    ensure_eq!(claim.jobs[0].attempts, 1, "attempts after a release");

    let waits = scene.back_off(&claim, 1, 30);
    ensure_eq!(scene.defer(waits).await?, Commit::Done, "a deferral");
    scene.idle(29, "the head of the lane waits until second 30").await?;
    let claim = scene.claimed(30).await?;
    ensure_eq!(works(&claim), vec![sending(1)], "the head of the lane");
    ensure_eq!(claim.jobs[0].attempts, 2, "attempts after one without effect");
    ensure!(!claim.jobs[0].tried, "an attempt without effect made the job tried");

    let began = Some(at(30));
    let unsure = Deferral { tried: true, began, ..scene.back_off(&claim, 31, 31) };
    scene.defer(unsure).await?;
    let claim = scene.claimed(31).await?;
    ensure!(claim.jobs[0].tried, "an unsure attempt did not make the job tried");
    let busy = Deferral { tried: true, ..scene.back_off(&claim, 32, 32) };
    scene.defer(busy).await?;
    let claim = scene.claimed(32).await?;
    ensure!(claim.jobs[0].tried, "a job forgot that it was tried");
    ensure_eq!(claim.jobs[0].last_at, Some(at(30)), "when the unsure attempt was under way");
    Ok(Verdict::Kept)
}

/// Work of which nobody knows whether it happened leaves its lane and is listed until a person
/// decides.
pub async fn uncertain_leaves_its_lane_and_is_listed(fixture: &dyn StoreFixture) -> Checked {
    let scene = Scene::open(fixture).await;
    scene.begin(0, "ann", vec![send("ann", 1), send("ann", 2)]).await?;
    let claim = scene.claimed(0).await?;
    let id = claim.jobs[0].id;
    let settle = Settle { uncertain: true, ..settlement(&claim) };
    scene.done(Change { settle: Some(settle), ..scene.change(1) }).await?;
    ensure_eq!(scene.work(1).await?, vec![sending(2)], "the lane goes on");
    scene.idle(1000, "uncertain work was given out again").await?;

    let listed: Vec<_> =
        scene.jobs(Jobs::Uncertain).await?.iter().map(|view| (view.job.id, view.state)).collect();
    ensure_eq!(listed, vec![(id, JobState::Uncertain)], "the list of uncertain work");
    ensure_eq!(scene.counts().await?.uncertain, 1, "the count of uncertain work");
    ensure!(scene.store.decided(&scene.tenant, id).await?, "a decision found nothing");
    ensure!(!scene.store.decided(&scene.tenant, id).await?, "a second decision found something");
    ensure_eq!(scene.jobs(Jobs::Uncertain).await?, vec![], "the list after the decision");
    Ok(Verdict::Kept)
}
