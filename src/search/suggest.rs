//! What is being typed → texts that lead to an entry: by characters, by pinyin
//! (the last syllable may be unfinished, characters may stand between), by
//! initials. Each text is a title or a question an editor wrote, so asking it
//! finds its entry.

use jiff::civil::Date;
use serde::Serialize;

use super::highlight::{Highlight, marks_of};
use crate::entry::{Kind, Region};
use crate::index::{
    Filter, IndexError, Letter, Pattern, Snapshot, Suggested, ValidityFilter, Within, day_number,
};
use crate::text::{self, Keys, LONGEST_SYLLABLE, Syllable};

/// Longest text that is taken for one being typed.
pub const MAX_TYPED_CHARS: usize = 512;
/// Suggestions where the caller does not say how many.
pub const DEFAULT_SUGGESTIONS: usize = 8;
/// Longest one that is read as pinyin too, in letters: one bit for each place
/// between them. The longest title of 128 characters is not typed out so.
const MOST_PINYIN_LETTERS: usize = 127;

/// What is typed, by whom, on which day.
#[derive(Debug, Clone)]
pub struct SuggestRequest<'a> {
    pub typed: &'a str,
    pub region: Option<Region>,
    pub kind: Option<Kind>,
    pub as_of: Date,
    /// What the caller may find; none where that is not limited.
    pub within: Option<&'a Within>,
    pub limit: usize,
}

/// By what a suggestion was found, the surest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum TypedAs {
    Characters,
    Pinyin,
    Initials,
}

/// A text to ask, and the entry it finds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suggestion {
    pub text: String,
    pub entry_id: String,
    pub kind: Kind,
    pub matched_by: TypedAs,
    /// Marks within the text.
    pub highlights: Vec<Highlight>,
}

/// Suggests texts: characters before pinyin before initials; in each those
/// that begin with what is typed, then those with a word that does, then the
/// others; shorter first, guides and questions before policies.
pub fn suggest(snapshot: &Snapshot, request: &SuggestRequest<'_>) -> Result<Vec<Suggestion>, IndexError> {
    let filter = Filter {
        as_of: day_number(request.as_of),
        validity: ValidityFilter::Current,
        region: request.region,
        kind: request.kind,
        within: request.within,
        hidden: &[],
    };
    let typed = Typed::of(request.typed);
    let mut found: Vec<(TypedAs, Suggested<'_>)> = Vec::new();
    for &typed_as in typed.readings() {
        let left = request.limit.saturating_sub(found.len());
        if left == 0 {
            break;
        }
        let known = found.len();
        let matches = |letters: &[Letter]| typed.matches(letters, typed_as);
        let pattern =
            Pattern { first: typed.first_key(), second: typed.second_keys(typed_as), matches: &matches };
        for suggested in snapshot.suggested(&pattern, &filter, request.limit) {
            let is_new = !found[..known].iter().any(|(_, other)| other.is_same(&suggested));
            if is_new && found.len() < request.limit {
                found.push((typed_as, suggested));
            }
        }
    }
    found
        .into_iter()
        .map(|(matched_by, suggested)| {
            Ok(Suggestion {
                text: suggested.shown.to_owned(),
                entry_id: snapshot.id(suggested.place)?,
                kind: suggested.kind,
                matched_by,
                highlights: highlights(&suggested),
            })
        })
        .collect()
}

/// Marks of the letters that match; punctuation between them is left out.
fn highlights(suggested: &Suggested<'_>) -> Vec<Highlight> {
    let normalised = text::normalise_with_map(suggested.shown);
    let letters = normalised.text.chars().enumerate().filter(|(_, character)| character.is_alphanumeric());
    let places = letters.map(|(place, _)| place).skip(suggested.first).take(suggested.count);
    let bytes = places.filter_map(|place| normalised.original_range(place, place + 1));
    marks_of(suggested.shown, bytes.map(|(start, end)| Highlight { start, end }).collect())
}

/// The letters typed, without punctuation: those of pinyin, digits, characters.
struct Typed {
    letters: Vec<char>,
    /// From this place on there are only letters of pinyin: the last syllable
    /// may be unfinished.
    last_run: usize,
}

impl Typed {
    fn of(typed: &str) -> Typed {
        let letters: Vec<char> =
            text::normalise(typed).chars().filter(|sign| sign.is_alphanumeric()).collect();
        let run = letters.iter().rev().take_while(|letter| letter.is_ascii_lowercase()).count();
        Typed { last_run: letters.len() - run, letters }
    }

    /// How it can be read, the surest reading first.
    fn readings(&self) -> &'static [TypedAs] {
        let has_pinyin = self.letters.iter().any(char::is_ascii_lowercase);
        match self.letters.len() {
            0 => &[],
            1..=MOST_PINYIN_LETTERS if has_pinyin => {
                &[TypedAs::Characters, TypedAs::Pinyin, TypedAs::Initials]
            }
            _ => &[TypedAs::Characters],
        }
    }

    fn first_key(&self) -> Keys {
        self.letters.first().map_or(Keys::default(), |&letter| Keys::of(letter).one())
    }

    /// The keys that can follow the first character: those after any beginning
    /// that may stand for one character.
    fn second_keys(&self, typed_as: TypedAs) -> Keys {
        let longest = if typed_as == TypedAs::Characters { 1 } else { LONGEST_SYLLABLE };
        let mut keys = Keys::default();
        for length in 1..=longest.min(self.letters.len()) {
            if self.is_one_character(length, typed_as) {
                let next = self.letters.get(length);
                keys = keys.and(next.map_or(Keys::ANY, |&letter| Keys::of(letter).one()));
            }
        }
        let is_unfinished = self.last_run == 0 && typed_as != TypedAs::Characters;
        if is_unfinished && text::begins_syllable(&self.letters.iter().collect::<String>()) {
            keys = Keys::ANY;
        }
        keys
    }

    /// Whether the first letters can stand for one character of a text.
    fn is_one_character(&self, length: usize, typed_as: TypedAs) -> bool {
        let beginning: String = self.letters[..length].iter().collect();
        let is_itself = length == 1;
        let is_initial = length == 2 && typed_as == TypedAs::Initials && is_double_initial(&beginning);
        is_itself || is_initial || Syllable::of(&beginning).is_some()
    }

    /// How many of a text's letters what is typed stands for.
    fn matches(&self, letters: &[Letter], typed_as: TypedAs) -> Option<usize> {
        if typed_as == TypedAs::Characters {
            let starts = self.letters.iter().zip(letters).all(|(typed, letter)| *typed == letter.character);
            return (starts && self.letters.len() <= letters.len()).then_some(self.letters.len());
        }
        // Every place in what is typed that the text read so far can lead to: a
        // bit each, so no way of reading is tried twice.
        let end = 1_u128 << self.letters.len();
        let mut places = 1_u128;
        for (number, letter) in letters.iter().enumerate() {
            let mut next = 0;
            while places != 0 {
                next |= self.after(places.trailing_zeros() as usize, letter.character, typed_as);
                places &= places - 1;
            }
            if next & end != 0 {
                return Some(number + 1);
            }
            if next == 0 {
                return None;
            }
            places = next;
        }
        None
    }

    /// The places, as bits, after a character of a text that is typed from `at` on.
    fn after(&self, at: usize, character: char, typed_as: TypedAs) -> u128 {
        let rest = &self.letters[at..];
        if rest[0] == character {
            return 1 << (at + 1);
        }
        let mut places = 0;
        for syllable in text::readings(character).iter().map(|syllable| syllable.letters()) {
            let same = syllable.chars().zip(rest).take_while(|(one, other)| one == *other).count();
            let is_unfinished = same == rest.len() && at >= self.last_run;
            if same == syllable.len() || (is_unfinished && same > 0) {
                places |= 1 << (at + same);
            }
            if typed_as == TypedAs::Initials && same > 0 {
                places |= 1 << (at + 1);
                if same > 1 && is_double_initial(&syllable[..2]) {
                    places |= 1 << (at + 2);
                }
            }
        }
        places
    }
}

