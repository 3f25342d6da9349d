//! Time, and what it makes due.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use handover_core::id::SessionId;
use handover_core::store::{Change, Deferral, Due, Pause};
use tokio::time::timeout;

use super::StoreFixture;
use super::scene::{LEASE, Scene, account, at, everything, send};
use crate::violation::{Checked, Verdict, Violation, ensure, ensure_eq};

/// All time comes from arguments: long ago and far ahead are like now.
pub async fn time_only_from_arguments(fixture: &dyn StoreFixture) -> Checked {
    let scene = Scene::open(fixture).await;
    const YEAR: i64 = 365 * 86_400;
    for (name, shift) in [("past", -50 * YEAR), ("present", 0), ("future", 120 * YEAR)] {
        let scene = scene.of(name);
        scene.begin(shift, "ann", vec![send("ann", 1)]).await?;
        let claim = scene.claimed(shift + 5).await?;
        let job = &claim.jobs[0];
        let times = (job.created_at, job.first_at);
        ensure_eq!(times, (at(shift), Some(at(shift + 5))), "the times of work in the {name}");
        scene.idle(shift + 64, "a lease of 60 seconds from second 5 lives").await?;
        let claim = scene.claimed(shift + 66).await?;
        scene.defer(scene.back_off(&claim, shift + 67, shift + 90)).await?;
        scene.idle(shift + 89, "work waits until second 90").await?;
        let next = due(&scene, shift + 68).await?.next;
        ensure_eq!(next, Some(at(shift + 90)), "the next time in the {name}");
        scene.work(shift + 91).await?;
    }
    Ok(Verdict::Kept)
}

/// It is told which sessions are due, at most as many as asked for, and when next to look: at a
/// session's time, a waiting job's, a lease's end or a pause's.
pub async fn due_tells_the_next_time(fixture: &dyn StoreFixture) -> Checked {
    let all = Scene::open(fixture).await;
    ensure_eq!(due(&all.of("empty"), 0).await?, Due::default(), "in an empty store");

    let scene = all.of("sessions");
    let mut ids = Vec::new();
    for (wake, name) in [(100, "ann"), (120, "bob"), (140, "cleo")] {
        let mut session = scene.session(0, name);
        session.wake = Some(at(wake));
        ids.push(session.id);
        scene.done(scene.opening(0, session)).await?;
    }
    told(&scene, 99, &[], Some(100)).await?;
    told(&scene, 100, &ids[..1], Some(120)).await?;
    told(&scene, 139, &ids[..2], Some(140)).await?;
    let limited = scene.store.due(&scene.tenant, at(500), 2).await?.sessions;
    ensure_eq!(limited.len(), 2, "sessions, of which two were asked for");
    scene.edit(150, ids[0], |one| one.session.wake = None).await?;
    told(&scene, 500, &ids[1..], None).await?;

    let scene = all.of("jobs");
    let id = scene.begin(0, "ann", vec![send("ann", 1)]).await?;
    let claim = scene.claimed(10).await?;
    told(&scene, 11, &[], Some(70)).await?;
    scene.defer(scene.back_off(&claim, 12, 40)).await?;
    told(&scene, 13, &[], Some(40)).await?;
    scene.edit(14, id, |one| one.session.wake = Some(at(30))).await?;
    told(&scene, 15, &[], Some(30)).await?;

    let scene = all.of("pauses");
    scene.begin(0, "ann", vec![send("ann", 1)]).await?;
    let claim = scene.claimed(10).await?;
    let pause = Pause { account: account("sms"), until: Some(at(80)), reason: "limit".into() };
    let busy = Deferral { pause: Some(pause), ..scene.back_off(&claim, 11, 11) };
    scene.defer(busy).await?;
    told(&scene, 12, &[], Some(80)).await?;
    Ok(Verdict::Kept)
}

/// Who waits for a change is woken by one, also by one between making the future and polling it.
pub async fn change_wakes_the_waiting(fixture: &dyn StoreFixture) -> Checked {
    let scene = Scene::open(fixture).await;
    scene.begin(0, "ann", vec![]).await?;

    let waiting = scene.store.changed(&scene.tenant);
    scene.queue(1, super::scene::session_id("ann"), vec![send("ann", 1)]).await?;
    wakes(waiting, "work queued after the future was made").await?;

    let waiter = scene.clone();
    let waiting = tokio::spawn(async move { waiter.store.changed(&waiter.tenant).await });
    for now in 2.. {
        if waiting.is_finished() {
            break;
        }
        ensure!(now < 100_000, "nobody is woken by a hundred thousand changes");
        tokio::task::yield_now().await;
        scene.done(Change { ..scene.change(now) }).await?;
    }

    let waiting = scene.store.changed(&scene.tenant);
    let claim = scene.store.claim(&scene.tenant, &everything(), at(3), LEASE).await?;
    let claim = claim.ok_or_else(|| Violation::new("nothing is claimable"))?;
    scene.defer(Deferral::release(claim.lease, at(3))).await?;
    wakes(waiting, "work put back").await
}

/// A future that must be ready soon; the limit is only there so that a broken store cannot hang.
async fn wakes(waiting: impl Future<Output = ()>, what: &str) -> Checked {
    let woken = timeout(Duration::from_secs(10), waiting).await;
    ensure!(woken.is_ok(), "nobody is woken by {what}");
    Ok(Verdict::Kept)
}

/// Sees what is due at a second.
async fn told(
    scene: &Scene,
    now: i64,
    sessions: &[SessionId],
    next: Option<i64>,
) -> Result<(), Violation> {
    let due = due(scene, now).await?;
    ensure_eq!(due.sessions, sessions, "sessions due at second {now}");
    let seconds = |time: DateTime<Utc>| (time - at(0)).num_seconds();
    ensure_eq!(due.next.map(seconds), next, "when next to look, told at second {now}");
    ensure!(
        due.next.is_none_or(|next| next > at(0) + TimeDelta::zero()),
        "a next time in the past"
    );
    Ok(())
}

async fn due(scene: &Scene, now: i64) -> Result<Due, Violation> {
    Ok(scene.store.due(&scene.tenant, at(now), 10).await?)
}
