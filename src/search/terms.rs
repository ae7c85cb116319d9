//! The terms a question is asked with, each with its weight, and where they
//! stand in the question.

use std::collections::{HashMap, HashSet};

use super::question::Question;
use crate::index::{Area, Cut, Letter, MOST_OF_A_TERM, POOL_COUNT, Phrase, Plan, PlanTerm, Pool, Snapshot};
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
    /// Factor on its BM25: 2 for a word that is a bigram as well.
    pub boost: f32,
    /// Inverse document frequency, by pool.
    pub weight: [f32; POOL_COUNT],
}

impl Term {
    /// Where it is rarest.
    fn strength(&self) -> f32 {
        self.weight.into_iter().fold(0.0, f32::max)
    }
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
    /// Share of the question's words, by length, that no entry holds, and nothing
    /// that means the same.
    pub unknown: f32,
}

/// A piece of the question that has synonyms.
#[derive(Debug, Clone, Default)]
struct Expanded {
    /// Bits of the question's own words in the piece.
    own: u64,
    /// Of each synonym: the bits of its words, and their weight, by pool.
    targets: Vec<(u64, [f32; POOL_COUNT])>,
}

impl Terms {
    /// Weighs a question's words and bigrams by how rare they are in the index.
    pub fn weigh(question: &Question, snapshot: &Snapshot) -> Terms {
        let words: HashSet<&str> = question.terms.words.iter().map(String::as_str).collect();
        let grams: HashSet<&str> = question.terms.grams.iter().map(|gram| gram.1.as_str()).collect();
        let term = |text: &str, is_word: bool, boost: f32| {
            let cut = if is_word { Cut::Word } else { Cut::Bigram };
            Term {
                text: text.to_owned(),
                is_word,
                is_gram: !is_word || boost > 1.0,
                boost,
                weight: snapshot.idf(cut, text),
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
            let strongest = list.iter().map(Term::strength).fold(0.0, f32::max);
            list.retain(|term| term.strength() >= LEAST_SHARE * strongest || term.strength() == 0.0);
        }
        let mut rest = Vec::new();
        if list.len() > MAX_TERMS {
            list.sort_by(|a, b| b.strength().total_cmp(&a.strength()));
            rest = list.split_off(MAX_TERMS);
            rest.truncate(MAX_REST);
        }
        let bits: HashMap<&str, u8> = (0..).zip(&list).map(|(bit, term)| (term.text.as_str(), bit)).collect();
        let bit_of = |gram: &str| bits.get(gram).copied();
        let run = question.terms.grams.iter().map(|(place, gram)| (*place, bit_of(gram))).collect();
        let own = list.len();
        let mut terms = Terms { list, own, run, rest, expansions: Vec::new(), unknown: 0.0 };
        terms.add_synonyms(question, snapshot);
        terms.unknown = terms.unknown_share();
        terms
    }

    /// Adds what the question's words are called officially.
    fn add_synonyms(&mut self, question: &Question, snapshot: &Snapshot) {
        let strongest = self.list.iter().map(Term::strength).fold(0.0, f32::max);
        let least = LEAST_SYNONYM_SHARE * strongest;
        let normalised = &question.normalised.text;
        let own = question.synonyms.iter().flat_map(|synonyms| synonyms.expand(normalised));
        for expansion in snapshot.synonyms().expand(normalised).into_iter().chain(own) {
            let mut expanded = Expanded { own: self.own_words_in(expansion.source), targets: Vec::new() };
            for target in expansion.targets {
                // Of what no entry holds, no entry holds it whole: 居住登记 is not
                // found by 登记 alone.
                let Some(held) = self.bits_of_synonym(target, least, snapshot) else { continue };
                // What the question says itself is no synonym.
                if held & !self.own_bits() != 0 {
                    expanded.targets.push((held, Pool::ALL.map(|pool| self.weight_of(held, pool))));
                }
            }
            if !expanded.targets.is_empty() {
                self.expansions.push(expanded);
            }
        }
    }

    /// Share of the words of two characters and more, by length, that stand in no
    /// entry and have no synonym that does.
    fn unknown_share(&self) -> f32 {
        let known = self.expansions.iter().fold(0, |known, expanded| known | expanded.own);
        let (mut all, mut unknown) = (0, 0);
        for (bit, term) in self.list[..self.own].iter().enumerate().filter(|(_, term)| term.is_word) {
            let chars = term.text.chars().count();
            if chars < 2 {
                continue;
            }
            all += chars;
            if term.strength() == 0.0 && known >> bit & 1 == 0 {
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
    fn weight_of(&self, bits: u64, pool: Pool) -> f32 {
        let terms = self.list.iter().enumerate();
        terms.filter(|(bit, _)| bits >> bit & 1 == 1).map(|(_, term)| term.weight[pool as usize]).sum()
    }

    /// Bits of the terms the question says itself.
    fn own_bits(&self) -> u64 {
        (1_u64 << self.own) - 1
    }

    /// The bits of a synonym's words; `None` if no entry holds one of them.
    fn bits_of_synonym(&mut self, target: &str, least: f32, snapshot: &Snapshot) -> Option<u64> {
        let mut held = 0_u64;
        for token in snapshot.cutter().question_words(target) {
            held |= self.bit_of_synonym(token.text, least, snapshot)?;
        }
        Some(held)
    }

    /// The bit of a synonym's word, added if it is new and has room: none of a word
    /// that says too little; `None` if no entry holds it.
    fn bit_of_synonym(&mut self, word: &str, least: f32, snapshot: &Snapshot) -> Option<u64> {
        if let Some(bit) = self.list.iter().position(|term| term.is_word && term.text == word) {
            return Some(1 << bit);
        }
        let weight = snapshot.idf(Cut::Word, word);
        let term =
            Term { text: word.to_owned(), is_word: true, is_gram: false, boost: SYNONYM_BOOST, weight };
        if term.strength() == 0.0 {
            return None;
        }
        if self.list.len() - self.own >= MAX_SYNONYM_WORDS || term.strength() < least {
            return Some(0);
        }
        self.list.push(term);
        Some(1 << (self.list.len() - 1))
    }

    /// Whether a document holds a word of the question, or all of a synonym: a
    /// piece of one (登记 of 居住登记) is no match.
    pub fn is_match(&self, held: u64) -> bool {
        held & self.own_bits() != 0 || self.expansions.iter().any(|expanded| expanded.is_held(held))
    }

    /// Weight of the synonyms a document holds, the strongest for each piece,
    /// beside the weight of all the question's own words.
    pub fn synonym_weight(&self, held: u64, pool: Pool) -> f32 {
        if self.expansions.is_empty() {
            return 0.0;
        }
        let synonyms: f32 = self.expansions.iter().map(|expanded| expanded.best_held(held, pool)).sum();
        let own = self.list[..self.own].iter().filter(|term| term.is_word);
        synonyms / own.map(|term| term.weight[pool as usize]).sum::<f32>().max(1.0)
    }

    /// Share of what the question is about that a document holds: each piece in
    /// the question's own words or in a synonym's.
    pub fn concept_coverage(&self, held: u64, pool: Pool) -> f32 {
        let (mut all, mut covered, mut in_pieces) = (0.0, 0.0, 0_u64);
        for expanded in &self.expansions {
            in_pieces |= expanded.own;
            let own = self.weight_of(expanded.own, pool);
            let synonym = expanded.best_held(held, pool);
            // Words that no entry knows have no weight of their own.
            let strongest = expanded.targets.iter().map(|target| target.1[pool as usize]).fold(0.0, f32::max);
            let weight = if own > 0.0 { own } else { strongest };
            all += weight;
            covered += if synonym > 0.0 { weight } else { self.weight_of(expanded.own & held, pool) };
        }
        for (bit, term) in self.list[..self.own].iter().enumerate() {
            if term.is_word && in_pieces >> bit & 1 == 0 {
                let weight = term.weight[pool as usize];
                all += weight;
                covered += if held >> bit & 1 == 1 { weight } else { 0.0 };
            }
        }
        if all > 0.0 { covered / all } else { 0.0 }
    }

    /// The plan of candidates.
    pub fn plan(&self, question: &Question) -> Plan {
        let in_pools = |(bit, term): (u8, &Term)| {
            Pool::ALL.map(|pool| PlanTerm {
                text: term.text.clone(),
                cut: if term.is_word { Cut::Word } else { Cut::Bigram },
                pool,
                weight: term.weight[pool as usize] * term.boost,
                bit,
            })
        };
        let own = (0..).zip(&self.list);
        let rest = self.rest.iter().map(|term| (REST_BIT, term));
        let terms = own.chain(rest).flat_map(in_pools).filter(|term| term.weight > 0.0).collect();
        let phrases = |parts: &[String]| parts.iter().filter_map(|part| phrase_of(part)).collect();
        Plan { terms, required: phrases(&question.required), excluded: phrases(&question.excluded) }
    }

    /// What a text that an entry is asked by holds of the question.
    pub fn held_by(&self, index: &TermIndex, letters: &[Letter]) -> HeldByText {
        let (mut held, mut matched_until, mut matched) = (0_u64, 0, 0);
        for (at, pair) in letters.windows(2).enumerate() {
            let Some(terms) = index.0.get(&(pair[0].character, pair[1].character)) else { continue };
            for Ending { bit, rest } in terms {
                let past = at + 2 + rest.len();
                let follows = letters.get(at + 2..past);
                let is_here = follows.is_some_and(|follows| {
                    follows.iter().zip(rest).all(|(letter, character)| letter.character == *character)
                });
                if is_here {
                    held |= 1 << bit;
                    matched += past - matched_until.max(at).min(past);
                    matched_until = matched_until.max(past);
                }
            }
        }
        HeldByText { held, share: matched as f32 / letters.len().max(1) as f32 }
    }

    /// The terms with bits of their own by their first two characters.
    pub fn index(&self) -> TermIndex {
        let mut index: HashMap<(char, char), Vec<Ending>> = HashMap::new();
        for (bit, term) in self.list.iter().enumerate() {
            let mut characters = term.text.chars();
            if let (Some(first), Some(second)) = (characters.next(), characters.next()) {
                let rest = characters.collect();
                index.entry((first, second)).or_default().push(Ending { bit, rest });
            }
        }
        TermIndex(index)
    }

    /// Share of the terms' idf that a document holds, of words or of bigrams
    /// (a word of two characters is both).
    pub fn coverage(&self, held: u64, cut: Cut, pool: Pool) -> f32 {
        let (mut all, mut covered) = (0.0, 0.0);
        for (bit, term) in self.list[..self.own].iter().enumerate() {
            let is_cut_so = if cut == Cut::Word { term.is_word } else { term.is_gram };
            if is_cut_so {
                let weight = term.weight[pool as usize];
                all += weight;
                covered += if held >> bit & 1 == 1 { weight } else { 0.0 };
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

    /// The most that BM25 can give: weight × (k1 + 1), summed, a term that is
    /// word and bigram twice.
    pub fn most(&self, pool: Pool) -> f32 {
        let times = |term: &Term| if term.is_word && term.is_gram { 2.0 } else { 1.0 };
        let most = |term: &Term| term.weight[pool as usize] * times(term) * MOST_OF_A_TERM;
        self.list[..self.own].iter().chain(&self.rest).map(most).sum::<f32>().max(1.0)
    }
}

/// Terms by their first two characters.
pub(super) struct TermIndex(HashMap<(char, char), Vec<Ending>>);

/// A term beyond its first two characters.
struct Ending {
    bit: usize,
    rest: Vec<char>,
}

/// What a text holds of a question.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct HeldByText {
    /// Bits of the terms in it.
    pub held: u64,
    /// Share of its characters that stand in one of them.
    pub share: f32,
}

impl Expanded {
    /// Weight of the strongest synonym that a document holds whole.
    fn best_held(&self, held: u64, pool: Pool) -> f32 {
        let whole = self.targets.iter().filter(|(mask, _)| is_subset(*mask, held));
        whole.map(|(_, weight)| weight[pool as usize].max(f32::MIN_POSITIVE)).fold(0.0, f32::max)
    }

    /// Whether a document holds one of the synonyms whole.
    fn is_held(&self, held: u64) -> bool {
        self.targets.iter().any(|(mask, _)| is_subset(*mask, held))
    }
}

fn is_subset(mask: u64, of: u64) -> bool {
    mask & !of == 0
}

/// Whether nearly every text that holds a word's two characters side by side is
/// cut there: then its bigram finds nothing more.
fn is_mostly_cut(word: &str, snapshot: &Snapshot) -> bool {
    let pairs = [
        (Area::BodyWords, Area::BodyGrams),
        (Area::AskWords, Area::AskGrams),
        (Area::ArticleWords, Area::ArticleGrams),
    ];
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
