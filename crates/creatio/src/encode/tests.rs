use chrono::{Duration, TimeZone, Utc};

use super::{clean, cut, line, literal, option, shorten, time};

#[test]
fn times_are_utc_with_at_most_seven_digits() {
    let at = Utc.with_ymd_and_hms(2026, 11, 20, 9, 8, 7).unwrap();
    for (nanos, written) in [
        (0, "2026-11-20T09:08:07Z"),
        (120_000_000, "2026-11-20T09:08:07.12Z"),
        (283_867_399, "2026-11-20T09:08:07.2838673Z"),
        (99, "2026-11-20T09:08:07Z"),
    ] {
        assert_eq!(time(at + Duration::nanoseconds(nanos)), written);
    }
}

#[test]
fn options_are_percent_encoded_and_never_form_encoded() {
    for (text, written) in [
        ("Name eq 'New'", "Name%20eq%20'New'"),
        ("a+b&c#d%e", "a%2Bb%26c%23d%25e"),
        ("Case/Id", "Case/Id"),
        ("ü😀", "%C3%BC%F0%9F%98%80"),
    ] {
        assert_eq!(option(text), written);
    }
}

#[test]
fn quotes_in_literals_are_doubled() {
    assert_eq!(literal("O'Brien' or 1 eq 1"), "'O''Brien'' or 1 eq 1'");
}

#[test]
fn texts_are_cut_by_utf16_units_on_a_character_boundary() {
    for (text, max, kept) in
        [("abc", 3, "abc"), ("abcd", 3, "abc"), ("ab😀", 3, "ab"), ("😀😀", 2, "😀"), ("", 0, "")]
    {
        assert_eq!(cut(text, max), kept);
    }
    assert_eq!(shorten("abcd", 4), "abcd");
    assert_eq!(shorten("abcde", 4), "abc…");
    assert!(shorten(&"😀".repeat(300), 450).encode_utf16().count() <= 450);
}

#[test]
fn what_no_column_takes_is_left_out() {
    assert_eq!(clean("a\u{0}b\r\nc\rd\te\u{fffe}\u{1b}"), "ab\nc\nd\te");
    assert_eq!(line(" a\r\n\tb \u{0} c\u{ffff}\u{fffe}d "), "a b c d");
}

proptest::proptest! {
    #[test]
    fn what_is_cut_fits_and_is_a_beginning(text in ".{0,80}", max in 0_usize..60) {
        let kept = cut(&text, max);
        proptest::prop_assert!(text.starts_with(kept));
        proptest::prop_assert!(kept.encode_utf16().count() <= max);
        proptest::prop_assert!(shorten(&text, max.max(1)).encode_utf16().count() <= max.max(1));
    }

    #[test]
    fn options_come_back_as_they_were(text in "\\PC{0,40}") {
        let encoded = option(&text);
        proptest::prop_assert!(!encoded.contains(['+', ' ', '&', '#']));
        let decoded = percent_encoding::percent_decode_str(&encoded).decode_utf8().unwrap();
        proptest::prop_assert_eq!(decoded.as_ref(), text.as_str());
    }
}
