//! The host against simulators of Twilio and Creatio, over real HTTP on loopback.

use std::time::Duration;

use chrono::Utc;
use handover_sim::creatio::{ActivityType, Creatio, Poke, PokeStyle, RepActivity};
use handover_sim::server;
use handover_sim::twilio::Twilio;
use sms_to_creatio::{Config, relay, serve};
use tokio::net::TcpListener;
use tokio::sync::oneshot;

#[tokio::test]
async fn a_text_becomes_a_case_and_the_reps_reply_a_text() {
    let any = "127.0.0.1:0".parse().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let here = format!("http://{}", listener.local_addr().unwrap());
    let twilio = Twilio::builder(ACCOUNT, "token")
        .number(OURS)
        .inbound_url(&format!("{here}/channels/sms#rc=5&rp=all"))
        .build();
    let creatio = Creatio::new("client", "client-secret");
    let hook = format!("{here}/desks/creatio").parse().unwrap();
    creatio.poke(Poke::new(hook, HOOK_SECRET, PokeStyle::Bearer));
    let at_twilio = server::serve(twilio.clone(), any).await.unwrap();
    let at_creatio = server::serve(creatio.clone(), any).await.unwrap();

    let config = Config::from_vars(|name| {
        Some(match name {
            "PUBLIC_URL" => here.clone(),
            "STORE" => format!("sqlite:{}", folder.path().join("relay.db").display()),
            "BLOBS" => format!("file:{}", folder.path().join("blobs").display()),
            "TWILIO_ACCOUNT_SID" => ACCOUNT.to_owned(),
            "TWILIO_AUTH_TOKEN" => "token".to_owned(),
            "TWILIO_FROM" => OURS.to_owned(),
            "TWILIO_API_URL" => at_twilio.base_url(),
            "CREATIO_URL" | "CREATIO_IDENTITY_URL" => at_creatio.base_url(),
            "CREATIO_CLIENT_ID" => "client".to_owned(),
            "CREATIO_CLIENT_SECRET" => "client-secret".to_owned(),
            "CREATIO_WEBHOOK_SECRET" => HOOK_SECRET.to_owned(),
            _ => return None,
        })
    })
    .unwrap();
    let (stop, stopped) = oneshot::channel::<()>();
    let host = async {
        let stop = async move { drop(stopped.await) };
        serve(relay(&config).unwrap(), listener, stop).await.unwrap();
    };
    let story = async {
        twilio.customer_texts(CUSTOMER, OURS, "Are you open?", &[], Utc::now());
        eventually(|| twilio.phone(CUSTOMER) == ["We are open from 9 to 5, Monday to Friday."])
            .await;
        twilio.customer_texts(CUSTOMER, OURS, "I want to speak to a person", &[], Utc::now());
        let note =
            |row: &handover_sim::creatio::Record| row.text("Title").contains("Handover note");
        let case = || creatio.cases().first().map(handover_sim::creatio::Record::id);
        eventually(|| case().is_some_and(|case| creatio.activities(case).iter().any(note))).await;

        let reply = RepActivity::new(ActivityType::Email).body("Ann here.").finished();
        creatio.rep_adds_activity(case().unwrap(), reply, Utc::now());
        eventually(|| twilio.phone(CUSTOMER).last().is_some_and(|text| text == "Ann here.")).await;
        drop(stop);
    };
    tokio::join!(host, story);
}

async fn eventually(mut seen: impl FnMut() -> bool) {
    for _ in 0..600 {
        if seen() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("it was not seen within 30 seconds");
}

const ACCOUNT: &str = "AC00000000000000000000000000000001";
const CUSTOMER: &str = "+15552223333";
const HOOK_SECRET: &str = "a-secret-of-the-business-process";
const OURS: &str = "+15550001111";
