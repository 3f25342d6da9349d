//! The demo's script, as a user starts it.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::process::Command;

#[test]
fn every_step_of_the_script_is_seen() {
    let output = Command::new(env!("CARGO_BIN_EXE_handover"))
        .args(["demo", "--script"])
        .env_remove("RUST_LOG")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    let complained = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}\n{complained}");
    assert!(said.contains("open_case = \"first-message\""), "{said}");
    assert!(said.contains("open_case = \"handoff\""), "{said}");
    assert!(said.contains("All 24 steps were seen at the simulated providers."), "{said}");
    assert_eq!(complained, "", "nothing to warn of");
}

#[test]
fn every_step_in_front_is_seen() {
    let output = Command::new(env!("CARGO_BIN_EXE_handover"))
        .args(["demo", "--script", "--desk", "front"])
        .env_remove("RUST_LOG")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    let complained = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}\n{complained}");
    assert!(said.contains("All 8 steps were seen in the simulated Front."), "{said}");
    assert_eq!(complained, "", "nothing to warn of");
}

#[test]
fn only_the_script_plays_front() {
    let demo = Command::new(env!("CARGO_BIN_EXE_handover"));
    let output = { demo }.args(["demo", "--desk", "front"]).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("--script"));
}

#[test]
fn the_store_of_another_demo_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("first-message")).unwrap();
    std::fs::write(folder.path().join("first-message/handover.db"), "").unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_handover"))
        .args(["demo", "--script", "--store"])
        .arg(folder.path())
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("name an empty folder"));
}
