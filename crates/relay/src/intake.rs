//! Facts come in: by request, by feed, or by hand. One path for all.

use handover_core::decide::{Alarm, Input};
use handover_core::error::{Error, ErrorKind};
use handover_core::event::{Author, Event, Fact, Source};
use handover_core::feed::Scope;
use handover_core::id::{DeskId, SessionId};
use handover_core::route::{self, Route};
use handover_core::session::Conversation;
use handover_core::store::{Change, Commit};
use handover_core::thread::Thread;

use crate::relay::{Parts, Relay};

/// How often a decision is made again because the conversation has changed meanwhile.
pub(crate) const ATTEMPTS: usize = 32;

/// What became of what was handed in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Accepted {
    /// Facts that are in a session's log now.
    pub done: u32,
    /// Facts that were there before, or that we caused ourselves.
    pub seen: u32,
    /// Facts and pokes that are of no concern to this relay.
    pub ignored: u32,
    /// Facts that belong nowhere yet, and are kept.
    pub unrouted: u32,
    /// Feeds that will be read, and reports for which the provider will be asked what they are about.
    pub pokes: u32,
}

impl Relay {
    /// Takes in facts, and hints that there is something to read. All of it is durable when this
    /// returns.
    ///
    /// # Errors
    /// [`ErrorKind::Unavailable`] when the store cannot write now; part of it may be durable, and
    /// handing in the same again is safe.
    ///
    /// # Cancel safety
    /// Dropped, part of it may be durable; handing in the same again is safe.
    pub async fn accept(
        &self,
        events: Vec<Event>,
        pokes: Vec<(Source, Scope)>,
    ) -> Result<Accepted, Error> {
        let mut accepted = Accepted::default();
        for event in events {
            accepted.add(self.parts.ingest(event, Door::Told).await?);
        }
        for (source, scope) in pokes {
            accepted.add(self.parts.poke(source, scope).await?);
        }
        Ok(accepted)
    }
}

/// What became of one fact.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ingested {
    Done,
    Ignored,
    Poked,
    Seen,
    Unrouted,
}

/// By which door a fact came in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Door {
    /// It was read, or has waited, with whatever came before it.
    Read,
    /// A source told of it, perhaps before what came before it.
    Told,
}

/// Where an event belongs.
enum Place {
    /// In this conversation, which it may open.
    In(Box<Conversation>),
    /// Nowhere yet.
    Nowhere,
    /// That is to be read from this feed.
    Unread(Source, Scope),
}

impl Parts {
    pub(crate) async fn ingest(&self, event: Event, door: Door) -> Result<Ingested, Error> {
        let ingested = self.ingest_uncounted(event, door).await?;
        metrics::counter!("handover_events_total", "result" => ingested.name()).increment(1);
        Ok(ingested)
    }

    async fn ingest_uncounted(&self, event: Event, door: Door) -> Result<Ingested, Error> {
        if matches!(event.fact, Fact::Merged { .. }) {
            return self.merge(event, door).await;
        }
        if let Fact::Receipt(report) = &event.fact
            && report.key.is_none()
        {
            return self.report(&event, report).await;
        }
        let is_speech = matches!(event.fact, Fact::Message(_) | Fact::Reply(_));
        if is_speech && event.author == Author::Ours {
            return Ok(Ingested::Ignored);
        }
        let hosted = self.hosted_case(&event).map(|case| (case, event.id.clone(), event.at));
        let ingested = self.take_up(event, door).await?;
        if let Some((case, id, at)) = hosted {
            self.one_goes_on(case, &id, at).await?;
        }
        Ok(ingested)
    }

    /// Finds out where a fact belongs, decides and commits: again, if that has changed meanwhile.
    pub(crate) async fn take_up(&self, mut event: Event, door: Door) -> Result<Ingested, Error> {
        for _ in 0..ATTEMPTS {
            if let Some(fact) = self.merge_as_of_now(&event).await? {
                event.fact = fact;
            }
            let conversation = match self.place_of(&event, door).await? {
                Place::In(conversation) => *conversation,
                Place::Nowhere => return self.keep_unrouted(event).await,
                Place::Unread(source, scope) => return self.poke(source, scope).await,
            };
            let input = Input::Event(event.clone());
            let id = event.id.clone();
            match self.take_in(conversation, input, |change| change.event = Some(id)).await? {
                Commit::Done => return Ok(Ingested::Done),
                Commit::Seen => return self.seen(event).await,
                Commit::Stale | Commit::Lost => {}
            }
        }
        Err(contended())
    }

