//! Brings text to one form: width and compatibility forms (NFKC, character by
//! character), case, traditional to simplified by OpenCC's data, and the
//! brackets of document numbers. Shown text is never rewritten: the map leads
//! from every normalised character back to the original.

use std::sync::LazyLock;

use ferrous_opencc::OpenCC;
use ferrous_opencc::config::BuiltinConfig;
use unicode_normalization::UnicodeNormalization;

/// Normalised text with the place each character came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Normalised {
    pub text: String,
    /// For each character of `text` the byte range in the original it came from.
    pub origin_byte: Vec<(u32, u32)>,
}

impl Normalised {
    /// The byte range in the original of the characters `start..end` of the
    /// normalised text; `None` for an empty or impossible range.
    pub fn original_range(&self, start_char: usize, end_char: usize) -> Option<(usize, usize)> {
        if start_char >= end_char {
            return None;
        }
        let first = self.origin_byte.get(start_char)?;
        let last = self.origin_byte.get(end_char - 1)?;
        Some((first.0 as usize, last.1 as usize))
    }
}

/// Normalises without the map: what the indexer needs.
pub fn normalise(original: &str) -> String {
    let mut text = String::with_capacity(original.len());
    let mut has_traditional = false;
    for character in original.chars() {
        push_folded(character, |folded| {
            has_traditional |= is_traditional(folded);
            text.push(folded);
        });
    }
    if has_traditional { simplify(&text) } else { text }
}

/// Normalises and keeps the way back to the original.
pub fn normalise_with_map(original: &str) -> Normalised {
    let mut text = String::with_capacity(original.len());
    let mut origin_byte = Vec::with_capacity(original.len() / 3 + 1);
    let mut has_traditional = false;
    for (at, character) in original.char_indices() {
        let range = (at as u32, (at + character.len_utf8()) as u32);
        push_folded(character, |folded| {
            has_traditional |= is_traditional(folded);
            text.push(folded);
            origin_byte.push(range);
        });
    }
    if has_traditional {
        text = simplify(&text);
    }
    Normalised { text, origin_byte }
}

fn push_folded(character: char, mut push: impl FnMut(char)) {
    match character {
        'A'..='Z' => push(character.to_ascii_lowercase()),
        ' '..='~' | '\u{4E00}'..='\u{9FFF}' | '\u{3001}'..='\u{3002}' => push(character),
        '〔' | '【' | '〖' => push('['),
        '〕' | '】' | '〗' => push(']'),
        _ => {
            for folded in std::iter::once(character).nfkc() {
                folded.to_lowercase().for_each(&mut push);
            }
        }
    }
}

struct Traditional {
    converter: Option<OpenCC>,
    /// For U+3400..U+A000: the simplified character, or 0 where it is the same.
    by_character: Vec<u32>,
}

const FIRST: u32 = 0x3400;
const PAST_LAST: u32 = 0xA000;

static TRADITIONAL: LazyLock<Traditional> = LazyLock::new(|| {
    let converter = OpenCC::from_config(BuiltinConfig::T2s).ok();
    let simplified_of = |code: u32| -> Option<u32> {
        let character = char::from_u32(code)?;
        let converted = converter.as_ref()?.convert(character.encode_utf8(&mut [0; 4]));
        let mut characters = converted.chars();
        let simplified = characters.next().filter(|_| characters.next().is_none())?;
        (simplified != character).then_some(simplified as u32)
    };
    let by_character = (FIRST..PAST_LAST).map(|code| simplified_of(code).unwrap_or(0)).collect();
    Traditional { converter, by_character }
});

fn simplified_character(character: char) -> char {
    let code = character as u32;
    if !(FIRST..PAST_LAST).contains(&code) {
        return character;
    }
    match TRADITIONAL.by_character[(code - FIRST) as usize] {
        0 => character,
        simplified => char::from_u32(simplified).unwrap_or(character),
    }
}

fn is_traditional(character: char) -> bool {
    let code = character as u32;
    (FIRST..PAST_LAST).contains(&code) && TRADITIONAL.by_character[(code - FIRST) as usize] != 0
}

/// Converts by phrase (乾坤 stays, 乾燥 becomes 干燥) where that keeps the number
/// of characters, which the map relies on; else character by character.
fn simplify(text: &str) -> String {
    if let Some(converter) = &TRADITIONAL.converter {
        let converted = converter.convert(text);
        if converted.chars().count() == text.chars().count() {
            return converted;
        }
    }
    text.chars().map(simplified_character).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn width_case_brackets_and_traditional_are_brought_to_one_form() {
        assert_eq!(normalise("２０１２年度ＡＢＣ"), "2012年度abc");
        assert_eq!(normalise("国办发〔2020〕53号"), normalise("国办发［２０２０］53号"));
        assert_eq!(normalise("企業職工養老保險"), "企业职工养老保险");
        assert_eq!(normalise("電子機械乾坤"), "电子机械乾坤");
        assert_eq!(normalise("國際論壇"), "国际论坛");
    }

    #[test]
    fn the_map_leads_back_to_the_original() {
        let normalised = normalise_with_map("ａ😀㈠電");
        assert_eq!(normalised.text, "a😀(一)电");
        assert_eq!(normalised.original_range(0, 1), Some((0, 3)));
        assert_eq!(normalised.original_range(2, 5), Some((7, 10)));
        assert_eq!(normalised.original_range(5, 6), Some((10, 13)));
        assert_eq!(normalised.original_range(3, 3), None);
    }

    proptest! {
        #[test]
        fn any_text_maps_every_character_to_a_boundary(original in "\\PC*|[電子a-zＡ-Ｚ㈠😀é̈ ﬁ]*") {
            let normalised = normalise_with_map(&original);
            prop_assert_eq!(normalised.text.chars().count(), normalised.origin_byte.len());
            prop_assert_eq!(&normalised.text, &normalise(&original));
            for &(start, end) in &normalised.origin_byte {
                prop_assert!(original.get(start as usize..end as usize).is_some());
            }
        }
    }
}
