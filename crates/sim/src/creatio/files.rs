//! The file service: uploads in chunks, and downloads.

use bytes::{Bytes, BytesMut};
use chrono::{DateTime, Utc};
use http::header::{CONTENT_DISPOSITION, CONTENT_RANGE, CONTENT_TYPE, RANGE, TRANSFER_ENCODING};
use http::{HeaderValue, Method, Request, Response, StatusCode};
use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use serde_json::json;
use uuid::Uuid;

use super::data::{self, Cell};
use super::door::json_response;
use super::fail::Fail;
use super::limits::Operation;
use super::schema::{Entity, ID, Kind};
use super::tenant::Save;
use super::{Quirk, State, seed};

impl State {
    /// `…/rest/FileApiService/UploadFile`: whatever is wrong is told with status 200.
    pub(crate) fn upload(&mut self, request: &Request<Bytes>, save: Save) -> Response<Bytes> {
        if request.method() != Method::POST {
            return Fail::plain(StatusCode::METHOD_NOT_ALLOWED, "POST it.").into_response();
        }
        if disposition(request).is_some_and(|value| value.contains("filename*=")) {
            return Fail::page(StatusCode::BAD_REQUEST).into_response();
        }
        let body = match self.take_chunk(request, save) {
            Ok(id) => json!({"success": true, "errorInfo": null, "fileId": id}),
            Err((code, message)) => json!({"success": false, "errorInfo":
                {"errorCode": code, "message": message, "stackTrace": "   at Terrasoft.File"}}),
        };
        json_response(StatusCode::OK, &body)
    }

    fn take_chunk(&mut self, request: &Request<Bytes>, save: Save) -> Result<Uuid, Refused> {
        let chunk = Chunk::read(request)?;
        let entity = self.tenant.entities.get(&chunk.schema).cloned();
        let entity = entity.filter(|entity| is_file(entity)).ok_or_else(|| {
            refused("ItemNotFoundException", format!("Schema \"{}\" not found.", chunk.schema))
        })?;
        let limits = &self.tenant.limits;
        if let Err(fail) = limits.check(&entity.name, Operation::Insert) {
            return Err(refused("SecurityException", fail.cause()));
        }
        if let Some(why) = limits.refuse_file(&chunk.name_of_the_body, chunk.total) {
            return Err(why);
        }
        if chunk.is_first {
            self.begin(&chunk, &entity, save)?;
        }
        let is_last = chunk.last + 1 == chunk.total;
        let loses = self.tenant.quirks.contains(&Quirk::FilesLoseBytes);
        let table = self.tenant.tables.get_mut(&entity.name);
        let row = table.and_then(|table| table.get_mut(chunk.id));
        let row =
            row.ok_or_else(|| refused("ItemNotFoundException", "No such file.".to_owned()))?;
        // A first chunk replaces what is there; all others are added, wherever they belong.
        let mut content = BytesMut::new();
        if !chunk.is_first {
            content.extend_from_slice(&row.data);
        }
        content.extend_from_slice(request.body());
        if is_last && loses {
            content.truncate(content.len().saturating_sub(1));
        }
        row.data = content.freeze();
        // What the caller says, not what came.
        row.set(&entity, "Size", Cell::Int(i64::try_from(chunk.total).unwrap_or(i64::MAX)));
        row.set(&entity, "Uploaded", Cell::Bool(is_last));
        Ok(chunk.id)
    }

    /// Fetches or creates the row.
    fn begin(
        &mut self,
        chunk: &Chunk,
        entity: &std::sync::Arc<Entity>,
        save: Save,
    ) -> Result<(), Refused> {
        if self.tenant.row(&entity.name, chunk.id).is_some() {
            return Ok(());
        }
        let mut values = vec![(ID, Cell::Guid(chunk.id))];
        let mut set = |name: &str, cell: Cell| {
            let index = entity.column(name);
            values.extend(index.map(|index| (index, cell)));
            index.is_some()
        };
        set("Name", Cell::text(&chunk.name));
        set("Type", Cell::Guid(seed::FILE));
        if entity.name == "SysFile" {
            set("RecordSchemaName", Cell::text(&chunk.parent_column));
            set("RecordId", Cell::Guid(chunk.parent));
        } else if !set(&chunk.parent_column, Cell::Guid(chunk.parent)) {
            let why = format!("Column by path {} not found.", chunk.parent_column);
            return Err(refused("ItemNotFoundException", why));
        }
        let inserted = self.tenant.insert(entity, values, save);
        inserted.map(drop).map_err(|fail| refused("SqlException", fail.cause()))
    }