    /// Decides about a conversation as it was loaded, and commits what follows, once.
    pub(crate) async fn take_in(
        &self,
        mut conversation: Conversation,
        input: Input,
        prepare: impl FnOnce(&mut Change),
    ) -> Result<Commit, Error> {
        let now = self.now();
        let decision = self.decide(&mut conversation, input, now);
        let alarms = decision.alarms.clone();
        let session = conversation.session.id;
        let mut change = decision.into_change(conversation, now);
        prepare(&mut change);
        let committed = self.store.commit(change).await?;
        if committed == Commit::Done {
            self.raise(session, &alarms);
        }
        Ok(committed)
    }

    /// The conversation an event belongs to or opens.
    async fn place_of(&self, event: &Event, door: Door) -> Result<Place, Error> {
        // One look mostly tells: the customer is new, or their one thread has an open session.
        let known = self.store.load(&self.tenant, &event.threads).await?;
        if known.is_empty() {
            return Ok(Place::of(self.opening(event, None)));
        }
        let (customers, threads): (Vec<Thread>, Vec<Thread>) =
            event.threads.iter().cloned().partition(Thread::is_customer);
        let found = match open_on(&threads, &known) {
            Some(open) => vec![open.clone()],
            None if customers.is_empty() => known.clone(),
            None => self.store.load(&self.tenant, &threads).await?,
        };
        // What was merged is told by the feed, with whatever was said after it.
        if door == Door::Told
            && route::may_be_merged(event, &found, &known)
            && let Some((source, scope)) = self.read_instead(event)
        {
            return Ok(Place::Unread(source, scope));
        }
        match route::route(event, found) {
            Route::Resume(conversation) => Ok(Place::In(conversation)),
            Route::Unrouted => Ok(Place::Nowhere),
            Route::New => {
                let before = self.store.load(&self.tenant, &customers).await?;
                Ok(Place::of(self.opening(event, route::newest(before).as_ref())))
            }
        }
    }

    /// Where the conversation of a hosted message can be read.
    fn read_instead(&self, event: &Event) -> Option<(Source, Scope)> {
        let (desk, case) = self.hosted_case(event)?;
        let source = Source::Desk(desk);
        self.feeds.contains_key(&source).then_some((source, Scope::Thread(case)))
    }

    /// Where a hosted message was written.
    fn hosted_case(&self, event: &Event) -> Option<(DeskId, Box<str>)> {
        let (Fact::Message(inbound), Source::Channel(channel)) = (&event.fact, &event.source)
        else {
            return None;
        };
        let case = inbound.hosted.as_ref()?.case.clone();
        Some((self.channels.get(channel)?.policy.desk.clone()?, case))
    }

    /// The session that a customer's message opens; `None` for anything else.
    fn opening(&self, event: &Event, follows: Option<&Conversation>) -> Option<Conversation> {
        let (Fact::Message(inbound), Source::Channel(channel)) = (&event.fact, &event.source)
        else {
            return None;
        };
        let policy = &self.channels.get(channel)?.policy;
        let desk = policy.desk.as_ref().and_then(|desk| self.desks.get(desk));
        let desk = desk.map(|desk| &desk.policy);
        route::open(&self.tenant, policy, desk, event, inbound, follows, self.now())
    }

    /// A feed that shows everybody's rows shows many that belong nowhere; the others are kept.
    pub(crate) async fn keep_unrouted(&self, event: Event) -> Result<Ingested, Error> {
        let feed = self.feeds.get(&event.source);
        let is_foreign = feed.is_some_and(|feed| feed.capabilities().foreign);
        let is_ours = match &event.source {
            Source::Channel(channel) => self.channels.contains_key(channel),
            Source::Desk(desk) => self.desks.contains_key(desk),
        };
        if is_foreign || !is_ours {
            return Ok(Ingested::Ignored);
        }
        let mut change = Change::new(self.tenant.clone(), self.now());
        change.unrouted = Some(event);
        self.store.commit(change).await?;
        Ok(Ingested::Unrouted)
    }

