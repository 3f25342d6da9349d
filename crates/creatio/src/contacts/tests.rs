use handover_core::error::ErrorKind;
use handover_sim::creatio::Creatio as Sim;
use handover_sim::{Fault, Rule};
use http::Method;
use uuid::Uuid;

use super::number::international;
use super::{Address, Match};
use crate::Client;
use crate::testing::{NUMBER, Time, builder, client_on};

fn tenant() -> (Sim, Time, Client) {
    let (sim, time) = (builder().build(), Time::new());
    let client = client_on(&sim, &time);
    (sim, time, client)
}

fn ann() -> Address {
    Address::phone(NUMBER).unwrap()
}

#[test]
fn numbers_are_read_as_they_are_dialled_from_abroad() {
    for (entered, digits) in [
        ("+1 (212) 542-4238", "12125424238"),
        ("0044 (0)20 7946 0958", "442079460958"),
        ("011 44 20 7946 0958", "442079460958"),
        ("0116 250 1234", "01162501234"),
        ("+1 212 542 4238 x12", "12125424238"),
        ("", ""),
    ] {
        assert_eq!(international(entered), digits, "{entered}");
    }
}

#[test]
fn an_address_is_a_number_in_full_or_a_mailbox() {
    for number in ["+15551234567", " +1 (555) 123-4567 ", "+1.555.123.4567"] {
        assert_eq!(Address::phone(number).unwrap(), ann(), "{number}");
    }
    for number in ["", "+", "5551234567", "0015551234567", "+123456", "+1555x1234567", "+٣٣٣٣٣٣٣٣"]
    {
        assert_eq!(Address::phone(number).unwrap_err().kind(), ErrorKind::Invalid, "{number}");
    }
    assert_eq!(
        Address::email(" Ann@Exämple.COM ").unwrap(),
        Address::email("ann@exämple.com").unwrap()
    );
    for mailbox in ["", "ann", "@", "ann@", "@x", "a@b@c", "a b@c", "a\n@c"] {
        assert_eq!(Address::email(mailbox).unwrap_err().kind(), ErrorKind::Invalid, "{mailbox}");
    }
    assert!(!format!("{:?} {:?}", ann(), Address::email("canary@x").unwrap()).contains("canary"));
}

#[tokio::test]
async fn an_address_of_several_is_ambiguous_and_never_guessed() {
    let (sim, time, client) = tenant();
    let first = sim.add_contact("Ann", NUMBER, "ann@example.com", time.now());
    let second = sim.add_contact("Bob", "+1 555 123 4567", "", time.pass(1));
    let Match::Ambiguous(found) = client.contacts().find_one(&ann()).await.unwrap() else {
        panic!("it was guessed")
    };
    assert_eq!(found.iter().map(|found| found.id).collect::<Vec<_>>(), [first, second]);
    let made = client.contacts().find_or_create(&ann(), Uuid::from_u128(1), None).await.unwrap();
    assert!(matches!(made, Match::Ambiguous(_)));
    let mailbox = Address::email("Ann@Example.com").unwrap();
    let Match::One(found) = client.contacts().find_one(&mailbox).await.unwrap() else {
        panic!("one contact has it")
    };
    assert_eq!((found.id, found.name.as_deref()), (first, Some("Ann")));
}

#[tokio::test]
async fn two_messages_at_once_make_one_contact() {
    let (sim, _, client) = tenant();
    let before = sim.contacts().len();
    // The ids differ, as if they were not derived: in one process the turn makes sure of it.
    let (contacts, address) = (client.contacts(), ann());
    let made = futures_util::future::join_all(
        (1..=8).map(|n| contacts.find_or_create(&address, Uuid::from_u128(n), Some("Ann"))),
    );
    for made in made.await {
        let Ok(Match::One(found)) = made else { panic!("{made:?}") };
        assert_eq!(found.id, Uuid::from_u128(1));
    }
    assert_eq!(sim.contacts().len() - before, 1);
    assert!(!format!("{:?}", contacts.find(&address).await).contains("Ann"));
}

#[tokio::test]
async fn a_dropped_caller_lets_the_next_one_in() {
    let (_, _, client) = tenant();
    let (contacts, address) = (client.contacts(), ann());
    let mut first = Box::pin(contacts.find_or_create(&address, Uuid::from_u128(1), None));
    let _ = futures_util::poll!(&mut first);
    let second = contacts.find_or_create(&address, Uuid::from_u128(1), None);
    drop(first);
    assert!(matches!(second.await.unwrap(), Match::One(_)));
}

#[tokio::test]
async fn a_contact_that_was_written_in_spite_of_a_failure_is_found() {
    for fault in [Fault::DropAfterWrite, Fault::AfterWrite { status: 500 }] {
        let (sim, _, client) = tenant();
        sim.faults().add(Rule::new(fault).method(Method::POST).path("odata/Contact").once());
        let id = Uuid::from_u128(7);
        let made = client.contacts().find_or_create(&ann(), id, None).await.unwrap();
        let Match::One(found) = made else { panic!("{fault:?}") };
        assert_eq!((found.id, found.name.as_deref()), (id, Some(NUMBER)));
    }
}
