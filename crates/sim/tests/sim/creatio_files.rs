//! The file service and the streams of OData.

use bytes::Bytes;
use handover_sim::creatio::{FileSecurity, Operation, Quirk};
use http::Request;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::tenant::{Answer, Tenant, builder, send};

struct Upload<'a> {
    file: Uuid,
    case: Uuid,
    name: &'a str,
    range: &'a str,
    total: Option<usize>,
    headers: &'a [(&'a str, &'a str)],
}

fn upload(tenant: &Tenant, upload: &Upload<'_>, body: &str) -> Answer {
    let total = upload.total.map(|total| format!("&totalFileLength={total}")).unwrap_or_default();
    let url = format!(
        "https://acme.creatio.com/0/rest/FileApiService/UploadFile?fileId={}&mimeType=text%2Fplain\
         &fileName={}&columnName=Data&entitySchemaName=CaseFile&parentColumnName=Case\
         &parentColumnValue={}{total}",
        upload.file, upload.name, upload.case
    );
    let mut request = Request::post(url)
        .header("authorization", format!("Bearer {}", tenant.token))
        .header("content-disposition", format!("attachment; filename={}", upload.name));
    if !upload.range.is_empty() {
        request = request.header("content-range", upload.range);
    }
    for (name, value) in upload.headers {
        request = request.header(*name, *value);
    }
    let request = request.body(Bytes::from(body.to_owned())).unwrap();
    send(&tenant.sim, request, tenant.now)
}

fn case(tenant: &Tenant) -> Uuid {
    tenant.create("Case", &json!({"Subject": "a"}))
}

fn plain(case: Uuid) -> Upload<'static> {
    let file = Uuid::from_u128(7);
    Upload { file, case, name: "a%20b.txt", range: "bytes 0-4/5", total: Some(5), headers: &[] }
}

#[test]
fn a_file_in_one_chunk_is_a_row_with_content() {
    let tenant = Tenant::new();
    let case = case(&tenant);
    let answer = upload(&tenant, &plain(case), "hello");
    assert_eq!((answer.status.as_u16(), &answer.json["success"]), (200, &json!(true)));
    let row = tenant.sim.record("CaseFile", Uuid::from_u128(7)).unwrap();
    assert_eq!((row.text("Name"), row.int("Size"), row.shown("Type")), ("a b.txt", 5, "File"));
    assert_eq!((row.guid("CaseId"), row.flag("Uploaded")), (Some(case), true));
    let url = format!("https://acme.creatio.com/0/rest/FileService/Download/CaseFile/{}", row.id());
    let get = Request::get(url).header("authorization", format!("Bearer {}", tenant.token));
    let get = get.body(Bytes::new()).unwrap();
    assert_eq!(send(&tenant.sim, get, tenant.now).text, "hello");
    assert_eq!(tenant.get(&format!("CaseFile({})/Data", row.id())).text, "hello");
    let stranger = Request::get("https://acme.creatio.com/0/rest/FileService/Download/CaseFile/7");
    let stranger = stranger.header("forceusesession", "true").body(Bytes::new()).unwrap();
    assert_eq!(send(&tenant.sim, stranger, tenant.now).status, 401);
}

#[test]
fn a_first_chunk_replaces_and_any_other_is_appended_blindly() {
    let tenant = Tenant::new();
    let case = case(&tenant);
    let first = Upload { range: "bytes 0-2/6", total: Some(6), ..plain(case) };
    let second = Upload { range: "bytes 3-5/6", total: Some(6), ..plain(case) };
    let content = || tenant.sim.file("CaseFile", first.file).unwrap();
    upload(&tenant, &first, "abc");
    let row = tenant.sim.record("CaseFile", first.file).unwrap();
    assert_eq!((row.int("Size"), row.flag("Uploaded")), (6, false), "the size proves nothing");
    upload(&tenant, &second, "def");
    assert_eq!(content(), "abcdef");
    upload(&tenant, &second, "def");
    assert_eq!(content(), "abcdefdef", "said twice is there twice");
    upload(&tenant, &first, "abc");
    upload(&tenant, &second, "def");
    assert_eq!(content(), "abcdef", "from the start again is the way out");
    assert_eq!(tenant.sim.records("CaseFile").len(), 1);
    let lost = Upload { file: Uuid::from_u128(8), ..second };
    assert_eq!(upload(&tenant, &lost, "def").json["success"], false);
}

#[test]
fn what_is_wrong_is_told_with_status_200() {
    let deny = FileSecurity::Deny(vec!["exe".to_owned()]);
    let tenant = Tenant::of(builder().max_file(10).file_security(deny));
    let case = case(&tenant);
    for (refused, code) in [
        (Upload { total: None, ..plain(case) }, "InvalidFileSizeException"),
        (Upload { total: Some(11), ..plain(case) }, "MaxFileSizeExceededException"),
        (Upload { name: "run.EXE", ..plain(case) }, "FileSecurityException"),
        (Upload { range: "bytes 0--1/0", ..plain(case) }, "FormatException"),
        (Upload { range: "", ..plain(case) }, "FormatException"),
        (Upload { case: Uuid::from_u128(9), ..plain(case) }, "SqlException"),
        (
            Upload { headers: &[("transfer-encoding", "chunked")], ..plain(case) },
            "OverflowException",
        ),
    ] {
        let answer = upload(&tenant, &refused, "hello");
        assert_eq!((answer.status.as_u16(), &answer.json["success"]), (200, &json!(false)));
        assert_eq!(answer.json["errorInfo"]["errorCode"], code, "{}", answer.text);
    }
    assert!(tenant.sim.records("CaseFile").is_empty());
    tenant.sim.deny("CaseFile", Operation::Insert);
    assert_eq!(upload(&tenant, &plain(case), "hello").json["success"], false);
}

