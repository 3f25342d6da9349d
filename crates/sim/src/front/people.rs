//! What customers and teammates do.

use chrono::{DateTime, Utc};

use super::data::{Attachment, Channel, Direction, Source, Status};
use super::desk::Written;
use super::{Front, State};

impl Front {
    /// A customer texts the first number of the company. Says which conversation it is in.
    ///
    /// # Panics
    ///
    /// When the company has no number.
    pub fn customer_texts(
        &self,
        from: &str,
        body: &str,
        files: &[Attachment],
        now: DateTime<Utc>,
    ) -> String {
        let channel = self.first("sms");
        self.customer_writes(&channel, from, body, files, now)
    }

    /// A customer mails the first address of the company. Mails of one sender and subject are one
    /// conversation, `Re:` or not. Says which.
    ///
    /// # Panics
    ///
    /// When the company has no address.
    pub fn customer_mails(
        &self,
        from: &str,
        subject: &str,
        html: &str,
        files: &[Attachment],
        now: DateTime<Utc>,
    ) -> String {
        let id = self.first("email");
        self.with(|state| {
            let channel = state.must_channel(&id);
            let base = subject.trim_start_matches("Re: ");
            let key = format!("{from}\n{base}");
            state
                .receive(
                    &channel,
                    &key,
                    inbound(&channel, from, Some(subject), html, files, now),
                    now,
                )
                .0
        })
    }

    /// A customer writes on any channel, where all messages of one handle are one conversation.
    /// Says which.
    ///
    /// # Panics
    ///
    /// When there is no such channel.
    pub fn customer_writes(
        &self,
        channel: &str,
        from: &str,
        body: &str,
        files: &[Attachment],
        now: DateTime<Utc>,
    ) -> String {
        self.with(|state| {
            let channel = state.must_channel(channel);
            state.receive(&channel, from, inbound(&channel, from, None, body, files, now), now).0
        })
    }

    /// A teammate answers the customer. Says which message it is.
    ///
    /// # Panics
    ///
    /// This and all that follow: when there is no such conversation.
    pub fn teammate_replies(
        &self,
        conversation: &str,
        teammate: &str,
        body: &str,
        now: DateTime<Utc>,
    ) -> String {
        self.with(|state| {
            let index = state.compose(conversation, teammate, body, now);
            state.dispatch(index, Source::Teammate(teammate.to_owned()), now);
            state.messages[index].id.clone()
        })
    }

    /// A teammate begins an answer and does not send it.
    pub fn teammate_drafts(
        &self,
        conversation: &str,
        teammate: &str,
        body: &str,
        now: DateTime<Utc>,
    ) -> String {
        self.with(|state| {
            let index = state.compose(conversation, teammate, body, now);
            state.messages[index].draft = true;
            state.messages[index].processed = Some(now);
            state.messages[index].id.clone()
        })
    }

    /// A teammate comments. Says which comment it is.
    pub fn teammate_comments(
        &self,
        conversation: &str,
        teammate: &str,
        body: &str,
        now: DateTime<Utc>,
    ) -> String {
        self.with(|state| {
            let id = state.must(conversation);
            let source = Source::Teammate(teammate.to_owned());
            let index = state.comment(&id, Some(teammate), body, &[], source, now);
            state.comments[index].id.clone()
        })
    }

    /// A teammate assigns the conversation to somebody or to nobody.
    pub fn teammate_assigns(
        &self,
        conversation: &str,
        teammate: &str,
        to: Option<&str>,
        now: DateTime<Utc>,
    ) {
        self.by(conversation, teammate, |state, id, by| state.assign(id, to, by, now));
    }

    /// A rule assigns the conversation to somebody or to nobody.
    pub fn rule_assigns(&self, conversation: &str, to: Option<&str>, now: DateTime<Utc>) {
        self.by(conversation, "", |state, id, _| state.assign(id, to, Source::Rule, now));
    }

    /// A teammate archives the conversation.
    pub fn teammate_archives(&self, conversation: &str, teammate: &str, now: DateTime<Utc>) {
        self.files(conversation, teammate, Status::Archived, now);
    }

    /// A teammate reopens the conversation.
    pub fn teammate_reopens(&self, conversation: &str, teammate: &str, now: DateTime<Utc>) {
        self.files(conversation, teammate, Status::Open, now);
    }

    /// A teammate puts the conversation into the trash.
    pub fn teammate_deletes(&self, conversation: &str, teammate: &str, now: DateTime<Utc>) {
        self.files(conversation, teammate, Status::Deleted, now);
    }

