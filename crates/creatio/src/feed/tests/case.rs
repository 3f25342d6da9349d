use handover_core::desk::{CaseStatus, Desk};
use handover_core::event::{Author, Event, Fact, Holder, Source};
use handover_core::feed::{Feed, Page, Scope};
use handover_core::id::{EventId, Key};
use handover_core::thread::Thread;
use handover_sim::creatio::{ActivityType, RepActivity};
use serde_json::Value as Json;
use uuid::Uuid;

use crate::ReplyRule;
use crate::testing::{
    World, attempt, desk_config, desk_on, entries, opening, session, world, world_with,
};

fn replying(types: &[&str]) -> World {
    let rule = ReplyRule::new(types.iter().map(|name| (*name).to_owned()).collect()).unwrap();
    world_with(desk_config().with_reply_rule(rule))
}

async fn opened(types: &[&str]) -> World {
    let world = replying(types);
    world.desk.open(&opening(), &attempt(opening().key)).await.unwrap();
    world
}

fn id() -> Uuid {
    opening().key.uuid()
}

async fn pull(world: &World) -> Page {
    world.desk.pull(&Scope::Thread(id().to_string().into()), None).await.unwrap()
}

fn replies(page: &Page) -> Vec<&str> {
    let reply = |event: &'_ Event| matches!(event.fact, Fact::Reply(_));
    page.events.iter().filter(|event| reply(event)).map(text).collect()
}

fn text(event: &Event) -> &str {
    match &event.fact {
        Fact::Reply(reply) => &reply.text,
        _ => "",
    }
}

#[tokio::test]
async fn a_sent_mail_is_a_reply_under_the_id_of_its_row() {
    let world = opened(&["Email"]).await;
    let mail = RepActivity::new(ActivityType::Email)
        .body("<p>It is <b>on its way</b>.</p><p>Ann</p>")
        .column("IsHtmlBody", Json::Bool(true))
        .finished();
    let row = world.sim.rep_adds_activity(id(), mail, world.time.pass(60));
    let page = pull(&world).await;
    let event = page.events.iter().find(|event| matches!(event.fact, Fact::Reply(_))).unwrap();
    let desk = world.desk.id();
    assert_eq!(event.id, EventId::new(desk.as_str(), row));
    assert_eq!(event.threads, [Thread::case(desk, id().to_string())]);
    assert_eq!((event.author, &event.source), (Author::Person, &Source::Desk(desk.clone())));
    let Fact::Reply(reply) = &event.fact else { panic!() };
    assert_eq!(reply.text, "It is on its way.\n\nAnn");
    assert_eq!(reply.author.as_deref(), Some("Supervisor"));
    assert_eq!((reply.delivered, reply.status), (false, Some(CaseStatus::Open)));
    assert!(!page.more && page.next.is_none());
    let again = pull(&world).await;
    assert_eq!(again.events, page.events);
}

#[tokio::test]
async fn only_what_matches_the_rule_and_is_finished_leaves() {
    let world = opened(&["Email", "fbe0acdc-cfc0-df11-b00f-001d60e938c6"]).await;
    let now = world.time.pass(60);
    let add = |activity: RepActivity| world.sim.rep_adds_activity(id(), activity, now);
    let draft = add(RepActivity::new(ActivityType::Email).body("draft"));
    add(RepActivity::new(ActivityType::IncomingEmail).body("from the customer").finished());
    add(RepActivity::new(ActivityType::Call).notes("a call").finished());
    let auto = RepActivity::new(ActivityType::Email).body("automatic").finished();
    add(auto.column("IsAutoSubmitted", Json::Bool(true)));
    add(RepActivity::new(ActivityType::Task).finished());
    let task = add(RepActivity::new(ActivityType::Task).notes("to do"));
    let page = pull(&world).await;
    assert!(replies(&page).is_empty());
    assert_eq!(page.ignored, 6);
    let now = world.time.pass(60);
    world.sim.rep_finishes_activity(task, now);
    let sent = world.sim.lookup_id("EmailSendStatus", "Sent").to_string();
    world.sim.rep_edits_activity(draft, "EmailSendStatusId", Json::from(sent), now);
    assert_eq!(replies(&pull(&world).await).len(), 2);
}

#[tokio::test]
async fn a_canceled_task_is_no_reply() {
    let world = opened(&["Task"]).await;
    let now = world.time.pass(60);
    let task =
        world.sim.rep_adds_activity(id(), RepActivity::new(ActivityType::Task).notes("x"), now);
    let canceled = world.sim.lookup_id("ActivityStatus", "Canceled").to_string();
    world.sim.rep_edits_activity(task, "StatusId", Json::from(canceled), now);
    assert!(replies(&pull(&world).await).is_empty());
}

