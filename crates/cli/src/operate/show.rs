//! `handover show`: one session, whole.

use handover_core::id::SessionId;

use super::list::job;
use crate::config::Settings;
use crate::failure::Failure;
use crate::view::View;
use crate::{print, store, words};

/// Prints a session.
///
/// # Errors
/// When there is no such session, or the store cannot be read.
pub(crate) async fn show(
    settings: &Settings,
    session: SessionId,
    as_json: bool,
) -> Result<(), Failure> {
    let store = store::read_only(&settings.store).await?;
    let view = View::read(&*store, &*store, &settings.tenant, session).await?;
    let view = view.ok_or_else(|| {
        Failure::broken(format_args!("there is no session {session}: see handover sessions"))
    })?;
    if as_json {
        print::line(view.json());
    } else {
        facts(&view);
        transcript(&view);
        print::line("\nStill to be done:");
        if view.jobs.is_empty() {
            print::line("  nothing");
        }
        view.jobs.iter().for_each(|view| print::line(job(view)));
    }
    Ok(())
}

fn facts(view: &View) {
    let session = &view.conversation.session;
    let fact = |name: &str, value: &str| print::line(format_args!("{name:<12}{value}"));
    fact("Session", &session.id.to_string());
    fact("Channel", session.channel.as_str());
    fact("Customer", &session.customer.value);
    fact("State", &words::state(session.state));
    fact("Speaks", words::holder(session.control.holder));
    if session.opted_out {
        fact("Opted out", "the customer takes no messages");
    }
    if let Some(handoff) = &session.handoff {
        let stage = words::stage(handoff.stage);
        fact("Handoff", &format!("{stage}; {}", words::reason(handoff.reason)));
    }
    if let Some(record) = &view.conversation.case {
        let number = record.case.number.as_deref().unwrap_or(&record.case.reference);
        let status = words::case_status(record.case.status);
        fact("Case", &format!("{number} on {}: {status}", record.desk));
    }
}

fn transcript(view: &View) {
    print::line("");
    if view.left_out > 0 {
        print::line(format_args!("({} earlier messages)", view.left_out));
    }
    for message in &view.messages {
        let late = if message.late { ", arrived late" } else { "" };
        let by = words::speaker(&message.author);
        let at = words::time(message.at);
        print::line(format_args!("#{} {by}, {at}{late}", message.seq));
        for line in message.text.lines() {
            print::line(format_args!("    {}", plain(line)));
        }
        for file in &message.files {
            print::line(format_args!("    File: {}", plain(&words::file(file))));
        }
        for delivery in &message.deliveries {
            print::line(format_args!("    [{}]", words::delivery(delivery)));
        }
    }
}

/// Without what would move a terminal's cursor.
fn plain(line: &str) -> String {
    line.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}
