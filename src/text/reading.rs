//! How characters are read, for typing without an input method: toneless
//! pinyin, every reading a character has. Which reading a word wants is not
//! decided here: whoever types 银行 as yinxing finds it too.

use std::collections::HashMap;
use std::sync::LazyLock;

use pinyin::ToPinyinMulti;

/// The block that holds what is written on the mainland; rarer characters have
/// no reading here.
const HAN: std::ops::RangeInclusive<char> = '\u{4E00}'..='\u{9FFF}';

struct Readings {
    /// By character of the block: where its syllables begin in `syllables`.
    starts: Vec<u32>,
    syllables: Vec<&'static str>,
    /// Every syllable and beginning of one, and whether it is whole.
    known: HashMap<&'static str, bool>,
}

/// Read from the crate's tables once, some milliseconds: there each lookup
/// walks the Unicode blocks and repeats a syllable for each of its tones.
static READINGS: LazyLock<Readings> = LazyLock::new(|| {
    let mut readings = Readings { starts: vec![0], syllables: Vec::new(), known: HashMap::new() };
    for character in HAN {
        let first = readings.syllables.len();
        for reading in character.to_pinyin_multi().into_iter().flatten() {
            for typed in as_typed(reading.plain()) {
                if !readings.syllables[first..].contains(&typed) {
                    readings.syllables.push(typed);
                    (1..typed.len()).for_each(|end| {
                        readings.known.entry(&typed[..end]).or_insert(false);
                    });
                    readings.known.insert(typed, true);
                }
            }
        }
        readings.starts.push(readings.syllables.len() as u32);
    }
    readings
});

/// A syllable as keyboards have it: ü is typed v, and u by those who do not
/// know. Interjections (ê, ḿ) are not typed at all.
fn as_typed(plain: &'static str) -> impl Iterator<Item = &'static str> {
    let forms = match plain {
        "nü" => ["nv", "nu"],
        "lü" => ["lv", "lu"],
        "nüe" => ["nve", "nue"],
        "lüe" => ["lve", "lue"],
        other => [other, ""],
    };
    forms.into_iter().filter(|form| !form.is_empty() && form.bytes().all(|key| key.is_ascii_lowercase()))
}

/// The toneless syllables a character can be read as, the usual one first; none
/// where it is not Chinese.
pub fn readings(character: char) -> &'static [&'static str] {
    if !HAN.contains(&character) {
        return &[];
    }
    let at = (character as u32 - *HAN.start() as u32) as usize;
    let readings = &*READINGS;
    &readings.syllables[readings.starts[at] as usize..readings.starts[at + 1] as usize]
}

/// Whether this is a whole syllable.
pub fn is_syllable(letters: &str) -> bool {
    READINGS.known.get(letters) == Some(&true)
}

/// Whether this is a syllable or the beginning of one.
pub fn begins_syllable(letters: &str) -> bool {
    READINGS.known.contains_key(letters)
}

/// A set of keys: the letters and digits a character can be begun with when it
/// is typed, one key for everything else and one for the end of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Keys(u64);

impl Keys {
    /// How many different keys there are.
    pub const COUNT: usize = 38;
    /// Any key.
    pub const ANY: Keys = Keys((1 << Keys::COUNT) - 1);
    const OTHER: u64 = 1 << 36;
    const END: u64 = 1 << 37;

    /// The keys that begin a normalised character; `'\0'` is the end of a text.
    pub fn of(character: char) -> Keys {
        Keys(match character {
            '\0' => Keys::END,
            'a'..='z' => 1 << (character as u32 - 'a' as u32),
            '0'..='9' => 1 << (26 + character as u32 - '0' as u32),
            _ => {
                let first = readings(character).iter().filter_map(|syllable| syllable.bytes().next());
                let keys = first.fold(0, |keys, letter| keys | 1 << (letter - b'a'));
                if keys == 0 { Keys::OTHER } else { keys }
            }
        })
    }

    /// One of them alone: enough to find a character that is known.
    pub fn one(self) -> Keys {
        Keys(self.0 & self.0.wrapping_neg())
    }

    /// These and those.
    pub fn and(self, others: Keys) -> Keys {
        Keys(self.0 | others.0)
    }

    /// Their numbers, below [`Keys::COUNT`].
    pub fn numbers(self) -> impl Iterator<Item = usize> {
        let mut left = self.0;
        std::iter::from_fn(move || {
            let number = left.trailing_zeros() as usize;
            left &= left.wrapping_sub(1);
            (number < Keys::COUNT).then_some(number)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_character_has_each_of_its_readings_once() {
        assert_eq!(readings('社'), ["she"]);
        assert_eq!(readings('行'), ["xing", "hang", "heng"]);
        assert_eq!(readings('女'), ["nv", "nu", "ru"]);
        assert_eq!(readings('a'), [""; 0]);
        assert!(is_syllable("zhuang") && is_syllable("zhu") && !is_syllable("zhua ") && !is_syllable("zh"));
        assert!(begins_syllable("zh") && !begins_syllable("sb"));
    }

    #[test]
    fn keys_are_the_letters_a_character_begins_with() {
        assert_eq!(Keys::of('行').numbers().collect::<Vec<_>>(), [7, 23]);
        assert_eq!(Keys::of('行').one(), Keys::of('h'));
        assert_eq!(Keys::of('7').numbers().collect::<Vec<_>>(), [33]);
        assert_eq!(Keys::ANY.numbers().count(), Keys::COUNT);
    }

    #[test]
    fn every_syllable_is_typed_with_letters() {
        assert!(HAN.flat_map(readings).all(|syllable| syllable.bytes().all(|key| key.is_ascii_lowercase())));
    }
}
