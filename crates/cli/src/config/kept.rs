//! Secrets that a provider replaces.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use secrecy::{ExposeSecret as _, SecretString};
use tempfile::NamedTempFile;
use toml::de::DeValue;

use super::problem::Problem;
use super::table::Table;

impl Table<'_, '_> {
    /// The secret in the file under `key`, and the file, where the next one is to be kept.
    pub(super) fn kept_secret(
        &mut self,
        key: &'static str,
    ) -> Result<(SecretString, PathBuf), Problem> {
        let path = match self.take(key) {
            None => return Err(self.missing(key, FORM)),
            Some(DeValue::Table(table)) => {
                table.get("file").and_then(|path| path.get_ref().as_str())
            }
            Some(_) => None,
        };
        let Some(path) = path.map(|path| self.file().folder.join(path)) else {
            return Err(self.wrong(key, format_args!("must be {FORM}")));
        };
        Ok((self.secret(key)?, path))
    }
}

/// Keeps a secret in place of the one in the file, whole or not at all.
pub(super) fn replace(file: &Path, secret: &SecretString) {
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty());
    let kept =
        NamedTempFile::new_in(folder.unwrap_or_else(|| Path::new("."))).and_then(|mut new| {
            new.write_all(secret.expose_secret().as_bytes())?;
            new.as_file().sync_all()?;
            new.persist(file).map(drop).map_err(|error| error.error)
        });
    let file = file.display();
    match kept {
        Ok(()) => tracing::info!(%file, "a new refresh token is kept"),
        Err(error) => tracing::error!(%file, %error, "a new refresh token cannot be kept"),
    }
}

const FORM: &str = "{ file = \"path\" }: the provider replaces it, and the next one is kept there";
