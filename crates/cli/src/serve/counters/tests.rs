//! Counts and their text.

use super::Counters;

#[test]
fn counts_are_kept_by_name_and_labels() {
    let counters = Counters::default();
    metrics::with_local_recorder(&counters, || {
        metrics::counter!("handover_events_total", "result" => "done").increment(2);
        metrics::counter!("handover_events_total", "result" => "done").increment(1);
        metrics::counter!("handover_events_total", "result" => "a \"b\"\nc").increment(1);
        metrics::counter!("handover_alarms_total").increment(1);
        metrics::gauge!("not_counted").set(1.0);
    });
    let expected = "# TYPE handover_alarms_total counter\n\
                    handover_alarms_total 1\n\
                    # TYPE handover_events_total counter\n\
                    handover_events_total{result=\"a \\\"b\\\"\\nc\"} 1\n\
                    handover_events_total{result=\"done\"} 3\n";
    assert_eq!(counters.text(), expected);
}
