//! What must not break the parser.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use bytes::Bytes;
use handover_core::webhook::Webhook;
use http::Request;

use super::ChannelFixture;
use super::scene::{NO_WEBHOOK, at, webhook};
use crate::violation::{Checked, Verdict, Violation, ensure};

/// However a signed body is cut, changed or mixed, reading it ends with events or a 4xx.
pub async fn never_panics_on_a_prefix(fixture: &Arc<dyn ChannelFixture>) -> Checked {
    let Some((webhook, _)) = webhook(&**fixture) else { return Ok(Verdict::Skipped(NO_WEBHOOK)) };
    let mut seeds = vec![fixture.deliver("1", "hello & 100% + 🙂 \u{202e}x", at(0))];
    seeds.extend(fixture.unknown(at(0)));
    seeds.extend(fixture.corpus());
    let bodies: Vec<Bytes> = seeds.iter().map(|seed| seed.body().clone()).collect();
    let mut dice = Dice(0x9e37_79b9_7f4a_7c15);
    for seed in &seeds {
        for end in 0..=seed.body().len() {
            read(&**fixture, &*webhook, seed, &seed.body().slice(..end))?;
        }
        for _ in 0..MUTATIONS {
            let other = &bodies[dice.below(bodies.len())];
            read(&**fixture, &*webhook, seed, &mutated(seed.body(), other, &mut dice))?;
        }
        let long = seed.body().repeat(1 + (1 << 16) / seed.body().len().max(1));
        read(&**fixture, &*webhook, seed, &long.into())?;
    }
    Ok(Verdict::Kept)
}

/// Reads a request with another body, signed anew and as it was.
fn read(
    fixture: &dyn ChannelFixture,
    webhook: &dyn Webhook,
    seed: &Request<Bytes>,
    body: &Bytes,
) -> Result<(), Violation> {
    let unsigned = seed.clone().map(|_| body.clone());
    let signed = fixture.sign(unsigned.clone(), at(0));
    for request in [unsigned, signed] {
        let read = catch_unwind(AssertUnwindSafe(|| webhook.receive(&request, at(0))));
        let Ok(read) = read else {
            return Err(Violation::new(format!("reading this body panics: {body:?}")));
        };
        let Err(rejection) = read else { continue };
        ensure!(rejection.status.is_client_error(), "a rejection has status {}", rejection.status);
    }
    Ok(())
}

/// `body` after one to four small accidents.
fn mutated(body: &Bytes, other: &Bytes, dice: &mut Dice) -> Bytes {
    let mut bytes = body.to_vec();
    for _ in 0..=dice.below(4) {
        let place = dice.below(bytes.len().max(1));
        let rest = bytes.len() - place.min(bytes.len());
        match dice.below(6) {
            0 if rest > 0 => bytes[place] ^= 1 << dice.below(8),
            1 if rest > 0 => bytes[place] = ODD_BYTES[dice.below(ODD_BYTES.len())],
            2 => drop(bytes.drain(place.min(bytes.len())..).take(rest / 2).count()),
            3 => bytes.insert(place.min(bytes.len()), ODD_BYTES[dice.below(ODD_BYTES.len())]),
            4 => {
                let from = dice.below(other.len().max(1)).min(other.len());
                bytes.truncate(place);
                bytes.extend_from_slice(&other[from..]);
            }
            _ => {
                let copy = bytes[place.min(bytes.len())..].to_vec();
                bytes.extend_from_slice(&copy[..copy.len().min(64)]);
            }
        }
    }
    bytes.into()
}

/// Numbers that look random and are the same in every run.
struct Dice(u64);

impl Dice {
    /// A number under `end`, which is not 0.
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).unwrap_or(0) % end
    }
}

const MUTATIONS: u32 = 400;
const ODD_BYTES: &[u8] = b"\0%&+=\"'\\{}[]<>:,;\n\r-09\x7f\x80\xc0\xed\xff";
