use super::{Class, Code, TABLE};

#[test]
fn every_number_stands_in_the_table_once() {
    let mut numbers: Vec<_> = TABLE.iter().map(|(number, _, _)| number).collect();
    numbers.sort();
    numbers.dedup();
    assert_eq!(numbers.len(), TABLE.len());
}

#[test]
fn an_unknown_code_is_a_class_of_its_own() {
    let code = Code::parse("39999").unwrap();
    assert_eq!((code.class(), code.number()), (Class::Unknown, 39999));
    assert!(!code.advice().is_empty());
    assert_eq!(Code::parse("opaque"), None);
}

#[test]
fn registration_and_filtering_come_with_advice_to_the_operator() {
    for (number, class) in [
        (30034, Class::Registration),
        (30032, Class::Registration),
        (30007, Class::Filtered),
        (21610, Class::OptedOut),
    ] {
        assert_eq!(Code::new(number).class(), class);
    }
    assert_eq!(Code::new(30034).advice(), "add the number to a registered 10DLC campaign");
}