    /// A reply that is seen again with another text was edited since: that is a fact of its own.
    async fn seen(&self, event: Event) -> Result<Ingested, Error> {
        let Fact::Reply(reply) = &event.fact else { return Ok(Ingested::Seen) };
        let Some((session, message)) = self.archive.message_of(&self.tenant, &event.id).await?
        else {
            return Ok(Ingested::Seen);
        };
        if message.text == reply.text {
            return Ok(Ingested::Seen);
        }
        let edited = Event {
            id: event.id.edited(&reply.text),
            threads: vec![Thread::session(session)],
            fact: Fact::Edited { seq: message.seq },
            ..event
        };
        Box::pin(self.ingest_uncounted(edited, Door::Read)).await
    }

    async fn poke(&self, source: Source, scope: Scope) -> Result<Ingested, Error> {
        if !self.feeds.contains_key(&source) {
            return Ok(Ingested::Ignored);
        }
        if let (Scope::Thread(address), Source::Desk(desk)) = (&scope, &source)
            && !self.hosts(desk)
        {
            let thread = Thread::case(desk, address.clone());
            if self.store.load(&self.tenant, &[thread]).await?.is_empty() {
                return Ok(Ingested::Ignored);
            }
        }
        let mut change = Change::new(self.tenant.clone(), self.now());
        change.pokes.push((source, scope));
        self.store.commit(change).await?;
        Ok(Ingested::Poked)
    }

    /// Whether a desk hosts a channel of ours: then a conversation may begin there.
    fn hosts(&self, desk: &DeskId) -> bool {
        let mut channels = self.channels.values().map(|channel| &channel.policy);
        channels.any(|policy| policy.hosted && policy.desk.as_ref() == Some(desk))
    }

    pub(crate) fn raise(&self, session: SessionId, alarms: &[Alarm]) {
        for alarm in alarms {
            tracing::warn!(%session, ?alarm, "alarm");
            metrics::counter!("handover_alarms_total", "alarm" => format!("{alarm:?}"))
                .increment(1);
        }
    }

    /// Decides about a session that is known by id, and commits; `prepare` completes the change.
    pub(crate) async fn decide_for(
        &self,
        first: Option<Conversation>,
        session: SessionId,
        input: &Input,
        prepare: impl Fn(&mut Change),
    ) -> Result<Commit, Error> {
        let mut loaded = first;
        for _ in 0..ATTEMPTS {
            let conversation = match loaded.take() {
                Some(conversation) => Some(conversation),
                None => self.by_id(session).await?,
            };
            let Some(conversation) = conversation else {
                // The session was forgotten: only the job is left to be settled.
                let mut change = Change::new(self.tenant.clone(), self.now());
                prepare(&mut change);
                return self.store.commit(change).await;
            };
            match self.take_in(conversation, input.clone(), &prepare).await? {
                Commit::Stale => {}
                other => return Ok(other),
            }
        }
        Err(contended())
    }

    pub(crate) async fn by_id(&self, session: SessionId) -> Result<Option<Conversation>, Error> {
        let found = self.store.load(&self.tenant, &[Thread::session(session)]).await?;
        Ok(found.into_iter().find(|conversation| conversation.session.id == session))
    }
}

impl Place {
    fn of(opened: Option<Conversation>) -> Self {
        opened.map_or(Self::Nowhere, |conversation| Self::In(Box::new(conversation)))
    }
}

impl Accepted {
    pub(crate) fn add(&mut self, ingested: Ingested) {
        let count = match ingested {
            Ingested::Done => &mut self.done,
            Ingested::Ignored => &mut self.ignored,
            Ingested::Poked => &mut self.pokes,
            Ingested::Seen => &mut self.seen,
            Ingested::Unrouted => &mut self.unrouted,
        };
        *count += 1;
    }
}

impl Ingested {
    fn name(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Ignored => "ignored",
            Self::Poked => "poked",
            Self::Seen => "seen",
            Self::Unrouted => "unrouted",
        }
    }
}

/// The open session on a thread, if there is only one thread to look at.
fn open_on<'a>(threads: &[Thread], found: &'a [Conversation]) -> Option<&'a Conversation> {
    let [thread] = threads else { return None };
    found.iter().find(|c| c.session.is_open() && c.session.reply_thread == *thread)
}

pub(crate) fn contended() -> Error {
    Error::later(ErrorKind::Unavailable, "the conversation changes faster than it can be decided")
}
