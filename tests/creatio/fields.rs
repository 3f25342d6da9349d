//! Columns that the assistant fills.

use std::sync::Arc;

use async_trait::async_trait;
use handover_core::assistant::{Answer, Assistant, FieldSpec, Fill, Task, Turn};
use handover_core::channel::Account;
use handover_core::error::Error;
use handover_core::id::AccountId;
use handover_core::message::{Brief, Field, Reason};
use handover_creatio::DeskConfig;
use handover_sim::creatio::{Builder, Kind, Operation};
use serde_json::json;

use crate::town::{Plan, Town};

/// Reads the fields from what the customer said, as `column=value` lines.
#[derive(Debug)]
struct Reads;

#[async_trait]
impl Assistant for Reads {
    fn account(&self) -> Account {
        Account::new(AccountId::new("assistant").unwrap())
    }

    async fn answer(&self, turn: &Turn) -> Result<Answer, Error> {
        let said: String =
            turn.messages.iter().map(|message| message.text.clone() + "\n").collect();
        let fields = said.lines().filter_map(|line| {
            let (column, value) = line.split_once('=')?;
            // Status is what nobody asks for: it must not get through all the same.
            let is_asked = turn.fields.iter().any(|field| &*field.column == column);
            if !is_asked && column != "StatusId" {
                return None;
            }
            Some(Field { column: column.into(), value: value.to_owned() })
        });
        let brief = Brief {
            summary: Some("What it is about.".to_owned()),
            fields: fields.collect(),
            ..Brief::default()
        };
        Ok(match turn.task {
            Task::Summarise => Answer { brief: Some(brief), ..Answer::default() },
            Task::Reply if said.contains("settled") => {
                Answer { text: Some("Good.".to_owned()), resolved: true, ..Answer::default() }
            }
            Task::Reply => Answer { handoff: Some(Reason::CustomerAsked), ..Answer::default() },
        })
    }
}

fn spec(column: &str, kind: &str) -> FieldSpec {
    FieldSpec {
        column: column.into(),
        title: column.trim_start_matches("Usr").to_owned(),
        description: String::new(),
        kind: kind.into(),
        options: Vec::new(),
        fill: Fill::Handoff,
        pattern: None,
    }
}

fn desk(desk: DeskConfig) -> DeskConfig {
    let choice =
        FieldSpec { options: vec!["Red".into(), "Blue".into()], ..spec("UsrColour", "dropdown") };
    desk.with_field(spec("PriorityId", "lookup"), None)
        .and_then(|desk| desk.with_field(spec("UsrTopicId", "lookup"), Some("UsrTopic")))
        .and_then(|desk| desk.with_field(spec("UsrOrderNumber", "text"), None))
        .and_then(|desk| desk.with_field(spec("UsrItems", "number"), None))
        .and_then(|desk| desk.with_field(spec("UsrUrgent", "boolean"), None))
        .and_then(|desk| desk.with_field(spec("UsrBoughtOn", "date"), None))
        .and_then(|desk| desk.with_field(choice, None))
        .unwrap()
}

fn tenant(tenant: Builder) -> Builder {
    tenant
        .lookup("UsrTopic", &["Billing", "Delivery", "Ärger"])
        .column("Case", "UsrTopic", Kind::Lookup("UsrTopic".to_owned()))
        .column("Case", "UsrItems", Kind::Int)
        .column("Case", "UsrUrgent", Kind::Bool)
        .column("Case", "UsrBoughtOn", Kind::Date)
        .column("Case", "UsrColour", Kind::Text(Some(50)))
}

fn plan() -> Plan {
    Plan { tenant, desk, assistant: Some(|| Arc::new(Reads)), ..Plan::default() }
}

