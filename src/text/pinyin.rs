//! How characters are read: toneless syllables, every reading a character has,
//! and whether letters (or other characters) sound as a text does. `ü` is `v`,
//! as people type it. The readings are the `pinyin` crate's.

use std::collections::HashMap;
use std::sync::LazyLock;

use pinyin::ToPinyinMulti;

/// A toneless syllable, by its number in a table that holds for one process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Syllable(u16);

/// The characters that have readings here: the plane people write in.
const FIRST: u32 = 0x3400;
const PAST_LAST: u32 = 0xA000;
/// Letters of the longest syllable: zhuang.
pub const LONGEST_SYLLABLE: usize = 6;

struct Readings {
    names: Vec<String>,
    by_name: HashMap<String, Syllable>,
    /// By character: where its readings begin in `all`.
    starts: Vec<u32>,
    all: Vec<Syllable>,
}

static READINGS: LazyLock<Readings> = LazyLock::new(|| {
    let mut table =
        Readings { names: Vec::new(), by_name: HashMap::new(), starts: Vec::new(), all: Vec::new() };
    for code in FIRST..PAST_LAST {
        table.starts.push(table.all.len() as u32);
        let Some(readings) = char::from_u32(code).and_then(|character| character.to_pinyin_multi()) else {
            continue;
        };
        let first = table.all.len();
        for name in readings.into_iter().filter_map(|reading| as_typed(reading.plain())) {
            let syllable = table.syllable(name);
            if !table.all[first..].contains(&syllable) {
                table.all.push(syllable);
            }
        }
    }
    table.starts.push(table.all.len() as u32);
    // 略 and 虐 are typed either way.
    for (typed, name) in [("lue", "lve"), ("nue", "nve")] {
        if let Some(&syllable) = table.by_name.get(name) {
            table.by_name.insert(typed.to_owned(), syllable);
        }
    }
    table
});

impl Readings {
    fn syllable(&mut self, name: String) -> Syllable {
        let next = Syllable(self.names.len() as u16);
        *self.by_name.entry(name).or_insert_with_key(|name| {
            self.names.push(name.clone());
            next
        })
    }
}

/// A reading in letters; `None` for sounds nobody types (ng, hm, ê).
fn as_typed(plain: &str) -> Option<String> {
    let name = plain.replace('ü', "v");
    let is_typed = name.bytes().all(|letter| letter.is_ascii_lowercase())
        && name.contains(['a', 'e', 'i', 'o', 'u', 'v'])
        && name.len() <= LONGEST_SYLLABLE;
    is_typed.then_some(name)
}

/// The readings of a character, the most usual first; none where it is not Chinese.
pub fn readings(character: char) -> &'static [Syllable] {
    let code = character as u32;
    if !(FIRST..PAST_LAST).contains(&code) {
        return &[];
    }
    let at = (code - FIRST) as usize;
    &READINGS.all[READINGS.starts[at] as usize..READINGS.starts[at + 1] as usize]
}

impl Syllable {
    /// The syllable these letters are.
    pub fn of(letters: &str) -> Option<Syllable> {
        READINGS.by_name.get(letters).copied()
    }

    /// Its letters.
    pub fn letters(self) -> &'static str {
        &READINGS.names[usize::from(self.0)]
    }

    /// Its number, below [`syllable_count`].
    pub fn number(self) -> usize {
        usize::from(self.0)
    }

    /// All of them.
    pub fn all() -> impl Iterator<Item = Syllable> {
        (0..READINGS.names.len() as u16).map(Syllable)
    }
}

/// Whether two characters have a reading in common.
pub fn sound_alike(one: char, other: char) -> bool {
    readings(one).iter().any(|syllable| readings(other).contains(syllable))
}

/// The key of two syllables side by side.
pub fn sound_pair(one: Syllable, other: Syllable) -> String {
    format!("{} {}", one.letters(), other.letters())
}

/// Keys of all syllables side by side in a normalised text, each once; signs
/// between characters are passed over, letters and digits are not.
pub fn sound_pairs(normalised: &str) -> Vec<String> {
    let mut pairs = Vec::new();
    let mut before: &[Syllable] = &[];
    for character in normalised.chars().filter(|character| character.is_alphanumeric()) {
        let own = readings(character);
        for &first in before {
            pairs.extend(own.iter().map(|&second| sound_pair(first, second)));
        }
        before = own;
    }
    pairs.sort_unstable();
    pairs.dedup();
    pairs
}

/// The longest run of characters with a key of first letters.
pub const LONGEST_INITIALS: usize = 4;
/// Characters that are read in more than one way today; the other readings of
/// the rest (找 as hua, 属 as zhu) stand in old texts only.
const READ_IN_TWO_WAYS: &str = "行长重还都调传朝降系校卡会参差称乘处担弹当得地度恶发干更供冠好号和划几间将角教觉解卷看空乐量率落没模难强曲任散丧省盛数说提为相兴应与载占着中种转作";

