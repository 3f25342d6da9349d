use serde_json::json;
use uuid::Uuid;

use crate::tenant::{CLOSED, NEW, NIL, RESOLVED, Tenant, guid};

#[test]
fn a_case_gets_what_the_server_gives() {
    let tenant = Tenant::new();
    let answer = tenant.post("Case", &json!({"Subject": "Lost parcel", "OwnerId": null}));
    assert_eq!(answer.status, 201);
    let case = &answer.json;
    assert_eq!(case["Number"], "SR00000001");
    assert_eq!(case["Symptoms"], "Lost parcel");
    assert_eq!(case["StatusId"], NEW);
    assert_eq!(case["OwnerId"], NIL, "no value is the empty GUID");
    assert_eq!(case["ClosureDate"], "0001-01-01T00:00:00Z");
    assert_eq!(case["Notes"], "");
    assert_eq!(case["SolutionRemains"], 0);
    assert_eq!(case["CreatedOn"], "2026-11-20T09:00:00.1234567Z");
    assert_eq!(case["CreatedById"], json!(tenant.sim.integration_contact()));
    assert!(case["@odata.context"].as_str().unwrap().ends_with("$metadata#Case/$entity"));
}

#[test]
fn a_patch_with_an_unknown_column_answers_204_and_does_not_write_it() {
    let tenant = Tenant::new();
    let case = tenant.create("Case", &json!({"Subject": "a"}));
    let body = json!({"UsrOrderNumbr": "4711", "Notes": "n"});
    assert_eq!(tenant.patch("Case", case, &body).status, 204);
    let case = tenant.sim.case(case).unwrap();
    assert_eq!((case.text("UsrOrderNumber"), case.text("Notes")), ("", "n"));
}

#[test]
fn custom_columns_are_written() {
    let tenant = Tenant::new();
    let topic = tenant.sim.lookup_id("UsrTopic", "Billing");
    let body = json!({"Subject": "a", "UsrOrderNumber": "4711", "UsrTopicId": topic});
    let case = tenant.sim.case(tenant.create("Case", &body)).unwrap();
    assert_eq!((case.text("UsrOrderNumber"), case.shown("UsrTopic")), ("4711", "Billing"));
}

#[test]
fn a_navigation_path_in_a_body_is_passed_over() {
    let tenant = Tenant::new();
    let case = tenant.create("Case", &json!({"Subject": "a"}));
    for key in ["Case", "Case/Id", "Case@odata.bind", "Bogus"] {
        let activity = tenant.create("Activity", &json!({"Title": "t", key: case}));
        let activity = tenant.sim.record("Activity", activity).unwrap();
        assert_eq!(activity.guid("CaseId"), None, "{key}");
    }
}

#[test]
fn the_empty_guid_is_dropped_and_null_clears() {
    let tenant = Tenant::new();
    let owner = tenant.sim.integration_contact();
    let case = tenant.create("Case", &json!({"Subject": "a", "OwnerId": owner}));
    assert_eq!(tenant.patch("Case", case, &json!({"OwnerId": NIL})).status, 204);
    assert_eq!(tenant.sim.case(case).unwrap().guid("OwnerId"), Some(owner));
    assert_eq!(tenant.patch("Case", case, &json!({"OwnerId": null})).status, 204);
    assert_eq!(tenant.sim.case(case).unwrap().guid("OwnerId"), None);
}

#[test]
fn bad_values_are_refused() {
    let tenant = Tenant::new();
    for (column, value, cause) in [
        ("RegisteredOn", json!("2026-11-20T09:00:00"), "'Edm.DateTimeOffset'"),
        ("RegisteredOn", json!("2026-11-20"), "'Edm.DateTimeOffset'"),
        ("RegisteredOn", json!("2026-11-20 09:00:00Z"), "'Edm.DateTimeOffset'"),
        ("OwnerId", json!("Canada"), "literal 'Canada' to the expected type 'Edm.Guid'"),
        ("OwnerId", json!("{410006e1-ca4e-4502-a9ec-e54d922d2c00}"), "'Edm.Guid'"),
        ("OwnerId", json!(7), "'Edm.Guid'"),
        ("Subject", json!(7), "'Edm.String'"),
        ("ResponseOverdue", json!("yes"), "'Edm.Boolean'"),
    ] {
        let answer = tenant.post("Case", &json!({"Subject": "a", column: value}));
        assert_eq!(answer.status, 400, "{column}: {}", answer.text);
        let error = &answer.json["error"];
        assert_eq!(
            (&error["code"], &error["message"]),
            (&json!(""), &json!("The request is invalid."))
        );
        assert!(error["innererror"]["message"].as_str().unwrap().contains(cause), "{error}");
    }
    assert!(tenant.sim.cases().is_empty());
}

