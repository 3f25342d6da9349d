use std::time::Duration;

use handover_sim::creatio::{ActivityType, Poke, PokeStyle, RepActivity};
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
