//! The doctor's questions to Twilio.

use async_trait::async_trait;
use bytes::Bytes;
use chrono::DateTime;
use handover_core::error::{Error, ErrorKind};
use handover_core::probe::{Check, Probe};
use http::{HeaderMap, Request, header};
use serde::Deserialize;
use url::Url;

use super::Twilio;
use super::config::Sender;
use super::signature;

#[cfg(test)]
mod tests;

/// The tokens, the signature over our URL, the clocks, and the number or service.
///
/// # Privacy
/// A fix may name the webhook's URL, because it is to be entered at Twilio.
#[async_trait]
impl Probe for Twilio {
    async fn check(&self) -> Vec<Check> {
        let mut checks = vec![self.signature_check()];
        match self.read_with_head(&self.resource(".json")).await {
            Ok((headers, account)) => {
                checks.push(account_check(&account));
                checks.push(self.clock_check(&headers));
            }
            Err(error) => {
                checks.push(failed("account", &error, LOGIN));
                return checks;
            }
        }
        checks.push(match &self.config().sender {
            Sender::Number(number) => self.number_check(number).await,
            Sender::Service(sid) => self.service_check(sid).await,
        });
        checks
    }
}

impl Twilio {
    /// Signs a request for our URL with each token and receives it.
    fn signature_check(&self) -> Check {
        let config = self.config();
        let url = config.public_url.as_str();
        let proven = config.auth_tokens.iter().all(|token| {
            let Some(signature) = signature::sign(token, url, &[]) else { return false };
            let request =
                Request::post(url).header(signature::HEADER, signature).body(Bytes::new());
            request.is_ok_and(|request| signature::verify(&request, &config.auth_tokens).is_ok())
        });
        if proven {
            return Check::proven("signature", "a request signed for the webhook URL is accepted");
        }
        Check::broken(
            "signature",
            "a request signed for the webhook URL is refused",
            "set `public_url` to the URL exactly as Twilio calls it",
        )
    }

    fn clock_check(&self, headers: &HeaderMap) -> Check {
        let date = headers.get(header::DATE).and_then(|date| date.to_str().ok());
        let Some(date) = date.and_then(|date| DateTime::parse_from_rfc2822(date).ok()) else {
            return Check::warning("clock", "Twilio's answer has no date", "check by hand");
        };
        let off = (self.shared.clock.now() - date.to_utc()).num_seconds();
        if off.abs() <= MAX_SKEW {
            return Check::proven("clock", format!("within {MAX_SKEW} seconds of Twilio's"));
        }
        let detail = format!("{off} seconds ahead of Twilio's");
        Check::warning("clock", detail, "keep this machine's time with NTP")
    }

    async fn number_check(&self, number: &str) -> Check {
        let is_short = !number.starts_with('+');
        let (path, filter) = if is_short {
            ("/SMS/ShortCodes.json", "ShortCode")
        } else {
            ("/IncomingPhoneNumbers.json", "PhoneNumber")
        };
        let mut url = self.resource(path);
        url.query_pairs_mut().append_pair(filter, number);
        let list: Numbers = match self.read(&url).await {
            Ok(list) => list,
            Err(error) => return failed("number", &error, LOGIN),
        };
        let Some(known) = list.incoming_phone_numbers.into_iter().chain(list.short_codes).next()
        else {
            return Check::broken(
                "number",
                "the account has no such number",
                "set `from` to a number of this account",
            );
        };
        if !is_short && !known.capabilities.is_some_and(|can| can.sms) {
            return Check::broken(
                "number",
                "the number cannot send texts",
                "buy a number with SMS, or set another as `from`",
            );
        }
        self.url_check("number", known.sms_url.as_deref().unwrap_or_default())
    }

    async fn service_check(&self, sid: &str) -> Check {
        let mut url = self.config().api_url.clone();
        if url.host_str() == Some("api.twilio.com") && url.set_host(Some(SERVICES)).is_err() {
            return Check::warning("service", "it could not be looked at", "check by hand");
        }
        url.set_path(&format!("/v1/Services/{sid}"));
        match self.read::<Service>(&url).await {
            Ok(service) if service.use_inbound_webhook_on_number => Check::warning(
                "service",
                "each number of the service has its own webhook",
                format!("set the URL of every number to {}", self.config().webhook_url()),
            ),
            Ok(service) => self
                .url_check("service", service.inbound_request_url.as_deref().unwrap_or_default()),
            Err(error) => failed("service", &error, "set `from` to a service of this account"),
        }
    }

    /// Whether Twilio calls us, and how often it tries.
    fn url_check(&self, name: &str, given: &str) -> Check {
        let config = self.config();
        let fix = format!("set the URL for incoming messages to {}", config.webhook_url());
        let Ok(mut given) = Url::parse(given) else {
            return Check::warning(name, "no webhook is set at Twilio", fix);
        };
        let retries = given.fragment().is_some_and(|options| options.contains("rc="));
        given.set_fragment(None);
        if given != config.public_url {
            return Check::warning(name, "Twilio calls another webhook than this one", fix);
        }
        if !retries {
            return Check::warning(name, "Twilio tries this webhook once or twice only", fix);
        }
        Check::proven(name, "Twilio calls this webhook, with retries")
    }
}

fn account_check(account: &Account) -> Check {
    match account.status.as_str() {
        "active" => Check::proven("account", "the login is good and the account is active"),
        "suspended" => Check::broken(
            "account",
            "the account is suspended",
            "see the console: usually the balance is used up",
        ),
        _ => Check::broken("account", "the account is not active", "see the console"),
    }
}

/// What went wrong: our fixed sentence, and the fix that fits.
fn failed(name: &str, error: &Error, fix: &str) -> Check {
    let fix = match error.kind() {
        ErrorKind::Network | ErrorKind::RateLimited | ErrorKind::Unavailable => RETRY,
        _ => fix,
    };
    Check::broken(name, error.to_string(), fix)
}

#[derive(Deserialize)]
struct Account {
    #[serde(default)]
    status: String,
}

#[derive(Deserialize)]
struct Numbers {
    #[serde(default)]
    incoming_phone_numbers: Vec<Number>,
    #[serde(default)]
    short_codes: Vec<Number>,
}

#[derive(Deserialize)]
struct Number {
    #[serde(default)]
    capabilities: Option<Capabilities>,
    #[serde(default)]
    sms_url: Option<String>,
}

#[derive(Deserialize)]
struct Capabilities {
    #[serde(default, alias = "SMS")]
    sms: bool,
}

#[derive(Deserialize)]
struct Service {
    #[serde(default)]
    inbound_request_url: Option<String>,
    #[serde(default)]
    use_inbound_webhook_on_number: bool,
}

const LOGIN: &str = "check `account_sid` and the first of `auth_token`";
const MAX_SKEW: i64 = 60;
const RETRY: &str = "try again, and check that this machine reaches Twilio";
const SERVICES: &str = "messaging.twilio.com";
