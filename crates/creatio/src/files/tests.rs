use std::fmt;
use std::ops::Range;
use std::sync::{Mutex, OnceLock};

use async_trait::async_trait;
use bytes::Bytes;
use handover_core::error::{Error, ErrorKind, Retry};
use handover_sim::creatio::{Builder, Creatio as Sim, FileSecurity, Operation, Quirk};
use handover_sim::{Fault, Rule};
use uuid::Uuid;

use super::check::{extension, plain_name};
use super::{FileRules, NewFile, Parent, Source};
use crate::Client;
use crate::entities::ACTIVITY_FILE;
use crate::testing::{Script, Time, builder, client_on};

/// Bytes that tell their place, and which of them were asked for.
struct Tape {
    size: u64,
    asked: Mutex<Vec<Range<u64>>>,
}

impl Tape {
    fn new(size: u64) -> Self {
        Self { size, asked: Mutex::default() }
    }

    fn bytes(range: Range<u64>) -> Bytes {
        static WHOLE: OnceLock<Bytes> = OnceLock::new();
        let pattern: Vec<u8> = (0..251).collect();
        let whole = WHOLE.get_or_init(|| pattern.repeat(4 * 1024 * 1024 / pattern.len()).into());
        whole.slice(usize::try_from(range.start).unwrap()..usize::try_from(range.end).unwrap())
    }
}

impl fmt::Debug for Tape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Tape")
    }
}

#[async_trait]
impl Source for Tape {
    async fn read(&self, range: Range<u64>) -> Result<Bytes, Error> {
        self.asked.lock().unwrap().push(range.clone());
        Ok(Self::bytes(range.start..range.end.min(self.size)))
    }
}

struct World {
    sim: Sim,
    client: Client,
    parent: Parent,
}

fn world(builder: Builder) -> World {
    let (sim, time) = (builder.build(), Time::new());
    let activity = sim.add("Activity", &[("Title", "a".into())], time.now());
    World { client: client_on(&sim, &time), sim, parent: Parent::activity(activity) }
}

impl World {
    fn file(&self, name: &str, size: u64) -> NewFile {
        NewFile::new(ID, self.parent.clone(), name, "image/png", size)
    }

    async fn upload(&self, name: &str, size: u64) -> Result<(), Error> {
        self.client.files().upload(&self.file(name, size), &Tape::new(size)).await
    }

    fn stored(&self) -> Option<Bytes> {
        self.sim.file("ActivityFile", ID)
    }
}

const ID: Uuid = Uuid::from_u128(0xf11e);
const MIB: u64 = 1024 * 1024;

#[test]
fn a_name_is_made_plain() {
    for (given, name) in [
        ("a b.png", "a b.png"),
        ("../../etc/passwd", "passwd"),
        (r"C:\Users\x\photo.JPG", "photo.JPG"),
        ("a\"b<c>|d.txt", "a_b_c__d.txt"),
        ("Übung №1 😀.pdf", "Übung №1 😀.pdf"),
        ("a\u{0}b\r\nc.txt", "ab_c.txt"),
        ("..", "file"),
        ("", "file"),
        ("/", "file"),
        (" .bashrc ", ".bashrc"),
        ("name.", "name"),
    ] {
        assert_eq!(plain_name(given), name, "{given:?}");
    }
    let long = plain_name(&format!("{}😀.pdf", "x".repeat(300)));
    assert_eq!(long.encode_utf16().count(), 250);
    assert!(long.ends_with("x.pdf"));
    let none = plain_name(&"y".repeat(300));
    assert_eq!(none.len(), 250);
    for (name, is) in [("a.PNG", "PNG"), (".bashrc", ""), ("a", ""), ("a.tar.gz", "gz"), ("a.", "")]
    {
        assert_eq!(extension(name), is, "{name}");
    }
}

