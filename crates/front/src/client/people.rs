//! The company, its people, inboxes, tags and contacts.

use handover_core::error::Error;
use http::Method;
use serde_json::json;

use super::conversations::{found, is_conflict};
use super::{Client, Content, segment};
use crate::ids::{ChannelId, ConversationId, InboxId, TagId, TeammateId};
use crate::problem::Call;
use crate::rows::{Channel, Company, Contact, Inbox, Tag, Teammate};

impl Client {
    /// Whose token it is.
    ///
    /// # Errors
    /// Any [`Error`] of a read.
    pub async fn me(&self) -> Result<Company, Error> {
        self.read("/me").await
    }

    /// A teammate.
    ///
    /// # Errors
    /// Any [`Error`] of a read, but not that there is none.
    pub async fn teammate(&self, id: &TeammateId) -> Result<Option<Teammate>, Error> {
        found(self.read(&format!("/teammates/{id}")).await)
    }

    /// The inboxes that the token sees.
    ///
    /// # Errors
    /// Any [`Error`] of a read.
    pub async fn inboxes(&self) -> Result<Vec<Inbox>, Error> {
        self.list("/inboxes", 5_000).await
    }

    /// The inboxes that a conversation is in.
    ///
    /// # Errors
    /// Any [`Error`] of a read.
    pub async fn inboxes_of(&self, conversation: &ConversationId) -> Result<Vec<InboxId>, Error> {
        let inboxes: Vec<Inbox> =
            self.list(&format!("/conversations/{conversation}/inboxes"), 100).await?;
        Ok(inboxes.iter().filter_map(|inbox| InboxId::new(&inbox.id).ok()).collect())
    }

    /// The channels of an inbox.
    ///
    /// # Errors
    /// Any [`Error`] of a read.
    pub async fn channels(&self, of: &InboxId) -> Result<Vec<Channel>, Error> {
        self.list(&format!("/inboxes/{of}/channels"), 1_000).await
    }

    /// A channel.
    ///
    /// # Errors
    /// Any [`Error`] of a read, but not that there is none.
    pub async fn channel(&self, id: &ChannelId) -> Result<Option<Channel>, Error> {
        found(self.read(&format!("/channels/{id}")).await)
    }

    /// The tags that the token sees.
    ///
    /// # Errors
    /// Any [`Error`] of a read.
    pub async fn tags(&self) -> Result<Vec<Tag>, Error> {
        self.list("/tags?limit=100", 5_000).await
    }

    /// Makes a tag.
    ///
    /// # Errors
    /// Any [`Error`]; one with code `http-409` if there is one of this name already.
    ///
    /// # Cancel safety
    /// Dropped, the tag may have been made; the list tells.
    pub async fn create_tag(&self, name: &str) -> Result<Tag, Error> {
        let content = Content::Json(json!({ "name": name }));
        // A name makes one tag only, so trying again finds it.
        let answer = self.done(Method::POST, "/tags", content, Call::Repeatable).await?;
        answer.json(Call::Repeatable)
    }

    /// The tag called `name`, made if it is missing.
    ///
    /// # Errors
    /// Any [`Error`]; it may always be tried again.
    pub async fn tag_named(&self, name: &str, known: &[Tag]) -> Result<Option<TagId>, Error> {
        let named = |tags: &[Tag]| {
            let same = |tag: &&Tag| tag.name.trim().to_lowercase() == name.to_lowercase();
            tags.iter().find(same).and_then(|tag| TagId::new(&tag.id).ok())
        };
        if let Some(tag) = named(known) {
            return Ok(Some(tag));
        }
        match self.create_tag(name).await {
            Ok(tag) => Ok(TagId::new(&tag.id).ok()),
            Err(error) if is_conflict(&error) => Ok(named(&self.tags().await?)),
            Err(error) => Err(error),
        }
    }

    /// The contact that has an address: `source` is `phone` (with E.164), `email`, …
    ///
    /// # Errors
    /// Any [`Error`] of a read, but not that there is none.
    pub async fn contact(&self, source: &str, handle: &str) -> Result<Option<Contact>, Error> {
        found(self.read(&format!("/contacts/alt:{source}:{}", segment(handle))).await)
    }

    /// Makes a contact with one address and perhaps a name, or reads the one that has it.
    ///
    /// # Errors
    /// Any [`Error`]; it may always be tried again.
    ///
    /// # Idempotency
    /// An address belongs to one contact only: twice is once.
    pub async fn create_contact(
        &self,
        source: &str,
        handle: &str,
        name: Option<&str>,
    ) -> Result<Contact, Error> {
        let mut fields = json!({ "handles": [{ "handle": handle, "source": source }] });
        if let Some(name) = name {
            fields["name"] = json!(name);
        }
        let content = Content::Json(fields);
        let made = self.done(Method::POST, "/contacts", content, Call::Repeatable).await;
        match made {
            Ok(answer) => answer.json(Call::Repeatable),
            Err(error) if is_conflict(&error) => self.contact(source, handle).await?.ok_or(error),
            Err(error) => Err(error),
        }
    }
}
