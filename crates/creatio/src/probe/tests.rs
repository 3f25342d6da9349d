use handover_core::assistant::FieldSpec;
use handover_core::desk::Desk;
use handover_core::id::ChannelId;
use handover_core::probe::{Check, Probe, Verdict};
use handover_sim::creatio::{
    ActivityType, Builder, Host, Operation, Poke, PokeStyle, RepActivity, Rights,
};
use secrecy::SecretString;
use std::sync::Arc;

use crate::testing::{
    CLIENT_SECRET, Time, WEBHOOK_SECRET, attempt, builder, desk_config, desk_on, entries, opening,
    order_number,
};
use crate::{Client, Config, Creatio, DeskConfig, EntryMode, FilePolicy, Heard, ReplyRule};

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
    let field = |column: &str| FieldSpec { column: column.into(), ..order_number() };
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
async fn after_a_refused_login_nothing_else_is_asked() {
    let sim = handover_sim::creatio::Creatio::new("client", "another secret");
    let checks = desk_on(&sim, &Time::new(), whole()).check().await;
    assert_eq!(checks.len(), 2);
    assert_eq!(verdict(&checks, "identity service"), Verdict::Proven);
    assert_eq!(verdict(&checks, "login"), Verdict::Broken);
}

#[tokio::test]
async fn the_kind_of_host_is_found_out_and_told() {
    for (host, said) in [(Host::Framework, "(.NET Framework)"), (Host::Core, "(.NET)")] {
        let checks = check(builder().host(host), whole()).await;
        let address = checks.iter().find(|check| check.name == "address").unwrap();
        assert!(address.detail.contains(said), "{address:?}");
    }
}

#[tokio::test]
async fn options_that_are_no_rows_are_named() {
    let field = |options: &[&str]| FieldSpec {
        column: "PriorityId".into(),
        kind: "dropdown".into(),
        options: options.iter().map(|option| (*option).to_owned()).collect(),
        ..order_number()
    };
    let config = whole().with_fields(vec![field(&["medium", "High"])]).unwrap();
    let checks = check(builder(), config).await;
    let seen = checks.iter().find(|check| check.name == "field PriorityId").unwrap();
    assert_eq!(seen.verdict, Verdict::Broken);
    assert_eq!(seen.detail, "no row of CasePriority is called \"High\"");
    let config = whole().with_fields(vec![field(&["Medium"])]).unwrap();
    assert_eq!(verdict(&check(builder(), config).await, "field PriorityId"), Verdict::Proven);
    let config = whole().with_fields(Vec::new()).unwrap();
    let config = config.with_field(field(&["a"]), Some("UsrNothing")).unwrap();
    assert_eq!(verdict(&check(builder(), config).await, "field PriorityId"), Verdict::Broken);
}

#[tokio::test]
async fn columns_of_the_reply_rule_and_of_entry_modes_must_exist() {
    let rule = ReplyRule::marked("UsrToCustomer").unwrap();
    let checks = check(builder(), whole().with_reply_rule(rule)).await;
    assert_eq!(verdict(&checks, "columns of Activity"), Verdict::Broken);
    let feed = whole().with_entry_mode(ChannelId::new("sms").unwrap(), EntryMode::Feed);
    let checks = check(builder().without_entity("SocialMessage"), feed).await;
    assert_eq!(verdict(&checks, "rights on SocialMessage"), Verdict::Broken);
    let checks = check(builder().without_entity("ActivityFile"), whole()).await;
    assert_eq!(verdict(&checks, "rights on ActivityFile"), Verdict::Broken);
    let checks =
        check(builder().without_entity("ActivityFile"), whole().with_files(FilePolicy::Link)).await;
    assert!(checks.iter().all(|check| check.verdict == Verdict::Proven), "{checks:?}");
}

#[tokio::test]
async fn a_person_who_shares_the_login_is_noticed() {
    let (sim, time) = (builder().build(), Time::new());
    let desk = desk_on(&sim, &time, whole());
    desk.open(&opening(), &attempt(opening().key)).await.unwrap();
    let case = handover_core::desk::Case::new(opening().key.uuid().to_string());
    desk.append(&case, &opening().about, &entries(2), &attempt(opening().key)).await.unwrap();
    let fresh = || desk_on(&sim, &time, whole());
    let checks = fresh().check().await;
    let seen = checks.iter().find(|check| check.name == "shared login").unwrap();
    assert_eq!(seen.detail, "nobody else writes with this login");
    let mail = RepActivity::new(ActivityType::Email).body("by hand").finished();
    let mail = mail.by(sim.integration_contact());
    sim.rep_adds_activity(opening().key.uuid(), mail, time.now());
    assert_eq!(verdict(&fresh().check().await, "shared login"), Verdict::Warning);
}

#[tokio::test]
async fn clocks_that_differ_are_noticed() {
    let ahead = builder().clock_skew(chrono::TimeDelta::minutes(3));
    assert_eq!(verdict(&check(ahead, whole()).await, "clocks"), Verdict::Warning);
}

#[tokio::test]
async fn a_quota_that_is_used_up_is_noticed() {
    let (sim, time) = (builder().build(), Time::new());
    sim.limit_calls(Some((3, 429)));
    let checks = desk_on(&sim, &time, whole()).check().await;
    assert!(checks.iter().any(|check| check.verdict == Verdict::Broken));
}

