use handover_sim::creatio::Rights;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

use crate::tenant::{NEW, Tenant, builder};

#[test]
fn what_the_platform_refuses_is_refused() {
    let tenant = Tenant::new();
    tenant.create("Case", &json!({"Subject": "a"}));
    for (target, status, cause) in [
        (
            "Activity?$filter=CaseId%20eq%20ID",
            500,
            "Column by path CaseId not found in schema Activity",
        ),
        ("Activity?$orderby=CaseId", 500, "Column by path CaseId not found in schema Activity"),
        ("Activity?$filter=Case/StatusId%20eq%20ID", 500, "Column by path Case.StatusId not found"),
        (
            "Case?$select=Subjekt",
            400,
            "Could not find a property named 'Subjekt' on type 'Terrasoft.Configuration.OData.Case'",
        ),
        ("Case?$filter=Subjekt%20eq%20'a'", 400, "Could not find a property named 'Subjekt'"),
        ("Case?$orderby=Subjekt", 400, "Could not find a property named 'Subjekt'"),
        ("Case?$expand=Bogus", 400, "Could not find a property named 'Bogus'"),
        ("Case?$filter=Status/Id%20eq%20'ID'", 400, "incompatible types"),
        ("Case?$filter=Status/Id%20eq%20guid'ID'", 400, "Syntax error"),
        ("Case?$filter=CreatedOn%20gt%20'2026-01-01T00:00:00Z'", 400, "incompatible types"),
        ("Case?$filter=CreatedOn%20gt%202026-01-01T00:00:00", 400, "Syntax error"),
        ("Case?$filter=Subject+eq+'a'", 400, "'Subject+eq+'"),
        ("Case?$filter=Subject%20eq+'a'", 400, "Syntax error"),
        ("Case?$filter=Status/Id%20in%20(ID)", 400, "Syntax error"),
        ("Case?$filter=tolower(Subject)%20eq%20'a'", 400, "unknown function"),
        ("Case?$filter=Subject%20eq%20'a", 400, "unterminated string literal"),
        ("Case?$filter=(Subject%20eq%20'a'", 400, "Syntax error"),
        ("Case?$filter=Subject%20eq%20'a'%20Subject", 400, "Syntax error"),
        ("Case?$filter=contains(CreatedOn,'a')", 400, "No function signature"),
        ("Case?$filter=Status%20eq%20null", 400, "is not a path to a value"),
        ("Case?$top=ten", 400, "Invalid value 'ten'"),
        ("Case?$top=1&$top=2", 400, "specified twice"),
        ("Case?$search=a", 400, "'$search' is not supported"),
        ("Case('ID')", 400, "is not an Edm.Guid"),
    ] {
        let answer = tenant.get(&target.replace("ID", NEW));
        assert_eq!(answer.status, status, "{target}: {}", answer.text);
        assert!(answer.text.contains(cause), "{target}: {}", answer.text);
        assert_eq!(answer.json["error"]["code"], "");
    }
}

#[test]
fn filters_find() {
    let tenant = Tenant::new();
    let ann = tenant.create("Contact", &json!({"Name": "Ann O'Neil"}));
    for (subject, contact) in [("100% wool", Some(ann)), ("a+b", None), ("Zebra", None)] {
        tenant.create("Case", &json!({"Subject": subject, "ContactId": contact}));
    }
    tenant.create("Contact", &json!({"Name": "Bob", "Email": "bob@example.com"}));
    for (filter, found) in [
        ("Subject eq 'a+b'", 1),
        ("Subject eq 'A+B'", 0),
        ("Subject ne 'a+b'", 2),
        ("startswith(Subject,'Ze')", 1),
        ("endswith(Subject,'wool')", 1),
        ("contains(Subject,'0% w')", 1),
        ("contains(Subject,'0% w') eq false", 2),
        ("not contains(Subject,'0% w')", 2),
        ("Contact/Name eq 'Ann O''Neil'", 1),
        ("contains(Contact/Name,'Neil')", 1),
        ("Contact/Id eq null", 2),
        ("Contact/Id ne null", 1),
        ("Status/IsFinal eq false", 3),
        ("Status/IsFinal", 0),
        ("ClosureDate eq null", 3),
        ("CreatedOn ge 2026-11-20T09:00:00.1234567Z", 3),
        ("CreatedOn gt 2026-11-20T09:00:00.1234567Z", 0),
        ("CreatedOn lt 2026-11-20T12:00:00+01:00", 3),
        ("Subject eq 'Zebra' or Subject eq 'a+b' and Contact/Name eq 'x'", 1),
        ("(Subject eq 'Zebra' or Subject eq 'a+b') and Contact/Name eq ''", 2),
        ("SolutionRemains eq 0", 3),
    ] {
        let target = format!("Case?$filter={}", utf8_percent_encode(filter, NON_ALPHANUMERIC));
        assert_eq!(tenant.rows(&target).len(), found, "{filter}");
    }
}

