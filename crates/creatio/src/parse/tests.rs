use uuid::uuid;

use super::{Answered, Row, guid, time};
use crate::column::Column;

#[test]
fn guids_are_read_as_people_write_them() {
    let id = uuid!("ae5f2f10-f46b-1410-fd9a-0050ba5d6c38");
    for text in [
        "ae5f2f10-f46b-1410-fd9a-0050ba5d6c38",
        " AE5F2F10-F46B-1410-FD9A-0050BA5D6C38 ",
        "{ae5f2f10-f46b-1410-fd9a-0050ba5d6c38}",
    ] {
        assert_eq!(guid(text), Some(id));
    }
    for text in ["", "[#Case.Id#]", "00000000-0000-0000-0000-000000000000", "ae5f2f10-f46b"] {
        assert_eq!(guid(text), None);
    }
}

#[test]
fn what_looks_like_nothing_is_none() {
    let body = br#"{"OwnerId":"00000000-0000-0000-0000-000000000000","Name":"",
        "StartDate":"0001-01-01T00:00:00Z","Size":"12","Flag":true,"Count":7}"#;
    let row = Row::one(body).unwrap();
    assert_eq!(row.id(&Column::lookup("Owner")), None);
    assert_eq!(row.text(&Column::plain("Name")), None);
    assert_eq!(row.time(&Column::plain("StartDate")), None);
    assert_eq!(row.number(&Column::plain("Size")), Some(12));
    assert_eq!(row.number(&Column::plain("Count")), Some(7));
    assert!(row.flag(&Column::plain("Flag")));
    assert!(!row.flag(&Column::plain("Missing")));
    assert_eq!(row.spelling(&Column::lookup("Owner")), "");
}

#[test]
fn times_keep_seven_digits() {
    let at = time("2020-05-18T17:50:39.2838673Z").unwrap();
    assert_eq!(crate::encode::time(at), "2020-05-18T17:50:39.2838673Z");
    assert_eq!(time("2020-05-18T17:50:39"), None);
}

#[test]
fn collections_are_read_whole_or_not_at_all() {
    let answered = Answered::read(b"\xef\xbb\xbf{\"value\":[{},{}]}").unwrap();
    assert_eq!((answered.rows.len(), answered.count, answered.more), (2, None, false));
    for body in [&b"{\"value\":[1]}"[..], b"{\"value\":{}}", b"[]", b"{", b"{\"value\":[{}"] {
        assert!(Answered::read(body).is_none());
    }
}

#[test]
fn rows_show_no_content() {
    let row = Row::one(br#"{"Name":"canary"}"#).unwrap();
    assert!(!format!("{row:?}").contains("canary"));
}
