//! What the command says, and its exit status, when it cannot do what it is asked.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::path::Path;
use std::process::{Command, Output};

const CONFIG: &str = r#"tenant = "acme"
[server]
listen = "127.0.0.1:1"
public_url = "http://127.0.0.1:1"
operator_token = "an-operator-token"
[channel.sms-us]
kind = "twilio"
account_sid = "AC00000000000000000000000000000001"
auth_token = { env = "HANDOVER_TEST_TOKEN" }
from = "+15550001111"
"#;

fn handover(folder: &Path, args: &[&str]) -> Output {
    std::fs::write(folder.join("handover.toml"), CONFIG).unwrap();
    Command::new(env!("CARGO_BIN_EXE_handover"))
        .current_dir(folder)
        .env("HANDOVER_TEST_TOKEN", "token")
        .env_remove("HANDOVER_CONFIG")
        .args(args)
        .output()
        .unwrap()
}

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}

#[test]
fn exit_codes_and_messages() {
    let folder = folder();
    let session = "ee307e6c-a819-5926-92cd-66a4035729d9";
    let table: &[(&[&str], i32, &str)] = &[
        (&[], 2, "Usage: handover"),
        (&["--help"], 0, "Commands:"),
        (&["--version"], 0, "handover"),
        (&["serv"], 2, "a similar subcommand exists: 'serve'"),
        (&["serve"], 2, "--config <FILE>"),
        (&["serve", "--config", "nothing.toml"], 2, "nothing.toml: cannot be read"),
        (&["config", "check", "handover.toml"], 0, "tenant = \"acme\""),
        (&["config", "check", "handover.toml", "--json"], 0, "\"value\":\"acme\""),
        (&["sessions", "--config", "handover.toml"], 2, "the file of the store does not exist"),
        (&["status", "--config", "handover.toml"], 2, "handover.db"),
        (&["show", "7", "--config", "handover.toml"], 2, "invalid value '7'"),
        (&["handoff", session, "--config", "handover.toml"], 2, "does not exist"),
        (
            &["settle", "7", "maybe", "--config", "handover.toml"],
            2,
            "[possible values: sent, resend, drop]",
        ),
    ];
    for (args, code, expected) in table {
        let output = handover(folder.path(), args);
        let said = [output.stdout, output.stderr].concat();
        let said = String::from_utf8_lossy(&said);
        assert_eq!(output.status.code(), Some(*code), "{args:?}: {said}");
        assert!(said.contains(expected), "{args:?}: {said}");
        assert!(!said.contains("panicked"), "{args:?}: {said}");
    }
}

#[test]
fn a_missing_variable_is_named_before_anything_listens() {
    let folder = folder();
    std::fs::write(folder.path().join("handover.toml"), CONFIG).unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_handover"))
        .current_dir(folder.path())
        .env_remove("HANDOVER_TEST_TOKEN")
        .args(["serve", "--config", "handover.toml"])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2));
    let expected = "handover: handover.toml:9: `channel.sms-us.auth_token`: set the environment \
                    variable HANDOVER_TEST_TOKEN\n";
    assert_eq!(said, expected);
    assert!(!folder.path().join("handover.db").exists());
}

#[test]
fn an_order_without_a_serve_is_carried_out_on_the_file() {
    let folder = folder();
    // Port 1 has no server; the store is made by opening it once.
    drop(handover_store::Sqlite::open(folder.path().join("handover.db"), &Default::default()));
    let output = handover(folder.path(), &["replay", "7", "--config", "handover.toml"]);
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("there is no such session or job"), "{said}");

    let output = handover(folder.path(), &["sessions", "--config", "handover.toml"]);
    assert_eq!(String::from_utf8_lossy(&output.stdout), "No sessions.\n");
}

#[test]
fn a_file_that_is_no_store_is_refused() {
    let folder = folder();
    std::fs::write(folder.path().join("handover.db"), "this is no database, but long enough")
        .unwrap();
    let output = handover(folder.path(), &["serve", "--config", "handover.toml"]);
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains("handover.db"), "{said}");
}
