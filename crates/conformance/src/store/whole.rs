//! Calls that break, calls that are dropped, and stores that come back.

use handover_core::archive::Jobs;
use handover_core::event::Source;
use handover_core::feed::{Cursor, Scope};
use handover_core::id::EventId;
use handover_core::job::{Withheld, Work};
use handover_core::store::{Change, Commit, Consent, Deferral, Pause, Settle};

use super::StoreFixture;
use super::commit::full_change;
use super::scene::{
    Scene, account, answer, at, customer, desk, event_id, everything, reply_thread, send, sending,
    session_id, settlement, sms, works,
};
use crate::run::dropped_after;
use crate::violation::{Checked, Verdict, Violation, ensure, ensure_eq};

/// How many writes and polls of one call the kit goes through.
const STEPS: u32 = 200;

/// A commit that fails at any of its writes leaves everything as it was.
pub async fn broken_commit_changes_nothing(fixture: &dyn StoreFixture) -> Checked {
    let names = [reply_thread("bob")];
    for step in 0..STEPS {
        let scene = Scene::open(fixture).await;
        let id = scene.begin(0, "ann", vec![]).await?;
        let before = scene.picture(id, &names).await?;
        let change = full_change(&scene, scene.load(id).await?);
        if !fixture.fail_at(step) {
            return Ok(Verdict::Skipped("the fixture cannot make a write fail"));
        }
        let broken = scene.store.commit(change.clone()).await;
        if broken.is_ok() {
            ensure!(step > 0, "a commit was to fail at its first write and did not");
            return Ok(Verdict::Kept);
        }
        let after = scene.picture(id, &names).await?;
        after.is(&before, &format!("after a commit that failed at write {step}"))?;
        scene.done(change).await?;
    }
    Err(Violation::new("a commit never gets past its writes"))
}

/// A call that is dropped at any poll has happened as a whole or not at all.
pub async fn dropped_calls_are_whole_or_nothing(fixture: &dyn StoreFixture) -> Checked {
    for polls in 0..STEPS {
        let commit = dropped_commit(fixture, polls).await?;
        let claim = dropped_claim(fixture, polls).await?;
        let defer = dropped_defer(fixture, polls).await?;
        if commit && claim && defer {
            return Ok(Verdict::Kept);
        }
    }
    Err(Violation::new("a call never ends"))
}

/// What was kept is there after a restart, with everything that guards it.
pub async fn survives_reopen(fixture: &dyn StoreFixture) -> Checked {
    let before = Scene::open(fixture).await;
    let id = furnish(&before).await?;
    let live = before.claimed(50).await?;
    let picture = before.picture(id, &[reply_thread("ann")]).await?;
    let Scene { store, tenant } = before;
    drop(store);
    let Some(store) = fixture.reopen().await else {
        return Ok(Verdict::Skipped("the store keeps nothing beyond the process"));
    };
    let scene = Scene { store, tenant };

    let again = scene.picture(id, &[reply_thread("ann")]).await?;
    again.is(&picture, "after a restart")?;
    for seen in [event_id("m1"), EventId::new("desk", "row-1").version(3)] {
        let change = Change { event: Some(seen), ..scene.change(51) };
        ensure_eq!(scene.commit(change).await?, Commit::Seen, "what was seen, after a restart");
    }
    let unrouted = scene.store.due(&scene.tenant, at(51), 10).await?.events;
    ensure_eq!(unrouted.len(), 1, "unrouted events after a restart");
    let pauses = scene.store.pauses(&scene.tenant).await?;
    ensure_eq!(pauses.len(), 1, "pauses after a restart");
    ensure_eq!(scene.jobs(Jobs::Parked).await?.len(), 1, "parked work after a restart");

    // The lease is still held; new leases are unlike all that were given out before.
    let other = scene.claimed(52).await?;
    ensure_eq!(works(&other), vec![Work::Pull], "work beside a held lease");
    ensure_eq!(other.cursor, Some(Cursor("c1".into())), "the cursor after a restart");
    ensure!(other.lease != live.lease, "a lease after a restart is one from before");
    let back = scene.claimed_of(&everything()[1..2], 111).await?;
    ensure_eq!(works(&back), works(&live), "work whose lease ran out over the restart");
    ensure!(back.jobs[0].tried, "work came back over a restart and is not tried");
    ensure_eq!(back.withheld, Some(Withheld::OptedOut), "an opt-out after a restart");
    ensure_eq!(scene.settle(112, &live).await?, Commit::Lost, "a lease from before the restart");
    ensure_eq!(scene.settle(112, &back).await?, Commit::Done, "a lease from after it");
    Ok(Verdict::Kept)
}

