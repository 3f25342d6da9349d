use std::sync::{Arc, Mutex};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use chrono::{DateTime, Utc};
use handover_sim::creatio::{ActivityType, Creatio, Poke, PokeStyle, RepActivity};
use handover_sim::server::{self, Handle};
use handover_sim::twilio::{Twilio, signature};
use handover_sim::{Delivery, Fault, Outbox, Reply, Simulator};
use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use serde_json::{Value, json};

use crate::tenant::builder;
use crate::twilio_api::{ACCOUNT, ANN, OURS};

#[tokio::test]
async fn creatio_over_http() {
    let sim = builder().split_host().build();
    let identity = serve(sim.identity()).await;
    let server = serve(sim.clone()).await;
    let receiver = Receiver::default();
    let hooks = serve(receiver.clone()).await;
    let url = format!("{}/hooks", hooks.base_url()).parse().unwrap();
    sim.poke(Poke::new(url, "s3cret", PokeStyle::Header).retries(2));

    let token = token(&identity).await;
    let created = odata(&server, &token, "POST", "Case", &json!({"Subject": "a"})).await.unwrap();
    assert_eq!(created.status(), 201);
    let case = json_of(&created)["Id"].as_str().unwrap().parse().unwrap();

    sim.faults().once(Fault::DropAfterWrite);
    let body = json!({"Subject": "b"});
    assert!(odata(&server, &token, "POST", "Case", &body).await.is_none(), "no answer");
    assert_eq!(sim.cases().len(), 2);
    let list = odata(&server, &token, "GET", "Case?$orderby=Number%20desc&$top=1", &json!(null));
    assert_eq!(json_of(&list.await.unwrap())["value"][0]["Subject"], "b");

    receiver.refuse(2);
    sim.rep_adds_activity(case, RepActivity::new(ActivityType::Task), now());
    server.settled().await;
    let statuses: Vec<_> = sim.outbox().attempts().iter().map(|tried| tried.status).collect();
    assert_eq!(statuses, [Some(503), Some(503), Some(200)]);
    assert_eq!(receiver.got().len(), 3);
    assert_eq!(receiver.got()[0].headers()["x-handover-secret"], "s3cret");

    sim.outbox().deliver(Delivery::faithful().reordered(10).doubled(1).parallel());
    sim.rep_sets_status(case, "Closed", now());
    server.settled().await;
    assert_eq!(receiver.got().len(), 5);
    server.shutdown().await;
}

#[tokio::test]
async fn twilio_over_http() {
    let sim = Twilio::builder(ACCOUNT, "token")
        .number(OURS)
        .inbound_url("https://relay.example/sms")
        .pace(Duration::from_millis(10), Duration::from_millis(20))
        .build();
    let server = serve(sim.clone()).await;
    sim.set_api_url(&server.base_url());
    let receiver = Receiver::default();
    let hooks = serve(receiver.clone()).await;
    sim.reach("https://relay.example", &hooks.base_url());

    sim.customer_texts(ANN, OURS, "hi", &[("text/plain", Bytes::from("file"))], now());
    server.settled().await;
    let got = receiver.got();
    assert_eq!(got[0].headers()["host"], "relay.example");
    let params: Vec<(String, String)> =
        form_urlencoded::parse(got[0].body()).into_owned().collect();
    let expected = signature("token", "https://relay.example/sms", &params);
    assert_eq!(got[0].headers()["x-twilio-signature"], expected.as_str());

    let (_, media) = params.iter().find(|(name, _)| name == "MediaUrl0").unwrap();
    let basic = format!("Basic {}", STANDARD.encode(format!("{ACCOUNT}:token")));
    let request = Request::get(media).header("authorization", &basic);
    let redirect = send(request.body(Bytes::new()).unwrap()).await.unwrap();
    let location = redirect.headers()["location"].to_str().unwrap();
    let file = send(Request::get(location).body(Bytes::new()).unwrap()).await.unwrap();
    assert_eq!(file.body(), "file");

    let url = format!("{}/2010-04-01/Accounts/{ACCOUNT}/Messages.json", server.base_url());
    let form = "To=%2B12125424238&From=%2B12025550100&Body=hello+there&StatusCallback=https%3A%2F%2Frelay.example%2Fstatus%3Fa%3D1";
    let request = Request::post(url)
        .header("authorization", &basic)
        .header("content-type", "application/x-www-form-urlencoded");
    let sent = send(request.body(Bytes::from(form)).unwrap()).await.unwrap();
    assert_eq!(sent.status(), 201);
    server.settled().await;
    assert_eq!(sim.phone(ANN), ["hello there"]);
    let paths: Vec<_> = receiver.got().iter().map(|request| request.uri().to_string()).collect();
    assert_eq!(paths, ["/sms", "/status?a=1", "/status?a=1", "/status?a=1"]);
}

