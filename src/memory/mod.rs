//! The question memory: questions that were answered, each with the entries
//! adopted for it. A question like one of them finds those entries. It is an
//! index of questions by their words and bigrams, kept in memory beside the
//! entries; an entry's own text is not touched, and what is forgotten is gone.

mod trust;

pub use trust::is_outvoted;

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use jiff::civil::Date;

use crate::library::{Adoption, bare};
use crate::meaning::{Directions, Vector};
use crate::text::{self, Cutter, QuestionTerms, Synonyms};
use trust::Trust;

/// From this trust on an answer is a candidate whatever its text says.
const TRUSTED: f32 = 0.75;
/// Less likeness than this says nothing.
const LEAST_LIKENESS: f32 = 0.1;
/// Most entries recalled for a question.
const MOST_RECALLED: usize = 40;

/// An answered question as it comes into the memory.
#[derive(Debug, Clone)]
pub struct Answered {
    pub question: String,
    /// Ids of entries with how far each is trusted, 0 to 1.
    pub entries: Vec<(String, f32)>,
    /// The group of questions it is left out with while learning; 0: none.
    pub group: u32,
    /// Its direction, where it is known.
    pub direction: Option<Arc<Vector>>,
}

struct Remembered {
    answers: Vec<(u32, f32)>,
    /// Length of the question's vector of inverse document frequencies.
    length: f32,
    group: u32,
    direction: Option<Arc<Vector>>,
}

/// Answered questions, ready to be asked.
#[derive(Default)]
pub struct QuestionMemory {
    entries: Vec<String>,
    /// By entry: how often it was adopted, one seat counted once.
    usage: Vec<f32>,
    questions: Vec<Remembered>,
    /// By word or bigram: the questions that hold it.
    postings: HashMap<String, Vec<u32>>,
    /// By question without what two people write differently: the entries that
    /// answer that very question, what most adopted first.
    asked_before: HashMap<String, Vec<u32>>,
    /// Whether a question has a direction: asked for every question in doubt.
    has_directions: bool,
}

/// An entry that answered questions like the one asked.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Recalled {
    /// Number of the entry in the memory.
    pub entry: u32,
    /// Of the most like question: cosine × trust, 0 to 1.
    pub likeness: f32,
    /// Sum over all questions of cosine² × trust.
    pub support: f32,
    /// Whether more than one adopter stands behind it.
    pub is_trusted: bool,
}

impl QuestionMemory {
    /// From adoptions as the library keeps them. Each counts the less the older
    /// it is; one adopter counts once for a question and an entry, and two fresh
    /// ones (or one who keeps the library) are enough. Questions with a direction
    /// are found by meaning as well.
    pub fn of_adoptions(
        (cutter, synonyms): (&Cutter, &Synonyms),
        adoptions: &[Adoption],
        directions: &Directions,
        today: Date,
    ) -> QuestionMemory {
        let trust = Trust::of((cutter, synonyms), adoptions, today);
        let mut memory = QuestionMemory::of(
            (cutter, synonyms),
            trust.questions.iter().map(|&question| {
                let entries = trust.of[question].iter().map(|(id, trust)| ((*id).to_owned(), *trust));
                let direction = directions.of(question).cloned();
                Answered { question: question.to_owned(), entries: entries.collect(), group: 0, direction }
            }),
        );
        for (id, used) in memory.entries.iter().zip(&mut memory.usage) {
            *used = trust.usage.get(id.as_str()).copied().unwrap_or(0.0);
        }
        memory.asked_before = memory.answers_word_for_word(&trust);
        memory
    }

