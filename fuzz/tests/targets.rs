//! Every target, for a short while and always the same; and what shows that a target can fail.

#![expect(clippy::unwrap_used, reason = "a test fails loudly")]

use std::fs;
use std::path::Path;

use handover_fuzz::{TARGETS, Target, corpus, random, stretched};

macro_rules! targets {
    ($($name:ident)*) => {
        $(#[test]
        fn $name() {
            search(stringify!($name));
        })*

        #[test]
        fn every_target_is_searched() {
            let searched = [$(stringify!($name)),*];
            let all: Vec<_> = TARGETS.iter().map(|target| target.name).collect();
            assert_eq!(searched[..], all);
        }
    };
}

targets! {
    cli_config creatio_answer creatio_batch creatio_html creatio_rows creatio_signature creatio_text
    creatio_token creatio_webhook front_answer front_channel front_file front_mail front_rows
    front_signature front_text front_token front_webhook names twilio_answer twilio_file twilio_rows
    twilio_signature twilio_text twilio_webhook
}

fn search(name: &str) {
    let target = Target::named(name).unwrap();
    let seeds = corpus(name).unwrap();
    let found = stretched(target, &seeds, STRETCH);
    if let Err(found) = found.and_then(|()| random(target, &seeds, SEED, INPUTS)) {
        let (length, start) = (found.input.len(), found.input.iter().take(2_000));
        let start: Vec<u8> = start.copied().collect();
        panic!("seed {SEED}: {}\n{length} bytes: {}", found.what, start.escape_ascii());
    }
}

#[test]
fn a_search_finds_what_is_broken_and_makes_it_small() {
    let broken = |data: &[u8]| assert!(!data.ends_with(b"\0"), "a zero at the end");
    let target = Target { name: "broken", run: broken };
    let seeds = [b"a harmless text".to_vec(), b"and another one, somewhat longer".to_vec()];
    let found = random(target, &seeds, SEED, 10_000).unwrap_err();
    assert!(found.what.contains("a zero at the end"), "{}", found.what);
    let seed = seeds.iter().find(|seed| found.input.starts_with(&seed[..10]));
    assert!(found.input.len() <= seed.map_or(2, Vec::len) + 1, "{:?}", found.input);
}

#[test]
fn the_same_seed_is_the_same_search() {
    let inputs = |seed| {
        let target = Target { name: "even", run: |data| assert!(data.len() % 7 != 3) };
        random(target, &corpus("names").unwrap(), seed, 1_000).map_err(|found| found.input)
    };
    assert_eq!(inputs(1), inputs(1));
    assert!(inputs(1).is_err());
}

/// `cargo fuzz` knows targets by the files of its package.
#[test]
fn the_fuzzer_has_the_same_targets() {
    let package = Path::new(env!("CARGO_MANIFEST_DIR")).join("libfuzzer");
    let manifest = fs::read_to_string(package.join("Cargo.toml")).unwrap();
    let manifest: toml::Table = manifest.parse().unwrap();
    let bins = manifest["bin"].as_array().unwrap();
    let named: Vec<_> = bins.iter().map(|bin| bin["name"].as_str().unwrap()).collect();
    assert_eq!(named, TARGETS.iter().map(|target| target.name).collect::<Vec<_>>());
    for target in TARGETS {
        let file = package.join("src").join(format!("{}.rs", target.name));
        let text = fs::read_to_string(file).unwrap();
        assert!(text.contains(&format!("\"{}\"", target.name)), "{} runs another", target.name);
    }
}

const INPUTS: u32 = 200;
const SEED: u64 = 7_741;
const STRETCH: usize = 8 << 10;
