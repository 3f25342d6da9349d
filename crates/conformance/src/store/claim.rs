//! Who gets which work, and in which order.

use std::collections::{HashMap, HashSet};

use handover_core::event::{Holder, Source};
use handover_core::feed::Scope;
use handover_core::job::{Destination, Job, JobId, Lane, NewJob, Work};
use handover_core::store::{Change, Commit, Served};

use super::StoreFixture;
use super::scene::{
    Scene, answer, append, case_id, desk, everything, send, sending, served, session_id, sms, works,
};
use crate::violation::{Checked, Verdict, Violation, ensure, ensure_eq};

/// The jobs of a lane are claimed one after the other, in the order in which they came.
pub async fn one_claim_per_lane_in_order(fixture: &dyn StoreFixture) -> Checked {
    let scene = Scene::open(fixture).await;
    let jobs = vec![send("ann", 1), send("ann", 2), send("ann", 3)];
    let id = scene.begin(0, "ann", jobs).await?;
    scene.queue(1, id, vec![send("ann", 4)]).await?;
    scene.begin(1, "bob", vec![answer("bob", 9)]).await?;

    let mut before: Option<JobId> = None;
    for n in 1..=4 {
        let claim = scene.claimed(2).await?;
        ensure_eq!(works(&claim), vec![sending(n)], "claim {n} of a lane");
        ensure!(before < Some(claim.jobs[0].id), "a later job has no higher number");
        before = Some(claim.jobs[0].id);
        if n == 1 {
            let other = scene.claimed(2).await?;
            ensure_eq!(works(&other), vec![Work::Answer { through: 9 }], "another lane meanwhile");
            scene
                .idle(2, "the head of a lane is claimed and another of its jobs given out")
                .await?;
        }
        ensure_eq!(scene.settle(2, &claim).await?, Commit::Done, "a settlement");
    }
    scene.idle(3, "all jobs are done").await?;
    Ok(Verdict::Kept)
}

/// Entries right behind each other come in one claim, as many as the desk takes; nothing else does.
pub async fn consecutive_entries_are_claimed_together(fixture: &dyn StoreFixture) -> Checked {
    let scene = Scene::open(fixture).await;
    let lane = Lane::case(case_id("ann"), &desk());
    let open = NewJob::new(lane.clone(), Work::Open { n: 0 });
    let handoff = NewJob::new(lane, Work::Handoff { note: 9 });
    let first = vec![open, append("ann", 1), append("ann", 2)];
    let id = scene.begin(0, "ann", first).await?;
    scene.queue(1, id, vec![append("ann", 3), append("ann", 4), handoff]).await?;
    // A second session writes to the same case.
    let shared = NewJob::new(append("ann", 0).lane, Work::Append { through: 1 });
    scene.begin(1, "bob", vec![shared]).await?;
    scene.queue(1, id, vec![append("ann", 10), append("ann", 11)]).await?;

    let three = vec![Served { batch: 3, ..served(Destination::Desk(desk()), "desk") }];
    let entries = |numbers: &[u64]| -> Vec<Work> {
        numbers.iter().map(|through| Work::Append { through: *through }).collect()
    };
    let wanted = [
        vec![Work::Open { n: 0 }],
        entries(&[1, 2, 3]),
        entries(&[4]),
        vec![Work::Handoff { note: 9 }],
        entries(&[1]),
        entries(&[10, 11]),
    ];
    for works_wanted in wanted {
        let claim = scene.claimed_of(&three, 2).await?;
        ensure_eq!(works(&claim), works_wanted, "one claim of a desk that takes three entries");
        ensure_eq!(scene.settle(2, &claim).await?, Commit::Done, "a settlement");
    }
    Ok(Verdict::Kept)
}

/// A worker gets only what it serves.
pub async fn claims_only_what_is_served(fixture: &dyn StoreFixture) -> Checked {
    let scene = Scene::open(fixture).await;
    let fetch = Work::Fetch { seq: 1, index: 0 };
    let lane = Lane::session(session_id("ann"), Destination::Media(sms()));
    let jobs = vec![NewJob::new(lane, fetch.clone()), append("ann", 1)];
    scene.begin(0, "ann", jobs).await?;
    let others: Vec<_> = everything()
        .into_iter()
        .filter(|one| one.destination != Destination::Media(sms()))
        .collect();
    let claim = scene.claimed_of(&others, 1).await?;
    ensure_eq!(works(&claim), vec![Work::Append { through: 1 }], "the work that is served");
    let more = scene.claim_of(&others, 1).await?.map(|claim| works(&claim));
    ensure_eq!(more, None, "work that is not served");
    ensure_eq!(scene.claim_of(&[], 1).await?, None, "a worker that serves nothing");
    ensure_eq!(works(&scene.claimed(1).await?), vec![fetch], "a worker that serves all");
    Ok(Verdict::Kept)
}