#[test]
fn offsets_and_many_digits_are_understood() {
    let tenant = Tenant::new();
    for (sent, shown) in [
        ("2026-11-20T11:00:00+02:00", "2026-11-20T09:00:00Z"),
        ("2026-11-20T09:00:00.123456789Z", "2026-11-20T09:00:00.1234567Z"),
        ("2026-11-20T09:00:00.5Z", "2026-11-20T09:00:00.5Z"),
    ] {
        let answer = tenant.post("Case", &json!({"Subject": "a", "RegisteredOn": sent}));
        assert_eq!(answer.json["RegisteredOn"], shown);
        let found = format!("Case/$count?$filter=RegisteredOn%20eq%20{shown}");
        assert_ne!(tenant.get(&found).text, "0", "what is shown is what is stored: {shown}");
    }
}

#[test]
fn text_is_measured_in_utf_16() {
    let tenant = Tenant::new();
    let fits = json!({"Subject": "😀".repeat(250)});
    assert_eq!(tenant.post("Case", &fits).status, 201);
    let answer = tenant.post("Case", &json!({"Subject": "😀".repeat(250) + "a"}));
    assert_eq!(answer.status, 500);
    let cause = &answer.json["error"]["innererror"]["internalexception"]["message"];
    assert!(cause.as_str().unwrap().contains("truncated"), "{cause}");
}

#[test]
fn an_id_is_ours_to_choose_once() {
    let tenant = Tenant::new();
    let id = Uuid::from_u128(7);
    assert_eq!(tenant.create("Case", &json!({"Id": id, "Subject": "a"})), id);
    let again = tenant.post("Case", &json!({"Id": id, "Subject": "b"}));
    assert_eq!(again.status, 500);
    let cause = &again.json["error"]["innererror"]["internalexception"]["message"];
    assert!(cause.as_str().unwrap().contains("PRIMARY KEY"), "{cause}");
    assert_eq!(tenant.sim.case(id).unwrap().text("Subject"), "a");
}

#[test]
fn a_lookup_must_exist() {
    let tenant = Tenant::new();
    let nobody = Uuid::from_u128(7);
    let answer = tenant.post("Case", &json!({"Subject": "a", "ContactId": nobody}));
    assert_eq!(answer.status, 500);
    assert!(answer.text.contains("FOREIGN KEY"), "{}", answer.text);
    let case = tenant.create("Case", &json!({"Subject": "a"}));
    let answer = tenant.patch("Case", case, &json!({"OwnerId": nobody}));
    assert!(answer.status == 500 && answer.text.contains("FOREIGN KEY"), "{}", answer.text);
}

#[test]
fn unknown_sets_and_rows_are_told_apart() {
    let tenant = Tenant::new();
    let missing = tenant.get("ActivityMessageType");
    assert_eq!(missing.status, 404);
    assert!(missing.text.contains("<title>404 - File or directory not found.</title>"));
    let id = Uuid::from_u128(7);
    let missing = tenant.get(&format!("Case({id})"));
    assert_eq!((missing.status.as_u16(), missing.text.as_str()), (404, ""));
    assert_eq!(tenant.patch("Case", id, &json!({"Notes": "n"})).status, 404);
    assert_eq!(tenant.call("DELETE", &format!("Case({id})"), &json!(null), &[]).status, 404);
}

#[test]
fn an_activity_needs_an_owner() {
    let tenant = Tenant::new();
    let answer = tenant.post("Activity", &json!({"Title": "t"}));
    assert_eq!(answer.json["OwnerId"], json!(tenant.sim.integration_contact()));
    let answer = tenant.post("Activity", &json!({"Title": "t", "OwnerId": null}));
    assert_eq!(answer.status, 500);
    assert!(answer.text.contains("Owner"), "{}", answer.text);
}

#[test]
fn a_mail_with_a_bare_sender_is_written_and_answers_500() {
    let tenant = Tenant::new();
    let id = Uuid::from_u128(7);
    let mail = "e2831dec-cfc0-df11-b00f-001d60e938c6";
    let body = json!({"Id": id, "Title": "t", "TypeId": mail, "Sender": "ann@example.com"});
    assert_eq!(tenant.post("Activity", &body).status, 500);
    assert_eq!(tenant.get(&format!("Activity({id})?$select=Title")).json["Title"], "t");
    let body = json!({"Title": "t", "TypeId": mail, "Sender": "Ann <ann@example.com>"});
    assert_eq!(tenant.post("Activity", &body).status, 201);
}

#[test]
fn closing_stamps_once() {
    let mut tenant = Tenant::new();
    let case = tenant.create("Case", &json!({"Subject": "a"}));
    tenant.later(60);
    assert_eq!(tenant.patch("Case", case, &json!({"StatusId": CLOSED})).status, 204);
    let closed = tenant.sim.case(case).unwrap();
    assert_eq!(closed.date("ClosureDate"), Some(tenant.now));
    assert_eq!(closed.date("RespondedOn"), Some(tenant.now));
    let first = tenant.now;
    tenant.later(60);
    tenant.patch("Case", case, &json!({"StatusId": NEW}));
    tenant.later(60);
    tenant.patch("Case", case, &json!({"StatusId": CLOSED}));
    let again = tenant.sim.case(case).unwrap();
    assert_eq!(again.date("ClosureDate"), Some(first), "only an empty date is filled");
    assert_eq!(again.date("SolutionProvidedOn"), Some(tenant.now));
    assert_eq!(again.date("FirstSolutionProvidedOn"), Some(first));
}

