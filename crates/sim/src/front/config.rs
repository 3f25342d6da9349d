use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::time::Duration;

use chrono::{DateTime, Utc};

use super::Front;
use super::data::{Channel, Inbox, Tag, Teammate};
use super::hook::Hook;

/// A [`Front`] before it starts.
#[derive(Clone, Debug)]
pub struct Builder {
    pub(crate) config: Config,
    tags: Vec<Tag>,
    hooks: Vec<Hook>,
}

#[derive(Clone, Default)]
pub(crate) struct Config {
    pub(crate) company: String,
    pub(crate) company_id: String,
    /// With their scopes; `None` is all of them.
    pub(crate) tokens: BTreeMap<String, Option<BTreeSet<String>>>,
    pub(crate) oauth: Option<(String, String)>,
    pub(crate) refresh_token: Option<(String, Option<DateTime<Utc>>)>,
    pub(crate) application: Option<(String, String)>,
    pub(crate) teammates: Vec<Teammate>,
    pub(crate) inboxes: Vec<Inbox>,
    pub(crate) channels: Vec<Channel>,
    pub(crate) per_minute: u64,
    pub(crate) per_second: Option<u64>,
    pub(crate) processed_after: Duration,
    pub(crate) sent_after: Duration,
    pub(crate) latency: Duration,
    pub(crate) assign_new_to: Option<String>,
    pub(crate) auto_contacts: bool,
    pub(crate) html_texts: bool,
    pub(crate) null_texts: bool,
    pub(crate) message_uids: bool,
    pub(crate) reopen_events: bool,
    pub(crate) api_url: String,
    pub(crate) reach: Vec<(String, String)>,
}

impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config").field("company", &self.company).finish_non_exhaustive()
    }
}

impl Builder {
    pub(crate) fn new(token: &str) -> Self {
        Self {
            config: Config {
                company: "acme".to_owned(),
                company_id: "cmp_acme".to_owned(),
                tokens: BTreeMap::from([(token.to_owned(), None)]),
                oauth: None,
                refresh_token: None,
                application: None,
                teammates: Vec::new(),
                inboxes: Vec::new(),
                channels: Vec::new(),
                per_minute: 200,
                per_second: None,
                processed_after: Duration::ZERO,
                sent_after: Duration::ZERO,
                latency: Duration::ZERO,
                assign_new_to: None,
                auto_contacts: false,
                html_texts: false,
                null_texts: false,
                message_uids: false,
                reopen_events: false,
                api_url: "https://acme.api.frontapp.com".to_owned(),
                reach: Vec::new(),
            },
            tags: Vec::new(),
            hooks: Vec::new(),
        }
    }

    /// The company: `acme` of `acme.api.frontapp.com`, and `cmp_…`.
    #[must_use]
    pub fn company(mut self, name: &str, id: &str) -> Self {
        name.clone_into(&mut self.config.company);
        id.clone_into(&mut self.config.company_id);
        self.config.api_url = format!("https://{name}.api.frontapp.com");
        self
    }

    /// Adds an API token that has these scopes only, or takes them from one: `messages:send`.
    #[must_use]
    pub fn token(mut self, token: &str, scopes: &[&str]) -> Self {
        let scopes = scopes.iter().map(|scope| (*scope).to_owned()).collect();
        self.config.tokens.insert(token.to_owned(), Some(scopes));
        self
    }

    /// An OAuth client and a refresh token that an administrator has given it.
    #[must_use]
    pub fn oauth(mut self, client_id: &str, client_secret: &str, refresh_token: &str) -> Self {
        self.config.oauth = Some((client_id.to_owned(), client_secret.to_owned()));
        self.config.refresh_token = Some((refresh_token.to_owned(), None));
        self
    }

    /// When the refresh token ends; six months after its first use when not called.
    #[must_use]
    pub fn refresh_token_until(mut self, end: DateTime<Utc>) -> Self {
        if let Some((_, until)) = &mut self.config.refresh_token {
            *until = Some(end);
        }
        self
    }

    /// The application of the channel API: its uid and its secret.
    #[must_use]
    pub fn application(mut self, uid: &str, secret: &str) -> Self {
        self.config.application = Some((uid.to_owned(), secret.to_owned()));
        self
    }

    /// Adds a teammate: `tea_…`, an address, a type (`user`, `ai`, `api`, …), a name.
    #[must_use]
    pub fn teammate(mut self, id: &str, email: &str, kind: &str, name: &str) -> Self {
        self.config.teammates.push(Teammate {
            id: id.to_owned(),
            email: email.to_owned(),
            kind: kind.to_owned(),
            name: name.to_owned(),
        });
        self
    }

