use std::collections::BTreeMap;
use std::time::Duration;

use super::Twilio;

/// What the carrier does with messages to a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Carrier {
    /// Delivers, with a receipt.
    Delivers,
    /// Never takes them: `failed` with this code.
    Fails {
        /// 30003 for instance.
        code: u32,
    },
    /// Takes them and is never heard of again: `sent`, and nothing arrives.
    Silent,
    /// Takes them and gives up: `undelivered` with this code.
    Undelivered {
        /// 30007 for instance.
        code: u32,
    },
}

/// A [`Twilio`] before it starts.
#[derive(Clone, Debug)]
pub struct Builder {
    pub(crate) config: Config,
}

#[derive(Clone)]
pub(crate) struct Config {
    pub(crate) account: String,
    pub(crate) token: String,
    pub(crate) keys: BTreeMap<String, String>,
    pub(crate) numbers: Vec<String>,
    pub(crate) services: BTreeMap<String, Vec<String>>,
    pub(crate) keywords: bool,
    pub(crate) opt_out_type: bool,
    pub(crate) list_lag: Duration,
    pub(crate) sent_after: Duration,
    pub(crate) delivered_after: Duration,
    pub(crate) latency: Duration,
    pub(crate) inbound_url: Option<String>,
    pub(crate) reach: Vec<(String, String)>,
    pub(crate) api_url: String,
}

impl std::fmt::Debug for Config {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Config").field("account", &self.account).finish_non_exhaustive()
    }
}

impl Builder {
    pub(crate) fn new(account: &str, token: &str) -> Self {
        Self {
            config: Config {
                account: account.to_owned(),
                token: token.to_owned(),
                keys: BTreeMap::new(),
                numbers: Vec::new(),
                services: BTreeMap::new(),
                keywords: true,
                opt_out_type: false,
                list_lag: Duration::ZERO,
                sent_after: Duration::ZERO,
                delivered_after: Duration::ZERO,
                latency: Duration::ZERO,
                inbound_url: None,
                reach: Vec::new(),
                api_url: "https://api.twilio.com".to_owned(),
            },
        }
    }

    /// Adds a number of ours.
    #[must_use]
    pub fn number(mut self, number: &str) -> Self {
        self.config.numbers.push(number.to_owned());
        self
    }

    /// Adds an API key, `SK…` and its secret.
    #[must_use]
    pub fn api_key(mut self, sid: &str, secret: &str) -> Self {
        self.config.keys.insert(sid.to_owned(), secret.to_owned());
        self
    }

    /// Adds a messaging service, `MG…`, with numbers of ours: they share their opt-outs.
    #[must_use]
    pub fn service(mut self, sid: &str, numbers: &[&str]) -> Self {
        for number in numbers {
            if !self.config.numbers.iter().any(|own| own == number) {
                self.config.numbers.push((*number).to_owned());
            }
        }
        let numbers = numbers.iter().map(|number| (*number).to_owned()).collect();
        self.config.services.insert(sid.to_owned(), numbers);
        self
    }

    /// Where inbound messages are posted: the public URL, which is what is signed. A fragment with
    /// connection overrides is understood: `#rc=2&rp=all`.
    #[must_use]
    pub fn inbound_url(mut self, url: &str) -> Self {
        self.config.inbound_url = Some(url.to_owned());
        self
    }

    /// No STOP, START and HELP by the provider, as on short codes.
    #[must_use]
    pub fn without_keywords(mut self) -> Self {
        self.config.keywords = false;
        self
    }

    /// Advanced Opt-Out: webhooks of keywords carry `OptOutType`.
    #[must_use]
    pub fn opt_out_type(mut self) -> Self {
        self.config.opt_out_type = true;
        self
    }

    /// A message shows in the list only after this time.
    #[must_use]
    pub fn list_lag(mut self, lag: Duration) -> Self {
        self.config.list_lag = lag;
        self
    }

    /// When a message becomes `sent` and `delivered`; at once when not called.
    #[must_use]
    pub fn pace(mut self, sent_after: Duration, delivered_after: Duration) -> Self {
        self.config.sent_after = sent_after;
        self.config.delivered_after = delivered_after.max(sent_after);
        self
    }

    /// How long each request takes.
    #[must_use]
    pub fn latency(mut self, per_request: Duration) -> Self {
        self.config.latency = per_request;
        self
    }

    /// Starts the account.
    pub fn build(self) -> Twilio {
        Twilio::start(self.config)
    }
}
