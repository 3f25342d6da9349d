use chrono::TimeDelta;
use handover_core::channel::Channel as _;
use handover_core::desk::{Case, Desk as _};
use handover_core::feed::{Feed as _, Scope};
use handover_sim::{Fault, Rule};

use crate::world::{World, about, handoff, note, outbound};

#[tokio::test]
async fn a_handoff_is_whole_wherever_a_crash_cuts_it() {
    for crash in 0..8 {
        let world = World::usual();
        let cnv = world.texts("Hello");
        world.sim.rule_assigns(&cnv, Some("tea_ai"), world.now());
        let case = Case::new(cnv.as_str());
        world.sim.teammate_tags(&cnv, "tea_rep", "vip", world.now());
        let notes = [note(5, "Summary: x")];
        let mut number = 0;
        let mut writes = 0;
        // The line is cut after the nth request was carried out.
        world.sim.faults().add(Rule::new(Fault::DropAfterWrite).after(crash).once());
        while writes < 2 {
            number += 1;
            assert!(number < 6, "{crash}");
            world.pass(TimeDelta::minutes(1));
            let attempt = world.attempt(notes[0].key, number);
            if writes == 0 && world.front.append(&case, &about(), &notes, &attempt).await.is_ok() {
                writes = 1;
            }
            let attempt = world.attempt(handoff().key, number);
            if writes == 1 && world.front.hand_off(&case, &handoff(), &attempt).await.is_ok() {
                writes = 2;
            }
        }
        assert_eq!(world.sim.comments(&cnv).len(), 1, "{crash}");
        assert_eq!(world.sim.tags(&cnv), ["vip", "handed-off"], "{crash}");
        assert_eq!(world.given_to(&cnv), None, "{crash}");
    }
}

#[tokio::test]
async fn a_conversation_that_was_merged_is_followed() {
    let world = World::usual();
    let cnv = world.texts("Hello");
    let other = world.sim.customer_texts("+14155550199", "Other", &[], world.now());
    world.sim.rule_assigns(&other, Some("tea_ai"), world.now());
    world.sim.teammate_merges(&cnv, &other, "tea_rep", world.now());
    world.events();
    world.channel.send(&outbound(&cnv, 2, "Hi")).await.unwrap();
    let case = Case::new(cnv.as_str());
    let notes = [note(5, "Summary: x")];
    world.front.append(&case, &about(), &notes, &world.attempt(notes[0].key, 1)).await.unwrap();
    let handed = world.front.hand_off(&case, &handoff(), &world.attempt(handoff().key, 1)).await;
    assert_eq!(*handed.unwrap().reference, *other);
    assert_eq!(world.sim.comments(&other).len(), 1);
    assert_eq!(world.given_to(&other), None);
    let page = world.front.pull(&Scope::Thread(cnv.clone().into()), None).await.unwrap();
    assert!(!page.events.is_empty());
}
