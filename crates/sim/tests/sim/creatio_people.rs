use std::time::Duration;

use handover_sim::creatio::{ActivityType, CaseRule, On, Poke, PokeBody, PokeStyle, RepActivity};
use handover_sim::{Delivery, Outgoing, Simulator};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::tenant::{CLOSED, Tenant};

fn poked(style: PokeStyle) -> (Tenant, Uuid) {
    let tenant = Tenant::new();
    let case = tenant.create("Case", &json!({"Subject": "a"}));
    let url = "https://relay.example/hooks/creatio".parse().unwrap();
    tenant.sim.poke(Poke::new(url, "s3cret", style));
    (tenant, case)
}

fn bodies(outgoing: &[Outgoing]) -> Vec<Value> {
    let body = |outgoing: &Outgoing| serde_json::from_slice(outgoing.request.body()).unwrap();
    outgoing.iter().map(body).collect()
}

#[test]
fn every_activity_of_a_case_calls_out_ours_too() {
    let (tenant, case) = poked(PokeStyle::Header);
    tenant.create("Activity", &json!({"Title": "t", "CaseId": case}));
    tenant.create("Activity", &json!({"Title": "without a case"}));
    let draft = RepActivity::new(ActivityType::Email).body("Hello");
    let draft = tenant.sim.rep_adds_activity(case, draft, tenant.now);
    tenant.sim.rep_finishes_activity(draft, tenant.now);
    let calls = tenant.sim.take_webhooks();
    let expected = json!({"event_type": "new_activity", "caseId": case});
    assert_eq!(bodies(&calls), [expected.clone(), expected], "finishing a draft tells nobody");
    assert_eq!(calls[0].request.headers()["x-handover-secret"], "s3cret");
}

#[test]
fn a_process_may_watch_modified_activities() {
    let (tenant, case) = poked(PokeStyle::Header);
    let url = "https://relay.example/".parse().unwrap();
    tenant.sim.poke(Poke::new(url, "s3cret", PokeStyle::Header).on_modified());
    let draft = RepActivity::new(ActivityType::Task);
    let draft = tenant.sim.rep_adds_activity(case, draft, tenant.now);
    tenant.sim.rep_finishes_activity(draft, tenant.now);
    assert_eq!(tenant.sim.take_webhooks().len(), 2);
}

#[test]
fn the_secret_travels_in_three_ways() {
    let (tenant, case) = poked(PokeStyle::Bearer);
    tenant.sim.rep_sets_status(case, "Resolved", tenant.now);
    let call = &tenant.sim.take_webhooks()[0].request;
    assert_eq!(call.headers()["authorization"], "Bearer s3cret");
    assert_eq!(call.uri(), "https://relay.example/hooks/creatio");
    let (tenant, case) = poked(PokeStyle::Path);
    tenant.sim.rep_sets_status(case, "Resolved", tenant.now);
    let call = &tenant.sim.take_webhooks()[0].request;
    assert_eq!(call.uri(), "https://relay.example/hooks/creatio/s3cret");
    assert!(call.headers().get("authorization").is_none());
}

#[test]
fn the_end_of_a_case_calls_out() {
    let (tenant, case) = poked(PokeStyle::Header);
    tenant.sim.rep_sets_status(case, "Waiting for response", tenant.now);
    tenant.sim.rep_sets_status(case, "Resolved", tenant.now);
    tenant.sim.rep_sets_status(case, "Resolved", tenant.now);
    tenant.patch("Case", case, &json!({"StatusId": CLOSED}));
    tenant.patch("Case", case, &json!({"Notes": "still closed"}));
    let expected = json!({"event_type": "case_closed", "caseId": case});
    assert_eq!(bodies(&tenant.sim.take_webhooks()), [expected.clone(), expected]);
}

