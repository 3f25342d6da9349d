//! Conversations: what is read of them, and what is written to them.

use handover_core::error::{Error, ErrorKind};
use http::Method;
use serde_json::{Value, json};

use super::{Client, Content, segment};
use crate::ids::{ConversationId, MessageId, TagId, TeammateId};
use crate::multipart::Attachment;
use crate::problem::{Call, unreadable};
use crate::rows::{Accepted, Comment, Conversation, Event, Message, Page};

/// A conversation as it stands.
#[derive(Clone, Debug)]
pub struct Standing {
    /// The conversation.
    pub conversation: Conversation,
    /// What it is called by now: another id than was asked for, if it was merged.
    pub id: ConversationId,
}

impl Standing {
    /// Whether anything can still be done with it.
    ///
    /// # Errors
    /// [`ErrorKind::Closed`] if it was deleted.
    pub fn is_there(&self) -> Result<(), Error> {
        match self.conversation.status.as_str() {
            "deleted" | "spam" | "trashed" => {
                Err(Error::never(ErrorKind::Closed, "the conversation was deleted"))
            }
            _ => Ok(()),
        }
    }
}

/// A message to send.
#[derive(Clone, Default)]
#[non_exhaustive]
pub struct NewMessage {
    /// Its text: HTML for a mail, else plain.
    pub body: String,
    /// A mail's text, plain.
    pub text: Option<String>,
    /// Who says it; the token's owner if nobody is named.
    pub author: Option<TeammateId>,
    /// Whom it goes to; if nobody is named, whomever Front would answer in the conversation.
    pub to: Vec<String>,
    /// What goes with it: 25 MB together.
    pub attachments: Vec<Attachment>,
}

/// Front took a message to send: it is not sent yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answered {
    /// What Front calls the message until it is sent.
    pub message_uid: Box<str>,
}

impl NewMessage {
    /// A plain text in the name of `author`.
    pub fn new(author: TeammateId, body: impl Into<String>) -> Self {
        Self { body: body.into(), author: Some(author), ..Self::default() }
    }
}

impl std::fmt::Debug for NewMessage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NewMessage").field("author", &self.author).finish_non_exhaustive()
    }
}

impl Client {
    /// A conversation, wherever it was merged to.
    ///
    /// # Errors
    /// Any [`Error`] of a read.
    pub async fn conversation(&self, id: &ConversationId) -> Result<Standing, Error> {
        let path = format!("/conversations/{id}");
        let answer = self.done(Method::GET, &path, Content::Nothing, Call::Repeatable).await?;
        let conversation: Conversation = answer.json(Call::Repeatable)?;
        let told = ConversationId::new(&conversation.id).ok();
        let id = told.or(answer.merged).unwrap_or_else(|| id.clone());
        Ok(Standing { conversation, id })
    }

    /// Sends a message in a conversation. The conversation stays open.
    ///
    /// # Errors
    /// [`Retry::Unsure`](handover_core::error::Retry::Unsure) when Front may have taken it.
    ///
    /// # Cancel safety
    /// Dropped, it may be sent.
    ///
    /// # Idempotency
    /// None: twice is two messages.
    pub async fn reply(
        &self,
        to: &ConversationId,
        message: &NewMessage,
    ) -> Result<Answered, Error> {
        let mut fields = json!({ "body": message.body, "options": { "archive": false } });
        if let Some(text) = &message.text {
            fields["text"] = Value::from(text.as_str());
        }
        if !message.to.is_empty() {
            fields["to"] = json!(message.to);
        }
        if let Some(author) = &message.author {
            fields["author_id"] = Value::from(author.as_str());
        }
        let content = match message.attachments.as_slice() {
            [] => Content::Json(fields),
            files => Content::WithFiles(fields, files),
        };
        let path = format!("/conversations/{to}/messages");
        let answer = self.done(Method::POST, &path, content, Call::Once).await?;
        let accepted: Accepted = answer.json(Call::Once)?;
        let uid = accepted.message_uid.filter(|uid| !uid.is_empty());
        let message_uid = uid.ok_or_else(|| unreadable(Call::Once))?.into();
        Ok(Answered { message_uid })
    }

    /// The message that was taken under `uid`, once Front has made one of it.
    ///
    /// # Errors
    /// Any [`Error`] of a read, but not that there is none yet.
    pub async fn sent(&self, uid: &str) -> Result<Option<Message>, Error> {
        found(self.read(&format!("/messages/alt:uid:{}", segment(uid))).await)
    }

    /// A message.
    ///
    /// # Errors
    /// Any [`Error`] of a read, but not that it does not exist.
    pub async fn message(&self, id: &MessageId) -> Result<Option<Message>, Error> {
        found(self.read(&format!("/messages/{id}")).await)
    }

    /// The newest messages of a conversation, newest first: at most `most`, a hundred a call.
    ///
    /// # Errors
    /// Any [`Error`] of a read; [`ErrorKind::Protocol`] if the pages leave Front's hosts.
    pub async fn messages(&self, of: &ConversationId, most: usize) -> Result<Vec<Message>, Error> {
        let size = most.clamp(1, 100);
        self.list(&format!("/conversations/{of}/messages?limit={size}"), most).await
    }

    /// The newest events of a conversation, newest first.
    ///
    /// # Errors
    /// Any [`Error`] of a read; [`ErrorKind::Protocol`] if the pages leave Front's hosts.
    pub async fn history(&self, of: &ConversationId, most: usize) -> Result<Vec<Event>, Error> {
        self.list(&format!("/conversations/{of}/events?limit={}", most.clamp(1, 15)), most).await
    }

