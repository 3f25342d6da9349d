use bytes::Bytes;
use handover_core::probe::Check;
use http::Request;

use crate::front::Front;
use crate::signature::{self, Keys};

impl Front {
    /// Signs a request with each key and receives it.
    pub(super) fn signature_checks(&self) -> Vec<Check> {
        let config = self.config();
        let now = self.client().now();
        if config.application_keys.is_empty() && config.rule_secrets.is_empty() {
            return vec![Check::warning(
                "webhook",
                "no key is configured: what happens in Front is found by polling only",
                "set `app_signing_key` (or `rule_secret`) and the webhook in Front",
            )];
        }
        let keys = Keys { application: &config.application_keys, rule: &config.rule_secrets };
        let is_good = config.application_keys.iter().all(|key| {
            let time = now.timestamp_millis().to_string();
            let Some(signature) = signature::sign(key, &time, BODY) else { return false };
            let request = Request::post("https://relay.example/")
                .header(signature::TIMESTAMP, time)
                .header(signature::SIGNATURE, signature)
                .body(Bytes::from_static(BODY));
            request.is_ok_and(|request| signature::verify(&request, keys, now).is_ok())
        });
        let mut checks = vec![if is_good {
            Check::proven("webhook", "a request signed as Front signs is accepted")
        } else {
            let fix = "copy `app_signing_key` again from the application's page in Front";
            Check::broken("webhook", "a request signed as Front signs is refused", fix)
        }];
        if config.application_keys.is_empty() {
            checks.push(Check::warning(
                "webhook of a rule",
                "Front tries a rule's webhook once only; what is missed is found by polling",
                "use an application's webhook as well, where the plan allows it",
            ));
        }
        checks
    }
}

const BODY: &[u8] = br#"{"type":"sync"}"#;
