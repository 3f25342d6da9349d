use handover_core::probe::{Check, Probe, Verdict};
use handover_sim::creatio::{Builder, Host, Rights};
use secrecy::SecretString;
use std::sync::Arc;

use crate::testing::{
    CLIENT_SECRET, Time, WEBHOOK_SECRET, builder, desk_config, desk_on, order_number,
};
use crate::{Client, Config, Creatio, DeskConfig, ReplyRule};

const OWNER: &str = "410006e1-ca4e-4502-a9ec-e54d922d2c00";
const ROLE: &str = "a29a3ba5-4b0d-de11-9a51-005056c00008";

fn whole() -> DeskConfig {
    desk_config()
        .with_reply_rule(ReplyRule::new(vec!["Email".to_owned()]).unwrap())
        .with_default_owner_id(OWNER)
        .and_then(|config| config.with_resolved_status_id(&crate::ids::CASE_RESOLVED.to_string()))
        .unwrap()
}

async fn check(sim: Builder, config: DeskConfig) -> Vec<Check> {
    desk_on(&sim.build(), &Time::new(), config).check().await
}

fn verdict(checks: &[Check], name: &str) -> Verdict {
    let check = checks.iter().find(|check| check.name == name);
    let check = check.unwrap_or_else(|| panic!("no check {name} in {checks:?}"));
    assert_eq!(check.fix.is_some(), check.verdict != Verdict::Proven);
    check.verdict
}

#[tokio::test]
async fn a_good_configuration_is_proven() {
    let checks = check(builder(), whole()).await;
    for check in &checks {
        assert_eq!(check.verdict, Verdict::Proven, "{check:?}");
    }
    assert!(checks.len() >= 10);
}

#[tokio::test]
async fn a_role_is_a_group_and_a_user_is_not() {
    let group = |id: &str| whole().with_default_group_id(id).unwrap();
    let checks = check(builder(), group(ROLE)).await;
    assert_eq!(verdict(&checks, "default_group_id"), Verdict::Proven);
    let sim = builder().build();
    let user = sim.lookup_id("SysAdminUnit", "Integration").to_string();
    let checks = desk_on(&sim, &Time::new(), group(&user)).check().await;
    assert_eq!(verdict(&checks, "default_group_id"), Verdict::Broken);
    let checks = check(builder(), whole().with_default_owner_id(&user).unwrap()).await;
    assert_eq!(verdict(&checks, "default_owner_id"), Verdict::Broken);
    let new = "ae5f2f10-f46b-1410-fd9a-0050ba5d6c38";
    let checks = check(builder(), whole().with_resolved_status_id(new).unwrap()).await;
    assert_eq!(verdict(&checks, "resolved_status_id"), Verdict::Broken);
}

#[tokio::test]
async fn every_wrong_column_is_named_at_once() {
    let field = |column: &str| handover_core::assistant::FieldSpec {
        column: column.into(),
        ..order_number()
    };
    let fields = vec![field("UsrA"), field("UsrOrderNumber"), field("UsrB")];
    let checks = check(builder(), whole().with_fields(fields).unwrap()).await;
    let columns = checks.iter().find(|check| check.name == "columns of Case").unwrap();
    assert_eq!(columns.verdict, Verdict::Broken);
    assert_eq!(columns.detail, "missing: UsrA, UsrB");
}

#[tokio::test]
async fn without_a_rule_the_silence_is_explained() {
    let checks = check(builder(), desk_config()).await;
    assert_eq!(verdict(&checks, "replies"), Verdict::Warning);
    let rule = ReplyRule::new(vec!["Emial".to_owned()]).unwrap();
    let checks = check(builder(), desk_config().with_reply_rule(rule)).await;
    assert_eq!(verdict(&checks, "replies"), Verdict::Broken);
    let silent = desk_config().with_webhook_secrets(Vec::new()).unwrap();
    assert_eq!(verdict(&check(builder(), silent).await, "webhook"), Verdict::Warning);
}

#[tokio::test]
async fn missing_rights_are_told_from_missing_roles() {
    let checks = check(builder().rights(Rights::NoRoles), whole()).await;
    assert_eq!(verdict(&checks, "rights on Contact"), Verdict::Broken);
    let checks = check(builder().rights(Rights::NoOData), whole()).await;
    assert!(checks.iter().any(|check| check.verdict == Verdict::Broken));
    let checks = check(builder().without_entity("Activity"), whole()).await;
    assert_eq!(verdict(&checks, "rights on Activity"), Verdict::Broken);
}

#[tokio::test]
async fn the_other_kind_of_host_is_recognised() {
    let (sim, time) = (builder().host(Host::Framework).build(), Time::new());
    let config = Config::new("http://127.0.0.1:9", "client", SecretString::from(CLIENT_SECRET))
        .and_then(|config| config.with_identity_url("http://127.0.0.1:9"))
        .and_then(|config| config.with_odata_path("odata"))
        .unwrap();
    let client =
        Client::new(&config, Arc::new(sim.transport(time.clock())), Arc::new(time.clock()));
    let desk = Creatio::new(client.unwrap(), whole()).unwrap();
    let checks = desk.check().await;
    let address = checks.last().unwrap();
    assert_eq!((address.name.as_str(), address.verdict), ("address", Verdict::Broken));
    assert!(address.detail.contains("other place"));
}

#[tokio::test]
async fn a_refused_login_is_the_only_line() {
    let sim = handover_sim::creatio::Creatio::new("client", "another secret");
    let checks = desk_on(&sim, &Time::new(), whole()).check().await;
    assert_eq!(checks.len(), 1);
    assert_eq!(verdict(&checks, "login"), Verdict::Broken);
}

#[tokio::test]
async fn no_check_holds_a_secret() {
    let shown = format!("{:?}", check(builder(), whole()).await);
    assert!(!shown.contains(CLIENT_SECRET) && !shown.contains(WEBHOOK_SECRET));
}
