//! A table of the configuration, read key by key.

use std::cell::RefCell;
use std::fmt;
use std::path::Path;
use std::time::Duration;

use serde_json::Value;
use toml::de::{DeTable, DeValue};
use url::Url;

use super::nearest::nearest;
use super::problem::Problem;
use super::shown::Shown;
use super::{Around, span};

/// The file that is read.
pub(super) struct File<'a> {
    pub(super) folder: &'a Path,
    pub(super) env: &'a dyn Fn(&str) -> Option<String>,
    name: &'a str,
    text: &'a str,
    shown: RefCell<Shown>,
}

impl<'a> File<'a> {
    pub(super) fn new(text: &'a str, around: &Around<'a>) -> Self {
        let shown = RefCell::default();
        Self { folder: around.folder, env: around.env, name: around.name, text, shown }
    }

    pub(super) fn into_shown(self) -> Shown {
        self.shown.into_inner()
    }
}

/// A table, or the place where one might be. Every key that is asked for is known from then on;
/// [`Table::end`] refuses the others.
pub(super) struct Table<'a, 'i> {
    file: &'a File<'a>,
    path: String,
    at: usize,
    entries: Option<&'a DeTable<'i>>,
    known: Vec<&'static str>,
}

impl<'a, 'i> Table<'a, 'i> {
    /// The whole file.
    pub(super) fn root(file: &'a File<'a>, entries: &'a DeTable<'i>) -> Self {
        Self { file, path: String::new(), at: 0, entries: Some(entries), known: Vec::new() }
    }

    pub(super) fn file(&self) -> &'a File<'a> {
        self.file
    }

    /// The table under `key`, or the place where it might be.
    pub(super) fn table(&mut self, key: &'static str) -> Result<Self, Problem> {
        let path = self.full(key);
        self.know(key);
        match self.find(key) {
            None => Ok(Self { file: self.file, path, at: self.at, entries: None, known: vec![] }),
            Some((at, DeValue::Table(entries))) => {
                Ok(Self { file: self.file, path, at, entries: Some(entries), known: vec![] })
            }
            Some(_) => Err(self.wrong(key, format_args!("must be a table: [{path}]"))),
        }
    }

    /// The tables of the list under `key`.
    pub(super) fn tables(&mut self, key: &'static str) -> Result<Vec<Self>, Problem> {
        self.know(key);
        let path = self.full(key);
        let wrong = || self.wrong(key, format_args!("must be a list of tables: [[{path}]]"));
        let list = match self.find(key) {
            None => return Ok(Vec::new()),
            Some((_, DeValue::Array(list))) => list,
            Some(_) => return Err(wrong()),
        };
        let tables = list.iter().enumerate().map(|(index, entry)| {
            let DeValue::Table(entries) = entry.get_ref() else { return Err(wrong()) };
            let (path, at) = (format!("{path}.{}", index + 1), entry.span().start);
            Ok(Self { file: self.file, path, at, entries: Some(entries), known: vec![] })
        });
        tables.collect()
    }

    /// The tables below this one, each under a name of the user's choice.
    pub(super) fn named(self) -> Result<Vec<(String, Self)>, Problem> {
        let Some(entries) = self.entries else { return Ok(Vec::new()) };
        let tables = entries.iter().map(|(name, value)| {
            let name = name.get_ref().to_string();
            let path = format!("{}.{name}", self.path);
            let at = value.span().start;
            let table = Self { file: self.file, path, at, entries: None, known: vec![] };
            match value.get_ref() {
                DeValue::Table(entries) => Ok((name, Self { entries: Some(entries), ..table })),
                _ => {
                    let what = format_args!("`{}` must be a table: [{0}]", table.path);
                    Err(Problem::at(table.file.name, table.file.text, at, what))
                }
            }
        });
        tables.collect()
    }

    /// Whether the table itself is there.
    pub(super) fn is_there(&self) -> bool {
        self.entries.is_some()
    }

    /// Whether `key` is there.
    pub(super) fn has(&self, key: &str) -> bool {
        self.find(key).is_some()
    }

    /// Everything in it, as plain TOML; all its keys are known from then on.
    pub(super) fn rest(&self, without: &str) -> toml::Table {
        let Some(entries) = self.entries else { return toml::Table::new() };
        let others = entries.iter().filter(|(key, _)| key.get_ref() != without);
        others.map(|(key, value)| (key.get_ref().to_string(), plain(value.get_ref()))).collect()
    }

    /// The text under `key`, which must be there.
    pub(super) fn text(&mut self, key: &'static str, example: &str) -> Result<String, Problem> {
        match self.maybe_text(key)? {
            Some(text) if text.trim().is_empty() => Err(self.wrong(key, "is empty")),
            Some(text) => Ok(text),
            None => Err(self.missing(key, example)),
        }
    }

