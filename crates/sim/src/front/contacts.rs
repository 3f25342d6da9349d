//! What the API does with contacts.

use std::collections::BTreeMap;

use http::{Method, StatusCode};
use serde_json::Value;

use super::State;
use super::api::{Answer, Call, ok};
use super::body::Fields;
use super::data::Contact;
use super::fail::{Fail, json_response, no_content};
use super::ids;

impl State {
    pub(crate) fn contacts_api(&mut self, call: &Call<'_>, path: &[&str]) -> Answer {
        let method = call.request.method();
        call.caller.needs(&[if *method == Method::GET {
            "contacts:read"
        } else {
            "contacts:write"
        }])?;
        match (method, path) {
            (&Method::GET, []) => {
                let all: Vec<usize> = (0..self.contacts.len()).rev().collect();
                let name = |at: usize| self.contacts[at].id.clone();
                self.page(call, &all, 100, name, |at| self.show_contact(&self.contacts[at]))
            }
            (&Method::POST, []) => self.add(&call.fields()?),
            (&Method::GET, [id]) => Ok(ok(&self.show_contact(&self.contacts[self.contact(id)?]))),
            (&Method::PATCH, [id]) => {
                let at = self.contact(id)?;
                let fields = call.fields()?;
                if let Some(name) = fields.text("name")? {
                    self.contacts[at].name = Some(name.to_owned());
                }
                self.contacts[at].more.extend(more(&fields));
                Ok(no_content())
            }
            (&Method::POST, [id, "handles"]) => {
                let at = self.contact(id)?;
                let handle = handle(Some(&call.fields()?.object()))?;
                self.free(&handle, Some(at))?;
                if !self.contacts[at].handles.contains(&handle) {
                    self.contacts[at].handles.push(handle);
                }
                Ok(no_content())
            }
            (&Method::DELETE, [id, "handles"]) => {
                let at = self.contact(id)?;
                let fields = call.fields()?;
                let handle = handle(Some(&fields.object()))?;
                let held = &mut self.contacts[at].handles;
                if !held.contains(&handle) {
                    return Err(Fail::not_found("Handle"));
                }
                let force = fields.value("force").and_then(Value::as_bool) == Some(true);
                if held.len() == 1 && !force {
                    return Err(Fail::new(400, "The last handle of a contact needs force"));
                }
                held.retain(|own| *own != handle);
                Ok(no_content())
            }
            _ => Err(Fail::not_found("Route")),
        }
    }

    fn add(&mut self, fields: &Fields) -> Answer {
        let Some(Value::Array(given)) = fields.value("handles") else {
            return Err(Fail::field("handles", "is required"));
        };
        let handles: Result<Vec<_>, _> = given.iter().map(|given| handle(Some(given))).collect();
        let handles = handles?;
        if handles.is_empty() {
            return Err(Fail::field("handles", "is required"));
        }
        for handle in &handles {
            self.free(handle, None)?;
        }
        let contact = Contact {
            id: ids::id("crd", self.contacts.len()),
            name: fields.text("name")?.map(str::to_owned),
            handles,
            more: more(fields),
        };
        let shown = self.show_contact(&contact);
        self.contacts.push(contact);
        Ok(json_response(StatusCode::CREATED, &shown))
    }

    /// A handle belongs to one contact.
    fn free(&self, handle: &(String, String), but: Option<usize>) -> Result<(), Fail> {
        let holder = self.contacts.iter().position(|contact| contact.handles.contains(handle));
        if holder.is_some() && holder != but {
            return Err(Fail::new(409, "Another contact has this handle"));
        }
        Ok(())
    }

    /// The contact of an id or of `alt:{source}:{handle}`.
    fn contact(&self, id: &str) -> Result<usize, Fail> {
        let at = match id.strip_prefix("alt:").map(|alias| alias.split_once(':')) {
            Some(Some((source, given))) => {
                let handle = (source.to_owned(), normal(source, given));
                self.contacts.iter().position(|contact| contact.handles.contains(&handle))
            }
            Some(None) => None,
            None => ids::index("crd", id).filter(|at| *at < self.contacts.len()),
        };
        at.ok_or_else(|| Fail::not_found("Contact"))
    }
}

impl Fields {
    fn object(&self) -> Value {
        let named = ["handle", "source"]
            .map(|name| (name.to_owned(), self.value(name).cloned().unwrap_or_default()));
        Value::Object(named.into_iter().collect())
    }
}

fn handle(given: Option<&Value>) -> Result<(String, String), Fail> {
    let text = |name: &str| given.and_then(|given| given[name].as_str());
    let source = text("source").ok_or_else(|| Fail::field("handles.source", "is required"))?;
    if !SOURCES.contains(&source) {
        return Err(Fail::field("handles.source", "is not a source"));
    }
    let handle = text("handle").filter(|handle| !handle.is_empty());
    let handle = handle.ok_or_else(|| Fail::field("handles.handle", "is required"))?;
    Ok((source.to_owned(), normal(source, handle)))
}

/// A telephone number without a country is one of North America.
fn normal(source: &str, handle: &str) -> String {
    match source {
        "phone" => {
            let digits: String = handle.chars().filter(char::is_ascii_digit).collect();
            let country = if handle.trim_start().starts_with('+') { "+" } else { "+1" };
            format!("{country}{digits}")
        }
        "email" => handle.to_lowercase(),
        _ => handle.to_owned(),
    }
}

fn more(fields: &Fields) -> BTreeMap<String, Value> {
    let kept = ["description", "links", "custom_fields"];
    let given =
        kept.iter().filter_map(|name| Some(((*name).to_owned(), fields.value(name)?.clone())));
    given.collect()
}

const SOURCES: &[&str] =
    &["custom", "email", "facebook", "front_chat", "intercom", "phone", "twitter"];
