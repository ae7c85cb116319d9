//! Recognises a file's encoding: UTF-8 and UTF-16 by mark, else UTF-8, else GB18030.

use std::borrow::Cow;

use encoding_rs::{Encoding, GB18030, UTF_8};

/// The text, or `None` where it is in none of these encodings.
pub(super) fn decode(bytes: &[u8]) -> Option<Cow<'_, str>> {
    if let Some((encoding, mark_bytes)) = Encoding::for_bom(bytes) {
        return encoding.decode_without_bom_handling_and_without_replacement(&bytes[mark_bytes..]);
    }
    UTF_8
        .decode_without_bom_handling_and_without_replacement(bytes)
        .or_else(|| GB18030.decode_without_bom_handling_and_without_replacement(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gb18030_and_a_byte_order_mark_are_recognised() {
        let (gb, ..) = GB18030.encode("社会保险");
        assert_eq!(decode(&gb).as_deref(), Some("社会保险"));
        assert_eq!(decode("\u{feff}社保".as_bytes()).as_deref(), Some("社保"));
        assert_eq!(decode(b"\xff\xff\xff"), None);
    }
}