/// A claim carries its conversation as it is in that transaction.
pub async fn claim_shows_the_conversation_as_it_is(fixture: &dyn StoreFixture) -> Checked {
    let scene = Scene::open(fixture).await;
    let id = scene.begin(0, "ann", vec![send("ann", 1), send("ann", 2)]).await?;
    let feed = (Source::Desk(desk()), Scope::All);
    for n in 1..=2 {
        scene.edit(n, id, |one| one.session.control.give(holder(n))).await?;
        let claim = scene.claimed(n).await?;
        ensure_eq!(
            claim.conversation,
            Some(scene.load(id).await?),
            "the conversation of claim {n}"
        );
        ensure_eq!(claim.jobs[0].session, Some(id), "the session of the job");
        scene.settle(n, &claim).await?;
    }
    scene.done(Change { pokes: vec![feed], ..scene.change(3) }).await?;
    let pull = scene.claimed(3).await?;
    ensure_eq!(pull.conversation, None, "the conversation of a reading");
    ensure_eq!(pull.jobs[0].session, None, "the session of a reading");
    Ok(Verdict::Kept)
}

/// What somebody waits for is claimed first, whatever was queued first.
pub async fn urgent_first(fixture: &dyn StoreFixture) -> Checked {
    let scene = Scene::open(fixture).await;
    let all = (Source::Desk(desk()), Scope::All);
    scene.done(Change { pokes: vec![all], ..scene.change(0) }).await?;
    let media = Lane::session(session_id("ann"), Destination::Media(sms()));
    let fetch = NewJob::new(media, Work::Fetch { seq: 1, index: 0 });
    scene.begin(1, "ann", vec![fetch]).await?;
    scene.begin(2, "bob", vec![append("bob", 1)]).await?;
    let lane = Lane::case(case_id("cleo"), &desk());
    let handoff = NewJob::new(lane, Work::Handoff { note: 2 });
    scene.begin(3, "cleo", vec![handoff]).await?;
    scene.begin(4, "dora", vec![answer("dora", 1)]).await?;
    scene.begin(5, "eve", vec![send("eve", 1)]).await?;

    let mut found = Vec::new();
    while let Some(claim) = scene.claim(6).await? {
        found.extend(works(&claim));
    }
    let wanted = vec![
        sending(1),
        Work::Answer { through: 1 },
        Work::Handoff { note: 2 },
        Work::Append { through: 1 },
        Work::Fetch { seq: 1, index: 0 },
        Work::Pull,
    ];
    ensure_eq!(found, wanted, "the order of claims");

    let one = (Source::Desk(desk()), Scope::Thread("case-1".into()));
    scene.begin(7, "fay", vec![answer("fay", 1)]).await?;
    scene.done(Change { pokes: vec![one], ..scene.change(8) }).await?;
    let claim = scene.claimed(9).await?;
    ensure_eq!(works(&claim), vec![Work::Pull], "the reading of one case, before an answer");
    Ok(Verdict::Kept)
}

/// A hundred workers at once: no job is given to two, and each lane keeps its order.
pub async fn hundred_claimers_never_share(fixture: &dyn StoreFixture) -> Checked {
    const SESSIONS: u64 = 20;
    const JOBS: u64 = 5;
    let scene = Scene::open(fixture).await;
    for session in 0..SESSIONS {
        let name = format!("s{session}");
        let jobs = (1..=JOBS).map(|n| send(&name, n)).collect();
        scene.begin(0, &name, jobs).await?;
    }
    let workers: Vec<_> = (0..100).map(|_| tokio::spawn(work_until_idle(scene.clone()))).collect();
    let mut done = Vec::new();
    for worker in workers {
        let worked = worker.await.map_err(|_| Violation::new("a claim panicked"))?;
        done.extend(worked?);
    }
    done.sort_by_key(|(turn, _)| *turn);
    let mut numbers = HashSet::new();
    let mut last: HashMap<Lane, JobId> = HashMap::new();
    for (_, job) in &done {
        ensure!(numbers.insert(job.id), "job {} was given to two workers", job.id.0);
        let before = last.insert(job.lane.clone(), job.id);
        ensure!(before < Some(job.id), "a lane was not done in order");
    }
    ensure_eq!(done.len() as u64, SESSIONS * JOBS, "jobs done by a hundred workers");
    Ok(Verdict::Kept)
}

/// Claims and settles until nothing is left, and tells the jobs with the turns they were taken in.
async fn work_until_idle(scene: Scene) -> Result<Vec<(usize, Job)>, Violation> {
    let mut done = Vec::new();
    while let Some(claim) = scene.claim(1).await? {
        let turn = TURN.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        tokio::task::yield_now().await;
        let settled = scene.settle(1, &claim).await?;
        ensure_eq!(settled, Commit::Done, "a settlement among many");
        done.extend(claim.jobs.into_iter().map(|job| (turn, job)));
    }
    Ok(done)
}

/// Counts claims; a lane's next claim comes after its settlement, so turns of a lane are in order.
static TURN: std::sync::atomic::AtomicUsize = std::sync::atomic::AtomicUsize::new(0);

fn holder(n: i64) -> Holder {
    if n == 1 { Holder::Person } else { Holder::Nobody }
}
