//! Front: the core API, the channel API, both kinds of webhooks, and the people at both ends.

mod api;
mod body;
mod concern;
mod config;
mod contacts;
mod conversations;
mod data;
mod desk;
mod door;
mod fail;
mod hook;
mod ids;
mod import;
mod limits;
mod list;
mod oauth;
mod partner;
mod partner_api;
mod people;
mod send;
mod show;
mod sign;

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use chrono::{DateTime, Utc};
use http::Request;

pub use self::config::Builder;
pub use self::data::{
    Attachment, Comment, Contact, Conversation, Direction, Event, Message, Status, Tag,
};
pub use self::hook::Hook;
pub use self::send::Sending;
pub use self::sign::{application_signature, channel_claims, rule_signature};
use crate::outbox::Listener;
use crate::{Clock, Faults, Logged, Outbox, Outgoing, Reply, Simulator, Wire};

/// A simulated company in Front, with its teammates and its customers.
///
/// Clones share the company.
#[derive(Clone)]
pub struct Front {
    shared: Arc<Mutex<State>>,
    faults: Faults,
    outbox: Outbox,
}

impl Front {
    /// A company `acme` with an AI teammate `tea_ai`, a person `tea_rep`, and one number,
    /// `+18005551212`, on the channel `cha_sms` of the inbox `inb_sms`.
    pub fn new(token: &str) -> Self {
        Self::builder(token)
            .teammate("tea_ai", "ai@acme.example", "ai", "Assistant")
            .teammate("tea_rep", "rita@acme.example", "user", "Rita Rep")
            .inbox("inb_sms", "SMS")
            .channel("cha_sms", "inb_sms", "twilio", "+18005551212")
            .build()
    }

    /// An empty company to be configured. The token may do everything.
    pub fn builder(token: &str) -> Builder {
        Builder::new(token)
    }

    /// The faults of this company. [`crate::Fault::ExpireToken`] revokes all API tokens until
    /// [`Front::restore_credentials`], and ends all access tokens.
    pub fn faults(&self) -> &Faults {
        &self.faults
    }

    /// Accepts the API tokens again.
    pub fn restore_credentials(&self) {
        self.state().revoked = false;
    }

    /// Adds a webhook without asking it to prove itself.
    pub fn hook(&self, hook: Hook) {
        self.state().hooks.push(hook);
    }

    /// Saves an application's webhook: it is called with a challenge and hears of nothing before
    /// it has answered with it.
    pub fn save_hook(&self, hook: Hook, challenge: &str, now: DateTime<Utc>) {
        self.with(|state| state.save_hook(hook, challenge, now));
    }

    /// Takes all webhooks away.
    pub fn forget_hooks(&self) {
        self.state().hooks.clear();
    }

    /// Whether a webhook of this URL is in force.
    pub fn is_saved(&self, url: &str) -> bool {
        self.state().hooks.iter().any(|hook| hook.saved && hook.url == url)
    }

    /// Posts to URLs that start with `public` really go to `real` instead.
    pub fn reach(&self, public: &str, real: &str) {
        self.state().config.reach.push((public.to_owned(), real.to_owned()));
    }

    /// The base of all links: a server's own address instead of the company's host.
    pub fn set_api_url(&self, url: &str) {
        url.trim_end_matches('/').clone_into(&mut self.state().config.api_url);
    }

    /// What becomes of messages to a handle from now on.
    pub fn set_sending(&self, handle: &str, sending: Sending) {
        self.state().sending.insert(handle.to_owned(), sending);
    }

    /// All conversations, oldest first.
    pub fn conversations(&self) -> Vec<Conversation> {
        self.state().conversations.clone()
    }

    /// One conversation, itself and not what it was merged into.
    pub fn conversation(&self, id: &str) -> Option<Conversation> {
        self.state().conversation(id).cloned()
    }

    /// The messages of a conversation, oldest first, those under way included, without drafts.
    pub fn messages(&self, conversation: &str) -> Vec<Message> {
        self.written(conversation, false)
    }

    /// The drafts of a conversation, oldest first.
    pub fn drafts(&self, conversation: &str) -> Vec<Message> {
        self.written(conversation, true)
    }

    /// The comments of a conversation, oldest first.
    pub fn comments(&self, conversation: &str) -> Vec<Comment> {
        let state = self.state();
        let all = state.comments.iter();
        all.filter(|comment| comment.conversation == conversation).cloned().collect()
    }

    /// The names of a conversation's tags, in the order they were added.
    pub fn tags(&self, conversation: &str) -> Vec<String> {
        let state = self.state();
        let Some(conversation) = state.conversation(conversation) else { return Vec::new() };
        let held = |tag: &&Tag, id: &String| tag.id == *id;
        let named =
            conversation.tags.iter().filter_map(|id| state.tags.iter().find(|tag| held(tag, id)));
        named.map(|tag| tag.name.clone()).collect()
    }

    /// All tags of the company.
    pub fn company_tags(&self) -> Vec<Tag> {
        self.state().tags.clone()
    }

    /// All contacts, oldest first.
    pub fn contacts(&self) -> Vec<Contact> {
        self.state().contacts.clone()
    }

