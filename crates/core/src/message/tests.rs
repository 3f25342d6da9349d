use chrono::{DateTime, Utc};

use super::{Delivery, DeliveryState, Message, Speaker, Updated};

fn message(state: DeliveryState) -> Message {
    let start: DateTime<Utc> = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
    let mut message = Message::new(1, Speaker::Assistant, "hello", start);
    message.deliveries = vec![Delivery { state, ..Delivery::pending() }];
    message
}

#[test]
fn what_the_provider_has_told_meanwhile_counts_more_than_a_persons_guess() {
    let guess =
        |state| Updated::Decided { part: 0, delivery: Delivery { state, ..Delivery::pending() } };
    let mut uncertain = message(DeliveryState::Uncertain);
    uncertain.apply(&guess(DeliveryState::Sent));
    assert_eq!(uncertain.deliveries[0].state, DeliveryState::Sent);
    for said in [DeliveryState::Sent, DeliveryState::Pending, DeliveryState::Failed] {
        let mut told = message(DeliveryState::Delivered);
        told.apply(&guess(said));
        assert_eq!(told.deliveries[0].state, DeliveryState::Delivered);
    }
}