#[test]
fn resolved_is_not_final() {
    let tenant = Tenant::new();
    let case = tenant.create("Case", &json!({"Subject": "a"}));
    tenant.patch("Case", case, &json!({"StatusId": RESOLVED}));
    let case = tenant.sim.case(case).unwrap();
    assert_eq!((case.shown("Status"), case.date("ClosureDate")), ("Resolved", None));
    assert_eq!(case.date("SolutionProvidedOn"), Some(tenant.now));
}

#[test]
fn a_portal_case_without_a_contact_gets_ours() {
    let tenant = Tenant::new();
    let portal = "debf4124-f46b-1410-3592-0050ba5d6c38";
    let answer = tenant.post("Case", &json!({"Subject": "a", "OriginId": portal}));
    assert_eq!(answer.json["ContactId"], json!(tenant.sim.integration_contact()));
}

#[test]
fn telephone_and_mail_of_a_contact_become_communication_rows() {
    let tenant = Tenant::new();
    let body =
        json!({"Name": "Ann", "MobilePhone": "+1 (212) 542-4238", "Email": "Ann@Example.COM"});
    let contact = tenant.create("Contact", &body);
    let numbers = |tenant: &Tenant| {
        let target = format!(
            "ContactCommunication?$filter=Contact/Id%20eq%20{contact}&$orderby=SearchNumber"
        );
        let rows = tenant.rows(&target);
        rows.iter().map(|row| row["SearchNumber"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(numbers(&tenant), ["83242452121", "ann@example.com"]);
    tenant.patch("Contact", contact, &json!({"MobilePhone": "+1 212 542 4239", "Email": ""}));
    assert_eq!(numbers(&tenant), ["93242452121"]);
}

#[test]
fn an_incoming_mail_reopens_a_resolved_case_and_clears_its_owner() {
    let tenant = Tenant::new();
    let owner = tenant.sim.integration_contact();
    let mail = json!({"Title": "t",
        "TypeId": "e2831dec-cfc0-df11-b00f-001d60e938c6",
        "MessageTypeId": "7f9d1f86-f36b-1410-068c-20cf30b39373"});
    for (status, after) in [(RESOLVED, "Reopened"), (CLOSED, "Closed"), (NEW, "New")] {
        let body = json!({"Subject": "a", "OwnerId": owner, "StatusId": status});
        let case = tenant.create("Case", &body);
        let mut mail = mail.clone();
        mail["CaseId"] = json!(case);
        tenant.create("Activity", &mail);
        let case = tenant.sim.case(case).unwrap();
        assert_eq!(case.shown("Status"), after);
        assert_eq!(case.guid("OwnerId").is_none(), after == "Reopened");
    }
}

#[test]
fn files_keep_their_bytes() {
    let tenant = Tenant::new();
    let case = tenant.create("Case", &json!({"Subject": "a"}));
    let file = tenant.create("CaseFile", &json!({"Name": "a.txt", "CaseId": case}));
    let target = format!("CaseFile({file})/Data");
    assert_eq!(tenant.call("PUT", &target, &json!([1, 2]), &[]).status, 200);
    assert_eq!(tenant.sim.file("CaseFile", file).unwrap(), "[1,2]");
    assert_eq!(tenant.get(&target).text, "[1,2]");
    assert_eq!(tenant.call("DELETE", &target, &json!(null), &[]).status, 204);
    assert_eq!(tenant.get(&target).text, "");
}

#[test]
fn what_is_pointed_at_is_not_deleted() {
    let tenant = Tenant::new();
    let case = tenant.create("Case", &json!({"Subject": "a"}));
    let activity = tenant.create("Activity", &json!({"Title": "t", "CaseId": case}));
    let delete = |target: String| tenant.call("DELETE", &target, &json!(null), &[]).status;
    assert_eq!(delete(format!("Case({case})")), 500);
    assert_eq!(delete(format!("Activity({activity})")), 204);
    assert_eq!(delete(format!("Case({case})")), 204);
    assert_eq!(tenant.sim.case(case), None);
}

#[test]
fn bodies_must_be_json_objects() {
    let tenant = Tenant::new();
    assert_eq!(tenant.post("Case", &json!([])).status, 400);
    assert_eq!(tenant.call("POST", "Case", &json!(null), &[]).status, 400);
    assert_eq!(guid(NEW).to_string(), NEW);
}

#[test]
fn the_satisfaction_level_is_not_ours_to_write() {
    let tenant = Tenant::new();
    let level = tenant.sim.lookup_id("SatisfactionLevel", "Very satisfied");
    let answer = tenant.post("Case", &json!({"Subject": "a", "SatisfactionLevelId": level}));
    assert!(answer.status == 500 && answer.text.contains("CanChangeCaseSatisfactionLevel"));
    assert!(tenant.sim.cases().is_empty());
}
