//! Secrets: in the file, in the environment, or in a file of their own.

use secrecy::SecretString;
use serde_json::Value;
use toml::de::DeValue;

use super::problem::Problem;
use super::table::Table;

impl Table<'_, '_> {
    /// The secret under `key`, which must be there.
    pub(super) fn secret(&mut self, key: &'static str) -> Result<SecretString, Problem> {
        let mut all = self.secrets(key)?;
        if all.len() > 1 {
            return Err(self.wrong(key, "takes one secret, not a list"));
        }
        // proof: `secrets` gives at least one
        Ok(all.remove(0))
    }

    /// The secret, or the list of secrets, under `key`: at least one.
    pub(super) fn secrets(&mut self, key: &'static str) -> Result<Vec<SecretString>, Problem> {
        let Some(value) = self.take(key) else {
            return Err(self.missing(key, "a text, { env = \"…\" } or { file = \"…\" }"));
        };
        let mut masks = Vec::new();
        let mut found = Vec::new();
        match value {
            DeValue::Array(list) if !list.is_empty() => {
                for entry in list {
                    let (secret, mask) = self.one_secret(key, entry.get_ref())?;
                    found.push(secret);
                    masks.push(mask);
                }
                self.show(key, Value::from(masks));
            }
            DeValue::Array(_) => return Err(self.wrong(key, "is an empty list: give a secret")),
            value => {
                let (secret, mask) = self.one_secret(key, value)?;
                found.push(secret);
                self.show(key, Value::from(mask));
            }
        }
        Ok(found)
    }

    /// The secrets under `key`, if there are any.
    pub(super) fn maybe_secrets(
        &mut self,
        key: &'static str,
    ) -> Result<Vec<SecretString>, Problem> {
        if self.has(key) {
            return self.secrets(key);
        }
        self.show_default(key, Value::Null);
        self.know(key);
        Ok(Vec::new())
    }

    /// A secret, and what is shown in its place.
    fn one_secret(
        &self,
        key: &'static str,
        value: &DeValue<'_>,
    ) -> Result<(SecretString, String), Problem> {
        let (secret, mask) = match value {
            DeValue::String(plain) => (plain.to_string(), MASK.to_owned()),
            DeValue::Table(table) => {
                let mut entries = table.iter().map(|(k, v)| (k.get_ref().as_ref(), v.get_ref()));
                match (entries.next(), entries.next()) {
                    (Some(("env", DeValue::String(variable))), None) => {
                        let secret = (self.file().env)(variable).filter(|value| !value.is_empty());
                        let fix = || format!("set the environment variable {variable}");
                        let secret = secret.ok_or_else(|| self.refused(key, fix()))?;
                        (secret, format!("{MASK} from the environment: {variable}"))
                    }
                    (Some(("file", DeValue::String(path))), None) => {
                        let full = self.file().folder.join(path.as_ref());
                        let unreadable = |error| {
                            self.refused(
                                key,
                                format_args!("cannot read {}: {error}", full.display()),
                            )
                        };
                        let text = std::fs::read_to_string(&full).map_err(unreadable)?;
                        (text.trim_end().to_owned(), format!("{MASK} from the file: {path}"))
                    }
                    _ => return Err(self.wrong(key, FORMS)),
                }
            }
            _ => return Err(self.wrong(key, FORMS)),
        };
        if secret.trim().is_empty() {
            return Err(self.wrong(key, "is empty: give the secret"));
        }
        Ok((SecretString::from(secret), mask))
    }
}

const FORMS: &str = "is no secret: write a text, { env = \"NAME\" } or { file = \"path\" }";
const MASK: &str = "********";