#[tokio::test]
async fn every_kind_of_column_is_filled_at_the_handoff() {
    let town = Town::new(&plan());
    town.creatio.add("CasePriority", &[("Name", json!("High"))], town.now());
    let said = "PriorityId=high\nUsrTopicId=ärger\nUsrOrderNumber=A-1234\nUsrItems=3\n\
                UsrUrgent=yes\nUsrBoughtOn=2026-11-01\nUsrColour=blue";
    town.customer_texts(said).await;
    town.recover().await;
    let case = town.only_case();
    assert_eq!((case.shown("Priority"), case.shown("UsrTopic")), ("High", "Ärger"));
    assert_eq!((case.text("UsrOrderNumber"), case.int("UsrItems")), ("A-1234", 3));
    assert_eq!((case.flag("UsrUrgent"), case.text("UsrColour")), (true, "Blue"));
    let bought = case.date("UsrBoughtOn").unwrap();
    assert_eq!(bought.date_naive().to_string(), "2026-11-01");
    assert!(case.text("Symptoms").starts_with("What it is about."));
}

#[tokio::test]
async fn what_cannot_be_filled_is_skipped_and_told_and_the_case_goes_on() {
    let town = Town::new(&plan());
    let said = "PriorityId=Tremendous\nUsrTopicId=Weather\nUsrItems=many\nUsrUrgent=perhaps\n\
                UsrBoughtOn=yesterday\nUsrColour=green\nUsrOrderNumber=A-1234\nStatusId=Closed";
    town.customer_texts(said).await;
    town.recover().await;
    let case = town.only_case();
    assert_eq!(case.text("UsrOrderNumber"), "A-1234", "the rest is written");
    assert_eq!(case.guid("OwnerId"), Some(town.ann), "and handed over");
    assert_eq!(case.shown("Priority"), "Medium", "as the tenant has it");
    assert_eq!(case.guid("UsrTopicId"), None);
    assert_eq!(case.shown("Status"), "New", "only columns that are named are written");
    // The customer's own words stand in the first entry.
    let rows = town.creatio.activities(case.id());
    let told: String =
        rows.iter().map(|row| row.text("Notes")).filter(|text| !text.contains("A-1234")).collect();
    for value in ["Tremendous", "Weather", "many", "perhaps", "yesterday", "green"] {
        assert!(told.contains(value), "{value}: {told}");
    }
}

#[tokio::test]
async fn a_column_that_ann_changed_is_hers_also_where_it_is_empty() {
    let town = Town::new(&plan());
    town.creatio.deny("Case", Operation::Update);
    town.customer_texts("UsrOrderNumber=A-1234\nUsrItems=3").await;
    let case = town.only_case().id();
    town.creatio.rep_edits_case(case, "UsrOrderNumber", json!("B-9"), town.now());
    town.creatio.grant();
    town.replay(&town.parked().await).await;
    town.recover().await;
    let case = town.only_case();
    assert_eq!((case.text("UsrOrderNumber"), case.int("UsrItems")), ("B-9", 3));
    assert_eq!(case.guid("OwnerId"), Some(town.ann));
}

#[tokio::test]
async fn a_column_that_is_always_filled_is_filled_when_the_assistant_settles_the_matter() {
    let always = |desk: DeskConfig| {
        let number = FieldSpec { fill: Fill::Always, ..spec("UsrOrderNumber", "text") };
        desk.with_field(number, None)
            .and_then(|desk| desk.with_field(spec("UsrItems", "number"), None))
            .unwrap()
    };
    let town = Town::new(&Plan { desk: always, ..plan() });
    town.customer_texts("UsrOrderNumber=A-1234\nUsrItems=3\nIt is settled, thanks").await;
    town.recover().await;
    let case = town.only_case();
    assert_eq!(case.text("UsrOrderNumber"), "A-1234");
    assert_eq!(case.int("UsrItems"), 0, "that one is for handoffs");
    assert_eq!(case.shown("Status"), "Resolved");
    assert_eq!(town.open_sessions().await, 0);
}

#[tokio::test]
async fn a_column_that_does_not_exist_is_found_out_before_the_first_case() {
    let misspelt = |desk: DeskConfig| {
        desk.with_field(spec("UsrOrderNumbr", "text"), None)
            .and_then(|desk| desk.with_field(spec("UsrItemz", "number"), None))
            .unwrap()
    };
    let town = Town::new(&Plan { desk: misspelt, ..plan() });
    town.customer_texts("UsrOrderNumbr=A-1234").await;
    town.recover().await;
    assert!(town.creatio.cases().is_empty(), "nothing is written that would be dropped in silence");
    assert!(!town.parked().await.is_empty(), "a person is asked");
}
