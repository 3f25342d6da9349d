use std::ops::Range;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use handover_core::blobs::{Blobs, Content};
use handover_core::channel::Attempt;
use handover_core::desk::{Attachment, Case, Desk};
use handover_core::error::{Error, ErrorKind};
use handover_core::id::{Key, TenantId};
use handover_core::message::{File, Speaker};
use handover_core::transport::Body;
use handover_sim::creatio::FileSecurity;
use handover_sim::{Fault, Rule};
use uuid::Uuid;

use crate::testing::{
    Time, World, about, attempt, builder, desk_config, desk_on, entries, opening, session, start,
    world, world_with,
};
use crate::{DeskConfig, EntryMode, FilePolicy};

/// One file.
#[derive(Debug)]
struct Shelf(Bytes);

#[async_trait]
impl Blobs for Shelf {
    async fn put(&self, _: &TenantId, _: &str, _: Body, _: u64) -> Result<u64, Error> {
        unreachable!("a desk only reads")
    }

    async fn get(
        &self,
        _: &TenantId,
        _: &str,
        range: Option<Range<u64>>,
    ) -> Result<Option<Bytes>, Error> {
        let range = range.expect("a desk reads pieces");
        let at = |at| usize::try_from(at).unwrap();
        Ok(Some(self.0.slice(at(range.start)..at(range.end))))
    }

    async fn delete(&self, _: &TenantId, _: &str) -> Result<(), Error> {
        unreachable!("a desk only reads")
    }
}

fn bytes(count: usize) -> Bytes {
    (0..count).map(|n| u8::try_from(n % 251).unwrap()).collect()
}

fn attachment(name: Option<&str>, media_type: &str, content: Bytes) -> Attachment {
    let size = u64::try_from(content.len()).unwrap();
    let tenant = TenantId::new("acme").unwrap();
    let content = Content::new(Arc::new(Shelf(content)), tenant, "f".to_owned(), size);
    let mut file = File::new("ref", Some(media_type.to_owned()));
    file.name = name.map(str::to_owned);
    Attachment {
        key: Key::file(session(), 1, 0),
        entry: Key::entry(session(), 1),
        author: Speaker::Customer,
        at: start(),
        file,
        content,
    }
}

async fn written(world: &World) -> Case {
    let case = world.desk.open(&opening(), &attempt(opening().key)).await.unwrap();
    let key = attempt(Key::entry(session(), 1));
    world.desk.append(&case, &about(), &entries(1), &key).await.unwrap();
    case
}

async fn attach(world: &World, case: &Case, attachment: &Attachment) -> Result<Case, Error> {
    world.desk.attach(case, &about(), attachment, &attempt(attachment.key)).await
}

fn row() -> Uuid {
    Key::file(session(), 1, 0).uuid()
}

#[tokio::test]
async fn a_file_of_many_pieces_stands_on_its_entry_once() {
    let world = world();
    let case = written(&world).await;
    let content = bytes(2_500_000);
    let attachment = attachment(Some("a \"plan\".pdf"), "application/pdf", content.clone());
    for _ in 0..2 {
        assert_eq!(attach(&world, &case, &attachment).await.unwrap(), case);
    }
    let rows = world.sim.records("ActivityFile");
    let [file] = rows.as_slice() else { panic!("{} files", rows.len()) };
    assert_eq!(file.id(), row());
    assert_eq!(file.guid("ActivityId"), Some(attachment.entry.uuid()));
    assert_eq!(file.text("Name"), "a _plan_.pdf");
    assert_eq!(world.sim.file("ActivityFile", row()).unwrap(), content);
}

#[tokio::test]
async fn an_upload_that_broke_off_anywhere_begins_anew_and_ends_whole() {
    for after in 0..3 {
        let world = world();
        let case = written(&world).await;
        let content = bytes(2_500_000);
        let attachment = attachment(Some("plan.pdf"), "application/pdf", content.clone());
        let rule = Rule::new(Fault::DropAfterWrite).path("UploadFile");
        world.sim.faults().add(rule.after(after).once());
        let error = attach(&world, &case, &attachment).await.unwrap_err();
        assert_ne!(error.retry(), handover_core::error::Retry::Never);
        attach(&world, &case, &attachment).await.unwrap();
        assert_eq!(world.sim.file("ActivityFile", row()).unwrap(), content, "piece {after}");
    }
}

#[tokio::test]
async fn a_picture_without_a_name_tells_what_it_is() {
    let world = world();
    let case = written(&world).await;
    let picture = attachment(None, "image/jpeg", bytes(10));
    attach(&world, &case, &picture).await.unwrap();
    assert_eq!(world.sim.record("ActivityFile", row()).unwrap().text("Name"), "file.jpg");
}

#[tokio::test]
async fn a_file_that_the_tenant_does_not_take_is_refused_for_good() {
    let deny = FileSecurity::Deny(vec!["exe".to_owned()]);
    let (sim, time) = (builder().max_file(1024 * 1024).file_security(deny).build(), Time::new());
    let world = World { desk: desk_on(&sim, &time, desk_config()), sim, time };
    let case = written(&world).await;
    for (name, length) in [("a.exe", 10), ("a.pdf", 2 * 1024 * 1024)] {
        let attachment = attachment(Some(name), "application/octet-stream", bytes(length));
        let error = attach(&world, &case, &attachment).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Invalid, "{name}: {error}");
        assert!(world.sim.records("ActivityFile").is_empty());
    }
}

#[tokio::test]
async fn a_file_of_an_entry_that_was_refused_is_refused_too() {
    let world = world();
    let case = world.desk.open(&opening(), &attempt(opening().key)).await.unwrap();
    let attachment = attachment(Some("a.pdf"), "application/pdf", bytes(10));
    attach(&world, &case, &attachment).await.unwrap_err();
    let again = Attempt { number: 2, ..attempt(attachment.key) };
    let error = world.desk.attach(&case, &about(), &attachment, &again).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Invalid);
}

#[tokio::test]
async fn files_of_feed_messages_go_to_the_case_and_are_not_announced() {
    let world = world_with(desk_config().with_entry_mode(about().channel, EntryMode::Feed));
    let case = written(&world).await;
    let attachment = attachment(Some("a.pdf"), "application/pdf", bytes(10));
    for _ in 0..2 {
        attach(&world, &case, &attachment).await.unwrap();
    }
    let file = world.sim.record("CaseFile", row()).unwrap();
    assert_eq!(file.guid("CaseId").unwrap().to_string(), &*case.reference);
    assert!(!file.flag("IsNeedToNotify"));
    assert_eq!(world.sim.file("CaseFile", row()).unwrap().len(), 10);
}

#[tokio::test]
async fn only_a_desk_that_uploads_says_that_it_takes_files() {
    let takes = |config: DeskConfig| world_with(config).desk.capabilities().files;
    assert!(takes(desk_config()));
    for policy in [FilePolicy::Link, FilePolicy::None] {
        assert!(!takes(desk_config().with_files(policy)));
        let world = world_with(desk_config().with_files(policy));
        let attachment = attachment(Some("a.pdf"), "application/pdf", bytes(10));
        let case = Case::new(Uuid::from_u128(1).to_string());
        assert!(attach(&world, &case, &attachment).await.is_err());
        assert_eq!(world.sim.round_trips(), 0);
    }
}
