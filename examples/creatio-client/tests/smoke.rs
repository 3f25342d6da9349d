//! The script against a simulated Creatio, over real HTTP on loopback.

use handover_sim::creatio::Creatio;
use handover_sim::server;

#[tokio::test]
async fn a_case_with_its_transcript_and_file_is_logged_once() {
    let creatio = Creatio::new("client", "secret");
    let server = server::serve(creatio.clone(), "127.0.0.1:0".parse().unwrap()).await.unwrap();
    let var = |name: &str| match name {
        "CREATIO_CLIENT_ID" => Some("client".to_owned()),
        "CREATIO_CLIENT_SECRET" => Some("secret".to_owned()),
        _ => Some(server.base_url()),
    };
    let client = creatio_client::client(var).unwrap();
    for _ in 0..2 {
        let case = creatio_client::log(&client, "17", "+15551234567").await.unwrap();
        assert_eq!(creatio.cases().len(), 1);
        let activities = creatio.activities(case);
        assert_eq!(activities.len(), 2);
        assert_eq!(activities[0].text("Notes"), "Where is my order?");
        let files = creatio.records("ActivityFile");
        assert_eq!(files.len(), 1);
        assert_eq!(&creatio.file("ActivityFile", files[0].id()).unwrap()[..], b"1 parcel, 2.4 kg");
        let owner = creatio.case(case).unwrap().guid("ContactId").unwrap();
        assert!(creatio.contacts().iter().any(|contact| contact.id() == owner));
    }
}
