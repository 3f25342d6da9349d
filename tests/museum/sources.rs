//! Mistakes in how requests and feeds are read.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use handover_core::channel::Attempt;
use handover_core::desk::{About, Appended, Case, Desk, Entry};
use handover_core::error::Error;
use handover_core::event::{Author, Event, Fact, Reply, Source};
use handover_core::feed::{Cursor, Feed, FeedCapabilities, Page, Scope};
use handover_core::id::{DeskId, EventId};
use handover_core::store::{Change, Commit, Store};
use handover_core::thread::Thread;

use super::desk::{Habit, Wrong};
use super::wrap::{Mistake, events, store};
use crate::simulation::Bug;

/// What is not newer than the newest is taken for a duplicate.
pub(super) fn time_as_key() -> Bug {
    let newest: Mutex<HashMap<Source, DateTime<Utc>>> = Mutex::default();
    events(move |events, _| {
        let mut newest = newest.lock().unwrap();
        events.retain(|event| {
            let at = newest.entry(event.source.clone()).or_insert(DateTime::<Utc>::MIN_UTC);
            let is_new = event.at >= *at;
            *at = event.at.max(*at);
            is_new
        });
    })
}

/// Only the newest thing that happened on a case is delivered.
pub(super) fn newest_only() -> Bug {
    events(|events, is_feed| {
        let mut newest: HashMap<Thread, EventId> = HashMap::new();
        for event in events.iter() {
            if matches!(event.fact, Fact::Reply(_))
                && let Some(thread) = event.threads.first()
            {
                newest.insert(thread.clone(), event.id.clone());
            }
        }
        events.retain(|event| {
            let is_reply = matches!(event.fact, Fact::Reply(_)) && is_feed;
            let known = event.threads.first().and_then(|thread| newest.get(thread));
            !is_reply || known == Some(&event.id)
        });
    })
}

/// What a poll finds is not compared with what a webhook said.
pub(super) fn two_doors() -> Bug {
    events(|events, is_feed| {
        for event in events
            .iter_mut()
            .filter(|event| is_feed && matches!(event.fact, Fact::Message(_) | Fact::Reply(_)))
        {
            event.id = EventId::new(event.source.name(), format_args!("polled-{}", event.id.row()));
        }
    })
}

/// The place in a feed moves when it is read, and not when what was read is durable.
pub(super) fn cursor_first() -> Bug {
    #[derive(Debug)]
    struct Ahead {
        right: Arc<dyn Feed>,
        place: Arc<Mutex<Option<Cursor>>>,
    }
    #[async_trait]
    impl Feed for Ahead {
        fn capabilities(&self) -> FeedCapabilities {
            self.right.capabilities()
        }

        async fn pull(&self, scope: &Scope, after: Option<&Cursor>) -> Result<Page, Error> {
            if *scope != Scope::All {
                return self.right.pull(scope, after).await;
            }
            let place = self.place.lock().unwrap().clone();
            let page = self.right.pull(scope, place.as_ref().or(after)).await?;
            self.place.lock().unwrap().clone_from(&page.next);
            Ok(page)
        }
    }
    let places: Mutex<HashMap<&'static str, Arc<Mutex<Option<Cursor>>>>> = Mutex::default();
    Bug::of(move |parts| {
        let place = |name| Arc::clone(places.lock().unwrap().entry(name).or_default());
        let right = Arc::clone(&parts.desk_feed);
        parts.desk_feed = Arc::new(Ahead { right, place: place("desk") });
        if let Some(right) = parts.channel_feed.take() {
            parts.channel_feed = Some(Arc::new(Ahead { right, place: place("channel") }));
        }
    })
}

/// Whatever stands on a case was written by a person there, also what we wrote.
pub(super) fn own_rows_come_back() -> Bug {
    type Rows = Mutex<Vec<(DeskId, Case, Vec<Entry>)>>;
    #[derive(Debug, Default)]
    struct Written(Rows);
    #[async_trait]
    impl Habit for Written {
        async fn append(
            &self,
            right: &dyn Desk,
            case: &Case,
            about: &About,
            entries: &[Entry],
            attempt: &Attempt,
        ) -> Result<Appended, Error> {
            let appended = right.append(case, about, entries, attempt).await?;
            let row = (right.id().clone(), case.clone(), entries.to_vec());
            self.0.lock().unwrap().push(row);
            Ok(appended)
        }
    }
    #[derive(Debug)]
    struct Everything(Arc<dyn Feed>, Arc<Written>);
    #[async_trait]
    impl Feed for Everything {
        fn capabilities(&self) -> FeedCapabilities {
            self.0.capabilities()
        }
        async fn pull(&self, scope: &Scope, after: Option<&Cursor>) -> Result<Page, Error> {
            let mut page = self.0.pull(scope, after).await?;
            for (desk, case, entries) in self.1.0.lock().unwrap().drain(..) {
                for entry in entries {
                    page.events.push(Event {
                        id: EventId::new(desk.as_str(), entry.key.uuid()),
                        at: entry.at,
                        source: Source::Desk(desk.clone()),
                        threads: vec![Thread::case(&desk, case.reference.clone())],
                        author: Author::Person,
                        fact: Fact::Reply(Reply::text(entry.text)),
                    });
                }
            }
            Ok(page)
        }
    }
    /// Nor are the rows marked as ours.
    #[derive(Debug)]
    struct Unmarked;
    #[async_trait]
    impl Mistake for Unmarked {
        async fn commit(&self, right: &dyn Store, mut change: Change) -> Result<Commit, Error> {
            change.own.clear();
            right.commit(change).await
        }
    }
    let written = Arc::new(Written::default());
    let unmarked = store(|| Unmarked);
    Bug::of(move |parts| {
        (unmarked.parts)(parts);
        let right = Arc::clone(&parts.desk);
        parts.desk = Arc::new(Wrong { right, habit: Arc::clone(&written) });
        parts.desk_feed = Arc::new(Everything(Arc::clone(&parts.desk_feed), Arc::clone(&written)));
    })
}