    /// The text under `key`, or `default`.
    pub(super) fn text_or(&mut self, key: &'static str, default: &str) -> Result<String, Problem> {
        if self.has(key) {
            return self.text(key, default);
        }
        self.know(key);
        self.show_default(key, default.into());
        Ok(default.to_owned())
    }

    /// The text under `key`, if it is there.
    pub(super) fn maybe_text(&mut self, key: &'static str) -> Result<Option<String>, Problem> {
        match self.take(key) {
            None => {
                self.show_default(key, Value::Null);
                Ok(None)
            }
            Some(DeValue::String(text)) => {
                self.show(key, text.as_ref().into());
                Ok(Some(text.to_string()))
            }
            Some(other) => {
                let what = format_args!("must be a text in quotes, not {}", kind(other));
                Err(self.wrong(key, what))
            }
        }
    }

    /// The list of texts under `key`, if it is there.
    pub(super) fn maybe_texts(
        &mut self,
        key: &'static str,
    ) -> Result<Option<Vec<String>>, Problem> {
        let Some(value) = self.take(key) else {
            self.show_default(key, Value::Null);
            return Ok(None);
        };
        let texts = match value {
            DeValue::Array(list) => list
                .iter()
                .map(|entry| entry.get_ref().as_str().map(str::to_owned))
                .collect::<Option<Vec<_>>>(),
            _ => None,
        };
        let texts = texts.ok_or_else(|| self.wrong(key, "must be a list of texts: [\"…\"]"))?;
        self.show(key, texts.clone().into());
        Ok(Some(texts))
    }

    /// `true` or `false` under `key`, or `default`.
    pub(super) fn flag_or(&mut self, key: &'static str, default: bool) -> Result<bool, Problem> {
        match self.take(key) {
            None => {
                self.show_default(key, default.into());
                Ok(default)
            }
            Some(DeValue::Boolean(flag)) => {
                self.show(key, (*flag).into());
                Ok(*flag)
            }
            Some(_) => Err(self.wrong(key, "must be true or false")),
        }
    }

    /// The whole number under `key`, 0 or more, if it is there.
    pub(super) fn maybe_number(&mut self, key: &'static str) -> Result<Option<u64>, Problem> {
        let Some(value) = self.take(key) else {
            self.show_default(key, Value::Null);
            return Ok(None);
        };
        let number = match value {
            DeValue::Integer(number) => {
                u64::from_str_radix(&number.as_str().replace('_', ""), number.radix()).ok()
            }
            _ => None,
        };
        let number = number.ok_or_else(|| self.wrong(key, "must be a whole number, 0 or more"))?;
        self.show(key, number.into());
        Ok(Some(number))
    }

    /// The length of time under `key`, or `default`.
    pub(super) fn span_or(
        &mut self,
        key: &'static str,
        default: &'static str,
    ) -> Result<Duration, Problem> {
        let text = self.text_or(key, default)?;
        let fix = "is no length of time: write \"30s\", \"15min\", \"3h\" or \"7d\"";
        span::parse(&text).ok_or_else(|| self.wrong(key, fix))
    }

    /// The choice under `key`, or the first of `choices`.
    pub(super) fn choice<T: Copy>(
        &mut self,
        key: &'static str,
        choices: &[(&str, T)],
    ) -> Result<T, Problem> {
        let text = self.text_or(key, choices[0].0)?;
        let found = choices.iter().find(|(name, _)| *name == text);
        found.map(|(_, choice)| *choice).ok_or_else(|| {
            let names: Vec<_> = choices.iter().map(|(name, _)| format!("\"{name}\"")).collect();
            let near = nearest(&text, choices.iter().map(|(name, _)| *name));
            let near = near.map(|near| format!("; did you mean \"{near}\"?")).unwrap_or_default();
            self.wrong(key, format_args!("is \"{text}\": write {}{near}", names.join(" or ")))
        })
    }

    /// The URL in `text`, which stands under `key`: `https`, or `http` on this machine.
    pub(super) fn url(&self, key: &'static str, text: &str) -> Result<Url, Problem> {
        let url = Url::parse(text.trim()).map_err(|_| {
            self.wrong(key, "is no URL: write it with its scheme, as https://relay.acme.example")
        })?;
        let is_loopback = match url.host() {
            Some(url::Host::Domain(name)) => name == "localhost",
            Some(url::Host::Ipv4(address)) => address.is_loopback(),
            Some(url::Host::Ipv6(address)) => address.is_loopback(),
            None => false,
        };
        match url.scheme() {
            "https" => Ok(url),
            "http" if is_loopback => Ok(url),
            "http" => {
                Err(self.wrong(key, "http:// is accepted for this machine only: use https://"))
            }
            _ => Err(self.wrong(key, "must begin with https://")),
        }
    }

