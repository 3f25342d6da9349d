use super::Order;

#[test]
fn an_order_names_time_and_targets_or_one_input() {
    let order = |seconds, targets: &[&str], input| {
        let targets = targets.iter().map(|target| (*target).to_owned()).collect();
        Some(Order { seconds, targets, input })
    };
    let table: [(&[&str], Option<Order>); 6] = [
        (&[], order(30, &[], false)),
        (&["names"], order(30, &["names"], false)),
        (&["--seconds", "5", "names", "cli_config"], order(5, &["names", "cli_config"], false)),
        (&["--input", "file", "names"], order(30, &["names"], true)),
        (&["--seconds", "soon"], None),
        (&["--second", "5"], None),
    ];
    for (words, expected) in table {
        assert_eq!(Order::read(words), expected, "{words:?}");
    }
}
