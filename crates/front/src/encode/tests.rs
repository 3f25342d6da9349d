use handover_core::id::Key;

use super::{folded, html, markdown, marker, readable};
use crate::testing::session;

#[test]
fn prompt_injection_by_text_is_escaped_in_comments_and_mentions_nobody() {
    assert_eq!(markdown("**bold** [x](http://e)"), "\\*\\*bold\\*\\* \\[x\\](http://e)");
    assert_eq!(markdown("# head\n> quote\n`code`"), "\\# head  \n\\> quote  \n\\`code\\`");
    assert_eq!(
        markdown("1. one\n2) two\n- x\n---\n==="),
        "1\\. one  \n2\\) two  \n\\- x  \n\\---  \n\\==="
    );
    // What means nothing where it stands stays readable.
    assert_eq!(
        markdown("Message #2 was not sent (code 7). 5 > 3 & so on!"),
        "Message #2 was not sent (code 7). 5 > 3 & so on!"
    );
    assert_eq!(markdown("@team and a@b.example"), "@\u{2060}team and a@\u{2060}b.example");
    assert_eq!(markdown("<script>&amp;"), "\\<script>\\&amp;");
    assert_eq!(markdown("a\r\nb\u{0}\u{1b}[31m"), "a  \nb\\[31m");
    // Four spaces would be code.
    assert_eq!(markdown("x\n    y"), "x  \ny");
}

#[test]
fn a_mail_says_what_was_said_and_nothing_else() {
    assert_eq!(
        html("2 < 3 & \"x\"\nnext\n\n\nend"),
        "<p>2 &lt; 3 &amp; &quot;x&quot;<br>next</p><p>end</p>"
    );
    assert_eq!(html("<img src=x onerror=1>"), "<p>&lt;img src=x onerror=1&gt;</p>");
}

#[test]
fn reps_answer_with_emoji_zwj_rtl_crlf_and_nul_stays_whole() {
    let text = "👩\u{200d}👩\u{200d}👧 العربية\r\nline\u{0}".repeat(200);
    let plain = readable(&text);
    assert!(plain.starts_with("👩\u{200d}👩\u{200d}👧 العربية\nline👩"));
    assert!(plain.chars().count() > 1600 && !plain.contains('\u{0}'));
}

#[test]
fn spellings_of_one_text_are_the_same() {
    assert_eq!(folded(" It’s \u{a0} “fine”\r\n"), folded("It's \"fine\""));
    assert_ne!(folded("a b"), folded("ab"));
}

#[test]
fn a_marker_is_the_keys_alone() {
    let (one, other) = (Key::entry(session(), 1), Key::entry(session(), 2));
    assert_eq!(marker(&one), marker(&one));
    assert_ne!(marker(&one), marker(&other));
    assert_eq!(marker(&one).len(), "handover:".len() + 20);
    assert_eq!(markdown(&marker(&one)), marker(&one));
}