#[test]
fn a_filter_has_a_hundred_nodes() {
    let tenant = Tenant::new();
    let filter = |terms: usize| {
        let terms = vec![format!("Id%20eq%20{NEW}"); terms];
        format!("Case?$filter={}", terms.join("%20or%20"))
    };
    assert_eq!(tenant.get(&filter(15)).status, 200);
    let answer = tenant.get(&filter(20));
    assert_eq!(answer.status, 400);
    assert!(answer.text.contains("The node count limit of '100' has been exceeded"));
}

#[test]
fn pages_orders_and_counts() {
    let tenant = Tenant::new();
    for subject in ["b", "c", "a"] {
        tenant.create("Case", &json!({"Subject": subject}));
    }
    let subjects = |options: &str| -> Vec<Value> {
        let rows = tenant.rows(&format!("Case?$select=Subject&{options}"));
        rows.iter().map(|row| row["Subject"].clone()).collect()
    };
    assert_eq!(subjects("$orderby=Subject"), ["a", "b", "c"]);
    assert_eq!(subjects("$orderby=Status/Name,Subject%20desc"), ["c", "b", "a"]);
    assert_eq!(subjects("$orderby=Subject&$skip=1&$top=1"), ["b"]);
    assert_eq!(subjects("%24orderby=Number%20desc"), ["a", "c", "b"]);
    let counted = tenant.get("Case?$count=true&$top=0");
    assert_eq!((&counted.json["@odata.count"], &counted.json["value"]), (&json!(3), &json!([])));
    assert_eq!(tenant.get("Case/$count?$filter=Subject%20eq%20'a'").text, "1");
}

#[test]
fn select_and_expand_shape_the_row() {
    let tenant = Tenant::new();
    let case = tenant.create("Case", &json!({"Subject": "a"}));
    let answer =
        tenant.get(&format!("Case({case})?$select=Id,StatusId&$expand=Status($select=Name),Owner"));
    let mut row = answer.json.as_object().unwrap().clone();
    row.remove("@odata.context");
    let expected = json!({"Id": case, "StatusId": NEW, "Status": {"Name": "New"}, "Owner": null});
    assert_eq!(Value::Object(row), expected);
    assert_eq!(tenant.get(&format!("Case/{case}?$select=Subject")).json["Subject"], "a");
    assert_eq!(tenant.get(&format!("Case({case})/Subject/$value")).text, "a");
}

#[test]
fn the_service_root_lists_the_sets() {
    let tenant = Tenant::of(builder().without_entity("CaseFile"));
    let sets = tenant.rows("");
    let has = |name: &str| sets.iter().any(|set| set["name"] == name);
    assert!(has("Case") && has("UsrTopic") && !has("CaseFile"));
    assert_eq!(tenant.get("CaseFile").status, 404);
}

#[test]
fn a_page_ends_at_20_000_rows() {
    let tenant = Tenant::new();
    for _ in 0..20_001 {
        tenant.sim.add("Account", &[("Name", json!("a"))], tenant.now);
    }
    assert_eq!(tenant.rows("Account?$select=Id&$top=30000").len(), 20_000);
    assert_eq!(tenant.get("Account/$count").text, "20001");
}

#[test]
fn a_user_without_roles_sees_empty_lists() {
    let tenant = Tenant::of(builder().rights(Rights::NoRoles));
    assert!(tenant.rows("CaseStatus").is_empty());
    assert_eq!(tenant.get("CaseStatus/$count").text, "0");
    assert_eq!(tenant.get(&format!("CaseStatus({NEW})")).status, 404);
}
