use chrono::TimeDelta;
use handover_core::channel::{Attempt, Channel as _, Found};
use handover_core::desk::{Case, CaseStatus, Desk as _};
use handover_core::error::{ErrorKind, Retry};
use handover_core::event::{Fact, Holder, Report};
use handover_core::message::DeliveryState;
use handover_sim::front::{Hook, Sending, Status};
use handover_sim::{Fault, Rule};

use crate::world::{APP_KEY, CUSTOMER, HOOK, World, builder, desk, handoff, inbound, outbound};

#[tokio::test]
async fn an_uncertain_reply_is_found_and_one_that_never_arrived_is_not() {
    for shows_uids in [false, true] {
        let builder = if shows_uids { builder().message_uids() } else { builder() };
        let sim = builder.assign_new_to("tea_ai").build();
        let world = World::new(sim, desk());
        let cnv = world.texts("Hello");
        // The same words went out before, under another name.
        let before = world.channel.send(&outbound(&cnv, 2, "One moment.")).await.unwrap();
        let accounted = vec![before.delivery.provider_id.unwrap()];
        let again = outbound(&cnv, 4, "One moment.");
        for (fault, sent) in [(Fault::DropBeforeWrite, false), (Fault::DropAfterWrite, true)] {
            let attempt = world.attempt(again.key, 2);
            let rule = Rule::new(fault).method(http::Method::POST).once();
            world.sim.faults().add(rule);
            let error = world.channel.send(&again).await.unwrap_err();
            assert_eq!(error.retry(), Retry::Unsure);
            world.pass(TimeDelta::minutes(2));
            let attempt = Attempt { now: world.now(), accounted: accounted.clone(), ..attempt };
            match world.channel.find(&again, &attempt).await.unwrap() {
                Found::Sent(_) => assert!(sent, "{shows_uids}"),
                Found::NotSent => assert!(!sent, "{shows_uids}"),
                other => panic!("{other:?}"),
            }
        }
    }
}

#[tokio::test]
async fn front_202_then_sending_error_comes_back_as_a_failed_receipt() {
    let world = World::usual();
    let cnv = world.texts("Hello");
    world.sim.rule_assigns(&cnv, Some("tea_ai"), world.now());
    world.events();
    world.sim.set_sending(CUSTOMER, Sending::Fails { error: "carrier".to_owned() });
    let ours = outbound(&cnv, 2, "Hi");
    world.channel.send(&ours).await.unwrap();
    world.pass(TimeDelta::minutes(1));
    let states: Vec<DeliveryState> = world
        .events()
        .iter()
        .map(|event| match &event.fact {
            Fact::Receipt(Report { text, delivery, .. }) if text.as_deref() == Some("Hi") => {
                delivery.state
            }
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(states.iter().max(), Some(&DeliveryState::Failed));
}

#[tokio::test]
async fn rep_assigned_or_replied_while_the_ai_was_thinking_is_told_and_taken() {
    let world = World::usual();
    let cnv = world.texts("Hello");
    world.sim.rule_assigns(&cnv, Some("tea_ai"), world.now());
    world.events();
    world.sim.teammate_assigns(&cnv, "tea_rep", Some("tea_rep"), world.now());
    let person = Fact::Assigned { holder: Holder::Person, owner: None };
    assert!(world.events().iter().any(|event| event.fact == person));
    let error = world.channel.send(&outbound(&cnv, 2, "Hi")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Taken);
    let case = Case::new(cnv.as_str());
    let attempt = world.attempt(handoff().key, 1);
    let error = world.front.hand_off(&case, &handoff(), &attempt).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Taken);
    let error = world.front.set_status(&case, CaseStatus::Resolved, &attempt).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Taken);
    assert_eq!(world.given_to(&cnv).as_deref(), Some("tea_rep"));
    // Given back by a person, the AI may speak again.
    world.sim.teammate_assigns(&cnv, "tea_rep", Some("tea_ai"), world.now());
    let assistant = Fact::Assigned { holder: Holder::Assistant, owner: None };
    assert!(world.events().iter().any(|event| event.fact == assistant));
    world.channel.send(&outbound(&cnv, 2, "Hi")).await.unwrap();
    world.front.set_status(&case, CaseStatus::Resolved, &attempt).await.unwrap();
    assert_eq!(world.sim.conversation(&cnv).unwrap().status, Status::Archived);
}

/// Nobody knows whether Front shows a text's body as HTML, with a plain text beside it or without.
#[tokio::test]
async fn body_that_is_html_in_an_sms_says_the_same_both_ways() {
    for builder in [builder(), builder().html_texts(), builder().html_texts().null_texts()] {
        let sim = builder.assign_new_to("tea_ai").build();
        sim.hook(Hook::application(HOOK, APP_KEY));
        let world = World::new(sim, desk());
        let text = "Tom & Ann <3\n2 > 1";
        let cnv = world.texts(text);
        let events = world.events();
        let said = events.iter().find(|event| matches!(event.fact, Fact::Message(_))).unwrap();
        assert_eq!(inbound(said).text, text);
        // Our own words are known again, too: when they come back, and when they are looked for.
        let ours = outbound(&cnv, 2, text);
        world.channel.send(&ours).await.unwrap();
        assert!(world.events().iter().any(|event| matches!(
            &event.fact,
            Fact::Receipt(Report { text: Some(said), .. }) if said == text
        )));
        let found = world.channel.find(&ours, &world.attempt(ours.key, 2)).await.unwrap();
        assert!(matches!(found, Found::Sent(_)), "{found:?}");
    }
}
