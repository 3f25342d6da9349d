//! A certificate for one server.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use super::problem::Problem;
use super::user::User;

/// Writes a key and a certificate into a data directory; a copy that clients can read.
pub(super) fn write(home: &Path, data: &Path, user: User) -> Result<PathBuf, Problem> {
    let names = vec!["127.0.0.1".to_owned(), "localhost".to_owned()];
    let made = rcgen::generate_simple_self_signed(names);
    let made = made.map_err(|error| Problem::Io(std::io::Error::other(error)))?;
    let (certificate, key) = (data.join("server.crt"), data.join("server.key"));
    fs::write(&certificate, made.cert.pem())?;
    fs::write(&key, made.signing_key.serialize_pem())?;
    fs::set_permissions(&key, fs::Permissions::from_mode(0o600))?;
    user.give(&certificate)?;
    user.give(&key)?;
    let copy = home.join("root.crt");
    fs::copy(certificate, &copy)?;
    Ok(copy)
}
