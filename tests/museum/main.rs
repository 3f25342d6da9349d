//! The museum and `docs/guarantees.md` name the same mistakes, and those that show at once show.

#![expect(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

use std::path::Path;

use handover_tests::museum::{EXHIBITS, IN_THE_STORE_SUITE};

fn guarantees() -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    std::fs::read_to_string(root.join("docs/guarantees.md")).unwrap()
}

#[test]
fn the_table_names_every_mistake_and_no_other() {
    let text = guarantees();
    let (_, museum) = text.split_once("## The bug museum").unwrap();
    let rows: Vec<&str> = museum.lines().filter(|line| line.starts_with("| ")).collect();
    for exhibit in EXHIBITS {
        let begin = format!("| {} | {} |", exhibit.name, exhibit.thread);
        assert!(rows.iter().any(|row| row.starts_with(&begin)), "not in the table: {begin}");
    }
    for (name, thread, killer) in IN_THE_STORE_SUITE {
        let row = format!("| {name} | {thread} | {killer} |");
        assert!(rows.contains(&row.as_str()), "not in the table: {row}");
    }
    let heads = rows.iter().filter(|row| row.starts_with("| mistake |")).count();
    assert_eq!(rows.len() - heads, EXHIBITS.len() + IN_THE_STORE_SUITE.len());
}

#[test]
fn two_mistakes_are_never_one() {
    for (n, exhibit) in EXHIBITS.iter().enumerate() {
        assert!(EXHIBITS[..n].iter().all(|other| other.name != exhibit.name), "{}", exhibit.name);
    }
}

/// All of them are hunted by `cargo xtask simulate --museum`; here those that a few schedules show.
#[test]
fn a_mistake_breaks_a_promise_that_the_right_code_keeps() {
    let shows_at_once = ["an assistant that fails is silent", "a slow call is taken for done"];
    for exhibit in EXHIBITS.iter().filter(|exhibit| shows_at_once.contains(&exhibit.name)) {
        let death = exhibit.hunt(60).unwrap_or_else(|| panic!("{} lives", exhibit.name));
        println!("{}: seed {}: {}", exhibit.name, death.seeds - 1, death.what);
    }
}