    /// The events of a conversation, in the order of their ids.
    pub fn events(&self, conversation: &str) -> Vec<Event> {
        let state = self.state();
        let of = state.events.iter().filter(|event| event.conversation == conversation);
        let mut events: Vec<Event> = of.cloned().collect();
        events.sort_by_key(Event::order);
        events
    }

    /// What a customer gets at a handle, sooner or later, oldest first.
    pub fn phone(&self, handle: &str) -> Vec<String> {
        let state = self.state();
        let to = |message: &&Message| message.arrives() && message.to.iter().any(|to| to == handle);
        state.messages.iter().filter(to).map(|message| message.body.clone()).collect()
    }

    /// Takes the webhooks and the calls to partners, in the order they travel.
    pub fn take_webhooks(&self) -> Vec<Outgoing> {
        self.outbox.take()
    }

    /// Every request so far.
    pub fn requests(&self) -> Vec<Logged> {
        self.state().log.clone()
    }

    /// How many requests there were.
    pub fn round_trips(&self) -> usize {
        self.state().log.len()
    }

    /// How many requests were about each conversation: to it, to its messages, to its files, or to
    /// the contact it is with.
    pub fn requests_by_conversation(&self) -> HashMap<String, usize> {
        self.state().spent.clone()
    }

    /// This simulator at every host, without sockets.
    pub fn transport(&self, clock: Clock) -> Wire {
        Wire::new(clock).any(self.clone())
    }

    fn written(&self, conversation: &str, draft: bool) -> Vec<Message> {
        let state = self.state();
        let wanted = state
            .messages
            .iter()
            .filter(|message| message.conversation == conversation && message.draft == draft);
        wanted.cloned().collect()
    }

    fn start(config: config::Config, tags: Vec<Tag>, hooks: Vec<Hook>) -> Self {
        let refresh = config.refresh_token.clone();
        let state = State {
            config,
            tags,
            hooks,
            refresh: refresh.into_iter().collect(),
            ..State::default()
        };
        Self {
            shared: Arc::new(Mutex::new(state)),
            faults: Faults::default(),
            outbox: Outbox::default(),
        }
    }

    /// Changes the company, then lets out what it has to say.
    fn with<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        let mut state = self.state();
        let value = change(&mut state);
        let out = std::mem::take(&mut state.out);
        drop(state);
        for (mut outgoing, awaited) in out {
            outgoing.listener = awaited.map(|awaited| self.listener(awaited));
            self.outbox.push(outgoing);
        }
        value
    }

    fn listener(&self, awaited: Awaited) -> Listener {
        let front = self.clone();
        Listener::new(move |status, body, now| {
            front.with(|state| state.hear(&awaited, status, body, now));
        })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Simulator for Front {
    fn handle(&self, request: Request<Bytes>, now: DateTime<Utc>) -> Reply {
        let target = request.uri().path_and_query().map_or("/", |target| target.as_str());
        let reply = self.faults.run(
            request.method(),
            target,
            fail::page,
            || {
                let mut state = self.state();
                state.revoked = true;
                state.access.clear();
            },
            || self.with(|state| (state.answer(&request, now), state.config.latency)),
        );
        let mut state = self.state();
        if let Some(conversation) = state.concerned(&request) {
            *state.spent.entry(conversation).or_default() += 1;
        }
        state.log.push(Logged::new(&request, 0, now, &reply));
        drop(state);
        reply
    }

    fn outbox(&self) -> &Outbox {
        &self.outbox
    }
}

impl fmt::Debug for Front {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Front").finish_non_exhaustive()
    }
}

/// Whose answer to a call matters.
#[derive(Clone, Debug)]
enum Awaited {
    /// A partner that is asked to connect a channel.
    Authorization { channel: String },
    /// A webhook that is asked to prove itself.
    Challenge { url: String, challenge: String },
    /// A partner that is to deliver a message.
    Delivery { message: usize },
}

#[derive(Default)]
struct State {
    config: config::Config,
    conversations: Vec<Conversation>,
    messages: Vec<Message>,
    comments: Vec<Comment>,
    contacts: Vec<Contact>,
    files: Vec<Attachment>,
    events: Vec<Event>,
    tags: Vec<Tag>,
    hooks: Vec<Hook>,
    /// (channel, what its messages are threaded by) and the latest conversation of it
    threads: HashMap<(String, String), String>,
    sending: HashMap<String, Sending>,
    /// Access tokens and when they end.
    access: HashMap<String, DateTime<Utc>>,
    /// Refresh tokens and when they end, once that is known.
    refresh: HashMap<String, Option<DateTime<Utc>>>,
    /// Codes of the OAuth client that nobody has exchanged.
    codes: HashSet<String>,
    /// The `jti`s of the channel API.
    jtis: HashSet<String>,
    limits: limits::Limits,
    revoked: bool,
    made: u64,
    out: Vec<(Outgoing, Option<Awaited>)>,
    log: Vec<Logged>,
    /// How many requests were about each conversation.
    spent: HashMap<String, usize>,
}
