use proptest::prelude::{ProptestConfig, proptest};

use super::{decoded, untagged};

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_text_makes_it_panic_or_grow_without_bound(
        text in "([<>&;#/=\"'a-z \n]|<a href=|<li>|</p>|&#x|é|👩){0,60}",
    ) {
        let plain = decoded(&untagged(&text));
        assert!(plain.len() <= 2 * text.len() + 8);
    }

    #[test]
    fn a_text_without_brackets_and_ampersands_is_left_alone(text in "[^<&]{0,60}") {
        assert_eq!(decoded(&untagged(&text)), text);
    }
}
