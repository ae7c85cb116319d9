//! Questions whose right entries are known, from wherever they come: the
//! entries' own similar questions, the editors' cases, labelled files, what
//! agents answered most.

use std::collections::{BTreeMap, HashMap};

use serde::Serialize;

use crate::entry::Entry;
use crate::journal::Telling;
use crate::library::{Library, LibraryError};
use crate::text;

/// Questions replayed at most beside the editors' cases, which all are: some
/// seven seconds for 160,000 entries on two cores.
pub const MOST_QUESTIONS: usize = 2_000;

/// Where the right entry has to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Expectation {
    First,
    AmongThree,
    Absent,
}

impl Expectation {
    /// Whether a place, from 0, is where it has to be; none: not among the first ten.
    pub fn is_met(self, place: Option<usize>) -> bool {
        match self {
            Expectation::First => place == Some(0),
            Expectation::AmongThree => place.is_some_and(|place| place < 3),
            Expectation::Absent => place.is_none(),
        }
    }

    /// As editors write it.
    pub fn name(self) -> &'static str {
        match self {
            Expectation::First => "第一",
            Expectation::AmongThree => "前三",
            Expectation::Absent => "不出现",
        }
    }
}

/// Who says that it is right.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// An editor's case.
    Case,
    /// A similar question of an entry.
    Similar,
    /// A file of labelled questions.
    Labelled,
    /// Agents answered it so, according to the journal.
    Answered,
    /// A question of a rule that is tried.
    Rule,
}

/// A question whose right entries are known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Golden {
    pub question: String,
    /// Any of them is right; of a case with [`Expectation::Absent`] each is wrong.
    pub entries: Vec<String>,
    pub expectation: Expectation,
    pub origin: Origin,
}

/// The questions to be replayed.
#[derive(Debug, Clone, Default)]
pub struct GoldenSet {
    /// Cases and what agents answered most: replayed every time.
    always: Vec<Golden>,
    others: Vec<Golden>,
    /// By origin and normalised question: its place among the others.
    places: HashMap<(Origin, String), usize>,
}

impl GoldenSet {
    /// Adds questions. The same question again from the same source adds its entries.
    pub fn add(&mut self, questions: impl IntoIterator<Item = Golden>) {
        for golden in questions {
            if matches!(golden.origin, Origin::Case | Origin::Answered) {
                self.always.push(golden);
                continue;
            }
            let key = (golden.origin, text::normalise(&golden.question));
            match self.places.get(&key) {
                Some(&place) => self.others[place].entries.extend(golden.entries),
                None => {
                    self.places.insert(key, self.others.len());
                    self.others.push(golden);
                }
            }
        }
    }

    /// Adds every published entry's similar questions.
    pub fn add_similar(&mut self, library: &Library) -> Result<(), LibraryError> {
        library.with_similar_questions::<LibraryError>(|stored| {
            self.add_similar_of(&stored.entry);
            Ok(())
        })
    }

    /// Adds one entry's similar questions.
    pub fn add_similar_of(&mut self, entry: &Entry) {
        self.add(entry.similar_questions.iter().map(|question| Golden {
            question: question.clone(),
            entries: vec![entry.id.clone()],
            expectation: Expectation::AmongThree,
            origin: Origin::Similar,
        }));
    }

    /// Adds what agents answered most, according to the journal.
    pub fn add_answered(&mut self, answered: impl IntoIterator<Item = Telling>) {
        let mut entries: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for telling in answered {
            entries.entry(telling.question).or_default().push(telling.entry_id);
        }
        self.add(entries.into_iter().map(|(question, entries)| Golden {
            question,
            entries,
            expectation: Expectation::AmongThree,
            origin: Origin::Answered,
        }));
    }

    /// The questions that weigh something, the heaviest first; at most so many.
    pub fn affected(&self, most: usize, weigh: impl Fn(&Golden) -> f32) -> Vec<Golden> {
        let all = self.always.iter().chain(&self.others);
        let mut weighed: Vec<(f32, &Golden)> =
            all.map(|golden| (weigh(golden), golden)).filter(|(weight, _)| *weight > 0.0).collect();
        weighed.sort_by(|a, b| b.0.total_cmp(&a.0));
        weighed.into_iter().take(most).map(|(_, golden)| golden.clone()).collect()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.always.len() + self.others.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// All cases, what agents answered most, and at most so many others. Which ones depends on their texts
    /// alone, so that two replays ask the same questions.
    pub fn sample(&self, most: usize) -> Vec<Golden> {
        let mut others: Vec<_> =
            self.others.iter().map(|golden| (blake3::hash(golden.question.as_bytes()), golden)).collect();
        others.sort_unstable_by_key(|(hash, _)| *hash.as_bytes());
        self.always.iter().chain(others.into_iter().take(most).map(|(_, golden)| golden)).cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn similar(question: &str, id: &str) -> Golden {
        Golden {
            question: question.to_owned(),
            entries: vec![id.to_owned()],
            expectation: Expectation::AmongThree,
            origin: Origin::Similar,
        }
    }

    #[test]
    fn the_same_question_of_two_entries_is_asked_once_and_either_is_right() {
        let mut set = GoldenSet::default();
        set.add([similar("怎么落户", "a"), similar("社保怎么交", "b"), similar("怎么落户", "c")]);
        assert_eq!(set.len(), 2);
        assert_eq!(set.others[0].entries, ["a", "c"]);
    }

    #[test]
    fn a_sample_is_the_same_whatever_the_order_and_holds_all_cases() {
        let all: Vec<Golden> = (0..50).map(|at| similar(&format!("问{at}"), "a")).collect();
        let case = Golden { origin: Origin::Case, ..similar("例", "a") };
        let (mut one, mut other) = (GoldenSet::default(), GoldenSet::default());
        one.add(all.iter().cloned());
        other.add(all.into_iter().rev());
        one.add([case.clone()]);
        other.add([case]);
        let sample = one.sample(5);
        assert_eq!(sample.len(), 6);
        assert_eq!(sample, other.sample(5));
    }
}
