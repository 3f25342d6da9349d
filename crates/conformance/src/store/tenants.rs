//! Tenants.

use handover_core::archive::{Counts, Jobs};
use handover_core::event::Source;
use handover_core::feed::Scope;
use handover_core::id::SessionId;
use handover_core::message::{Copy, File};
use handover_core::store::{Change, Commit, Consent, Deferral, Due, Lease, Pause, Settle};
use handover_core::thread::Thread;

use super::StoreFixture;
use super::scene::{
    LEASE, Scene, account, at, customer, desk, event_id, everything, message, reply_thread, send,
    sending, session_id, settlement, sms, works,
};
use crate::violation::{Checked, Verdict, Violation, ensure, ensure_eq};

/// Two tenants with equal names, numbers and ids never meet.
pub async fn tenants_never_meet(fixture: &dyn StoreFixture) -> Checked {
    let ours = Scene::open(fixture).await;
    let theirs = ours.of("globex");
    let id = furnish(&ours).await?;
    sees_nothing(&theirs, id).await?;

    // The same names and ids are new to the other tenant.
    ensure_eq!(furnish(&theirs).await?, id, "equal ids");
    let mut conversation = theirs.load(id).await?;
    ensure_eq!(conversation.session.tenant, theirs.tenant, "whose session it is");
    conversation.session.control.revoke();
    theirs.done(Change { conversation: Some(conversation), ..theirs.change(2) }).await?;
    ensure_eq!(ours.load(id).await?.session.version, 1, "our session after their change");

    // A lease of ours, forged into theirs.
    let claim = ours.claimed(3).await?;
    ensure_eq!(works(&claim), vec![sending(1)], "our first work");
    let lease = Lease { tenant: theirs.tenant.clone(), token: claim.lease.token };
    let settle = Settle { lease: lease.clone(), ..settlement(&claim) };
    let forged = theirs.commit(Change { settle: Some(settle), ..theirs.change(3) }).await?;
    ensure_eq!(forged, Commit::Lost, "a settlement under another tenant's lease");
    let deferred = theirs.defer(Deferral::release(lease, at(3))).await?;
    ensure_eq!(deferred, Commit::Lost, "a deferral under another tenant's lease");

    // Our pause, our parked job, and our forgetting are ours alone.
    let pause = Pause { account: account("sms"), until: None, reason: "login".into() };
    let parked = Some("login".into());
    let hold = Deferral {
        parked: true,
        reason: parked,
        pause: Some(pause),
        ..ours.back_off(&claim, 3, 3)
    };
    ours.defer(hold).await?;
    ensure_eq!(theirs.store.pauses(&theirs.tenant).await?, vec![], "their pauses");
    ensure_eq!(theirs.jobs(Jobs::Parked).await?, vec![], "their parked work");
    let replayed = theirs.store.replay(&theirs.tenant, claim.jobs[0].id, at(4)).await?;
    ensure!(!replayed, "another tenant took up our parked work");
    theirs.store.resume(&theirs.tenant, &account("sms")).await?;
    ensure_eq!(ours.store.pauses(&ours.tenant).await?.len(), 1, "our pauses");
    ensure_eq!(works(&theirs.claimed(4).await?), vec![sending(1)], "their work goes on");

    ours.store.forget(&ours.tenant, id).await?;
    ours.store.forget_before(&ours.tenant, at(1000), 10).await?;
    ensure_eq!(theirs.messages(id).await?.len(), 1, "their messages after our forgetting");
    ensure_eq!(theirs.ids(&[reply_thread("ann")]).await?, vec![id], "their session");
    Ok(Verdict::Kept)
}

/// A session with everything beside it; the same in every tenant.
async fn furnish(scene: &Scene) -> Result<SessionId, Violation> {
    let mut session = scene.session(0, "ann");
    session.wake = Some(at(1));
    let id = session.id;
    let mut first = message(1, "hello", 0);
    first.event = Some(event_id("m1"));
    let stored = Copy::Stored("picture".into());
    first.files = vec![File { copy: stored, ..File::new("https://files.example/1", None) }];
    let change = Change {
        log: vec![first],
        own: vec![event_id("row-1")],
        jobs: vec![send("ann", 1)],
        pokes: vec![(Source::Desk(desk()), Scope::All)],
        consent: vec![Consent {
            channel: sms(),
            address: customer("bob").value,
            allowed: false,
            at: at(0),
            source: "STOP".into(),
        }],
        event: Some(event_id("m1")),
        ..scene.opening(0, session)
    };
    scene.done(change).await?;
    Ok(id)
}

/// Nothing of another tenant can be read, claimed or run into.
async fn sees_nothing(scene: &Scene, id: SessionId) -> Result<(), Violation> {
    let Scene { store, tenant } = scene;
    let names = [Thread::session(id), reply_thread("ann")];
    ensure_eq!(scene.ids(&names).await?, vec![], "another tenant's session");
    ensure_eq!(scene.messages(id).await?, vec![], "another tenant's messages");
    let found = store.message_of(tenant, &event_id("m1")).await?;
    ensure_eq!(found, None, "another tenant's message by its event");
    ensure_eq!(store.sessions(tenant, false, None, 10).await?, vec![], "their sessions");
    ensure_eq!(scene.jobs(Jobs::Session(id)).await?, vec![], "another tenant's jobs");
    ensure_eq!(store.contacts(tenant, &customer("ann")).await?, vec![], "their contacts");
    ensure_eq!(scene.counts().await?, Counts::default(), "the counts of an empty tenant");
    ensure_eq!(store.due(tenant, at(9), 10).await?, Due::default(), "what is due");
    let claim = store.claim(tenant, &everything(), at(9), LEASE).await?;
    ensure_eq!(claim, None, "another tenant's work");
    // What they saw and wrote is new here, and who opted out there may be written to here.
    let mut probe = scene.session(0, "bob");
    probe.id = session_id("probe");
    let jobs = vec![send("probe", 1)];
    let change = Change { jobs, ..scene.opening(0, probe) };
    scene.done(Change { event: Some(event_id("row-1")), ..change }).await?;
    let claim = scene.claimed(0).await?;
    ensure_eq!(claim.withheld, None, "a send to who opted out at another tenant");
    store.forget(tenant, session_id("probe")).await?;
    Ok(())
}