#[tokio::test]
async fn the_text_is_the_first_there_is() {
    let world = opened(&["Task"]).await;
    let now = world.time.pass(60);
    let task = || RepActivity::new(ActivityType::Task).finished();
    world.sim.rep_adds_activity(id(), task().body("b").detailed_result("d").notes("n"), now);
    world.sim.rep_adds_activity(id(), task().body(" <p></p> ").detailed_result("d"), now);
    world.sim.rep_adds_activity(id(), task().notes("1 < 2\r\nyes"), now);
    let page = pull(&world).await;
    let mut texts = replies(&page);
    texts.sort_unstable();
    assert_eq!(texts, ["1 < 2\nyes", "b", "d"]);
}

#[tokio::test]
async fn without_a_rule_nothing_leaves() {
    let world = world();
    world.desk.open(&opening(), &attempt(opening().key)).await.unwrap();
    let mail = RepActivity::new(ActivityType::Email).body("hello").finished();
    world.sim.rep_adds_activity(id(), mail, world.time.pass(60));
    let page = pull(&world).await;
    assert!(replies(&page).is_empty());
    assert_eq!(page.ignored, 1);
}

#[tokio::test]
async fn nothing_we_wrote_comes_back() {
    let world = opened(&["Task"]).await;
    let case = handover_core::desk::Case::new(id().to_string());
    let first = attempt(Key::entry(session(), 1));
    world.desk.append(&case, &opening().about, &entries(100), &first).await.unwrap();
    let task = RepActivity::new(ActivityType::Task).notes("by a person").finished();
    world.sim.rep_adds_activity(id(), task, world.time.now());
    world.desk.append(&case, &opening().about, &entries(150)[100..], &first).await.unwrap();
    assert_eq!(replies(&pull(&world).await), ["by a person"]);
    // A process that has just started does not know its own contact yet.
    let config = world.desk.config().clone();
    let fresh = World { desk: desk_on(&world.sim, &world.time, config), ..world };
    assert_eq!(replies(&pull(&fresh).await), ["by a person"]);
}

#[tokio::test]
async fn a_reply_comes_before_the_close_that_followed_it() {
    let world = opened(&["Email"]).await;
    let mail = RepActivity::new(ActivityType::Email).body("done").finished();
    let row = world.sim.rep_adds_activity(id(), mail, world.time.pass(60));
    world.sim.rep_sets_status(id(), "Closed", world.time.pass(60));
    // The platform touches rows after the fact.
    world.sim.rep_edits_activity(row, "ServiceProcessed", Json::Bool(true), world.time.pass(60));
    let page = pull(&world).await;
    let facts: Vec<bool> =
        page.events.iter().map(|event| matches!(event.fact, Fact::Reply(_))).collect();
    assert_eq!(facts, [true, false]);
    assert_eq!(page.events[1].fact, Fact::CaseStatus(CaseStatus::Final));
    assert!(page.events[0].at <= page.events[1].at);
    let Fact::Reply(reply) = &page.events[0].fact else { panic!() };
    assert_eq!(reply.status, None, "the case was not closed yet when it was written");
    let mail = RepActivity::new(ActivityType::Email).body("one more thing").finished();
    world.sim.rep_adds_activity(id(), mail, world.time.pass(60));
    let page = pull(&world).await;
    let Fact::Reply(reply) = &page.events[2].fact else { panic!() };
    assert_eq!(reply.status, Some(CaseStatus::Final));
}

#[tokio::test]
async fn a_close_is_not_taken_for_ours_when_we_wrote_after_it() {
    let world = opened(&["Email"]).await;
    world.sim.rep_sets_status(id(), "Resolved", world.time.pass(60));
    world.time.pass(60);
    let values = crate::Values::new().set(crate::entities::case::SUBJECT, "by us");
    world.desk.client().update(&crate::entities::CASE, id(), &values).await.unwrap();
    let page = pull(&world).await;
    assert_eq!(page.events[0].fact, Fact::CaseStatus(CaseStatus::Resolved));
    assert_ne!(page.events[0].author, Author::Ours);
}

#[tokio::test]
async fn each_close_is_a_new_fact() {
    let world = opened(&["Email"]).await;
    let status = |page: Page| {
        let is_status = |event: &Event| matches!(event.fact, Fact::CaseStatus(_));
        page.events.into_iter().find(is_status).unwrap()
    };
    let opened = status(pull(&world).await);
    assert_eq!(opened.fact, Fact::CaseStatus(CaseStatus::Open));
    world.sim.rep_sets_status(id(), "Resolved", world.time.pass(60));
    let first = status(pull(&world).await);
    assert_eq!(first.author, Author::Person);
    assert_eq!(first.fact, Fact::CaseStatus(CaseStatus::Resolved));
    assert_eq!(status(pull(&world).await).id, first.id);
    world.sim.rep_sets_status(id(), "Reopened", world.time.pass(60));
    world.sim.rep_sets_status(id(), "Resolved", world.time.pass(60));
    let second = status(pull(&world).await);
    assert_ne!(second.id, first.id);
    assert_eq!(second.id.row(), first.id.row());
}

