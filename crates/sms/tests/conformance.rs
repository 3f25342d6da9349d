//! The promises of a channel, with a Twilio written down from its documentation.

#![expect(clippy::unwrap_used, reason = "a fixture that cannot be set up has failed")]

use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use bytes::Bytes;
use chrono::{DateTime, Utc};
use handover_conformance::channel::{Answer, ChannelFixture, Listed, Provider, Understood};
use handover_core::channel::{Channel, Outbound};
use handover_core::clock::Clock;
use handover_core::id::ChannelId;
use handover_core::identity::{Identity, Proof};
use handover_core::transport::Transport;
use handover_core::webhook::Webhook;
use handover_sms::twilio::{Config, Twilio};
use hmac::{Hmac, KeyInit, Mac};
use http::{HeaderName, Request, Response};
use serde_json::{Value, json};

const ACCOUNT: &str = "AC00000000000000000000000000000001";
const TOKEN: &str = "token-canary-8812";
const OURS: &str = "+12025550100";
const CUSTOMER: &str = "+14155550123";
const HOOK: &str = "https://relay.example/channels/sms-us";

struct Fixture;

fn twilio(transport: Arc<dyn Transport>, clock: Arc<dyn Clock>) -> Twilio {
    let config = Config::new(
        ChannelId::new("sms-us").unwrap(),
        ACCOUNT,
        vec![TOKEN.into()],
        OURS,
        HOOK.parse().unwrap(),
    )
    .unwrap();
    Twilio::new(config, transport, clock)
}

fn post(url: &str, pairs: &[(&str, &str)]) -> Request<Bytes> {
    let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
    Request::post(url)
        .header("content-type", "application/x-www-form-urlencoded")
        .body(body.into())
        .unwrap()
}

impl ChannelFixture for Fixture {
    fn channel(&self, transport: Arc<dyn Transport>, clock: Arc<dyn Clock>) -> Arc<dyn Channel> {
        Arc::new(twilio(transport, clock))
    }

    fn webhook(
        &self,
        transport: Arc<dyn Transport>,
        clock: Arc<dyn Clock>,
    ) -> Option<Arc<dyn Webhook>> {
        Some(Arc::new(twilio(transport, clock)))
    }

    fn provider(&self) -> Provider {
        let customer = Identity::new(Identity::TEL, CUSTOMER, Proof::ChannelProven);
        Provider::new(TOKEN, customer, [HeaderName::from_static("x-twilio-signature")])
            .with_signed_url()
            .with_key()
            .with_settling_list(Duration::from_secs(300))
            .with_file("https://api.twilio.com/2010-04-01/Accounts/AC1/Messages/MM1/Media/ME1")
            .with_ids([
                "SM00000000000000000000000000000011",
                "SM00000000000000000000000000000012",
                "SM00000000000000000000000000000013",
            ])
    }

    fn deliver(&self, id: &str, text: &str, now: DateTime<Utc>) -> Request<Bytes> {
        let sid = format!("SM{id:0>32}");
        self.sign(
            post(
                HOOK,
                &[
                    ("MessageSid", &sid),
                    ("AccountSid", ACCOUNT),
                    ("From", CUSTOMER),
                    ("To", OURS),
                    ("Body", text),
                    ("NumMedia", "0"),
                ],
            ),
            now,
        )
    }

    fn sign(&self, mut request: Request<Bytes>, _: DateTime<Utc>) -> Request<Bytes> {
        let mut pairs: Vec<(String, String)> =
            form_urlencoded::parse(request.body()).into_owned().collect();
        pairs.sort();
        let mut text = request.uri().to_string();
        for (name, value) in pairs {
            text.push_str(&name);
            text.push_str(&value);
        }
        let mut mac = Hmac::<sha1::Sha1>::new_from_slice(TOKEN.as_bytes()).unwrap();
        mac.update(text.as_bytes());
        let signature =
            base64::engine::general_purpose::STANDARD.encode(mac.finalize().into_bytes());
        request.headers_mut().insert("x-twilio-signature", signature.parse().unwrap());
        request
    }

