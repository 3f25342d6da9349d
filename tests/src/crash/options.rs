//! What a crash loop is asked to do.

use std::time::Duration;

/// Where the processes keep everything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum StoreKind {
    /// One file, one process.
    Sqlite,
    /// A PostgreSQL cluster of its own, for any number of processes.
    Postgres,
}

/// A crash loop.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Options {
    /// Where the processes keep everything.
    pub store: StoreKind,
    /// How many processes there are.
    pub processes: usize,
    /// How many times one of them is killed.
    pub kills: u32,
    /// What the die begins with.
    pub seed: u64,
    /// How long the end waits for everything to be done.
    pub patience: Duration,
    /// Whether the end waits for sends of which the provider's list cannot tell yet, and for leases
    /// of the dead: minutes, which a short run does not have.
    pub waits: bool,
}

impl Options {
    /// A hundred kills.
    pub fn new(store: StoreKind) -> Self {
        let (kills, seed, patience) = (100, 1, Duration::from_secs(600));
        Self { store, processes: 1, kills, seed, patience, waits: true }
    }

    /// Reads `--store`, `--processes`, `--kills` and `--seed`.
    ///
    /// # Errors
    /// What cannot be understood.
    pub fn read(words: &[String]) -> Result<Self, String> {
        let mut options = Self::new(StoreKind::Sqlite);
        let mut words = words.iter();
        while let Some(word) = words.next() {
            let value = words.next().ok_or_else(|| format!("{word} needs a value"))?;
            match word.as_str() {
                "--store" => options.store = store(value)?,
                "--processes" => options.processes = number(word, value)?,
                "--kills" => options.kills = number(word, value)?,
                "--seed" => options.seed = number(word, value)?,
                _ => return Err(format!("unknown: {word}")),
            }
        }
        if options.processes == 0 {
            return Err("--processes: at least 1".into());
        }
        if options.store == StoreKind::Sqlite && options.processes > 1 {
            return Err("one SQLite file belongs to one process: give --store postgres".into());
        }
        Ok(options)
    }
}

fn store(value: &str) -> Result<StoreKind, String> {
    match value {
        "postgres" => Ok(StoreKind::Postgres),
        "sqlite" => Ok(StoreKind::Sqlite),
        _ => Err(format!("--store: sqlite or postgres, not {value}")),
    }
}

fn number<T: std::str::FromStr>(word: &str, value: &str) -> Result<T, String> {
    value.parse().map_err(|_| format!("{word}: {value} is no number"))
}