#[test]
fn a_quoted_name_hides_the_extension_and_a_starred_one_is_refused() {
    let allow = FileSecurity::Allow(vec!["txt".to_owned()]);
    let tenant = Tenant::of(builder().file_security(allow));
    let case = case(&tenant);
    let quoted = [("content-disposition", "attachment; filename=\"a.txt\"")];
    let mut request = plain(case);
    request.name = "a.txt";
    assert_eq!(upload(&tenant, &request, "hello").json["success"], true);
    let url = format!(
        "https://acme.creatio.com/0/rest/FileApiService/UploadFile?fileId={}&totalFileLength=5\
         &fileName=a.txt&entitySchemaName=CaseFile&parentColumnName=Case&parentColumnValue={case}",
        Uuid::from_u128(9)
    );
    let send_as = |header: (&str, &str)| {
        let request = Request::post(&url)
            .header("authorization", format!("Bearer {}", tenant.token))
            .header("content-range", "bytes 0-4/5")
            .header(header.0, header.1)
            .body(Bytes::from("hello"))
            .unwrap();
        send(&tenant.sim, request, tenant.now)
    };
    assert_eq!(send_as(quoted[0]).json["errorInfo"]["errorCode"], "FileSecurityException");
    let starred = ("content-disposition", "attachment; filename*=UTF-8''a.txt");
    assert_eq!(send_as(starred).status, 400);
}

#[test]
fn odata_streams_keep_the_same_rules() {
    let deny = FileSecurity::Deny(vec!["exe".to_owned()]);
    let tenant = Tenant::of(builder().max_file(4).file_security(deny));
    let case = case(&tenant);
    let put = |name: &str, content: &Value| {
        let file = tenant.create("CaseFile", &json!({"Name": name, "CaseId": case}));
        let answer = tenant.call("PUT", &format!("CaseFile({file})/Data"), content, &[]);
        (file, answer.status.as_u16(), answer.text)
    };
    let (file, status, _) = put("a.txt", &json!([1]));
    assert_eq!((status, tenant.sim.record("CaseFile", file).unwrap().int("Size")), (200, 3));
    assert_eq!(put("a.exe", &json!([1])).1, 500);
    let (orphan, status, text) = put("a.txt", &json!([1, 2]));
    assert!(status == 500 && text.contains("maximum size"), "{text}");
    assert_eq!(tenant.sim.file("CaseFile", orphan).unwrap(), "", "a row without content stays");
    tenant.sim.quirk(Quirk::ExternalStorage, true);
    assert_eq!(put("a.txt", &json!([1])).1, 500);
}

#[test]
fn a_storage_may_lose_bytes_though_the_size_looks_right() {
    let tenant = Tenant::of(builder().quirk(Quirk::FilesLoseBytes));
    let case = case(&tenant);
    upload(&tenant, &plain(case), "hello");
    let row = tenant.sim.record("CaseFile", Uuid::from_u128(7)).unwrap();
    assert_eq!((row.int("Size"), tenant.sim.file("CaseFile", row.id()).unwrap().len()), (5, 4));
}

#[test]
fn any_record_takes_a_sys_file() {
    let tenant = Tenant::new();
    let case = case(&tenant);
    let body = json!({"Name": "a", "RecordSchemaName": "Case", "RecordId": case});
    let file = tenant.create("SysFile", &body);
    let put = tenant.call("PUT", &format!("SysFile({file})/Data"), &json!([1]), &[]);
    assert_eq!((put.status.as_u16(), tenant.sim.file("SysFile", file).unwrap().len()), (200, 3));
}

#[test]
fn system_settings_tell_the_largest_file() {
    let tenant = Tenant::of(builder().max_file(25 << 20));
    let body = json!({"sysSettingsNameCollection": ["MaxFileSize", "NoSuchSetting"]});
    let url = "https://acme.creatio.com/0/DataService/json/SyncReply/QuerySysSettings";
    let request = Request::post(url)
        .header("authorization", format!("Bearer {}", tenant.token))
        .body(Bytes::from(body.to_string()))
        .unwrap();
    let answer = send(&tenant.sim, request, tenant.now).json;
    assert_eq!(
        (&answer["success"], &answer["values"]["MaxFileSize"]["value"]),
        (&json!(true), &json!(25))
    );
    assert_eq!(answer["values"].get("NoSuchSetting"), None);
    let empty = Request::post(url).header("authorization", format!("Bearer {}", tenant.token));
    let answer = send(&tenant.sim, empty.body(Bytes::new()).unwrap(), tenant.now);
    assert_eq!((answer.status.as_u16(), &answer.json["success"]), (200, &json!(false)));
}
