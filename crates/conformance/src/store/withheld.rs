//! What must not be said any more.

use handover_core::event::Holder;
use handover_core::id::ChannelId;
use handover_core::job::{Destination, Withheld};
use handover_core::store::{Change, Commit, Consent, Deferral};

use super::StoreFixture;
use super::scene::{
    Scene, answer, append, at, customer, reply_thread, send, served, session_id, sms, works,
};
use crate::violation::{Checked, Verdict, Violation, ensure_eq};

/// What the assistant was to say in an earlier epoch is withheld, and its lane goes on.
pub async fn stale_fence_is_withheld(fixture: &dyn StoreFixture) -> Checked {
    let scene = Scene::open(fixture).await;
    let jobs = vec![
        send("ann", 1).fenced(0),
        send("ann", 2).fenced(0),
        send("ann", 3),
        answer("ann", 1).fenced(0),
    ];
    let id = scene.begin(0, "ann", jobs).await?;
    withheld(&scene, 0, None, "a send in its own epoch").await?;
    scene.edit(1, id, |one| one.session.control.give(Holder::Person)).await?;
    withheld(&scene, 2, Some(Withheld::Overtaken), "a send of an earlier epoch").await?;
    withheld(&scene, 2, None, "a send that is not the assistant's").await?;
    withheld(&scene, 2, Some(Withheld::Overtaken), "an answer of an earlier epoch").await?;
    scene.queue(3, id, vec![send("ann", 4).fenced(1)]).await?;
    withheld(&scene, 3, None, "a send in the epoch that is now").await?;
    Ok(Verdict::Kept)
}

/// Whoever writes, a send to a recipient who opted out is withheld, as of the claim; nothing else
/// is, on no other channel, and not after the recipient has opted in again.
pub async fn opted_out_is_withheld_in_the_claim(fixture: &dyn StoreFixture) -> Checked {
    let scene = Scene::open(fixture).await;
    let jobs = vec![
        send("ann", 1).fenced(0),
        send("ann", 2),
        send("ann", 3),
        answer("ann", 1),
        append("ann", 1),
    ];
    scene.begin(0, "ann", jobs).await?;
    // The same customer, writing to another of our numbers.
    let mut other = scene.session(0, "ann elsewhere");
    other.reply_thread = reply_thread("ann elsewhere");
    other.customer = customer("ann");
    let jobs = vec![send("ann elsewhere", 1)];
    scene.done(Change { jobs, ..scene.opening(0, other) }).await?;
    scene.begin(0, "bob", vec![send("bob", 1)]).await?;

    let elsewhere = ChannelId::new("widget").map_err(|_| Violation::new("a plain name"))?;
    say(&scene, 1, elsewhere, false).await?;
    let ann = session_id("ann");
    let lane = vec![served(Destination::Channel(sms()), "sms")];
    let free = scene.claimed_of(&lane, 1).await?;
    ensure_eq!(free.withheld, None, "a send on a channel without an opt-out");
    scene.defer(Deferral::release(free.lease, at(1))).await?;

    say(&scene, 2, sms(), false).await?;
    let mut found = Vec::new();
    while let Some(claim) = scene.claim(3).await? {
        found.push((claim.jobs[0].session, works(&claim)[0].name(), claim.withheld));
        scene.settle(3, &claim).await?;
    }
    found.sort_by_key(|(session, work, _)| (*work, *session != Some(ann), *session));
    let (elsewhere, bob) = (session_id("ann elsewhere"), session_id("bob"));
    let out = Some(Withheld::OptedOut);
    let mut wanted = vec![
        (Some(ann), "answer", None),
        (Some(ann), "append", None),
        (Some(ann), "send", out),
        (Some(ann), "send", out),
        (Some(ann), "send", out),
        (Some(elsewhere), "send", out),
        (Some(bob), "send", None),
    ];
    wanted.sort_by_key(|(session, work, _)| (*work, *session != Some(ann), *session));
    ensure_eq!(found, wanted, "what is withheld from a recipient who opted out");

    say(&scene, 4, sms(), true).await?;
    scene.queue(5, ann, vec![send("ann", 4)]).await?;
    withheld(&scene, 5, None, "a send after the recipient came back").await?;
    Ok(Verdict::Kept)
}

/// Claims one job, sees whether it is withheld, and settles it.
async fn withheld(
    scene: &Scene,
    now: i64,
    wanted: Option<Withheld>,
    what: &str,
) -> Result<(), Violation> {
    let claim = scene.claimed(now).await?;
    ensure_eq!(claim.withheld, wanted, "{what} ({:?})", works(&claim));
    ensure_eq!(scene.settle(now, &claim).await?, Commit::Done, "the settlement of {what}");
    Ok(())
}

/// What Ann says about being written to on a channel.
async fn say(scene: &Scene, now: i64, channel: ChannelId, allowed: bool) -> Result<(), Violation> {
    let address = customer("ann").value;
    let source = if allowed { "START" } else { "STOP" }.into();
    let consent = vec![Consent { channel, address, allowed, at: at(now), source }];
    scene.done(Change { consent, ..scene.change(now) }).await
}
