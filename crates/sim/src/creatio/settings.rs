//! System settings, as the data service tells them. Source: what the platform's own client code asks
//! and reads.

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode};
use serde_json::{Map, Value, json};

use super::State;
use super::door::json_response;
use super::fail::Fail;

impl State {
    /// `…/DataService/json/SyncReply/QuerySysSettings`: what does not exist is left out.
    pub(crate) fn settings(&self, request: &Request<Bytes>) -> Response<Bytes> {
        if request.method() != Method::POST {
            return Fail::plain(StatusCode::METHOD_NOT_ALLOWED, "POST it.").into_response();
        }
        let body: Value = serde_json::from_slice(request.body()).unwrap_or_default();
        let Some(codes) = body["sysSettingsNameCollection"].as_array() else {
            let why = json!({"errorCode": "ArgumentNullException", "message":
                "sysSettingsNameCollection", "stackTrace": ""});
            let body = json!({"success": false, "errorInfo": why, "rowsAffected": -1});
            return json_response(StatusCode::OK, &body);
        };
        let mut values = Map::new();
        for code in codes.iter().filter_map(Value::as_str) {
            if let Some((kind, name, value)) = self.setting(code) {
                let shown = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                values.insert(
                    code.to_owned(),
                    json!({"code": code, "isCacheable": true, "displayValue": shown,
                        "dataValueType": kind, "typeName": name, "value": value}),
                );
            }
        }
        let body = json!({"values": values, "success": true, "rowsAffected": -1,
            "nextPrcElReady": false});
        json_response(StatusCode::OK, &body)
    }

    fn setting(&self, code: &str) -> Option<(u8, &'static str, Value)> {
        let limits = &self.tenant.limits;
        let number = |value: usize| Some((INTEGER, "Int32", json!(value)));
        match code {
            // In megabytes.
            "MaxFileSize" => number((limits.file / (1024 * 1024)).max(1)),
            "MaxEntityRowCount" => number(limits.rows),
            "SearchNumberLength" => number(7),
            "OAuth20IdentityServerUrl" => {
                Some((TEXT, "String", json!("https://acme-is.creatio.com")))
            }
            _ => None,
        }
    }
}

/// `DataValueType`s.
const TEXT: u8 = 1;
const INTEGER: u8 = 4;
