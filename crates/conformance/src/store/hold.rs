//! What holds work back: parked lanes, paused accounts, budgets.

use std::time::Duration;

use chrono::TimeDelta;
use handover_core::archive::{JobState, Jobs};
use handover_core::channel::Account;
use handover_core::job::{Destination, Lane, NewJob, Work};
use handover_core::store::{Claim, Commit, Deferral, Pause, Served};

use super::StoreFixture;
use super::scene::{
    LEASE, Scene, account, answer, append, at, desk, everything, send, sending, served, session_id,
    sms, works,
};
use crate::violation::{Checked, Verdict, Violation, ensure, ensure_eq};

/// Parked work waits for a person and holds its lane; every other lane goes on.
pub async fn parked_holds_only_its_lane(fixture: &dyn StoreFixture) -> Checked {
    let scene = Scene::open(fixture).await;
    let jobs = vec![send("ann", 1), send("ann", 2), answer("ann", 1)];
    scene.begin(0, "ann", jobs).await?;
    let claim = scene.claimed(0).await?;
    let id = claim.jobs[0].id;
    let reason = Some("credentials".into());
    let parked = Deferral { parked: true, reason: reason.clone(), ..scene.back_off(&claim, 1, 1) };
    ensure_eq!(scene.defer(parked).await?, Commit::Done, "parking");
    scene.begin(1, "bob", vec![send("bob", 7)]).await?;
    ensure_eq!(scene.work(2).await?, vec![sending(7)], "another lane on the same channel");
    let other = scene.work(2).await?;
    ensure_eq!(other, vec![Work::Answer { through: 1 }], "another lane of the same session");
    scene.idle(30 * 86_400, "a parked lane waits for a person").await?;

    let listed = scene.jobs(Jobs::Parked).await?;
    let seen: Vec<_> =
        listed.into_iter().map(|view| (view.job.id, view.state, view.reason)).collect();
    ensure_eq!(seen, vec![(id, JobState::Parked, reason)], "the list of parked work");
    ensure_eq!(scene.counts().await?.parked, 1, "the count of parked work");

    ensure!(scene.store.replay(&scene.tenant, id, at(9)).await?, "a replay found nothing");
    ensure!(!scene.store.replay(&scene.tenant, id, at(9)).await?, "a second replay found it");
    ensure_eq!(scene.work(9).await?, vec![sending(1)], "what was taken up again");
    ensure_eq!(scene.work(9).await?, vec![sending(2)], "what stood behind it");
    Ok(Verdict::Kept)
}

/// What failed and will be tried again is listed with its reason, until it is done.
pub async fn failing_work_tells_why(fixture: &dyn StoreFixture) -> Checked {
    let scene = Scene::open(fixture).await;
    scene.begin(0, "ann", vec![send("ann", 1)]).await?;
    scene.begin(0, "bob", vec![send("bob", 2)]).await?;
    ensure_eq!(scene.jobs(Jobs::Failing).await?.len(), 0, "failing work before anything failed");
    let claim = scene.claimed(0).await?;
    let reason = Some("out of order".into());
    scene.defer(Deferral { reason: reason.clone(), ..scene.back_off(&claim, 1, 9) }).await?;
    let listed = scene.jobs(Jobs::Failing).await?;
    let seen: Vec<_> = listed.into_iter().map(|v| (v.job.id, v.state, v.reason)).collect();
    ensure_eq!(seen, vec![(claim.jobs[0].id, JobState::Waiting, reason)], "the failing work");
    ensure_eq!(scene.counts().await?.parked, 0, "the count of parked work");
    ensure_eq!(scene.work(2).await?, vec![sending(2)], "the work that nothing happened to");
    ensure_eq!(scene.work(9).await?, vec![sending(1)], "the work that failed, at its time");
    ensure_eq!(scene.jobs(Jobs::Failing).await?.len(), 0, "failing work once it is done");
    Ok(Verdict::Kept)
}

