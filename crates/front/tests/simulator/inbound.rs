use bytes::Bytes;
use chrono::TimeDelta;
use handover_core::channel::Channel as _;
use handover_core::feed::{Feed as _, Scope};
use handover_core::webhook::Webhook as _;
use handover_sim::front::{Attachment, Front as Sim, Hook};

use crate::world::{APP_KEY, CUSTOMER, HOOK, RULE_SECRET, TOKEN, World, desk, inbound};

#[tokio::test]
async fn pictures_are_downloaded_with_the_token() {
    let world = World::usual();
    let photo = Attachment::new("photo.jpg", "image/jpeg", Bytes::from_static(b"jpeg"));
    world.sim.customer_texts(CUSTOMER, "", &[photo], world.now());
    let events = world.events();
    let [file] = &inbound(&events[0]).files[..] else { panic!("{events:?}") };
    assert_eq!(
        (file.name.as_deref(), file.media_type.as_deref()),
        (Some("photo.jpg"), Some("image/jpeg"))
    );
    let body = world.channel.fetch(&file.reference, 100).await.unwrap();
    assert_eq!(body.bytes(100).await.unwrap(), "jpeg");
}

#[tokio::test]
async fn previews_and_whole_events_by_both_kinds_tell_the_same() {
    for hook in [Hook::application(HOOK, APP_KEY), Hook::rule(HOOK, RULE_SECRET)] {
        let sim = Sim::new(TOKEN);
        sim.hook(hook);
        let world = World::new(sim, desk());
        let cnv = world.texts("Hello");
        let hooked = world.events();
        let page = world.front.pull(&Scope::Thread(cnv.into()), None).await.unwrap();
        assert_eq!(hooked.len(), 1);
        assert_eq!(page.events.iter().map(|e| &e.id).collect::<Vec<_>>(), [&hooked[0].id]);
        assert_eq!(inbound(&page.events[0]), inbound(&hooked[0]));
    }
    let sim = Sim::new(TOKEN);
    sim.hook(Hook::rule(HOOK, RULE_SECRET).preview());
    let world = World::new(sim, desk());
    let cnv = world.texts("Hello");
    let outgoing = world.sim.take_webhooks().remove(0);
    let received = world.front.receive(&outgoing.request, world.now()).unwrap();
    assert_eq!(received.pokes, [Scope::Thread(cnv.into()), Scope::All]);
    for scope in received.pokes {
        let page = world.front.pull(&scope, None).await.unwrap();
        assert_eq!(inbound(&page.events[0]).text, "Hello", "{scope:?}");
    }
}

#[tokio::test]
async fn a_new_webhook_proves_itself() {
    let world = World::new(Sim::new(TOKEN), desk());
    world.sim.save_hook(Hook::application(HOOK, APP_KEY), "challenge-1", world.now());
    assert!(world.events().is_empty());
    assert!(world.sim.is_saved(HOOK));
}

#[tokio::test]
async fn what_no_webhook_told_is_found_by_the_feed() {
    let world = World::new(Sim::new(TOKEN), desk());
    let mut place = world.front.pull(&Scope::All, None).await.unwrap().next;
    for n in 0..40 {
        world.texts(&format!("text {n}"));
    }
    let mut texts = Vec::new();
    let mut pages = 0;
    loop {
        let page = world.front.pull(&Scope::All, place.as_ref()).await.unwrap();
        texts.extend(page.events.iter().map(|event| inbound(event).text.clone()));
        (place, pages) = (page.next, pages + 1);
        if !page.more {
            break;
        }
    }
    let expected: Vec<String> = (0..40).map(|n| format!("text {n}")).collect();
    assert_eq!((texts, pages), (expected, 3));
    // The next pull says the last minute again, and nothing older.
    world.pass(TimeDelta::minutes(5));
    world.texts("later");
    let mut texts = Vec::new();
    loop {
        let page = world.front.pull(&Scope::All, place.as_ref()).await.unwrap();
        texts.extend(page.events.iter().map(|event| inbound(event).text.clone()));
        place = page.next;
        if !page.more {
            break;
        }
    }
    assert_eq!(texts.last().map(String::as_str), Some("later"));
    world.pass(TimeDelta::minutes(20));
    let place = world.front.pull(&Scope::All, place.as_ref()).await.unwrap().next;
    assert!(world.front.pull(&Scope::All, place.as_ref()).await.unwrap().events.is_empty());
}