#[tokio::test]
async fn a_round_trip_proves_all_and_leaves_nothing_behind() {
    for files in [FilePolicy::Upload, FilePolicy::None] {
        let (sim, time) = (builder().build(), Time::new());
        let types = ReplyRule::new(vec!["Task".to_owned()]).unwrap();
        let desk = desk_on(&sim, &time, whole().with_files(files).with_reply_rule(types));
        let hook = "https://relay.example/desks/creatio".parse().unwrap();
        sim.poke(Poke::new(hook, WEBHOOK_SECRET, PokeStyle::Header));
        let trip = desk.begin_trip().await;
        let case = trip.case().unwrap().to_owned();
        let row = sim.case(case.parse().unwrap()).unwrap();
        assert_eq!(row.shown("Status"), "Resolved");
        assert!(row.text("Subject").contains("handover can write here"));
        let calls = sim.take_webhooks();
        let told = calls.iter().any(|call| {
            let body = call.request.body();
            String::from_utf8_lossy(body).contains(&case)
        });
        assert!(told, "a process that leaves our own rows out still tells of a closed case");
        let checks = desk.end_trip(trip, Heard::Call).await;
        for check in &checks {
            assert_eq!(check.verdict, Verdict::Proven, "{check:?}");
        }
        assert_eq!(checks.len(), if files == FilePolicy::Upload { 7 } else { 6 });
        for table in ["Case", "Activity", "ActivityFile"] {
            assert!(sim.records(table).is_empty(), "{table}");
        }
    }
}

#[tokio::test]
async fn a_round_trip_proves_the_entry_mode_of_each_channel() {
    let channel = |name| ChannelId::new(name).unwrap();
    let config = whole()
        .with_entry_mode(channel("mail"), EntryMode::Email)
        .with_entry_mode(channel("sms"), EntryMode::Task)
        .with_entry_mode(channel("widget"), EntryMode::Feed);
    let (sim, time) = (builder().build(), Time::new());
    let desk = desk_on(&sim, &time, config.clone());
    let trip = desk.begin_trip().await;
    let types: Vec<String> =
        sim.records("Activity").iter().map(|row| row.shown("Type").to_owned()).collect();
    assert_eq!(types, ["Task", "Email", "Email"]);
    assert!(sim.records("Activity").iter().all(|row| row.shown("EmailSendStatus") != "Not sent"));
    assert_eq!(sim.records("SocialMessage").len(), 2);
    assert_eq!(sim.records("CaseFile").len(), 1);
    let checks = desk.end_trip(trip, Heard::Call).await;
    assert!(checks.iter().all(|check| check.verdict == Verdict::Proven), "{checks:?}");
    for table in ["Case", "Activity", "ActivityFile", "SocialMessage", "CaseFile"] {
        assert!(sim.records(table).is_empty(), "{table}");
    }
    for (table, name) in [
        ("SocialMessage", "round trip: append to the feed"),
        ("CaseFile", "round trip: file on the case"),
    ] {
        let (sim, time) = (builder().build(), Time::new());
        sim.deny(table, Operation::Insert);
        let desk = desk_on(&sim, &time, config.clone());
        let trip = desk.begin_trip().await;
        let checks = desk.end_trip(trip, Heard::Call).await;
        assert_eq!(verdict(&checks, name), Verdict::Broken, "{checks:?}");
    }
}

#[tokio::test]
async fn a_round_trip_names_the_right_that_is_missing() {
    for (table, operation, name, worst) in [
        ("Case", Operation::Insert, "round trip: open", Verdict::Broken),
        ("Activity", Operation::Insert, "round trip: append", Verdict::Broken),
        ("ActivityFile", Operation::Insert, "round trip: file", Verdict::Broken),
        ("Case", Operation::Update, "round trip: close", Verdict::Broken),
        ("Case", Operation::Delete, "round trip: remove", Verdict::Warning),
    ] {
        let (sim, time) = (builder().build(), Time::new());
        sim.deny(table, operation);
        let desk = desk_on(&sim, &time, whole());
        let trip = desk.begin_trip().await;
        let checks = desk.end_trip(trip, Heard::Call).await;
        assert_eq!(verdict(&checks, name), worst, "{checks:?}");
        let others = checks.iter().filter(|check| check.name != name);
        assert!(others.clone().all(|check| check.verdict == Verdict::Proven), "{checks:?}");
    }
}

#[tokio::test]
async fn a_call_that_does_not_come_means_polling() {
    for (heard, said) in [(Heard::Nothing, "only polling"), (Heard::Unknown, "nobody listens")] {
        let desk = desk_on(&builder().build(), &Time::new(), whole());
        let trip = desk.begin_trip().await;
        let checks = desk.end_trip(trip, heard).await;
        let seen = checks.iter().find(|check| check.name == "round trip: webhook").unwrap();
        assert!(seen.verdict == Verdict::Warning && seen.detail.contains(said), "{seen:?}");
    }
}

#[tokio::test]
async fn no_check_holds_a_secret() {
    let shown = format!("{:?}", check(builder(), whole()).await);
    assert!(!shown.contains(CLIENT_SECRET) && !shown.contains(WEBHOOK_SECRET));
}