    /// A teammate tags the conversation; a tag of that name is made when there is none.
    pub fn teammate_tags(
        &self,
        conversation: &str,
        teammate: &str,
        name: &str,
        now: DateTime<Utc>,
    ) {
        self.by(conversation, teammate, |state, id, by| {
            let tag = state.tag_named(name);
            state.tag(id, &tag, by, now);
        });
    }

    /// A teammate takes a tag away.
    pub fn teammate_untags(
        &self,
        conversation: &str,
        teammate: &str,
        name: &str,
        now: DateTime<Utc>,
    ) {
        self.by(conversation, teammate, |state, id, by| {
            let tag = state.tag_named(name);
            state.untag(id, &tag, by, now);
        });
    }

    /// A teammate moves the conversation to another inbox.
    pub fn teammate_moves(
        &self,
        conversation: &str,
        teammate: &str,
        inbox: &str,
        now: DateTime<Utc>,
    ) {
        self.by(conversation, teammate, |state, id, by| state.relocate(id, inbox, by, now));
    }

    /// A teammate merges a conversation into another: from then on it answers 301.
    pub fn teammate_merges(&self, from: &str, into: &str, teammate: &str, now: DateTime<Utc>) {
        self.by(from, teammate, |state, from, by| {
            let into = state.must(into);
            assert_ne!(from, into, "a conversation cannot be merged into itself");
            state.merge(from, &into, by, now);
        });
    }

    /// A teammate begins a discussion, which no customer is part of. Says which it is.
    pub fn teammate_discusses(
        &self,
        inbox: &str,
        teammate: &str,
        body: &str,
        now: DateTime<Utc>,
    ) -> String {
        self.with(|state| {
            let id = state.begin(inbox, None, "", "Discussion", now);
            let source = Source::Teammate(teammate.to_owned());
            state.comment(&id, Some(teammate), body, &[], source, now);
            id
        })
    }

    fn files(&self, conversation: &str, teammate: &str, status: Status, now: DateTime<Utc>) {
        self.by(conversation, teammate, |state, id, by| state.file(id, status, by, now));
    }

    fn by(&self, conversation: &str, teammate: &str, act: impl FnOnce(&mut State, &str, Source)) {
        self.with(|state| {
            let id = state.must(conversation);
            act(state, &id, Source::Teammate(teammate.to_owned()));
        });
    }

    fn first(&self, messages: &str) -> String {
        let state = self.state();
        let channel = state.config.channels.iter().find(|channel| channel.messages() == messages);
        let Some(channel) = channel else { panic!("no channel takes {messages}") };
        channel.id.clone()
    }
}

impl State {
    /// The conversation of this name, or what it has become by merging.
    pub(crate) fn must(&self, id: &str) -> String {
        match self.root(id) {
            Some(conversation) => conversation.id.clone(),
            None => panic!("no conversation is called {id:?}"),
        }
    }

    fn must_channel(&self, id: &str) -> Channel {
        match self.channel(id) {
            Some(channel) => channel.clone(),
            None => panic!("no channel is called {id:?}"),
        }
    }

    fn compose(
        &mut self,
        conversation: &str,
        teammate: &str,
        body: &str,
        now: DateTime<Utc>,
    ) -> usize {
        let id = self.must(conversation);
        let held = self.conversation(&id);
        let to = held.map(|held| held.recipient.clone()).unwrap_or_default();
        let subject = held.map(|held| held.subject.clone()).filter(|subject| !subject.is_empty());
        let channel = held.and_then(|held| self.channel(held.channel.as_deref()?)).cloned();
        let kind = channel.as_ref().map_or("internal", Channel::messages);
        self.write(Written {
            conversation: &id,
            direction: Direction::Outbound,
            kind,
            author: Some(teammate),
            from: channel.as_ref().map_or("", |channel| &channel.address),
            to: vec![to],
            subject: subject.as_deref(),
            body,
            files: &[],
            external: None,
            created: now,
        })
    }
}

fn inbound<'a>(
    channel: &'a Channel,
    from: &'a str,
    subject: Option<&'a str>,
    body: &'a str,
    files: &'a [Attachment],
    now: DateTime<Utc>,
) -> Written<'a> {
    Written {
        conversation: "",
        direction: Direction::Inbound,
        kind: channel.messages(),
        author: None,
        from,
        to: vec![channel.address.clone()],
        subject,
        body,
        files,
        external: None,
        created: now,
    }
}
