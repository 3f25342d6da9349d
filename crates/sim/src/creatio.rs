//! Creatio: the identity service, OData 4, the server's own logic, and the people who work in it.

mod batch;
mod config;
mod data;
mod door;
mod fail;
mod files;
mod filter;
mod limits;
mod listeners;
mod login;
mod metadata;
mod oauth;
mod odata;
mod path;
mod people;
mod poke;
mod query;
mod quirk;
mod record;
mod rep;
mod retention;
mod rule;
mod schema;
mod seed;
mod settings;
mod tenant;

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use chrono::{DateTime, NaiveDate, Utc};
use http::Request;
use uuid::Uuid;

pub use self::config::{Builder, Host, Rights};
use self::data::Row;
pub use self::limits::{FileSecurity, Operation};
pub use self::login::Expiry;
use self::login::Logins;
pub use self::oauth::Identity;
pub use self::poke::{Poke, PokeBody, PokeStyle};
pub use self::quirk::Quirk;
pub use self::record::Record;
pub use self::rep::{ActivityType, RepActivity};
use self::rule::Pending;
pub use self::rule::{CaseRule, On};
use self::schema::Entity;
pub use self::schema::Kind;
use self::tenant::{Signal, Tenant};
use crate::{Clock, Faults, Logged, Outbox, Outgoing, Reply, Simulator, Wire, fault};

/// A simulated Creatio tenant with its identity service.
///
/// Clones share the tenant.
#[derive(Clone)]
pub struct Creatio {
    shared: Arc<Mutex<State>>,
    faults: Faults,
    outbox: Outbox,
}

impl Creatio {
    /// A fresh tenant on one .NET Framework host, without latency.
    pub fn new(client_id: &str, client_secret: &str) -> Self {
        Self::builder(client_id, client_secret).build()
    }

    /// A tenant to be configured.
    pub fn builder(client_id: &str, client_secret: &str) -> Builder {
        Builder::new(client_id, client_secret)
    }

    /// The identity service as a host of its own, for [`Builder::split_host`].
    pub fn identity(&self) -> Identity {
        Identity::new(self.clone())
    }

    /// The faults of this tenant.
    pub fn faults(&self) -> &Faults {
        &self.faults
    }

    /// Sets the business process that calls out.
    pub fn poke(&self, poke: Poke) {
        self.state().poke = Some(poke);
    }

    /// Changes how long each request takes, and each item of a batch on top.
    pub fn set_latency(&self, per_request: Duration, per_item: Duration) {
        let mut state = self.state();
        state.config.per_request = per_request;
        state.config.per_item = per_item;
    }

    /// Takes the calls of the business process, in the order they travel.
    pub fn take_webhooks(&self) -> Vec<Outgoing> {
        self.outbox.take()
    }

    /// All cases, oldest first.
    pub fn cases(&self) -> Vec<Record> {
        self.records("Case")
    }

    /// One case.
    pub fn case(&self, id: Uuid) -> Option<Record> {
        self.record("Case", id)
    }

    /// The activities of a case, oldest first.
    pub fn activities(&self, case: Uuid) -> Vec<Record> {
        self.records_where("Activity", |entity, row| row.get(entity, "Case").guid() == Some(case))
    }

    /// All contacts, oldest first.
    pub fn contacts(&self) -> Vec<Record> {
        self.records("Contact")
    }

    /// The rows of any entity, oldest first.
    pub fn records(&self, entity: &str) -> Vec<Record> {
        self.records_where(entity, |_, _| true)
    }

    /// One row of any entity.
    pub fn record(&self, entity: &str, id: Uuid) -> Option<Record> {
        let state = self.state();
        let tenant = &state.tenant;
        let row = tenant.row(entity, id)?;
        Some(Record::new(tenant, tenant.entities.get(entity)?, row))
    }

    /// The content of a file row.
    pub fn file(&self, entity: &str, id: Uuid) -> Option<Bytes> {
        self.state().tenant.row(entity, id).map(|row| row.data.clone())
    }

    /// The contact of the integration's user.
    pub fn integration_contact(&self) -> Uuid {
        self.state().config.contact
    }

    /// Every request so far, tokens included.
    pub fn requests(&self) -> Vec<Logged> {
        self.state().log.clone()
    }

    /// How many requests there were, a batch being one.
    pub fn round_trips(&self) -> usize {
        self.state().log.len()
    }

    /// What the plan's quota counts for a day: OData calls, each item of a batch being one.
    pub fn metered(&self, day: NaiveDate) -> u64 {
        self.state().meter.get(&day).copied().unwrap_or_default()
    }

