use handover_core::desk::{CaseStatus, Desk as _, Entry, EntryOutcome, Opening};
use handover_core::event::Fact;
use handover_core::id::Key;
use handover_core::message::Speaker;
use handover_core::thread::Thread;
use handover_front::ChannelApi;
use handover_front::ids::{self};
use handover_sim::front::{Hook, Status};
use secrecy::SecretString;

use crate::world::{
    APP_KEY, CUSTOMER, HOOK, World, about, builder, desk, handoff, note, reply, session,
};

#[tokio::test]
async fn a_conversation_of_our_own_channel_is_worked_in_front() {
    let hook = "https://relay.example/desks/front/channel";
    let sim = builder()
        .application("app_uid", "app-secret")
        .inbox("inb_own", "Own numbers")
        .partner_channel("cha_own", "inb_own", hook)
        .build();
    let channel = ids::ChannelId::new("cha_own").unwrap();
    let api = ChannelApi::new("app_uid", vec![SecretString::from("app-secret")], channel).unwrap();
    let world = World::new(sim, desk().with_channel_api(api).with_tags(["handed-off".to_owned()]));
    let opening = Opening {
        key: Key::open(session(), 0),
        about: about(),
        at: world.now(),
        contact: None,
        parent: None,
    };
    let first = world.attempt(opening.key, 1);
    let case = world.front.open(&opening, &first).await.unwrap();
    let said = |seq, author, text: &str| Entry { author, at: world.now(), ..note(seq, text) };
    let entries = [
        said(1, Speaker::Customer, "I want to talk to a human"),
        said(2, Speaker::Assistant, "One moment."),
        said(3, Speaker::Relay, "Summary: wants a person"),
    ];
    let appended = world.front.append(&case, &about(), &entries, &first).await.unwrap();
    assert_eq!(appended.outcomes, vec![EntryOutcome::Written; 3]);
    let case = appended.case;
    // Twice is once.
    world.front.append(&case, &about(), &entries, &world.attempt(opening.key, 2)).await.unwrap();
    let case = world.front.hand_off(&case, &handoff(), &first).await.unwrap();
    let conversations = world.sim.conversations();
    let [conversation] = &conversations[..] else { panic!("{conversations:?}") };
    let alias = format!("partner:{}", conversation.id);
    assert_eq!(case.alias.as_deref(), Some(alias.as_str()));
    assert_eq!(world.sim.messages(&conversation.id).len(), 2);
    assert_eq!(world.sim.comments(&conversation.id).len(), 1);
    assert_eq!(world.sim.tags(&conversation.id), ["handed-off"]);
    world.events();
    // A rep answers: we deliver it, and Front is told our name for it.
    world.sim.teammate_replies(&conversation.id, "tea_rep", "Rita here", world.now());
    let events = world.events();
    let [event] = &events[..] else { panic!("{events:?}") };
    assert_eq!(event.threads, [Thread::case(world.front.id(), case.reference.clone())]);
    assert_eq!((reply(event).text.as_str(), reply(event).delivered), ("Rita here", false));
    assert_eq!(world.sim.phone(CUSTOMER), ["Rita here"]);
    // Archived there, it is resolved here.
    world.sim.hook(Hook::application(HOOK, APP_KEY));
    world.sim.teammate_archives(&conversation.id, "tea_rep", world.now());
    let events = world.events();
    assert_eq!(events[0].fact, Fact::CaseStatus(CaseStatus::Resolved));
    assert!(events[0].threads.contains(&Thread::case(world.front.id(), alias)));
    // It did not arrive after all: that stands at the reply, and the conversation is open again.
    let failed = Entry { undelivered: Some(event.id.clone()), ..note(5, "It did not arrive.") };
    world.front.append(&case, &about(), &[failed], &first).await.unwrap();
    let reply = world.sim.messages(&conversation.id).pop().unwrap();
    assert_eq!(reply.error(world.now()), Some("It did not arrive."));
    assert_eq!(world.sim.conversation(&conversation.id).unwrap().status, Status::Open);
    assert_eq!(world.sim.comments(&conversation.id).len(), 1);
}
