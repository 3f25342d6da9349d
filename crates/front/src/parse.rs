//! What Front's events say. Pure.
//!
//! Source: dev.frontapp.com, events and /docs/application-webhooks; Front's core API specification.
//! Digest of 2026-11-20.

mod content;
mod message;

use chrono::{DateTime, Utc};
use handover_core::desk::CaseStatus;
use handover_core::event::{Author, Event, Fact, Holder, Source};
use handover_core::id::EventId;
use handover_core::thread::Thread;

use crate::config::DeskConfig;
use crate::ids::{ConversationId, InboxId, MessageId};
use crate::partner;
use crate::rows::{self, Conversation, Inbox, Teammate};

pub(crate) use content::{files, name_of, text};
pub(crate) use message::{Told, facts};

#[cfg(test)]
mod tests;

/// What an event says.
#[derive(Debug)]
pub(crate) enum Said {
    /// Facts.
    Facts(Vec<Event>),
    /// Nothing of concern.
    Nothing,
    /// That something is there to be read.
    Preview {
        conversation: ConversationId,
        message: Option<MessageId>,
        /// Whether it may be a conversation that we do not know yet.
        is_news: bool,
    },
}

/// Reads an event. The same event says the same, whichever door it came by.
pub(crate) fn read(config: &DeskConfig, row: &rows::Event, now: DateTime<Utc>) -> Said {
    let Some(conversation) = &row.conversation else { return Said::Nothing };
    let Ok(id) = ConversationId::new(&conversation.id) else { return Said::Nothing };
    let state = |fact: Fact| fact_of(config, row, &id, fact, now);
    match row.kind.as_str() {
        "inbound" | "outbound" | "out_reply" | "sending_error" | "message_bounce_error" => {
            said(config, row, conversation, &id, now)
        }
        "archive" => state(Fact::CaseStatus(CaseStatus::Resolved)),
        "conversations_merged" => merged(config, row, &id, now),
        "reopen" | "restore" => state(Fact::CaseStatus(CaseStatus::Open)),
        "trash" => state(Fact::CaseStatus(CaseStatus::Final)),
        "assign" | "unassign" => match owner(config, row, conversation) {
            Some(holder) => state(Fact::Assigned { holder, owner: None }),
            None => Said::Preview { conversation: id, message: None, is_news: false },
        },
        "move" => match moved_away(config, row) {
            true => {
                let holder = left_behind(config, conversation);
                state(Fact::Assigned { holder, owner: None })
            }
            false => Said::Nothing,
        },
        _ => Said::Nothing,
    }
}

/// One fact for each conversation that was put into this one, under each of its names.
///
/// Source: Front's core API specification, events: the target holds the ids that are gone. Digest of
/// 2026-11-20.
fn merged(
    config: &DeskConfig,
    row: &rows::Event,
    into: &ConversationId,
    now: DateTime<Utc>,
) -> Said {
    let assignee = row.conversation.as_ref().and_then(|held| held.assignee.as_ref());
    let holder = assignee.map(|assignee| held_by(config, Some(assignee)));
    let target = row.target.as_ref().filter(|part| part.meta.kind == "deleted_conversation_ids");
    let gone = target.map(gone).unwrap_or_default();
    let facts = gone.iter().filter(|gone| *gone != into).flat_map(|gone| {
        let name = |conversation: &ConversationId, n: usize| match n {
            0 => Box::from(conversation.as_str()),
            _ => partner::alias(conversation),
        };
        let names = names(config, gone).into_iter().enumerate();
        names.filter_map(move |(n, thread)| {
            let fact = Fact::Merged { into: name(into, n), holder, taken: false };
            let Said::Facts(facts) = fact_of(config, row, gone, fact, now) else { return None };
            let mut event = facts.into_iter().next()?;
            event.id =
                EventId::new(config.desk.as_str(), format_args!("{}.{}", row.id, thread.address));
            event.threads = vec![thread];
            Some(event)
        })
    });
    match facts.collect::<Vec<_>>() {
        facts if facts.is_empty() => Said::Nothing,
        facts => Said::Facts(facts),
    }
}

/// The ids of conversations in a part, bare or as rows.
fn gone(part: &rows::Part) -> Vec<ConversationId> {
    let one = std::slice::from_ref(&part.data);
    let rows = part.data.as_array().map_or(one, Vec::as_slice);
    let id = |row: &serde_json::Value| {
        let id = row.as_str().or_else(|| row.get("id")?.as_str())?;
        ConversationId::new(id).ok()
    };
    rows.iter().filter_map(id).collect()
}

/// Who may speak in a conversation that a customer writes in, by the desk's own rules.
pub(crate) fn holder(config: &DeskConfig, assignee: Option<&Teammate>) -> Holder {
    match assignee {
        None if config.handle_unassigned => Holder::Assistant,
        assignee => held_by(config, assignee),
    }
}

fn held_by(config: &DeskConfig, assignee: Option<&Teammate>) -> Holder {
    match assignee {
        None => Holder::Nobody,
        Some(teammate) if *teammate.id == *config.teammate.as_str() => Holder::Assistant,
        // Another machine has it, too: it is not ours to answer.
        Some(_) => Holder::Person,
    }
}

