mod change;
mod open;
mod status;
mod texts;
mod transcript;
