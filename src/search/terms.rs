//! The terms a question is asked with, each with its weight, and where they
//! stand in the question.

use std::collections::{HashMap, HashSet};

use super::question::Question;
use crate::index::{Area, AreaWeights, Clause, MOST_OF_A_TERM, Phrase, Plan, Snapshot};
use crate::ranking::Telling;
use crate::text;

/// So many terms, the rarest, have a bit of their own in a document's row of 64;
/// with the synonyms' words and the rest's common bit they are below that.
const MAX_TERMS: usize = 44;
/// A whole letter has more: so many are scored as well, without a bit each.
const MAX_REST: usize = 160;
/// The bit that all terms without one of their own share.
const REST_BIT: u8 = 63;
/// With more terms than this, those that say next to nothing beside the
/// strongest are left out: they stand in a good part of all entries, so they
/// cost most of the time and tell least.
const FEW_TERMS: usize = 8;
const LEAST_SHARE: f32 = 0.2;
/// Where words and bigrams are looked for.
const WORD_AREAS: [Area; 4] = [Area::BodyWords, Area::AskWords, Area::TitleWords, Area::HeadingWords];
const GRAM_AREAS: [Area; 2] = [Area::BodyGrams, Area::AskGrams];
/// What BM25 counts in each area when candidates are gathered, in the order of
/// `Area::ALL`: the document's title and chapter headings less than the body,
/// as measured on the labelled questions (`docs/measurements.md`).
const AREA_WEIGHTS: AreaWeights = [0.3, 0.3, 0.3, 1.0, 1.0, 1.0, 1.0];
/// Weight of ln(1 + citations of the law in the library), measured likewise.
const STANDING_WEIGHT: f32 = 2.0;
/// Words of synonyms come on top of a question's own terms, at most this many;
/// those that say little beside the strongest of the question are left out.
const MAX_SYNONYM_WORDS: usize = 16;
const LEAST_SYNONYM_SHARE: f32 = 0.2;
/// What a word of a synonym counts: as a word, where one of two characters that
/// is said counts as word and as bigram.
const SYNONYM_BOOST: f32 = 1.0;
/// A lone character says little beside words.
const LONE_CHARACTER_BOOST: f32 = 0.3;

/// Share from which a word stands for its bigram.
const MOSTLY: f32 = 0.7;

/// One term of a question.
#[derive(Debug, Clone)]
pub(super) struct Term {
    pub text: String,
    pub is_word: bool,
    /// A word of two characters is asked once for both, which saves a posting list.
    pub is_gram: bool,
    /// Factor on its BM25: for how much it tells, and 2 for a word that is a
    /// bigram as well.
    pub boost: f32,
    /// Inverse document frequency, times how much the term tells.
    pub weight: f32,
}

/// The terms of a question; a term's place in `list` is its bit.
#[derive(Debug, Clone, Default)]
pub(super) struct Terms {
    pub list: Vec<Term>,
    /// The first so many of `list` the question says itself; the others are
    /// words of synonyms.
    own: usize,
    /// For every bigram of the question in order: its first character's place
    /// and the bit of its term, where it is one.
    pub run: Vec<(usize, Option<u8>)>,
    /// Terms of a long question without a bit of their own.
    rest: Vec<Term>,
    /// For every piece of the question that has synonyms: what they are.
    expansions: Vec<Expanded>,
    /// Probability that the question is answered by an article of a law.
    pub law: f32,
    /// Share of the question's words, by length, that no entry holds, and nothing
    /// that means the same.
    pub unknown: f32,
}

/// A piece of the question that has synonyms.
#[derive(Debug, Clone, Default)]
struct Expanded {
    /// Bits of the question's own words in the piece.
    own: u64,
    /// Of each synonym: the bits of its words, and their weight.
    targets: Vec<(u64, f32)>,
}

