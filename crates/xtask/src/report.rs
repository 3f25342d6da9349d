use std::fmt;
use std::time::Duration;

use crate::tally::Tally;

/// What became of every step.
#[derive(Debug, Default)]
pub(crate) struct Report {
    pub(crate) rows: Vec<Row>,
    pub(crate) tally: Tally,
}

#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) name: &'static str,
    pub(crate) time: Duration,
    pub(crate) end: End,
}

#[derive(Debug)]
pub(crate) enum End {
    Done,
    Failed(String),
    /// Why, and what to install.
    LeftOut(&'static str),
    /// An earlier step failed.
    NotReached,
}

impl Report {
    pub(crate) fn is_ok(&self) -> bool {
        !self.rows.iter().any(|row| matches!(row.end, End::Failed(_)))
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "\n{:<10} {:>7}  result", "step", "seconds")?;
        for Row { name, time, end } in &self.rows {
            write!(f, "{name:<10} {:>7.1}  ", time.as_secs_f64())?;
            match end {
                End::Done => writeln!(f, "ok")?,
                End::Failed(what) => writeln!(f, "FAILED: {what}")?,
                End::LeftOut(why) => writeln!(f, "left out: {why}")?,
                End::NotReached => writeln!(f, "not reached")?,
            }
        }
        writeln!(f, "\n{}", self.tally)
    }
}
