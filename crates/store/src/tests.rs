//! What the tests of every store need.

pub(crate) mod agreement;
pub(crate) mod support;
