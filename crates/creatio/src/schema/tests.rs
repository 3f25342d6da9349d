use std::time::Duration;

use handover_core::error::ErrorKind;

use super::UnknownColumns;
use super::metadata::properties;
use super::nearest::nearest;
use crate::entities::{CASE, case};
use crate::testing::{Script, Time, builder, client_on};
use crate::{Column, Values};

const XML: &str = r#"<?xml version="1.0"?><edmx:Edmx><Schema Namespace="Terrasoft.Configuration.OData">
<EntityType Name="CaseStatus"><Key><PropertyRef Name="Id"/></Key>
<Property Name="IsFinal" Type="Edm.Boolean" /></EntityType>
<EntityType BaseType="Terrasoft.Configuration.OData.Base" Name="Case"><Property
  Name='OwnerId' Type="Edm.Guid"/><Property Type="Edm.String" Nullable="false" Name="Subject"></Property>
<NavigationProperty Name="Owner" Type="X" Partner="CaseCollectionByOwner"/></EntityType>
<EntityType Name="Base"><Property Name="Id"/></EntityType></Schema></edmx:Edmx>"#;

#[test]
fn the_model_tells_the_properties_of_an_entity_and_no_others() {
    let names: Vec<String> = properties(XML, "Case").unwrap().into_iter().collect();
    assert_eq!(names, ["Id", "OwnerId", "Subject"]);
    assert_eq!(properties(XML, "CaseStatus").unwrap().len(), 1);
    for xml in ["", "<", "<EntityType", "<EntityType Name=\"Case\"><Property Name=\"A\"", "<html>"]
    {
        assert_eq!(properties(xml, "Case"), None, "{xml}");
    }
    let circle = r#"<EntityType Name="A" BaseType="N.A"><Property Name="X"/></EntityType>"#;
    assert_eq!(properties(circle, "A").unwrap().len(), 1);
}

#[test]
fn a_wrong_name_is_told_what_it_may_mean() {
    let names = ["Id", "OwnerId", "Subject", "UsrOrderNumber"].map(str::to_owned).into();
    for (wrong, right) in [
        ("UsrOrdrNumber", Some("UsrOrderNumber")),
        ("usrordernumber", Some("UsrOrderNumber")),
        ("Owner", Some("OwnerId")),
        ("UsrOrderNumberOfTheCustomer", None),
        ("UsrColour", None),
    ] {
        assert_eq!(nearest(wrong, &names), right, "{wrong}");
    }
}

#[tokio::test]
async fn all_wrong_names_come_in_one_error_each_with_the_nearest_right_one() {
    let (sim, time) = (builder().build(), Time::new());
    let client = client_on(&sim, &time);
    let id = sim.add("Case", &[("Subject", "a".into())], time.now());
    let wrong = |name: &str| Column::named(name).unwrap();
    let values = Values::new()
        .set(case::SUBJECT, "b")
        .set(wrong("UsrOrdrNumber"), "1")
        .set(wrong("Symptms"), "2")
        .set(wrong("UsrNothingLikeIt"), "3");
    let error = client.update(&CASE, id, &values).await.unwrap_err();
    assert_eq!((error.kind(), error.code()), (ErrorKind::Config, Some("Symptms")));
    assert_eq!(
        UnknownColumns::of(&error).unwrap().to_string(),
        "Case has no Symptms (Symptoms?), UsrNothingLikeIt, UsrOrdrNumber (UsrOrderNumber?)"
    );
    assert_eq!(sim.case(id).unwrap().text("Subject"), "a", "nothing is written");
}

#[tokio::test]
async fn where_the_model_cannot_be_read_all_are_named_all_the_same() {
    let refusal = |name: &str| {
        format!(
            r#"{{"error":{{"message":"Could not find a property named '{name}' on type 'Case'."}}}}"#
        )
    };
    for model in [(404, "<html></html>"), (200, "no XML")] {
        let script = Script::default().token().answer(400, refusal("UsrA")).html(model.0, model.1);
        let script = script.answer(400, refusal("UsrB")).answer(200, r#"{"value":[]}"#);
        let columns = ["Subject", "UsrA", "UsrB"].map(|name| Column::named(name).unwrap());
        let client = script.client(&Time::new());
        let error = client.ensure_columns(&CASE, &columns).await.unwrap_err();
        let unknown = UnknownColumns::of(&error).unwrap().columns();
        let names: Vec<&str> = unknown.iter().map(|column| column.name.as_str()).collect();
        assert_eq!(names, ["UsrA", "UsrB"]);
    }
}

#[tokio::test]
async fn what_exists_is_asked_for_once_an_hour() {
    let (sim, time) = (builder().metadata_latency(Duration::from_secs(9)).build(), Time::new());
    let client = client_on(&sim, &time);
    client.log_in().await.unwrap();
    for (passed, calls) in [(0, 1), (0, 1), (3_000, 1), (700, 2)] {
        time.pass(passed);
        client.ensure_columns(&CASE, [&case::SUBJECT, &case::OWNER]).await.unwrap();
        let asked = sim.requests().iter().filter(|request| !request.path.contains("token")).count();
        assert_eq!(asked, calls);
    }
}
