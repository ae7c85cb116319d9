//! Understands a question: normalised, cut, its weightless words set aside,
//! quoted and excluded parts and exact names recognised.

use std::collections::HashSet;
use std::sync::Arc;

use super::terms::phrase_of;
use crate::index::Phrase;
use crate::text::{self, Cutter, Named, Normalised, QuestionTerms, Synonyms};

/// Longest question; a citizen's whole letter fits.
pub const MAX_QUESTION_CHARS: usize = 2_000;
/// Up to this many characters a question is always looked up verbatim.
const SHORT_QUESTION_CHARS: usize = 12;
/// Up to this many, where an entry holds all its bigrams.
const MAX_VERBATIM_CHARS: usize = 40;

/// Up to this many characters a question was typed by hand: quotation marks and
/// minus signs are operators, and a number or an article is asked for by name.
const MAX_TYPED_CHARS: usize = 60;

/// A question as it is understood.
#[derive(Debug, Clone)]
pub struct Question {
    pub normalised: Normalised,
    pub terms: QuestionTerms,
    pub named: Named,
    pub required: Vec<String>,
    pub excluded: Vec<String>,
    /// What of it was written by sound; none in an ordinary question.
    pub heard: Option<Heard>,
    pub wording: Wording,
    /// Synonyms that count beside the generation's.
    pub synonyms: Option<Arc<Synonyms>>,
}

/// How a question's exact wording counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Wording {
    /// What is titled so, or holds it as it was typed, comes first.
    #[default]
    AsTyped,
    /// Its words only, as if a caller had put it in another order: what an
    /// editor wrote down as a similar question is found by its words, as the
    /// callers' own ways of asking will be.
    Paraphrased,
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

    /// Whether it has quoted or excluded parts.
    pub fn has_operators(&self) -> bool {
        !self.required.is_empty() || !self.excluded.is_empty()
    }

    /// The same question written as it sounds.
    pub(super) fn heard_as(self, cutter: &Cutter, written: &str, by: HeardBy) -> Question {
        let mut heard = Question::of_plain(cutter, written);
        let typed: HashSet<String> = self.terms.each_once().into_iter().collect();
        let mut pieces: HashSet<String> = heard.terms.each_once().into_iter().collect();
        pieces.retain(|piece| !typed.contains(piece));
        let is_new = |word: &&String| word.is_ascii() && word.len() > 2 && !heard.terms.words.contains(word);
        let mut as_typed = vec![self.normalised.text.clone()];
        as_typed.extend(self.terms.words.iter().filter(is_new).cloned());
        heard.heard = Some(Heard { by, pieces, typed: as_typed });
        heard.named = self.named;
        Question { required: self.required, excluded: self.excluded, ..heard }
    }

    /// Understands a text in which quotes and minus signs are no operators.
    pub(super) fn of_plain(cutter: &Cutter, plain: &str) -> Question {
        let normalised = text::normalise_with_map(plain);
        // A letter mentions numbers and laws; it asks for none of them by name.
        let is_typed = normalised.text.chars().count() <= MAX_TYPED_CHARS;
        let named = if is_typed { text::recognise(&normalised.text) } else { Named::default() };
        Question {
            terms: text::telling_terms(cutter, &normalised.text),
            named,
            required: Vec::new(),
            excluded: Vec::new(),
            heard: None,
            wording: Wording::AsTyped,
            synonyms: None,
            normalised,
        }
    }

    /// Characters of the words that carry weight, each once; letters and lone
    /// characters do not count.
    pub fn telling_chars(&self) -> usize {
        if self.terms.is_weightless {
            return 0;
        }
        self.terms.words.iter().map(|word| word.chars().count()).filter(|&chars| chars > 1).sum()
    }

    /// Nothing but words of asking and politeness.
    pub fn is_weightless(&self) -> bool {
        self.terms.is_weightless
    }

    /// Whether there is anything to look for.
    pub fn is_empty(&self) -> bool {
        self.terms.words.is_empty() && self.terms.grams.is_empty() && self.required.is_empty()
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

/// Sets `"quoted parts"` (required) and ` -parts` (excluded) apart, where they
/// stand between spaces as an agent types them: quotation marks within a
/// sentence or a letter are only punctuation.
fn split_operators(asked: &str) -> (String, Vec<String>, Vec<String>) {
    let mut plain = String::with_capacity(asked.len());
    let mut required = Vec::new();
    let mut excluded = Vec::new();
    if asked.chars().count() > MAX_TYPED_CHARS {
        return (asked.to_owned(), required, excluded);
    }
    let mut rest = asked;
    while !rest.is_empty() {
        let is_start = plain.is_empty() || plain.ends_with(char::is_whitespace);
        if is_start && let Some((quoted, after)) = quoted_part(rest) {
            plain.push_str(quoted);
            plain.push(' ');
            required.push(quoted.to_owned());
            rest = after;
            continue;
        }
        let end = rest.find(char::is_whitespace).map_or(rest.len(), |at| at);
        let end = end + rest[end..].chars().next().map_or(0, char::len_utf8);
        let (word, after) = rest.split_at(end);
        match word.trim().strip_prefix('-') {
            Some(unwanted) if is_start && unwanted.chars().any(char::is_alphanumeric) => {
                excluded.push(unwanted.to_owned());
            }
            _ => plain.push_str(word),
        }
        rest = after;
    }
    (plain, required, excluded)
}

/// The quoted part a text begins with, and what follows: a space or nothing.
fn quoted_part(text: &str) -> Option<(&str, &str)> {
    const QUOTES: [char; 3] = ['"', '“', '”'];
    let (quoted, after) = text.strip_prefix(QUOTES)?.split_once(QUOTES)?;
    let is_apart = after.is_empty() || after.starts_with(char::is_whitespace);
    (is_apart && quoted.chars().any(char::is_alphanumeric)).then_some((quoted, after))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn polite_words_carry_no_weight() {
        let cutter = Cutter::new();
        let polite = Question::understand(&cutter, "请问一下新生儿怎么上户口啊");
        let plain = Question::understand(&cutter, "新生儿上户口");
        assert_eq!(polite.terms.words, plain.terms.words);
    }

    #[test]
    fn quoted_parts_are_required_and_a_minus_excludes() {
        let cutter = Cutter::new();
        let question = Question::understand(&cutter, "“招商基金” -公司 费用");
        assert_eq!(question.required, ["招商基金"]);
        assert_eq!(question.excluded, ["公司"]);
        assert!(question.terms.words.contains(&"费用".to_owned()));
    }

    #[test]
    fn quotation_marks_within_a_sentence_are_punctuation() {
        let cutter = Cutter::new();
        for asked in ["咨询“先看病后付费”政策", "“停车难”何时解决", "请问\"一网通办\"在哪"]
        {
            let question = Question::understand(&cutter, asked);
            assert!(question.required.is_empty(), "{asked}");
        }
    }

    #[test]
    fn a_question_of_weightless_words_is_still_a_question() {
        assert!(!Question::understand(&Cutter::new(), "怎么办").is_empty());
        assert!(Question::understand(&Cutter::new(), "？！").is_empty());
    }
}
