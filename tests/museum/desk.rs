//! Mistakes in how a desk is written to.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};

use async_trait::async_trait;
use bytes::Bytes;
use handover_core::channel::{Account, Attempt};
use handover_core::desk::{
    About, Amendment, Appended, Attachment, Case, CaseStatus, Desk, DeskCapabilities, Entry,
    EntryOutcome, Handoff, Opening,
};
use handover_core::directory::{Contact, Directory};
use handover_core::error::Error;
use handover_core::id::{DeskId, Key};
use handover_core::identity::{Identity, Name};
use handover_core::transport::{Body, Transport, TransportError};
use http::{Request, Response};

use crate::simulation::Bug;

/// Writes entries, in its own way.
#[async_trait]
pub(super) trait Habit: fmt::Debug + Send + Sync + 'static {
    fn opening(&self, _opening: &mut Opening) {}

    async fn append(
        &self,
        right: &dyn Desk,
        case: &Case,
        about: &About,
        entries: &[Entry],
        attempt: &Attempt,
    ) -> Result<Appended, Error> {
        right.append(case, about, entries, attempt).await
    }
}

#[derive(Debug)]
pub(super) struct Wrong<H> {
    pub(super) right: Arc<dyn Desk>,
    pub(super) habit: Arc<H>,
}

#[async_trait]
impl<H: Habit> Desk for Wrong<H> {
    fn id(&self) -> &DeskId {
        self.right.id()
    }

    fn capabilities(&self) -> DeskCapabilities {
        self.right.capabilities()
    }

    async fn open(&self, opening: &Opening, attempt: &Attempt) -> Result<Case, Error> {
        let mut opening = opening.clone();
        self.habit.opening(&mut opening);
        self.right.open(&opening, attempt).await
    }

    async fn append(
        &self,
        case: &Case,
        about: &About,
        entries: &[Entry],
        attempt: &Attempt,
    ) -> Result<Appended, Error> {
        self.habit.append(&*self.right, case, about, entries, attempt).await
    }

    async fn attach(
        &self,
        case: &Case,
        about: &About,
        attachment: &Attachment,
        attempt: &Attempt,
    ) -> Result<Case, Error> {
        self.right.attach(case, about, attachment, attempt).await
    }

    async fn amend(
        &self,
        case: &Case,
        amendment: &Amendment,
        attempt: &Attempt,
    ) -> Result<Case, Error> {
        self.right.amend(case, amendment, attempt).await
    }

    async fn hand_off(
        &self,
        case: &Case,
        handoff: &Handoff,
        attempt: &Attempt,
    ) -> Result<Case, Error> {
        self.right.hand_off(case, handoff, attempt).await
    }

    async fn set_status(
        &self,
        case: &Case,
        status: CaseStatus,
        attempt: &Attempt,
    ) -> Result<Case, Error> {
        self.right.set_status(case, status, attempt).await
    }
}

fn desk<H: Habit>(habit: H) -> Bug {
    let habit = Arc::new(habit);
    Bug::of(move |parts| {
        let right = Arc::clone(&parts.desk);
        parts.desk = Arc::new(Wrong { right, habit: Arc::clone(&habit) });
    })
}

/// A case is made before anybody knows its name: a second attempt makes a second one.
pub(super) fn ticket_before_link() -> Bug {
    #[derive(Debug, Default)]
    struct Anew(AtomicU16);
    #[async_trait]
    impl Habit for Anew {
        fn opening(&self, opening: &mut Opening) {
            // The first of all keeps its name, so that what follows finds its case.
            opening.key = opening.key.again(self.0.fetch_add(1, Ordering::Relaxed));
        }
    }
    desk(Anew::default())
}

/// Of a transcript the first page is sent, and the rest is not missed.
pub(super) fn first_page_only() -> Bug {
    #[derive(Debug)]
    struct FirstPage;
    #[async_trait]
    impl Habit for FirstPage {
        async fn append(
            &self,
            right: &dyn Desk,
            case: &Case,
            about: &About,
            entries: &[Entry],
            attempt: &Attempt,
        ) -> Result<Appended, Error> {
            let page = &entries[..entries.len().min(2)];
            let mut appended = right.append(case, about, page, attempt).await?;
            appended.outcomes.resize(entries.len(), EntryOutcome::Written);
            Ok(appended)
        }
    }
    desk(FirstPage)
}