    /// All comments on a conversation.
    ///
    /// # Errors
    /// Any [`Error`] of a read.
    pub async fn comments(&self, of: &ConversationId) -> Result<Vec<Comment>, Error> {
        self.list(&format!("/conversations/{of}/comments"), 5_000).await
    }

    /// Writes a comment, for the people at the desk. The body is Markdown. Says where the
    /// conversation is by now, if it was merged into another.
    ///
    /// # Errors
    /// [`Retry::Unsure`](handover_core::error::Retry::Unsure) when it may stand there.
    ///
    /// # Cancel safety
    /// Dropped, it may stand there.
    ///
    /// # Idempotency
    /// None: twice is two comments.
    pub async fn comment(
        &self,
        on: &ConversationId,
        author: &TeammateId,
        body: &str,
    ) -> Result<Option<ConversationId>, Error> {
        let content = Content::Json(json!({ "author_id": author.as_str(), "body": body }));
        let path = format!("/conversations/{on}/comments");
        let answer = self.done(Method::POST, &path, content, Call::Once).await?;
        let written: Comment = answer.json(Call::Once)?;
        if written.id.is_empty() { Err(unreadable(Call::Once)) } else { Ok(answer.merged) }
    }

    /// Gives a conversation to a teammate, or to nobody.
    ///
    /// # Errors
    /// Any [`Error`]; it may always be tried again.
    ///
    /// # Idempotency
    /// Twice is once.
    pub async fn assign(
        &self,
        conversation: &ConversationId,
        to: Option<&TeammateId>,
    ) -> Result<(), Error> {
        let content = Content::Json(json!({ "assignee_id": to.map(TeammateId::as_str) }));
        let path = format!("/conversations/{conversation}/assignee");
        self.done(Method::PUT, &path, content, Call::Repeatable).await.map(drop)
    }

    /// Archives a conversation.
    ///
    /// # Errors
    /// Any [`Error`]; it may always be tried again.
    ///
    /// # Idempotency
    /// Twice is once.
    pub async fn archive(&self, conversation: &ConversationId) -> Result<(), Error> {
        let content = Content::Json(json!({ "status": "archived" }));
        let path = format!("/conversations/{conversation}");
        self.done(Method::PATCH, &path, content, Call::Repeatable).await.map(drop)
    }

    /// Opens an archived conversation again.
    ///
    /// # Errors
    /// Any [`Error`]; it may always be tried again.
    ///
    /// # Idempotency
    /// Twice is once.
    pub async fn reopen(&self, conversation: &ConversationId) -> Result<(), Error> {
        let content = Content::Json(json!({ "status": "open" }));
        let path = format!("/conversations/{conversation}");
        self.done(Method::PATCH, &path, content, Call::Repeatable).await.map(drop)
    }

    /// Adds tags to a conversation. Those it has stay.
    ///
    /// # Errors
    /// Any [`Error`]; it may always be tried again.
    ///
    /// # Idempotency
    /// Twice is once.
    pub async fn tag(&self, conversation: &ConversationId, tags: &[TagId]) -> Result<(), Error> {
        let tags: Vec<&str> = tags.iter().map(TagId::as_str).collect();
        let content = Content::Json(json!({ "tag_ids": tags }));
        let path = format!("/conversations/{conversation}/tags");
        self.done(Method::POST, &path, content, Call::Repeatable).await.map(drop)
    }

    /// A list, page by page, while the pages are Front's and each is another.
    pub(crate) async fn list<T>(&self, path: &str, most: usize) -> Result<Vec<T>, Error>
    where
        T: serde::de::DeserializeOwned,
    {
        let mut rows = Vec::new();
        let mut seen = Vec::new();
        let mut next = Some(path.to_owned());
        while let Some(path) = next.take() {
            let page: Page<T> = self.read(&path).await?;
            rows.extend(page.results);
            seen.push(path);
            if rows.len() >= most {
                break;
            }
            next = self.next_page(page.pagination.next.as_deref())?;
            if next.as_ref().is_some_and(|next| seen.contains(next)) || seen.len() > MAX_PAGES {
                return Err(Error::never(ErrorKind::Protocol, "the list's pages run in a circle"));
            }
        }
        rows.truncate(most);
        Ok(rows)
    }

    /// The path of the next page. It is asked for at the host that is ours to ask, whichever of
    /// Front's the link names.
    pub(crate) fn next_page(&self, next: Option<&str>) -> Result<Option<String>, Error> {
        let Some(next) = next.filter(|next| !next.is_empty()) else { return Ok(None) };
        let url = self.hosts().check(next);
        let url = url.ok_or_else(|| {
            Error::never(ErrorKind::Protocol, "the next page is not on one of Front's hosts")
        })?;
        let query = url.query().map(|query| format!("?{query}")).unwrap_or_default();
        Ok(Some(format!("{}{query}", url.path())))
    }
}

/// What was read, or nothing if there is no such thing.
pub(super) fn found<T>(read: Result<T, Error>) -> Result<Option<T>, Error> {
    match read {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        read => read.map(Some),
    }
}

/// Whether a refusal says that the thing exists.
pub(super) fn is_conflict(error: &Error) -> bool {
    error.code() == Some(CONFLICT)
}

const CONFLICT: &str = "http-409";
pub(super) const MAX_PAGES: usize = 100;
