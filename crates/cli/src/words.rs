//! What things are called in front of people.

use chrono::{DateTime, SecondsFormat, Utc};
use handover_core::archive::JobState;
use handover_core::desk::CaseStatus;
use handover_core::event::Holder;
use handover_core::job::{Destination, Work};
use handover_core::message::{Delivery, DeliveryState, File, Reason, Speaker};
use handover_core::session::{HandoffStage, Resolver, SessionState};

/// Who said something.
pub(crate) fn speaker(speaker: &Speaker) -> &str {
    match speaker {
        Speaker::Assistant => "Assistant",
        Speaker::Customer => "Customer",
        Speaker::Person { name } => name.as_deref().unwrap_or("Agent"),
        Speaker::Relay => "Handover note",
    }
}

/// A point in time, to the second, for people.
pub(crate) fn time(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%d %H:%M:%S UTC").to_string()
}

/// A point in time, to the second, for machines.
pub(crate) fn machine_time(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}

/// Whether a session is still going on.
pub(crate) fn state(state: SessionState) -> String {
    let (at, by) = match state {
        SessionState::Open => return "open".to_owned(),
        SessionState::Resolved { at, by } => (at, by),
    };
    let by = match by {
        Resolver::Assistant => "by the assistant",
        Resolver::Desk => "at the desk",
        Resolver::Inactivity => "because nobody said anything",
    };
    format!("resolved {by}, {}", time(at))
}

/// Who may speak to the customer.
pub(crate) fn holder(holder: Holder) -> &'static str {
    match holder {
        Holder::Assistant => "the assistant",
        Holder::Nobody => "nobody yet: a person is being waited for",
        Holder::Person => "a person",
    }
}

/// Why a person is needed.
pub(crate) fn reason(reason: Reason) -> &'static str {
    match reason {
        Reason::AssistantDecided => "the assistant decided so",
        Reason::AssistantFailed => "the assistant failed",
        Reason::AssistantOff => "no assistant answers on this channel",
        Reason::CustomerAsked => "the customer asked for a person",
        Reason::NoAnswer => "the assistant knew no answer",
        Reason::Operator => "an operator said so",
        Reason::Undeliverable => "the assistant's reply could not be delivered",
        _ => "another reason",
    }
}

/// How far a handoff got.
pub(crate) fn stage(stage: HandoffStage) -> &'static str {
    match stage {
        HandoffStage::Requested => "requested",
        HandoffStage::Offered => "offered to the desk",
        HandoffStage::Accepted => "accepted by a person",
        HandoffStage::Declined => "declined by the desk",
        HandoffStage::TimedOut => "not taken in time",
    }
}

/// Where a case stands.
pub(crate) fn case_status(status: CaseStatus) -> &'static str {
    match status {
        CaseStatus::Open => "open",
        CaseStatus::Resolved => "resolved",
        CaseStatus::Final => "closed for good",
    }
}

/// How far a part of a message got.
pub(crate) fn delivery(delivery: &Delivery) -> String {
    let state = match delivery.state {
        DeliveryState::Pending => "waiting to be sent",
        DeliveryState::Uncertain => "perhaps sent: a person has to look",
        DeliveryState::Withheld => "withheld",
        DeliveryState::Accepted => "taken by the provider",
        DeliveryState::Sent => "sent",
        DeliveryState::Failed => "not delivered",
        DeliveryState::Delivered => "delivered",
        DeliveryState::Read => "read",
    };
    let code = delivery.code.as_ref().map(|code| format!(" ({code})")).unwrap_or_default();
    let overtaken = if delivery.overtaken { ", after somebody else had taken over" } else { "" };
    format!("{state}{code}{overtaken}")
}

/// A file that came with a message.
pub(crate) fn file(file: &File) -> String {
    let name = file.name.as_deref().unwrap_or("without a name");
    let media_type = file.media_type.as_deref().map(|kind| format!(", {kind}"));
    let size = file.size.map(|size| format!(", {size} bytes"));
    format!("{name}{}{}", media_type.unwrap_or_default(), size.unwrap_or_default())
}

/// What a job does, and where.
pub(crate) fn work(work: &Work, destination: &Destination) -> String {
    format!("{} → {}", work.name(), place(destination))
}

/// Where a job goes.
pub(crate) fn place(destination: &Destination) -> String {
    match destination {
        Destination::Assistant => "assistant".to_owned(),
        Destination::Channel(channel)
        | Destination::Media(channel)
        | Destination::Receipts(channel) => format!("channel {channel}"),
        Destination::Desk(desk) => format!("desk {desk}"),
        Destination::Directory(desk) => format!("directory of {desk}"),
        Destination::Feed(source) => format!("feed of {}", source.name()),
    }
}

/// How a job stands.
pub(crate) fn job_state(state: JobState) -> &'static str {
    match state {
        JobState::Claimed => "under way",
        JobState::Parked => "parked",
        JobState::Uncertain => "uncertain",
        JobState::Waiting => "waiting",
    }
}
