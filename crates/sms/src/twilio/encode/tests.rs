use super::{folded, plain, readable};

#[test]
fn ordinary_text_stays_as_it_was_written() {
    let texts = [
        "2 < 3 and 5 > 4",
        "snake_case_name, a*b*c, #1, - item",
        "if a <b and c> d",
        "<3 you, <-- this way -->",
        "AT&T, R&D & more; a&b;",
        "https://x.example/?a=1&copy=2&b_c=d",
        "[text](https://x.example)",
        "line one\n\n  indented\ttab\nline three",
        "write to <jane@x.example>",
        "put it in the <head> section, not in a <b> alone",
        "an arrow <!-- that goes on",
        "emoji 👩‍👩‍👧 and שלום",
        "",
    ];
    for text in texts {
        assert_eq!(plain(text), text);
    }
}

#[test]
fn html_goes_and_its_text_and_addresses_stay() {
    let cases = [
        ("<p>Hello <b>Jane</b></p><p>Bye</p>", "Hello Jane\n\nBye"),
        ("one<br>two<br/>three<BR />four", "one\ntwo\nthree\nfour"),
        ("<ul><li>a</li><li>b</li></ul>", "- a\n- b"),
        (
            r#"See <a href="https://x.example/a?b=1&amp;c=2">here</a>."#,
            "See here (https://x.example/a?b=1&c=2).",
        ),
        (r#"<a href="https://x.example/">x.example</a>"#, "x.example"),
        (r#"<a class='b' href='tel:+12025550100'>+12025550100</a>"#, "+12025550100"),
        (r#"<a href="javascript:alert(1)">run</a>"#, "run"),
        ("<style>p{color:red}</style>Hi<!-- note --><script>x<1</script>", "Hi"),
        ("a &lt;b&gt; &amp;lt; &#39;q&#x27; &euro;5&nbsp;net", "a <b> &lt; 'q' €5 net"),
        ("&bogus; &#0; &#xD800; &", "&bogus; &#0; &#xD800; &"),
        (r#"<span title="a > b">x</span>"#, "x"),
        ("<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>", "a b\nc"),
        ("unclosed <b", "unclosed <b"),
        ("<div>\n  <p>a</p>\n\n  <p>b</p>\n</div>\n", "a\n\nb"),
    ];
    for (html, expected) in cases {
        assert_eq!(plain(html), expected, "{html}");
    }
}

#[test]
fn code_fences_go_and_the_code_stays() {
    let cases = [
        ("Run:\n```bash\nls <dir> &amp;\n```\ndone", "Run:\nls <dir> &amp;\ndone"),
        ("~~~\n<b>kept</b>\n~~~", "<b>kept</b>"),
        ("```json\n{\"a\": 1}", "{\"a\": 1}"),
        ("inline ```code``` here", "inline code here"),
        ("a `tick` stays", "a `tick` stays"),
        ("```\na\n~~~\nb\n```", "a\n~~~\nb"),
    ];
    for (fenced, expected) in cases {
        assert_eq!(plain(fenced), expected, "{fenced}");
    }
}

#[test]
fn line_ends_and_control_characters_are_made_plain() {
    assert_eq!(readable("a\r\nb\rc\0\u{7}d\te"), "a\nb\ncd\te");
}

#[test]
fn what_twilio_may_change_does_not_matter_when_texts_are_compared() {
    let ours = "“Hi” – it’s ½ off…\u{a0}now\r\n";
    assert_eq!(folded(ours), folded("\"Hi\" - it's 1/2 off... now"));
    assert_eq!(folded("Sent from your Twilio trial account - Hi"), folded("Hi"));
    assert_ne!(folded("Hi"), folded("Hi!"));
}
