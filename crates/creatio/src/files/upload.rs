use std::ops::Range;

use bytes::Bytes;
use handover_core::error::{Error, ErrorKind, Retry, RetryScope};
use http::{HeaderValue, Method, header};

use super::check::refusal;
use super::{Files, NewFile, Source};
use crate::client::call::{Call, Place};
use crate::column::Values;
use crate::encode::component;
use crate::entities::base;
use crate::ids;
use crate::problem::Problem;

impl Files<'_> {
    /// Uploads a file, a piece of 1 MiB at a time.
    ///
    /// # Errors
    /// [`ErrorKind::Invalid`] with the code `file-too-large` or `file-refused`, before anything is sent
    /// where that is known. After any error that may be tried again, the same call begins anew.
    ///
    /// # Cancel safety
    /// The row may be there with a part of its content; the same call mends it.
    ///
    /// # Idempotency
    /// By the file's id: the first piece replaces what was there. Source: later pieces are appended
    /// blindly, so that none of them is ever sent twice, and an upload that broke off begins anew.
    pub async fn upload(&self, file: &NewFile, source: &dyn Source) -> Result<(), Error> {
        self.check(file).await?;
        // A range of no bytes cannot be written down.
        if file.size == 0 {
            return self.upload_by_odata(file, source).await;
        }
        self.0.find_host().await?;
        let mut from = 0;
        while from < file.size {
            let to = file.size.min(from + PIECE);
            match self.piece(file, source, from..to).await {
                // The file service is not there.
                Err(error) if from == 0 && error.code() == Some(Problem::NotExposed.code()) => {
                    return self.upload_by_odata(file, source).await;
                }
                sent => sent?,
            }
            from = to;
        }
        Ok(())
    }

    /// Source: `FileApiService` takes ranges; it makes the row, and reads the length of the whole and
    /// the name from the query. A name in quotes is misread.
    async fn piece(
        &self,
        file: &NewFile,
        source: &dyn Source,
        range: Range<u64>,
    ) -> Result<(), Error> {
        let name = component(&file.name);
        let path = format!(
            "rest/FileApiService/UploadFile?fileId={}&totalFileLength={}&mimeType={}&fileName={name}\
             &columnName=Data&entitySchemaName={}&parentColumnName={}&parentColumnValue={}",
            file.id,
            file.size,
            component(&file.media_type),
            file.parent.files.name(),
            file.parent.column.schema_name(),
            file.parent.id,
        );
        let place = format!("bytes {}-{}/{}", range.start, range.end - 1, file.size);
        let kind = HeaderValue::try_from(&file.media_type);
        let kind = kind.unwrap_or(HeaderValue::from_static(BINARY));
        let call = Call::new(Method::POST, path)
            .at(Place::App)
            .header_value(header::CONTENT_TYPE, kind)
            .header_value(header::CONTENT_RANGE, value(&place)?)
            .header_value(
                header::CONTENT_DISPOSITION,
                value(&format!("attachment; filename={name}"))?,
            )
            .body(read(source, range.clone()).await?);
        let call = if range.start == 0 { call } else { call.effectful() };
        let answer = self.0.answer(&call).await.map_err(begin_anew)?;
        if let Some(problem) = answer.problem() {
            return Err(match problem {
                // `{"error": "…"}` is the service's own refusal.
                Problem::Invalid | Problem::Server if answer.status.is_success() => {
                    Error::never(ErrorKind::Invalid, "Creatio does not take the file")
                        .with_code("file-refused")
                }
                _ => self.0.error(&answer, problem),
            });
        }
        let json = serde_json::from_slice(crate::parse::without_bom(&answer.body));
        let json = json.map_err(|_| {
            let message = "the file service's answer cannot be read";
            answer.signed(Error::later(ErrorKind::Protocol, message))
        })?;
        refusal(&json).map_or(Ok(()), |error| Err(answer.signed(error)))
    }

    /// The row, then its content in one piece.
    async fn upload_by_odata(&self, file: &NewFile, source: &dyn Source) -> Result<(), Error> {
        if file.size > MOST_IN_ONE {
            let message = "without FileApiService only files of up to 32 MiB can be uploaded";
            return Err(Error::never(ErrorKind::Config, message).with_code("file-service"));
        }
        let values = Values::new()
            .set(base::NAME, file.name.as_str())
            .set(crate::entities::file::TYPE, ids::FILE)
            .set(file.parent.column.clone(), file.parent.id);
        self.0.create(&file.parent.files, file.id, &values, &[base::ID]).await?;
        let path = format!("{}({})/Data", file.parent.files.name(), file.id);
        let call = Call::new(Method::PUT, path)
            .header(header::CONTENT_TYPE, BINARY)
            .body(read(source, 0..file.size).await?);
        let answer = self.0.answer(&call).await?;
        match answer.problem() {
            None => Ok(()),
            Some(problem) => Err(self.0.error(&answer, problem)),
        }
    }
}

pub(super) async fn read(source: &dyn Source, range: Range<u64>) -> Result<Bytes, Error> {
    let wanted = range.end - range.start;
    let bytes = source.read(range).await?;
    if u64::try_from(bytes.len()) != Ok(wanted) {
        return Err(Error::never(
            ErrorKind::Invalid,
            "the file is not as long as it was said to be",
        ));
    }
    Ok(bytes)
}

/// A piece must not be sent again, but the whole file may.
fn begin_anew(error: Error) -> Error {
    if error.retry() != Retry::Unsure {
        return error;
    }
    let retry = Retry::Later { after: None, scope: RetryScope::Job };
    let id = error.request_id().unwrap_or_default().to_owned();
    Error::new(error.kind(), retry, error.message()).with_request_id(id).with_source(error)
}

fn value(text: &str) -> Result<HeaderValue, Error> {
    HeaderValue::try_from(text)
        .map_err(|_| Error::never(ErrorKind::Invalid, "the file's name cannot be sent"))
}

/// Bytes of one piece. Source: 512 KiB to 10 MiB are in use.
pub(super) const PIECE: u64 = 1024 * 1024;
/// The most that is put into one request.
const MOST_IN_ONE: u64 = 32 * 1024 * 1024;
const BINARY: &str = "application/octet-stream";
