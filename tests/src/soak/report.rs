//! The table.

use std::fmt;
use std::time::Duration;

use super::gauge::Sample;
use super::options::Options;
use super::plan::{CHANNEL_DOWN, DESK_DOWN, PHASES, Phase};
use super::settle::Books;
use super::town::{LATENCY, RELAYS, SLOTS};
use super::weather::Meter;

/// How a soak went.
#[derive(Debug)]
pub struct Report {
    pub(super) options: Options,
    pub(super) budget: f64,
    pub(super) seconds: u32,
    pub(super) wall: Duration,
    pub(super) books: Books,
    pub(super) samples: Vec<Sample>,
    pub(super) requests: Meter,
    pub(super) left: u64,
}

/// A figure, what it must be, and whether it is.
struct Figure {
    name: String,
    value: String,
    bound: String,
    is_met: bool,
}

impl Report {
    /// Whether every figure is within its bound.
    pub fn is_ok(&self) -> bool {
        self.books.wrongs.is_empty() && self.figures().iter().all(|figure| figure.is_met)
    }

    fn figures(&self) -> Vec<Figure> {
        let mut figures = vec![
            at_least("messages", self.tally("messages"), self.options.messages.into()),
            at_most("lost on the way in", self.tally("lost on the way in"), 0),
            at_most("logged twice", self.tally("logged twice"), 0),
            at_most("sends, lost", self.tally("sends, lost"), 0),
            at_most("sends, doubled", self.tally("sent once more than anybody knows"), 0),
            at_most("entries, lost", self.tally("entries, lost"), 0),
            at_most("entries, doubled", self.tally("stray entries"), 0),
            at_most("cases, doubled", self.tally("stray cases"), 0),
            at_most("out of order", self.tally("out of order"), 0),
            at_most("jobs left in the end", self.left, 0),
        ];
        figures.extend(self.flow());
        figures.push(self.memory());
        figures
    }

    /// How the lanes that are not affected went on, and how the others caught up.
    fn flow(&self) -> Vec<Figure> {
        let Books { answers, replies, entries, .. } = &self.books;
        let channel = self.requests.read(|counts| busiest(&counts.sends, 0..self.seconds));
        let back = DESK_DOWN.end..DESK_DOWN.end + 600;
        let desk = self.requests.read(|counts| busiest(&counts.creatio, back));
        let slots = (RELAYS * SLOTS) as f64 / LATENCY.as_secs_f64();
        let drained = |from: u32| f64::from(self.drained(from).saturating_sub(from)) / 60.0;
        vec![
            within("answers, desk down: p99", answers.percentile(Phase::DeskDown, 99), 10.0, "s"),
            within("answers, desk back: p99", answers.percentile(Phase::DeskBack, 99), 10.0, "s"),
            // A case whose reading failed lately is read again after the longest back-off at most.
            within("replies, desk back: p90", replies.percentile(Phase::DeskBack, 90), 320.0, "s"),
            within(
                "entries, channel down: p99",
                entries.percentile(Phase::ChannelDown, 99),
                30.0,
                "s",
            ),
            within("desk caught up after", drained(DESK_DOWN.end), 30.0, "min"),
            within("channel caught up after", drained(CHANNEL_DOWN.end), 30.0, "min"),
            // A full second's worth may go at once.
            within("sends, most in 10 s", channel, self.budget * 1.1 + 0.1, "/s"),
            within("desk: most in 10 s, when back", desk, slots, "/s"),
        ]
    }

    /// What a waiting job takes in memory: the backlog is in the store, not here.
    fn memory(&self) -> Figure {
        let at = |second: u32| self.samples.iter().find(|sample| sample.second >= second);
        let (before, deepest) = (at(DESK_DOWN.start), at(DESK_DOWN.end - 30));
        let grown =
            deepest.map_or(0, |s| s.resident) as f64 - before.map_or(0, |s| s.resident) as f64;
        let jobs = deepest.map_or(0, |s| s.depth).max(1) as f64;
        within("resident, for a waiting job", grown / jobs / 1024.0, 4.0, "KiB")
    }

    /// When the depth first was back to twice what it was before, since `from`.
    fn drained(&self, from: u32) -> u32 {
        let before = self.samples.iter().filter(|sample| sample.second < DESK_DOWN.start);
        let usual = before.map(|sample| sample.depth).max().unwrap_or_default();
        let mut after = self.samples.iter().filter(|sample| sample.second >= from);
        let back = after.find(|sample| sample.depth <= 2 * usual + 20);
        back.map_or(u32::MAX, |sample| sample.second)
    }

