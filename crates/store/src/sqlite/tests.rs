mod agreement;
mod concurrency;
mod conformance;
mod durability;
mod place;
mod plans;