/// The readings that first letters stand for.
fn usual_readings(character: char) -> &'static [Syllable] {
    let all = readings(character);
    let most = if READ_IN_TWO_WAYS.contains(character) { 2 } else { 1 };
    &all[..all.len().min(most)]
}

/// Whether a character can be meant by a first letter.
pub fn begins_as(character: char, letter: char) -> bool {
    usual_readings(character).iter().any(|syllable| syllable.letters().starts_with(letter))
}

/// Keys of the first letters of two to four characters side by side: `=sbk`.
pub fn initial_keys(normalised: &str) -> Vec<String> {
    let mut keys = Vec::new();
    let mut open: Vec<String> = Vec::new();
    for character in normalised.chars() {
        let mut letters: Vec<char> = usual_readings(character)
            .iter()
            .filter_map(|syllable| syllable.letters().chars().next())
            .collect();
        letters.dedup();
        open.push(String::from("="));
        open = open
            .iter()
            .filter(|key| key.len() <= LONGEST_INITIALS)
            .flat_map(|key| letters.iter().map(move |letter| format!("{key}{letter}")))
            .collect();
        keys.extend(open.iter().filter(|key| key.len() > 2).cloned());
    }
    keys.sort_unstable();
    keys.dedup();
    keys
}

/// Keys that a run of characters with these first letters has: all of its
/// longest ones.
pub fn keys_of_initials(letters: &str) -> Vec<String> {
    let length = letters.len().min(LONGEST_INITIALS);
    let windows = (0..=letters.len() - length).filter_map(|at| letters.get(at..at + length));
    windows.map(|letters| format!("={letters}")).collect()
}

/// Whether letters, characters or both together sound as a whole text does.
/// Signs and spaces do not count on either side.
pub fn sounds_as(typed: &str, text: &str) -> bool {
    let typed: Vec<char> = typed.chars().filter(|character| character.is_alphanumeric()).collect();
    // Places in `typed` that the text read so far can end at.
    let mut reached = vec![0];
    for character in text.chars().filter(|character| character.is_alphanumeric()) {
        let mut next = Vec::with_capacity(reached.len());
        for at in reached {
            let Some(&said) = typed.get(at) else { continue };
            if said == character || sound_alike(said, character) {
                next.push(at + 1);
                continue;
            }
            let spelt = readings(character).iter().map(|syllable| syllable.letters());
            next.extend(
                spelt.filter(|letters| begins_with(&typed[at..], letters)).map(|letters| at + letters.len()),
            );
        }
        next.sort_unstable();
        next.dedup();
        if next.is_empty() {
            return false;
        }
        reached = next;
    }
    reached.contains(&typed.len())
}

fn begins_with(typed: &[char], letters: &str) -> bool {
    typed.len() >= letters.len() && letters.chars().zip(typed).all(|(letter, said)| letter == *said)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn letters(character: char) -> Vec<&'static str> {
        readings(character).iter().map(|syllable| syllable.letters()).collect()
    }

    #[test]
    fn characters_have_all_their_readings_without_tone() {
        assert_eq!(letters('税')[0], "shui");
        assert!(letters('行').contains(&"hang") && letters('行').contains(&"xing"));
        assert_eq!(letters('女')[0], "nv");
        assert_eq!(Syllable::of("lue"), Syllable::of("lve"));
        assert_eq!(letters('a'), [""; 0]);
    }

    #[test]
    fn letters_and_characters_sound_as_a_text() {
        for typed in ["yinhangka", "yin hang ka", "银hang卡", "音航卡", "yinhang卡"] {
            assert!(sounds_as(typed, "银行卡"), "{typed}");
        }
        assert!(sounds_as("xianshi2020nian", "西安市（2020年）"));
        assert!(!sounds_as("yinhang", "银行卡"));
        assert!(!sounds_as("yinhangkaa", "银行卡"));
    }

    #[test]
    fn first_letters_have_keys() {
        let keys = initial_keys("银行卡a号");
        assert!(
            ["=yh", "=yhk", "=hk", "=yx"].iter().all(|key| keys.contains(&(*key).to_owned())),
            "{keys:?}"
        );
        assert!(!keys.contains(&"=kh".to_owned()));
        assert_eq!(keys_of_initials("sfzbl"), ["=sfzb", "=fzbl"]);
    }

    #[test]
    fn pairs_hold_every_reading() {
        let pairs = sound_pairs("重庆（市）a区");
        assert!(pairs.contains(&"chong qing".to_owned()) && pairs.contains(&"zhong qing".to_owned()));
        assert!(pairs.contains(&"qing shi".to_owned()));
        assert_eq!(sound_pairs("a区b"), [""; 0]);
    }
}
