//! The configuration of `serve`: read, checked and ready to be used.

mod assistant;
mod channel;
mod desk;
mod kept;
mod nearest;
mod problem;
mod secret;
mod server;
mod settings;
mod shown;
mod span;
mod table;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};

pub(crate) use channel::{ChannelKind, ChannelSettings};
pub(crate) use desk::{CreatioSettings, DeskKind, DeskSettings, FrontSettings};
pub(crate) use problem::Problem;
pub(crate) use server::StoreSettings;
pub(crate) use settings::Settings;
pub(crate) use shown::Shown;

use table::{File, Table};

/// A configuration, and how it reads with every default filled in.
#[derive(Debug)]
pub(crate) struct Loaded {
    pub(crate) settings: Settings,
    pub(crate) shown: Shown,
}

/// Where the configuration comes from, besides its text.
pub(crate) struct Around<'a> {
    /// What the file is called in messages.
    pub(crate) name: &'a str,
    /// What relative paths in it start from.
    pub(crate) folder: &'a Path,
    /// The environment.
    pub(crate) env: &'a dyn Fn(&str) -> Option<String>,
}

/// Reads the file at `path`. Relative paths in it start from the file's own folder.
///
/// # Errors
/// A [`Problem`] that names the file, the key and the fix.
pub(crate) fn load(path: &Path) -> Result<Loaded, Problem> {
    let name = path.display().to_string();
    let text = std::fs::read_to_string(path)
        .map_err(|error| Problem::of_file(&name, format_args!("cannot be read: {error}")))?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.map_or_else(|| PathBuf::from("."), Path::to_path_buf);
    let env = |variable: &str| std::env::var(variable).ok();
    parse(&text, &Around { name: &name, folder: &folder, env: &env })
}

/// What `handover config check` prints for the text of a configuration: every key that takes effect,
/// secrets masked.
///
/// Relative paths in it start from `folder`; `env` is the environment.
///
/// # Errors
/// What is wrong, with the line, the key and the fix.
pub fn check(
    text: &str,
    folder: &Path,
    env: &dyn Fn(&str) -> Option<String>,
) -> Result<Vec<String>, String> {
    let around = Around { name: "handover.toml", folder, env };
    let loaded = parse(text, &around).map_err(|problem| problem.to_string())?;
    Ok(loaded.shown.lines().collect())
}

/// Reads a configuration from its text.
///
/// # Errors
/// A [`Problem`] that names the key and the fix.
pub(crate) fn parse(text: &str, around: &Around<'_>) -> Result<Loaded, Problem> {
    let parsed = toml::de::DeTable::parse(text).map_err(|error| {
        let at = error.span().map_or(0, |span| span.start);
        Problem::at(around.name, text, at, error.message())
    })?;
    let file = File::new(text, around);
    let mut settings = Settings::read(Table::root(&file, parsed.get_ref()))?;
    let shown = file.into_shown();
    settings.fingerprint = shown.fingerprint();
    Ok(Loaded { settings, shown })
}
