//! Webhooks on their way.

use bytes::Bytes;
use http::Request;

/// A webhook on its way.
#[derive(Clone, Debug)]
pub(super) struct Mail {
    pub(super) town: usize,
    pub(super) request: Request<Bytes>,
    /// Whether the provider sends it again when it is not answered well.
    pub(super) is_retried: bool,
    /// When it arrives at the earliest, in milliseconds.
    pub(super) due: i64,
    /// The customer's text that it tells of.
    pub(super) text: Option<String>,
    /// The text of ours that it tells of, as the provider calls it, and how far it got.
    pub(super) receipt: Option<(String, String)>,
}
