//! The doctor: proves a configuration, or says what to mend.

mod fields;
mod ids;
mod people;
mod reach;
mod replies;
mod trip;

use async_trait::async_trait;
use handover_core::error::{Error, ErrorKind};
use handover_core::probe::{Check, Probe};

use crate::creatio::Creatio;

pub use trip::{Heard, Trip};

/// Changes nothing: rights to write are proven by [`Creatio::begin_trip`], and by the first case.
#[async_trait]
impl Probe for Creatio {
    async fn check(&self) -> Vec<Check> {
        let mut checks = Vec::new();
        if !self.check_login(&mut checks).await || !self.check_address(&mut checks).await {
            return checks;
        }
        self.check_rights(&mut checks).await;
        self.check_ids(&mut checks).await;
        self.check_statuses(&mut checks).await;
        self.check_columns(&mut checks).await;
        self.check_labels(&mut checks).await;
        self.check_reply_rule(&mut checks).await;
        self.check_people(&mut checks).await;
        checks.push(self.quota());
        checks.push(self.webhook());
        checks
    }
}

impl Creatio {
    /// What is left of the day's calls, as far as this process has counted.
    fn quota(&self) -> Check {
        let name = "quota";
        let usage = self.client().usage();
        let Some(limit) = usage.limit else {
            let detail = format!(
                "{} calls so far; daily_calls is not set, so nothing keeps to a limit",
                usage.calls
            );
            return Check::proven(name, detail);
        };
        let left = limit.saturating_sub(usage.calls);
        if left == 0 {
            return Check::broken(
                name,
                format!("all {limit} calls of the day are used up"),
                "wait until 00:00 UTC, or raise daily_calls if the plan allows it",
            );
        }
        Check::proven(name, format!("{left} of {limit} calls a day are left, as counted here"))
    }
}

/// A check that could not be made, with what to do about it.
fn failed(name: &str, error: &Error) -> Check {
    let fix = match (error.kind(), error.code()) {
        (ErrorKind::Config, Some("entity-not-exposed")) => {
            "correct base_url and odata_path; an object that was just published appears after a \
             minute or two"
        }
        (ErrorKind::Config, _) => "correct the configuration as the text says",
        (ErrorKind::Forbidden, _) => {
            "give the integration's user the operation CanUseODataService and rights on the object"
        }
        (ErrorKind::Network, _) => {
            "check base_url, the firewall and the proxy between here and Creatio"
        }
        (ErrorKind::Protocol, _) => {
            "something on the way cuts or changes answers: look at the proxy between here and \
             Creatio"
        }
        (ErrorKind::RateLimited, _) => "wait: Creatio, or daily_calls, allows no more calls now",
        (ErrorKind::Unauthorized, _) => {
            "copy client_id and client_secret again; the grant type must be Client credentials, \
             and the application's user active"
        }
        (ErrorKind::Unavailable, Some("firewall")) => "let this machine's address through",
        _ => "try again; if it stays, give the request's id to Creatio's support",
    };
    Check::broken(name, error.to_string(), fix)
}

#[cfg(test)]
mod tests;
