use http::{HeaderMap, HeaderValue, header};
use secrecy::SecretString;

use super::verify;

fn headers(name: &'static str, value: &str) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(name, HeaderValue::from_str(value).unwrap());
    headers
}

#[test]
fn any_secret_verifies_at_any_of_the_three_places() {
    let secrets =
        [SecretString::from("old-secret-1234567"), SecretString::from("new-secret-12345")];
    let bearer = |value: &str| headers(header::AUTHORIZATION.as_str(), value);
    let own = |value: &str| headers("x-handover-secret", value);
    let none = HeaderMap::new();
    assert!(verify(&bearer("Bearer old-secret-1234567"), None, &secrets).is_ok());
    assert!(verify(&bearer("bearer new-secret-12345"), Some("creatio"), &secrets).is_ok());
    assert!(verify(&own("new-secret-12345"), None, &secrets).is_ok());
    assert!(verify(&none, Some("old-secret-1234567"), &secrets).is_ok());
    for (headers, path) in [
        (none.clone(), None),
        (none, Some("creatio")),
        (bearer("Basic old-secret-1234567"), None),
        (bearer("Bearer "), None),
        (own("new-secret-1234"), None),
        (own("NEW-SECRET-12345"), None),
    ] {
        assert!(verify(&headers, path, &secrets).is_err());
    }
}

#[test]
fn without_a_secret_nothing_verifies() {
    assert!(verify(&HeaderMap::new(), Some(""), &[]).is_err());
    assert!(verify(&headers("x-handover-secret", ""), None, &[]).is_err());
}
