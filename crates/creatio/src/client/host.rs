//! Where things are: a host on .NET Framework has them below `/0`, one on .NET has not.

use std::sync::atomic::{AtomicU8, Ordering};

use handover_core::error::Error;

use super::Client;
use super::call::{Call, Place};
use crate::config::Config;
use crate::problem::{Answer, Problem};

/// The roots of a Creatio.
#[derive(Debug)]
pub(crate) struct Roots {
    base: String,
    /// Where OData is, if the configuration says so.
    given: Option<String>,
    /// Which of [`PATHS`] was found to answer; [`UNKNOWN`] as long as none has.
    found: AtomicU8,
}

impl Roots {
    pub(super) fn new(config: &Config) -> Self {
        Self {
            base: config.base_url().as_str().trim_end_matches('/').to_owned(),
            given: config.odata_path().map(str::to_owned),
            found: AtomicU8::new(UNKNOWN),
        }
    }

    pub(super) fn base(&self) -> &str {
        &self.base
    }

    /// The URL of a path at a place.
    pub(super) fn url(&self, place: Place, path: &str) -> String {
        let odata = self.odata(false);
        match place {
            Place::App => match odata.rsplit_once('/') {
                Some((app, _)) => format!("{}/{app}/{path}", self.base),
                None => format!("{}/{path}", self.base),
            },
            Place::OData => format!("{}/{odata}/{path}", self.base),
            Place::OtherOData => format!("{}/{}/{path}", self.base, self.odata(true)),
            Place::Site => format!("{}/{path}", self.base),
        }
    }

    /// Where OData is as far as is known, or where it may be instead.
    pub(super) fn odata(&self, other: bool) -> &str {
        let found = usize::from(self.found.load(Ordering::Relaxed) == PLAIN);
        let here = self.given.as_deref().unwrap_or(PATHS[found]);
        if !other {
            return here;
        }
        if here == PATHS[1] { PATHS[0] } else { PATHS[1] }
    }

    fn is_unknown(&self) -> bool {
        self.given.is_none() && self.found.load(Ordering::Relaxed) == UNKNOWN
    }

    fn settle(&self, found: u8) {
        self.found.store(found, Ordering::Relaxed);
    }
}

impl Client {
    /// The service document, here or at the other place where OData may be.
    pub(crate) async fn service_document(&self, other: bool) -> Result<Answer, Error> {
        let call = Call::get(String::new());
        self.answer(&if other { call.at(Place::OtherOData) } else { call }).await
    }

    /// Where OData is below the base: `0/odata` on .NET Framework, `odata` on .NET, or what the
    /// configuration says. Before the first call the former is assumed.
    pub fn odata_path(&self) -> &str {
        self.shared.roots.odata(false)
    }

    /// Finds out which kind of host this is, if that is not known.
    pub(crate) async fn find_host(&self) -> Result<(), Error> {
        if self.shared.roots.is_unknown() {
            self.service_document(false).await?;
        }
        Ok(())
    }

    /// Learns from the answer to a call at the place that was assumed. `true` if things are at the
    /// other place, so that the call, which met nothing, is to be made there.
    pub(super) async fn settle_host(&self, call: &Call, answer: &Answer) -> Result<bool, Error> {
        let roots = &self.shared.roots;
        if call.place != Place::OData || !roots.is_unknown() {
            return Ok(false);
        }
        match answer.problem() {
            Some(Problem::NotExposed) => {}
            Some(
                Problem::Busy
                | Problem::Expired
                | Problem::Firewall
                | Problem::Page
                | Problem::Server,
            ) => return Ok(false),
            _ => {
                roots.settle(FRAMEWORK);
                return Ok(false);
            }
        }
        let other = Call::get(String::new()).at(Place::OtherOData);
        if self.exchange(&other).await?.problem().is_some() {
            return Ok(false);
        }
        roots.settle(PLAIN);
        Ok(true)
    }
}

const PATHS: [&str; 2] = ["0/odata", "odata"];
const FRAMEWORK: u8 = 0;
const PLAIN: u8 = 1;
const UNKNOWN: u8 = 2;

#[cfg(test)]
mod tests;