/// A paused account holds everything that is called on it, until the pause ends; other accounts go
/// on.
pub async fn paused_account_holds_all_its_lanes(fixture: &dyn StoreFixture) -> Checked {
    let scene = Scene::open(fixture).await;
    let served = on_one_account(None);
    let media = Lane::session(session_id("ann"), Destination::Media(sms()));
    let fetch = NewJob::new(media, Work::Fetch { seq: 1, index: 0 });
    let jobs = vec![send("ann", 1), fetch, answer("ann", 1)];
    scene.begin(0, "ann", jobs).await?;
    scene.begin(0, "bob", vec![send("bob", 2)]).await?;
    let claim = scene.claimed_of(&served, 0).await?;
    let pause = Pause { account: account("one"), until: Some(at(50)), reason: "limit".into() };
    let busy = Deferral { pause: Some(pause.clone()), ..scene.back_off(&claim, 1, 1) };
    scene.defer(busy).await?;
    ensure_eq!(scene.store.pauses(&scene.tenant).await?, vec![pause], "the list of pauses");

    let free = scene.claimed_of(&served, 2).await?;
    ensure_eq!(works(&free), vec![Work::Answer { through: 1 }], "another account's work");
    let held = scene.claim_of(&served, 49).await?.map(|claim| works(&claim));
    ensure_eq!(held, None, "work on a paused account");
    let mut found = all(&scene, &served, 51).await?;
    found.sort_by_key(|work| format!("{work:?}"));
    let wanted = vec![Work::Fetch { seq: 1, index: 0 }, sending(1), sending(2)];
    ensure_eq!(found, wanted, "what was held, after the pause");
    Ok(Verdict::Kept)
}

/// A pause without an end lasts until a person resumes the account.
pub async fn pause_without_an_end_lasts_until_resumed(fixture: &dyn StoreFixture) -> Checked {
    let scene = Scene::open(fixture).await;
    scene.begin(0, "ann", vec![send("ann", 1)]).await?;
    let claim = scene.claimed(0).await?;
    let pause = Pause { account: account("sms"), until: None, reason: "login".into() };
    scene.defer(Deferral { pause: Some(pause.clone()), ..scene.back_off(&claim, 1, 1) }).await?;
    scene.idle(10 * 365 * 86_400, "an account is paused without an end").await?;
    ensure_eq!(scene.store.pauses(&scene.tenant).await?, vec![pause], "the list of pauses");
    scene.store.resume(&scene.tenant, &account("sms")).await?;
    ensure_eq!(scene.store.pauses(&scene.tenant).await?, vec![], "the list after the end");
    ensure_eq!(scene.work(2).await?, vec![sending(1)], "what was held");
    Ok(Verdict::Kept)
}

/// What an account takes a second is shared by all that is called on it.
pub async fn budget_is_shared(fixture: &dyn StoreFixture) -> Checked {
    let scene = Scene::open(fixture).await;
    let served = on_one_account(Some(2.0));
    for n in 1..=5 {
        let name = format!("s{n}");
        let media = Lane::session(session_id(&name), Destination::Media(sms()));
        let fetch = NewJob::new(media, Work::Fetch { seq: n, index: 0 });
        let job = if n % 2 == 0 { fetch } else { send(&name, n) };
        scene.begin(0, &name, vec![job, append(&name, 1)]).await?;
    }
    ensure_eq!(claims(&scene, &served, 0).await?, 2, "claims at once, of two a second");
    ensure_eq!(claims(&scene, &served, 499).await?, 0, "claims within half a second");
    ensure_eq!(claims(&scene, &served, 501).await?, 1, "claims after half a second");
    ensure_eq!(claims(&scene, &served, 60_000).await?, 2, "claims at once after a long rest");
    let others = [Served { batch: 1, ..super::scene::served(Destination::Desk(desk()), "desk") }];
    ensure_eq!(claims(&scene, &others, 60_000).await?, 5, "claims without a known limit");
    Ok(Verdict::Kept)
}

/// Channel and files on the account `one`; the rest as ever.
fn on_one_account(per_second: Option<f64>) -> Vec<Served> {
    let shared = Account { per_second, ..Account::new(account("one")) };
    let on_it = [Destination::Channel(sms()), Destination::Media(sms())];
    let mut all: Vec<Served> = on_it
        .iter()
        .map(|destination| Served { account: shared.clone(), ..served(destination.clone(), "one") })
        .collect();
    let others = everything().into_iter().filter(|one| !on_it.contains(&one.destination));
    all.extend(others.filter(|one| one.destination == Destination::Assistant));
    all
}

/// How much can be claimed at a millisecond.
async fn claims(scene: &Scene, served: &[Served], millis: i64) -> Result<usize, Violation> {
    let now = at(0) + TimeDelta::milliseconds(millis);
    let long: Duration = LEASE * 60;
    let mut count = 0;
    while scene.store.claim(&scene.tenant, served, now, long).await?.is_some() {
        count += 1;
        ensure!(count < 100, "claims at one time never end");
    }
    Ok(count)
}

async fn all(scene: &Scene, served: &[Served], now: i64) -> Result<Vec<Work>, Violation> {
    let mut found = Vec::new();
    while let Some(claim) = scene.claim_of(served, now).await? {
        let Claim { jobs, .. } = claim;
        found.extend(jobs.into_iter().map(|job| job.work));
    }
    Ok(found)
}
