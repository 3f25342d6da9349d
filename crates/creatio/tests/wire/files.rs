use bytes::Bytes;
use handover_creatio::{FileRules, NewFile, Parent};
use serde_json::json;
use uuid::{Uuid, uuid};
use wiremock::matchers::{header, header_exists, method, path, query_param};
use wiremock::{Mock, ResponseTemplate};

use crate::{any_column, server};

const ID: Uuid = uuid!("00000000-0000-0000-0000-00000000f11e");
const CASE: Uuid = uuid!("ae5f2f10-f46b-1410-fd9a-0050ba5d6c38");

#[tokio::test]
async fn a_file_travels_in_ranges_with_its_name_unquoted_and_encoded() {
    let (server, client) = server().await;
    any_column(&server).await;
    let settings = json!({"success": true, "values": {"MaxFileSize": {"value": 5}}});
    Mock::given(path("/0/DataService/json/SyncReply/QuerySysSettings"))
        .respond_with(ResponseTemplate::new(200).set_body_json(settings))
        .expect(1)
        .mount(&server)
        .await;
    let size = 1024 * 1024 + 10;
    for range in ["bytes 0-1048575/1048586", "bytes 1048576-1048585/1048586"] {
        Mock::given(method("POST"))
            .and(path("/0/rest/FileApiService/UploadFile"))
            .and(query_param("fileId", ID.to_string()))
            .and(query_param("totalFileLength", size.to_string()))
            .and(query_param("mimeType", "image/png"))
            .and(query_param("fileName", "a+b é&c.png"))
            .and(query_param("columnName", "Data"))
            .and(query_param("entitySchemaName", "CaseFile"))
            .and(query_param("parentColumnName", "Case"))
            .and(query_param("parentColumnValue", CASE.to_string()))
            .and(header("content-type", "image/png"))
            .and(header("content-range", range))
            .and(header("content-disposition", "attachment; filename=a%2Bb%20%C3%A9%26c.png"))
            .and(header_exists("content-length"))
            .respond_with(ResponseTemplate::new(200).set_body_json(json!({"success": true})))
            .expect(1)
            .mount(&server)
            .await;
    }
    let content = Bytes::from(vec![7; size]);
    let file = NewFile::new(ID, Parent::case(CASE), "a+b é&c.png", "image/png", size as u64);
    client.files().upload(&file, &content).await.unwrap();
}

#[tokio::test]
async fn a_refusal_that_comes_with_200_is_a_refusal() {
    for (answer, code) in [
        (
            json!({"success": false, "errorInfo": {"errorCode": "MaxFileSizeExceededException"}}),
            "file-too-large",
        ),
        (
            json!({"success": false, "errorInfo": {"errorCode": "X", "message": "for security reasons"}}),
            "file-refused",
        ),
        (json!({"success": false, "errorInfo": {"errorCode": "SecurityException"}}), "forbidden"),
        (json!({"error": "File is not an image."}), "file-refused"),
        (json!({"success": false, "errorInfo": {"errorCode": "canary body of a file"}}), ""),
        (json!({}), ""),
    ] {
        let (server, _) = server().await;
        any_column(&server).await;
        Mock::given(path("/0/rest/FileApiService/UploadFile"))
            .respond_with(ResponseTemplate::new(200).set_body_json(&answer))
            .mount(&server)
            .await;
        let config = handover_creatio::Config::new(&server.uri(), "id", "s".into())
            .and_then(|config| config.with_identity_url(&server.uri()))
            .unwrap()
            .with_file_rules(FileRules::new().with_max_bytes(100));
        let file = NewFile::new(ID, Parent::activity(CASE), "a.png", "image/png", 5);
        let client = crate::client(&config);
        let error = client.files().upload(&file, &Bytes::from_static(b"12345")).await.unwrap_err();
        assert_eq!(error.code().unwrap_or_default(), code, "{answer}");
        assert!(error.request_id().is_some());
        assert!(!format!("{error} {error:?}").contains("canary"));
    }
}
