use handover_core::event::ConsentWord::{Help, Start, Stop};

use super::word;

#[test]
fn a_word_alone_counts_and_a_sentence_does_not() {
    for (text, said) in [
        ("STOP", Some(Stop)),
        (" Stop ", Some(Stop)),
        ("unsubscribe", Some(Stop)),
        ("Unstop", Some(Start)),
        ("help", Some(Help)),
        ("STOP please", None),
        ("don't stop", None),
        ("can you stop by at 5?", None),
        // Of somebody who has not opted out it is just something said.
        ("YES", Some(Start)),
        ("stop.", None),
        ("", None),
    ] {
        assert_eq!(word(text), said, "{text:?}");
    }
}
