//! What people read on a case.

use handover_core::desk::{About, Entry};
use handover_core::message::{File, Speaker};

use crate::column::{Column, Values};
use crate::encode::{clean, line, shorten};
use crate::entities::activity;
use crate::ids;

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

/// The columns of an activity that an entry writes.
pub(crate) fn entry_columns() -> Vec<Column> {
    vec![
        activity::TYPE,
        activity::CATEGORY,
        activity::STATUS,
        activity::TITLE,
        activity::NOTES,
        activity::START_DATE,
        activity::DUE_DATE,
        activity::GLOBAL_ID,
        activity::CASE,
        activity::OWNER,
    ]
}

/// One message as an activity.
///
/// A task that is completed has few side effects; an e-mail would reopen the case and notify.
pub(super) fn entry(entry: &Entry) -> Values {
    Values::new()
        .set(activity::TYPE, ids::TASK)
        .set(activity::CATEGORY, ids::TO_DO)
        .set(activity::STATUS, ids::COMPLETED)
        .set(activity::TITLE, title(entry))
        .set(activity::NOTES, notes(entry))
        .set(activity::START_DATE, entry.at)
        .set(activity::DUE_DATE, entry.at)
        .set(activity::GLOBAL_ID, entry.key.to_string())
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
pub(super) fn notes(entry: &Entry) -> String {
    let mut notes = clean(&entry.text);
    for file in &entry.files {
        notes.push_str("\nFile: ");
        notes.push_str(&file_line(file));
    }
    if let Some(link) = &entry.link {
        notes.push_str("\nView session: ");
        notes.push_str(link.as_str());
    }
    notes.trim_start_matches('\n').to_owned()
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