/// What takes too long is taken for done.
pub(super) fn slow_is_done() -> Bug {
    #[derive(Debug)]
    struct Assume;
    #[async_trait]
    impl Habit for Assume {
        async fn append(
            &self,
            right: &dyn Desk,
            case: &Case,
            about: &About,
            entries: &[Entry],
            attempt: &Attempt,
        ) -> Result<Appended, Error> {
            let done = right.append(case, about, entries, attempt).await;
            Ok(done.unwrap_or_else(|_| Appended {
                case: case.clone(),
                outcomes: vec![EntryOutcome::Written; entries.len()],
            }))
        }
    }
    desk(Assume)
}

/// A contact is made whenever a search finds none, under whatever name comes next.
pub(super) fn find_then_create() -> Bug {
    #[derive(Debug)]
    struct Anew(Arc<dyn Directory>, Arc<AtomicU16>);
    #[async_trait]
    impl Directory for Anew {
        fn account(&self) -> Account {
            self.0.account()
        }

        async fn lookup(&self, identity: &Identity) -> Result<Vec<Contact>, Error> {
            self.0.lookup(identity).await
        }

        async fn create(
            &self,
            identity: &Identity,
            name: Option<&Name>,
            key: &Key,
        ) -> Result<Contact, Error> {
            let key = key.again(self.1.fetch_add(1, Ordering::Relaxed));
            self.0.create(identity, name, &key).await
        }
    }
    let count = Arc::new(AtomicU16::new(1));
    Bug::of(move |parts| {
        let right = Arc::clone(&parts.directory);
        parts.directory = Arc::new(Anew(right, Arc::clone(&count)));
    })
}

/// What a person has begun at the desk is read as if it were finished.
pub(super) fn draft_is_sent() -> Bug {
    reading(|text| {
        // Every activity is shown with the status that "completed" has.
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(at) = rest.find(STATUS) {
            let value = at + STATUS.len();
            out.push_str(&rest[..value]);
            out.push_str(COMPLETED);
            rest = rest.get(value + COMPLETED.len()..).unwrap_or_default();
        }
        out.push_str(rest);
        out
    })
}

/// What people note for each other is read as a reply to the customer.
pub(super) fn note_is_sent() -> Bug {
    reading(|text| text.replace(TASK, CALL))
}

/// A desk's answers about activities, read wrongly.
fn reading(change: impl Fn(&str) -> String + Send + Sync + 'static) -> Bug {
    struct Misread {
        right: Arc<dyn Transport>,
        change: Arc<dyn Fn(&str) -> String + Send + Sync>,
    }
    impl fmt::Debug for Misread {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.debug_struct("Misread").finish_non_exhaustive()
        }
    }
    #[async_trait]
    impl Transport for Misread {
        async fn send(&self, request: Request<Bytes>) -> Result<Response<Body>, TransportError> {
            let is_list = request.method() == http::Method::GET
                && request.uri().path().ends_with("/Activity");
            let answer = self.right.send(request).await?;
            if !is_list {
                return Ok(answer);
            }
            let (head, body) = answer.into_parts();
            let bytes = body.bytes(1 << 24).await?;
            let text = (self.change)(&String::from_utf8_lossy(&bytes));
            Ok(Response::from_parts(head, Body::from(Bytes::from(text))))
        }
    }
    let change: Arc<dyn Fn(&str) -> String + Send + Sync> = Arc::new(change);
    Bug {
        transport: Box::new(move |right| Arc::new(Misread { right, change: Arc::clone(&change) })),
        ..Bug::none()
    }
}

const STATUS: &str = "\"StatusId\":\"";
/// Ids that every Creatio has: Academy, "Lookups".
const CALL: &str = "e1831dec-cfc0-df11-b00f-001d60e938c6";
const COMPLETED: &str = "4bdbb88f-58e6-df11-971b-001d60e938c6";
const TASK: &str = "fbe0acdc-cfc0-df11-b00f-001d60e938c6";
