//! Pictures and documents on their way to the case.

use handover_core::id::ChannelId;
use handover_creatio::{EntryMode, FilePolicy};
use handover_sim::creatio::{FileSecurity, Quirk, Record};
use handover_sim::{Fault, Rule};

use crate::town::{ANSWER, Plan, Town};

/// Three pieces of an upload.
fn picture() -> Vec<u8> {
    (0..2_500_000_u32).map(|n| u8::try_from(n % 251).unwrap()).collect()
}

fn only_file(town: &Town, entity: &str) -> Record {
    let files = town.creatio.records(entity);
    assert_eq!(files.len(), 1, "{entity}");
    files.into_iter().next().unwrap()
}

#[tokio::test]
async fn a_picture_is_uploaded_to_its_entry_byte_for_byte() {
    let town = Town::new(&Plan::default());
    town.customer_sends("Are you open? See this.", "image/jpeg", &picture()).await;
    town.recover().await;
    let case = town.only_case().id();
    let file = only_file(&town, "ActivityFile");
    assert_eq!(town.creatio.file("ActivityFile", file.id()).unwrap(), picture());
    let entry = town.creatio.record("Activity", file.guid("ActivityId").unwrap()).unwrap();
    assert!(entry.text("Title").starts_with("#1 ") && entry.guid("CaseId") == Some(case));
    assert!(file.text("Name").ends_with(".jpg"), "{}", file.text("Name"));
    assert!(entry.text("Notes").contains("File: "), "{}", entry.text("Notes"));
}

#[tokio::test]
async fn an_upload_that_breaks_off_anywhere_ends_whole() {
    for fault in [
        Fault::DropBeforeWrite,
        Fault::DropAfterWrite,
        Fault::AfterWrite { status: 500 },
        Fault::Status { code: 503, retry_after: None },
        Fault::ExpireToken,
        Fault::Truncate,
    ] {
        for piece in 0..3 {
            let town = Town::new(&Plan::default());
            let rule = Rule::new(fault).path("UploadFile").after(piece).once();
            town.creatio.faults().add(rule);
            town.customer_sends("Are you open?", "image/png", &picture()).await;
            town.recover().await;
            assert_eq!(town.creatio.faults().left(), 0, "{fault:?} {piece}: it struck");
            let file = only_file(&town, "ActivityFile");
            let content = town.creatio.file("ActivityFile", file.id()).unwrap();
            assert!(content == picture(), "{fault:?} {piece}: {} bytes", content.len());
        }
    }
}

#[tokio::test]
async fn a_file_that_creatio_does_not_take_is_named_and_holds_nothing_up() {
    let deny: fn(handover_sim::creatio::Builder) -> handover_sim::creatio::Builder =
        |tenant| tenant.file_security(FileSecurity::Deny(vec!["png".to_owned(), "bin".to_owned()]));
    let small: fn(handover_sim::creatio::Builder) -> handover_sim::creatio::Builder =
        |tenant| tenant.max_file(1 << 20);
    for tenant in [deny, small] {
        let town = Town::new(&Plan { tenant, ..Plan::default() });
        town.customer_sends("Are you open?", "image/png", &picture()).await;
        town.customer_texts("speak to a person").await;
        town.recover().await;
        let case = town.only_case();
        assert_eq!(case.guid("OwnerId"), Some(town.ann));
        let whole = town.creatio.records("ActivityFile");
        let whole = whole.iter().filter(|file| file.flag("Uploaded")).count();
        assert_eq!(whole, 0);
        let read = town.read(case.id());
        assert!(read.contains("File: ") && read.contains("/sessions/"), "{read}");
        assert!(read.contains("could not") || read.contains("was not"), "and it is told: {read}");
        assert_eq!(town.got(ANSWER), 1);
        assert_eq!(town.parked().await, []);
    }
}

#[tokio::test]
async fn files_are_linked_or_only_named_where_that_is_wanted() {
    let policies: [fn(handover_creatio::DeskConfig) -> handover_creatio::DeskConfig; 2] =
        [|desk| desk.with_files(FilePolicy::Link), |desk| desk.with_files(FilePolicy::None)];
    for desk in policies {
        let town = Town::new(&Plan { desk, ..Plan::default() });
        town.customer_texts("Are you open?").await;
        town.customer_sends("See this.", "image/png", &[7; 300]).await;
        town.recover().await;
        assert!(town.creatio.records("ActivityFile").is_empty());
        let read = town.read(town.only_case().id());
        assert!(read.contains("See this.") && read.contains("File: "), "{read}");
    }
}

#[tokio::test]
async fn a_file_of_a_feed_entry_goes_to_the_case_and_announces_nothing() {
    let town = Town::new(&Plan {
        desk: |desk| desk.with_entry_mode(ChannelId::new("sms-us").unwrap(), EntryMode::Feed),
        ..Plan::default()
    });
    town.customer_sends("Are you open?", "application/pdf", &[7; 300]).await;
    town.recover().await;
    let file = only_file(&town, "CaseFile");
    assert_eq!(town.creatio.file("CaseFile", file.id()).unwrap(), vec![7; 300]);
    assert_eq!(file.guid("CaseId"), Some(town.only_case().id()));
    assert!(!file.flag("IsNeedToNotify"));
}

#[tokio::test]
async fn an_external_storage_is_no_matter() {
    let town = Town::new(&Plan::default());
    town.creatio.quirk(Quirk::ExternalStorage, true);
    town.customer_sends("Are you open?", "image/png", &picture()).await;
    town.recover().await;
    let file = only_file(&town, "ActivityFile");
    assert_eq!(town.creatio.file("ActivityFile", file.id()).unwrap(), picture());
}
