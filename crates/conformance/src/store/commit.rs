//! What a commit does, and what it refuses.

use handover_core::event::Source;
use handover_core::feed::Scope;
use handover_core::id::EventId;
use handover_core::job::Work;
use handover_core::message::{Delivery, DeliveryState, Update, Updated};
use handover_core::session::Conversation;
use handover_core::store::{Change, Commit, Consent, Settle};

use super::StoreFixture;
use super::scene::{
    Scene, answer, at, case_record, event_id, message, reply_thread, send, settlement, sms, works,
};
use crate::violation::{Checked, Verdict, Violation, ensure_eq};

/// A fact is handled once, however often and however late it comes again.
pub async fn duplicate_is_seen_once(fixture: &dyn StoreFixture) -> Checked {
    let scene = Scene::open(fixture).await;
    let session = scene.session(0, "ann");
    let id = session.id;
    scene.done(Change { event: Some(event_id("m1")), ..scene.opening(0, session) }).await?;
    for now in [0, 1, 30 * 86_400] {
        let conversation = Some(scene.load(id).await?);
        let log = vec![message(2, "hello", now)];
        let again = Change { conversation, log, ..scene.event(now, "m1") };
        let commit = scene.commit(again).await?;
        ensure_eq!(commit, Commit::Seen, "the same event again, at second {now}");
    }
    ensure_eq!(scene.messages(id).await?.len(), 1, "messages after redeliveries");
    scene.done(scene.event(2, "m2")).await?;
    Ok(Verdict::Kept)
}

/// What we wrote ourselves is seen in every version, and nothing else is.
pub async fn own_rows_are_seen_in_every_version(fixture: &dyn StoreFixture) -> Checked {
    let scene = Scene::open(fixture).await;
    let row = EventId::new("desk", "row-1");
    scene.done(Change { own: vec![row.clone()], ..scene.change(0) }).await?;
    for event in [row.clone(), row.version(2), row.version("2026-03-01T12:00:00Z")] {
        let echo = Change { event: Some(event.clone()), ..scene.change(1) };
        let commit = scene.commit(echo).await?;
        ensure_eq!(commit, Commit::Seen, "our own row as {}", event.as_str());
    }
    for event in [EventId::new("desk", "row-10"), EventId::new("desk", "row-2").version(1)] {
        scene.done(Change { event: Some(event), ..scene.change(1) }).await?;
    }
    Ok(Verdict::Kept)
}

/// A change of a conversation that has changed since it was loaded does nothing.
pub async fn conflict_changes_nothing(fixture: &dyn StoreFixture) -> Checked {
    let scene = Scene::open(fixture).await;
    let id = scene.begin(0, "ann", vec![]).await?;
    let first = scene.load(id).await?;
    let mut late = first.clone();
    scene.done(Change { conversation: Some(first), ..scene.change(1) }).await?;
    let before = scene.picture(id, &[reply_thread("bob")]).await?;

    late.session.next_seq = 9;
    let stale = full_change(&scene, late);
    ensure_eq!(scene.commit(stale).await?, Commit::Stale, "a change of an old version");
    scene.picture(id, &[reply_thread("bob")]).await?.is(&before, "after a conflict")?;
    scene.idle(2, "a conflict left work behind").await?;

    let fresh = full_change(&scene, scene.load(id).await?);
    ensure_eq!(scene.commit(fresh).await?, Commit::Done, "the same, decided again");
    Ok(Verdict::Kept)
}

/// A case record has its own version: unchanged it keeps it, changed it gains one, and a change of
/// an old one is stale.
pub async fn case_versions_count_changes_only(fixture: &dyn StoreFixture) -> Checked {
    let scene = Scene::open(fixture).await;
    let id = scene.begin(0, "ann", vec![]).await?;
    scene.edit(1, id, open_case).await?;
    let first = version_of(&scene.load(id).await?)?;
    ensure_eq!(first, 1, "the version of a case stored once");
    scene.edit(2, id, |_| ()).await?;
    let kept = version_of(&scene.load(id).await?)?;
    ensure_eq!(kept, 1, "the version of a case that did not change");
    scene.edit(3, id, |conversation| answered(conversation, "5001")).await?;
    let changed = version_of(&scene.load(id).await?)?;
    ensure_eq!(changed, 2, "the version of a case that changed");

    let mut old = scene.load(id).await?;
    if let Some(case) = &mut old.case {
        case.version = 1;
    }
    answered(&mut old, "5002");
    let stale = scene.commit(Change { conversation: Some(old), ..scene.change(4) }).await?;
    ensure_eq!(stale, Commit::Stale, "a change of an old case record");
    Ok(Verdict::Kept)
}