#[tokio::test]
async fn a_case_that_does_not_exist_is_ignored() {
    let world = world();
    for case in ["x", "", &Uuid::from_u128(404).to_string()] {
        let page = world.desk.pull(&Scope::Thread(case.into()), None).await.unwrap();
        assert_eq!((page.events.len(), page.ignored), (0, 1));
    }
}

#[tokio::test]
async fn who_has_a_case_is_told_with_their_id() {
    let world = opened(&["Email"]).await;
    let ann = world.sim.add_contact("Ann", "", "", world.time.now());
    let owners = |page: &Page| -> Vec<Fact> {
        let is_owner = |event: &&Event| matches!(event.fact, Fact::Assigned { .. });
        page.events.iter().filter(is_owner).map(|event| event.fact.clone()).collect()
    };
    assert!(owners(&pull(&world).await).is_empty(), "a case begins with nobody");
    let now = world.time.pass(60);
    world.sim.rep_assigns(id(), Some(ann), now);
    let page = pull(&world).await;
    let owner = Some(ann.to_string().into());
    assert_eq!(owners(&page), [Fact::Assigned { holder: Holder::Person, owner }]);
    assert!(page.events.iter().all(|event| event.at == now));
    let ids: std::collections::HashSet<_> = page.events.iter().map(|event| &event.id).collect();
    assert_eq!(ids.len(), page.events.len());
}

#[tokio::test]
async fn a_rule_may_ask_for_a_column_of_the_tenants_own() {
    let sim = crate::testing::builder()
        .column("Activity", "UsrToCustomer", handover_sim::creatio::Kind::Bool)
        .column("Activity", "UsrText", handover_sim::creatio::Kind::Text(None))
        .build();
    let time = crate::testing::Time::new();
    let rule = ReplyRule::marked("UsrToCustomer")
        .and_then(|rule| rule.with_text(&["UsrText".to_owned()]))
        .unwrap();
    let desk = desk_on(&sim, &time, desk_config().with_reply_rule(rule));
    let world = World { sim, time, desk };
    world.desk.open(&opening(), &attempt(opening().key)).await.unwrap();
    let task = RepActivity::new(ActivityType::Task).notes("a note").finished();
    let task = task.column("UsrText", Json::from("on its way"));
    let row = world.sim.rep_adds_activity(id(), task, world.time.pass(60));
    assert!(replies(&pull(&world).await).is_empty());
    world.sim.rep_edits_activity(row, "UsrToCustomer", Json::Bool(true), world.time.pass(60));
    assert_eq!(replies(&pull(&world).await), ["on its way"]);
}

#[tokio::test]
async fn what_somebody_writes_with_the_integrations_own_login_is_no_reply() {
    let world = opened(&["Task"]).await;
    let case = handover_core::desk::Case::new(id().to_string());
    let first = attempt(Key::entry(session(), 1));
    world.desk.append(&case, &opening().about, &entries(1), &first).await.unwrap();
    let task = RepActivity::new(ActivityType::Task).notes("by whom?").finished();
    let task = task.by(world.sim.integration_contact());
    world.sim.rep_adds_activity(id(), task, world.time.pass(60));
    let fresh = desk_on(&world.sim, &world.time, world.desk.config().clone());
    for desk in [&world.desk, &fresh] {
        let page = desk.pull(&Scope::Thread(id().to_string().into()), None).await.unwrap();
        assert!(replies(&page).is_empty());
    }
}

#[tokio::test]
async fn to_whom_creatio_itself_mailed_it_is_told() {
    for (list, told) in [
        ("ann@example.com", vec!["ann@example.com"]),
        ("Ann <ANN@example.com>; bob@x.org", vec!["ann@example.com", "bob@x.org"]),
        ("bob@x.org,\r\n\"Ann\" <ann@example.com>;", vec!["bob@x.org", "ann@example.com"]),
        ("", vec![]),
    ] {
        let rule = ReplyRule::new(vec!["Email".to_owned()]).unwrap();
        let world = world_with(desk_config().with_reply_rule(rule));
        let case = world.desk.open(&opening(), &attempt(opening().key)).await.unwrap();
        let mail = RepActivity::new(ActivityType::Email).body("hello").finished();
        let mail = mail.column("Recepient", Json::from(list));
        let id = case.reference.parse().unwrap();
        world.sim.rep_adds_activity(id, mail, world.time.pass(60));
        let page = world.desk.pull(&Scope::Thread(case.reference), None).await.unwrap();
        let replies = page.events.iter().filter_map(|event| match &event.fact {
            Fact::Reply(reply) => Some(reply.mailed_to.clone()),
            _ => None,
        });
        let told: Vec<Box<str>> = told.into_iter().map(Into::into).collect();
        assert_eq!(replies.collect::<Vec<_>>(), [told], "{list}");
    }
}