impl Terms {
    /// Weighs a question's words and bigrams by how rare they are in the index.
    pub fn weigh(question: &Question, snapshot: &Snapshot, telling: &Telling) -> Terms {
        let question_telling = telling.of_question(&question.terms);
        let words: HashSet<&str> = question.terms.words.iter().map(String::as_str).collect();
        let grams: HashSet<&str> = question.terms.grams.iter().map(|gram| gram.1.as_str()).collect();
        let term = |text: &str, is_word: bool, boost: f32| {
            let area = if is_word { Area::BodyWords } else { Area::BodyGrams };
            let telling = question_telling.of(text);
            Term {
                text: text.to_owned(),
                is_word,
                is_gram: !is_word || boost > 1.0,
                boost: boost * telling,
                weight: snapshot.idf(area, text) * telling,
            }
        };
        let mut list = Vec::with_capacity(words.len() + grams.len());
        let mut asked_once: HashSet<&str> = HashSet::new();
        for word in &question.terms.words {
            let is_gram = grams.contains(word.as_str()) && is_mostly_cut(word, snapshot);
            let is_lone = word.chars().count() == 1 && !word.is_ascii();
            let boost = match (is_gram, is_lone && words.len() > 1) {
                (true, _) => 2.0,
                (false, true) => LONE_CHARACTER_BOOST,
                (false, false) => 1.0,
            };
            asked_once.extend(is_gram.then_some(word.as_str()));
            list.push(term(word, true, boost));
        }
        let mut seen = HashSet::new();
        for (_, gram) in &question.terms.grams {
            if !asked_once.contains(gram.as_str()) && seen.insert(gram.as_str()) {
                list.push(term(gram, false, 1.0));
            }
        }
        if (FEW_TERMS..=MAX_TERMS).contains(&list.len()) {
            let strongest = list.iter().map(|term| term.weight).fold(0.0, f32::max);
            list.retain(|term| term.weight >= LEAST_SHARE * strongest || term.weight == 0.0);
        }
        let mut rest = Vec::new();
        if list.len() > MAX_TERMS {
            list.sort_by(|a, b| b.weight.total_cmp(&a.weight));
            rest = list.split_off(MAX_TERMS);
            rest.truncate(MAX_REST);
        }
        let bits: HashMap<&str, u8> = (0..).zip(&list).map(|(bit, term)| (term.text.as_str(), bit)).collect();
        let bit_of = |gram: &str| bits.get(gram).copied();
        let run = question.terms.grams.iter().map(|(place, gram)| (*place, bit_of(gram))).collect();
        let own = list.len();
        let mut terms =
            Terms { list, own, run, rest, expansions: Vec::new(), law: question_telling.law, unknown: 0.0 };
        terms.add_synonyms(question, snapshot);
        terms.unknown = terms.unknown_share(snapshot);
        terms
    }

    /// Adds what the question's words are called officially.
    fn add_synonyms(&mut self, question: &Question, snapshot: &Snapshot) {
        let strongest = self.list.iter().map(|term| term.weight).fold(0.0, f32::max);
        let least = LEAST_SYNONYM_SHARE * strongest;
        let normalised = &question.normalised.text;
        let own = question.synonyms.iter().flat_map(|synonyms| synonyms.expand(normalised));
        for expansion in snapshot.synonyms().expand(normalised).into_iter().chain(own) {
            let mut expanded = Expanded { own: self.own_words_in(expansion.source), targets: Vec::new() };
            for target in expansion.targets {
                let mut held = 0_u64;
                for token in snapshot.cutter().question_words(target) {
                    held |= self.bit_of_synonym(token.text, least, snapshot);
                }
                // What the question says itself is no synonym.
                if held & !self.own_bits() != 0 {
                    expanded.targets.push((held, self.weight_of(held)));
                }
            }
            if !expanded.targets.is_empty() {
                self.expansions.push(expanded);
            }
        }
    }

    /// Share of the words of two characters and more, by length, that stand in no
    /// entry and have no synonym that does.
    fn unknown_share(&self, snapshot: &Snapshot) -> f32 {
        let known = self.expansions.iter().fold(0, |known, expanded| known | expanded.own);
        let (mut all, mut unknown) = (0, 0);
        for (bit, term) in self.list[..self.own].iter().enumerate().filter(|(_, term)| term.is_word) {
            let chars = term.text.chars().count();
            if chars < 2 {
                continue;
            }
            all += chars;
            let is_held = |area: &Area| snapshot.document_frequency(*area, &term.text) > 0;
            if term.weight == 0.0 && known >> bit & 1 == 0 && !WORD_AREAS.iter().any(is_held) {
                unknown += chars;
            }
        }
        unknown as f32 / all.max(1) as f32
    }

