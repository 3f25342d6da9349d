use handover_core::desk::CaseStatus;
use handover_core::event::{Author, Fact, Holder};
use handover_core::thread::Thread;
use serde_json::{Value, json};

use super::{is_nothing, only, said, said_by, with};
use crate::ids::ChannelId;
use crate::parse::Said;
use crate::testing::{CNV, desk_config, event};

#[test]
fn conversation_deleted_moved_archived_or_assigned_is_followed() {
    let rep = || ("teammate", json!({"id": "tea_rep"}));
    let ai = || ("teammate", json!({"id": "tea_ai"}));
    let inbox = |id: &str| ("inboxes", json!([{"id": id}]));
    let assigned = |holder| Fact::Assigned { holder, owner: None };
    for (row, fact) in [
        (event("evt_1", "assign", rep(), Some("tea_rep")), assigned(Holder::Person)),
        (event("evt_1", "assign", ai(), Some("tea_ai")), assigned(Holder::Assistant)),
        (event("evt_1", "assign", ("", Value::Null), Some("tea_ai")), assigned(Holder::Assistant)),
        // Front names who had it.
        (event("evt_1", "unassign", ai(), None), assigned(Holder::Nobody)),
        (event("evt_1", "archive", rep(), None), Fact::CaseStatus(CaseStatus::Resolved)),
        (event("evt_1", "reopen", rep(), None), Fact::CaseStatus(CaseStatus::Open)),
        (event("evt_1", "restore", rep(), None), Fact::CaseStatus(CaseStatus::Open)),
        (event("evt_1", "trash", rep(), None), Fact::CaseStatus(CaseStatus::Final)),
        (event("evt_1", "move", inbox("inb_other"), Some("tea_ai")), assigned(Holder::Nobody)),
        (event("evt_1", "move", inbox("inb_other"), Some("tea_rep")), assigned(Holder::Person)),
    ] {
        let found = only(row.clone());
        assert_eq!((found.id.as_str(), &found.fact), ("front:evt_1", &fact), "{row}");
        assert_eq!(found.threads, [Thread::case(&desk_config().desk, CNV)]);
    }
    assert!(is_nothing(event("evt_1", "move", inbox("inb_sms"), None)));
    // What is told late is told as it stands by now.
    let late = event("evt_1", "assign", rep(), Some("tea_ai"));
    assert_eq!(only(late).fact, assigned(Holder::Assistant));
    // Of a preview there is the target at most.
    let short = json!({"id": CNV, "_links": {}});
    let preview = with(event("evt_1", "assign", rep(), None), "/conversation", short.clone());
    assert_eq!(only(preview).fact, assigned(Holder::Person));
    let preview = with(event("evt_1", "unassign", rep(), None), "/conversation", short.clone());
    assert_eq!(only(preview).fact, assigned(Holder::Nobody));
    let nothing = event("evt_1", "assign", ("", Value::Null), None);
    let preview = with(nothing, "/conversation", short);
    assert!(matches!(said(preview), Said::Preview { is_news: false, .. }));
}

#[test]
fn conversation_merged_301_is_told_of_each_that_is_gone() {
    let merged = |ids: Value| {
        event("evt_9", "conversations_merged", ("deleted_conversation_ids", ids), None)
    };
    for ids in [json!(["cnv_old", "cnv_older"]), json!([{"id": "cnv_old"}, {"id": "cnv_older"}])] {
        let Said::Facts(facts) = said(merged(ids)) else { panic!() };
        let told: Vec<_> = facts.iter().map(|fact| (fact.id.as_str(), &fact.threads)).collect();
        let name = |id: &str| vec![Thread::case(&desk_config().desk, id)];
        let wanted = [
            ("front:evt_9.cnv_old", &name("cnv_old")),
            ("front:evt_9.cnv_older", &name("cnv_older")),
        ];
        assert_eq!(told, wanted);
        assert!(
            facts
                .iter()
                .all(|f| f.fact == Fact::Merged { into: CNV.into(), holder: None, taken: false })
        );
    }
    assert!(matches!(said(merged(json!("cnv_old"))), Said::Facts(_)));
    for strange in [json!([]), Value::Null, json!([7, "x", CNV]), json!({"id": null})] {
        assert!(is_nothing(merged(strange)));
    }
}

#[test]
fn unassigned_never_means_the_ai_again_by_itself() {
    let config = desk_config().handling_unassigned();
    let row = event("evt_1", "unassign", ("teammate", json!({"id": "tea_rep"})), None);
    let Said::Facts(facts) = said_by(&config, row) else { panic!() };
    assert_eq!(facts[0].fact, Fact::Assigned { holder: Holder::Nobody, owner: None });
}

#[test]
fn who_archived_is_told() {
    let by = |kind: &str, data: Value| {
        let mut row = event("evt_1", "archive", ("", Value::Null), None);
        row["source"] = json!({"_meta": {"type": kind}, "data": data});
        only(row).author
    };
    assert_eq!(by("teammate", json!({"id": "tea_rep"})), Author::Person);
    assert_eq!(by("teammate", json!({"id": "tea_ai"})), Author::Ours);
    assert_eq!(by("rule", json!({"id": "rul_1"})), Author::Machine);
    assert_eq!(by("api", Value::Null), Author::Machine);
    assert_eq!(by("hologram", Value::Null), Author::Unknown);
}

#[test]
fn what_happens_in_a_partner_channels_conversation_is_told_under_its_other_name_too() {
    let channel = ChannelId::new("cha_1").unwrap();
    let api = crate::ChannelApi::new("uid", vec!["secret".into()], channel).unwrap();
    let config = desk_config().with_channel_api(api);
    let row = event("evt_1", "archive", ("", Value::Null), None);
    let Said::Facts(facts) = said_by(&config, row) else { panic!() };
    let names = [CNV, "partner:cnv_abc"].map(|name| Thread::case(&desk_config().desk, name));
    assert_eq!(facts[0].threads, names);
}
