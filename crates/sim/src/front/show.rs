//! What the API shows of each thing.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::State;
use super::data::{
    Attachment, Channel, Comment, Contact, Conversation, Direction, Inbox, Message, Tag, Teammate,
};
use crate::shown::with;

/// Epoch seconds with milliseconds.
pub(crate) fn seconds(at: DateTime<Utc>) -> f64 {
    at.timestamp_millis() as f64 / 1000.0
}

impl State {
    pub(crate) fn link(&self, path: &str) -> String {
        format!("{}/{path}", self.config.api_url)
    }

    pub(crate) fn show_conversation_by(&self, id: &str) -> Value {
        self.conversation(id)
            .map_or(Value::Null, |conversation| self.show_conversation(conversation))
    }

    pub(crate) fn show_conversation(&self, conversation: &Conversation) -> Value {
        let at = format!("conversations/{}", conversation.id);
        let related = |what: &str| self.link(&format!("{at}/{what}"));
        let recipient = (!conversation.recipient.is_empty())
            .then(|| self.show_recipient(&conversation.recipient, "from"));
        let tags: Vec<Value> = conversation.tags.iter().map(|id| self.show_tag_by(id)).collect();
        let assignee = conversation.assignee.as_deref().map(|id| self.show_teammate_by(id));
        let shown = json!({
            "_links": {"self": self.link(&at), "related": {
                "events": related("events"), "followers": related("followers"),
                "messages": related("messages"), "comments": related("comments"),
                "inboxes": related("inboxes"), "drafts": related("drafts"),
                "last_message": related("messages?limit=1"),
            }},
            "id": conversation.id,
            "type": if conversation.channel.is_some() { "conversation" } else { "discussion" },
            "subject": conversation.subject,
            "status": conversation.shown_status(),
            "links": [],
            "custom_fields": conversation.fields,
            "created_at": seconds(conversation.created),
            "is_private": false,
            "scheduled_reminders": [],
            "metadata": {},
        });
        let people = [("assignee", assignee.into()), ("recipient", recipient.into())];
        with(with(shown, people), [("tags", tags.into())])
    }

    pub(crate) fn show_message(&self, message: &Message, now: DateTime<Utc>) -> Value {
        let from = self.show_recipient(&message.from, "from");
        let to = message.to.iter().map(|handle| self.show_recipient(handle, "to"));
        let recipients: Vec<Value> = std::iter::once(from).chain(to).collect();
        let plain = match message.kind.as_str() {
            "email" => strip(&message.body),
            _ => message.body.clone(),
        };
        let inbound = message.direction == Direction::Inbound;
        let body = if self.config.html_texts && message.kind != "email" {
            escape(&message.body)
        } else {
            message.body.clone()
        };
        let author = message.author.as_deref().map(|id| self.show_teammate_by(id));
        let files: Vec<Value> =
            message.attachments.iter().map(|file| self.show_file(file)).collect();
        let shown = json!({
            "_links": {"self": self.link(&format!("messages/{}", message.id)), "related": {
                "conversation": self.link(&format!("conversations/{}", message.conversation)),
                "message_replied_to": self.replied_to(message),
            }},
            "id": message.id,
            "type": message.kind,
            "is_inbound": inbound,
            "created_at": seconds(message.created),
            "blurb": plain.chars().take(100).collect::<String>(),
            "body": body,
            "text": (message.kind == "email" || !self.config.null_texts).then_some(plain.as_str()),
            "error_type": message.error(now),
            "version": message.draft.then_some("1"),
            "subject": message.subject,
            "draft_mode": message.draft.then_some("shared"),
            "metadata": {},
            "signature": null,
            "is_draft": message.draft,
        });
        let people = [("author", author.into()), ("recipients", recipients.into())];
        let mut shown = with(with(shown, people), [("attachments", files.into())]);
        if self.config.message_uids {
            shown["message_uid"] = json!(message.uid);
        }
        shown
    }

    /// A message as the partner sees it whose channel it is on.
    pub(crate) fn show_to_partner(&self, message: &Message, now: DateTime<Utc>) -> Value {
        let mut shown = self.show_message(message, now);
        if let Some(id) = &message.external_id {
            shown["metadata"] = json!({"external_id": id});
        }
        shown
    }

    pub(crate) fn show_comment(&self, comment: &Comment) -> Value {
        let conversation = format!("conversations/{}", comment.conversation);
        json!({
            "_links": {"self": self.link(&format!("comments/{}", comment.id)), "related": {
                "conversation": self.link(&conversation),
                "mentions": self.link(&format!("comments/{}/mentions", comment.id)),
            }},
            "id": comment.id,
            "author": comment.author.as_deref().map(|id| self.show_teammate_by(id)),
            "body": comment.body,
            "posted_at": seconds(comment.created),
            "is_pinned": false,
            "attachments": comment.attachments.iter()
                .map(|file| self.show_file(file)).collect::<Vec<_>>(),
        })
    }

