//! Accidents that happen to bytes.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};

/// One accident. A failure shrinks to the few that it takes.
#[derive(Clone, Debug)]
pub(crate) enum Edit {
    Cut { from: Index, length: usize },
    Flip { at: Index, bit: u8 },
    Insert { at: Index, word: &'static [u8] },
    Put { at: Index, byte: u8 },
    Repeat { from: Index, length: usize, times: usize },
    Splice { other: Index, from: Index, length: usize, at: Index },
}

/// Which of the seeds, and what happens to it.
pub(crate) fn accidents() -> impl Strategy<Value = (Index, Vec<Edit>)> {
    let index = any::<Index>;
    let length = || prop_oneof![1..8_usize, 1..64_usize, 1..4_096_usize];
    let edit =
        prop_oneof![
            (index(), length()).prop_map(|(from, length)| Edit::Cut { from, length }),
            (index(), 0..8_u8).prop_map(|(at, bit)| Edit::Flip { at, bit }),
            (index(), select(WORDS)).prop_map(|(at, word)| Edit::Insert { at, word }),
            (index(), any::<u8>()).prop_map(|(at, byte)| Edit::Put { at, byte }),
            (index(), length(), 1..40_usize).prop_map(|(from, length, times)| Edit::Repeat {
                from,
                length,
                times
            }),
            (index(), index(), length(), index())
                .prop_map(|(other, from, length, at)| Edit::Splice { other, from, length, at }),
        ];
    (index(), vec(edit, 0..8))
}

/// What `edits` make of one of the seeds.
pub(crate) fn apply(seeds: &[Vec<u8>], which: Index, edits: &[Edit]) -> Vec<u8> {
    let mut bytes = which.get(seeds).clone();
    for edit in edits {
        match *edit {
            Edit::Cut { from, length } => {
                let from = place(from, &bytes);
                let to = bytes.len().min(from + length);
                bytes.drain(from..to);
            }
            Edit::Flip { at, bit } if !bytes.is_empty() => {
                let at = at.index(bytes.len());
                bytes[at] ^= 1 << bit;
            }
            Edit::Put { at, byte } if !bytes.is_empty() => {
                let at = at.index(bytes.len());
                bytes[at] = byte;
            }
            Edit::Flip { .. } | Edit::Put { .. } => {}
            Edit::Insert { at, word } => insert(&mut bytes, at, word),
            Edit::Repeat { from, length, times } => {
                let start = place(from, &bytes);
                let end = bytes.len().min(start + length);
                let more = bytes[start..end].repeat(times.min(LONG / (end - start).max(1)));
                bytes.splice(start..start, more);
            }
            Edit::Splice { other, from, length, at } => {
                let other = other.get(seeds);
                let start = place(from, other);
                insert(&mut bytes, at, &other[start..other.len().min(start + length)]);
            }
        }
    }
    bytes
}

fn insert(bytes: &mut Vec<u8>, at: Index, word: &[u8]) {
    let at = place(at, bytes);
    bytes.splice(at..at, word.iter().copied());
}

/// A place in `bytes`, their end included.
fn place(index: Index, bytes: &[u8]) -> usize {
    index.index(bytes.len() + 1)
}

/// The most bytes that one repetition adds.
const LONG: usize = 16 << 10;

/// What parsers trip over.
const WORDS: &[&[u8]] = &[
    b"\0",
    b"\r\n",
    b"\n\n",
    b"\n---\n",
    b"\"",
    b"'",
    b"\\",
    b"\\u0000",
    b"\\ud800",
    b"\xef\xbb\xbf",
    b"\xff\xfe",
    b"\xed\xa0\x80",
    "\u{202e}".as_bytes(),
    "\u{2060}".as_bytes(),
    "\u{ffff}".as_bytes(),
    "🙂".as_bytes(),
    b"%",
    b"%00",
    b"%ff",
    b"&",
    b"&#0;",
    b"&#x110000;",
    b"&amp;",
    b"=",
    b"+",
    b"-",
    b"-1",
    b"0",
    b"1e309",
    b"99999999999999999999",
    b"18446744073709551616",
    b"null",
    b"true",
    b"[]",
    b"{}",
    b"[[[[[[[[",
    b"{\"a\":",
    b"<",
    b">",
    b"</",
    b"<!--",
    b"-->",
    b"<style>",
    b"<a href=\"",
    b"<table><tr><td>",
    b"\n>",
    b"```",
    b"@",
    b"*_`[x](y)",
    b"//",
    b"../",
    b"https://evil.example/",
    b"http://127.0.0.1/",
    b"https://[::1]/",
    b"00000000-0000-0000-0000-000000000000",
    b"0001-01-01T00:00:00Z",
    b"9999-12-31T23:59:60Z",
    b"+00000000000000000000",
];