#[tokio::test]
async fn a_file_is_uploaded_a_piece_at_a_time() {
    for size in [1, 100, MIB - 1, MIB, MIB + 1, 3 * MIB + 17] {
        let world = world(builder());
        let tape = Tape::new(size);
        let file = world.file("Übung \"1\".png", size);
        world.client.files().upload(&file, &tape).await.unwrap();
        assert_eq!(world.stored().unwrap(), Tape::bytes(0..size), "{size}");
        assert!(world.client.files().verify(&file, &tape).await.unwrap());
        let asked = tape.asked.lock().unwrap().clone();
        assert!(asked.iter().all(|range| range.end - range.start <= MIB), "bounded memory");
        let listed = world.client.files().list(&world.parent).await.unwrap();
        assert_eq!(listed[0].name.as_deref(), Some("Übung _1_.png"));
        assert_eq!((listed.len(), listed[0].id, listed[0].size), (1, ID, Some(size)));
    }
}

#[tokio::test]
async fn an_upload_that_broke_off_begins_anew_under_the_same_id() {
    for fault in [
        Fault::DropAfterWrite,
        Fault::DropBeforeWrite,
        Fault::AfterWrite { status: 500 },
        Fault::Truncate,
        Fault::Status { code: 503, retry_after: None },
    ] {
        for piece in 0..3 {
            let world = world(builder());
            let rule = Rule::new(fault).path("UploadFile").after(piece).once();
            world.sim.faults().add(rule);
            let error = world.upload("a.png", 2 * MIB + 5).await.unwrap_err();
            assert!(matches!(error.retry(), Retry::Later { .. }), "{fault:?} {piece}: {error}");
            assert!(error.request_id().is_some());
            world.upload("a.png", 2 * MIB + 5).await.unwrap();
            assert_eq!(world.stored().unwrap(), Tape::bytes(0..2 * MIB + 5), "{fault:?} {piece}");
            assert_eq!(world.sim.records("ActivityFile").len(), 1);
        }
    }
}

#[tokio::test]
async fn a_login_that_ends_during_an_upload_is_renewed_without_a_piece_sent_twice() {
    for piece in 0..3 {
        let world = world(builder());
        let rule = Rule::new(Fault::ExpireToken).path("UploadFile").after(piece).once();
        world.sim.faults().add(rule);
        world.upload("a.png", 2 * MIB + 5).await.unwrap();
        assert_eq!(world.stored().unwrap(), Tape::bytes(0..2 * MIB + 5), "{piece}");
    }
}

#[tokio::test]
async fn what_would_be_refused_is_refused_before_a_byte_is_sent() {
    let rules = FileRules::new().with_max_bytes(10).with_denied([".EXE", " js"]);
    let config = crate::Config::new("https://acme.creatio.com", "client", "s".into()).unwrap();
    let script = Script::default();
    let client = script.client_by(&config.clone().with_file_rules(rules), &Time::new());
    let upload = async |client: &Client, name: &str, size| {
        let file = NewFile::new(ID, Parent::case(ID), name, "text/plain", size);
        client.files().upload(&file, &Tape::new(size)).await.unwrap_err().code().map(str::to_owned)
    };
    assert_eq!(upload(&client, "a.txt", 11).await.as_deref(), Some("file-too-large"));
    for name in ["a.exe", "b.EXE", "c.Js"] {
        assert_eq!(upload(&client, name, 5).await.as_deref(), Some("file-refused"), "{name}");
    }
    let only = config.with_file_rules(FileRules::new().with_allowed(["pdf"]));
    let client = script.client_by(&only, &Time::new());
    for name in ["a.txt", "a", "pdf"] {
        assert_eq!(upload(&client, name, 5).await.as_deref(), Some("file-refused"), "{name}");
    }
    assert!(script.lines().is_empty());
}

#[tokio::test]
async fn a_refusal_of_the_tenant_is_for_good_and_says_why() {
    let deny = FileSecurity::Deny(vec!["exe".to_owned()]);
    let refusing = world(builder().file_security(deny).max_file(2 * 1024 * 1024));
    for (name, size, code) in
        [("a.exe", 5, "file-refused"), ("a.png", 2 * MIB + 1, "file-too-large")]
    {
        let error = refusing.upload(name, size).await.unwrap_err();
        assert_eq!((error.kind(), error.retry()), (ErrorKind::Invalid, Retry::Never));
        assert_eq!(error.code(), Some(code), "{error}");
    }
    assert_eq!(refusing.stored(), None);
    let denied = world(builder());
    denied.sim.deny("ActivityFile", Operation::Insert);
    assert_eq!(denied.upload("a.png", 5).await.unwrap_err().kind(), ErrorKind::Forbidden);
    // A row that it belongs to is gone.
    let gone = World { parent: Parent::activity(Uuid::from_u128(404)), ..world(builder()) };
    assert_eq!(gone.upload("a.png", 5).await.unwrap_err().code(), Some("foreign-key"));
}