    /// What answers each question word for word: what is trusted, unless twice as
    /// many adopted another entry for it.
    fn answers_word_for_word(&self, trust: &Trust<'_>) -> HashMap<String, Vec<u32>> {
        // By entry: how many adopted it, and whether that is enough.
        let mut votes: HashMap<String, BTreeMap<u32, (f32, bool)>> = HashMap::new();
        for (question, remembered) in trust.questions.iter().zip(&self.questions) {
            let of_question = votes.entry(bare(question)).or_default();
            for (&(number, trust), (_, adopters)) in remembered.answers.iter().zip(&trust.votes[question]) {
                let (count, is_trusted) = of_question.entry(number).or_default();
                *count += adopters;
                *is_trusted |= trust >= TRUSTED;
            }
        }
        let ordered = |votes: BTreeMap<u32, (f32, bool)>| -> Vec<u32> {
            let most = votes.values().map(|(count, _)| *count).fold(0.0, f32::max);
            let is_kept =
                |(_, (count, is_trusted)): &(u32, (f32, bool))| *is_trusted && !is_outvoted(*count, most);
            let mut kept: Vec<_> = votes.into_iter().filter(is_kept).collect();
            kept.sort_by(|(_, (a, _)), (_, (b, _))| b.total_cmp(a));
            kept.into_iter().map(|(number, _)| number).collect()
        };
        votes.into_iter().map(|(question, votes)| (question, ordered(votes))).collect()
    }

    /// From answered questions.
    pub fn of(
        (cutter, synonyms): (&Cutter, &Synonyms),
        answered: impl IntoIterator<Item = Answered>,
    ) -> QuestionMemory {
        let mut memory = QuestionMemory::default();
        let mut numbers: HashMap<String, u32> = HashMap::new();
        let mut terms_of_all = Vec::new();
        for one in answered {
            let number = memory.questions.len() as u32;
            let terms = terms_of_text((cutter, synonyms), &one.question);
            for term in &terms {
                memory.postings.entry(term.clone()).or_default().push(number);
            }
            let entries = &mut memory.entries;
            let mut number_of = |id: String| {
                *numbers.entry(id).or_insert_with_key(|id| {
                    entries.push(id.clone());
                    (entries.len() - 1) as u32
                })
            };
            let answers: Vec<(u32, f32)> =
                one.entries.into_iter().map(|(id, trust)| (number_of(id), trust)).collect();
            memory.usage.resize(memory.entries.len(), 0.0);
            answers.iter().for_each(|&(entry, trust)| memory.usage[entry as usize] += trust);
            memory.has_directions |= one.direction.is_some();
            memory.questions.push(Remembered {
                answers,
                length: 0.0,
                group: one.group,
                direction: one.direction,
            });
            terms_of_all.push(terms);
        }
        for (at, terms) in terms_of_all.iter().enumerate() {
            memory.questions[at].length = memory.length(terms);
        }
        memory
    }

    /// How many questions are remembered.
    pub fn len(&self) -> usize {
        self.questions.len()
    }

    /// Whether questions are remembered by their meaning as well.
    pub fn has_directions(&self) -> bool {
        self.has_directions
    }

    /// Whether nothing is remembered.
    pub fn is_empty(&self) -> bool {
        self.questions.is_empty()
    }

    /// Ids of the remembered entries, by their numbers.
    pub fn entries(&self) -> &[String] {
        &self.entries
    }

    /// How often each entry was adopted, by its number; one seat counts once.
    pub fn usage(&self) -> &[f32] {
        &self.usage
    }

    /// The adoptions of a group: entries with their trust.
    pub fn answers_of(&self, group: u32) -> Vec<(u32, f32)> {
        let of_group = self.questions.iter().filter(|question| question.group == group);
        of_group.flat_map(|question| question.answers.iter().copied()).collect()
    }

    /// ln(1 + (N + 1) ÷ (n + ½)): terms that many questions hold say little.
    fn idf(&self, holding: usize) -> f32 {
        // What no question holds weighs no more than what just one does.
        let holding = holding.max(1);
        (1.0 + (self.questions.len() as f32 + 1.0) / (holding as f32 + 0.5)).ln()
    }

    fn length(&self, terms: &[String]) -> f32 {
        let holding = |term: &String| self.postings.get(term).map_or(0, Vec::len);
        terms.iter().map(|term| self.idf(holding(term)).powi(2)).sum::<f32>().sqrt()
    }