    pub(crate) fn show_contact(&self, contact: &Contact) -> Value {
        let handles: Vec<Value> = contact
            .handles
            .iter()
            .map(|(source, handle)| json!({"source": source, "handle": handle}))
            .collect();
        let mut shown = json!({
            "_links": {"self": self.link(&format!("contacts/{}", contact.id)), "related": {
                "conversations": self.link(&format!("contacts/{}/conversations", contact.id)),
                "notes": self.link(&format!("contacts/{}/notes", contact.id)),
            }},
            "id": contact.id, "name": contact.name, "description": "", "avatar_url": null,
            "links": [], "handles": handles, "groups": [], "lists": [], "custom_fields": {},
            "is_private": false,
        });
        for (name, value) in &contact.more {
            shown[name] = value.clone();
        }
        shown
    }

    pub(crate) fn show_teammate_by(&self, id: &str) -> Value {
        let teammate = self.config.teammates.iter().find(|teammate| teammate.id == id);
        teammate.map_or(Value::Null, |teammate| self.show_teammate(teammate))
    }

    pub(crate) fn show_teammate(&self, teammate: &Teammate) -> Value {
        let name = &teammate.name;
        let (first, last) = name.split_once(' ').unwrap_or((name, ""));
        json!({
            "_links": {"self": self.link(&format!("teammates/{}", teammate.id)), "related": {
                "inboxes": self.link(&format!("teammates/{}/inboxes", teammate.id)),
                "conversations": self.link(&format!("teammates/{}/conversations", teammate.id)),
            }},
            "id": teammate.id, "email": teammate.email, "type": teammate.kind,
            "username": teammate.email.split('@').next(),
            "first_name": first, "last_name": last,
            "is_admin": false, "is_available": true, "is_blocked": false, "custom_fields": {},
        })
    }

    pub(crate) fn show_inbox_by(&self, id: &str) -> Value {
        let inbox = self.config.inboxes.iter().find(|inbox| inbox.id == id);
        inbox.map_or(Value::Null, |inbox| self.show_inbox(inbox))
    }

    pub(crate) fn show_inbox(&self, inbox: &Inbox) -> Value {
        let channel = self.config.channels.iter().find(|channel| channel.inbox == inbox.id);
        let address = channel.map(|channel| channel.address.as_str());
        json!({
            "_links": {"self": self.link(&format!("inboxes/{}", inbox.id)), "related": {
                "channels": self.link(&format!("inboxes/{}/channels", inbox.id)),
                "teammates": self.link(&format!("inboxes/{}/teammates", inbox.id)),
                "conversations": self.link(&format!("inboxes/{}/conversations", inbox.id)),
            }},
            "id": inbox.id, "name": inbox.name, "is_private": false, "is_public": true,
            "type": channel.map(|channel| channel.kind.as_str()),
            "address": address, "send_as": address, "custom_fields": {},
        })
    }

    pub(crate) fn show_channel(&self, channel: &Channel) -> Value {
        json!({
            "_links": {"self": self.link(&format!("channels/{}", channel.id)), "related": {
                "inbox": self.link(&format!("inboxes/{}", channel.inbox)),
            }},
            "id": channel.id, "type": channel.kind, "name": channel.address,
            "address": channel.address, "send_as": channel.address, "is_private": false,
            "is_valid": channel.connected && channel.status == "ok", "settings": {},
        })
    }

    pub(crate) fn show_tag_by(&self, id: &str) -> Value {
        self.tags.iter().find(|tag| tag.id == id).map_or(Value::Null, |tag| self.show_tag(tag))
    }

    pub(crate) fn show_tag(&self, tag: &Tag) -> Value {
        json!({
            "_links": {"self": self.link(&format!("tags/{}", tag.id)), "related": {
                "conversations": self.link(&format!("tags/{}/conversations", tag.id)),
            }},
            "id": tag.id, "name": tag.name, "description": null, "highlight": null,
            "is_private": false, "is_visible_in_conversation_lists": true,
        })
    }

    fn show_file(&self, file: &Attachment) -> Value {
        json!({
            "id": file.id, "filename": file.name, "content_type": file.kind,
            "url": self.link(&format!("download/{}", file.id)),
            "size": file.content.len(), "metadata": {"is_inline": false},
        })
    }

    fn show_recipient(&self, handle: &str, role: &str) -> Value {
        let contact = self.contacts.iter().find(|contact| contact.has(handle));
        json!({
            "_links": {"related": {"contact": contact
                .map(|contact| self.link(&format!("contacts/{}", contact.id)))}},
            "name": contact.and_then(|contact| contact.name.as_deref()),
            "handle": handle, "role": role,
        })
    }

    fn replied_to(&self, message: &Message) -> Option<String> {
        if !message.replies {
            return None;
        }
        let before = self.messages[..message.index].iter().rev();
        let mut inbound = before.filter(|earlier| {
            earlier.direction == Direction::Inbound && earlier.conversation == message.conversation
        });
        Some(self.link(&format!("messages/{}", inbound.next()?.id)))
    }
}

impl Contact {
    pub(crate) fn has(&self, handle: &str) -> bool {
        self.handles.iter().any(|(_, own)| own == handle)
    }
}

fn escape(text: &str) -> String {
    let text = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    text.replace('\n', "<br>")
}

/// HTML without its tags: rough, as a preview is.
fn strip(html: &str) -> String {
    let mut text = String::new();
    let mut inside = false;
    for char in html.chars() {
        match char {
            '<' => inside = true,
            '>' => inside = false,
            char if !inside => text.push(char),
            _ => {}
        }
    }
    text.replace("&lt;", "<").replace("&gt;", ">").replace("&nbsp;", " ").replace("&amp;", "&")
}