    fn deepest(&self, phase: Phase) -> (u64, u64) {
        let of = self.samples.iter().filter(|sample| Phase::of(sample.second) == phase);
        of.fold((0, 0), |(depth, resident), sample| {
            (depth.max(sample.depth), resident.max(sample.resident))
        })
    }

    fn tally(&self, what: &str) -> u64 {
        self.books.tally.get(what).copied().unwrap_or_default()
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (seed, customers) = (self.options.seed, self.options.customers());
        let hours = f64::from(self.seconds) / 3600.0;
        let faults = self.requests.read(|counts| counts.faults);
        writeln!(f, "soak: {customers} sessions in {hours:.1} virtual hours, seed {seed}")?;
        writeln!(f, "{RELAYS} relays on one SQLite file, {faults} faults besides the outages\n")?;
        writeln!(
            f,
            "{:<14}{:>9}{:>9}{:>10}{:>10}{:>10}{:>10}{:>10}{:>10}",
            "", "depth", "MiB", "answers", "", "entries", "", "sms", "desk"
        )?;
        writeln!(
            f,
            "{:<14}{:>9}{:>9}{:>10}{:>10}{:>10}{:>10}{:>10}{:>10}",
            "phase", "most", "most", "p50 s", "p99 s", "p50 s", "p99 s", "calls/s", "calls/s"
        )?;
        for phase in PHASES {
            let (depth, resident) = self.deepest(phase);
            let (sms, desk) = self.requests.read(|counts| {
                (
                    mean(&counts.twilio, phase, self.seconds),
                    mean(&counts.creatio, phase, self.seconds),
                )
            });
            writeln!(
                f,
                "{:<14}{depth:>9}{:>9}{:>10.1}{:>10.1}{:>10.1}{:>10.1}{sms:>10.1}{desk:>10.1}",
                phase.name(),
                resident >> 20,
                self.books.answers.percentile(phase, 50),
                self.books.answers.percentile(phase, 99),
                self.books.entries.percentile(phase, 50),
                self.books.entries.percentile(phase, 99),
            )?;
        }
        writeln!(f)?;
        for (what, times) in &self.books.tally {
            writeln!(f, "{what:<36}{times:>10}")?;
        }
        writeln!(f)?;
        for Figure { name, value, bound, is_met } in self.figures() {
            let verdict = if is_met { "" } else { "  BROKEN" };
            writeln!(f, "{name:<32}{value:>14}   {bound}{verdict}")?;
        }
        for wrong in self.books.wrongs.iter().take(20) {
            writeln!(f, "  {wrong}")?;
        }
        let wall = self.wall.as_secs_f64();
        writeln!(
            f,
            "\n{:.0} messages a second, {wall:.0} s",
            self.tally("messages") as f64 / wall
        )?;
        writeln!(f, "{}", if self.is_ok() { "every bound was kept" } else { "BROKEN" })
    }
}

/// The most requests a second in any ten seconds that began in `range`.
fn busiest(seconds: &[u32], range: std::ops::Range<u32>) -> f64 {
    let from = (range.start as usize).min(seconds.len());
    let until = (range.end as usize).min(seconds.len());
    let most = seconds[from..until].windows(10).map(|window| window.iter().sum::<u32>()).max();
    f64::from(most.unwrap_or_default()) / 10.0
}

/// Requests a second in a phase.
fn mean(seconds: &[u32], phase: Phase, end: u32) -> f64 {
    let of = (0..end).filter(|second| Phase::of(*second) == phase);
    let (count, sum) = of.fold((0_u32, 0_u32), |(count, sum), second| {
        (count + 1, sum + seconds.get(second as usize).copied().unwrap_or_default())
    });
    f64::from(sum) / f64::from(count.max(1))
}

fn at_most(name: &str, value: u64, bound: u64) -> Figure {
    let is_met = value <= bound;
    Figure { name: name.into(), value: value.to_string(), bound: format!("<= {bound}"), is_met }
}

fn at_least(name: &str, value: u64, bound: u64) -> Figure {
    let is_met = value >= bound;
    Figure { name: name.into(), value: value.to_string(), bound: format!(">= {bound}"), is_met }
}

fn within(name: &str, value: f64, bound: f64, unit: &str) -> Figure {
    let is_met = value <= bound;
    let (value, bound) = (format!("{value:.1} {unit}"), format!("<= {bound:.1} {unit}"));
    Figure { name: name.into(), value, bound, is_met }
}
