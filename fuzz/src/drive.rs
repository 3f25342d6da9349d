//! Runs a target without a fuzzer.

use std::panic;

use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestError, TestRng, TestRunner};
use sha2::{Digest as _, Sha256};

use crate::Target;
use crate::edit;
use crate::watch::Watch;

/// An input that breaks a promise, made as small as it would get.
#[derive(Clone, Debug)]
pub struct Found {
    /// The input.
    pub input: Vec<u8>,
    /// What the target said.
    pub what: String,
}

/// Gives `target` as many variations of `seeds`, the same for the same `seed`.
///
/// # Errors
/// What it found.
pub fn random(target: Target, seeds: &[Vec<u8>], seed: u64, inputs: u32) -> Result<(), Box<Found>> {
    let config = Config { cases: inputs, failure_persistence: None, ..Config::default() };
    let seed: [u8; 32] = Sha256::digest(seed.to_be_bytes()).into();
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &seed);
    let watch = Watch::over(target.name);
    let ran = TestRunner::new_with_rng(config, rng).run(&edit::accidents(), |(which, edits)| {
        watch.run(target.run, &edit::apply(seeds, which, &edits));
        Ok::<(), TestCaseError>(())
    });
    ran.map_err(|error| match error {
        TestError::Fail(why, (which, edits)) => Box::new(Found {
            input: edit::apply(seeds, which, &edits),
            what: why.message().to_owned(),
        }),
        TestError::Abort(why) => {
            Box::new(Found { input: Vec::new(), what: why.message().to_owned() })
        }
    })
}

/// Gives `target` the seeds as they are, and each with a part of it over and over again, `length` bytes
/// of it: what takes more than a line's time for a line shows here.
///
/// # Errors
/// What it found.
pub fn stretched(target: Target, seeds: &[Vec<u8>], length: usize) -> Result<(), Box<Found>> {
    let watch = Watch::over(target.name);
    let run = |input: Vec<u8>| {
        let ran = panic::catch_unwind(|| watch.run(target.run, &input));
        ran.map_err(|_| Box::new(Found { input, what: "see the panic above".to_owned() }))
    };
    for seed in seeds {
        run(seed.clone())?;
        for from in [0, seed.len() / 3, seed.len() / 2, seed.len().saturating_sub(2)] {
            for part in [1, 2, 7, 40] {
                let end = seed.len().min(from + part);
                let mut long = seed.clone();
                let more = seed[from..end].repeat(length / (end - from).max(1));
                long.splice(end..end, more);
                run(long)?;
            }
        }
        for (open, close) in NESTS {
            let times = length / (open.len() + close.len());
            run([seed, &open.repeat(times)[..], b"x", &close.repeat(times)].concat())?;
        }
    }
    Ok(())
}

/// What may stand in itself, or before itself.
const NESTS: &[(&[u8], &[u8])] = &[
    (b"<a href=https://a.example>", b"</a>"),
    (b"<blockquote>", b"</blockquote>"),
    (b"<table><tr><td>", b""),
    (b"<!--", b""),
    (b"<b a=\"", b">"),
    (b"[", b"]"),
    (b"{\"a\":", b"}"),
    (b"\n>", b"\n"),
    (b"&", b";"),
    (b"```\n", b"~~~\n"),
];