    /// How many tokens were given out.
    pub fn tokens_given(&self) -> u64 {
        self.state().minted
    }

    /// How many tokens were refused for the sake of the client.
    pub fn tokens_refused(&self) -> u64 {
        self.state().tokens_refused
    }

    /// Ends all tokens, and all sessions of forms login.
    pub fn expire_tokens(&self) {
        let mut state = self.state();
        state.tokens.clear();
        state.logins.end_all();
    }

    /// Whether the identity service refuses the client from now on, whatever its secret.
    pub fn reject_client(&self, is_rejected: bool) {
        self.state().client_rejected = is_rejected;
    }

    /// How credentials that are not accepted are answered from now on. `None`, as at the start:
    /// a token, and a session under `ForceUseSession`, with [`Expiry::Json`], any other request
    /// with [`Expiry::Redirect`].
    pub fn set_expiry(&self, expiry: Option<Expiry>) {
        self.state().expiry = expiry;
    }

    /// This simulator at every host, without sockets.
    pub fn transport(&self, clock: Clock) -> Wire {
        Wire::new(clock).any(self.clone())
    }

    fn records_where(&self, entity: &str, wanted: impl Fn(&Entity, &Row) -> bool) -> Vec<Record> {
        let state = self.state();
        let tenant = &state.tenant;
        let (Some(schema), Some(table)) = (tenant.entities.get(entity), tenant.tables.get(entity))
        else {
            return Vec::new();
        };
        let rows = table.rows().filter(|row| wanted(schema, row));
        rows.map(|row| Record::new(tenant, schema, row)).collect()
    }

    fn start(config: config::Config, tenant: Tenant) -> Self {
        let state = State {
            config,
            tenant,
            tokens: HashMap::new(),
            minted: 0,
            tokens_refused: 0,
            client_rejected: false,
            logins: Logins::default(),
            expiry: None,
            log: Vec::new(),
            meter: BTreeMap::new(),
            poke: None,
            rules: Vec::new(),
            pending: Vec::new(),
            quiet: 0,
        };
        Self {
            shared: Arc::new(Mutex::new(state)),
            faults: Faults::default(),
            outbox: Outbox::default(),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn log(&self, request: &Request<Bytes>, items: usize, now: DateTime<Utc>, reply: &Reply) {
        self.state().log.push(Logged::new(request, items, now, reply));
    }
}

impl Simulator for Creatio {
    fn handle(&self, request: Request<Bytes>, now: DateTime<Utc>) -> Reply {
        let items = if request.uri().path().ends_with("/$batch") {
            batch::items(request.body())
        } else {
            0
        };
        let target = request.uri().path_and_query().map_or("/", |target| target.as_str());
        let reply = self.faults.run(
            request.method(),
            target,
            fault::page,
            || self.expire_tokens(),
            || {
                let mut state = self.state();
                state.background(now);
                let response = state.answer(&request, items, &self.faults, now);
                let per_item = state.config.per_item * u32::try_from(items).unwrap_or(u32::MAX);
                let mut delay = state.config.per_request + per_item;
                if request.uri().path().ends_with("/$metadata") {
                    delay += state.config.metadata;
                }
                let pokes = state.pokes(now);
                drop(state);
                pokes.into_iter().for_each(|outgoing| self.outbox.push(outgoing));
                (response, delay)
            },
        );
        let reply = batch::dropped(reply);
        self.log(&request, items, now, &reply);
        reply
    }

    fn outbox(&self) -> &Outbox {
        &self.outbox
    }
}

impl fmt::Debug for Creatio {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Creatio").finish_non_exhaustive()
    }
}

struct State {
    config: config::Config,
    tenant: Tenant,
    tokens: HashMap<String, DateTime<Utc>>,
    minted: u64,
    tokens_refused: u64,
    client_rejected: bool,
    logins: Logins,
    expiry: Option<Expiry>,
    log: Vec<Logged>,
    meter: BTreeMap<NaiveDate, u64>,
    poke: Option<Poke>,
    rules: Vec<CaseRule>,
    pending: Vec<Pending>,
    /// So many of the signals that wait are of rules.
    quiet: usize,
}

impl State {
    /// What the business processes do about what happened since: changes, then calls.
    fn pokes(&mut self, now: DateTime<Utc>) -> Vec<Outgoing> {
        self.react(now);
        let signals = std::mem::take(&mut self.tenant.signals);
        let Some(poke) = &self.poke else { return Vec::new() };
        let call = |signal: &Signal| poke.call(signal, &self.tenant, self.config.contact, now);
        signals.iter().filter_map(call).collect()
    }
}
