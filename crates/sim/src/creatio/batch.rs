use std::collections::{HashMap, HashSet};

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderValue, Method, Response, StatusCode};
use serde_json::{Value, json};
use uuid::Uuid;

use super::Quirk;
use super::fail::Fail;
use super::odata::Call;
use super::tenant::Tenant;
use crate::shown::{self, with};
use crate::{Fault, Faults, Outcome, Reply, fault};

/// How many requests a batch body holds; 0 when it cannot be read.
pub(crate) fn items(body: &[u8]) -> usize {
    let body: Value = serde_json::from_slice(body).unwrap_or_default();
    body["requests"].as_array().map_or(0, Vec::len)
}

/// Performs the requests of a JSON batch in order. A group is not atomic: the platform does not
/// say that it is.
pub(crate) fn perform(
    tenant: &mut Tenant,
    outer: &Call<'_>,
    faults: &Faults,
    goes_on: bool,
) -> Result<Response<Bytes>, Fail> {
    let body: Value = serde_json::from_slice(outer.body)
        .map_err(|error| Fail::invalid(format!("item : {error}\r\n")))?;
    let requests = body["requests"]
        .as_array()
        .ok_or_else(|| Fail::invalid("item : Property 'requests' is missing.\r\n"))?;
    if requests.len() > MAX_ITEMS {
        return Err(Fail::invalid(format!(
            "The current batch message contains too many parts. Only batch messages with a \
             maximum number of '{MAX_ITEMS}' requests are allowed."
        )));
    }
    let mut groups: HashMap<String, Uuid> = HashMap::new();
    let mut failed = HashSet::new();
    let mut responses = Vec::new();
    for request in requests {
        let item = Item::read(request)?;
        let waits_in_vain = item.depends_on.iter().any(|id| failed.contains(id));
        let struck = faults.strike_item(&item.method, &item.url);
        if struck == Some(Fault::DropBeforeWrite) {
            return Ok(died());
        }
        let response = if waits_in_vain {
            let mut response = Response::new(Bytes::new());
            *response.status_mut() = StatusCode::FAILED_DEPENDENCY;
            response
        } else {
            item.perform(tenant, outer, struck)
        };
        if struck == Some(Fault::DropAfterWrite) {
            return Ok(died());
        }
        let status = response.status();
        let mut shown = item.shown(&response);
        if let Some(group) = item.group {
            let renamed = groups.entry(group).or_insert_with(|| tenant.fresh_id());
            shown["atomicityGroup"] = json!(*renamed);
        }
        responses.push(shown);
        if status.is_client_error() || status.is_server_error() {
            failed.insert(item.id);
            if !goes_on {
                break;
            }
        }
    }
    if tenant.quirks.contains(&Quirk::BatchIdsDoubled)
        && let [first, .., last] = responses.as_mut_slice()
    {
        last["id"] = first["id"].clone();
    }
    if tenant.quirks.contains(&Quirk::BatchAnswersFewer) {
        responses.pop();
    }
    if tenant.quirks.contains(&Quirk::BatchAnswersReversed) {
        responses.reverse();
    }
    if tenant.quirks.contains(&Quirk::BatchAnswersMultipart) {
        return Ok(multipart(&responses));
    }
    let body = shown::bytes(&with(json!({}), [("responses", responses.into())]));
    let mut response = Response::new(body);
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    Ok(response)
}

/// The answer of a server that died within a batch.
#[derive(Clone, Copy)]
struct Died;

fn died() -> Response<Bytes> {
    let mut response = Response::new(Bytes::new());
    response.extensions_mut().insert(Died);
    response
}

/// Nobody hears the answer of a server that died.
pub(crate) fn dropped(reply: Reply) -> Reply {
    match &reply.outcome {
        Outcome::Answer(response) if response.extensions().get::<Died>().is_some() => {
            Reply::new(reply.delay, Outcome::Dropped { effect: true })
        }
        _ => reply,
    }
}

/// The answers as OData's older form has them.
fn multipart(responses: &[Value]) -> Response<Bytes> {
    let mut body = String::new();
    for shown in responses {
        let status = &shown["status"];
        let inner = shown.get("body").map(Value::to_string).unwrap_or_default();
        body.push_str(&format!(
            "--batchresponse_sim\r\nContent-Type: application/http\r\n\
             Content-Transfer-Encoding: binary\r\n\r\nHTTP/1.1 {status}\r\n\
             Content-Type: application/json\r\n\r\n{inner}\r\n"
        ));
    }
    body.push_str("--batchresponse_sim--\r\n");
    let mut response = Response::new(Bytes::from(body));
    let kind = HeaderValue::from_static("multipart/mixed; boundary=batchresponse_sim");
    response.headers_mut().insert(CONTENT_TYPE, kind);
    response
}

struct Item {
    id: String,
    group: Option<String>,
    depends_on: Vec<String>,
    method: Method,
    url: String,
    body: Bytes,
}

impl Item {
    fn read(request: &Value) -> Result<Self, Fail> {
        let text = |name: &str| request[name].as_str().map(str::to_owned);
        let missing = |name: &str| Fail::invalid(format!("item : '{name}' is missing.\r\n"));
        let method = text("method").ok_or_else(|| missing("method"))?;
        Ok(Self {
            id: text("id").ok_or_else(|| missing("id"))?,
            group: text("atomicityGroup"),
            depends_on: request["dependsOn"]
                .as_array()
                .iter()
                .flat_map(|ids| ids.iter())
                .filter_map(|id| id.as_str().map(str::to_owned))
                .collect(),
            method: method.to_uppercase().parse().map_err(|_| missing("method"))?,
            url: text("url").ok_or_else(|| missing("url"))?,
            body: request.get("body").map(shown::bytes).unwrap_or_default(),
        })
    }

    fn perform(
        &self,
        tenant: &mut Tenant,
        outer: &Call<'_>,
        struck: Option<Fault>,
    ) -> Response<Bytes> {
        if let Some(Fault::Status { code, retry_after }) = struck {
            return fault::refusal(fault::page, code, retry_after);
        }
        let call = Call {
            method: &self.method,
            target: self.url.strip_prefix('/').unwrap_or(&self.url),
            body: &self.body,
            root: outer.root,
            save: outer.save,
            now: outer.now,
            blind: outer.blind,
        };
        let response = call.perform(tenant).unwrap_or_else(Fail::into_response);
        match struck {
            Some(Fault::AfterWrite { status }) => fault::page(status),
            _ => response,
        }
    }

    fn shown(&self, response: &Response<Bytes>) -> Value {
        let mut headers = json!({});
        for (name, value) in response.headers() {
            headers[name.as_str()] = json!(value.to_str().unwrap_or_default());
        }
        let shown = json!({"id": self.id, "status": response.status().as_u16()});
        let mut shown = with(shown, [("headers", headers)]);
        if !response.body().is_empty() {
            shown["body"] = serde_json::from_slice(response.body())
                .unwrap_or_else(|_| json!(String::from_utf8_lossy(response.body())));
        }
        shown
    }
}

const MAX_ITEMS: usize = 100;
