use handover_core::desk::{Case, Desk, EntryOutcome};
use handover_core::event::Fact;
use handover_core::feed::{Feed, Scope};
use handover_core::identity::{Identity, Proof};
use handover_core::message::Speaker;
use handover_sim::Fault;
use http::Method;

use crate::testing::{World, about, attempt, desk_config, desk_on, entry, opening, world_with};
use crate::{EntryMode, ReplyRule, ids};

fn world(mode: EntryMode) -> World {
    let rule = ReplyRule::new(vec!["Email".to_owned(), "Task".to_owned()]).unwrap();
    let config = desk_config().with_entry_mode(about().channel, mode).with_reply_rule(rule);
    world_with(config)
}

async fn transcript(world: &World, customer: Identity) -> Case {
    let about = handover_core::desk::About { customer, ..about() };
    let opening = handover_core::desk::Opening { about: about.clone(), ..opening() };
    let case = world.desk.open(&opening, &attempt(opening.key)).await.unwrap();
    let entries = [
        entry(1, Speaker::Customer, "<b>Where</b> is it?"),
        entry(2, Speaker::Assistant, "On its way."),
        entry(3, Speaker::Relay, "Handed over."),
    ];
    for _ in 0..2 {
        let key = attempt(entries[2].key);
        let outcomes = world.desk.append(&case, &about, &entries, &key).await.unwrap().outcomes;
        assert_eq!(outcomes, vec![EntryOutcome::Written; 3]);
    }
    case
}

fn mail() -> Identity {
    Identity::new(Identity::EMAIL, "ann@example.com", Proof::ChannelProven)
}

#[tokio::test]
async fn mails_stand_in_the_conversation_and_none_is_left_to_be_sent() {
    for (customer, sender, recipient) in [
        (mail(), "ann@example.com <ann@example.com>", "ann@example.com"),
        (about().customer, "", ""),
    ] {
        let world = world(EntryMode::Email);
        let case = transcript(&world, customer).await;
        let id = case.reference.parse().unwrap();
        let rows = world.sim.activities(id);
        assert_eq!(rows.len(), 3);
        let (first, second, note) = (&rows[0], &rows[1], &rows[2]);
        assert_eq!((first.shown("Type"), first.shown("MessageType")), ("Email", "Incoming"));
        assert_eq!(second.shown("MessageType"), "Outgoing");
        assert_eq!((first.text("Sender"), second.text("Recepient")), (sender, recipient));
        for row in [first, second] {
            assert_eq!(row.shown("EmailSendStatus"), "Sent");
            assert_eq!(row.date("SendDate"), row.date("StartDate"));
            assert!(!row.flag("IsHtmlBody"));
        }
        assert_eq!(first.text("Body"), "<b>Where</b> is it?");
        assert_eq!(first.date("SendDate"), Some(entry(1, Speaker::Customer, "").at));
        assert_eq!(note.shown("Type"), "Task", "what the relay tells people is no mail");
        assert_eq!(world.sim.records("CaseMessageHistory").len(), 2);
        // None of them comes back, also in a process that does not know yet who it is.
        let fresh = desk_on(&world.sim, &world.time, world.desk.config().clone());
        for desk in [&world.desk, &fresh] {
            let page = desk.pull(&Scope::Thread(case.reference.clone()), None).await.unwrap();
            assert!(!page.events.iter().any(|event| matches!(event.fact, Fact::Reply(_))));
        }
    }
}

#[tokio::test]
async fn an_incoming_mail_names_the_contact_of_the_case() {
    let world = world(EntryMode::Email);
    let contact = world.sim.add_contact("Ann", "", "ann@example.com", world.time.now());
    let mut opening = opening();
    opening.contact = Some(contact.to_string().into());
    let case = world.desk.open(&opening, &attempt(opening.key)).await.unwrap();
    let entries = [entry(1, Speaker::Customer, "hello")];
    let key = attempt(entries[0].key);
    world.desk.append(&case, &opening.about, &entries, &key).await.unwrap();
    let row = world.sim.record("Activity", entries[0].key.uuid()).unwrap();
    assert_eq!(row.guid("ContactId"), Some(contact));
}

#[tokio::test]
async fn a_feed_message_stands_on_the_case_and_is_escaped() {
    let world = world(EntryMode::Feed);
    let case = transcript(&world, about().customer).await;
    assert!(world.sim.activities(case.reference.parse().unwrap()).is_empty());
    let rows = world.sim.records("SocialMessage");
    assert_eq!(rows.len(), 3);
    let first = &rows[0];
    assert_eq!(first.guid("EntityId").unwrap().to_string(), &*case.reference);
    assert_eq!(first.guid("EntitySchemaUId"), Some(ids::CASE_SCHEMA));
    assert!(first.text("Message").contains("#1 Customer, 2026-11-20 09:00:00 UTC"));
    assert!(first.text("Message").contains("&lt;b&gt;Where&lt;/b&gt; is it?"));
}

#[tokio::test]
async fn a_lost_answer_doubles_nothing_in_any_mode() {
    for mode in [EntryMode::Email, EntryMode::Feed, EntryMode::Task] {
        let world = world(mode);
        let case = world.desk.open(&opening(), &attempt(opening().key)).await.unwrap();
        let entries = [entry(1, Speaker::Customer, "a"), entry(2, Speaker::Assistant, "b")];
        let fault = handover_sim::Rule::new(Fault::DropAfterWrite).method(Method::POST);
        world.sim.faults().add(fault.path("$batch").once());
        let key = attempt(entries[1].key);
        for _ in 0..3 {
            world.desk.append(&case, &about(), &entries, &key).await.ok();
        }
        let table = if mode == EntryMode::Feed { "SocialMessage" } else { "Activity" };
        assert_eq!(world.sim.records(table).len(), 2, "{mode:?}");
    }
}