fn is_double_initial(letters: &str) -> bool {
    matches!(letters, "zh" | "ch" | "sh")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::index::Begins;

    fn letters(text: &str) -> Vec<Letter> {
        text.chars().chain(['\0']).map(|character| Letter { character, begins: Begins::Text }).collect()
    }

    fn count(typed: &str, text: &str, typed_as: TypedAs) -> Option<usize> {
        Typed::of(typed).matches(&letters(text), typed_as)
    }

    #[test]
    fn pinyin_may_be_unfinished_and_mixed_with_characters() {
        for typed in ["shebaoka", "shebaok", "社保ka", "she保卡", "She Bao Ka", "ｓｈｅｂａｏｋａ", "社bao卡"]
        {
            assert_eq!(count(typed, "社保卡丢了", TypedAs::Pinyin), Some(3), "{typed}");
        }
        for typed in ["sebaoka", "sbk", "sheb卡", "shebaokaq"] {
            assert_eq!(count(typed, "社保卡丢了", TypedAs::Pinyin), None, "{typed}");
        }
        assert_eq!(count("xian", "西安", TypedAs::Pinyin), Some(2));
        assert_eq!(count("xian", "先", TypedAs::Pinyin), Some(1));
        assert_eq!(count("lvshi", "律师", TypedAs::Pinyin), Some(2));
    }

    #[test]
    fn initials_may_have_syllables_between() {
        for typed in ["sbk", "shbk", "shebk", "sbaok", "sbka", "社bk", "s保k"] {
            assert_eq!(count(typed, "社保卡丢了", TypedAs::Initials), Some(3), "{typed}");
        }
        assert_eq!(count("etcbl", "etc办理", TypedAs::Initials), Some(5));
        assert_eq!(count("sbz", "社保卡丢了", TypedAs::Initials), None);
    }

    #[test]
    fn the_end_of_a_text_is_not_passed() {
        for typed_as in [TypedAs::Characters, TypedAs::Pinyin, TypedAs::Initials] {
            assert_eq!(count("社保卡aaaa", "社保卡", typed_as), None);
        }
    }

    #[test]
    fn many_ways_of_reading_end_at_once() {
        let text = "安那".repeat(60);
        assert_eq!(count(&format!("{}x", "an".repeat(60)), &text, TypedAs::Initials), None);
    }

    #[test]
    fn the_keys_asked_hold_whatever_matches() {
        let typed = Typed::of("shebaoka");
        assert!(typed.second_keys(TypedAs::Pinyin).numbers().any(|key| key == 1));
        assert_eq!(Typed::of("sbk").second_keys(TypedAs::Characters), Keys::of('b'));
        assert_eq!(Typed::of("s").second_keys(TypedAs::Pinyin), Keys::ANY);
    }
}
