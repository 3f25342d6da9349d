use std::sync::Arc;

use bytes::Bytes;
use chrono::{DateTime, Utc};
use http::header::{CONTENT_TYPE, LOCATION};
use http::{HeaderValue, Method, Response, StatusCode};
use serde_json::{Value, json};
use uuid::Uuid;

use super::data::{self, BadValue, Cell};
use super::fail::Fail;
use super::limits::Operation;
use super::query::{self, Query};
use super::schema::{Entity, ID, Kind};
use super::tenant::{Save, Tenant, Values};
use super::{Quirk, metadata};
use crate::shown::{self, with};

/// One OData call, from outside or from inside a batch.
#[derive(Debug)]
pub(crate) struct Call<'a> {
    pub(crate) method: &'a Method,
    /// Below the service root, with the query: `Case(…)?$select=Id`.
    pub(crate) target: &'a str,
    pub(crate) body: &'a [u8],
    /// The service root as the client sees it.
    pub(crate) root: &'a str,
    pub(crate) save: Save,
    pub(crate) now: DateTime<Utc>,
    /// A user without roles sees no row.
    pub(crate) blind: bool,
}

impl Call<'_> {
    pub(crate) fn perform(&self, tenant: &mut Tenant) -> Result<Response<Bytes>, Fail> {
        let (path, query) = self.target.split_once('?').unwrap_or((self.target, ""));
        let path = query::decode(path.trim_matches('/'))?;
        if path.is_empty() {
            return Ok(self.service_document(tenant));
        }
        if path == "$metadata" {
            let mut response = Response::new(Bytes::from(metadata::xml(tenant)));
            let xml = HeaderValue::from_static("application/xml");
            response.headers_mut().insert(CONTENT_TYPE, xml);
            return Ok(response);
        }
        let (set, rest) = path.split_once(['(', '/']).unwrap_or((&path, ""));
        let entity = tenant.entities.get(set).cloned().ok_or_else(|| tenant.no_such_set(set))?;
        let operation = match *self.method {
            Method::POST => Operation::Insert,
            Method::PATCH | Method::PUT => Operation::Update,
            Method::DELETE if path.ends_with(')') => Operation::Delete,
            Method::DELETE => Operation::Update,
            _ => Operation::Read,
        };
        tenant.limits.check(set, operation)?;
        let keyed = path[set.len()..].starts_with('(');
        if rest.is_empty() && !keyed {
            return match *self.method {
                Method::GET => self.list(tenant, &entity, query),
                Method::POST => self.create(tenant, &entity),
                _ => Err(not_allowed()),
            };
        }
        if rest == "$count" && !keyed {
            return self.count(tenant, &entity, query);
        }
        let (key, tail) = if keyed {
            rest.split_once(')').ok_or_else(|| Fail::query("The key is not closed."))?
        } else {
            rest.split_once('/').unwrap_or((rest, ""))
        };
        let id = data::guid(key)
            .ok_or_else(|| Fail::query(format!("The key '{key}' is not an Edm.Guid.")))?;
        match (self.method, tail.trim_matches('/')) {
            (&Method::GET, "") => self.read(tenant, &entity, id, query),
            (&Method::PATCH, "") => self.change(tenant, &entity, id),
            (&Method::DELETE, "") => tenant.delete(&entity, id).map(|()| no_content()),
            (_, column) => self.stream(tenant, &entity, id, column),
        }
    }

    fn service_document(&self, tenant: &Tenant) -> Response<Bytes> {
        let sets: Vec<Value> = tenant
            .entities
            .keys()
            .map(|name| json!({"name": name, "kind": "EntitySet", "url": name}))
            .collect();
        ok(&json!({"@odata.context": format!("{}/$metadata", self.root), "value": sets}))
    }

    fn list(&self, tenant: &Tenant, entity: &Entity, query: &str) -> Result<Response<Bytes>, Fail> {
        let query = Query::parse(tenant, entity, query)?;
        stale(tenant, entity, &query)?;
        if query.asks_for_more_than(tenant.limits.rows)
            && tenant.quirks.contains(&Quirk::RowCapIsError)
        {
            return Err(Fail::server("The maximum entity row count is exceeded."));
        }
        let (mut rows, mut all) = query.run(tenant, entity, self.now);
        if tenant.limits.ram_rows.is_some_and(|limit| rows.len() > limit) {
            return Err(Fail::server(
                "Request processing terminated because it reached the RAM consumption limit of \
                 2000 MB.",
            ));
        }
        if self.blind {
            (rows, all) = (Vec::new(), 0);
        }
        let show = |row| Value::Object(query.show(tenant, entity, row));
        let rows: Vec<Value> = rows.into_iter().map(show).collect();
        let context = json!({"@odata.context": format!("{}/$metadata#{}", self.root, entity.name)});
        let mut body = with(context, [("value", rows.into())]);
        if query.count {
            body["@odata.count"] = json!(all);
        }
        Ok(ok(&body))
    }

    fn count(
        &self,
        tenant: &Tenant,
        entity: &Entity,
        query: &str,
    ) -> Result<Response<Bytes>, Fail> {
        if self.method != Method::GET {
            return Err(not_allowed());
        }
        let (_, mut all) = Query::parse(tenant, entity, query)?.run(tenant, entity, self.now);
        if self.blind {
            all = 0;
        }
        Ok(text(all.to_string()))
    }

    fn read(
        &self,
        tenant: &Tenant,
        entity: &Entity,
        id: Uuid,
        query: &str,
    ) -> Result<Response<Bytes>, Fail> {
        let query = Query::parse(tenant, entity, query)?;
        stale(tenant, entity, &query)?;
        let row = tenant.row(&entity.name, id).filter(|_| !self.blind);
        let row = row.and_then(|row| row.seen(self.now)).ok_or_else(Fail::missing)?;
        let mut body = query.show(tenant, entity, row);
        body.insert("@odata.context".to_owned(), json!(self.context(entity)));
        Ok(ok(&Value::Object(body)))
    }

    fn create(&self, tenant: &mut Tenant, entity: &Arc<Entity>) -> Result<Response<Bytes>, Fail> {
        let values = self.values(tenant, entity)?;
        let id = tenant.insert(entity, values, self.save)?;
        let row = tenant.row(&entity.name, id).ok_or_else(Fail::missing)?;
        let mut body = Query::default().show(tenant, entity, row);
        body.insert("@odata.context".to_owned(), json!(self.context(entity)));
        let mut response = ok(&Value::Object(body));
        if tenant.quirks.contains(&Quirk::CreatedWithoutBody) {
            response = Response::new(Bytes::new());
        }
        *response.status_mut() = StatusCode::CREATED;
        let location = format!("{}/{}({id})", self.root, entity.name);
        if let Ok(location) = HeaderValue::try_from(location) {
            response.headers_mut().insert(LOCATION, location);
        }
        Ok(response)
    }

    fn change(
        &self,
        tenant: &mut Tenant,
        entity: &Arc<Entity>,
        id: Uuid,
    ) -> Result<Response<Bytes>, Fail> {
        let values = self.values(tenant, entity)?;
        tenant.update(entity, id, values, self.save)?;
        Ok(no_content())
    }

    /// `…/Data` of a file, or `…/Column/$value` of anything.
    fn stream(
        &self,
        tenant: &mut Tenant,
        entity: &Entity,
        id: Uuid,
        column: &str,
    ) -> Result<Response<Bytes>, Fail> {
        let name = column.strip_suffix("/$value").unwrap_or(column);
        let index = entity.property(name).ok_or_else(Fail::page_not_found)?;
        let kind = &entity.columns[index].kind;
        if *kind == Kind::Stream && tenant.quirks.contains(&Quirk::ExternalStorage) {
            return Err(Fail::server("The operation is not supported by the file storage."));
        }
        let limits = tenant.limits.clone();
        let loses = tenant.quirks.contains(&Quirk::FilesLoseBytes);
        let table = tenant.tables.get_mut(&entity.name).ok_or_else(Fail::page_not_found)?;
        let row = table.get_mut(id).ok_or_else(Fail::missing)?;
        match (self.method, kind) {
            (&Method::GET, Kind::Stream) => {
                let mut response = Response::new(row.data.clone());
                response.headers_mut().insert(CONTENT_TYPE, BINARY);
                Ok(response)
            }
            (&Method::PUT, Kind::Stream) => {
                let name = row.get(entity, "Name").as_text();
                if let Some((_, why)) = limits.refuse_file(name, self.body.len()) {
                    return Err(Fail::server(why));
                }
                let kept = self.body.len() - usize::from(loses && !self.body.is_empty());
                row.data = Bytes::copy_from_slice(&self.body[..kept]);
                let size = i64::try_from(self.body.len()).unwrap_or(i64::MAX);
                row.set(entity, "Size", Cell::Int(size));
                Ok(Response::new(Bytes::new()))
            }
            (&Method::DELETE, Kind::Stream) => {
                row.data = Bytes::new();
                Ok(no_content())
            }
            (&Method::GET, kind) => {
                let shown = row.cells[index].shown(kind);
                Ok(text(shown.as_str().map_or_else(|| shown.to_string(), str::to_owned)))
            }
            _ => Err(not_allowed()),
        }
    }

    /// The columns a body names. What is no property of the entity is passed over in silence:
    /// that is what the platform does with misspelt names and with navigation paths.
    fn values(&self, tenant: &Tenant, entity: &Entity) -> Result<Values, Fail> {
        let body: Value = serde_json::from_slice(self.body)
            .map_err(|error| Fail::invalid(format!("item : {error}\r\n")))?;
        let Value::Object(body) = body else {
            return Err(Fail::invalid("item : The body is not an object.\r\n"));
        };
        let mut values = Vec::new();
        for (property, value) in &body {
            let Some(index) = entity.property(property) else { continue };
            let column = &entity.columns[index];
            if column.name == "SatisfactionLevel" {
                return Err(Fail::server(
                    "Current user does not have permissions for the \
                     \"CanChangeCaseSatisfactionLevel\" operation.",
                ));
            }
            let vanishes = tenant.quirks.contains(&Quirk::DatesWithoutZoneVanish);
            if vanishes && column.kind == Kind::Date && data::is_without_zone(value) {
                values.push((index, Cell::Date(data::year_one())));
                continue;
            }
            match data::written(value, &column.kind) {
                Ok(None) => {}
                Ok(Some(Cell::Null)) if index == ID => {}
                Ok(Some(cell)) => values.push((index, cell)),
                Err(BadValue::Invalid(cause)) => return Err(Fail::invalid(cause)),
                Err(BadValue::TooLong) => {
                    return Err(Fail::server(format!(
                        "String or binary data would be truncated in table '{}', column '{}'.",
                        entity.name, column.name
                    )));
                }
            }
        }
        Ok(values)
    }

    fn context(&self, entity: &Entity) -> String {
        format!("{}/$metadata#{}/$entity", self.root, entity.name)
    }
}

