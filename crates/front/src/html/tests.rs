use super::to_text;

#[test]
fn a_mail_reads_as_its_reader_sees_it() {
    let table = [
        ("<p>one</p>\n<p>two &lt;3</p>", "one\n\ntwo <3"),
        ("<div>Thank\n you!</div><div><br></div><div>Ann</div>", "Thank you!\n\nAnn"),
        (
            "See <a href=\"https://acme.example/42\">here</a>.",
            "See here (https://acme.example/42).",
        ),
        ("<a href='https://acme.example/'>acme.example</a>", "acme.example"),
        ("<ul><li>one</li><li>two</li></ul>", "- one\n- two"),
        ("<pre>  a\n   b</pre>c", "a\n   b\n\nc"),
        ("<table><tr><td>a<td>b</tr><tr><td>c</table>", "a b\nc"),
        ("<title>no</title><style>p{}</style><!-- no --><script>no</script>yes", "yes"),
        ("<img alt='x>y' src=z>a < b &amp; c &#8364; &#x1F642; &bogus;", "a < b & c € 🙂 &bogus;"),
        ("<p>open <b", "open"),
    ];
    for (html, text) in table {
        assert_eq!(to_text(html), text, "{html}");
    }
}

#[test]
fn a_quotation_stands_behind_its_mark() {
    let html = "Yes<blockquote>When?<br>Today?<blockquote>Hello</blockquote></blockquote>Bye";
    assert_eq!(to_text(html), "Yes\n\n> When?\n> Today?\n\n> > Hello\n\nBye");
}

/// Found by `cargo xtask fuzz front_mail`: a table in a table in a table.
#[test]
fn what_nests_without_end_is_read_in_one_go() {
    for (open, close) in [
        ("<table><tr><td>a", ""),
        ("<div>", "</div>"),
        ("<blockquote>", "</blockquote>"),
        ("<ul><li>", "</ul>"),
        ("<a href=https://acme.example>", "</a>"),
    ] {
        let html = format!("{}words{}", open.repeat(40_000), close.repeat(40_000));
        let text = to_text(&html);
        assert!(text.contains("words"), "{open}");
        assert!(text.len() <= html.len(), "{open}: {} bytes of text", text.len());
    }
}
