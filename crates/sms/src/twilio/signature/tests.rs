use bytes::Bytes;
use form_urlencoded::Serializer;
use http::Request;
use http::request::Builder;
use proptest::prelude::{ProptestConfig, any, proptest};
use secrecy::SecretString;

use super::{HEADER, Written, sign, signed_params, verify};

const BASE: &[(&str, &str)] = &[
    ("CallSid", "CA1234567890ABCDE"),
    ("Caller", "+14158675309"),
    ("Digits", "1234"),
    ("From", "+14158675309"),
    ("To", "+18005551212"),
];
const QUERY: &str = "mycompany.com/myapp.php?foo=1&bar=2";
const HASH: &str = "0a1ff7634d9ab3b95db5c9a2dfe9416e41502b283a80c7cf19632632f96e6620";
const EMPTY_HASH: &str = "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a";
const JSON: &str = r#"{"property": "value", "boolean": true}"#;

fn tokens() -> Vec<SecretString> {
    vec!["12345".into()]
}

fn form(params: &[(&str, &str)]) -> String {
    Serializer::new(String::new()).extend_pairs(params).finish()
}

fn request(url: &str, signature: &str) -> Builder {
    Request::post(url).header(HEADER, signature)
}

fn accepts(url: &str, body: &str, signature: &str) -> bool {
    let request = request(url, signature).body(Bytes::copy_from_slice(body.as_bytes())).unwrap();
    verify(&request, &tokens()).is_ok()
}

/// Vectors of twilio-python and twilio-node (MIT), and of our own digest of 2026-11-20.
#[test]
fn published_vectors_verify() {
    let https = format!("https://{QUERY}");
    let quoted = format!("{https}&Body=It%27s+amazing");
    let vectors = [
        (https.as_str(), "RSOYDt4T1cUTdK1PDd93/VVr8B8="),
        ("http://mycompany.com:1234/myapp.php?foo=1&bar=2", "Zmvh+3yNM1Phv2jhDCwEM3q5ebU="),
        ("https://mycompany.com:443/myapp.php?foo=1&bar=2", "kvajT1Ptam85bY51eRf/AJRuM3w="),
        ("http://mycompany.com:80/myapp.php?foo=1&bar=2", "0ZXoZLH/DfblKGATFgpif+LLRf4="),
        ("https://user:pass@mycompany.com/myapp.php?foo=1&bar=2", "CukzLTc1tT5dXEDIHm/tKBanW10="),
        ("https://user@mycompany.com/myapp.php?foo=1&bar=2", "2YRLlVAflCqxaNicjMpJcSTgzSs="),
        (
            "https://user:pass@mycompany.com:443/myapp.php?foo=1&bar=2",
            "ZQFR1PTIZXF2MXB8ZnKCvnnA+rI=",
        ),
        (quoted.as_str(), "TfZzewPq8wqrGlMfyAud8+/IvJ0="),
    ];
    for (url, signature) in vectors {
        assert!(accepts(url, &form(BASE), signature), "{url}");
        let made = sign(&"12345".into(), url, &signed_params(form(BASE).as_bytes())).unwrap();
        assert_eq!(made, signature, "{url}");
    }
}

#[test]
fn every_spelling_of_the_url_is_tried() {
    let body = form(BASE);
    let cases = [
        ("https://mycompany.com:1234/myapp.php?foo=1&bar=2", "RSOYDt4T1cUTdK1PDd93/VVr8B8="),
        ("https://mycompany.com/myapp.php?foo=1&bar=2", "kvajT1Ptam85bY51eRf/AJRuM3w="),
        ("http://mycompany.com/myapp.php?foo=1&bar=2", "0ZXoZLH/DfblKGATFgpif+LLRf4="),
        ("https://user:pass@mycompany.com/myapp.php?foo=1&bar=2", "ZQFR1PTIZXF2MXB8ZnKCvnnA+rI="),
        (
            "https://mycompany.com/myapp.php?foo=1&bar=2&Body=It's+amazing",
            "TfZzewPq8wqrGlMfyAud8+/IvJ0=",
        ),
    ];
    for (url, signature) in cases {
        assert!(accepts(url, &body, signature), "{url}");
    }
}

#[test]
fn odd_urls_verify_as_they_were_called() {
    let urls = [
        "https://[2001:db8::1]:8443/a?b=c",
        "https://relay.example//a//b/",
        "https://relay.example/a%2Fb?c=%e4",
        "https://relay.example/a?b=%2b+%20",
    ];
    for url in urls {
        let signature = sign(&"12345".into(), url, b"").unwrap();
        assert!(accepts(url, "", &signature), "{url}");
    }
    let bare = sign(&"12345".into(), "https://relay.example", b"").unwrap();
    assert!(accepts("https://relay.example/", "", &bare));
    let v6 = sign(&"12345".into(), "https://[2001:db8::1]/a", b"").unwrap();
    assert!(accepts("https://[2001:db8::1]:8443/a", "", &v6));
}

#[test]
fn repeated_blank_and_unknown_params_hold_in_any_order() {
    let url = format!("https://{QUERY}");
    let address = "MessagingBinding.Address";
    let repeated = form(&[(address, "+1415xxxxxxx"), (address, "+1325xxxxxxx")]);
    assert!(accepts(&url, &repeated, "83O6e2vORAoJHUNzJjDWN1jz+BA="));
    let doubled = form(&[
        ("SidAccount", "AC123"),
        ("Digits", "5678"),
        ("Digits", "1234"),
        ("Sid", "CA123"),
        ("Digits", "1234"),
    ]);
    assert!(accepts(&url, &doubled, "IK+Dwps556ElfBT0I3Rgjkr1wJU="));
    assert_eq!(signed_params(b"b=&B=1&a=x+y&a=x%20y&New="), b"B1Newax yb");
}