#[test]
fn people_write_under_their_own_name() {
    let mut tenant = Tenant::new();
    let case = tenant.create("Case", &json!({"Subject": "a"}));
    let ann = tenant.sim.add_contact("Ann", "+12125424238", "ann@example.com", tenant.now);
    tenant.later(5);
    let reply = RepActivity::new(ActivityType::Task)
        .title("Reply")
        .detailed_result("We refund it")
        .notes("checked")
        .by(ann)
        .finished();
    tenant.sim.rep_adds_activity(case, reply, tenant.now);
    tenant.sim.rep_assigns(case, Some(ann), tenant.now);
    let activity = &tenant.sim.activities(case)[0];
    assert_eq!(activity.guid("CreatedById"), Some(ann));
    assert_eq!(activity.shown("Status"), "Completed");
    assert_eq!(activity.text("DetailedResult"), "We refund it");
    let case = tenant.sim.case(case).unwrap();
    assert_eq!(case.shown("CreatedBy"), "Integration");
    assert_eq!(case.shown("ModifiedBy"), "Supervisor");
    assert_eq!((case.shown("Owner"), case.date("ModifiedOn")), ("Ann", Some(tenant.now)));
}

#[test]
fn a_row_may_be_told_before_it_can_be_seen() {
    let (mut tenant, case) = poked(PokeStyle::Header);
    let reply = RepActivity::new(ActivityType::Task).commits_after(Duration::from_secs(3));
    let reply = tenant.sim.rep_adds_activity(case, reply, tenant.now);
    assert_eq!(tenant.sim.take_webhooks().len(), 1);
    let target = format!("Activity({reply})?$select=Id");
    assert_eq!(tenant.get(&target).status, 404);
    assert!(tenant.rows("Activity").is_empty());
    tenant.later(3);
    assert_eq!(tenant.get(&target).status, 200);
    assert_eq!(tenant.rows("Activity").len(), 1);
}

#[test]
fn calls_may_be_doubled_lost_late_and_out_of_order() {
    let (tenant, case) = poked(PokeStyle::Header);
    let other = tenant.create("Case", &json!({"Subject": "b"}));
    let add = |case: Uuid| {
        let task = RepActivity::new(ActivityType::Task);
        tenant.sim.rep_adds_activity(case, task, tenant.now);
    };
    let outbox = tenant.sim.outbox();
    outbox.deliver(Delivery::faithful().doubled(2));
    (0..4).for_each(|_| add(case));
    assert_eq!(outbox.take().len(), 6);
    outbox.deliver(Delivery::faithful().lost(2));
    (0..4).for_each(|_| add(case));
    assert_eq!(outbox.take().len(), 2);
    outbox.deliver(Delivery::faithful().delayed(Duration::from_secs(1)));
    add(case);
    assert!(outbox.take_due(tenant.now).is_empty());
    assert_eq!(outbox.take_due(tenant.now + Duration::from_secs(1)).len(), 1);
    outbox.deliver(Delivery::faithful().reordered(2));
    add(case);
    assert!(outbox.take().is_empty());
    add(other);
    let cases: Vec<_> = bodies(&outbox.take()).iter().map(|body| body["caseId"].clone()).collect();
    assert_eq!(cases, [json!(other), json!(case)]);
    add(case);
    outbox.release();
    assert_eq!(outbox.take().len(), 1);
}

