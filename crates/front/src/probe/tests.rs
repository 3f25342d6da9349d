use handover_core::probe::{Check, Probe as _, Verdict};
use serde_json::{Value, json};

use crate::DeskConfig;
use crate::ids::CompanyId;
use crate::testing::{World, desk_config, now};

struct Answers {
    me: u16,
    teammate: Value,
    inboxes: Value,
    channels: Value,
    scopes: [u16; 11],
}

fn good() -> Answers {
    Answers {
        me: 200,
        teammate: json!({"id": "tea_ai", "type": "ai"}),
        inboxes: json!({"_results": [{"id": "inb_sms"}]}),
        channels: json!({"_results": [{"id": "cha_1", "type": "twilio"}]}),
        scopes: [404, 404, 404, 404, 404, 404, 404, 200, 400, 404, 400],
    }
}

async fn checks(config: DeskConfig, answers: Answers) -> Vec<Check> {
    let world = World::with(config);
    let budget = [("x-ratelimit-limit", "100"), ("x-ratelimit-remaining", "90")];
    world.script.answer(answers.me, &budget, r#"{"id":"cmp_acme","name":"canary"}"#);
    if answers.me == 200 {
        world.script.json(answers.teammate).json(answers.inboxes).json(answers.channels);
        let event = json!({"id": "evt_1", "emitted_at": now().timestamp() - 120, "conversation": {"id": "cnv_7"}});
        world.script.json(json!({"_results": [event]}));
        for status in answers.scopes {
            world.script.answer(status, &[], "{}");
        }
    }
    let checks = world.front.check().await;
    if answers.me == 200 {
        // Whatever is written lacks its text and names nobody.
        assert_eq!(world.script.lines()[9], "POST /conversations/cnv_7/messages");
        assert_eq!(world.script.body(9), json!({"author_id": "tea_0", "channel_id": "cha_0"}));
    }
    for check in &checks {
        let shown = format!("{check:?}");
        assert!(!shown.contains("canary"), "{shown}");
        assert_eq!(check.verdict == Verdict::Proven, check.fix.is_none(), "{shown}");
    }
    checks
}

fn verdict(checks: &[Check], name: &str) -> Verdict {
    let check = checks.iter().find(|check| check.name == name);
    check.unwrap_or_else(|| panic!("{name} is not among {checks:?}")).verdict
}

#[tokio::test]
async fn all_is_well() {
    let checks = checks(desk_config(), good()).await;
    assert!(checks.iter().all(|check| check.verdict == Verdict::Proven), "{checks:?}");
    for name in
        ["webhook", "token", "budget", "teammate", "inbox inb_sms", "scope messages:send", "events"]
    {
        assert_eq!(verdict(&checks, name), Verdict::Proven);
    }
    let events = checks.iter().find(|check| check.name == "events").unwrap();
    assert_eq!(events.detail, "the last one was 2 minutes ago");
}

#[tokio::test]
async fn what_is_wrong_is_named() {
    let missing_scope =
        Answers { scopes: [404, 404, 404, 404, 403, 404, 404, 200, 400, 404, 400], ..good() };
    let found = checks(desk_config(), missing_scope).await;
    assert_eq!(verdict(&found, "scope messages:send"), Verdict::Broken);
    assert_eq!(verdict(&found, "scope comments:write"), Verdict::Proven);

    let person = Answers { teammate: json!({"id": "tea_ai", "type": "user"}), ..good() };
    assert_eq!(verdict(&checks(desk_config(), person).await, "teammate"), Verdict::Warning);
    let rule = Answers { teammate: json!({"id": "tea_ai", "type": "rule"}), ..good() };
    assert_eq!(verdict(&checks(desk_config(), rule).await, "teammate"), Verdict::Broken);

    let invalid = json!({"_results": [{"id": "cha_1", "type": "twilio", "is_valid": false}]});
    let found = checks(desk_config(), Answers { channels: invalid, ..good() }).await;
    assert_eq!(verdict(&found, "inbox inb_sms"), Verdict::Broken);

    let other = desk_config().with_company(CompanyId::new("cmp_other").unwrap());
    assert_eq!(verdict(&checks(other, good()).await, "token"), Verdict::Broken);
}

#[tokio::test]
async fn front_401_ends_the_questions() {
    let checks = checks(desk_config(), Answers { me: 401, ..good() }).await;
    assert_eq!(checks.last().map(|check| check.verdict), Some(Verdict::Broken));
    assert_eq!(checks.len(), 2);
}
