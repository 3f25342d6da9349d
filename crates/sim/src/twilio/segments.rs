/// How many segments a text takes: 160 septets, or 153 in each part; 70 UTF-16 units, or 67.
pub(crate) fn segments(text: &str) -> usize {
    let septets: Option<usize> = text.chars().map(septets).sum();
    let (size, single, part) = match septets {
        Some(septets) => (septets, 160, 153),
        None => (text.encode_utf16().count(), 70, 67),
    };
    if size <= single { 1 } else { size.div_ceil(part) }
}

fn septets(character: char) -> Option<usize> {
    if EXTENSION.contains(character) {
        Some(2)
    } else if character.is_ascii_alphanumeric() || BASIC.contains(character) {
        Some(1)
    } else {
        None
    }
}

const BASIC: &str = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./:;<=>?¡ÄÖÑÜ§¿äöñüà";
const EXTENSION: &str = "|^€{}[]~\\\u{c}";
