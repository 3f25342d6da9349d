//! What people read on a case.

use handover_core::desk::{About, Entry};
use handover_core::message::{File, Speaker};

use super::fields::{Skipped, Why};
use crate::config::FilePolicy;
use crate::encode::{clean, line, shorten};

/// "{channel} {customer}: {first words}".
pub(super) fn subject(about: &About) -> String {
    let words = line(&about.first_words);
    let words = shorten(&words, SUBJECT_WORDS);
    let subject = line(&format!("{} {}: {words}", about.channel, about.customer.value));
    shorten(subject.trim_end_matches([':', ' ']), SUBJECT).into_owned()
}

/// The first message, or the summary once there is one, and below it who, where and which session.
pub(super) fn description(about: &About, summary: Option<&str>) -> String {
    let text = clean(summary.unwrap_or(&about.first_words));
    let session = match &about.link {
        Some(link) => link.to_string(),
        None => about.session.to_string(),
    };
    let lines = format!(
        "Customer: {}\nChannel: {}\nSession: {session}",
        line(&about.customer.value),
        about.channel
    );
    match text.trim() {
        "" => lines,
        text => format!("{text}\n\n{lines}"),
    }
}

/// "#{seq} {author}: {text}", on one line.
pub(super) fn title(entry: &Entry) -> String {
    let mut text = line(&entry.text);
    if text.is_empty() {
        text = line(&entry.files.iter().map(file_name).collect::<Vec<_>>().join(", "));
    }
    let title = format!("#{} {}: {text}", entry.seq, author(&entry.author));
    shorten(title.trim_end_matches([':', ' ']), TITLE).into_owned()
}

/// The full text, a line for each file, and the link where the entry carries one.
pub(super) fn notes(entry: &Entry, files: FilePolicy) -> String {
    let mut notes = clean(&entry.text);
    for file in &entry.files {
        notes.push_str("\nFile: ");
        notes.push_str(&file_line(file));
    }
    // Later entries have a link for the sake of their files only.
    let is_for_files = !entry.files.is_empty() && entry.seq > 1;
    if let Some(link) = entry.link.as_ref().filter(|_| !is_for_files || files != FilePolicy::None) {
        notes.push_str("\nView session: ");
        notes.push_str(link.as_str());
    }
    notes.trim_start_matches('\n').to_owned()
}

/// A message of the feed, in HTML: who and when, then as in an activity.
pub(super) fn post(entry: &Entry, files: FilePolicy) -> String {
    let at = entry.at.format("%Y-%m-%d %H:%M:%S UTC");
    let head = format!("#{} {}, {at}", entry.seq, author(&entry.author));
    format!("<p><b>{}</b></p><p>{}</p>", html(&head), html(&notes(entry, files)))
}

/// Fields that were not filled, and why; one line each.
pub(super) fn not_filled(skipped: &[Skipped]) -> String {
    let lines = skipped.iter().map(|Skipped { title, why }| match why {
        Why::Ambiguous { table, value } => {
            format!("{title}: several rows of {table} are called \"{value}\".")
        }
        Why::NoRow { table, value } => format!("{title}: no row of {table} is called \"{value}\"."),
        Why::NoTable { table } => format!("{title}: the table {table} could not be read."),
        Why::NotOne { value } => format!("{title}: \"{value}\" is none of the options."),
        Why::NotSuch { kind, value } => format!("{title}: \"{value}\" is no {kind}."),
        Why::Refused => format!("{title}: Creatio refused the value."),
    });
    let lines: Vec<String> = lines.map(|text| format!("- {}", line(&text))).collect();
    format!("These fields were left empty. Please fill them by hand.\n{}", lines.join("\n"))
}

/// As HTML that shows the text and nothing else.
fn html(text: &str) -> String {
    let mut html = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            '\n' => html.push_str("<br/>"),
            other => html.push(other),
        }
    }
    html
}

fn author(speaker: &Speaker) -> String {
    match speaker {
        Speaker::Assistant => "Assistant".to_owned(),
        Speaker::Customer => "Customer".to_owned(),
        Speaker::Person { name: Some(name) } => shorten(&line(name), AUTHOR).into_owned(),
        Speaker::Person { name: None } => "Agent".to_owned(),
        Speaker::Relay => "Handover note".to_owned(),
    }
}

fn file_line(file: &File) -> String {
    let size = file.size.map(|size| match size {
        0..1_000 => format!("{size} bytes"),
        1_000..1_000_000 => format!("{} kB", size.div_ceil(1_000)),
        _ => format!("{}.{} MB", size / 1_000_000, size % 1_000_000 / 100_000),
    });
    let parts = [Some(file_name(file)), file.media_type.clone(), size];
    line(&parts.into_iter().flatten().collect::<Vec<_>>().join(", "))
}

fn file_name(file: &File) -> String {
    file.name.clone().unwrap_or_else(|| "without a name".to_owned())
}

/// UTF-16 units of `Case.Subject`.
const SUBJECT: usize = 500;
/// How much of the first message is in the subject.
const SUBJECT_WORDS: usize = 120;
/// UTF-16 units of `Activity.Title`.
const TITLE: usize = 450;
const AUTHOR: usize = 100;
