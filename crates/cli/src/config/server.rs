//! `[server]` and `[store]`.

use std::net::SocketAddr;
use std::path::PathBuf;

use secrecy::{ExposeSecret as _, SecretString};
use url::Url;

use super::problem::Problem;
use super::table::Table;

/// Where `serve` listens, and who may give it orders.
#[derive(Debug)]
pub(crate) struct ServerSettings {
    pub(crate) listen: SocketAddr,
    /// What providers call and sign; without a slash at the end of its path.
    pub(crate) public_url: Url,
    /// Any of them gives orders; the first one signs the links to sessions' pages.
    pub(crate) operator_tokens: Vec<SecretString>,
}

/// Where everything is kept.
#[derive(Debug)]
pub(crate) struct StoreSettings {
    pub(crate) file: PathBuf,
    pub(crate) blobs: PathBuf,
}

impl ServerSettings {
    pub(super) fn read(mut table: Table<'_, '_>) -> Result<Self, Problem> {
        let listen = table.text_or("listen", "127.0.0.1:8080")?;
        let listen = listen.parse().map_err(|_| {
            table.wrong("listen", "is no address with a port: write it as 127.0.0.1:8080")
        })?;
        let example = "the URL under which providers reach this server";
        let text = table.text("public_url", example)?;
        let public_url = public_url(&table, &text)?;
        let operator_tokens = table.secrets("operator_token")?;
        if operator_tokens.iter().any(|token| token.expose_secret().len() < MIN_TOKEN) {
            return Err(table.wrong("operator_token", "is too short: give 16 characters or more"));
        }
        table.end()?;
        Ok(Self { listen, public_url, operator_tokens })
    }
}

impl StoreSettings {
    pub(super) fn read(mut table: Table<'_, '_>) -> Result<Self, Problem> {
        let file = path(&mut table, "url", "sqlite:", "handover.db")?;
        let blobs = path(&mut table, "blobs", "file:", "handover-blobs")?;
        table.end()?;
        Ok(Self { file, blobs })
    }
}

fn public_url(table: &Table<'_, '_>, text: &str) -> Result<Url, Problem> {
    let key = "public_url";
    let mut url = table.url(key, text)?;
    if url.query().is_some() || url.fragment().is_some() {
        return Err(table.wrong(key, "must not have a part from ? or # on: leave it out"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(table.wrong(key, "must not carry a user or a password"));
    }
    let path = url.path().trim_end_matches('/').to_owned();
    url.set_path(&path);
    Ok(url)
}

fn path(
    table: &mut Table<'_, '_>,
    key: &'static str,
    scheme: &str,
    default: &str,
) -> Result<PathBuf, Problem> {
    let text = table.text_or(key, &format!("{scheme}{default}"))?;
    let path = text.strip_prefix(scheme).filter(|path| !path.trim().is_empty());
    let path = path.ok_or_else(|| {
        table.wrong(key, format_args!("must be {scheme} and a path: \"{scheme}{default}\""))
    })?;
    Ok(table.file().folder.join(path.strip_prefix("//").unwrap_or(path)))
}

/// The shortest token that is not guessed by trying.
const MIN_TOKEN: usize = 16;
