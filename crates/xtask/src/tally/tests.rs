use super::{Runner, Tally};

fn tally(passed: u64, failed: u64, skipped: u64) -> Option<Tally> {
    Some(Tally { passed, failed, skipped })
}

#[test]
fn reads_libtest() {
    let line = "test result: FAILED. 5 passed; 2 failed; 1 ignored; 0 measured; 3 filtered out; \
                finished in 0.01s\n";
    assert_eq!(Runner::Libtest.read(line), tally(5, 2, 1));
}

#[test]
fn reads_nextest() {
    let line = "     Summary [   0.012s] 5 tests run: 5 passed, 2 skipped\n";
    assert_eq!(Runner::Nextest.read(line), tally(5, 0, 2));
    let one = "     Summary [   0.012s] 1 test run: 1 passed, 0 skipped\n";
    assert_eq!(Runner::Nextest.read(one), tally(1, 0, 0));
}

#[test]
fn a_timeout_is_a_failure() {
    let line = "     Summary [  61.000s] 6/9 tests run: 3 passed (1 slow, 1 flaky), 1 failed, \
                1 timed out, 1 exec failed, 3 skipped";
    assert_eq!(Runner::Nextest.read(line), tally(3, 3, 3));
}

#[test]
fn other_lines_say_nothing() {
    for line in ["", "test tally::tests::reads ... ok", "running 3 tests", "Summary [no numbers]"] {
        assert_eq!(Runner::Libtest.read(line), None, "{line}");
        assert_eq!(Runner::Nextest.read(line), None, "{line}");
    }
}

#[test]
fn says_what_a_reader_looks_for() {
    assert_eq!(
        Tally { passed: 3, failed: 2, skipped: 1 }.to_string(),
        "3 passed, 2 failed, 1 skipped"
    );
}
