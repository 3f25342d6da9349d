//! How a business process proves who it is.

use handover_core::webhook::Rejection;
use http::{HeaderMap, header};
use secrecy::{ExposeSecret, SecretString};
use subtle::{Choice, ConstantTimeEq};

/// Checks that a request carries one of `secrets`: as `Authorization: Bearer …`, as
/// `X-Handover-Secret`, or as a segment of its path.
///
/// Source: Creatio's "Call web service" element can send a fixed header or call a fixed address; it
/// signs nothing.
///
/// # Errors
/// [`Rejection::UNSIGNED`] for every other request, and for every request while there is no secret.
pub(crate) fn verify(
    headers: &HeaderMap,
    path_secret: Option<&str>,
    secrets: &[SecretString],
) -> Result<(), Rejection> {
    let bearer = headers.get(header::AUTHORIZATION).and_then(|value| {
        let (scheme, token) = value.to_str().ok()?.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
    });
    let own = headers.get("x-handover-secret").and_then(|value| value.to_str().ok()).map(str::trim);
    let mut verified = Choice::from(0);
    for given in [bearer, own, path_secret].into_iter().flatten() {
        for secret in secrets {
            verified |= given.as_bytes().ct_eq(secret.expose_secret().as_bytes());
        }
    }
    if bool::from(verified) { Ok(()) } else { Err(Rejection::UNSIGNED) }
}

#[cfg(test)]
mod tests;
