/// The digits of a number as it was entered: `+`, `00` and `011` mean what they mean, a zero in
/// brackets is not dialled from abroad, and an extension is not the number. A number that was entered
/// without its country code is a different number to anybody who does not guess.
pub(super) fn international(entered: &str) -> String {
    let main = entered.split(['x', 'X', '#', ';', ',']).next().unwrap_or_default();
    let main = main.replace("(0)", "");
    let digits: String = main.chars().filter(char::is_ascii_digit).collect();
    if main.trim_start().starts_with('+') {
        return digits;
    }
    match digits
        .strip_prefix("00")
        .or_else(|| digits.strip_prefix("011").filter(|rest| rest.len() > 10))
    {
        Some(rest) => rest.to_owned(),
        None => digits,
    }
}