/// A model that is out of date cannot show all columns.
fn stale(tenant: &Tenant, entity: &Entity, query: &Query) -> Result<(), Fail> {
    if query.selects() || !tenant.quirks.contains(&Quirk::StaleModel) {
        return Ok(());
    }
    Err(Fail::server(format!(
        "EDM instance of type '[Terrasoft.Configuration.OData.{}]' is missing the property \
         'UsrRemoved'.",
        entity.name
    )))
}

fn ok(body: &Value) -> Response<Bytes> {
    let mut response = Response::new(shown::bytes(body));
    response.headers_mut().insert(CONTENT_TYPE, JSON);
    response
}

fn text(body: String) -> Response<Bytes> {
    let mut response = Response::new(Bytes::from(body));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/plain"));
    response
}

fn no_content() -> Response<Bytes> {
    let mut response = Response::new(Bytes::new());
    *response.status_mut() = StatusCode::NO_CONTENT;
    response
}

fn not_allowed() -> Fail {
    Fail::plain(
        StatusCode::METHOD_NOT_ALLOWED,
        "The requested resource does not support http method.",
    )
}

const JSON: HeaderValue =
    HeaderValue::from_static("application/json; odata.metadata=minimal; odata.streaming=true");
const BINARY: HeaderValue = HeaderValue::from_static("application/octet-stream");
