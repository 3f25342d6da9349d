//! Mistakes in sending, and in what the assistant says.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use handover_core::assistant::{Answer, Assistant, Turn};
use handover_core::channel::{
    Account, Attempt, Channel, ChannelCapabilities, Found, Outbound, Part, Receipt,
};
use handover_core::error::{Error, Retry};
use handover_core::id::ChannelId;
use handover_core::identity::Identity;
use handover_core::message::Message;
use handover_core::transport::Body;

use crate::simulation::Bug;

/// What is done in the place of a send or of a search for one.
type Sends = dyn Fn(&mut Outbound) + Send + Sync;
type Ends = dyn Fn(Result<Receipt, Error>) -> Result<Receipt, Error> + Send + Sync;
type Finds = dyn Fn(Found) -> Found + Send + Sync;

struct Wrong {
    right: Arc<dyn Channel>,
    sends: Arc<Sends>,
    ends: Arc<Ends>,
    finds: Arc<Finds>,
}

impl std::fmt::Debug for Wrong {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Wrong").finish_non_exhaustive()
    }
}

#[async_trait]
impl Channel for Wrong {
    fn id(&self) -> &ChannelId {
        self.right.id()
    }

    fn capabilities(&self) -> ChannelCapabilities {
        self.right.capabilities()
    }

    fn parts(&self, message: &Message) -> Vec<Part> {
        self.right.parts(message)
    }

    async fn send(&self, outbound: &Outbound) -> Result<Receipt, Error> {
        let mut outbound = outbound.clone();
        (self.sends)(&mut outbound);
        (self.ends)(self.right.send(&outbound).await)
    }

    async fn find(&self, outbound: &Outbound, attempt: &Attempt) -> Result<Found, Error> {
        Ok((self.finds)(self.right.find(outbound, attempt).await?))
    }

    async fn fetch(&self, reference: &str, limit: u64) -> Result<Body, Error> {
        self.right.fetch(reference, limit).await
    }
}

fn wrong(
    sends: impl Fn(&mut Outbound) + Send + Sync + 'static,
    ends: impl Fn(Result<Receipt, Error>) -> Result<Receipt, Error> + Send + Sync + 'static,
    finds: impl Fn(Found) -> Found + Send + Sync + 'static,
) -> Bug {
    let (sends, ends, finds): (Arc<Sends>, Arc<Ends>, Arc<Finds>) =
        (Arc::new(sends), Arc::new(ends), Arc::new(finds));
    Bug::of(move |parts| {
        parts.channel = Arc::new(Wrong {
            right: Arc::clone(&parts.channel),
            sends: Arc::clone(&sends),
            ends: Arc::clone(&ends),
            finds: Arc::clone(&finds),
        });
    })
}

/// What may have been sent is sent again.
pub(super) fn retry_uncertain() -> Bug {
    let again = |error: Error| {
        if error.retry() == Retry::Unsure {
            return Error::later(error.kind(), "it failed, so it was not sent");
        }
        error
    };
    wrong(|_| {}, move |end| end.map_err(again), |found| found)
}

/// A text that a list does not show yet is taken for one that was not sent.
pub(super) fn trust_the_list() -> Bug {
    let finds = |found| match found {
        Found::Unknown { .. } => Found::NotSent,
        found => found,
    };
    wrong(|_| {}, |end| end, finds)
}

/// That a reply could not be relayed is logged, and nobody is told.
pub(super) fn swallow_errors() -> Bug {
    let ends = |end: Result<Receipt, Error>| Ok(end.unwrap_or_else(|_| Receipt::accepted("ok")));
    wrong(|_| {}, ends, |found| found)
}

/// Two customers share a contact, and replies go to whichever address of it was used last.
pub(super) fn reply_to_the_contact() -> Bug {
    const FAMILY: [&str; 2] = ["+15552220001", "+15552220002"];
    let last: Mutex<HashMap<&'static str, Identity>> = Mutex::default();
    let sends = move |outbound: &mut Outbound| {
        if FAMILY.contains(&&*outbound.to.value) {
            let known = last.lock().unwrap().insert("family", outbound.to.clone());
            outbound.to = known.unwrap_or_else(|| outbound.to.clone());
        }
    };
    wrong(sends, |end| end, |found| found)
}

/// An assistant whose failures are caught and logged, and nothing else.
pub(super) fn silent_assistant() -> Bug {
    #[derive(Debug)]
    struct Silent(Arc<dyn Assistant>);
    #[async_trait]
    impl Assistant for Silent {
        fn account(&self) -> Account {
            self.0.account()
        }

        async fn answer(&self, turn: &Turn) -> Result<Answer, Error> {
            Ok(self.0.answer(turn).await.unwrap_or_default())
        }
    }
    Bug::of(|parts| parts.assistant = Arc::new(Silent(Arc::clone(&parts.assistant))))
}
