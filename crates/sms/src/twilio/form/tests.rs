use super::{Fields, pairs};

fn pair(name: &[u8], value: &[u8]) -> (Vec<u8>, Vec<u8>) {
    (name.to_vec(), value.to_vec())
}

#[test]
fn blank_values_duplicates_and_order_are_kept() {
    let read = pairs(b"b=2&a=&b=1&c&&=x");
    let expected =
        [pair(b"b", b"2"), pair(b"a", b""), pair(b"b", b"1"), pair(b"c", b""), pair(b"", b"x")];
    assert_eq!(read, expected);
}

#[test]
fn a_plus_is_a_space_and_an_escaped_plus_is_a_plus() {
    assert_eq!(pairs(b"From=%2B1&Body=a+b%20c"), [pair(b"From", b"+1"), pair(b"Body", b"a b c")]);
}

#[test]
fn bytes_that_are_not_text_survive_as_bytes_but_are_no_fields() {
    assert_eq!(pairs(b"a=%FF"), [pair(b"a", b"\xff")]);
    assert!(Fields::of_form(b"a=%FF").is_none());
}

#[test]
fn a_flat_object_is_read_and_a_deep_one_refused_without_a_panic() {
    let fields = Fields::of_json(br#"{"A":"x","N":2,"o":{"A":"y"}}"#).unwrap();
    assert_eq!((fields.value("A"), fields.value("N")), (Some("x"), Some("2")));
    assert!(Fields::of_json("[".repeat(100_000).as_bytes()).is_none());
}
