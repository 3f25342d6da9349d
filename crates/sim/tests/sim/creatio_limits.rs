//! The model, limits, lag, rights, and what only some tenants do.

use std::time::Duration;

use bytes::Bytes;
use chrono::TimeDelta;
use handover_sim::creatio::{Kind, Operation, Quirk};
use handover_sim::{Outcome, Simulator};
use http::Request;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::tenant::{Tenant, builder, guid};

#[test]
fn the_model_shows_what_the_tenant_has() {
    let tenant = Tenant::of(
        builder()
            .column("Activity", "UsrHandoverId", Kind::Text(Some(50)))
            .rename_column("Case", "UsrOrderNumber", "UsrBestellnummer")
            .metadata_latency(Duration::from_secs(3)),
    );
    let model = tenant.get("$metadata").text;
    for part in [
        "<EntityType Name=\"Case\"><Key><PropertyRef Name=\"Id\"/></Key>\
         <Property Name=\"Id\" Type=\"Edm.Guid\" Nullable=\"false\"/>",
        "<Property Name=\"UsrHandoverId\" Type=\"Edm.String\"/>",
        "<Property Name=\"UsrBestellnummer\" Type=\"Edm.String\"/>",
        "<Property Name=\"StatusId\" Type=\"Edm.Guid\"/>",
        "<NavigationProperty Name=\"Case\" Type=\"Terrasoft.Configuration.OData.Case\" \
         Partner=\"ActivityCollectionByCase\"/>",
        "<NavigationProperty Name=\"ActivityCollectionByCase\" \
         Type=\"Collection(Terrasoft.Configuration.OData.Activity)\" Partner=\"Case\"/>",
        "<EntitySet Name=\"SocialMessage\" EntityType=\"Terrasoft.Configuration.OData.SocialMessage\"/>",
    ] {
        assert!(model.contains(part), "{part}");
    }
    assert!(!model.contains("UsrOrderNumber") && !model.contains("DefaultValue"));
    assert_eq!(tenant.get("Case?$select=UsrOrderNumber").status, 400);
    let request = Request::get("https://acme.creatio.com/0/odata/$metadata").body(Bytes::new());
    let reply = tenant.sim.handle(request.unwrap(), tenant.now);
    assert_eq!(reply.delay, Duration::from_secs(3));
}

#[test]
fn renamed_statuses_keep_their_ids_and_flags() {
    let tenant = Tenant::of(builder().rename("CaseStatus", "Closed", "Geschlossen"));
    let rows = tenant.rows("CaseStatus?$select=Id,Name&$filter=IsFinal%20eq%20true&$orderby=Name");
    let names: Vec<&Value> = rows.iter().map(|row| &row["Name"]).collect();
    assert_eq!(names, ["Canceled", "Geschlossen"]);
    assert_eq!(rows[1]["Id"], crate::tenant::CLOSED);
}

#[test]
fn users_and_roles_are_told_apart() {
    let tenant = Tenant::new();
    let kind = |name: &str| {
        let filter = format!("SysAdminUnit?$filter=Name%20eq%20'{name}'");
        tenant.rows(&filter)[0]["SysAdminUnitTypeValue"].clone()
    };
    assert_eq!((kind("Supervisor"), kind("Integration")), (json!(4), json!(4)));
    assert_eq!((kind("System%20administrators"), kind("All%20employees")), (json!(6), json!(0)));
}

#[test]
fn the_feed_of_a_case_is_rows_like_others() {
    let tenant = Tenant::new();
    let case = tenant.create("Case", &json!({"Subject": "a"}));
    let schema = "117d32f9-8275-4534-8411-1c66115ce9cd";
    let post = json!({"EntitySchemaUId": schema, "EntityId": case, "Message": "<p>Hello</p>"});
    tenant.create("SocialMessage", &post);
    let rows = tenant.rows(&format!("SocialMessage?$filter=EntityId%20eq%20{case}"));
    assert_eq!(rows[0]["Message"], "<p>Hello</p>");
    assert_eq!(rows[0]["CreatedById"], json!(tenant.sim.integration_contact()));
}

#[test]
fn rights_are_refused_object_by_object() {
    let tenant = Tenant::new();
    let case = tenant.create("Case", &json!({"Subject": "a"}));
    for (operation, verb) in [
        (Operation::Read, "read"),
        (Operation::Insert, "insert"),
        (Operation::Update, "update"),
        (Operation::Delete, "delete"),
    ] {
        tenant.sim.deny("Case", operation);
        let answer = match operation {
            Operation::Read => tenant.get("Case"),
            Operation::Insert => tenant.post("Case", &json!({"Subject": "b"})),
            Operation::Update => tenant.patch("Case", case, &json!({"Notes": "n"})),
            _ => tenant.call("DELETE", &format!("Case({case})"), &Value::Null, &[]),
        };
        assert_eq!(answer.status, 403);
        assert!(answer.text.contains(&format!("\\\"{verb}\\\" operation")), "{}", answer.text);
        tenant.sim.grant();
    }
    assert_eq!(tenant.sim.cases().len(), 1);
    assert_eq!(tenant.get("Case").status, 200);
}

#[test]
fn the_days_calls_run_out_and_come_back_at_midnight() {
    let mut tenant = Tenant::new();
    tenant.sim.limit_calls(Some((2, 429)));
    assert_eq!(tenant.get("Case").status, 200);
    let one = json!({"id": "1", "method": "GET", "url": "Case"});
    assert_eq!(tenant.batch(&vec![one; 5], &[]).status, 200, "begun below the limit");
    assert_eq!(tenant.get("Case").status, 429);
    assert_eq!(tenant.sim.metered(tenant.now.date_naive()), 6);
    tenant.sim.limit_calls(Some((2, 403)));
    assert_eq!(tenant.get("Case").status, 403);
    tenant.now = "2026-11-21T00:00:00Z".parse().unwrap();
    tenant.token = crate::tenant::token(&tenant.sim, tenant.now);
    assert_eq!(tenant.get("Case").status, 200);
}

