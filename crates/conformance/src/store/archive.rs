//! What people read.

use handover_core::message::{Delivery, DeliveryState, Update, Updated};
use handover_core::store::Change;

use super::StoreFixture;
use super::scene::{Scene, at, event_id, message, resolve};
use crate::violation::{Checked, Verdict, Violation, ensure_eq};

/// How far a message got never goes back, unless a person decides it.
pub async fn receipts_never_go_back(fixture: &dyn StoreFixture) -> Checked {
    let scene = Scene::open(fixture).await;
    let mut session = scene.session(0, "ann");
    session.next_seq = 2;
    let id = session.id;
    let mut sent = message(1, "how can we help?", 0);
    sent.deliveries = vec![Delivery::pending(), Delivery::pending()];
    scene.done(Change { log: vec![sent], ..scene.opening(0, session) }).await?;

    let known = |state, id: Option<&str>| Delivery {
        state,
        provider_id: id.map(Into::into),
        ..Delivery::pending()
    };
    let reports = [
        (known(DeliveryState::Accepted, Some("SM1")), DeliveryState::Accepted),
        (known(DeliveryState::Delivered, None), DeliveryState::Delivered),
        (known(DeliveryState::Sent, Some("SM2")), DeliveryState::Delivered),
        (known(DeliveryState::Failed, None), DeliveryState::Delivered),
    ];
    for (now, (delivery, wanted)) in (1..).zip(reports) {
        let what = Updated::Delivery { part: 0, delivery };
        let found = update(&scene, now, id, what).await?;
        ensure_eq!(found[0].state, wanted, "after report {now}");
        ensure_eq!(found[0].provider_id.as_deref(), Some("SM1"), "the provider's id");
        ensure_eq!(found[1].state, DeliveryState::Pending, "the other part");
    }
    let decided = |part| Updated::Decided { part, delivery: known(DeliveryState::Failed, None) };
    let found = update(&scene, 9, id, decided(0)).await?;
    ensure_eq!(found[0].state, DeliveryState::Delivered, "told by the provider before a person's");
    let found = update(&scene, 10, id, decided(1)).await?;
    ensure_eq!(found[1].state, DeliveryState::Failed, "after a person's decision");
    Ok(Verdict::Kept)
}

/// A log is read page by page, oldest first, and a message is found by its event.
pub async fn transcript_pages(fixture: &dyn StoreFixture) -> Checked {
    let scene = Scene::open(fixture).await;
    let mut session = scene.session(0, "ann");
    session.next_seq = 6;
    let id = session.id;
    let mut log: Vec<_> = (1..=5).map(|seq| message(seq, &format!("text {seq} 🙂"), 0)).collect();
    log[2].event = Some(event_id("m3"));
    let wanted = log.clone();
    scene.done(Change { log, ..scene.opening(0, session) }).await?;
    scene.begin(0, "bob", vec![]).await?;

    ensure_eq!(scene.messages(id).await?, wanted, "the whole log");
    let pages = [(0, 2, &wanted[..2]), (2, 2, &wanted[2..4]), (4, 2, &wanted[4..]), (5, 2, &[])];
    for (after, limit, wanted) in pages {
        let page = scene.store.messages(&scene.tenant, id, after, limit).await?;
        ensure_eq!(page, wanted, "{limit} messages after {after}");
    }
    let found = scene.store.message_of(&scene.tenant, &event_id("m3")).await?;
    ensure_eq!(found, Some((id, wanted[2].clone())), "a message by its event");
    let found = scene.store.message_of(&scene.tenant, &event_id("m4")).await?;
    ensure_eq!(found, None, "a message by an unknown event");
    Ok(Verdict::Kept)
}

/// Sessions are listed newest first, all or the open ones, page by page.
pub async fn sessions_are_listed_newest_first(fixture: &dyn StoreFixture) -> Checked {
    let scene = Scene::open(fixture).await;
    let mut ids = Vec::new();
    for (now, name) in [(1, "ann"), (2, "bob"), (3, "cleo")] {
        ids.push(scene.begin(now, name, vec![]).await?);
    }
    scene.edit(4, ids[1], |one| resolve(one, 4)).await?;
    let [ann, bob, cleo] = ids[..] else { return Err(Violation::new("three sessions")) };
    let lists = [
        (false, None, 10, vec![cleo, bob, ann]),
        (true, None, 10, vec![cleo, ann]),
        (false, None, 2, vec![cleo, bob]),
        (false, Some(at(2)), 10, vec![ann]),
    ];
    for (open_only, before, limit, wanted) in lists {
        let found = scene.store.sessions(&scene.tenant, open_only, before, limit).await?;
        let found: Vec<_> = found.into_iter().map(|session| session.id).collect();
        ensure_eq!(found, wanted, "open only: {open_only}, before: {before:?}, limit: {limit}");
    }
    ensure_eq!(scene.counts().await?.open_sessions, 2, "the count of open sessions");
    Ok(Verdict::Kept)
}

/// Updates the first message of a session and tells its deliveries.
async fn update(
    scene: &Scene,
    now: i64,
    session: handover_core::id::SessionId,
    what: Updated,
) -> Result<Vec<Delivery>, Violation> {
    let conversation = Some(scene.load(session).await?);
    let updates = vec![Update { seq: 1, what }];
    scene.done(Change { conversation, updates, ..scene.change(now) }).await?;
    let messages = scene.messages(session).await?;
    let found = messages.into_iter().next().map(|message| message.deliveries).unwrap_or_default();
    ensure_eq!(found.len(), 2, "the parts of a message");
    Ok(found)
}
