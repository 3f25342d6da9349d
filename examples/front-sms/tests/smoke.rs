//! The host against a simulated Front, over real HTTP on loopback.

use chrono::Utc;
use handover_sim::front::{Front, Hook};

#[tokio::test]
async fn the_ai_answers_until_a_person_is_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let here = format!("http://{}", listener.local_addr().unwrap());
    let front = Front::new("token");
    front.hook(Hook::application(&format!("{here}/desks/front"), "key"));
    let server = handover_sim::server::serve(front.clone(), "127.0.0.1:0".parse().unwrap());
    let server = server.await.unwrap();
    front.set_api_url(&server.base_url());
    let var = |name: &str| match name {
        "PUBLIC_URL" => Some(here.clone()),
        "STORE" => Some(format!("sqlite:{}", folder.path().join("relay.db").display())),
        "BLOBS" => Some(format!("file:{}", folder.path().join("blobs").display())),
        "FRONT_API_URL" => Some(server.base_url()),
        "FRONT_TOKEN" => Some("token".to_owned()),
        "FRONT_TEAMMATE" => Some("tea_ai".to_owned()),
        "FRONT_APP_KEY" => Some("key".to_owned()),
        _ => Some("inb_sms".to_owned()),
    };
    let relay = front_sms::relay(var).unwrap();
    tokio::spawn(front_sms::serve(relay, listener, std::future::pending()));
    let conversation = front.customer_texts("+14155550100", "Are you open?", &[], Utc::now());
    front.rule_assigns(&conversation, Some("tea_ai"), Utc::now());
    eventually(|| front.phone("+14155550100").len() == 1).await;
    front.customer_texts("+14155550100", "Let me talk to a human", &[], Utc::now());
    eventually(|| front.comments(&conversation).len() == 1).await;
}

async fn eventually(seen: impl Fn() -> bool) {
    for _ in (0..1500).take_while(|_| !seen()) {
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    assert!(seen(), "it was not seen within 30 seconds");
}