    /// Bits of the question's words that stand in a piece of it.
    fn own_words_in(&self, piece: &str) -> u64 {
        let own = self.list[..self.own].iter().enumerate();
        own.filter(|(_, term)| term.is_word && piece.contains(&term.text)).map(|(bit, _)| 1 << bit).sum()
    }

    /// Sum of the weights of the terms with these bits.
    fn weight_of(&self, bits: u64) -> f32 {
        let terms = self.list.iter().enumerate();
        terms.filter(|(bit, _)| bits >> bit & 1 == 1).map(|(_, term)| term.weight).sum()
    }

    /// Bits of the terms the question says itself.
    fn own_bits(&self) -> u64 {
        (1_u64 << self.own) - 1
    }

    /// The bit of a synonym's word, added where it is new and has room.
    fn bit_of_synonym(&mut self, word: &str, least_weight: f32, snapshot: &Snapshot) -> u64 {
        if let Some(bit) = self.list.iter().position(|term| term.is_word && term.text == word) {
            return 1 << bit;
        }
        let weight = snapshot.idf(Area::BodyWords, word);
        if self.list.len() - self.own >= MAX_SYNONYM_WORDS || weight < least_weight {
            return 0;
        }
        self.list.push(Term {
            text: word.to_owned(),
            is_word: true,
            is_gram: false,
            boost: SYNONYM_BOOST,
            weight,
        });
        1 << (self.list.len() - 1)
    }

    /// Whether a document holds a word of the question, or all of a synonym: a
    /// piece of one (登记 of 居住登记) is no match.
    pub fn is_match(&self, held: u64) -> bool {
        held & self.own_bits() != 0 || self.synonym_share(held) > 0.0
    }

    /// Share of the pieces with synonyms of which a document holds one whole.
    pub fn synonym_share(&self, held: u64) -> f32 {
        let count = self.expansions.iter().filter(|expanded| expanded.best_held(held) > 0.0).count();
        if count == 0 { 0.0 } else { count as f32 / self.expansions.len() as f32 }
    }

    /// Weight of the synonyms a document holds, the strongest for each piece,
    /// beside the weight of all the question's own words.
    pub fn synonym_weight(&self, held: u64) -> f32 {
        if self.expansions.is_empty() {
            return 0.0;
        }
        let synonyms: f32 = self.expansions.iter().map(|expanded| expanded.best_held(held)).sum();
        let own = self.list[..self.own].iter().filter(|term| term.is_word);
        synonyms / own.map(|term| term.weight).sum::<f32>().max(1.0)
    }

    /// Share of what the question is about that a document holds: each piece in
    /// the question's own words or in a synonym's.
    pub fn concept_coverage(&self, held: u64) -> f32 {
        let (mut all, mut covered, mut in_pieces) = (0.0, 0.0, 0_u64);
        for expanded in &self.expansions {
            in_pieces |= expanded.own;
            let own = self.weight_of(expanded.own);
            let synonym = expanded.best_held(held);
            // Words that no entry knows have no weight of their own.
            let strongest = expanded.targets.iter().map(|target| target.1).fold(0.0, f32::max);
            let weight = if own > 0.0 { own } else { strongest };
            all += weight;
            covered += if synonym > 0.0 { weight } else { self.weight_of(expanded.own & held) };
        }
        for (bit, term) in self.list[..self.own].iter().enumerate() {
            if term.is_word && in_pieces >> bit & 1 == 0 {
                all += term.weight;
                covered += if held >> bit & 1 == 1 { term.weight } else { 0.0 };
            }
        }
        if all > 0.0 { covered / all } else { 0.0 }
    }

    /// The plan of candidates.
    pub fn plan(&self, question: &Question) -> Plan {
        let mut clauses = Vec::new();
        for (term_bit, term) in (0..).zip(&self.list) {
            let areas: &[Area] = if term.is_word { &WORD_AREAS } else { &GRAM_AREAS };
            let clause = |&area: &Area| Clause { area, term: term.text.clone(), boost: term.boost, term_bit };
            clauses.extend(areas.iter().map(clause));
        }
        for term in &self.rest {
            let areas = if term.is_word { [Area::BodyWords, Area::AskWords] } else { GRAM_AREAS };
            clauses.extend(areas.map(|area| Clause {
                area,
                term: term.text.clone(),
                boost: term.boost,
                term_bit: REST_BIT,
            }));
        }
        let phrases = |parts: &[String]| parts.iter().filter_map(|part| phrase_of(part)).collect();
        Plan {
            clauses,
            weights: AREA_WEIGHTS,
            standing_weight: STANDING_WEIGHT,
            required: phrases(&question.required),
            excluded: phrases(&question.excluded),
        }
    }