    /// The entries that answer this very question, what most adopted first.
    pub fn answers_to(&self, question: &str) -> &[u32] {
        if self.asked_before.is_empty() {
            return &[];
        }
        self.asked_before.get(&bare(question)).map_or(&[], Vec::as_slice)
    }

    /// The entries adopted for questions like this one, the most like first.
    pub fn recall(&self, terms: &[String]) -> Vec<Recalled> {
        self.recall_without(terms, 0)
    }

    /// The same without a group (0: with everything): learning asks a question
    /// as if it had not been answered yet.
    pub fn recall_without(&self, terms: &[String], group: u32) -> Vec<Recalled> {
        if self.is_empty() {
            return Vec::new();
        }
        let own_length = self.length(terms).max(f32::MIN_POSITIVE);
        let mut products: HashMap<u32, f32> = HashMap::new();
        for term in terms {
            let Some(holding) = self.postings.get(term) else { continue };
            let squared = self.idf(holding.len()).powi(2);
            holding.iter().for_each(|&number| *products.entry(number).or_default() += squared);
        }
        let mut alike: Vec<(u32, f32)> = products
            .into_iter()
            .map(|(number, product)| {
                (number, product / (own_length * self.questions[number as usize].length))
            })
            .filter(|&(_, likeness)| likeness >= LEAST_LIKENESS)
            .collect();
        // Sums of floats depend on their order: the same question has one answer.
        alike.sort_unstable_by_key(|&(number, _)| number);
        self.entries_of(alike, group)
    }

    /// The entries adopted for questions that mean nearly the same, the nearest
    /// first; likeness is the cosine, support the cosines' squares. Without a
    /// group, as above.
    pub fn recall_near(&self, direction: &Vector, group: u32) -> Vec<Recalled> {
        let near = (0..).zip(&self.questions).filter_map(|(number, question)| {
            let cosine = question.direction.as_ref()?.cosine(direction);
            (cosine >= LEAST_LIKENESS).then_some((number, cosine))
        });
        self.entries_of(near.collect(), group)
    }

    fn entries_of(&self, alike: Vec<(u32, f32)>, group: u32) -> Vec<Recalled> {
        let mut by_entry: HashMap<u32, Recalled> = HashMap::new();
        for (number, likeness) in alike {
            let question = &self.questions[number as usize];
            if group != 0 && question.group == group {
                continue;
            }
            for &(entry, trust) in &question.answers {
                let recalled = by_entry.entry(entry).or_insert_with(|| Recalled {
                    entry,
                    likeness: 0.0,
                    support: 0.0,
                    is_trusted: false,
                });
                recalled.likeness = recalled.likeness.max(likeness * trust);
                recalled.support += likeness * likeness * trust;
                recalled.is_trusted |= trust >= TRUSTED;
            }
        }
        let mut recalled: Vec<Recalled> = by_entry.into_values().collect();
        recalled.sort_by(|a, b| b.likeness.total_cmp(&a.likeness).then(a.entry.cmp(&b.entry)));
        recalled.truncate(MOST_RECALLED);
        recalled
    }
}

/// How like two questions are by what they are compared by: shared terms twice
/// over all terms (Dice), 0 to 1. Both sides in order, each term once.
pub fn likeness(one: &[String], other: &[String]) -> f32 {
    let shared = one.iter().filter(|term| other.binary_search(term).is_ok()).count();
    2.0 * shared as f32 / (one.len() + other.len()).max(1) as f32
}

/// What a question is compared by, from its text as it was asked.
pub fn terms_of_text((cutter, synonyms): (&Cutter, &Synonyms), question: &str) -> Vec<String> {
    let normalised = text::normalise(question);
    terms_of_question(&text::telling_terms(cutter, &normalised), synonyms, &normalised)
}

