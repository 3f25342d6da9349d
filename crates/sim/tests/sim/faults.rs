use std::time::Duration;

use bytes::Bytes;
use handover_sim::{Fault, Outcome, Rule, Simulator};
use http::{Method, Request};
use serde_json::{Value, json};

use crate::tenant::{Tenant, builder};

#[test]
fn each_fault_shows_itself_once() {
    for (fault, status, written) in [
        (Fault::Status { code: 429, retry_after: Some(7) }, Some(429), 0),
        (Fault::AfterWrite { status: 500 }, Some(500), 1),
        (Fault::DropBeforeWrite, None, 0),
        (Fault::DropAfterWrite, None, 1),
        (Fault::Unreachable, None, 0),
        (Fault::ExpireToken, Some(401), 0),
        (Fault::Html, Some(200), 0),
        (Fault::Truncate, Some(201), 1),
        (Fault::Slow { delay: Duration::from_secs(3) }, Some(201), 1),
    ] {
        let tenant = Tenant::new();
        tenant.sim.faults().once(fault);
        let reply = tenant.sim.handle(create(&tenant), tenant.now);
        let slow = Duration::from_secs(if matches!(fault, Fault::Slow { .. }) { 3 } else { 0 });
        assert_eq!(reply.delay, slow, "{fault:?}");
        let response = reply.response();
        let seen = response.as_ref().map(|response| response.status().as_u16());
        assert_eq!((seen, tenant.sim.cases().len()), (status, written), "{fault:?}");
        if let Some(response) = response {
            let whole = serde_json::from_slice::<Value>(response.body()).is_ok();
            let broken = matches!(
                fault,
                Fault::Truncate | Fault::Html | Fault::Status { .. } | Fault::AfterWrite { .. }
            );
            assert_eq!(whole, !broken, "{fault:?}");
            let retry_after = response.headers().get("retry-after").map(|value| value == "7");
            assert_eq!(retry_after.is_some(), seen == Some(429), "{fault:?}");
        }
        assert_eq!(tenant.sim.faults().left(), 0);
        let last = tenant.sim.requests().pop().unwrap();
        assert_eq!(last.status.map(|status| status.as_u16()), status, "{fault:?}");
    }
}

#[test]
fn an_expired_token_stays_expired_for_all() {
    let tenant = Tenant::new();
    tenant.sim.faults().once(Fault::ExpireToken);
    assert_eq!(tenant.get("Case").status, 401);
    assert_eq!(tenant.get("Case").status, 401);
}

#[test]
fn a_rule_names_its_requests() {
    let tenant = Tenant::new();
    let busy = Fault::Status { code: 503, retry_after: None };
    let rule = Rule::new(busy).method(Method::POST).path("/Case").after(1).times(2);
    tenant.sim.faults().add(rule);
    let case = || tenant.post("Case", &json!({"Subject": "a"})).status.as_u16();
    assert_eq!(tenant.get("Case").status, 200);
    assert_eq!(tenant.post("Contact", &json!({"Name": "a"})).status, 201);
    assert_eq!([case(), case(), case(), case()], [201, 503, 503, 201]);
}

#[test]
fn a_dropped_request_says_whether_it_took_effect() {
    let tenant = Tenant::new();
    tenant.sim.faults().once(Fault::DropAfterWrite);
    let reply = tenant.sim.handle(create(&tenant), tenant.now);
    assert!(matches!(reply.outcome, Outcome::Dropped { effect: true }));
}

#[test]
fn latency_counts_requests_and_items() {
    let latency = (Duration::from_millis(20), Duration::from_micros(1800));
    let tenant = Tenant::of(builder().latency(latency.0, latency.1));
    assert_eq!(tenant.sim.handle(create(&tenant), tenant.now).delay, latency.0);
    let one = json!({"id": "1", "method": "GET", "url": "Case"});
    let mut request = create(&tenant);
    *request.uri_mut() = "https://acme.creatio.com/0/odata/$batch".parse().unwrap();
    *request.body_mut() = Bytes::from(json!({"requests": [one, one, one]}).to_string());
    assert_eq!(tenant.sim.handle(request, tenant.now).delay, Duration::from_micros(25_400));
}

fn create(tenant: &Tenant) -> Request<Bytes> {
    Request::post("https://acme.creatio.com/0/odata/Case")
        .header("authorization", format!("Bearer {}", tenant.token))
        .header("content-type", "application/json")
        .body(Bytes::from(json!({"Subject": "a"}).to_string()))
        .unwrap()
}

#[test]
fn answers_may_be_odd_in_transit() {
    for (fault, status, text, written) in [
        (Fault::Bom, 201, "\u{feff}{", 1),
        (Fault::Huge { bytes: 3 }, 201, "   ", 1),
        (Fault::Redirect, 307, "", 0),
        (Fault::Waf, 403, "<html>", 0),
        (Fault::WrongType, 201, "{", 1),
    ] {
        let tenant = Tenant::new();
        tenant.sim.faults().once(fault);
        let response = tenant.sim.handle(create(&tenant), tenant.now).response().unwrap();
        assert_eq!(response.status(), status, "{fault:?}");
        assert!(response.body().starts_with(text.as_bytes()), "{fault:?}");
        assert_eq!(tenant.sim.cases().len(), written, "{fault:?}");
        if fault == Fault::Redirect {
            assert_eq!(response.headers()["location"], "https://elsewhere.example/odata");
        }
        if fault == Fault::WrongType {
            assert_eq!(response.headers()["content-type"], "text/plain");
        }
    }
}
