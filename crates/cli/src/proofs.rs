//! What the doctor has proven, kept beside the store for `status`.

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use handover_core::probe::{Check, Verdict};
use serde::{Deserialize, Serialize};
use tempfile::NamedTempFile;

use crate::config::{DeskKind, DeskSettings, Settings};

/// What of a configuration has to be proven, and where what was proven is kept.
#[derive(Clone, Debug)]
pub(crate) struct Wanted {
    /// The configuration: as it takes effect, secrets masked.
    pub(crate) configuration: String,
    /// Whether there is a desk that only a round trip proves.
    pub(crate) trip: bool,
    path: PathBuf,
}

/// What was seen when the doctor looked last.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Proofs {
    /// The configuration that was looked at.
    pub(crate) configuration: String,
    pub(crate) at: DateTime<Utc>,
    pub(crate) checks: Vec<Placed>,
    /// The last round trip, if there was one.
    #[serde(default)]
    pub(crate) trip: Option<Tried>,
}

/// A round trip.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Tried {
    pub(crate) at: DateTime<Utc>,
    pub(crate) checks: Vec<Placed>,
}

/// A check, and what it is of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Placed {
    pub(crate) place: String,
    pub(crate) check: Check,
}

impl Wanted {
    pub(crate) fn by(settings: &Settings) -> Self {
        let is_creatio = |desk: &DeskSettings| matches!(desk.kind, DeskKind::Creatio(_));
        // Beside the folder of files, which all processes of one relay share.
        let mut path = settings.store.blobs.components().collect::<PathBuf>().into_os_string();
        path.push(".doctor.json");
        Self {
            configuration: settings.fingerprint.clone(),
            trip: settings.desks.iter().any(is_creatio),
            path: path.into(),
        }
    }

    #[cfg(test)]
    pub(crate) fn of(configuration: &str, trip: bool) -> Self {
        Self { configuration: configuration.to_owned(), trip, path: PathBuf::new() }
    }

    /// What the doctor kept, of whatever configuration; `None` if nothing can be read.
    pub(crate) fn proofs(&self) -> Option<Proofs> {
        serde_json::from_slice(&std::fs::read(&self.path).ok()?).ok()
    }

    /// Keeps what was seen now, whole or not at all. An earlier round trip with the same
    /// configuration stays.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(crate) fn keep(
        &self,
        at: DateTime<Utc>,
        checks: Vec<Placed>,
        trip: Option<Vec<Placed>>,
    ) -> io::Result<()> {
        let configuration = self.configuration.clone();
        let before = self.proofs().filter(|kept| kept.configuration == configuration);
        let trip = trip.map(|checks| Tried { at, checks });
        let trip = trip.or_else(|| before.and_then(|kept| kept.trip));
        let kept = Proofs { configuration, at, checks, trip };
        let folder = self.path.parent().filter(|folder| !folder.as_os_str().is_empty());
        let mut new = NamedTempFile::new_in(folder.unwrap_or_else(|| Path::new(".")))?;
        new.write_all(&serde_json::to_vec_pretty(&kept)?)?;
        new.persist(&self.path).map(drop).map_err(|error| error.error)
    }
}

impl Proofs {
    /// All that was found not to work.
    pub(crate) fn broken(&self) -> impl Iterator<Item = &Placed> {
        let tried = self.trip.iter().flat_map(|trip| &trip.checks);
        self.checks.iter().chain(tried).filter(|at| at.check.verdict == Verdict::Broken)
    }
}