#[test]
fn lists_end_at_the_memory_the_cap_or_the_body() {
    let tenant = Tenant::of(builder().ram_limit(2).max_body(400));
    for _ in 0..3 {
        tenant.create("Case", &json!({"Subject": "a"}));
    }
    assert_eq!(tenant.get("Case?$top=2").status, 200);
    let answer = tenant.get("Case");
    assert_eq!(answer.status, 500);
    let cause = &answer.json["error"]["innererror"]["internalexception"]["message"];
    assert!(cause.as_str().unwrap().contains("RAM consumption limit"), "{}", answer.text);
    assert_eq!(tenant.post("Case", &json!({"Subject": "a".repeat(400)})).status, 413);

    let tenant = Tenant::of(builder().max_rows(2));
    for _ in 0..3 {
        tenant.create("Case", &json!({"Subject": "a"}));
    }
    assert_eq!(tenant.rows("Case?$top=3").len(), 2, "cut without a word");
    tenant.sim.quirk(Quirk::RowCapIsError, true);
    assert_eq!(tenant.get("Case?$top=3").status, 500);
    assert_eq!(tenant.rows("Case?$top=2").len(), 2);
}

#[test]
fn reads_may_lag_behind_writes() {
    let mut tenant = Tenant::new();
    let old = tenant.create("Case", &json!({"Subject": "old"}));
    tenant.later(1);
    tenant.sim.set_read_lag(Duration::from_secs(3));
    let new = tenant.create("Case", &json!({"Subject": "new"}));
    tenant.patch("Case", old, &json!({"Subject": "changed"}));
    tenant.patch("Case", old, &json!({"Subject": "changed again"}));
    assert_eq!(tenant.get(&format!("Case({new})")).status, 404);
    assert_eq!(tenant.rows("Case")[0]["Subject"], "old");
    assert_eq!(tenant.rows("Case?$filter=Subject%20eq%20'old'").len(), 1);
    assert_eq!(tenant.post("Case", &json!({"Id": new, "Subject": "x"})).status, 500, "it is there");
    tenant.later(3);
    assert_eq!(tenant.rows("Case")[0]["Subject"], "changed again");
    assert_eq!(tenant.rows("Case").len(), 2);
}

#[test]
fn the_servers_clock_may_be_wrong() {
    let tenant = Tenant::of(builder().clock_skew(TimeDelta::seconds(90)));
    let case = tenant.create("Case", &json!({"Subject": "a"}));
    let row = tenant.sim.case(case).unwrap();
    assert_eq!(row.date("ModifiedOn"), Some(tenant.now + TimeDelta::seconds(90)));
    assert_eq!(tenant.rows("Case").len(), 1, "and yet it is there at once");
    let request = Request::get("https://acme.creatio.com/0/odata/Case").body(Bytes::new()).unwrap();
    let Outcome::Answer(response) = tenant.sim.handle(request, tenant.now).outcome else {
        panic!("an answer");
    };
    assert_eq!(response.headers()["date"], "Fri, 20 Nov 2026 09:01:30 GMT");
}

#[test]
fn some_tenants_are_odd() {
    let tenant = Tenant::new();
    let case = tenant.create("Case", &json!({"Subject": "a"}));
    let with = |quirk: Quirk, check: &dyn Fn()| {
        tenant.sim.quirk(quirk, true);
        check();
        tenant.sim.quirk(quirk, false);
    };
    with(Quirk::CreatedWithoutBody, &|| {
        let answer = tenant.post("Case", &json!({"Subject": "b"}));
        assert_eq!((answer.status.as_u16(), answer.text.as_str()), (201, ""));
    });
    with(Quirk::ErrorsAre200, &|| {
        let answer = tenant.post("Case", &json!({"Subject": 7}));
        assert_eq!((answer.status.as_u16(), answer.json["error"].is_object()), (200, true));
        assert_eq!(tenant.get("Bogus").status, 404, "pages stay what they are");
    });
    with(Quirk::StaleModel, &|| {
        let answer = tenant.get("Case");
        assert!(answer.status == 500 && answer.text.contains("is missing the property"));
        assert_eq!(tenant.get(&format!("Case({case})")).status, 500);
        assert_eq!(tenant.get("Case?$select=Id").status, 200);
    });
    with(Quirk::DatesWithoutZoneVanish, &|| {
        for date in ["2026-11-20T09:00:00", "2026-11-20"] {
            let answer = tenant.post("Case", &json!({"Subject": "a", "ResponseDate": date}));
            assert_eq!(answer.json["ResponseDate"], "0001-01-01T00:00:00Z");
        }
    });
    with(Quirk::NumbersAsText, &|| {
        let row = tenant.get(&format!("Case({case})?$select=SolutionRemains")).json;
        assert!(row["SolutionRemains"].is_string(), "{row}");
    });
    with(Quirk::UnknownSetIs401, &|| assert_eq!(tenant.get("Bogus").status, 401));
    with(Quirk::UnknownSetIsJson, &|| {
        let answer = tenant.get("Bogus");
        assert_eq!(answer.status, 404);
        assert!(
            answer.json["MessageDetail"].as_str().unwrap().contains("controller named 'Bogus'")
        );
    });
    assert_ne!(case, Uuid::nil());
    assert_eq!(guid(&case.to_string()), case);
}
