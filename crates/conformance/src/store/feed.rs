//! Feeds: what is read, how far, and what belongs nowhere yet.

use handover_core::event::{Author, Event, Fact, Inbound, Source};
use handover_core::feed::{Cursor, Scope};
use handover_core::job::{LaneOwner, Work};
use handover_core::store::{Change, Commit, Settle};

use super::StoreFixture;
use super::scene::{Scene, at, customer, desk, event_id, reply_thread, settlement, sms, works};
use crate::violation::{Checked, Verdict, Violation, ensure, ensure_eq};

/// However often a feed is poked, one reading waits; a poke during a reading makes the next one.
pub async fn poke_is_one_waiting_pull(fixture: &dyn StoreFixture) -> Checked {
    let scene = Scene::open(fixture).await;
    let one = Scope::Thread("case-1".into());
    for _ in 0..3 {
        poke(&scene, vec![one.clone(), one.clone()]).await?;
    }
    let first = scene.claimed(1).await?;
    ensure_eq!(works(&first), vec![Work::Pull], "what a poke makes");
    ensure_eq!(first.jobs[0].lane.owner, LaneOwner::Feed(one.clone()), "what is to be read");
    scene.idle(1, "pokes before a reading are one reading").await?;

    poke(&scene, vec![one.clone()]).await?;
    poke(&scene, vec![one.clone()]).await?;
    scene.idle(1, "a second reading of a scope waits for the first").await?;
    scene.settle(2, &first).await?;
    let second = scene.claimed(2).await?;
    ensure_eq!(works(&second), vec![Work::Pull], "the reading poked for during another");
    scene.settle(3, &second).await?;
    scene.idle(3, "pokes during a reading are one more reading").await?;

    poke(&scene, vec![one, Scope::Thread("case-2".into()), Scope::All]).await?;
    for what in ["a case", "another case", "everything"] {
        ensure_eq!(scene.work(4).await?, vec![Work::Pull], "the reading of {what}");
    }
    scene.idle(4, "three scopes are three readings").await?;
    Ok(Verdict::Kept)
}

/// A feed's cursor moves with the settlement of its reading, and with nothing else.
pub async fn cursor_moves_with_the_settlement_only(fixture: &dyn StoreFixture) -> Checked {
    let scene = Scene::open(fixture).await;
    let read = |name: &str| Some(Cursor(name.into()));
    ensure_eq!(cursor_of(&scene, 0, None).await?, None, "the cursor before the first reading");
    ensure_eq!(cursor_of(&scene, 1, read("c1")).await?, None, "the cursor, never settled");
    ensure_eq!(cursor_of(&scene, 2, None).await?, read("c1"), "the settled cursor");
    ensure_eq!(cursor_of(&scene, 3, None).await?, read("c1"), "after one that moves nothing");

    // A reading that lost its lease.
    poke(&scene, vec![Scope::All]).await?;
    let lost = scene.claimed(10).await?;
    let live = scene.claimed(80).await?;
    let settle = Some(Settle { cursor: read("c2"), ..settlement(&lost) });
    let commit = scene.commit(Change { settle, ..scene.change(81) }).await?;
    ensure_eq!(commit, Commit::Lost, "a settlement under a lost lease");
    scene.settle(82, &live).await?;
    ensure_eq!(cursor_of(&scene, 83, None).await?, read("c1"), "after a lost settlement");

    // The reading of one case has no cursor, and another feed has its own.
    poke(&scene, vec![Scope::Thread("case-1".into())]).await?;
    let scoped = scene.claimed(90).await?;
    ensure_eq!(scoped.cursor, None, "the cursor of the reading of one case");
    scene.settle(90, &scoped).await?;
    let other = (Source::Channel(sms()), Scope::All);
    scene.done(Change { pokes: vec![other], ..scene.change(91) }).await?;
    let claim = scene.claimed(91).await?;
    ensure_eq!(claim.cursor, None, "the cursor of another feed");
    Ok(Verdict::Kept)
}

/// An event that belongs nowhere yet is kept, is not seen, and comes back once one of its threads
/// is known, until it is handled.
pub async fn unrouted_event_comes_back_when_its_thread_appears(
    fixture: &dyn StoreFixture,
) -> Checked {
    let scene = Scene::open(fixture).await;
    let event = event("m1");
    for _ in 0..2 {
        let unrouted = Some(event.clone());
        scene.done(Change { unrouted, ..scene.change(0) }).await?;
    }
    ensure_eq!(scene.counts().await?.unrouted, 1, "an event stored twice");
    ensure_eq!(due(&scene, 1).await?, vec![], "while its threads are unknown");

    let id = scene.begin(2, "bob", vec![]).await?;
    ensure_eq!(due(&scene, 3).await?, vec![], "when some other thread is known");
    let conversation = Some(scene.load(id).await?);
    let threads = vec![reply_thread("second name")];
    scene.done(Change { conversation, threads, ..scene.change(4) }).await?;
    ensure_eq!(due(&scene, 5).await?, vec![event.clone()], "when one of its threads is known");

    scene.done(Change { event: Some(event.id.clone()), ..scene.change(6) }).await?;
    ensure_eq!(due(&scene, 7).await?, vec![], "after it was handled");
    ensure_eq!(scene.counts().await?.unrouted, 0, "the count after it was handled");
    let again = Change { event: Some(event.id), ..scene.change(8) };
    ensure_eq!(scene.commit(again).await?, Commit::Seen, "once more");
    Ok(Verdict::Kept)
}

async fn due(scene: &Scene, now: i64) -> Result<Vec<Event>, Violation> {
    Ok(scene.store.due(&scene.tenant, at(now), 10).await?.events)
}

/// Reads the desk's feed once and settles with `next`; tells the cursor that the claim carried.
async fn cursor_of(
    scene: &Scene,
    now: i64,
    next: Option<Cursor>,
) -> Result<Option<Cursor>, Violation> {
    poke(scene, vec![Scope::All]).await?;
    let claim = scene.claimed(now).await?;
    let settle = Some(Settle { cursor: next, ..settlement(&claim) });
    scene.done(Change { settle, ..scene.change(now) }).await?;
    Ok(claim.cursor)
}

async fn poke(scene: &Scene, scopes: Vec<Scope>) -> Result<(), Violation> {
    let source = Source::Desk(desk());
    let pokes: Vec<_> = scopes.into_iter().map(|scope| (source.clone(), scope)).collect();
    ensure!(!pokes.is_empty(), "nothing to poke");
    scene.done(Change { pokes, ..scene.change(0) }).await
}

pub(super) fn event(row: &str) -> Event {
    Event {
        id: event_id(row),
        at: at(0),
        source: Source::Channel(sms()),
        threads: vec![reply_thread("first name"), reply_thread("second name")],
        author: Author::Person,
        fact: Fact::Message(Inbound::text(customer("ann"), "hello")),
    }
}
