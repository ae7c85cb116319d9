//! The keys a text is typed with where there is no input method: a letter of
//! pinyin for a Chinese character, the letter or digit itself for others.
//! Which reading a word wants is not decided here: whoever types 银行 as
//! yinxing finds it too.

use std::collections::HashSet;
use std::sync::LazyLock;

use super::pinyin::{Syllable, readings};

/// Every syllable and every beginning of one.
static BEGINNINGS: LazyLock<HashSet<&'static str>> = LazyLock::new(|| {
    let beginnings = |letters: &'static str| (1..=letters.len()).map(move |end| &letters[..end]);
    Syllable::all().map(Syllable::letters).flat_map(beginnings).collect()
});

/// Whether this is a syllable or the beginning of one.
pub fn begins_syllable(letters: &str) -> bool {
    BEGINNINGS.contains(letters)
}

/// A set of keys: the letters and digits a character can begin with when it is
/// typed, one key for everything else and one for the end of a text.
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
                let letters =
                    readings(character).iter().filter_map(|syllable| syllable.letters().bytes().next());
                let keys = letters.fold(0, |keys, letter| keys | 1 << (letter - b'a'));
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
    fn keys_are_the_letters_a_character_begins_with() {
        assert_eq!(Keys::of('行').numbers().collect::<Vec<_>>(), [7, 23]);
        assert_eq!(Keys::of('行').one(), Keys::of('h'));
        assert_eq!(Keys::of('7').numbers().collect::<Vec<_>>(), [33]);
        assert_eq!(Keys::ANY.numbers().count(), Keys::COUNT);
    }

    #[test]
    fn syllables_may_be_unfinished() {
        assert!(begins_syllable("zh") && begins_syllable("zhuang"));
        assert!(!begins_syllable("sb") && !begins_syllable("shebao"));
    }
}
