use super::{looks_like_html, to_text};

#[test]
fn html_reads_as_a_browser_shows_it() {
    for (html, text) in [
        ("<p>Hello&nbsp;<b>there</b></p><p>Second</p>", "Hello there\n\nSecond"),
        ("a<br>b<br/>c", "a\nb\nc"),
        ("<div>a</div>\n  <div>b</div>", "a\nb"),
        ("a\n   b\tc", "a b c"),
        ("<ul><li>one</li><li>two</li></ul>", "- one\n- two"),
        ("&lt;b&gt; &amp;amp; &#39;x&#x27; &euro; &unknown; & 5", "<b> &amp; 'x' € &unknown; & 5"),
        ("<style>p{}</style><script>alert(1)</script>x<!-- hidden --> y", "x y"),
        ("<head><title>t</title></head><body>b</body>", "b"),
        ("<a href=\"https://x.example/a\">here</a>", "here (https://x.example/a)"),
        ("<a href='https://x.example/'>x.example</a>", "x.example"),
        ("<a href=\"javascript:alert(1)\">x</a>", "x"),
        ("<span title=\"a > b\">c</span>", "c"),
        ("1 < 2 and 3 > 2", "1 < 2 and 3 > 2"),
        ("<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>", "a b\nc"),
        ("x<!-- never closed", "x"),
        ("x<script>never closed", "x"),
        ("<p", ""),
        ("<p class=\"never closed>x", "x"),
        ("&#0;&#27;a", "&#0;&#27;a"),
        ("", ""),
    ] {
        assert_eq!(to_text(html), text, "{html}");
    }
}

#[test]
fn what_people_type_is_no_html() {
    for text in ["a <3 b", "1 < 2 > 0", "<paul@example.com>", "if a<b then", "&amp;"] {
        assert!(!looks_like_html(text), "{text}");
    }
    for text in ["<p>x</p>", "a<br/>b", "<DIV class=x>", "<html><body>"] {
        assert!(looks_like_html(text), "{text}");
    }
}

#[test]
fn any_text_is_taken_without_a_panic() {
    for text in [
        "<",
        "&",
        "<é",
        "&é;",
        "<a href=",
        "<a href=\"",
        "</",
        "<!",
        "<ü>ö&#xffffffff;",
        "<a href=é>x</a>",
    ] {
        to_text(text);
        looks_like_html(text);
    }
}

#[test]
fn links_in_links_are_read_in_one_go() {
    let html =
        format!("{}words{}", "<a href=https://a.example>".repeat(40_000), "</a>".repeat(40_000));
    assert_eq!(to_text(&html), "words (https://a.example)");
}

proptest::proptest! {
    #[test]
    fn no_text_is_too_strange(text in "[<>/a-z&;#x0-9\"'= !-é😀]{0,60}") {
        let plain = to_text(&text);
        proptest::prop_assert!(plain.trim() == plain);
    }

    #[test]
    fn what_was_escaped_reads_as_it_was_written(text in "[a-z<>&\"']{1,40}") {
        let escaped = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        proptest::prop_assert_eq!(to_text(&escaped), text);
    }
}
