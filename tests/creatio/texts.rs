//! Odd words in both directions.

use handover_sim::creatio::{ActivityType, RepActivity};
use serde_json::Value;

use crate::town::{Plan, Town};

/// What people write that is not plain ASCII, or looks like something else.
const ODD: &[&str] = &[
    "It's 50% off & more + \"free\" #1?",
    "' or 1 eq 1 or Subject eq '",
    "{\"json\": true}",
    "https://example.com/a?b=c&d=%20",
    "\\u0000 \\n \\\\",
    "日本語で書きます。",
    "مرحبا، أحتاج مساعدة",
    "👩‍👩‍👧‍👦 🇩🇪 e\u{301}",
    "Zeile eins\nZeile zwei\n\nZeile vier",
    "a very long word: Donaudampfschifffahrtsgesellschaftskapitänsmützenabzeichen",
];

#[tokio::test]
async fn what_the_customer_writes_stands_on_the_case_letter_for_letter() {
    for text in ODD {
        let town = Town::new(&Plan::default());
        town.customer_texts(text).await;
        let case = town.only_case().id();
        let entries = town.entries(case);
        let first = entries[0].1.split("\nView session:").next().unwrap();
        assert_eq!(first, *text);
    }
}

#[tokio::test]
async fn what_ann_writes_arrives_letter_for_letter() {
    let town = Town::new(&Plan::default());
    let case = town.handed_off().await;
    for text in ODD {
        town.ann_replies(case, text).await;
        assert_eq!(town.phone().last().map(String::as_str), Some(*text));
    }
}

#[tokio::test]
async fn what_no_database_takes_is_left_out_and_the_rest_arrives() {
    for (text, words) in [
        ("null\u{0}byte", ["null", "byte"]),
        ("lone\rreturn", ["lone", "return"]),
        ("not\u{fffe}a character", ["not", "a character"]),
        ("bell\u{7}and\u{1b}[31mescape", ["bell", "escape"]),
    ] {
        let town = Town::new(&Plan::default());
        town.customer_texts(text).await;
        let case = town.only_case().id();
        let read = town.read(case);
        assert!(words.iter().all(|word| read.contains(word)), "{text:?}: {read:?}");
        town.ann_replies(case, text).await;
        let last = town.phone().pop().unwrap();
        assert!(words.iter().all(|word| last.contains(word)), "{text:?}: {last:?}");
    }
}

#[tokio::test]
async fn a_reply_that_no_text_message_holds_is_told_on_the_case() {
    let town = Town::new(&Plan::default());
    let case = town.handed_off().await;
    let long = "All of it matters. ".repeat(60_000);
    town.ann_replies(case, long.trim()).await;
    town.recover().await;
    town.ann_replies(case, "In short: yes.").await;
    assert_eq!(town.got("In short: yes."), 1, "it holds nothing up");
    assert_eq!(town.phone().len(), 3, "nothing of it was sent");
    let read = town.read(case);
    assert!(read.contains("was not delivered: it is too long"), "{read}");
}

#[tokio::test]
async fn html_that_ann_writes_arrives_as_text() {
    let town = Town::new(&Plan { replies: &["Email", "Call"], ..Plan::default() });
    let case = town.handed_off().await;
    for (html, text) in [
        ("<p>Hello <b>Casey</b>,</p><p>it is on its way.</p>", "Hello Casey,\n\nit is on its way."),
        ("<div>5 &lt; 6 &amp; 7 &gt; 6</div>", "5 < 6 & 7 > 6"),
        ("<p>Hi</p><script>alert(1)</script><style>p{}</style>", "Hi"),
    ] {
        let mail = RepActivity::new(ActivityType::Email)
            .body(html)
            .column("IsHtmlBody", Value::from(true))
            .finished();
        town.ann_adds(case, mail).await;
        assert_eq!(town.phone().last().map(String::as_str), Some(text));
    }
}

#[tokio::test]
async fn a_reply_without_words_sends_nothing() {
    let town = Town::new(&Plan::default());
    let case = town.handed_off().await;
    for text in ["", "   ", "\n\n", "<p></p>", "<p>&nbsp;</p>"] {
        town.ann_replies(case, text).await;
    }
    town.recover().await;
    assert_eq!(town.phone().len(), 2);
}

#[tokio::test]
async fn a_long_message_is_cut_in_the_title_and_whole_in_the_text() {
    let town = Town::new(&Plan::default());
    let long = "Grüße 😀 ".repeat(150);
    town.customer_texts(long.trim()).await;
    let case = town.only_case();
    assert!(case.text("Subject").encode_utf16().count() <= 500);
    let rows = town.creatio.activities(case.id());
    let row = rows.iter().find(|row| row.text("Title").starts_with("#1 ")).unwrap();
    assert!(row.text("Title").encode_utf16().count() <= 450);
    assert!(row.text("Notes").starts_with(long.trim()));
}
