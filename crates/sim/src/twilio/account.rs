//! What the account says of itself: its state, and its numbers.

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use serde_json::{Value, json};

use super::State;
use super::api::json_response;

impl State {
    /// `GET /2010-04-01/Accounts/{sid}.json`.
    pub(super) fn account(&self) -> Response<Bytes> {
        let account = json!({
            "sid": self.config.account,
            "friendly_name": "A simulated account",
            "status": "active",
            "type": "Full",
            "uri": format!("/2010-04-01/Accounts/{}.json", self.config.account),
        });
        json_response(StatusCode::OK, &account)
    }

    /// `GET …/IncomingPhoneNumbers.json?PhoneNumber=`: all numbers, or those that hold the pattern.
    pub(super) fn numbers(&self, request: &Request<Bytes>) -> Response<Bytes> {
        let query = request.uri().query().unwrap_or_default();
        let mut filters = form_urlencoded::parse(query.as_bytes());
        let wanted = filters.find(|(name, _)| name == "PhoneNumber").map(|(_, value)| value);
        let wanted = wanted.unwrap_or_default();
        let matching = self.config.numbers.iter().filter(|number| number.contains(&*wanted));
        let numbers: Vec<Value> = matching.map(|number| self.number(number)).collect();
        let page = json!({
            "incoming_phone_numbers": numbers,
            "page": 0,
            "page_size": 50,
            "next_page_uri": Value::Null,
        });
        json_response(StatusCode::OK, &page)
    }

    fn number(&self, number: &str) -> Value {
        json!({
            "sid": format!("PN{:0>32}", number.trim_start_matches('+')),
            "account_sid": self.config.account,
            "phone_number": number,
            "sms_url": self.config.inbound_url.clone().unwrap_or_default(),
            "sms_method": "POST",
            "capabilities": { "voice": true, "sms": true, "mms": true, "fax": false },
        })
    }
}
