mod agreement;
mod conformance;
mod place;
