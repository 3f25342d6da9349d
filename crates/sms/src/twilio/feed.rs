//! The message list as a feed: what was missed while we were down.

use async_trait::async_trait;
use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use handover_core::error::{Error, ErrorKind};
use handover_core::event::Event;
use handover_core::feed::{Cursor, Feed, FeedCapabilities, Page, Scope};
use handover_core::message::File;
use serde::Deserialize;
use url::Url;

use super::Twilio;
use super::config::Sender;
use super::parse::{self, MAX_FILES, Said};
use super::row::{Row, Rows};

#[cfg(test)]
mod tests;

/// What was received, from the message list; the same event ids as the webhook's.
///
/// The cursor is the newest time seen. The list lags and is sorted newest first, so a pull reads
/// again from ten minutes before the cursor, and after more than a thousand rows it goes on with
/// the next pull ([`Page::more`]), the newest thousand first. Without a cursor it begins ten minutes
/// ago: on a number that was in use before, older texts have been answered by somebody else.
///
/// A messaging service's numbers are not known here: its feed reads the account's list and keeps the
/// rows that name the service.
///
/// # Idempotency
/// It reads only. What a pull says again has the same event ids.
///
/// # Privacy
/// A cursor holds times and the list's page token, no number.
#[async_trait]
impl Feed for Twilio {
    fn capabilities(&self) -> FeedCapabilities {
        FeedCapabilities::new(false)
    }

    async fn pull(&self, scope: &Scope, after: Option<&Cursor>) -> Result<Page, Error> {
        match scope {
            Scope::All => self.pull_all(after).await,
            Scope::Thread(address) => self.pull_thread(address).await,
        }
    }
}

/// A place in the list: everything up to `seen` is read, but for what `next` still leads to.
struct Place {
    /// The newest time of the last complete reading.
    seen: DateTime<Utc>,
    /// The newest time of the reading that is under way.
    newest: DateTime<Utc>,
    /// The page to go on with.
    next: Option<Url>,
    /// How many pulls the reading took so far.
    pulls: u32,
}

impl Twilio {
    async fn pull_all(&self, after: Option<&Cursor>) -> Result<Page, Error> {
        let now = self.shared.clock.now();
        // The overlap alone is what a first pull reads.
        let begin = Place { seen: now, newest: now, next: None, pulls: 0 };
        let mut place = after.and_then(|cursor| self.place(cursor)).unwrap_or(begin);
        let floor = place.seen - OVERLAP;
        let mut next = place.next.take().or_else(|| Some(self.received(floor)));
        let mut page = Page::default();
        for _ in 0..PAGES {
            let Some(url) = next.take() else { break };
            let rows: Rows = self.read(&url).await?;
            next = self.next_page(&rows)?;
            if next.as_ref() == Some(&url) {
                return Err(circle());
            }
            // Newest first: a page that is all older than we look back is the last one of use.
            let is_old = |row: &Row| row.at().is_some_and(|at| at < floor);
            if !rows.messages.is_empty() && rows.messages.iter().all(is_old) {
                next = None;
            }
            for row in rows.messages.iter().filter(|row| !is_old(row)) {
                place.newest = row.at().map_or(place.newest, |at| place.newest.max(at.min(now)));
                self.take_in(row, &mut page).await?;
            }
        }
        place.pulls = if next.is_some() { place.pulls + 1 } else { 0 };
        if place.pulls > MAX_PULLS {
            return Err(circle());
        }
        if next.is_none() {
            place.seen = place.newest;
        }
        page.more = next.is_some();
        place.next = next;
        page.next = Some(place.cursor());
        Ok(oldest_first(page))
    }

    /// The last day's tail of one conversation: what `{ours or tel}|{customer}` said.
    async fn pull_thread(&self, address: &str) -> Result<Page, Error> {
        let mut page = Page::default();
        let Some((_, customer)) = address.split_once('|') else {
            return Ok(page);
        };
        let floor = self.shared.clock.now() - TAIL;
        let mut filters = self.ours();
        filters.push(("From", customer));
        let rows: Rows = self.read(&self.list(&filters, Some(floor.date_naive()))).await?;
        for row in rows.messages.iter().filter(|row| row.at().is_some_and(|at| at >= floor)) {
            self.take_in(row, &mut page).await?;
        }
        Ok(oldest_first(page))
    }

