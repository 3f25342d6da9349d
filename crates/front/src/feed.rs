//! What happened in Front: its events, read again.

mod place;

use std::collections::HashMap;

use async_trait::async_trait;
use handover_core::error::{Error, ErrorKind};
use handover_core::event::{Event, Fact};
use handover_core::feed::{Cursor, Feed, FeedCapabilities, Page, Scope};
use handover_core::thread::Thread;

use crate::client::Standing;
use crate::front::Front;
use crate::ids::{self, ConversationId, InboxId, MessageId};
use crate::parse::{self, Said, Told};
use crate::partner;
use crate::rows;
use place::Place;

#[cfg(test)]
mod tests;

/// The company's events, fifteen a page, oldest first; of a conversation its newest.
///
/// A pull of everything is one call, and one more for each message of which only a preview stands
/// there. It begins ten minutes back where it was never read, and reads the last minute again each
/// time: an event may be listed late.
///
/// # Errors
/// Any [`Error`] of a read. A cursor that is not understood is read as none.
///
/// # Idempotency
/// It reads only. What a pull says again has the same event ids.
///
/// # Privacy
/// A cursor holds times and the list's page token.
#[async_trait]
impl Feed for Front {
    fn capabilities(&self) -> FeedCapabilities {
        FeedCapabilities::new(true)
    }

    async fn pull(&self, scope: &Scope, after: Option<&Cursor>) -> Result<Page, Error> {
        match scope {
            Scope::All => {
                let place = after.and_then(Place::parse);
                self.pull_all(place.unwrap_or_else(|| Place::start(self.client().now()))).await
            }
            Scope::Thread(address) => match named(address) {
                Some(conversation) => self.pull_one(&conversation).await,
                None => Ok(Page { ignored: 1, ..Page::default() }),
            },
        }
    }
}

/// What was looked up while a page was read.
#[derive(Default)]
struct Looked {
    standing: HashMap<ConversationId, Standing>,
    inboxes: HashMap<ConversationId, Vec<InboxId>>,
}

impl Front {
    async fn pull_all(&self, place: Place) -> Result<Page, Error> {
        let now = self.client().now();
        let path = place.path(self.config());
        let read: Result<rows::Page<rows::Event>, Error> = self.client().read(&path).await;
        let read = match read {
            // A page that is no longer there: the list begins again from the last moment.
            Err(error) if error.kind() == ErrorKind::Invalid && place.is_within() => {
                let next = Some(place.restarted().cursor());
                return Ok(Page { next, more: true, ..Page::default() });
            }
            read => read?,
        };
        let next = self.client().next_page(read.pagination.next.as_deref())?;
        if next.as_ref() == Some(&path) {
            return Err(Error::never(ErrorKind::Protocol, "the list's pages run in a circle"));
        }
        let newest = read.results.iter().filter_map(rows::Event::at).max();
        let mut page = self.page(read.results, None).await?;
        page.more = next.is_some();
        page.next = Some(place.after(newest, next, now).cursor());
        Ok(page)
    }

    /// The newest events of one conversation. If it was merged, they are told under both names.
    async fn pull_one(&self, conversation: &ConversationId) -> Result<Page, Error> {
        match self.client().history(conversation, TAIL).await {
            Ok(rows) => self.page(rows, Some(conversation)).await,
            Err(error) if error.kind() == ErrorKind::NotFound => {
                Ok(Page { ignored: 1, ..Page::default() })
            }
            Err(error) => Err(error),
        }
    }

    async fn page(
        &self,
        mut rows: Vec<rows::Event>,
        asked: Option<&ConversationId>,
    ) -> Result<Page, Error> {
        rows.sort_by_key(|row| ids::order(&row.id));
        let mut page = Page::default();
        let mut looked = Looked::default();
        for row in rows {
            let mut events = self.events(&row, &mut looked).await?;
            if events.is_empty() {
                page.ignored += 1;
            }
            if let Some(asked) = asked {
                events.iter_mut().for_each(|event| name(event, asked));
            }
            page.events.extend(events);
        }
        Ok(page)
    }

    /// What a row says; what it only hints at is read.
    async fn events(&self, row: &rows::Event, looked: &mut Looked) -> Result<Vec<Event>, Error> {
        let now = self.client().now();
        let config = self.config();
        let (conversation, message) = match parse::read(config, row, now) {
            Said::Facts(events) => return Ok(events),
            Said::Preview { conversation, message: Some(message), .. } => (conversation, message),
            Said::Preview { .. } | Said::Nothing => return Ok(Vec::new()),
        };
        self.read_message(row, &conversation, &message, looked).await
    }

    async fn read_message(
        &self,
        row: &rows::Event,
        conversation: &ConversationId,
        message: &MessageId,
        looked: &mut Looked,
    ) -> Result<Vec<Event>, Error> {
        let Some(message) = self.client().message(message).await? else { return Ok(Vec::new()) };
        if !looked.standing.contains_key(conversation) {
            let standing = self.client().conversation(conversation).await;
            let standing = match standing {
                Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
                standing => standing?,
            };
            looked.standing.insert(conversation.clone(), standing);
        }
        let mut inboxes = parse::inboxes(row);
        if inboxes.is_empty() && message.is_inbound == Some(true) {
            if !looked.inboxes.contains_key(conversation) {
                let found = self.client().inboxes_of(conversation).await?;
                looked.inboxes.insert(conversation.clone(), found);
            }
            inboxes = looked.inboxes.get(conversation).cloned().unwrap_or_default();
        }
        let Some(standing) = looked.standing.get(conversation) else { return Ok(Vec::new()) };
        let told = Told {
            event: row,
            conversation: &standing.conversation,
            id: &standing.id,
            message: &message,
            inboxes: &inboxes,
        };
        Ok(parse::facts(self.config(), &told, self.client().now()))
    }
}

/// Adds the names under which we asked, where Front told of others. What a merge tells of is another
/// conversation.
fn name(event: &mut Event, asked: &ConversationId) {
    if matches!(event.fact, Fact::Merged { .. }) {
        return;
    }
    let as_asked = |thread: &Thread| {
        let is_worked = partner::conversation(&thread.address).is_some();
        let address = if is_worked { partner::alias(asked) } else { asked.as_str().into() };
        Thread { side: thread.side.clone(), address }
    };
    let conversations = event.threads.iter().filter(|thread| !thread.is_customer());
    let names: Vec<Thread> = conversations.map(as_asked).collect();
    for name in names {
        if !event.threads.contains(&name) {
            event.threads.push(name);
        }
    }
}

/// The conversation that a scope names.
fn named(scope: &str) -> Option<ConversationId> {
    partner::conversation(scope).or_else(|| ConversationId::new(scope).ok())
}

/// How many of a conversation's newest events are read.
const TAIL: usize = 30;
