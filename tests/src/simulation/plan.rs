//! What a seed stands for. Pure: a plan is data, so that it can be shown, and parts of it left out.

use std::fmt;

use fastrand::Rng;

/// A schedule: how the world is set up, and what happens in it.
#[derive(Clone, Debug)]
pub struct Plan {
    pub(super) setup: Setup,
    pub(super) steps: Vec<Step>,
}

/// How a world is set up.
#[derive(Clone, Debug)]
pub(super) struct Setup {
    /// One town for each tenant.
    pub(super) towns: Vec<TownPlan>,
    /// How far the clock of each process is ahead of the true time, in milliseconds.
    pub(super) processes: Vec<i64>,
    /// Whether everything is kept in SQLite.
    pub(super) on_sqlite: bool,
}

/// How a tenant's providers are set up.
#[derive(Clone, Debug)]
pub(super) struct TownPlan {
    pub(super) topology: Topology,
    /// How far the providers' clocks are ahead, in milliseconds.
    pub(super) skew: i64,
    /// How late a provider's list shows what is new, in seconds.
    pub(super) list_lag: u64,
    /// How late a person's row is seen, in seconds.
    pub(super) row_lag: u64,
    /// Chooses among the ways in which such a town can be configured.
    pub(super) style: u32,
}

/// Who owns the channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Topology {
    /// The desk hosts it: a number in Front.
    Hosted,
    /// We do: Twilio, with Creatio downstream.
    Owned,
}

/// One thing that happens. Numbers choose among what there is by then, so that a step still means
/// something when others are left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// Somebody does something.
    Act { town: u32, act: Act, a: u32, b: u32 },
    /// A process begins to look at the time, or to work.
    Begin { process: u32, town: u32, ticks: bool },
    /// A process dies and another takes its place.
    Crash { process: u32 },
    /// A webhook arrives, or does not.
    Deliver { process: u32, mail: u32, way: Way },
    /// The connection of one thing that a process does is closed.
    Drop { process: u32, n: u32 },
    /// A provider will fail.
    Fail { town: u32, place: u32, fault: u32, times: u32 },
    /// A process goes on with one of the things it does.
    GoOn { process: u32, n: u32 },
    /// The assistant is down for so many seconds.
    Outage { seconds: u32 },
    /// Milliseconds pass.
    Pass { millis: u32 },
    /// The store will fail.
    StoreFails { process: u32, after: bool },
}

/// What people do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Act {
    Assign,
    Close,
    Draft,
    Edit,
    Keyword,
    Merge,
    Note,
    Poll,
    Reply,
    Text,
    Wait,
}

/// How a webhook travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// So many minutes late, at most 72 hours.
    Late(u32),
    Lost,
    Once,
    Twice,
}

impl Plan {
    /// The schedule of `seed`: `inputs` things that people do, and whatever else happens meanwhile.
    pub fn of(seed: u64, inputs: u32) -> Self {
        let mut rng = Rng::with_seed(seed);
        let setup = Setup::draw(seed, &mut rng);
        let mut steps = Vec::new();
        let mut left = inputs;
        while left > 0 {
            let step = Step::draw(&mut rng);
            left -= u32::from(matches!(step, Step::Act { .. }));
            steps.push(step);
        }
        Self { setup, steps }
    }

    /// How many steps it has.
    #[expect(clippy::len_without_is_empty, reason = "a plan of nothing is none")]
    pub fn len(&self) -> usize {
        self.steps.len()
    }
}

impl Setup {
    fn draw(seed: u64, rng: &mut Rng) -> Self {
        let towns = if rng.u32(0..8) == 0 { 2 } else { 1 };
        let processes = [1, 1, 2, 2, 2, 3, 3, 4, 5][rng.usize(0..9)];
        Self {
            towns: (0..towns).map(|_| TownPlan::draw(rng)).collect(),
            processes: (0..processes).map(|_| rng.i64(-MAX_APART..=MAX_APART)).collect(),
            on_sqlite: seed.is_multiple_of(50),
        }
    }
}

impl TownPlan {
    fn draw(rng: &mut Rng) -> Self {
        Self {
            topology: if rng.u32(0..4) == 0 { Topology::Hosted } else { Topology::Owned },
            skew: rng.i64(-MAX_SKEW..=MAX_SKEW),
            list_lag: rng.u64(0..20),
            row_lag: if rng.bool() { 0 } else { rng.u64(0..60) },
            style: rng.u32(..),
        }
    }
}

impl Step {
    fn draw(rng: &mut Rng) -> Self {
        let (process, town) = (rng.u32(0..60), rng.u32(0..2));
        match rng.u32(0..1_000) {
            0..=94 => Self::Act { town, act: Act::draw(rng), a: rng.u32(0..60), b: rng.u32(0..60) },
            95..=119 => Self::Fail {
                town,
                place: rng.u32(0..60),
                fault: rng.u32(0..60),
                times: if rng.u32(0..6) == 0 { rng.u32(2..8) } else { 1 },
            },
            120..=124 => Self::Crash { process },
            125..=129 => Self::Drop { process, n: rng.u32(0..60) },
            130..=132 => Self::Outage { seconds: rng.u32(10..200) },
            133..=136 => Self::StoreFails { process, after: rng.u32(0..3) > 0 },
            137..=249 => Self::Deliver { process, mail: rng.u32(0..60), way: Way::draw(rng) },
            250..=279 => Self::Pass { millis: rng.u32(1..4_000) },
            280..=409 => Self::Begin { process, town, ticks: rng.u32(0..4) == 0 },
            _ => Self::GoOn { process, n: rng.u32(0..60) },
        }
    }
}

impl Act {
    fn draw(rng: &mut Rng) -> Self {
        match rng.u32(0..41) {
            40 => Self::Merge,
            0..=16 => Self::Text,
            17..=22 => Self::Reply,
            23..=24 => Self::Note,
            25..=26 => Self::Draft,
            27..=29 => Self::Close,
            30 => Self::Edit,
            31..=32 => Self::Keyword,
            33..=35 => Self::Assign,
            36..=37 => Self::Poll,
            _ => Self::Wait,
        }
    }
}

impl Way {
    fn draw(rng: &mut Rng) -> Self {
        match rng.u32(0..40) {
            0..=1 => Self::Twice,
            2..=3 => Self::Lost,
            4 => Self::Late(rng.u32(1..60)),
            5 => Self::Late(rng.u32(60..=MAX_LATE)),
            _ => Self::Once,
        }
    }
}

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{:?}", self.setup)?;
        self.steps.iter().try_for_each(|step| writeln!(f, "{step:?}"))
    }
}

/// How far the clocks of two processes may be from the true time, in milliseconds.
const MAX_APART: i64 = 2_000;
/// How far a provider's clock may be from it.
const MAX_SKEW: i64 = 30_000;
/// 72 hours, in minutes.
const MAX_LATE: u32 = 72 * 60;
