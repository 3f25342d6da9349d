//! The promises hold on every schedule that a die can think of.

use handover_tests::simulation::{Bug, INPUTS, Plan, run, search, shrink};

/// `cargo xtask test` runs two thousand, built for speed.
const SEEDS: u64 = 120;

#[test]
fn the_promises_hold_on_every_schedule() {
    let found = search(0..SEEDS, Bug::none);
    if let Some((seed, report)) = found.broken {
        panic!(
            "seed {seed} (cargo xtask simulate --seed {seed} shows it step by step):\n{:#?}",
            report.violations
        );
    }
    println!("{:#?}", found.reached);
}

#[test]
fn a_seed_always_gives_the_same_schedule() {
    for seed in [3, 50] {
        let plan = Plan::of(seed, INPUTS);
        let (once, again) = (run(&plan, Bug::none(), true), run(&plan, Bug::none(), true));
        assert!(once.trace.len() > 100, "a schedule in which nothing happens");
        assert_eq!(once.trace, again.trace, "seed {seed}");
    }
}

/// A mistake is shown by a schedule that a person can read.
#[test]
fn a_schedule_that_breaks_a_promise_is_made_small() {
    let exhibit = |name: &str| {
        let all = handover_tests::museum::EXHIBITS;
        *all.iter().find(|exhibit| exhibit.name == name).expect("it is in the museum")
    };
    let silent = exhibit("an assistant that fails is silent");
    let death = silent.hunt(60).expect("it is found at once");
    let plan = Plan::of(death.seeds - 1, INPUTS);
    let small = shrink(&plan, death.promise, || silent.bug());
    assert!(small.len() < 8, "still {} of {} steps", small.len(), plan.len());
    let report = run(&small, silent.bug(), false);
    assert!(report.violations.iter().any(|violation| violation.promise == death.promise));
}