    /// `…/rest/FileService/Download/{schema}/{id}`.
    pub(crate) fn download(&self, target: &str, now: DateTime<Utc>) -> Response<Bytes> {
        let found = target.split_once('/').and_then(|(schema, id)| {
            self.tenant.limits.check(schema, Operation::Read).ok()?;
            let entity = self.tenant.entities.get(schema).filter(|entity| is_file(entity))?;
            let row = self.tenant.row(schema, data::guid(id)?)?.seen(now)?;
            Some((row.get(entity, "Name").as_text(), row.data.clone()))
        });
        let Some((name, content)) = found else {
            return Fail::page_not_found().into_response();
        };
        let mut response = Response::new(content);
        let binary = HeaderValue::from_static("application/octet-stream");
        response.headers_mut().insert(CONTENT_TYPE, binary);
        let name = utf8_percent_encode(name, NON_ALPHANUMERIC);
        if let Ok(value) = HeaderValue::try_from(format!("attachment; filename*=UTF-8''{name}")) {
            response.headers_mut().insert(CONTENT_DISPOSITION, value);
        }
        response
    }
}

type Refused = (&'static str, String);

struct Chunk {
    id: Uuid,
    name: String,
    /// As the header says it, quotes and all: its end is the extension.
    name_of_the_body: String,
    schema: String,
    parent_column: String,
    parent: Uuid,
    total: usize,
    is_first: bool,
    last: usize,
}

impl Chunk {
    fn read(request: &Request<Bytes>) -> Result<Self, Refused> {
        let query = request.uri().query().unwrap_or_default();
        let pairs: Vec<(String, String)> =
            form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        let given = |name: &str| {
            let found = pairs.iter().find(|(key, _)| key.eq_ignore_ascii_case(name));
            found.map(|(_, value)| value.clone())
        };
        let needed = |name: &'static str| {
            given(name)
                .ok_or_else(|| refused("ArgumentNullException", format!("{name} is missing.")))
        };
        let id = |name: &'static str| {
            data::guid(&needed(name)?)
                .ok_or_else(|| refused("FormatException", format!("{name} is no GUID.")))
        };
        let total = given("totalFileLength").and_then(|length| length.parse().ok());
        let total: usize = total.filter(|total| *total > 0).ok_or_else(|| {
            refused("InvalidFileSizeException", "The file size is invalid.".to_owned())
        })?;
        // One read of as many bytes as the header says; without a length there is no buffer.
        if request.headers().contains_key(TRANSFER_ENCODING) {
            return Err(refused(
                "OverflowException",
                "Arithmetic operation resulted in an overflow.".to_owned(),
            ));
        }
        let (is_first, last) = range(request).ok_or_else(|| {
            refused("FormatException", "Input string was not in a correct format.".to_owned())
        })?;
        let name = needed("fileName")?;
        let from_header = disposition(request).and_then(|value| {
            let (_, name) = value.split_once("filename=")?;
            percent_decode_str(name).decode_utf8().ok().map(Into::into)
        });
        Ok(Self {
            id: id("fileId")?,
            name_of_the_body: from_header.unwrap_or_else(|| name.clone()),
            name,
            schema: needed("entitySchemaName")?,
            parent_column: needed("parentColumnName")?,
            parent: id("parentColumnValue")?,
            total,
            is_first,
            last,
        })
    }
}

/// Whether the chunk is the first one, and its last byte. `Range` goes before `Content-Range`.
fn range(request: &Request<Bytes>) -> Option<(bool, usize)> {
    let headers = request.headers();
    let value = headers.get(RANGE).or_else(|| headers.get(CONTENT_RANGE))?.to_str().ok()?;
    let bytes = value.trim().strip_prefix("bytes")?.trim_start_matches(['=', ' ']);
    let (first, last) = bytes.split('/').next()?.split_once('-')?;
    Some((first.starts_with('0'), last.parse().ok()?))
}

fn disposition(request: &Request<Bytes>) -> Option<&str> {
    request.headers().get(CONTENT_DISPOSITION)?.to_str().ok()
}

fn is_file(entity: &Entity) -> bool {
    entity.column("Data").is_some_and(|index| entity.columns[index].kind == Kind::Stream)
}

fn refused(code: &'static str, message: String) -> Refused {
    (code, message)
}