async fn dropped_commit(fixture: &dyn StoreFixture, polls: u32) -> Result<bool, Violation> {
    let names = [reply_thread("bob")];
    let whole = Scene::open(fixture).await;
    let id = whole.begin(0, "ann", vec![]).await?;
    whole.done(full_change(&whole, whole.load(id).await?)).await?;
    let wanted = whole.picture(id, &names).await?;

    let scene = Scene::open(fixture).await;
    scene.begin(0, "ann", vec![]).await?;
    let change = full_change(&scene, scene.load(id).await?);
    let ended = dropped_after(polls, scene.store.commit(change.clone())).await.is_some();
    let again = scene.commit(change).await?;
    let known = matches!(again, Commit::Done | Commit::Seen);
    ensure!(known, "a commit dropped at poll {polls}, made again, is {again:?}");
    let found = scene.picture(id, &names).await?;
    found.is(&wanted, &format!("after a commit dropped at poll {polls} and made again"))?;
    Ok(ended)
}

async fn dropped_claim(fixture: &dyn StoreFixture, polls: u32) -> Result<bool, Violation> {
    let scene = Scene::open(fixture).await;
    scene.begin(0, "ann", vec![send("ann", 1), send("ann", 2)]).await?;
    let served = everything();
    let call = scene.store.claim(&scene.tenant, &served, at(0), super::scene::LEASE);
    let ended = dropped_after(polls, call).await.is_some();
    let claim = scene.claimed(61).await?;
    ensure_eq!(works(&claim), vec![sending(1)], "after a claim dropped at poll {polls}");
    let attempts = claim.jobs[0].attempts;
    let whole = attempts == 2 && claim.jobs[0].tried;
    let nothing = attempts == 1 && !claim.jobs[0].tried;
    ensure!(whole || nothing, "half a claim after a drop at poll {polls}: {attempts} attempts");
    scene.settle(62, &claim).await?;
    ensure_eq!(scene.work(62).await?, vec![sending(2)], "the next, after a dropped claim");
    Ok(ended)
}

async fn dropped_defer(fixture: &dyn StoreFixture, polls: u32) -> Result<bool, Violation> {
    let scene = Scene::open(fixture).await;
    scene.begin(0, "ann", vec![send("ann", 1)]).await?;
    let claim = scene.claimed(0).await?;
    let pause = Pause { account: account("ai"), until: None, reason: "login".into() };
    let deferral = Deferral { pause: Some(pause), ..scene.back_off(&claim, 1, 5) };
    let ended = dropped_after(polls, scene.store.defer(deferral.clone())).await.is_some();
    let again = scene.defer(deferral).await?;
    let known = matches!(again, Commit::Done | Commit::Lost);
    ensure!(known, "a deferral dropped at poll {polls}, made again, is {again:?}");
    ensure_eq!(scene.store.pauses(&scene.tenant).await?.len(), 1, "pauses after it");
    ensure_eq!(scene.work(5).await?, vec![sending(1)], "work after it");
    Ok(ended)
}

/// A session with everything beside it, and a send to claim: to a customer who has opted out.
async fn furnish(scene: &Scene) -> Result<handover_core::id::SessionId, Violation> {
    let feed = (Source::Desk(desk()), Scope::All);
    scene.done(Change { pokes: vec![feed.clone()], ..scene.change(0) }).await?;
    let pull = scene.claimed(0).await?;
    let settle = Settle { cursor: Some(Cursor("c1".into())), ..settlement(&pull) };
    scene.done(Change { settle: Some(settle), pokes: vec![feed], ..scene.change(1) }).await?;

    let session = scene.session(2, "ann");
    let id = session.id;
    let stop = Consent {
        channel: sms(),
        address: customer("ann").value,
        allowed: false,
        at: at(2),
        source: "STOP".into(),
    };
    let event = super::feed::event("late");
    scene.done(Change { unrouted: Some(event), ..scene.change(2) }).await?;
    let change = Change {
        own: vec![EventId::new("desk", "row-1")],
        consent: vec![stop],
        jobs: vec![send("ann", 1), answer("ann", 1)],
        event: Some(event_id("m1")),
        ..scene.opening(2, session)
    };
    let threads = vec![reply_thread("ann"), reply_thread("first name")];
    scene.done(Change { threads, ..change }).await?;

    let ai = &everything()[..1];
    let parked = scene.claimed_of(ai, 3).await?;
    let pause = Pause { account: account("ai"), until: None, reason: "login".into() };
    let reason = Some("login".into());
    let hold =
        Deferral { parked: true, reason, pause: Some(pause), ..scene.back_off(&parked, 3, 3) };
    scene.defer(hold).await?;
    ensure_eq!(scene.load(session_id("ann")).await?.session.id, id, "the furnished session");
    Ok(id)
}
