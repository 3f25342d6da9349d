use std::sync::{Arc, Mutex};

use bytes::Bytes;
use chrono::{DateTime, Utc};
use handover_sim::front::Hook;
use handover_sim::server::{self, Handle};
use handover_sim::{Outbox, Reply, Simulator};
use http::{Request, Response, StatusCode};
use serde_json::{Value, json};

use crate::front::{ANN, APP_KEY, APP_URL, builder, start};

#[tokio::test]
async fn calls_are_made_and_their_answers_heard() {
    let sim = builder()
        .application("app_uid_1", "front-app-secret")
        .channel("cha_own", "inb_sms", "application", "own")
        .build();
    let server = serve(sim.clone()).await;
    let partner = Partner::default();
    let relay = serve(partner.clone()).await;
    sim.reach("https://relay.example", &relay.base_url());

    sim.save_hook(Hook::application(APP_URL, APP_KEY), "c4llenge", start());
    sim.connect_channel("cha_own", "https://relay.example/connect", start());
    server.settled().await;
    assert!(sim.is_saved(APP_URL) && sim.is_connected("cha_own"));

    partner.refuse(3);
    let text = sim.customer_texts(ANN, "Hi", &[], start());
    server.settled().await;
    let tried: Vec<_> = sim.outbox().attempts().iter().map(|tried| tried.status).collect();
    assert_eq!(tried[2..], [Some(503), Some(503), Some(503), Some(200)], "three times more");

    let own = sim.customer_writes("cha_own", ANN, "Hello", &[], start());
    sim.teammate_replies(&own, "tea_rep", "Rita here", start());
    server.settled().await;
    let sent = sim.messages(&own).pop().unwrap();
    assert_eq!(sent.external_id.as_deref(), Some("ours-1"));
    let kinds: Vec<_> = sim.events(&own).iter().map(|event| event.kind).collect();
    assert!(kinds.contains(&"out_reply"), "{kinds:?}");
    assert_eq!(sim.messages(&text).len(), 1);
    assert!(partner.got().iter().all(|kind| !kind.is_empty()));
}

/// An application of ours, which answers what it is asked.
#[derive(Clone, Debug, Default)]
struct Partner {
    got: Arc<Mutex<Vec<String>>>,
    refusals: Arc<Mutex<u32>>,
    outbox: Outbox,
}

impl Partner {
    fn got(&self) -> Vec<String> {
        self.got.lock().unwrap().clone()
    }

    fn refuse(&self, times: u32) {
        *self.refusals.lock().unwrap() = times;
    }
}

impl Simulator for Partner {
    fn handle(&self, request: Request<Bytes>, _: DateTime<Utc>) -> Reply {
        let body: Value = serde_json::from_slice(request.body()).unwrap();
        let kind = body["type"].as_str().unwrap_or_default().to_owned();
        let challenge = request.headers().get("x-front-challenge");
        let answer = match kind.as_str() {
            "sync" => challenge.unwrap().to_str().unwrap().to_owned(),
            "authorization" => json!({"type": "success",
                "webhook_url": "https://relay.example/channel"})
            .to_string(),
            _ => json!({"type": "success", "external_id": "ours-1",
                "external_conversation_id": "ours"})
            .to_string(),
        };
        self.got.lock().unwrap().push(kind);
        let mut response = Response::new(Bytes::from(answer));
        let mut refusals = self.refusals.lock().unwrap();
        if *refusals > 0 {
            *refusals -= 1;
            *response.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
        }
        Reply::answer(response)
    }

    fn outbox(&self) -> &Outbox {
        &self.outbox
    }
}

async fn serve(simulator: impl Simulator) -> Handle {
    server::serve(simulator, ([127, 0, 0, 1], 0).into()).await.unwrap()
}