    /// Adds an inbox, `inb_…`, that everybody sees.
    #[must_use]
    pub fn inbox(mut self, id: &str, name: &str) -> Self {
        let (id, name) = (id.to_owned(), name.to_owned());
        self.config.inboxes.push(Inbox { id, name, teammates: None });
        self
    }

    /// Adds an inbox, `inb_…`, that only these teammates see.
    #[must_use]
    pub fn inbox_for(mut self, id: &str, name: &str, teammates: &[&str]) -> Self {
        let (id, name) = (id.to_owned(), name.to_owned());
        let teammates = teammates.iter().map(|teammate| (*teammate).to_owned()).collect();
        self.config.inboxes.push(Inbox { id, name, teammates: Some(teammates) });
        self
    }

    /// Adds a channel of an inbox: `cha_…`, a type (`twilio`, `gmail`, `front_chat`, `custom`, …)
    /// and its address. A channel of type `application` is a partner's, see
    /// [`Front::connect_channel`].
    #[must_use]
    pub fn channel(mut self, id: &str, inbox: &str, kind: &str, address: &str) -> Self {
        self.config.channels.push(Channel {
            id: id.to_owned(),
            inbox: inbox.to_owned(),
            kind: kind.to_owned(),
            address: address.to_owned(),
            webhook_url: None,
            connected: kind != PARTNER,
            status: "ok",
        });
        self
    }

    /// Adds a partner's channel that is connected: Front posts to this URL.
    #[must_use]
    pub fn partner_channel(self, id: &str, inbox: &str, webhook_url: &str) -> Self {
        let mut built = self.channel(id, inbox, PARTNER, id);
        if let Some(channel) = built.config.channels.last_mut() {
            channel.webhook_url = Some(webhook_url.to_owned());
            channel.connected = true;
        }
        built
    }

    /// Adds a tag of the company: `tag_…` and its name.
    #[must_use]
    pub fn tag(mut self, id: &str, name: &str) -> Self {
        self.tags.push(Tag { id: id.to_owned(), name: name.to_owned() });
        self
    }

    /// Adds a webhook that is already saved.
    #[must_use]
    pub fn hook(mut self, hook: Hook) -> Self {
        self.hooks.push(hook);
        self
    }

    /// How many requests a minute the company's plan allows: 50, 100 or 200; 200 when not called.
    #[must_use]
    pub fn plan(mut self, per_minute: u64) -> Self {
        self.config.per_minute = per_minute;
        self
    }

    /// How many writes a second one conversation or channel takes, 5 at Front. Without limit when
    /// not called, so that a clock that stands still does not run into it.
    #[must_use]
    pub fn burst(mut self, per_second: u64) -> Self {
        self.config.per_second = Some(per_second);
        self
    }

    /// When an accepted message can be read, and when the provider behind the channel has taken or
    /// refused it; at once when not called.
    #[must_use]
    pub fn pace(mut self, processed_after: Duration, sent_after: Duration) -> Self {
        self.config.processed_after = processed_after;
        self.config.sent_after = sent_after.max(processed_after);
        self
    }

    /// How long each request takes.
    #[must_use]
    pub fn latency(mut self, per_request: Duration) -> Self {
        self.config.latency = per_request;
        self
    }

    /// A rule that assigns every new conversation to a teammate.
    #[must_use]
    pub fn assign_new_to(mut self, teammate: &str) -> Self {
        self.config.assign_new_to = Some(teammate.to_owned());
        self
    }

    /// Front makes a contact of every new sender itself.
    #[must_use]
    pub fn auto_contacts(mut self) -> Self {
        self.config.auto_contacts = true;
        self
    }

    /// The `body` of a text is HTML, as that of a mail is; its `text` is plain.
    #[must_use]
    pub fn html_texts(mut self) -> Self {
        self.config.html_texts = true;
        self
    }

    /// Only a mail has a `text`; that of any other message is null.
    #[must_use]
    pub fn null_texts(mut self) -> Self {
        self.config.null_texts = true;
        self
    }

    /// Messages show the `message_uid` that was answered when they were accepted.
    #[must_use]
    pub fn message_uids(mut self) -> Self {
        self.config.message_uids = true;
        self
    }

    /// A message in an archived conversation tells `reopen` besides `inbound`.
    #[must_use]
    pub fn reopen_events(mut self) -> Self {
        self.config.reopen_events = true;
        self
    }

    /// Opens the company.
    pub fn build(self) -> Front {
        Front::start(self.config, self.tags, self.hooks)
    }
}

/// The type of a channel that a partner's application runs.
pub(crate) const PARTNER: &str = "application";
