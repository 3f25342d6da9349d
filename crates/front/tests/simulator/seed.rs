use handover_core::channel::Channel as _;
use handover_core::desk::{Case, CaseStatus, Desk as _, EntryOutcome};
use handover_core::directory::Directory as _;
use handover_core::event::{Author, Event, Fact, Holder, Report};
use handover_core::id::Key;
use handover_core::message::DeliveryState;
use handover_sim::front::{Hook, Status};

use crate::world::{
    APP_KEY, CUSTOMER, HOOK, World, about, builder, desk, handoff, inbound, note, outbound, reply,
    session,
};

#[tokio::test]
async fn the_seed_page_line_by_line() {
    let sim = builder().assign_new_to("tea_ai").build();
    sim.hook(Hook::application(HOOK, APP_KEY));
    let world = World::new(sim, desk().with_tags(["handed-off".to_owned()]));
    // The text reaches Front and the webhook; the number is the sender's.
    let cnv = world.texts("Where is my parcel?");
    let events = world.events();
    let first = events.iter().find(|event| matches!(event.fact, Fact::Message(_))).unwrap();
    assert_eq!(inbound(first).from, outbound(&cnv, 1, "").to);
    // The AI's reply is sent whole, as the AI teammate, and reaches the phone.
    let long = "It is on its way. ".repeat(120);
    let receipt = world.channel.send(&outbound(&cnv, 2, long.trim())).await.unwrap();
    assert_eq!(receipt.delivery.state, DeliveryState::Accepted);
    assert_eq!(world.sim.phone(CUSTOMER), [long.trim()]);
    assert_eq!(world.sim.conversation(&cnv).unwrap().status, Status::Open);
    // Its echo is a receipt, and nobody's reply.
    let echoes = world.events();
    assert!(echoes.iter().all(|event| matches!(
        &event.fact,
        Fact::Receipt(Report { delivery, .. }) if delivery.state == DeliveryState::Sent
    )));
    assert_eq!(echoes.len(), 1);
    // The customer asks for a person: a comment with summary and sentiment, and nobody has it.
    world.texts("I want to talk to a human");
    let case = Case::new(cnv.as_str());
    let summary = "Handed over: the customer asked for a person.\nSummary: parcel\nSentiment: calm";
    let notes = [note(5, summary)];
    let outcomes =
        world.front.append(&case, &about(), &notes, &world.attempt(notes[0].key, 1)).await;
    assert_eq!(outcomes.unwrap().outcomes, [EntryOutcome::Written]);
    world.front.hand_off(&case, &handoff(), &world.attempt(handoff().key, 1)).await.unwrap();
    assert_eq!(world.given_to(&cnv), None);
    assert_eq!(world.sim.tags(&cnv), ["handed-off"]);
    let comments = world.sim.comments(&cnv);
    assert!(
        comments[0].body.contains("Summary: parcel")
            && comments[0].body.contains("Sentiment: calm")
    );
    assert!(comments[0].body.contains("https://relay.example/sessions/7"));
    let nobody =
        |event: &Event| event.fact == Fact::Assigned { holder: Holder::Nobody, owner: None };
    assert!(world.events().iter().any(nobody));
    // The AI has nothing more to say there.
    world.texts("Hello?");
    let events = world.events();
    assert_eq!(inbound(&events[0]).hosted.as_ref().unwrap().holder, Holder::Nobody);
    // A rep's reply reaches the phone by Front itself, and is recorded as delivered.
    world.sim.teammate_replies(&cnv, "tea_rep", "Rita here", world.now());
    assert_eq!(world.sim.phone(CUSTOMER)[1], "Rita here");
    let events = world.events();
    let said = events.iter().find(|event| matches!(event.fact, Fact::Reply(_))).unwrap();
    assert_eq!((said.author, reply(said).delivered), (Author::Person, true));
    assert_eq!(
        (reply(said).text.as_str(), reply(said).author.as_deref()),
        ("Rita here", Some("Rita Rep"))
    );
    // Archived is resolved.
    world.sim.teammate_archives(&cnv, "tea_rep", world.now());
    let events = world.events();
    assert!(events.iter().any(|event| event.fact == Fact::CaseStatus(CaseStatus::Resolved)));
    // The number is a contact.
    let key = Key::contact(handover_core::id::ContactId(session().0));
    let made = world.front.create(&about().customer, None, &key).await.unwrap();
    assert_eq!(world.front.lookup(&about().customer).await.unwrap(), [made]);
}