    fn ours(&self) -> Vec<(&str, &str)> {
        match &self.config().sender {
            Sender::Number(number) => vec![("To", number)],
            Sender::Service(_) => Vec::new(),
        }
    }

    /// The list of what we received from the day of `floor` on.
    fn received(&self, floor: DateTime<Utc>) -> Url {
        self.list(&self.ours(), Some(floor.date_naive()))
    }

    async fn take_in(&self, row: &Row, page: &mut Page) -> Result<(), Error> {
        match self.event(row).await? {
            Some(event) => page.events.push(event),
            None => page.ignored += 1,
        }
        Ok(())
    }

    /// The event that a finished inbound row of ours is.
    async fn event(&self, row: &Row) -> Result<Option<Event>, Error> {
        let is_ours = match &self.config().sender {
            Sender::Number(number) => row.to == **number,
            Sender::Service(sid) => row.messaging_service_sid == **sid,
        };
        let is_finished = row.direction == "inbound" && row.status != "receiving";
        let (Some(at), true) = (row.at(), is_ours && is_finished && parse::is_sid(&row.sid)) else {
            return Ok(None);
        };
        let (from, to, body) = (&row.from, &row.to, &row.body);
        let said = Said { sid: &row.sid, at, from, to, body, opt_out_type: None };
        let Some(person) = said.person() else {
            return Ok(None);
        };
        let files = if row.num_media > 0 { self.files(&row.sid).await? } else { Vec::new() };
        Ok(Some(said.event(self.config(), person, files)))
    }

    /// The files of message `sid`, named as the webhook names them. Deleted ones are gone.
    async fn files(&self, sid: &str) -> Result<Vec<File>, Error> {
        let url = self.resource(&format!("/Messages/{sid}/Media.json"));
        let list: Result<MediaList, Error> = self.read(&url).await;
        let list = match list {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            list => list?,
        };
        let file = |media: Media| {
            let url = self.resource(&format!("/Messages/{sid}/Media/{}", media.sid));
            File::new(url, media.content_type.as_deref().and_then(parse::media_type))
        };
        let media = list.media_list.into_iter().filter(|media| parse::is_sid(&media.sid));
        Ok(media.take(MAX_FILES).map(file).collect())
    }

    /// The place a cursor of ours names.
    fn place(&self, cursor: &Cursor) -> Option<Place> {
        let mut words = cursor.0.split(' ');
        let time = |word: &str| Some(DateTime::parse_from_rfc3339(word).ok()?.to_utc());
        let (seen, newest) = (time(words.next()?)?, time(words.next()?)?);
        let pulls = words.next().map_or(Ok(0), str::parse).ok()?;
        let next = words.next().map(|page| {
            let mut url = self.received(seen - OVERLAP);
            url.query_pairs_mut().extend_pairs(form_urlencoded::parse(page.as_bytes()));
            url
        });
        Some(Place { seen, newest, next, pulls })
    }
}

impl Place {
    fn cursor(&self) -> Cursor {
        let time = |time: DateTime<Utc>| time.to_rfc3339_opts(SecondsFormat::Secs, true);
        let mut text = format!("{} {}", time(self.seen), time(self.newest));
        if let Some(next) = &self.next {
            // Of the page's URL only what tells the page: the rest names our number.
            let page = next.query_pairs().filter(|(name, _)| name == "Page" || name == "PageToken");
            let page = form_urlencoded::Serializer::new(String::new()).extend_pairs(page).finish();
            text.push_str(&format!(" {} {page}", self.pulls));
        }
        Cursor(text.into())
    }
}

#[derive(Deserialize)]
struct MediaList {
    media_list: Vec<Media>,
}

#[derive(Deserialize)]
struct Media {
    sid: String,
    #[serde(default)]
    content_type: Option<String>,
}

/// The list is newest first also within one second, the finest time it tells.
fn oldest_first(mut page: Page) -> Page {
    page.events.reverse();
    page.events.sort_by_key(|event| event.at);
    page
}

fn circle() -> Error {
    Error::never(ErrorKind::Protocol, "the list's pages run in a circle")
}

const MAX_PULLS: u32 = 1000;
const OVERLAP: TimeDelta = TimeDelta::minutes(10);
const PAGES: usize = 10;
const TAIL: TimeDelta = TimeDelta::hours(24);
