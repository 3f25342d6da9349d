use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use handover_sim::creatio::{Creatio, Host, Quirk, Rights};
use http::Request;
use serde_json::json;

use crate::tenant::{Tenant, builder, send, start, token_request};

#[test]
fn a_token_is_given_for_the_right_secret_only() {
    let sim = Creatio::new("client", "sec ret+");
    let basic = STANDARD.encode("client:sec ret+");
    for (form, header, status, error) in [
        ("client_id=client&client_secret=sec+ret%2B&grant_type=client_credentials", "", 200, None),
        ("grant_type=client_credentials", basic.as_str(), 200, None),
        (
            "client_id=client&client_secret=wrong&grant_type=client_credentials",
            "",
            400,
            Some("invalid_client"),
        ),
        (
            "client_id=other&client_secret=sec+ret%2B&grant_type=client_credentials",
            "",
            400,
            Some("invalid_client"),
        ),
        ("client_id=client&grant_type=client_credentials", "", 400, Some("invalid_client")),
        ("grant_type=password", basic.as_str(), 400, Some("unsupported_grant_type")),
        ("", basic.as_str(), 400, Some("invalid_request")),
    ] {
        let mut request = token_request(form);
        if !header.is_empty() {
            let header = format!("Basic {header}").parse().unwrap();
            request.headers_mut().insert("authorization", header);
        }
        let answer = send(&sim, request, start());
        assert_eq!(answer.status, status, "{form}: {}", answer.text);
        assert_eq!(answer.json["error"].as_str(), error, "{form}");
        if status == 200 {
            assert_eq!(answer.json["expires_in"], 3600);
            assert_eq!(answer.json["token_type"], "Bearer");
        }
    }
    assert_eq!(sim.tokens_given(), 2);
}

#[test]
fn a_client_may_be_rejected_and_the_time_of_a_token_be_told_badly() {
    let sim = builder().build();
    let form = "client_id=client&client_secret=secret&grant_type=client_credentials";
    sim.reject_client(true);
    let answer = send(&sim, token_request(form), start());
    assert_eq!((answer.status.as_u16(), &answer.json["error"]), (400, &json!("invalid_client")));
    assert_eq!((sim.tokens_refused(), sim.tokens_given()), (1, 0));
    sim.reject_client(false);
    for (quirk, told) in [
        (Quirk::TokenExpiryAsText, Some(json!("3600"))),
        (Quirk::TokenExpiryZero, Some(json!(0))),
        (Quirk::TokenWithoutExpiry, None),
    ] {
        sim.quirk(quirk, true);
        let answer = send(&sim, token_request(form), start());
        assert_eq!(answer.json.get("expires_in"), told.as_ref(), "{quirk:?}");
        sim.quirk(quirk, false);
    }
}

#[test]
fn on_a_split_host_the_application_shows_its_login_page() {
    let sim = builder().split_host().build();
    let form = "client_id=client&client_secret=secret&grant_type=client_credentials";
    let answer = send(&sim, token_request(form), start());
    assert_eq!(answer.status, 200);
    assert!(answer.text.contains("bootstrap.login"), "{}", answer.text);
    let answer = send(&sim.identity(), token_request(form), start());
    assert!(answer.json["access_token"].is_string());
    let elsewhere = Request::get("https://acme-is.creatio.com/0/odata/Case").body(Bytes::new());
    assert_eq!(send(&sim.identity(), elsewhere.unwrap(), start()).status, 404);
}

#[test]
fn a_token_ends() {
    let mut tenant = Tenant::of(builder().token_lifetime(Duration::from_secs(60)));
    assert_eq!(tenant.get("Case").status, 200);
    tenant.later(60);
    let answer = tenant.get("Case");
    assert_eq!(answer.status, 401);
    assert_eq!(answer.json["Message"], "Authentication failed.");
    "made up".clone_into(&mut tenant.token);
    assert_eq!(tenant.get("Case").status, 401);
}

#[test]
fn the_host_decides_the_path() {
    for (host, base, path, status) in [
        (Host::Framework, "", "/0/odata/Case", 200),
        (Host::Framework, "", "/odata/Case", 404),
        (Host::Framework, "", "/0/odatax/Case", 404),
        (Host::Core, "", "/odata/Case", 200),
        (Host::Core, "", "/0/odata/Case", 200),
        (Host::Framework, "/studio/", "/studio/0/odata/Case", 200),
        (Host::Framework, "/studio", "/0/odata/Case", 404),
    ] {
        let tenant = Tenant::of(builder().host(host).base_path(base));
        let request = Request::get(format!("https://acme.creatio.com{path}"))
            .header("authorization", format!("Bearer {}", tenant.token))
            .body(Bytes::new())
            .unwrap();
        assert_eq!(send(&tenant.sim, request, tenant.now).status, status, "{host:?} {path}");
    }
}

#[test]
fn rights_are_checked_after_the_token() {
    let tenant = Tenant::of(builder().rights(Rights::NoOData));
    assert_eq!(tenant.get("Case").status, 403);
}

#[test]
fn odd_requests_are_refused() {
    let tenant = Tenant::new();
    let body = json!({"Subject": "a"});
    let case = tenant.create("Case", &body);
    let call = |method: &str, target: &str, headers: &[(&str, &str)]| {
        tenant.call(method, target, &body, headers).status.as_u16()
    };
    assert_eq!(call("POST", "Case", &[("x-http-method-override", "PATCH")]), 400);
    assert_eq!(call("PUT", "Case", &[]), 405);
    assert_eq!(call("PATCH", "Case", &[]), 405);
    assert_eq!(call("PUT", &format!("Case({case})/Subject"), &[]), 405);
    assert_eq!(call("GET", "$batch", &[]), 404);
    let request = Request::post("https://acme.creatio.com/0/odata/Case")
        .header("authorization", format!("Bearer {}", tenant.token))
        .body(Bytes::from(body.to_string()));
    assert_eq!(send(&tenant.sim, request.unwrap(), tenant.now).status, 415);
}
