mod agreement;
mod concurrency;
mod conformance;
mod durability;
mod plans;
mod support;
