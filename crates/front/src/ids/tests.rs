use super::{ConversationId, EventId, InvalidId, order};

#[test]
fn an_id_has_its_prefix_and_nothing_that_leaves_a_path() {
    assert_eq!(ConversationId::new("cnv_abc").unwrap().as_str(), "cnv_abc");
    for wrong in
        ["", "cnv_", "msg_abc", "cnv_a/b", "cnv_..", "cnv_a?b", "cnv_a b", "cnv_é", "CNV_a"]
    {
        assert_eq!(ConversationId::new(wrong), Err(InvalidId), "{wrong}");
    }
}

#[test]
fn a_later_event_has_a_larger_number() {
    let at = |id: &str| EventId::new(id).unwrap().order();
    assert!(at("evt_z") < at("evt_10"));
    assert!(at("evt_3s78kxhw") < at("evt_3s78kxhx"));
    assert_eq!(order("evt_not-a-number"), u128::MAX);
}
