use handover_core::directory::Directory;
use handover_core::error::ErrorKind;
use handover_core::id::{ContactId, Key, TenantId};
use handover_core::identity::{Identity, Proof};
use handover_sim::{Fault, Rule};
use http::Method;
use serde_json::json;

use crate::testing::{NUMBER, World, world};

fn tel() -> Identity {
    Identity::tel(NUMBER, Proof::ChannelProven).unwrap()
}

fn mailbox(value: &str) -> Identity {
    Identity::new(Identity::EMAIL, value, Proof::Verified)
}

fn key() -> Key {
    let tenant = TenantId::new("acme").unwrap();
    Key::contact(ContactId::derive(&tenant, Identity::TEL, NUMBER))
}

async fn found(world: &World, identity: &Identity) -> Vec<String> {
    let contacts = world.desk.lookup(identity).await.unwrap();
    contacts.into_iter().filter_map(|contact| contact.name).collect()
}

#[tokio::test]
async fn a_number_is_found_however_it_was_entered_with_its_country_code() {
    for entered in ["+15551234567", "+1 (555) 123-4567", "0015551234567", "1-555-123-4567"] {
        let world = world();
        world.sim.add_contact("Ann", entered, "", world.time.now());
        assert_eq!(found(&world, &tel()).await, ["Ann"], "{entered}");
    }
}

#[tokio::test]
async fn the_same_last_digits_are_no_match() {
    let world = world();
    world.sim.add_contact("Other", "+495551234567", "", world.time.now());
    world.sim.add_contact("National", "555 123 4567", "", world.time.now());
    assert!(found(&world, &tel()).await.is_empty());
}

#[tokio::test]
async fn several_are_several_and_each_is_told_once() {
    let world = world();
    world.sim.add_contact("Ann", NUMBER, "", world.time.now());
    world.sim.add_contact("Bob", "+1 555 123 4567", "", world.time.pass(1));
    assert_eq!(found(&world, &tel()).await, ["Ann", "Bob"]);
}

#[tokio::test]
async fn what_is_out_of_use_or_no_telephone_is_not_found() {
    let world = world();
    let ann = world.sim.add_contact("Ann", "", "", world.time.now());
    let row = |kind: &str, gone: bool| {
        let kind = world.sim.lookup_id("CommunicationType", kind).to_string();
        let columns = [
            ("ContactId", json!(ann.to_string())),
            ("CommunicationTypeId", json!(kind)),
            ("Number", json!(NUMBER)),
            ("NonActual", json!(gone)),
        ];
        world.sim.add("ContactCommunication", &columns, world.time.now());
    };
    row("Mobile phone", true);
    assert!(found(&world, &tel()).await.is_empty());
    row("Mobile phone", false);
    row("Mobile phone", false);
    assert_eq!(found(&world, &tel()).await, ["Ann"]);
}

#[tokio::test]
async fn mailboxes_are_compared_in_lower_case() {
    let world = world();
    world.sim.add_contact("Ann", "", "Ann.O'Neil@Example.com", world.time.now());
    assert_eq!(found(&world, &mailbox("ann.o'neil@EXAMPLE.com")).await, ["Ann"]);
    assert!(found(&world, &mailbox("ann@example.com")).await.is_empty());
    assert!(found(&world, &mailbox(" ")).await.is_empty());
}

#[tokio::test]
async fn other_identities_are_unknown_to_creatio() {
    let world = world();
    let visitor = Identity::new("visitor", "v1", Proof::Verified);
    assert!(world.desk.lookup(&visitor).await.unwrap().is_empty());
    let error = world.desk.create(&visitor, None, &key()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Invalid);
    assert!(world.sim.requests().is_empty());
}

#[tokio::test]
async fn a_contact_is_made_once_and_then_found() {
    for fault in [None, Some(Fault::DropAfterWrite), Some(Fault::AfterWrite { status: 500 })] {
        let world = world();
        if let Some(fault) = fault {
            let rule = Rule::new(fault).method(Method::POST).path("odata/Contact").once();
            world.sim.faults().add(rule);
        }
        let made = world.desk.create(&tel(), None, &key()).await.unwrap();
        assert_eq!(made.reference.as_ref(), key().uuid().to_string());
        assert_eq!(world.desk.create(&tel(), None, &key()).await.unwrap(), made);
        assert_eq!(world.desk.lookup(&tel()).await.unwrap(), [made]);
    }
}
