//! How much there is to do.

use std::path::PathBuf;

/// A soak.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Options {
    /// How many messages are said, by whomever.
    pub messages: u32,
    /// What the die begins with.
    pub seed: u64,
    /// Where the store's file is made: in memory where there is such a folder, since what a disk
    /// takes for a flush is not asked here.
    pub folder: PathBuf,
}

/// How many messages a session has: ten texts, and as many answers.
pub(super) const MESSAGES: u32 = 20;
/// How many texts a customer has to say.
pub(super) const TEXTS: u32 = MESSAGES / 2;

impl Options {
    /// So many messages.
    pub fn new(messages: u32) -> Self {
        let memory = PathBuf::from("/dev/shm");
        let folder = if memory.is_dir() { memory } else { std::env::temp_dir() };
        Self { messages, seed: 1, folder }
    }

    /// Reads `--messages` and `--seed`.
    ///
    /// # Errors
    /// What cannot be understood.
    pub fn read(words: &[String]) -> Result<Self, String> {
        let mut options = Self::new(1_000_000);
        let mut words = words.iter();
        while let Some(word) = words.next() {
            let value = words.next().ok_or_else(|| format!("{word} needs a value"))?;
            let wrong = || format!("{word}: {value} is no number");
            match word.as_str() {
                "--messages" => options.messages = value.parse().map_err(|_| wrong())?,
                "--seed" => options.seed = value.parse().map_err(|_| wrong())?,
                _ => return Err(format!("unknown: {word}")),
            }
        }
        if options.messages < 1_000 {
            return Err("--messages: at least 1000".into());
        }
        Ok(options)
    }

    /// How many customers there are: each has a session.
    pub(super) fn customers(&self) -> u32 {
        self.messages / MESSAGES
    }
}
