//! What is forgotten, and what must not be.

use handover_core::archive::Jobs;
use handover_core::id::SessionId;
use handover_core::job::Withheld;
use handover_core::message::{Copy, File};
use handover_core::store::{Change, Commit, Consent};
use handover_core::thread::Thread;

use super::StoreFixture;
use super::scene::{
    Scene, at, customer, event_id, message, reply_thread, resolve, send, session_id, sms,
};
use crate::violation::{Checked, Verdict, Violation, ensure, ensure_eq};

/// A forgotten session is gone with messages, jobs and names, its files are named for deletion;
/// what was seen stays seen, and who opted out stays out.
pub async fn forgotten_is_gone_but_seen_stays(fixture: &dyn StoreFixture) -> Checked {
    let scene = Scene::open(fixture).await;
    let id = rich_session(&scene, "ann").await?;
    let other = scene.begin(1, "bob", vec![send("bob", 1)]).await?;

    let files = scene.store.forget(&scene.tenant, id).await?;
    ensure_eq!(files, vec!["file of ann".to_owned()], "the files of a forgotten session");
    let names = [Thread::session(id), reply_thread("ann")];
    ensure_eq!(scene.ids(&names).await?, vec![], "a forgotten session under its names");
    ensure_eq!(scene.messages(id).await?, vec![], "a forgotten session's messages");
    ensure_eq!(scene.jobs(Jobs::Session(id)).await?, vec![], "a forgotten session's jobs");
    let found = scene.store.message_of(&scene.tenant, &event_id("m of ann")).await?;
    ensure_eq!(found, None, "a forgotten message by its event");
    let kept = scene.ids(&[Thread::session(other)]).await?;
    ensure_eq!(kept, vec![other], "another session");
    ensure_eq!(scene.jobs(Jobs::Session(other)).await?.len(), 1, "another session's jobs");

    let again = scene.event(5, "m of ann");
    ensure_eq!(scene.commit(again).await?, Commit::Seen, "an event of a forgotten session");
    let echo = scene.event(5, "row of ann");
    ensure_eq!(scene.commit(echo).await?, Commit::Seen, "a row of a forgotten session");

    let mut back = scene.session(6, "ann again");
    back.reply_thread = reply_thread("ann");
    back.customer = customer("ann");
    let jobs = vec![send("ann again", 1)];
    scene.done(Change { jobs, ..scene.opening(6, back) }).await?;
    let mut seen = None;
    while let Some(claim) = scene.claim(7).await? {
        if claim.jobs[0].session == Some(session_id("ann again")) {
            seen = Some(claim.withheld);
        }
    }
    ensure_eq!(seen, Some(Some(Withheld::OptedOut)), "a send to who opted out before");
    Ok(Verdict::Kept)
}

/// Retention takes the sessions that ended before a time, and no others.
pub async fn forget_before_takes_the_old_only(fixture: &dyn StoreFixture) -> Checked {
    let scene = Scene::open(fixture).await;
    let old = rich_session(&scene, "ann").await?;
    let recent = rich_session(&scene, "bob").await?;
    let open = rich_session(&scene, "cleo").await?;
    let older = rich_session(&scene, "dora").await?;
    scene.edit(100, old, |one| resolve(one, 100)).await?;
    scene.edit(300, recent, |one| resolve(one, 300)).await?;
    scene.edit(90, older, |one| resolve(one, 90)).await?;

    let one = scene.store.forget_before(&scene.tenant, at(200), 1).await?;
    ensure_eq!(one.len(), 1, "the files of at most one session");
    let two = scene.store.forget_before(&scene.tenant, at(200), 10).await?;
    let mut files = [one, two].concat();
    files.sort();
    let wanted = vec!["file of ann".to_owned(), "file of dora".to_owned()];
    ensure_eq!(files, wanted, "the files of old sessions");
    for id in [old, older] {
        ensure!(scene.ids(&[Thread::session(id)]).await?.is_empty(), "an old session is kept");
    }
    for id in [recent, open] {
        ensure!(!scene.ids(&[Thread::session(id)]).await?.is_empty(), "too much was forgotten");
    }
    Ok(Verdict::Kept)
}

/// A session with an event, a row of ours, a file, a job and an opt-out.
async fn rich_session(scene: &Scene, name: &str) -> Result<SessionId, Violation> {
    let session = scene.session(0, name);
    let id = session.id;
    let mut first = message(1, "see the picture", 0);
    first.event = Some(event_id(&format!("m of {name}")));
    let stored = Copy::Stored(format!("file of {name}"));
    first.files = vec![
        File { copy: stored, ..File::new("https://files.example/1", None) },
        File::new("https://files.example/2", None),
    ];
    let stop = Consent {
        channel: sms(),
        address: customer(name).value,
        allowed: false,
        at: at(0),
        source: "STOP".into(),
    };
    let change = Change {
        event: first.event.clone(),
        log: vec![first],
        own: vec![event_id(&format!("row of {name}"))],
        consent: vec![stop],
        jobs: vec![send(name, 1)],
        ..scene.opening(0, session)
    };
    scene.done(change).await?;
    Ok(id)
}
