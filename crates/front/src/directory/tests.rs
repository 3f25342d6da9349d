use handover_core::directory::Directory as _;
use handover_core::error::ErrorKind;
use handover_core::id::{ContactId, Key};
use handover_core::identity::{Identity, Name, Proof};
use serde_json::json;

use crate::testing::{CUSTOMER, World};

fn key() -> Key {
    Key::contact(ContactId(uuid::Uuid::from_u128(7)))
}

fn tel() -> Identity {
    Identity::tel(CUSTOMER, Proof::ChannelProven).unwrap()
}

#[tokio::test]
async fn a_number_and_a_mailbox_are_looked_up_and_nothing_else() {
    let world = World::new();
    world.script.json(json!({"id": "crd_1", "name": "Ann"})).status(404);
    let found = world.front.lookup(&tel()).await.unwrap();
    assert_eq!((&*found[0].reference, found[0].name.as_deref()), ("crd_1", Some("Ann")));
    let mail = Identity::new(Identity::EMAIL, "Ann@B.example", Proof::ChannelProven);
    assert!(world.front.lookup(&mail).await.unwrap().is_empty());
    let visitor = Identity::new("web", "visitor-1", Proof::Claimed);
    assert!(world.front.lookup(&visitor).await.unwrap().is_empty());
    // A number without its country would become a US one.
    let local = Identity::new(Identity::TEL, "4155550123", Proof::Claimed);
    assert!(world.front.lookup(&local).await.unwrap().is_empty());
    let lines =
        ["GET /contacts/alt:phone:%2B14155550123", "GET /contacts/alt:email:ann%40b.example"];
    assert_eq!(world.script.lines(), lines);
}

#[tokio::test]
async fn a_contact_is_made_of_an_address_and_twice_is_once() {
    let world = World::new();
    world.script.answer(201, &[], r#"{"id":"crd_1"}"#).status(409).json(json!({"id": "crd_1"}));
    let name = Name::new("Ann Lee");
    let made = world.front.create(&tel(), name.as_ref(), &key()).await.unwrap();
    let again = world.front.create(&tel(), None, &key()).await.unwrap();
    assert_eq!((&*made.reference, &*again.reference), ("crd_1", "crd_1"));
    let fields = json!({"handles": [{"handle": CUSTOMER, "source": "phone"}], "name": "Ann Lee"});
    assert_eq!(world.script.body(0), fields);
    assert_eq!(world.script.body(1).get("name"), None, "nobody makes one up");
    let visitor = Identity::new("web", "visitor-1", Proof::Claimed);
    let error = world.front.create(&visitor, None, &key()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Invalid);
}