/// A change that is done is done in every part; one that is refused, in none.
pub async fn commit_is_all_or_nothing(fixture: &dyn StoreFixture) -> Checked {
    let scene = Scene::open(fixture).await;
    let id = scene.begin(0, "ann", vec![send("ann", 1)]).await?;
    let claim = scene.claimed(1).await?;
    let lost = Settle { lease: unused(&claim.lease), ..settlement(&claim) };
    let before = scene.picture(id, &[reply_thread("bob")]).await?;
    let refused = Change { settle: Some(lost), ..full_change(&scene, scene.load(id).await?) };
    ensure_eq!(scene.commit(refused).await?, Commit::Lost, "a settlement without its lease");
    scene.picture(id, &[reply_thread("bob")]).await?.is(&before, "after a refusal")?;

    let settle = Some(settlement(&claim));
    scene.done(Change { settle, ..full_change(&scene, scene.load(id).await?) }).await?;
    let after = scene.load(id).await?;
    ensure_eq!(after.session.version, 2, "the session's version");
    ensure_eq!(version_of(&after)?, 1, "the case's version");
    let messages = scene.messages(id).await?;
    let states: Vec<_> = messages.iter().map(|m| (m.seq, m.deliveries.len())).collect();
    ensure_eq!(states, vec![(1, 0), (2, 1), (3, 0)], "the log with its deliveries");
    let state = messages[1].deliveries.first().map(|delivery| delivery.state);
    ensure_eq!(state, Some(DeliveryState::Sent), "a delivery updated by the change");
    ensure_eq!(scene.ids(&[reply_thread("bob")]).await?, vec![id], "the new name");
    for event in [event_id("full"), event_id("row-1")] {
        let again = Change { event: Some(event), ..scene.change(3) };
        ensure_eq!(scene.commit(again).await?, Commit::Seen, "the event and our own row");
    }
    let mut found = Vec::new();
    while let Some(claim) = scene.claim(3).await? {
        found.extend(works(&claim));
    }
    let wanted = vec![Work::Answer { through: 2 }, Work::Pull];
    ensure_eq!(found, wanted, "the new jobs, without the one that was settled");
    Ok(Verdict::Kept)
}

/// A change that is refused for several reasons is first seen, then lost, then stale.
pub async fn refusals_come_in_order(fixture: &dyn StoreFixture) -> Checked {
    let scene = Scene::open(fixture).await;
    let id = scene.begin(0, "ann", vec![send("ann", 1)]).await?;
    scene.done(scene.event(0, "m1")).await?;
    let stale = scene.load(id).await?;
    scene.edit(1, id, |_| ()).await?;
    let claim = scene.claimed(1).await?;
    scene.settle(1, &claim).await?;

    let all = Change {
        conversation: Some(stale),
        settle: Some(settlement(&claim)),
        ..scene.event(2, "m1")
    };
    ensure_eq!(scene.commit(all.clone()).await?, Commit::Seen, "seen, lost and stale");
    let unseen = Change { event: Some(event_id("m2")), ..all };
    ensure_eq!(scene.commit(unseen.clone()).await?, Commit::Lost, "lost and stale");
    let current = Change { settle: None, ..unseen };
    ensure_eq!(scene.commit(current).await?, Commit::Stale, "stale alone");
    Ok(Verdict::Kept)
}

/// A change in every part, but for a settlement and an unrouted event.
pub(super) fn full_change(scene: &Scene, mut conversation: Conversation) -> Change {
    open_case(&mut conversation);
    conversation.session.next_seq = 4;
    let mut sent = message(2, "how can we help?", 2);
    sent.deliveries = vec![Delivery::pending()];
    let delivery = Delivery { state: DeliveryState::Sent, ..Delivery::pending() };
    Change {
        conversation: Some(conversation),
        log: vec![sent, message(3, "with this", 2)],
        updates: vec![Update { seq: 2, what: Updated::Delivery { part: 0, delivery } }],
        threads: vec![reply_thread("bob")],
        own: vec![event_id("row-1")],
        consent: vec![Consent {
            channel: sms(),
            address: "+15550009999".into(),
            allowed: false,
            at: at(2),
            source: "STOP".into(),
        }],
        jobs: vec![answer("ann", 2)],
        pokes: vec![(Source::Channel(sms()), Scope::All)],
        ..scene.event(2, "full")
    }
}

fn open_case(conversation: &mut Conversation) {
    let case = case_record("ann");
    conversation.session.case = Some(case.id);
    conversation.session.cases = 1;
    conversation.case = Some(case);
}

fn answered(conversation: &mut Conversation, owner: &str) {
    if let Some(case) = &mut conversation.case {
        case.opened = true;
        case.case.owner = Some(owner.into());
    }
}

fn version_of(conversation: &Conversation) -> Result<u64, Violation> {
    let case = conversation.case.as_ref();
    case.map(|case| case.version).ok_or_else(|| Violation::new("a stored case is not loaded"))
}

/// A lease that was never given out.
fn unused(lease: &handover_core::store::Lease) -> handover_core::store::Lease {
    let token = lease.token.wrapping_add(1_000_000);
    handover_core::store::Lease { tenant: lease.tenant.clone(), token }
}
