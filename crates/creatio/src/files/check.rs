use handover_core::error::{Error, ErrorKind};
use serde_json::{Value as Json, json};

use super::{Files, NewFile};
use crate::encode::{clean, cut};
use crate::problem::{Problem, cause, service_failure};

impl Files<'_> {
    /// Refuses before any byte is sent what would be refused after all of them.
    pub(super) async fn check(&self, file: &NewFile) -> Result<(), Error> {
        let rules = self.0.file_rules();
        if !rules.lets_through(&file.name) {
            return Err(refused());
        }
        let most = match rules.max_bytes {
            Some(most) => most,
            None => self.max_file_size().await,
        };
        if file.size > most {
            return Err(too_large());
        }
        Ok(())
    }

    /// The tenant's limit; the platform's own if it cannot be told. Asked for once.
    async fn max_file_size(&self) -> u64 {
        if let Some(known) = self.0.max_file_size() {
            return known;
        }
        let body = json!({"sysSettingsNameCollection": ["MaxFileSize"]});
        let answer = self.0.service(SETTINGS, &body).await;
        let megabytes = answer.ok().and_then(|answer| {
            let value = answer.pointer("/values/MaxFileSize/value")?.clone();
            value.as_u64().or_else(|| value.as_str()?.parse().ok())
        });
        let most = megabytes.filter(|most| *most > 0).unwrap_or(DEFAULT_MEGABYTES) * 1024 * 1024;
        self.0.set_max_file_size(most);
        most
    }
}

/// What the file service answers, as an error; `None` for a success.
///
/// Source: a refusal is 200 with `success: false` and an `errorInfo`, or with an `error` in words.
pub(super) fn refusal(answer: &Json) -> Option<Error> {
    if answer.get("success") == Some(&Json::Bool(true)) {
        return None;
    }
    let code = service_failure(answer).unwrap_or_default();
    let message = answer.pointer("/errorInfo/message").and_then(Json::as_str).unwrap_or_default();
    let says = |word: &str| code.contains(word) || message.contains(word);
    let known = answer.get("errorInfo").map_or(Problem::Server, cause);
    Some(if says("MaxFileSize") {
        too_large()
    } else if code == "SecurityException" {
        Problem::Forbidden.error()
    } else if known != Problem::Server {
        known.error()
    } else if answer.get("error").is_some() || says("Security") || says("security") {
        refused()
    } else {
        Error::later(ErrorKind::Unavailable, "Creatio did not take the file").with_code(code)
    })
}

/// The name that a file will have: of a path its last part, without what no file system takes.
pub(super) fn plain_name(name: &str) -> String {
    let name = clean(name);
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let kept: String = last
        .chars()
        .map(|c| {
            if matches!(c, '"' | '<' | '>' | '|' | ':' | '*' | '?' | '\n' | '\t') { '_' } else { c }
        })
        .collect();
    let kept = kept.trim().trim_end_matches('.');
    if kept.is_empty() {
        return "file".to_owned();
    }
    let extension = extension(kept);
    let units = extension.encode_utf16().count();
    if units == 0 || units > MOST_OF_EXTENSION {
        return cut(kept, NAME).to_owned();
    }
    let stem = &kept[..kept.len() - extension.len() - 1];
    format!("{}.{extension}", cut(stem, NAME - units - 1))
}

/// What follows the last dot of a name; empty if there is none, or nothing before it.
pub(super) fn extension(name: &str) -> &str {
    match name.rsplit_once('.') {
        Some((stem, extension)) if !stem.is_empty() => extension,
        _ => "",
    }
}

pub(super) fn too_large() -> Error {
    Error::never(ErrorKind::Invalid, "the file is larger than this Creatio takes")
        .with_code("file-too-large")
}

fn refused() -> Error {
    Error::never(ErrorKind::Invalid, "this Creatio does not take files of this kind")
        .with_code("file-refused")
}

const SETTINGS: &str = "DataService/json/SyncReply/QuerySysSettings";
const DEFAULT_MEGABYTES: u64 = 10;
/// UTF-16 units of a file's name.
const NAME: usize = 250;
/// What is longer is no extension.
const MOST_OF_EXTENSION: usize = 16;
