use handover_core::event::ConsentWord::{Help, Start, Stop};

use super::word;

#[test]
fn twilios_default_words_count_as_a_whole_text_in_any_case() {
    for text in ["STOP", "stop", " Stop \n", "StopAll", "unsubscribe", "cancel", "END", "quit"] {
        assert_eq!(word(text, None), Some(Stop), "{text}");
    }
    for text in ["revoke", "OPTOUT"] {
        assert_eq!(word(text, None), Some(Stop), "{text}");
    }
    for text in ["start", "Unstop", "YES"] {
        assert_eq!(word(text, None), Some(Start), "{text}");
    }
    for text in ["help", "INFO"] {
        assert_eq!(word(text, None), Some(Help), "{text}");
    }
}

#[test]
fn a_word_within_a_sentence_is_ordinary_text() {
    let texts = [
        "stop.",
        "STOP please",
        "please stop texting me",
        "don't stop",
        "stop by at 5?",
        "yes, please",
        "help me",
        "",
    ];
    for text in texts {
        assert_eq!(word(text, None), None, "{text}");
    }
}

#[test]
fn twilios_own_judgement_comes_first() {
    assert_eq!(word("arrêter", Some("STOP")), Some(Stop));
    assert_eq!(word("si", Some("START")), Some(Start));
    assert_eq!(word("?", Some("HELP")), Some(Help));
    assert_eq!(word("STOP", Some("SOMETHING_NEW")), Some(Stop));
}
