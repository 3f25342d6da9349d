//! `[server]` and `[store]`.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use handover_core::error::Error;
use handover_store::url::Location;
use secrecy::{ExposeSecret as _, SecretString};
use toml::de::DeValue;
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
    /// A file or a server; nothing in memory.
    pub(crate) place: Location,
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
        if operator_tokens.iter().any(|token| token.expose_secret().trim().is_empty()) {
            return Err(
                table.wrong("operator_token", "is empty: give 16 random characters or more")
            );
        }
        table.end()?;
        Ok(Self { listen, public_url, operator_tokens })
    }
}

impl StoreSettings {
    pub(super) fn read(mut table: Table<'_, '_>) -> Result<Self, Problem> {
        let folder = table.file().folder;
        let place = match location(&mut table)? {
            Location::Postgres(address) => Location::Postgres(address.in_folder(folder)),
            Location::Sqlite(file) => Location::Sqlite(folder.join(file)),
            _ => return Err(table.wrong("url", "must name a file: \"sqlite:handover.db\"")),
        };
        let blobs = table.text_or("blobs", "file:handover-blobs")?;
        let blobs = handover_store::url::folder(&blobs);
        let blobs = blobs.map_err(|error| table.wrong("blobs", said(&error)))?;
        let blobs = folder.join(blobs);
        table.end()?;
        Ok(Self { place, blobs })
    }

    /// The file, if everything is kept in one and the file is not there yet.
    pub(crate) fn missing_file(&self) -> Option<&Path> {
        match &self.place {
            Location::Sqlite(file) if !file.exists() => Some(file),
            _ => None,
        }
    }
}

/// The URL of the store: a text, or a secret. A password in it is not shown.
fn location(table: &mut Table<'_, '_>) -> Result<Location, Problem> {
    const URL: &str = "url";
    const FILE: &str = "sqlite:handover.db";
    let (url, is_plain) = match table.take(URL) {
        None => {
            table.show_default(URL, FILE.into());
            (FILE.to_owned(), false)
        }
        Some(DeValue::String(text)) => (text.to_string(), true),
        Some(_) => (table.secret(URL)?.expose_secret().to_owned(), false),
    };
    let location = Location::parse(&url).map_err(|error| table.wrong(URL, said(&error)))?;
    if is_plain {
        let shown = match &location {
            Location::Postgres(address) => format!("postgres://{}", address.place()),
            _ => url,
        };
        table.show(URL, shown.into());
    }
    Ok(location)
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

/// What is wrong, to follow the key's name.
fn said(error: &Error) -> String {
    format!("cannot be used: {error}")
}
