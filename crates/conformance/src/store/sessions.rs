//! Which sessions there are, and which are found.

use handover_core::session::Conversation;
use handover_core::store::{Change, Commit};
use handover_core::thread::Thread;

use super::StoreFixture;
use super::scene::{Scene, case_record, desk, reply_thread, resolve, session_id};
use crate::violation::{Checked, Verdict, ensure_eq};

/// On a reply thread there is one open session at most, and a session begins once.
pub async fn one_open_session_per_reply_thread(fixture: &dyn StoreFixture) -> Checked {
    let scene = Scene::open(fixture).await;
    let first = scene.begin(0, "ann", vec![]).await?;
    let again = scene.opening(1, scene.session(1, "ann"));
    ensure_eq!(scene.commit(again).await?, Commit::Stale, "a session that exists, as a new one");

    let mut second = scene.session(1, "bob");
    second.reply_thread = reply_thread("ann");
    let id = second.id;
    let opening = scene.opening(1, second);
    let refused = scene.commit(opening.clone()).await?;
    ensure_eq!(refused, Commit::Stale, "a second open session on a reply thread");
    ensure_eq!(scene.ids(&[reply_thread("ann")]).await?, vec![first], "after the refusal");

    scene.edit(2, first, |conversation| resolve(conversation, 2)).await?;
    scene.done(opening).await?;
    ensure_eq!(scene.ids(&[reply_thread("ann")]).await?, vec![id], "the only open session");

    let mut back = scene.load(first).await?;
    back.session.state = handover_core::session::SessionState::Open;
    let reopened = scene.commit(Change { conversation: Some(back), ..scene.change(3) }).await?;
    ensure_eq!(reopened, Commit::Stale, "a session reopened beside the open one");
    Ok(Verdict::Kept)
}

/// A thread leads to its open session, to its newest, and to the open one on their reply thread,
/// each once.
pub async fn newest_and_open_sessions_are_found(fixture: &dyn StoreFixture) -> Checked {
    let scene = Scene::open(fixture).await;
    let case = Thread::case(&desk(), "case-1");
    // One after the other on a reply thread; the first is on a case.
    let first = scene.begin(0, "ann", vec![]).await?;
    name(&scene, 1, first, &case).await?;
    ensure_eq!(scene.ids(std::slice::from_ref(&case)).await?, vec![first], "under a new name");
    scene.edit(2, first, |conversation| resolve(conversation, 2)).await?;
    ensure_eq!(scene.ids(&[reply_thread("ann")]).await?, vec![first], "when it is over");
    let mut follower = scene.session(3, "second of ann");
    follower.reply_thread = reply_thread("ann");
    let second = follower.id;
    scene.done(scene.opening(3, follower)).await?;

    ensure_eq!(scene.ids(&[reply_thread("ann")]).await?, vec![second], "on the reply thread");
    let both = sorted([first, second]);
    ensure_eq!(scene.ids(std::slice::from_ref(&case)).await?, both, "by the case of the first");
    let asked = [case.clone(), reply_thread("ann"), Thread::session(first), reply_thread("ann")];
    ensure_eq!(scene.ids(&asked).await?, both, "by all names: none twice");

    // A newer session on the case that is over hides neither the open one nor itself.
    let open = scene.begin(4, "cleo", vec![]).await?;
    let over = scene.begin(5, "dora", vec![]).await?;
    let shared = Thread::case(&desk(), "case-2");
    name(&scene, 6, open, &shared).await?;
    name(&scene, 6, over, &shared).await?;
    scene.edit(7, over, |conversation| resolve(conversation, 7)).await?;
    ensure_eq!(scene.ids(&[shared]).await?, sorted([open, over]), "the open and the newest");

    // With its case, and by its own id.
    let with_case = |conversation: &mut Conversation| {
        let record = case_record("cleo");
        conversation.session.case = Some(record.id);
        conversation.case = Some(record);
    };
    scene.edit(8, open, with_case).await?;
    let case = scene.load(open).await?.case.map(|case| case.id);
    ensure_eq!(case, Some(case_record("cleo").id), "the case of a loaded session");
    let unknown = [Thread::session(session_id("nobody")), reply_thread("nobody")];
    ensure_eq!(scene.ids(&unknown).await?, vec![], "under unknown names");
    Ok(Verdict::Kept)
}

/// Gives a session a name.
async fn name(
    scene: &Scene,
    now: i64,
    session: handover_core::id::SessionId,
    thread: &Thread,
) -> Result<(), crate::Violation> {
    let conversation = Some(scene.load(session).await?);
    let threads = vec![thread.clone()];
    scene.done(Change { conversation, threads, ..scene.change(now) }).await
}

fn sorted<T: Ord>(pair: [T; 2]) -> Vec<T> {
    let mut all = Vec::from(pair);
    all.sort();
    all
}
