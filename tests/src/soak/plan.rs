//! When what happens, in seconds since the beginning.

/// What a moment belongs to. In order of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Phase {
    /// All is well.
    Calm,
    /// Nothing reaches the desk.
    DeskDown,
    /// The desk is back, and has what came meanwhile still to take.
    DeskBack,
    /// All is well again.
    Between,
    /// Nothing reaches the channel's provider.
    ChannelDown,
    /// The channel is back.
    ChannelBack,
}

pub(super) const PHASES: [Phase; 6] = [
    Phase::Calm,
    Phase::DeskDown,
    Phase::DeskBack,
    Phase::Between,
    Phase::ChannelDown,
    Phase::ChannelBack,
];

/// Nobody begins a conversation after this.
pub(super) const LAST_COMES: u32 = 165 * MINUTE;
/// The desk does not answer between these.
pub(super) const DESK_DOWN: std::ops::Range<u32> = 30 * MINUTE..90 * MINUTE;
/// The channel's provider does not answer between these.
pub(super) const CHANNEL_DOWN: std::ops::Range<u32> = 135 * MINUTE..145 * MINUTE;
const BETWEEN: u32 = 120 * MINUTE;
const MINUTE: u32 = 60;

impl Phase {
    pub(super) fn of(second: u32) -> Self {
        match second {
            s if s < DESK_DOWN.start => Self::Calm,
            s if s < DESK_DOWN.end => Self::DeskDown,
            s if s < BETWEEN => Self::DeskBack,
            s if s < CHANNEL_DOWN.start => Self::Between,
            s if s < CHANNEL_DOWN.end => Self::ChannelDown,
            _ => Self::ChannelBack,
        }
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Calm => "calm",
            Self::DeskDown => "desk down",
            Self::DeskBack => "desk back",
            Self::Between => "calm again",
            Self::ChannelDown => "channel down",
            Self::ChannelBack => "channel back",
        }
    }
}