/// What questions are compared by: words, bigrams, and for every piece that has
/// synonyms the term that stands for all of them, so that 老板不发工资 and
/// 公司拖欠薪水 meet.
pub fn terms_of_question(terms: &QuestionTerms, synonyms: &Synonyms, normalised: &str) -> Vec<String> {
    let mut all = terms.each_once();
    all.extend(synonyms.expand(normalised).iter().map(|expansion| format!("={}", expansion.canonical)));
    all.sort_unstable();
    all.dedup();
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::library::Standing;

    fn adoption(question: &str, entry: &str, by: &str, standing: Standing) -> Adoption {
        Adoption {
            question: question.to_owned(),
            entry_id: entry.to_owned(),
            adopted_by: by.to_owned(),
            adopted_on: jiff::civil::date(2026, 11, 24),
            standing,
        }
    }

    fn recall(adoptions: &[Adoption], question: &str, today: Date) -> Vec<(String, f32, bool)> {
        let cutter = Cutter::new();
        let (synonyms, _) = Synonyms::parse("不发工资, 拖欠薪水 => 拖欠劳动报酬");
        let memory =
            QuestionMemory::of_adoptions((&cutter, &synonyms), adoptions, &Directions::default(), today);
        let recalled = memory.recall(&terms_of_text((&cutter, &synonyms), question));
        let shown =
            |one: &Recalled| (memory.entries[one.entry as usize].clone(), one.likeness, one.is_trusted);
        recalled.iter().map(shown).collect()
    }

    #[test]
    fn a_like_question_recalls_the_entry_and_another_does_not() {
        let today = jiff::civil::date(2026, 11, 24);
        let known = [adoption("老板不发工资找谁", "wages", "editor", Standing::Curated)];
        let found = recall(&known, "请问老板不发工资怎么办", today);
        assert_eq!(found[0].0, "wages");
        assert!(found[0].1 > 0.6 && found[0].2, "{found:?}");
        assert_eq!(recall(&known, "身份证丢了", today), []);
        assert_eq!(recall(&known, "公司拖欠薪水", today)[0].0, "wages");
    }

    #[test]
    fn the_very_question_is_answered_by_what_most_adopted_for_it() {
        let today = jiff::civil::date(2026, 11, 24);
        let seat = |entry: &str, by: &str| adoption("老板不发工资找谁？", entry, by, Standing::Seat);
        let mut known: Vec<Adoption> = ["s1", "s2", "s3", "s4"].map(|by| seat("few", by)).to_vec();
        known.extend(["s1", "s2", "s3", "s4", "s5"].map(|by| seat("most", by)));
        known.extend([seat("outvoted", "s1"), seat("outvoted", "s2")]);
        let cutter = Cutter::new();
        let (synonyms, _) = Synonyms::parse("");
        let memory =
            QuestionMemory::of_adoptions((&cutter, &synonyms), &known, &Directions::default(), today);
        let answers = |question: &str| -> Vec<&str> {
            memory.answers_to(question).iter().map(|&number| &*memory.entries[number as usize]).collect()
        };
        assert_eq!(answers("老板不发工资 找谁"), ["most", "few"]);
        assert_eq!(answers("老板不发工资"), Vec::<&str>::new());
        let alone = [adoption("怎么落户", "alone", "s1", Standing::Seat)];
        let memory =
            QuestionMemory::of_adoptions((&cutter, &synonyms), &alone, &Directions::default(), today);
        assert_eq!(memory.answers_to("怎么落户"), [] as [u32; 0]);
    }

    #[test]
    fn one_seat_is_not_trusted_however_often_and_old_adoptions_fade() {
        let today = jiff::civil::date(2026, 11, 24);
        let question = "老板不发工资找谁";
        let seat = |by: &str| adoption(question, "e", by, Standing::Seat);
        let one = recall(&[seat("s1")], question, today);
        let two = recall(&[seat("s1"), seat("s2")], question, today);
        assert!(!one[0].2 && two[0].2, "{one:?} {two:?}");
        assert!((two[0].1 - 2.0 * one[0].1).abs() < 1e-3);
        let later = recall(&[seat("s1"), seat("s2")], question, jiff::civil::date(2027, 11, 24));
        assert!(later[0].1 < 0.6 * two[0].1 && !later[0].2, "{later:?}");
    }
}
