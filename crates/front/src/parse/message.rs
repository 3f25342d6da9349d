use chrono::{DateTime, TimeDelta, Utc};
use handover_core::desk::CaseStatus;
use handover_core::event::{Author, Event, Fact, Hosted, Inbound, Reply, Report, Source};
use handover_core::id::EventId;
use handover_core::identity::Name;
use handover_core::message::DeliveryState;
use handover_core::thread::Thread;

use super::{author, content, holder};
use crate::config::DeskConfig;
use crate::consent;
use crate::ids::{ConversationId, InboxId};
use crate::rows::{self, Conversation, Message};

/// A message, and all that is known of where it stands.
pub(crate) struct Told<'a> {
    pub(crate) event: &'a rows::Event,
    pub(crate) conversation: &'a Conversation,
    pub(crate) id: &'a ConversationId,
    pub(crate) message: &'a Message,
    pub(crate) inboxes: &'a [InboxId],
}

/// What a message says; nothing if it is of no concern.
///
/// A message is named by its own id, not the event's: the same one under two events is one.
pub(crate) fn facts(config: &DeskConfig, told: &Told<'_>, now: DateTime<Utc>) -> Vec<Event> {
    let message = told.message;
    let is_failure = matches!(told.event.kind.as_str(), "sending_error" | "message_bounce_error");
    let is_draft = message.is_draft || message.draft_mode.is_some();
    let event = match message.is_inbound {
        // A message that could not be sent is shown as a draft again.
        _ if is_failure => receipt(config, told, now),
        _ if is_draft || message.kind == "internal" => None,
        Some(true) => inbound(config, told, now),
        Some(false) => outbound(config, told, now),
        None => None,
    };
    event.into_iter().collect()
}

fn inbound(config: &DeskConfig, told: &Told<'_>, now: DateTime<Utc>) -> Option<Event> {
    let Told { message, conversation, .. } = told;
    let channel = told.inboxes.iter().find_map(|inbox| config.inboxes.get(inbox))?;
    let is_conversation = matches!(conversation.kind.as_str(), "" | "conversation");
    let is_gone = matches!(conversation.status.as_str(), "deleted" | "spam" | "trashed");
    let at = message.at().unwrap_or(now).min(now);
    if !is_conversation || is_gone || is_history(told, at, now) {
        return None;
    }
    let recipient = content::from(message, conversation)?;
    let (from, author) = content::sender(message, recipient);
    let customer = from.clone();
    let contact = content::contact(recipient);
    let text = content::with_subject(message, content::text(message, config));
    let files = content::files(message);
    if text.is_empty() && files.is_empty() && author == Author::Person {
        return None;
    }
    let holder = holder(config, conversation.assignee.as_ref());
    let by_phone = matches!(message.kind.as_str(), "sms" | "whatsapp");
    let inbound = Inbound {
        name: recipient.name.as_deref().and_then(Name::new),
        files,
        consent: consent::word(&text).filter(|_| by_phone && author == Author::Person),
        hosted: Some(Hosted { case: told.id.as_str().into(), holder, contact }),
        ..Inbound::text(from, text)
    };
    Some(Event {
        id: EventId::new(channel.as_str(), &message.id),
        at,
        source: Source::Channel(channel.clone()),
        threads: vec![
            Thread::channel(channel, told.id.as_str()),
            Thread::customer(channel, &customer),
        ],
        author,
        fact: Fact::Message(inbound),
    })
}

/// Whether a message is history that somebody imported: it is told of long after it was written.
fn is_history(told: &Told<'_>, at: DateTime<Utc>, now: DateTime<Utc>) -> bool {
    told.event.at().unwrap_or(now) - at > HISTORY
}

/// A message of ours that was sent, or a reply of somebody else.
fn outbound(config: &DeskConfig, told: &Told<'_>, now: DateTime<Utc>) -> Option<Event> {
    let Told { message, conversation, .. } = told;
    if message.error_type.is_some() {
        return receipt(config, told, now);
    }
    let by = message.author.as_ref().map_or(Author::Unknown, |by| author(config, by));
    if by == Author::Ours {
        return receipt(config, told, now);
    }
    if is_history(told, message.at().unwrap_or(now).min(now), now) {
        return None;
    }
    let mut reply = Reply::text(content::text(message, config));
    reply.author = content::name_of(message);
    reply.files = content::files(message);
    reply.delivered = true;
    // What a rule says is recorded, and takes the conversation from nobody.
    reply.automatic = by == Author::Machine;
    reply.status = status(conversation);
    Some(Event {
        id: EventId::new(config.desk.as_str(), &message.id),
        at: message.at().unwrap_or(now).min(now),
        source: Source::Desk(config.desk.clone()),
        threads: vec![Thread::case(&config.desk, told.id.as_str())],
        author: by,
        fact: Fact::Reply(reply),
    })
}

/// How far a reply got. Front tells nothing that names our send, so its text goes along.
fn receipt(config: &DeskConfig, told: &Told<'_>, now: DateTime<Utc>) -> Option<Event> {
    let message = told.message;
    let channels = config.channels();
    let name = channels.first()?.clone();
    let is_failure = message.error_type.is_some()
        || matches!(told.event.kind.as_str(), "sending_error" | "message_bounce_error");
    let state = if is_failure { DeliveryState::Failed } else { DeliveryState::Sent };
    let word = if is_failure { "failed" } else { "sent" };
    let mut report = Report::of(message.id.as_str(), Some(content::text(message, config)), state);
    // In no documented row; where it is shown, nothing has to be guessed.
    report.delivery.alias = message.message_uid.as_deref().map(Into::into);
    report.delivery.code =
        is_failure.then(|| code(message.error_type.as_deref().unwrap_or(&told.event.kind)));
    Some(Event {
        id: EventId::new(config.desk.as_str(), format_args!("{}.{word}", message.id)),
        at: told.event.at().unwrap_or(now).min(now),
        source: Source::Channel(name),
        // In which of our channels it is, such an event does not say; the conversation tells.
        threads: channels.iter().map(|c| Thread::channel(c, told.id.as_str())).collect(),
        author: Author::Machine,
        fact: Fact::Receipt(report),
    })
}

/// An error's name, as far as it is one.
fn code(name: &str) -> Box<str> {
    let plain = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    name.chars().filter(plain).take(64).collect::<String>().into()
}

fn status(conversation: &Conversation) -> Option<CaseStatus> {
    match conversation.status.as_str() {
        "" => None,
        "archived" => Some(CaseStatus::Resolved),
        "deleted" | "spam" | "trashed" => Some(CaseStatus::Final),
        _ => Some(CaseStatus::Open),
    }
}

/// A mail may be a day late on its way; nobody wants a later one answered by a machine.
const HISTORY: TimeDelta = TimeDelta::hours(24);
