//! Requests as Twilio makes them, signed beforehand.

use std::time::{SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use form_urlencoded::Serializer;
use handover_sim::twilio::signature;
use http::Request;
use uuid::Uuid;

use crate::Done;
use crate::parts::{ACCOUNT, CHANNEL, NUMBER, TOKEN};

/// Makes messages of customers; no two runs make the same ones.
#[derive(Debug)]
pub(crate) struct Customers {
    run: Uuid,
    base: u64,
    made: u64,
    url: String,
}

/// A customer's message: the request, and who sent it under which sid.
#[derive(Clone, Debug)]
pub(crate) struct Text {
    pub(crate) from: String,
    pub(crate) sid: String,
    pub(crate) request: Request<Bytes>,
}

impl Customers {
    /// Customers of the channel whose public URL begins with `public`.
    pub(crate) fn new(public: &str) -> Self {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let run = Uuid::new_v5(&Uuid::NAMESPACE_OID, &since.as_nanos().to_be_bytes());
        // Nine digits behind +44: customers of earlier runs have others.
        let base = since.as_millis() as u64 % 1_000_000_000;
        Self { run, base, made: 0, url: format!("{public}/channels/{CHANNEL}") }
    }

    /// A number nobody has texted from.
    pub(crate) fn number(&mut self) -> String {
        self.base = (self.base + 1) % 1_000_000_000;
        format!("+447{:09}", self.base)
    }

    /// A message from `from`.
    pub(crate) fn text(&mut self, from: &str, body: &str) -> Done<Text> {
        self.made += 1;
        let sid = Uuid::new_v5(&self.run, &self.made.to_be_bytes());
        let sid = format!("SM{}", sid.simple());
        let params = params(&sid, from, body);
        let mut form = Serializer::new(String::new());
        form.extend_pairs(&params);
        let request = Request::post(&self.url)
            .header("content-type", "application/x-www-form-urlencoded; charset=UTF-8")
            .header("user-agent", "TwilioProxy/1.1")
            .header("x-twilio-signature", signature(TOKEN, &self.url, &params))
            .header("i-twilio-idempotency-token", format!("in-{sid}"))
            .body(Bytes::from(form.finish()))?;
        Ok(Text { from: from.to_owned(), sid, request })
    }
}

impl Text {
    /// The request as it goes over a connection.
    pub(crate) fn wire(&self) -> Bytes {
        let request = &self.request;
        let host = request.uri().authority().map_or("", |authority| authority.as_str());
        let mut text = format!("POST {} HTTP/1.1\r\nhost: {host}\r\n", request.uri().path());
        for (name, value) in request.headers() {
            text.push_str(name.as_str());
            text.push_str(": ");
            text.push_str(&String::from_utf8_lossy(value.as_bytes()));
            text.push_str("\r\n");
        }
        text.push_str(&format!("content-length: {}\r\n\r\n", request.body().len()));
        let mut bytes = text.into_bytes();
        bytes.extend_from_slice(request.body());
        bytes.into()
    }
}

/// The parameters of an inbound message, blank values included.
fn params(sid: &str, from: &str, body: &str) -> Vec<(String, String)> {
    let pairs = [
        ("ToCountry", "US"),
        ("ToState", ""),
        ("SmsMessageSid", sid),
        ("NumMedia", "0"),
        ("ToCity", ""),
        ("FromZip", ""),
        ("SmsSid", sid),
        ("FromState", ""),
        ("SmsStatus", "received"),
        ("FromCity", ""),
        ("Body", body),
        ("FromCountry", "GB"),
        ("To", NUMBER),
        ("ToZip", ""),
        ("NumSegments", "1"),
        ("MessageSid", sid),
        ("AccountSid", ACCOUNT),
        ("From", from),
        ("ApiVersion", "2010-04-01"),
    ];
    pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec()
}
