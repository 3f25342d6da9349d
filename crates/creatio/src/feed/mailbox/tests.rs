use handover_core::desk::Desk;
use handover_core::event::Fact;
use handover_core::feed::{Feed, Scope};
use handover_core::id::ChannelId;
use handover_core::identity::{Identity, Proof};
use handover_sim::creatio::{ActivityType, RepActivity};
use serde_json::Value as Json;

use super::is_among;
use crate::ReplyRule;
use crate::testing::{World, attempt, desk_config, opening, world_with};

const ADDRESS: &str = "ann@example.com";

#[test]
fn a_mailbox_is_found_among_recipients_as_people_write_them() {
    for list in
        ["ann@example.com", "Ann <ANN@example.com>; bob@x.org", "bob@x.org,ann@example.com;"]
    {
        assert!(is_among(list, ADDRESS), "{list}");
    }
    for list in ["", "joann@example.com", "ann@example.com.evil.org", "ann@example.co"] {
        assert!(!is_among(list, ADDRESS), "{list}");
    }
}

fn world() -> World {
    let rule = ReplyRule::new(vec!["Email".to_owned()]).unwrap();
    let mail = ChannelId::new("mail").unwrap();
    world_with(desk_config().with_reply_rule(rule).with_mail_channel(mail))
}

async fn delivered(world: &World, channel: &str, retitled: Option<&str>, to: &str) -> bool {
    let mut opening = opening();
    opening.about.channel = ChannelId::new(channel).unwrap();
    opening.about.customer = Identity::new(Identity::EMAIL, ADDRESS, Proof::ChannelProven);
    let case = world.desk.open(&opening, &attempt(opening.key)).await.unwrap();
    let id = case.reference.parse().unwrap();
    if let Some(title) = retitled {
        world.sim.rep_edits_case(id, "Subject", Json::from(title), world.time.pass(1));
    }
    let mail = RepActivity::new(ActivityType::Email).body("hello").finished();
    let mail = mail.column("Recepient", Json::from(to));
    world.sim.rep_adds_activity(id, mail, world.time.pass(60));
    let page = world.desk.pull(&Scope::Thread(case.reference), None).await.unwrap();
    let replies: Vec<bool> = page
        .events
        .iter()
        .filter_map(|event| match &event.fact {
            Fact::Reply(reply) => Some(reply.delivered),
            _ => None,
        })
        .collect();
    let [delivered] = replies[..] else { panic!("one reply") };
    delivered
}

#[tokio::test]
async fn what_creatio_sent_to_the_customer_of_a_mail_session_is_only_recorded() {
    assert!(delivered(&world(), "mail", None, "Ann <Ann@Example.com>").await);
    assert!(delivered(&world(), "mail", Some("my own title"), ADDRESS).await);
    assert!(!delivered(&world(), "mail", None, "somebody@else.org").await);
    assert!(!delivered(&world(), "sms-us", None, ADDRESS).await, "texts go out as texts");
}
