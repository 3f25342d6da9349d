use super::{Folded, Phrase};

#[test]
fn whole_words_in_any_case_and_spacing() {
    let rows = [
        ("speak to a person", "I want to SPEAK  to\n a\u{a0}Person!", true),
        ("person", "a personal matter", false),
        ("person", "the salesperson", false),
        ("person", "a personal matter for a person", true),
        ("person", "(person)", true),
        ("person", "person", true),
        ("person", "person2", false),
        ("person", "a person's", true),
        ("agent", "l’agent", true),
        ("a a", "ba a a", true),
        ("don't know", "I don’t know", true),
        ("don’t know", "I don't know", true),
        ("don't", "don`t", true),
        ("opening hours", "opening-hours", false),
        ("e-mail", "my e‑mail", true),
        ("refund", "re\u{ad}fund", true),
        ("refund", "re\u{200b}fund", true),
        ("refund me", "refund \u{200b} me", true),
        ("öffnungszeiten", "Eure ÖFFNUNGSZEITEN?", true),
        ("cafe", "cafe\u{301}", false),
        ("cafe", "café", false),
        ("café", "CAFÉ!", true),
        ("ΟΔΟΣ", "οδος", true),
        ("ΟΔΟΣ", "οδός", false),
        ("退货", "我想退货。", true),
        ("상담원", "상담원과 통화", true),
        ("คน", "คุยกับคนจริง", true),
        ("😡", "really😡😡", true),
        ("❤", "❤️", true),
        ("$5", "only $5", true),
        ("$5", "only $50", false),
        ("c++", "c++ and more", true),
        ("person", "", false),
        ("a longer phrase", "a", false),
    ];
    for (phrase, text, is_found) in rows {
        let found = Phrase::new(phrase).unwrap().is_in(&Folded::new(text));
        assert_eq!(found, is_found, "{phrase:?} in {text:?}");
    }
}

#[test]
fn an_empty_phrase_is_none() {
    for text in ["", " \n", "\u{200b}", "\u{feff} \u{ad}"] {
        assert_eq!(Phrase::new(text), None, "{text:?}");
    }
}