#[tokio::test]
async fn nobody_listening_is_tried_and_given_up() {
    let sim = Creatio::new("client", "secret");
    let server = serve(sim.clone()).await;
    let gone = serve(Receiver::default()).await;
    let url = gone.base_url().parse().unwrap();
    gone.shutdown().await;
    sim.poke(Poke::new(url, "s3cret", PokeStyle::Header).retries(1));
    let case = sim.add("Case", &[("Subject", json!("a"))], now());
    sim.rep_sets_status(case, "Closed", now());
    server.settled().await;
    let statuses: Vec<_> = sim.outbox().attempts().iter().map(|tried| tried.status).collect();
    assert_eq!(statuses, [None, None]);
}

/// A webhook receiver of ours, which keeps what it gets.
#[derive(Clone, Debug, Default)]
struct Receiver {
    got: Arc<Mutex<Vec<Request<Bytes>>>>,
    refusals: Arc<Mutex<u32>>,
    outbox: Outbox,
}

impl Receiver {
    fn got(&self) -> Vec<Request<Bytes>> {
        self.got.lock().unwrap().clone()
    }

    fn refuse(&self, times: u32) {
        *self.refusals.lock().unwrap() = times;
    }
}

impl Simulator for Receiver {
    fn handle(&self, request: Request<Bytes>, _: DateTime<Utc>) -> Reply {
        self.got.lock().unwrap().push(request);
        let mut refusals = self.refusals.lock().unwrap();
        let mut response = Response::new(Bytes::new());
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

async fn token(identity: &Handle) -> String {
    let form = "client_id=client&client_secret=secret&grant_type=client_credentials";
    let request = Request::post(format!("{}/connect/token", identity.base_url()))
        .header("content-type", "application/x-www-form-urlencoded")
        .body(Bytes::from(form))
        .unwrap();
    json_of(&send(request).await.unwrap())["access_token"].as_str().unwrap().to_owned()
}

async fn odata(
    server: &Handle,
    token: &str,
    method: &str,
    target: &str,
    body: &Value,
) -> Option<Response<Bytes>> {
    let request = Request::builder()
        .method(method)
        .uri(format!("{}/0/odata/{target}", server.base_url()))
        .header("authorization", format!("Bearer {token}"))
        .header("content-type", "application/json")
        .body(Bytes::from(if body.is_null() { String::new() } else { body.to_string() }));
    send(request.unwrap()).await
}

async fn send(request: Request<Bytes>) -> Option<Response<Bytes>> {
    let client: Client<_, Full<Bytes>> = Client::builder(TokioExecutor::new()).build_http();
    let (parts, body) = client.request(request.map(Full::new)).await.ok()?.into_parts();
    Some(Response::from_parts(parts, body.collect().await.ok()?.to_bytes()))
}

fn json_of(response: &Response<Bytes>) -> Value {
    serde_json::from_slice(response.body()).unwrap()
}

fn now() -> DateTime<Utc> {
    std::time::SystemTime::now().into()
}
