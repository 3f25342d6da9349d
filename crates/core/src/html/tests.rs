use super::to_text;

#[test]
fn html_reads_as_its_reader_sees_it() {
    for (html, text) in [
        ("<p>one</p>\n<p>two &lt;3</p>", "one\n\ntwo <3"),
        ("<p>Hello&nbsp;<b>there</b></p><p>Second</p>", "Hello there\n\nSecond"),
        ("a<br>b<br/>c", "a\nb\nc"),
        ("<div>a</div>\n  <div>b</div>", "a\nb"),
        ("<div>Thank\n you!</div><div><br></div><div>Ann</div>", "Thank you!\n\nAnn"),
        ("a\n   b\tc", "a b c"),
        ("<ul><li>one</li><li>two</li></ul>", "- one\n- two"),
        ("<pre>  a\n   b</pre>c", "a\n   b\n\nc"),
        ("<table><tr><td>a<td>b</tr><tr><td>c</table>", "a b\nc"),
        ("1 < 2 and 3 > 2 <3", "1 < 2 and 3 > 2 <3"),
        ("", ""),
    ] {
        assert_eq!(to_text(html), text, "{html}");
    }
}

#[test]
fn a_link_keeps_its_address() {
    for (html, text) in [
        (
            "See <a href=\"https://acme.example/42\">here</a>.",
            "See here (https://acme.example/42).",
        ),
        ("<a href='https://acme.example/'>acme.example</a>", "acme.example"),
        ("<A HREF=https://acme.example/?a=1&amp;b=2></A>", "https://acme.example/?a=1&b=2"),
        (
            "<a data-href='https://no.example' href='https://acme.example'>x</a>",
            "x (https://acme.example)",
        ),
        ("<a href=\"javascript:alert(1)\">x</a>", "x"),
    ] {
        assert_eq!(to_text(html), text, "{html}");
    }
}

#[test]
fn references_are_resolved_once() {
    for (html, text) in [
        ("&lt;b&gt; &amp;amp; &#39;x&#x27; &euro; &unknown; & 5", "<b> &amp; 'x' € &unknown; & 5"),
        ("&#8364; &#x1F642; &Aring;ngstr&ouml;m &frac12;", "€ 🙂 Ångström ½"),
        ("bell&#7; and escape&#27;", "bell and escape"),
    ] {
        assert_eq!(to_text(html), text, "{html}");
    }
}

#[test]
fn what_no_reader_sees_is_gone() {
    for html in [
        "<title>no</title><style>p{}</style><!-- no --><script>no</script>yes",
        "<head><title>no</title></head><body>yes</body>",
        "<head><meta charset=utf-8><style>p > a {}</style>yes",
        "<template><p>no<template>no</template>no</p></template>yes",
        "<script>if (a </b) '</p>'</script>yes",
        "<span title=\"no > no\">yes</span>",
        "<!DOCTYPE html><?no?>yes",
        "yes<!-- never closed",
        "yes<script>never closed",
        "yes<p class=\"never closed>",
        "yes<p",
    ] {
        assert_eq!(to_text(html), "yes", "{html}");
    }
}

#[test]
fn a_quotation_stands_behind_its_mark() {
    let html = "Yes<blockquote>When?<br>Today?<blockquote>Hello</blockquote></blockquote>Bye";
    assert_eq!(to_text(html), "Yes\n\n> When?\n> Today?\n\n> > Hello\n\nBye");
}

/// Found by fuzzing another reader: a table in a table in a table.
#[test]
fn what_nests_without_end_is_read_in_one_go() {
    for (open, close) in [
        ("<table><tr><td>a", ""),
        ("<div>", "</div>"),
        ("<template>", ""),
        ("</", ""),
        ("<p ='", ">"),
        ("<blockquote>", "</blockquote>"),
        ("<ul><li>", "</ul>"),
        ("<a href=https://acme.example>", "</a>"),
    ] {
        let html = format!("words{}words{}", open.repeat(8_000), close.repeat(8_000));
        let text = to_text(&html);
        assert!(text.contains("words"), "{open}");
        assert!(text.len() <= html.len(), "{open}: {} bytes of text", text.len());
    }
}

proptest::proptest! {
    #[test]
    fn any_text_is_taken(text in "[<>/a-z&;#x0-9\"'= !-é😀]{0,60}") {
        let plain = to_text(&text);
        proptest::prop_assert!(plain.trim() == plain);
    }

    #[test]
    fn what_was_escaped_reads_as_it_was_written(text in "[a-z<>&\"']{1,40}") {
        let escaped = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        proptest::prop_assert_eq!(to_text(&escaped), text);
    }
}