#[tokio::test]
async fn the_limit_of_the_tenant_is_asked_for_once() {
    let settings = r#"{"success":true,"values":{"MaxFileSize":{"code":"MaxFileSize","value":2}}}"#;
    let script = Script::default().token().answer(200, "{}").answer(200, settings);
    let client = script.client(&Time::new());
    for _ in 0..3 {
        let size = 2 * MIB + 1;
        let file = NewFile::new(ID, Parent::case(ID), "a.png", "image/png", size);
        let error = client.files().upload(&file, &Tape::new(size)).await.unwrap_err();
        assert_eq!(error.code(), Some("file-too-large"));
    }
    assert_eq!(script.lines().len(), 3);
}

#[tokio::test]
async fn an_empty_file_is_a_row_with_nothing_in_it() {
    let world = world(builder());
    world.upload("empty.txt", 0).await.unwrap();
    world.upload("empty.txt", 0).await.unwrap();
    assert_eq!(world.stored().unwrap(), Bytes::new());
    let file = world.file("empty.txt", 0);
    assert!(world.client.files().verify(&file, &Bytes::new()).await.unwrap());
}

#[tokio::test]
async fn content_that_got_lost_on_the_way_is_found_out() {
    let world = world(builder().quirk(Quirk::FilesLoseBytes));
    world.upload("a.png", 5_000).await.unwrap();
    let file = world.file("a.png", 5_000);
    assert!(!world.client.files().verify(&file, &Tape::new(5_000)).await.unwrap());
    let other = Bytes::from(vec![7; 5_000]);
    assert!(!world.client.files().verify(&file, &other).await.unwrap());
}

#[tokio::test]
async fn a_source_that_is_shorter_than_it_said_ends_the_upload() {
    let world = world(builder());
    let file = world.file("a.png", 2 * MIB);
    for source in [&Tape::new(MIB + 1) as &dyn Source, &Bytes::from_static(b"short")] {
        let error = world.client.files().upload(&file, source).await.unwrap_err();
        assert_eq!((error.kind(), error.retry()), (ErrorKind::Invalid, Retry::Never));
    }
}

#[tokio::test]
async fn where_there_is_no_file_service_small_files_go_by_odata() {
    let page = "<html><title>404 - File or directory not found.</title></html>";
    let row = format!(r#"{{"Id":"{ID}"}}"#);
    // The host, the limit, the service that is not there, the columns, the row, its content.
    let script = Script::default().token().answer(200, "{}").answer(200, "{}").html(404, page);
    let script = script.answer(200, r#"{"value":[]}"#).answer(201, row).answer(200, "");
    let client = script.client(&Time::new());
    let file = NewFile::new(ID, Parent::contact(ID), "a.txt", "text/plain", 5);
    client.files().upload(&file, &Bytes::from_static(b"hello")).await.unwrap();
    let lines = script.lines();
    assert_eq!(lines.last().unwrap(), &format!("PUT /0/odata/ContactFile({ID})/Data"));
    assert_eq!(script.bodies().last().unwrap(), "hello");
}

#[tokio::test]
async fn a_file_is_downloaded_a_piece_at_a_time() {
    let world = world(builder());
    world.upload("a.png", 100).await.unwrap();
    let body = world.client.files().download(&ACTIVITY_FILE, ID).await.unwrap();
    assert_eq!(body.bytes(1_000).await.unwrap(), Tape::bytes(0..100));
    world.sim.expire_tokens();
    assert!(world.client.files().download(&ACTIVITY_FILE, ID).await.is_ok());
    let none = world.client.files().download(&ACTIVITY_FILE, Uuid::from_u128(9)).await;
    assert_eq!(none.unwrap_err().kind(), ErrorKind::NotFound);
}

#[test]
fn a_file_shows_nothing_of_itself() {
    let file = NewFile::new(ID, Parent::case(ID), "canary.txt", "canary", 5);
    assert!(!format!("{file:?}").contains("canary"));
}
