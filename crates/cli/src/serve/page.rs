//! The HTML of a session's page. Pure.

mod html;
#[cfg(test)]
mod tests;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};
use handover_core::archive::JobState;
use handover_core::message::{DeliveryState, Message, Speaker};
use handover_core::session::SessionState;
use sha2::{Digest as _, Sha256};

use crate::view::View;
use crate::words;
use html::Html;

/// What the page may load: its own style and nothing else.
pub(super) fn policy() -> String {
    let style = STANDARD.encode(Sha256::digest(STYLE));
    format!(
        "default-src 'none'; style-src 'sha256-{style}'; base-uri 'none'; form-action 'none'; \
         frame-ancestors 'none'"
    )
}

/// The page of a session.
pub(super) fn session(view: &View, now: DateTime<Utc>) -> String {
    let session = &view.conversation.session;
    let mut page = head(&format!("{} · session", session.channel));
    page.raw("<header><h1>")
        .text(session.channel.as_str())
        .raw(" <span class=muted>session</span>");
    let is_open = session.state == SessionState::Open;
    let class = if is_open { "open" } else { "done" };
    page.raw("</h1><p class=\"pill ").raw(class).raw("\">");
    page.text(if is_open { "open" } else { "resolved" }).raw("</p></header><main>");
    facts(&mut page, view);
    transcript(&mut page, view);
    jobs(&mut page, view);
    page.raw("</main><footer>Read only. As of ").text(&words::time(now));
    page.raw(". Session ").text(&session.id.to_string()).raw("</footer>");
    page.end()
}

/// For whoever may not see the page.
pub(super) fn refused() -> String {
    let text = "The link has expired or is not complete. Open it again from the case.";
    notice("This page is not open to you", text)
}

/// For whoever may see a page that is not there.
pub(super) fn missing() -> String {
    notice("There is no such session", "It may have been removed.")
}

fn notice(title: &str, text: &str) -> String {
    let mut page = head(title);
    page.raw("<main class=notice><h1>").text(title).raw("</h1><p>").text(text).raw("</p></main>");
    page.end()
}

fn head(title: &str) -> Html {
    let mut page = Html::new();
    page.raw("<!doctype html><html lang=en><head><meta charset=utf-8><title>").text(title);
    page.raw("</title><meta name=viewport content=\"width=device-width, initial-scale=1\">");
    page.raw("<meta name=robots content=noindex><style>").raw(STYLE).raw("</style></head><body>");
    page
}

fn facts(page: &mut Html, view: &View) {
    let session = &view.conversation.session;
    page.raw("<section aria-labelledby=facts><h2 id=facts>Where it stands</h2><dl>");
    let mut fact = |name: &str, value: &str| {
        page.raw("<div><dt>").text(name).raw("</dt><dd>").text(value).raw("</dd></div>");
    };
    fact("Customer", &session.customer.value);
    fact("State", &words::state(session.state));
    fact("Who speaks", words::holder(session.control.holder));
    if session.opted_out {
        fact("Opted out", "the customer takes no messages");
    }
    if let Some(handoff) = &session.handoff {
        let stage = words::stage(handoff.stage);
        fact("Handoff", &format!("{stage}; {}", words::reason(handoff.reason)));
    }
    if let Some(case) = &view.conversation.case {
        let number = case.case.number.as_deref().unwrap_or(&case.case.reference);
        let status = words::case_status(case.case.status);
        let opened = if case.opened { "" } else { ", not opened yet" };
        fact("Case", &format!("{number} on {}: {status}{opened}", case.desk));
    }
    fact("Began", &words::time(session.created_at));
    fact("Last words", &words::time(session.last_at));
    page.raw("</dl></section>");
}

fn transcript(page: &mut Html, view: &View) {
    page.raw("<section aria-labelledby=said><h2 id=said>What was said</h2>");
    if view.left_out > 0 {
        let text = format!("{} earlier messages are not shown.", view.left_out);
        page.raw("<p class=muted>").text(&text).raw("</p>");
    }
    if view.messages.is_empty() {
        page.raw("<p class=muted>Nothing yet.</p>");
    }
    page.raw("<ol>");
    for message in &view.messages {
        said(page, message);
    }
    page.raw("</ol></section>");
}

fn said(page: &mut Html, message: &Message) {
    let class = match message.author {
        Speaker::Assistant => "assistant",
        Speaker::Customer => "customer",
        Speaker::Person { .. } => "person",
        Speaker::Relay => "note",
    };
    page.raw("<li class=").raw(class).raw("><p class=by><b>").text(words::speaker(&message.author));
    page.raw("</b> <time datetime=\"").text(&words::machine_time(message.at)).raw("\">");
    page.text(&words::time(message.at)).raw("</time>");
    page.raw(" <span>#").text(&message.seq.to_string()).raw("</span>");
    if message.late {
        page.raw(" <span>arrived late</span>");
    }
    page.raw("</p>");
    if !message.text.is_empty() {
        page.raw("<p class=words>").text(&message.text).raw("</p>");
    }
    for file in &message.files {
        page.raw("<p class=file>File: ").text(&words::file(file)).raw("</p>");
    }
    for (index, delivery) in message.deliveries.iter().enumerate() {
        let bad = matches!(
            delivery.state,
            DeliveryState::Failed | DeliveryState::Uncertain | DeliveryState::Withheld
        );
        page.raw(if bad { "<p class=\"delivery bad\">" } else { "<p class=delivery>" });
        if message.deliveries.len() > 1 {
            page.text(&format!("Part {}: ", index + 1));
        }
        page.text(&words::delivery(delivery)).raw("</p>");
    }
    page.raw("</li>");
}

fn jobs(page: &mut Html, view: &View) {
    page.raw("<section aria-labelledby=jobs><h2 id=jobs>Still to be done</h2>");
    if view.jobs.is_empty() {
        page.raw("<p class=muted>Nothing.</p></section>");
        return;
    }
    page.raw("<table><thead><tr><th scope=col>Job<th scope=col>What<th scope=col>State");
    page.raw("<th scope=col>Attempts<th scope=col>Why it waits</tr></thead><tbody>");
    for view in &view.jobs {
        let bad = matches!(view.state, JobState::Parked | JobState::Uncertain);
        page.raw(if bad { "<tr class=bad><td>" } else { "<tr><td>" });
        page.text(&view.job.id.0.to_string()).raw("<td>");
        page.text(&words::work(&view.job.work, &view.job.lane.destination)).raw("<td>");
        page.text(words::job_state(view.state)).raw("<td>");
        page.text(&view.job.attempts.to_string()).raw("<td>");
        page.text(view.reason.as_deref().unwrap_or("")).raw("</tr>");
    }
    page.raw("</tbody></table></section>");
}

const STYLE: &str = include_str!("page/style.css");
