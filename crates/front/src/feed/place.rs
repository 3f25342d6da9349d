use chrono::{DateTime, TimeDelta, Utc};
use handover_core::feed::Cursor;

use crate::config::DeskConfig;

/// A place in the list of events: everything before `from` was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place {
    from: DateTime<Utc>,
    /// The newest event of the reading that is under way.
    newest: DateTime<Utc>,
    /// The page to go on with, as Front names it.
    page: Option<String>,
}

impl Place {
    /// Where a feed begins that was never read.
    pub(super) fn start(now: DateTime<Utc>) -> Self {
        Self { from: now - START, newest: now - START, page: None }
    }

    pub(super) fn parse(cursor: &Cursor) -> Option<Self> {
        let mut words = cursor.0.splitn(3, ' ');
        let mut time = || DateTime::from_timestamp_millis(words.next()?.parse().ok()?);
        let (from, newest) = (time()?, time()?);
        let page = words.next().filter(|page| page.starts_with(LIST)).map(str::to_owned);
        Some(Self { from, newest, page })
    }

    pub(super) fn cursor(&self) -> Cursor {
        let (from, newest) = (self.from.timestamp_millis(), self.newest.timestamp_millis());
        let page = self.page.as_ref().map(|page| format!(" {page}")).unwrap_or_default();
        Cursor(format!("{from} {newest}{page}").into())
    }

    /// Whether it lies between two pages.
    pub(super) fn is_within(&self) -> bool {
        self.page.is_some()
    }

    /// The beginning of the reading that is under way.
    pub(super) fn restarted(self) -> Self {
        Self { page: None, ..self }
    }

    /// What to read next.
    ///
    /// Source: Front's core API specification, `GET /events`: at most 15 a page, times in seconds
    /// with three decimals. Digest of 2026-11-20.
    pub(super) fn path(&self, config: &DeskConfig) -> String {
        if let Some(page) = &self.page {
            return page.clone();
        }
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.append_pair("limit", "15").append_pair("sort_by", "created_at");
        query.append_pair("sort_order", "asc");
        let millis = self.from.timestamp_millis();
        query.append_pair("q[after]", &format!("{}.{:03}", millis / 1000, millis % 1000));
        for kind in TYPES {
            query.append_pair("q[types][]", kind);
        }
        // The partner channel's inbox is not known: with one, all inboxes are read.
        let hosted = config.inboxes.keys().filter(|_| config.channel_api.is_none());
        for inbox in hosted {
            query.append_pair("q[inboxes][]", inbox.as_str());
        }
        format!("{LIST}{}", query.finish())
    }

    /// The place after a page. At the end of the list it stays an overlap behind the newest event, and
    /// where it is quiet a longer one behind the time: clocks differ.
    pub(super) fn after(
        self,
        newest: Option<DateTime<Utc>>,
        page: Option<String>,
        now: DateTime<Utc>,
    ) -> Self {
        let newest = newest.map_or(self.newest, |at| at.min(now).max(self.newest));
        match page.filter(|page| page.starts_with(LIST)) {
            Some(page) => Self { from: self.from, newest, page: Some(page) },
            None => {
                let from = self.from.max(newest - OVERLAP).max(now - START);
                Self { from, newest, page: None }
            }
        }
    }
}

const LIST: &str = "/events?";
/// How late an event may be listed.
const OVERLAP: TimeDelta = TimeDelta::minutes(1);
/// How far back a feed begins, and never reads again once it has.
const START: TimeDelta = TimeDelta::minutes(10);
/// What says anything to us.
const TYPES: [&str; 13] = [
    "archive",
    "assign",
    "conversations_merged",
    "inbound",
    "message_bounce_error",
    "move",
    "out_reply",
    "outbound",
    "reopen",
    "restore",
    "sending_error",
    "trash",
    "unassign",
];