    /// Nothing else may be in the table.
    pub(super) fn end(self) -> Result<(), Problem> {
        let Some(entries) = self.entries else { return Ok(()) };
        let is_unknown = |key: &str| !self.known.contains(&key);
        let Some((key, _)) = entries.iter().find(|(key, _)| is_unknown(key.get_ref())) else {
            return Ok(());
        };
        let path = self.full(key.get_ref());
        let advice = match nearest(key.get_ref(), self.known.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("known here: {}", self.known.join(", ")),
        };
        let what = format_args!("`{path}` is not a key: {advice}");
        Err(Problem::at(self.file.name, self.file.text, key.span().start, what))
    }

    /// `key` is missing.
    pub(super) fn missing(&self, key: &str, example: impl fmt::Display) -> Problem {
        let path = self.full(key);
        let entries = self.entries.into_iter().flat_map(|entries| entries.iter());
        let others = entries.map(|(other, _)| other);
        let typo = others
            .filter(|other| !self.known.contains(&other.get_ref().as_ref()))
            .find(|other| nearest(other.get_ref(), [key]).is_some());
        let (at, what) = match typo {
            Some(typo) => {
                let typed = self.full(typo.get_ref());
                (typo.span().start, format!("`{typed}` is not a key: did you mean `{key}`?"))
            }
            None => (self.at, format!("`{path}` is missing: give {example}")),
        };
        Problem::at(self.file.name, self.file.text, at, what)
    }

    /// What stands under `key` is wrong.
    pub(super) fn wrong(&self, key: &str, what: impl fmt::Display) -> Problem {
        let at = self.find(key).map_or(self.at, |(at, _)| at);
        let what = format_args!("`{}` {what}", self.full(key));
        Problem::at(self.file.name, self.file.text, at, what)
    }

    /// What stands under `key` is refused by whoever it is for, in their own words.
    pub(super) fn refused(&self, key: &str, words: impl fmt::Display) -> Problem {
        let at = self.find(key).map_or(self.at, |(at, _)| at);
        let what = format_args!("`{}`: {words}", self.full(key));
        Problem::at(self.file.name, self.file.text, at, what)
    }

    /// The table itself is wrong.
    pub(super) fn unfit(&self, what: impl fmt::Display) -> Problem {
        let what = format_args!("`{}`: {what}", self.path);
        Problem::at(self.file.name, self.file.text, self.at, what)
    }

    pub(super) fn know(&mut self, key: &'static str) {
        self.known.push(key);
    }

    pub(super) fn take(&mut self, key: &'static str) -> Option<&'a DeValue<'i>> {
        self.know(key);
        self.find(key).map(|(_, value)| value)
    }

    pub(super) fn show(&self, key: &str, value: Value) {
        self.file.shown.borrow_mut().push(self.full(key), value, false);
    }

    pub(super) fn show_default(&self, key: &str, value: Value) {
        self.file.shown.borrow_mut().push(self.full(key), value, true);
    }

    fn find(&self, key: &str) -> Option<(usize, &'a DeValue<'i>)> {
        let (name, value) = self.entries?.iter().find(|(name, _)| name.get_ref() == key)?;
        Some((name.span().start, value.get_ref()))
    }

    fn full(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) }
    }
}

fn kind(value: &DeValue<'_>) -> &'static str {
    value.type_str()
}

fn plain(value: &DeValue<'_>) -> toml::Value {
    match value {
        DeValue::String(text) => toml::Value::String(text.to_string()),
        DeValue::Integer(number) => {
            let parsed = i64::from_str_radix(number.as_str(), number.radix());
            parsed.map_or_else(|_| number.as_str().into(), toml::Value::Integer)
        }
        DeValue::Float(number) => {
            let parsed = number.as_str().parse();
            parsed.map_or_else(|_| number.as_str().into(), toml::Value::Float)
        }
        DeValue::Boolean(flag) => toml::Value::Boolean(*flag),
        DeValue::Datetime(time) => toml::Value::Datetime(*time),
        DeValue::Array(list) => {
            toml::Value::Array(list.iter().map(|entry| plain(entry.get_ref())).collect())
        }
        DeValue::Table(table) => toml::Value::Table(
            table.iter().map(|(k, v)| (k.get_ref().to_string(), plain(v.get_ref()))).collect(),
        ),
    }
}
