//! Understands a question: normalised, cut, its weightless words set aside,
//! quoted and excluded parts and exact names recognised.

use std::collections::HashSet;

use super::terms::phrase_of;
use crate::index::Phrase;
use crate::text::{self, Cutter, Named, Normalised};

/// Longest question; a citizen's whole letter fits.
pub const MAX_QUESTION_CHARS: usize = 2_000;
/// Up to this many characters a question is always looked up verbatim.
const SHORT_QUESTION_CHARS: usize = 12;
/// Up to this many, where an entry holds all its bigrams.
const MAX_VERBATIM_CHARS: usize = 40;

/// A question as it is understood.
#[derive(Debug, Clone)]
pub struct Question {
    pub normalised: Normalised,
    /// Words that carry weight, each once, in order.
    pub words: Vec<String>,
    /// Bigrams of the parts that carry weight, in order, with the place of the
    /// first character.
    pub grams: Vec<(usize, String)>,
    pub named: Named,
    /// Nothing but words of asking and politeness.
    is_weightless: bool,
    pub required: Vec<String>,
    pub excluded: Vec<String>,
    /// What of it was written by sound; none in an ordinary question.
    pub heard: Option<Heard>,
}

/// Words and bigrams that a question does not hold as it was typed, but as it
/// sounds.
#[derive(Debug, Clone)]
pub struct Heard {
    pub by: HeardBy,
    pub pieces: HashSet<String>,
    /// The question as it was typed, and its runs of letters: what holds these
    /// comes first.
    pub typed: Vec<String>,
}

/// By what a piece of a question was heard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HeardBy {
    /// Letters: pinyin in full or first letters.
    Pinyin,
    /// Characters that sound the same.
    Sound,
}

impl Question {
    /// Understands a question with the dictionary of the index it is put to.
    pub fn understand(cutter: &Cutter, asked: &str) -> Question {
        let (plain, required, excluded) = split_operators(asked);
        let question = Question::of_plain(cutter, &plain);
        let normalised_all = |parts: Vec<String>| parts.iter().map(|part| text::normalise(part)).collect();
        Question { required: normalised_all(required), excluded: normalised_all(excluded), ..question }
    }

    /// The same question written as it sounds.
    pub(super) fn heard_as(self, cutter: &Cutter, written: &str, by: HeardBy) -> Question {
        let mut heard = Question::of_plain(cutter, written);
        let typed: HashSet<&String> =
            self.words.iter().chain(self.grams.iter().map(|(_, gram)| gram)).collect();
        let pieces = heard.words.iter().chain(heard.grams.iter().map(|(_, gram)| gram));
        let pieces: HashSet<String> = pieces.filter(|piece| !typed.contains(piece)).cloned().collect();
        let mut as_typed = vec![self.normalised.text.clone()];
        as_typed.extend(
            self.words
                .iter()
                .filter(|word| word.is_ascii() && word.len() > 2 && !heard.words.contains(word))
                .cloned(),
        );
        heard.heard = Some(Heard { by, pieces, typed: as_typed });
        heard.named = self.named;
        Question { required: self.required, excluded: self.excluded, ..heard }
    }

    fn of_plain(cutter: &Cutter, plain: &str) -> Question {
        let normalised = text::normalise_with_map(plain);
        let named = text::recognise(&normalised.text);
        let cut = cutter.question_words(&normalised.text);
        let mut weightless: HashSet<usize> = HashSet::new();
        let mut words = Vec::new();
        for token in &cut {
            if cutter.carries_no_weight(token.text) {
                weightless.extend(token.start_char..token.end_char());
            } else {
                words.push(token.text.to_owned());
            }
        }
        let everything_is_weightless = words.is_empty();
        if everything_is_weightless {
            weightless.clear();
            words.extend(cut.iter().map(|token| token.text.to_owned()));
        }
        let grams = text::question_grams(&normalised.text)
            .into_iter()
            .filter(|gram| (gram.start_char..gram.end_char()).all(|place| !weightless.contains(&place)))
            .map(|gram| (gram.start_char, gram.text.to_owned()))
            .collect();
        Question {
            words: each_once(words),
            grams,
            named,
            is_weightless: everything_is_weightless,
            required: Vec::new(),
            excluded: Vec::new(),
            heard: None,
            normalised,
        }
    }

    /// Characters of the words that carry weight, each once; letters and lone
    /// characters do not count.
    pub fn telling_chars(&self) -> usize {
        if self.is_weightless {
            return 0;
        }
        self.words.iter().map(|word| word.chars().count()).filter(|&chars| chars > 1).sum()
    }

    /// Whether there is anything to look for.
    pub fn is_empty(&self) -> bool {
        self.words.is_empty() && self.grams.is_empty() && self.required.is_empty()
    }

    /// The only letter or character asked for, where it is just one.
    pub fn single_character(&self) -> Option<char> {
        let mut letters = self.normalised.text.chars().filter(|character| character.is_alphanumeric());
        let first = letters.next()?;
        (letters.next().is_none() && !first.is_ascii()).then_some(first)
    }

    /// Short enough for many entries to hold it as it was typed.
    pub fn is_short(&self) -> bool {
        self.normalised.text.trim().chars().count() <= SHORT_QUESTION_CHARS
    }

    /// The question as one phrase, unless it is long.
    pub fn verbatim(&self) -> Option<Phrase> {
        let letters = self.normalised.text.trim();
        let chars = letters.chars().count();
        (2..=MAX_VERBATIM_CHARS).contains(&chars).then(|| phrase_of(letters)).flatten()
    }
}

fn each_once(texts: Vec<String>) -> Vec<String> {
    let mut seen = HashSet::new();
    texts.into_iter().filter(|text| seen.insert(text.clone())).collect()
}

/// Sets `"quoted parts"` (required) and ` -parts` (excluded) apart.
fn split_operators(asked: &str) -> (String, Vec<String>, Vec<String>) {
    let mut plain = String::with_capacity(asked.len());
    let mut required = Vec::new();
    let mut excluded = Vec::new();
    for (at, part) in asked.split(['"', '“', '”']).enumerate() {
        let is_quoted = at % 2 == 1 && asked.matches(['"', '“', '”']).count() > at;
        if is_quoted {
            plain.push_str(part);
            plain.push(' ');
            required.push(part.to_owned());
            continue;
        }
        for word in part.split_inclusive(char::is_whitespace) {
            match word.trim().strip_prefix('-') {
                Some(unwanted) if unwanted.chars().any(char::is_alphanumeric) => {
                    excluded.push(unwanted.to_owned());
                }
                _ => plain.push_str(word),
            }
        }
    }
    (plain, required, excluded)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn polite_words_carry_no_weight() {
        let cutter = Cutter::new();
        let polite = Question::understand(&cutter, "请问一下新生儿怎么上户口啊");
        let plain = Question::understand(&cutter, "新生儿上户口");
        assert_eq!(polite.words, plain.words);
    }

    #[test]
    fn quoted_parts_are_required_and_a_minus_excludes() {
        let cutter = Cutter::new();
        let question = Question::understand(&cutter, "“招商基金” -公司 费用");
        assert_eq!(question.required, ["招商基金"]);
        assert_eq!(question.excluded, ["公司"]);
        assert!(question.words.contains(&"费用".to_owned()));
    }

    #[test]
    fn a_question_of_weightless_words_is_still_a_question() {
        assert!(!Question::understand(&Cutter::new(), "怎么办").is_empty());
        assert!(Question::understand(&Cutter::new(), "？！").is_empty());
    }
}