    fn unknown(&self, now: DateTime<Utc>) -> Vec<Request<Bytes>> {
        vec![self.sign(
            post(
                &format!("{HOOK}/status?key=nonsense"),
                &[
                    ("MessageSid", "SM00000000000000000000000000000001"),
                    ("AccountSid", ACCOUNT),
                    ("MessageStatus", "levitating"),
                ],
            ),
            now,
        )]
    }

    fn corpus(&self) -> Vec<Request<Bytes>> {
        vec![post(
            HOOK,
            &[
                ("ToCountry", "US"),
                ("SmsMessageSid", "SM1"),
                ("NumMedia", "1"),
                ("MediaUrl0", "https://api.twilio.com/x"),
                ("MediaContentType0", "image/jpeg"),
                ("Body", ""),
                ("From", CUSTOMER),
                ("To", OURS),
                ("AccountSid", ACCOUNT),
            ],
        )]
    }

    fn understand(&self, request: &Request<Bytes>) -> Option<Understood> {
        if request.method() != "POST" || !request.uri().path().ends_with("/Messages.json") {
            return None;
        }
        let get = |name: &str| {
            form_urlencoded::parse(request.body())
                .find(|(key, _)| key == name)
                .map(|(_, value)| value.into_owned())
        };
        let key = get("StatusCallback").and_then(|url| {
            let url: url::Url = url.parse().ok()?;
            url.query_pairs().find(|(key, _)| key == "key").map(|(_, value)| value.into_owned())
        });
        Some(Understood { to: get("To")?, text: get("Body")?, key })
    }

    fn answer(&self, answer: &Answer, outbound: &Outbound) -> Option<Response<Bytes>> {
        let (status, body) = match answer {
            Answer::Accepted { id } => (
                201,
                json!({"sid": id, "status": "queued", "to": &*outbound.to.value, "body": outbound.text}),
            ),
            Answer::Broken => {
                (500, json!({"code": 20500, "message": "Internal Server Error", "status": 500}))
            }
            Answer::Busy(_) => {
                (429, json!({"code": 20429, "message": "Too Many Requests", "status": 429}))
            }
            Answer::OptedOut => (
                400,
                json!({
                    "code": 21610,
                    "message": format!("Attempt to send to unsubscribed recipient {}", outbound.to.value),
                    "status": 400,
                }),
            ),
            Answer::Refused => (
                400,
                json!({
                    "code": 21211,
                    "message": format!("The 'To' number {} is not valid.", outbound.to.value),
                    "status": 400,
                }),
            ),
            Answer::Unauthorized => {
                (401, json!({"code": 20003, "message": "Authenticate", "status": 401}))
            }
        };
        let mut response = Response::builder().status(status);
        if let Answer::Busy(delay) = answer {
            response = response.header("retry-after", delay.as_secs());
        }
        Some(response.body(body.to_string().into()).unwrap())
    }

    fn other(&self, _: &Request<Bytes>, listed: &[Listed]) -> Response<Bytes> {
        let row = |sent: &Listed| {
            json!({
                "sid": sent.id,
                "body": sent.outbound.text,
                "to": &*sent.outbound.to.value,
                "from": OURS,
                "direction": "outbound-api",
                "status": "sent",
                "num_media": "0",
                "date_created": sent.at.to_rfc2822(),
                "date_sent": sent.at.to_rfc2822(),
                "error_code": null,
            })
        };
        let rows: Vec<Value> = listed.iter().rev().map(row).collect();
        Response::new(json!({"messages": rows, "next_page_uri": null}).to_string().into())
    }

    fn echoes(
        &self,
        request: &Request<Bytes>,
        id: &str,
        now: DateTime<Utc>,
    ) -> Vec<Request<Bytes>> {
        let url = form_urlencoded::parse(request.body())
            .find(|(key, _)| key == "StatusCallback")
            .map(|(_, value)| value.into_owned())
            .unwrap();
        ["sent", "delivered"]
            .map(|status| {
                self.sign(
                    post(
                        &url,
                        &[
                            ("MessageSid", id),
                            ("AccountSid", ACCOUNT),
                            ("MessageStatus", status),
                            ("To", CUSTOMER),
                            ("From", OURS),
                        ],
                    ),
                    now,
                )
            })
            .into()
    }
}

handover_conformance::channel_tests!(Fixture);
