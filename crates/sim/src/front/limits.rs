use std::collections::HashMap;

use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use http::{HeaderValue, Method, Response};

use super::State;
use super::fail::Fail;

/// What has been used up.
#[derive(Debug, Default)]
pub(crate) struct Limits {
    /// The minute's end and how many requests it has seen.
    minute: Option<(DateTime<Utc>, u64)>,
    /// The resource's second and how many writes it has seen.
    resources: HashMap<String, (DateTime<Utc>, u64)>,
}

impl State {
    /// Counts a request of the company. One that is refused for its minute costs nothing.
    pub(crate) fn meter(
        &mut self,
        method: &Method,
        path: &str,
        now: DateTime<Utc>,
    ) -> Option<Fail> {
        let (end, used) = match self.limits.minute {
            Some((end, used)) if now < end => (end, used),
            _ => (now + TimeDelta::minutes(1), 0),
        };
        self.limits.minute = Some((end, used));
        if used >= self.config.per_minute {
            let mut fail = Fail::new(429, "Rate limit exceeded");
            let wait = (end - now).num_milliseconds().max(0);
            fail.retry_after = u32::try_from(wait).ok().map(|wait| wait.div_ceil(1000).max(1));
            return Some(fail);
        }
        self.limits.minute = Some((end, used + 1));
        let resource = resource(method, path)?;
        let limit = self.config.per_second?;
        let held = self.limits.resources.entry(resource).or_insert((now, 0));
        if now >= held.0 + TimeDelta::seconds(1) {
            *held = (now, 0);
        }
        if held.1 >= limit {
            let mut fail = Fail::new(429, "Rate limit exceeded for this resource");
            fail.retry_after = Some(1);
            fail.tier = Some("2");
            return Some(fail);
        }
        held.1 += 1;
        None
    }

    /// The headers that every answer carries.
    pub(crate) fn stamp(&self, response: &mut Response<Bytes>) {
        let Some((end, used)) = self.limits.minute else { return };
        let limit = self.config.per_minute;
        let headers = response.headers_mut();
        headers.insert("x-ratelimit-limit", HeaderValue::from(limit));
        headers.insert("x-ratelimit-remaining", HeaderValue::from(limit.saturating_sub(used)));
        headers.insert("x-ratelimit-reset", HeaderValue::from(end.timestamp()));
    }
}

/// The conversation or channel that is written to.
fn resource(method: &Method, path: &str) -> Option<String> {
    if *method == Method::GET {
        return None;
    }
    let mut segments = path.trim_start_matches('/').split('/');
    match (segments.next()?, segments.next()?) {
        (kind @ ("channels" | "conversations"), id) => Some(format!("{kind}/{id}")),
        _ => None,
    }
}
