use handover_core::message::{File, Speaker};

use crate::desk::texts::{description, notes, subject, title};
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
    let notes = notes(&entry);
    assert!(notes.starts_with(&"x".repeat(10_000)));
    assert!(notes.ends_with(
        "\nFile: a b.jpg, image/jpeg, 13 kB\nFile: without a name\n\
         View session: https://relay.acme.example/sessions/7"
    ));
    entry.text.clear();
    assert_eq!(title(&entry), "#1 Customer: a b.jpg, without a name");
}