/// An event about a message.
fn said(
    config: &DeskConfig,
    row: &rows::Event,
    conversation: &Conversation,
    id: &ConversationId,
    now: DateTime<Utc>,
) -> Said {
    let message: Option<rows::Message> =
        row.target.as_ref().and_then(|target| target.rows().into_iter().next());
    let is_news = row.kind == "inbound";
    let preview = |message| Said::Preview { conversation: id.clone(), message, is_news };
    let Some(message) = message else { return preview(None) };
    let Ok(message_id) = MessageId::new(&message.id) else { return Said::Nothing };
    let inboxes = inboxes(row);
    if !message.is_whole() || conversation.status.is_empty() || is_news && inboxes.is_empty() {
        return preview(Some(message_id));
    }
    let told = Told { event: row, conversation, id, message: &message, inboxes: &inboxes };
    match facts(config, &told, now) {
        facts if facts.is_empty() => Said::Nothing,
        facts => Said::Facts(facts),
    }
}

/// The inboxes that an event names as its source: one, or several.
pub(crate) fn inboxes(row: &rows::Event) -> Vec<InboxId> {
    let source = row.source.as_ref().filter(|source| source.meta.kind.starts_with("inbox"));
    let rows: Vec<Inbox> = source.map(rows::Part::rows).unwrap_or_default();
    rows.iter().filter_map(|inbox| InboxId::new(&inbox.id).ok()).collect()
}

/// Who has a conversation now, as an event of its assignment says. The conversation beside the event
/// may be newer than the event, never older: an event is told again, and late.
///
/// That nobody has it means nobody, also where the AI answers what nobody has: somebody took the AI or
/// a person off.
fn owner(config: &DeskConfig, row: &rows::Event, conversation: &Conversation) -> Option<Holder> {
    if !conversation.status.is_empty() {
        return Some(held_by(config, conversation.assignee.as_ref()));
    }
    if row.kind == "unassign" {
        // Its target is who had it.
        return Some(Holder::Nobody);
    }
    let target = row.target.as_ref().filter(|target| target.meta.kind == "teammate");
    let target: Option<Teammate> = target.and_then(|target| target.rows().into_iter().next());
    target.map(|teammate| held_by(config, Some(&teammate)))
}

/// Whether a conversation was moved to where none of our channels is.
fn moved_away(config: &DeskConfig, row: &rows::Event) -> bool {
    let target = row.target.as_ref().filter(|target| target.meta.kind.starts_with("inbox"));
    let rows: Vec<Inbox> = target.map(rows::Part::rows).unwrap_or_default();
    let ids: Vec<InboxId> = rows.iter().filter_map(|inbox| InboxId::new(&inbox.id).ok()).collect();
    !ids.is_empty() && !ids.iter().any(|id| config.inboxes.contains_key(id))
}

/// Who has a conversation that is no longer on a channel of ours: never the AI.
fn left_behind(config: &DeskConfig, conversation: &Conversation) -> Holder {
    match held_by(config, conversation.assignee.as_ref()) {
        Holder::Assistant => Holder::Nobody,
        holder => holder,
    }
}

/// Something that changed on the case. Each event is a fact of its own.
fn fact_of(
    config: &DeskConfig,
    row: &rows::Event,
    conversation: &ConversationId,
    fact: Fact,
    now: DateTime<Utc>,
) -> Said {
    if crate::ids::EventId::new(&row.id).is_err() {
        return Said::Nothing;
    }
    Said::Facts(vec![Event {
        id: EventId::new(config.desk.as_str(), &row.id),
        at: row.at().unwrap_or(now).min(now),
        source: Source::Desk(config.desk.clone()),
        threads: names(config, conversation),
        author: cause(config, row),
        fact,
    }])
}

/// The case that a conversation is, and the one of a channel of ours that is worked in it.
///
/// What people write there is told under the first name only: in a partner channel it comes by that
/// channel's own door.
fn names(config: &DeskConfig, conversation: &ConversationId) -> Vec<Thread> {
    let mut names = vec![Thread::case(&config.desk, conversation.as_str())];
    if config.channel_api.is_some() {
        names.push(Thread::case(&config.desk, partner::alias(conversation)));
    }
    names
}

/// Who caused an event.
fn cause(config: &DeskConfig, row: &rows::Event) -> Author {
    let Some(source) = &row.source else { return Author::Unknown };
    match source.meta.kind.as_str() {
        "teammate" => {
            let teammate: Option<Teammate> = source.rows().into_iter().next();
            teammate.map_or(Author::Unknown, |teammate| author(config, &teammate))
        }
        "rule" | "macro" | "reminder" | "oauth_client" | "api" => Author::Machine,
        _ => Author::Unknown,
    }
}

/// What kind of author a teammate is. Where Front does not say, a teammate is a person.
pub(crate) fn author(config: &DeskConfig, teammate: &Teammate) -> Author {
    if *teammate.id == *config.teammate.as_str() {
        return Author::Ours;
    }
    match teammate.kind.as_deref() {
        None | Some("user" | "visitor") => Author::Person,
        Some("ai" | "api" | "application" | "csat" | "integration" | "macro" | "rule") => {
            Author::Machine
        }
        Some(_) => Author::Unknown,
    }
}