#[test]
fn a_process_says_more_or_less_and_in_many_shapes() {
    let (tenant, case) = poked(PokeStyle::Header);
    let poke = || {
        let url = "https://relay.example/".parse().unwrap();
        Poke::new(url, "s3cret", PokeStyle::Header).closing_event("case_resolved")
    };
    let reply = |poke: Poke| {
        tenant.sim.poke(poke);
        let task = RepActivity::new(ActivityType::Task);
        let id = tenant.sim.rep_adds_activity(case, task, tenant.now);
        let request = tenant.sim.take_webhooks().remove(0).request;
        let kind = request.headers()["content-type"].to_str().unwrap().to_owned();
        (id, kind, String::from_utf8(request.body().to_vec()).unwrap())
    };
    let (id, _, text) = reply(poke().body(PokeBody::Activity));
    let said: Value = serde_json::from_str(&text).unwrap();
    let expected = json!({"event_type": "new_activity", "caseId": case, "activityId": id});
    assert_eq!(said, expected);
    assert_eq!(reply(poke().body(PokeBody::Empty)).2, "{}");
    let (_, kind, text) = reply(poke().body(PokeBody::Form));
    assert_eq!(kind, "application/x-www-form-urlencoded");
    assert_eq!(text, format!("event_type=new_activity&caseId={case}"));
    let (_, kind, text) = reply(poke().body(PokeBody::Xml));
    assert!(kind == "application/xml" && text.contains(&format!("<caseId>{case}</caseId>")));
    let shouted = case.braced().to_string().to_uppercase();
    assert!(reply(poke().body(PokeBody::Shouted)).2.contains(&shouted));
    tenant.sim.poke(poke());
    tenant.sim.rep_sets_status(case, "Resolved", tenant.now);
    let expected = json!({"event_type": "case_resolved", "caseId": case});
    assert_eq!(bodies(&tenant.sim.take_webhooks()), [expected]);
}

#[test]
fn a_process_may_leave_us_out_or_say_an_end_again() {
    let (tenant, case) = poked(PokeStyle::Header);
    let poke = || Poke::new("https://relay.example/".parse().unwrap(), "s3cret", PokeStyle::Header);
    tenant.sim.poke(poke().not_ours().tasks_and_mails());
    tenant.create("Activity", &json!({"Title": "ours", "CaseId": case}));
    for (kind, calls) in
        [(ActivityType::Task, 1), (ActivityType::Email, 1), (ActivityType::Call, 0)]
    {
        tenant.sim.rep_adds_activity(case, RepActivity::new(kind), tenant.now);
        assert_eq!(tenant.sim.take_webhooks().len(), calls, "{kind:?}");
    }
    for (poke, calls) in [(poke(), 1), (poke().on_any_change(), 2)] {
        tenant.sim.rep_sets_status(case, "New", tenant.now);
        tenant.sim.poke(poke);
        tenant.sim.rep_sets_status(case, "Resolved", tenant.now);
        tenant.sim.rep_edits_case(case, "Notes", json!(calls.to_string()), tenant.now);
        assert_eq!(tenant.sim.take_webhooks().len(), calls);
    }
}

#[test]
fn people_write_into_the_feed_and_draft_mails_that_creatio_sends() {
    let mut tenant = Tenant::new();
    let case = tenant.create("Case", &json!({"Subject": "a"}));
    let ann = tenant.sim.add_user("Ann", tenant.now);
    let post = tenant.sim.rep_posts(case, "<p>Hi</p>", ann, tenant.now);
    let post = tenant.sim.record("SocialMessage", post).unwrap();
    assert_eq!((post.text("Message"), post.guid("CreatedById")), ("<p>Hi</p>", Some(ann)));
    assert_eq!(post.guid("EntityId"), Some(case));
    let mail = RepActivity::new(ActivityType::Email).body("Hello").by(ann).category("Paperwork");
    let mail = tenant.sim.rep_adds_activity(case, mail, tenant.now);
    let shown = |tenant: &Tenant| {
        let mail = tenant.sim.record("Activity", mail).unwrap();
        (mail.shown("EmailSendStatus").to_owned(), mail.date("SendDate"))
    };
    assert_eq!(shown(&tenant), ("Not sent".to_owned(), None));
    tenant.later(5);
    tenant.sim.rep_sends_email(mail, tenant.now);
    assert_eq!(shown(&tenant), ("Sent".to_owned(), Some(tenant.now)));
    assert_eq!(tenant.sim.record("Activity", mail).unwrap().shown("ActivityCategory"), "Paperwork");
}