    /// Share of the terms' idf that a document holds, of words or of bigrams
    /// (a word of two characters is both).
    pub fn coverage(&self, held: u64, of_words: bool) -> f32 {
        let (mut all, mut covered) = (0.0, 0.0);
        for (bit, term) in self.list[..self.own].iter().enumerate() {
            if if of_words { term.is_word } else { term.is_gram } {
                all += term.weight;
                covered += if held >> bit & 1 == 1 { term.weight } else { 0.0 };
            }
        }
        if all > 0.0 { covered / all } else { 0.0 }
    }

    /// Most bigrams in a row of the question that a document holds: one less
    /// than the longest piece it can share, in characters.
    pub fn longest_run(&self, held: u64) -> usize {
        let (mut longest, mut current, mut expected) = (0, 0, None);
        for &(place, bit) in &self.run {
            let is_held = bit.is_some_and(|bit| held >> bit & 1 == 1);
            current = match (is_held, expected == Some(place)) {
                (true, true) => current + 1,
                (true, false) => 1,
                (false, _) => 0,
            };
            longest = longest.max(current);
            expected = Some(place + 1);
        }
        longest
    }

    /// Whether a document holds every bigram of the question that is a term.
    pub fn holds_run(&self, held: u64) -> bool {
        self.run.iter().all(|(_, bit)| bit.is_none_or(|bit| held >> bit & 1 == 1))
    }

    /// Bit of the rarest word that the index has.
    pub fn rarest_word(&self) -> Option<usize> {
        let own = self.list[..self.own].iter().enumerate();
        let words = own.filter(|(_, term)| term.is_word && term.weight > 0.0);
        words.max_by(|a, b| a.1.weight.total_cmp(&b.1.weight)).map(|(bit, _)| bit)
    }

    /// The most that BM25 can give: weight × (k1 + 1), summed, a term that is
    /// word and bigram twice.
    pub fn most(&self) -> f32 {
        let times = |term: &Term| if term.is_word && term.is_gram { 2.0 } else { 1.0 };
        let most = |term: &Term| term.weight * times(term) * MOST_OF_A_TERM;
        self.list[..self.own].iter().chain(&self.rest).map(most).sum::<f32>().max(1.0)
    }
}

impl Expanded {
    /// Weight of the strongest synonym that a document holds whole.
    fn best_held(&self, held: u64) -> f32 {
        let whole = self.targets.iter().filter(|(mask, _)| is_subset(*mask, held));
        whole.map(|(_, weight)| weight.max(f32::MIN_POSITIVE)).fold(0.0, f32::max)
    }
}

fn is_subset(mask: u64, of: u64) -> bool {
    mask & !of == 0
}

/// Whether nearly every text that holds a word's two characters side by side is
/// cut there: then its bigram finds nothing more.
fn is_mostly_cut(word: &str, snapshot: &Snapshot) -> bool {
    let pairs = [(Area::BodyWords, Area::BodyGrams), (Area::AskWords, Area::AskGrams)];
    pairs.iter().all(|&(words, grams)| {
        let as_word = snapshot.document_frequency(words, word);
        as_word as f32 >= MOSTLY * snapshot.document_frequency(grams, word) as f32
    })
}

/// A phrase of a normalised text by its bigrams; `None` where it has no letters.
pub fn phrase_of(normalised: &str) -> Option<Phrase> {
    let grams = text::question_grams(normalised);
    let first = grams.first()?.start_char;
    let is_open = grams.last().is_some_and(|gram| !gram.text.is_ascii() && gram.text.chars().count() == 1);
    let grams = grams.iter().map(|gram| (gram.start_char - first, gram.text.to_owned())).collect();
    Some(Phrase { grams, is_open })
}
