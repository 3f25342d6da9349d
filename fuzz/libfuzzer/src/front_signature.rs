#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| handover_libfuzzer::run("front_signature", data));