#[test]
fn groups_take_cases_and_users_have_contacts() {
    let tenant = Tenant::new();
    let case = tenant.create("Case", &json!({"Subject": "a"}));
    let role = tenant.sim.add_role("Second line", tenant.now);
    tenant.sim.rep_assigns_group(case, Some("Second line"), tenant.now);
    assert_eq!(tenant.sim.case(case).unwrap().guid("GroupId"), Some(role));
    tenant.sim.rep_assigns_group(case, None, tenant.now);
    assert_eq!(tenant.sim.case(case).unwrap().guid("GroupId"), None);
    let ann = tenant.sim.add_user("Ann", tenant.now);
    let found = format!("SysAdminUnit?$filter=Contact/Id%20eq%20{ann}");
    assert_eq!(tenant.rows(&found)[0]["SysAdminUnitTypeValue"], 4);
    let found = format!("SysAdminUnit?$filter=Id%20eq%20{role}");
    assert_eq!(tenant.rows(&found)[0]["SysAdminUnitTypeValue"], 6);
}

#[test]
fn contacts_are_merged_and_records_deleted() {
    let tenant = Tenant::new();
    let kept = tenant.sim.add_contact("Ann", "+12125424238", "", tenant.now);
    let gone = tenant.sim.add_contact("Ann again", "", "ann@example.com", tenant.now);
    let case = tenant.create("Case", &json!({"Subject": "a", "ContactId": gone}));
    tenant.sim.rep_merges_contacts(kept, gone, tenant.now);
    assert_eq!(tenant.sim.record("Contact", gone), None);
    assert_eq!(tenant.sim.case(case).unwrap().guid("ContactId"), Some(kept));
    let numbers = format!("ContactCommunication?$filter=Contact/Id%20eq%20{kept}");
    assert_eq!(tenant.rows(&numbers).len(), 2);
    let task = RepActivity::new(ActivityType::Task);
    let task = tenant.sim.rep_adds_activity(case, task, tenant.now);
    let file = tenant.create("CaseFile", &json!({"Name": "a", "CaseId": case}));
    tenant.sim.rep_deletes("Case", case, tenant.now);
    assert_eq!(tenant.sim.case(case), None);
    assert_eq!(tenant.sim.record("CaseFile", file), None);
    assert_eq!(tenant.sim.record("Activity", task).unwrap().guid("CaseId"), None);
}

#[test]
fn a_rule_changes_cases_at_once_or_in_the_background() {
    let mut tenant = Tenant::new();
    let progress = tenant.sim.lookup_id("CaseStatus", "In progress");
    tenant.sim.rule(CaseRule::new(On::ActivityAdded, "StatusId", json!(progress)));
    let cleared = CaseRule::new(On::CaseChanged("OwnerId".to_owned()), "OwnerId", Value::Null);
    tenant.sim.rule(cleared.after(Duration::from_secs(2)));
    let role = tenant.sim.add_role("Routed", tenant.now);
    tenant.sim.rule(CaseRule::new(On::CaseAdded, "GroupId", json!(role)));
    let case = tenant.create("Case", &json!({"Subject": "a"}));
    assert_eq!(tenant.sim.case(case).unwrap().shown("Group"), "Routed");
    tenant.create("Activity", &json!({"Title": "t", "CaseId": case}));
    assert_eq!(tenant.sim.case(case).unwrap().shown("Status"), "In progress");
    let owner = tenant.sim.integration_contact();
    tenant.patch("Case", case, &json!({"OwnerId": owner}));
    let seen = |tenant: &Tenant| tenant.get(&format!("Case({case})?$select=OwnerId")).json;
    assert_eq!(seen(&tenant)["OwnerId"], json!(owner));
    tenant.later(2);
    assert_eq!(seen(&tenant)["OwnerId"], crate::tenant::NIL);
    tenant.patch("Case", case, &json!({"OwnerId": owner}));
    tenant.later(60);
    assert_eq!(seen(&tenant)["OwnerId"], crate::tenant::NIL, "again, and only for our change");
    assert_eq!(tenant.sim.case(case).unwrap().shown("ModifiedBy"), "Supervisor");
}
