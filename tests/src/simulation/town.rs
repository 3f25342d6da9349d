//! A tenant: its providers, the people there, and what goes into its relays.

mod hosted;
mod owned;

use std::sync::Arc;
use std::sync::atomic::AtomicI64;

use chrono::{DateTime, Utc};
use handover_core::archive::Archive;
use handover_core::assistant::Assistant;
use handover_core::channel::Channel;
use handover_core::clock::Clock;
use handover_core::desk::Desk;
use handover_core::directory::Directory;
use handover_core::feed::Feed;
use handover_core::id::TenantId;
use handover_core::matching::ContactMatcher;
use handover_core::message::Message;
use handover_core::session::{CaseRecord, Session};
use handover_core::store::Store;
use handover_core::webhook::Webhook;
use handover_relay::Relay;
use handover_sim::Fault;

use super::gate::{Skewed, at};
use super::mail::Mail;
use super::notes::{Ledger, Notes, Said, SharedNotes};
use super::plan::{Act, Topology, TownPlan};
use super::{Bug, Violation};
use hosted::Hosted;
use owned::Owned;

/// What a relay is put together from. A bug puts something else in the place of one of them.
#[derive(Debug)]
#[expect(missing_docs, reason = "each is the trait it is")]
pub struct Parts {
    pub store: Arc<dyn Store>,
    pub archive: Arc<dyn Archive>,
    pub assistant: Arc<dyn Assistant>,
    pub matcher: Arc<dyn ContactMatcher>,
    pub channel: Arc<dyn Channel>,
    pub channel_webhook: Option<Arc<dyn Webhook>>,
    pub channel_feed: Option<Arc<dyn Feed>>,
    pub desk: Arc<dyn Desk>,
    pub desk_webhook: Arc<dyn Webhook>,
    pub desk_feed: Arc<dyn Feed>,
    pub directory: Arc<dyn Directory>,
}

/// A session, its case and its log, as they are kept in the end.
pub(super) struct Kept {
    pub(super) session: Session,
    pub(super) case: Option<CaseRecord>,
    pub(super) log: Vec<Message>,
}

/// A tenant's providers and people.
pub(super) trait Town {
    fn tenant(&self) -> &TenantId;

    /// The adapters of one process, and the common parts.
    fn adapters(&self, bug: &Bug, common: Common) -> Parts;

    /// The relay of one process.
    fn relay(&self, parts: Parts, clock: Arc<dyn Clock>) -> Relay;

    /// Somebody does something. Says what, if there was anything to be done.
    fn act(
        &mut self,
        act: Act,
        numbers: (u32, u32),
        now: DateTime<Utc>,
        notes: &mut Notes,
    ) -> Option<String>;

    /// A provider will fail at some place. Says which.
    fn fail(&mut self, place: u32, fault: Fault, times: u32) -> String;

    /// Nothing fails any more.
    fn calm(&mut self);

    /// What the providers have sent off: requests, the texts they tell of, and whether they are
    /// sent again until they are answered well.
    fn mail(&mut self, town: usize) -> Vec<Mail>;

    /// What has come up on telephones since the last look.
    fn look(&mut self, notes: &mut Notes);

    /// How often the provider took `text` for the customer, as a person would find out.
    fn arrived(&self, to: &str, text: &str) -> usize;

    /// The end, as the providers show it, against what is kept.
    fn check(&self, kept: &[Kept], ledger: &Ledger, broken: &mut Vec<Violation>);
}

/// What the parts of all towns have in common.
pub(super) struct Common {
    pub(super) store: Arc<dyn Store>,
    pub(super) archive: Arc<dyn Archive>,
    pub(super) assistant: Arc<dyn Assistant>,
    pub(super) matcher: Arc<dyn ContactMatcher>,
    pub(super) clock: Arc<dyn Clock>,
}

/// Founds the town of a plan.
pub(super) fn found(
    plan: &TownPlan,
    tenant: TenantId,
    now: &Arc<AtomicI64>,
    notes: &SharedNotes,
) -> Box<dyn Town> {
    match plan.topology {
        Topology::Hosted => Box::new(Hosted::new(plan, tenant, now, notes)),
        Topology::Owned => Box::new(Owned::new(plan, tenant, now, notes)),
    }
}

/// The providers' clock.
fn clock(plan: &TownPlan, now: &Arc<AtomicI64>) -> handover_sim::Clock {
    let clock = Skewed { now: Arc::clone(now), ahead: plan.skew };
    handover_sim::Clock::new(move || Clock::now(&clock))
}

/// Time of the providers.
fn provider_time(plan: &TownPlan, now: DateTime<Utc>) -> DateTime<Utc> {
    at(now.timestamp_millis() + plan.skew)
}

/// What tells one tenant's texts from another's.
fn mark(tenant: &TenantId) -> &'static str {
    if tenant.as_str() == "acme" { "" } else { "b" }
}

/// Something out of `all`.
fn pick<T: Copy>(all: &[T], n: u32) -> T {
    all[n as usize % all.len()]
}

/// A draft that may be finished.
fn unfinished(said: &mut Said, n: u32) -> Option<(String, String)> {
    if said.drafts.is_empty() || n.is_multiple_of(2) {
        return None;
    }
    let n = n as usize % said.drafts.len();
    let (id, text) = said.drafts.swap_remove(n);
    said.secrets.remove(&text);
    said.replies.insert(text.clone());
    Some((id, text))
}

const CUSTOMERS: [&str; 3] = ["+15552220001", "+15552220002", "+15552220003"];
const MOODS: [&str; 10] =
    ["", "", "", "", " person", " person", " slow", " broken", " down", " resolved"];
