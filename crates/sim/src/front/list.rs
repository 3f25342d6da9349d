//! Lists, by pages or whole.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use chrono::{DateTime, Utc};
use http::{Response, Uri};
use serde_json::{Value, json};

use super::State;
use super::api::{Answer, Call, ok};
use super::data::Event;
use super::fail::Fail;
use super::show::seconds;
use crate::shown::with;

/// The query of a request.
#[derive(Clone, Debug)]
pub(crate) struct Query(Vec<(String, String)>);

impl Query {
    pub(crate) fn read(uri: &Uri) -> Self {
        let query = uri.query().unwrap_or_default();
        Self(form_urlencoded::parse(query.as_bytes()).into_owned().collect())
    }

    pub(crate) fn one(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// `name`, `name[]` and `name[0]`.
    pub(crate) fn many(&self, name: &str) -> Vec<&str> {
        let of = |key: &str| {
            key.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with('['))
        };
        self.0.iter().filter(|(key, _)| of(key)).map(|(_, value)| value.as_str()).collect()
    }

    /// Epoch seconds with up to three decimals.
    fn seconds(&self, name: &str) -> Result<Option<f64>, Fail> {
        let Some(text) = self.one(name) else { return Ok(None) };
        let decimals = text.split_once('.').map_or(0, |(_, decimals)| decimals.len());
        let number = text.parse::<f64>().ok().filter(|number| number.is_finite());
        let number = number.filter(|_| decimals <= 3);
        number
            .map(Some)
            .ok_or_else(|| Fail::field(name, "must be seconds, with 3 decimals at most"))
    }
}

impl State {
    /// A list that comes at once.
    pub(crate) fn whole(&self, path: &str, items: impl Iterator<Item = Value>) -> Response<Bytes> {
        let items: Vec<Value> = items.collect();
        ok(&with(json!({"_links": {"self": self.link(path)}}), [("_results", items.into())]))
    }

    /// A page of a list that is in order: after the item the token names.
    pub(crate) fn page(
        &self,
        call: &Call<'_>,
        items: &[usize],
        most: usize,
        name: impl Fn(usize) -> String,
        show: impl Fn(usize) -> Value,
    ) -> Answer {
        let limit = match call.query.one("limit") {
            None => most.min(50),
            Some(limit) => {
                let limit = limit.parse().ok().filter(|limit| (1..=most).contains(limit));
                limit.ok_or_else(|| Fail::field("limit", &format!("must be from 1 to {most}")))?
            }
        };
        let start = match call.query.one("page_token") {
            None => 0,
            Some(token) => {
                let last = URL_SAFE_NO_PAD.decode(token).ok();
                let last = last.and_then(|last| String::from_utf8(last).ok());
                let last = last.and_then(|last| items.iter().position(|item| name(*item) == last));
                last.ok_or_else(|| Fail::field("page_token", "is invalid"))? + 1
            }
        };
        let shown: Vec<usize> = items.iter().skip(start).take(limit).copied().collect();
        let more = start + shown.len() < items.len();
        let last = shown.last().filter(|_| more).map(|last| URL_SAFE_NO_PAD.encode(name(*last)));
        let path = call.request.uri().path().trim_start_matches('/');
        let next = last.map(|token| {
            let mut next = form_urlencoded::Serializer::new(String::new());
            next.extend_pairs(call.query.0.iter().filter(|(key, _)| key != "page_token"));
            next.append_pair("page_token", &token);
            self.link(&format!("{path}?{}", next.finish()))
        });
        let results: Vec<Value> = shown.into_iter().map(show).collect();
        let body = json!({"_pagination": {"next": next}, "_links": {"self": self.link(path)}});
        Ok(ok(&with(body, [("_results", results.into())])))
    }

    /// `GET /events`
    pub(crate) fn events_api(&self, call: &Call<'_>) -> Answer {
        call.caller.needs(&["events:read"])?;
        let after = call.query.seconds("q[after]")?;
        let before = call.query.seconds("q[before]")?;
        let kinds = call.query.many("q[types]");
        let inboxes = call.query.many("q[inboxes]");
        let wanted = |event: &Event| {
            let at = seconds(event.at);
            let held = self.conversation(&event.conversation);
            after.is_none_or(|after| at > after)
                && before.is_none_or(|before| at < before)
                && (kinds.is_empty() || kinds.contains(&event.kind))
                && (inboxes.is_empty()
                    || held.is_some_and(|held| inboxes.contains(&held.inbox.as_str())))
        };
        self.events_page(call, 15, wanted)
    }

    /// The events there have been by now, newest first unless asked otherwise.
    pub(crate) fn events_page(
        &self,
        call: &Call<'_>,
        most: usize,
        wanted: impl Fn(&Event) -> bool,
    ) -> Answer {
        let mut items: Vec<usize> = (0..self.events.len())
            .filter(|at| self.events[*at].at <= call.now && wanted(&self.events[*at]))
            .collect();
        items.sort_by_cached_key(|at| self.events[*at].order());
        if call.query.one("sort_order") != Some("asc") {
            items.reverse();
        }
        let name = |at: usize| self.events[at].id.clone();
        self.page(call, &items, most, name, |at| self.show_event(&self.events[at]))
    }

    /// The messages of a conversation, newest first unless asked otherwise.
    pub(crate) fn messages_page(&self, call: &Call<'_>, id: &str, draft: bool) -> Answer {
        let wanted = self.messages.iter().filter(|message| {
            message.conversation == id && message.draft == draft && message.shows(call.now)
        });
        let mut items: Vec<(DateTime<Utc>, usize)> =
            wanted.map(|message| (message.created, message.index)).collect();
        items.sort_unstable();
        if call.query.one("sort_order") != Some("asc") {
            items.reverse();
        }
        let items: Vec<usize> = items.into_iter().map(|(_, at)| at).collect();
        let name = |at: usize| self.messages[at].id.clone();
        self.page(call, &items, 100, name, |at| self.show_message(&self.messages[at], call.now))
    }
}
