mod change;
mod fields;
mod modes;
mod open;
mod reopen;
mod status;
mod texts;
mod transcript;