#[test]
fn a_json_body_is_held_by_its_hash() {
    let url = format!("https://{QUERY}&bodySHA256={HASH}");
    let only = format!("https://mycompany.com/myapp.php?bodySHA256={HASH}");
    let empty = format!("https://{QUERY}&bodySHA256={EMPTY_HASH}");
    let cases = [
        (&url, JSON, "a9nBmqA0ju/hNViExpshrM61xv4="),
        (&only, JSON, "y77kIzt2vzLz71DgmJGsen2scGs="),
        (&empty, "{}", "Ldidvp12m26NI7eqEvxnEpkd9Hc="),
    ];
    for (url, body, signature) in cases {
        let json = |body: &str, content_type: &str| {
            let request = request(url, signature).header("content-type", content_type);
            let body = Bytes::copy_from_slice(body.as_bytes());
            verify(&request.body(body).unwrap(), &tokens()).ok()
        };
        for content_type in ["application/json", "Application/JSON; charset=utf-8", "text/plain"] {
            assert_eq!(json(body, content_type), Some(Written::Json), "{content_type}");
        }
        assert_eq!(json("{\"other\":1}", "application/json"), None, "hash mismatch");
    }
}

#[test]
fn a_json_body_without_a_hash_is_refused() {
    let url = format!("https://{QUERY}");
    let signature = sign(&"12345".into(), &url, b"").unwrap();
    let json = request(&url, &signature).header("content-type", "application/json");
    assert!(verify(&json.body(Bytes::from_static(b"{}")).unwrap(), &tokens()).is_err());
    let twice = format!("{url}&bodySHA256={EMPTY_HASH}&bodySHA256={HASH}");
    let signature = sign(&"12345".into(), &twice, b"").unwrap();
    let json = request(&twice, &signature).header("content-type", "application/json");
    assert!(verify(&json.body(Bytes::from_static(b"{}")).unwrap(), &tokens()).is_err());
}

#[test]
fn a_get_signs_its_url_only() {
    let url = format!("https://{QUERY}&From=%2B1");
    let signature = sign(&"12345".into(), &url, b"").unwrap();
    let get = Request::get(&url).header(HEADER, signature).body(Bytes::from_static(b"x=y"));
    assert_eq!(verify(&get.unwrap(), &tokens()), Ok(Written::Query));
}

#[test]
fn params_in_the_query_and_in_the_body_are_both_signed() {
    let url = format!("https://{QUERY}&Body=query");
    let signature = sign(&"12345".into(), &url, &signed_params(b"Body=body")).unwrap();
    assert!(accepts(&url, "Body=body", &signature));
    assert!(!accepts(&url, "Body=other", &signature));
}

#[test]
fn any_content_type_but_json_is_read_as_a_form() {
    let url = format!("https://{QUERY}");
    for content_type in
        ["application/x-www-form-urlencoded; charset=UTF-8", "APPLICATION/X-WWW-FORM-URLENCODED"]
    {
        let request = request(&url, "RSOYDt4T1cUTdK1PDd93/VVr8B8=");
        let request = request.header("content-type", content_type).body(form(BASE).into());
        assert_eq!(verify(&request.unwrap(), &tokens()), Ok(Written::Form), "{content_type}");
    }
}

#[test]
fn no_wrong_malformed_or_double_signature_is_refused() {
    let url = format!("https://{QUERY}");
    let good = "RSOYDt4T1cUTdK1PDd93/VVr8B8=";
    let mut wrong = vec!["", "RSOYDt4T1cUTdK1PDd93/VVr8B9=", "not base64!", "RSOYDt4T1cUT"];
    wrong.push("Zmvh+3yNM1Phv2jhDCwEM3q5ebU=");
    for signature in wrong {
        assert!(!accepts(&url, &form(BASE), signature), "{signature}");
    }
    let none = Request::post(&url).body(Bytes::from(form(BASE))).unwrap();
    assert!(verify(&none, &tokens()).is_err());
    let double = request(&url, good).header(HEADER, good).body(Bytes::from(form(BASE))).unwrap();
    assert!(verify(&double, &tokens()).is_err());
}

#[test]
fn while_a_token_is_rotated_both_verify() {
    let url = format!("https://{QUERY}");
    let rotated = [SecretString::from("new"), SecretString::from("12345")];
    for token in &rotated {
        let signature = sign(token, &url, b"").unwrap();
        let request = request(&url, &signature).body(Bytes::new()).unwrap();
        assert!(verify(&request, &rotated).is_ok());
    }
    let request = request(&url, "RSOYDt4T1cUTdK1PDd93/VVr8B8=").body(form(BASE).into()).unwrap();
    assert!(verify(&request, &rotated[..1]).is_err());
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_verify_under_their_own_signature_and_no_other(
        body in any::<Vec<u8>>(),
        at in any::<usize>(),
    ) {
        let url = format!("https://{QUERY}");
        let signature = sign(&"12345".into(), &url, &signed_params(&body)).unwrap();
        let signed = request(&url, &signature).body(Bytes::from(body.clone())).unwrap();
        assert!(verify(&signed, &tokens()).is_ok());
        let mut changed = body;
        let at = at % (changed.len() + 1);
        changed.insert(at, b'x');
        if signed_params(&changed) != signed_params(signed.body()) {
            let forged = request(&url, &signature).body(Bytes::from(changed)).unwrap();
            assert!(verify(&forged, &tokens()).is_err());
        }
    }
}
