use handover_core::message::{File, Speaker};

use crate::FilePolicy;
use crate::desk::fields::{Skipped, Why};
use crate::desk::texts::{description, not_filled, notes, post, subject, title};
use crate::testing::{about, entry};

#[test]
fn the_subject_names_channel_customer_and_first_words() {
    assert_eq!(subject(&about()), "sms-us +15551234567: Where is my order?");
    let mut silent = about();
    silent.first_words = " \n ".to_owned();
    assert_eq!(subject(&silent), "sms-us +15551234567");
    let mut long = about();
    long.first_words = "😀 ".repeat(1_000);
    assert!(subject(&long).encode_utf16().count() <= 500);
}

#[test]
fn the_description_is_the_first_message_until_there_is_a_summary() {
    let lines = "\n\nCustomer: +15551234567\nChannel: sms-us\n\
        Session: https://relay.acme.example/sessions/7";
    assert_eq!(description(&about(), None), format!("Where is\nmy order?{lines}"));
    assert_eq!(
        description(&about(), Some("An order is late.")),
        format!("An order is late.{lines}")
    );
    let mut unlinked = about();
    unlinked.link = None;
    assert!(description(&unlinked, Some("")).starts_with("Customer:"));
    assert!(description(&unlinked, None).ends_with("00000000-0000-0000-0000-000000000007"));
}

#[test]
fn titles_tell_order_and_author_and_are_cut_on_a_character_boundary() {
    let named = Speaker::Person { name: Some("Ann\nLee".into()) };
    for (author, title_is) in [
        (Speaker::Customer, "#3 Customer: a b"),
        (Speaker::Assistant, "#3 Assistant: a b"),
        (Speaker::Relay, "#3 Handover note: a b"),
        (named, "#3 Ann Lee: a b"),
        (Speaker::Person { name: None }, "#3 Agent: a b"),
    ] {
        assert_eq!(title(&entry(3, author, "a\nb")), title_is);
    }
    let long = title(&entry(3, Speaker::Customer, &"😀".repeat(400)));
    assert!(long.encode_utf16().count() <= 450 && long.ends_with("😀…"));
}

#[test]
fn notes_hold_the_full_text_the_files_and_the_link() {
    let mut entry = entry(1, Speaker::Customer, &"x".repeat(10_000));
    let mut photo = File::new("ref", Some("image/jpeg".to_owned()));
    photo.name = Some("a\nb.jpg".to_owned());
    photo.size = Some(12_345);
    entry.files = vec![photo, File::new("ref2", None)];
    entry.link = about().link;
    let all = notes(&entry, FilePolicy::Upload);
    assert!(all.starts_with(&"x".repeat(10_000)));
    assert!(all.ends_with(
        "\nFile: a b.jpg, image/jpeg, 13 kB\nFile: without a name\n\
         View session: https://relay.acme.example/sessions/7"
    ));
    assert_eq!(notes(&entry, FilePolicy::None), all, "the first entry has the link in any case");
    entry.seq = 2;
    assert_eq!(notes(&entry, FilePolicy::Link), all);
    assert!(notes(&entry, FilePolicy::None).ends_with("File: without a name"));
    entry.seq = 1;
    entry.text.clear();
    assert_eq!(title(&entry), "#1 Customer: a b.jpg, without a name");
}

#[test]
fn a_feed_message_shows_who_when_and_nothing_but_text() {
    let entry = entry(2, Speaker::Customer, "<b>1 & 2</b>\n\"yes\"");
    assert_eq!(
        post(&entry, FilePolicy::Upload),
        "<p><b>#2 Customer, 2026-11-20 09:00:00 UTC</b></p>\
         <p>&lt;b&gt;1 &amp; 2&lt;/b&gt;<br/>&quot;yes&quot;</p>"
    );
}

#[test]
fn every_field_that_was_not_filled_is_told_on_a_line_of_its_own() {
    let table = || "CasePriority".to_owned();
    let skipped = |title: &str, why| Skipped { title: title.to_owned(), why };
    let value = |text: &str| text.to_owned();
    let list = [
        skipped("A", Why::Ambiguous { table: table(), value: value("x") }),
        skipped("B", Why::NoRow { table: table(), value: value("x\n- Z") }),
        skipped("C", Why::NoTable { table: table() }),
        skipped("D", Why::NotOne { value: value("x") }),
        skipped("E", Why::NotSuch { kind: "number", value: value("x") }),
        skipped("F", Why::Refused),
    ];
    assert_eq!(
        not_filled(&list),
        "These fields were left empty. Please fill them by hand.\n\
         - A: several rows of CasePriority are called \"x\".\n\
         - B: no row of CasePriority is called \"x - Z\".\n\
         - C: the table CasePriority could not be read.\n\
         - D: \"x\" is none of the options.\n\
         - E: \"x\" is no number.\n\
         - F: Creatio refused the value."
    );
}
