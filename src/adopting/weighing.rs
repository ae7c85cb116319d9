//! What is believed → weights: the ranker in use learns how such questions are
//! answered here, and is kept where questions it has not seen are found better.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, Ordering};

use jiff::civil::Date;

use crate::index::{IndexError, Snapshot};
use crate::learning::{Lesson, Lessons, adjust_both, check_both};
use crate::library::Adoption;
use crate::meaning::{Directions, Vector};
use crate::memory::QuestionMemory;
use crate::ranking::Rankings;
use crate::search::is_in_doubt;
use crate::text::normalise;

/// Believed questions from which on weights are learned from them.
pub const ENOUGH_QUESTIONS: usize = 300;
/// Questions learned from at most: the candidates of each stand in memory twice.
const MOST_QUESTIONS: usize = 3_000;
/// Parts of the check.
const FOLDS: u32 = 3;
/// Gain of the mean MRR@10 from which the weights are kept.
const LEAST_GAIN: f64 = 0.002;
/// Share of the questions that has to be new for weights to be learned anew: they
/// settle, and fits on nearly the same questions differ by chance alone.
const LEAST_NEWS: f64 = 0.1;
/// Places that count for the MRR.
const PLACES: usize = 10;

/// What was learned of the weights.
#[derive(Debug)]
pub struct Weighed {
    /// Questions learned from.
    pub questions: usize,
    /// MRR@10 of questions that were not learned from, with the others
    /// remembered: by the weights as they were, and by those that were learned.
    pub before: f64,
    pub after: f64,
    /// The questions learned from, to know them again by.
    pub learned_from: BTreeSet<u64>,
    /// None where they are not better.
    pub rankings: Option<Rankings>,
}

/// Where and when it is learned.
pub struct Weighing<'w> {
    pub snapshot: &'w Snapshot,
    /// What is begun from; it has seen none of the believed questions.
    pub start: &'w Rankings,
    /// Where the believed questions point; without any the ranker by meaning stays.
    pub directions: &'w Directions,
    pub today: Date,
    /// Ends it with [`IndexError::Cancelled`] once set.
    pub stop: &'w AtomicBool,
}

impl Weighing<'_> {
    /// Learns from what is believed; nothing where that is too little.
    pub fn weigh(&self, believed: &[Adoption]) -> Result<Option<Weighed>, IndexError> {
        let answers = newest_answers(believed);
        if answers.len() < ENOUGH_QUESTIONS {
            return Ok(None);
        }
        let lessons = self.lessons(&answers)?;
        let (mut before, mut after) = (0.0, 0.0);
        for fold in 0..FOLDS {
            let is_tested = |lesson: &Lesson| lesson.origin % FOLDS == fold;
            let learned = self.adjusted(&lessons, |lesson| !is_tested(lesson))?;
            let memory = lessons.memory(|lesson| !is_tested(lesson));
            before += mrr(&lessons, self.start, &memory, is_tested)?;
            after += mrr(&lessons, &learned, &memory, is_tested)?;
        }
        let questions = answers.len();
        let (before, after) = (before / questions as f64, after / questions as f64);
        let rankings = match after >= before + LEAST_GAIN {
            true => Some(self.adjusted(&lessons, |_| true)?),
            false => None,
        };
        let learned_from = answers.keys().map(|question| fingerprint(question)).collect();
        Ok(Some(Weighed { questions, before, after, learned_from, rankings }))
    }

    fn adjusted(
        &self,
        lessons: &Lessons<'_>,
        chosen: impl Fn(&Lesson) -> bool + Sync,
    ) -> Result<Rankings, IndexError> {
        if self.stop.load(Ordering::Relaxed) {
            return Err(IndexError::Cancelled);
        }
        adjust_both(lessons, self.start, chosen)
    }

    fn lessons(&self, answers: &BTreeMap<&str, BTreeSet<String>>) -> Result<Lessons<'_>, IndexError> {
        let mut lessons = Lessons::new(self.snapshot, self.today);
        for (origin, (question, entries)) in (0..).zip(answers) {
            let entries: Vec<String> = entries.iter().cloned().collect();
            lessons.add((0, origin), question, &entries, 1.0 / answers.len() as f32)?;
        }
        let direction = |text: &String| Some(Vector::clone(self.directions.of(&normalise(text))?));
        // All or none: the lessons take them in their order.
        if let Some(directions) = lessons.to_direct().iter().map(direction).collect() {
            lessons.direct(directions);
        }
        Ok(lessons)
    }
}

/// Whether so much is believed that weights learned from these questions have not
/// seen that they are worth learning anew.
pub fn has_enough_news(believed: &[Adoption], learned_from: &BTreeSet<u64>) -> bool {
    let answers = newest_answers(believed);
    let new = answers.keys().filter(|question| !learned_from.contains(&fingerprint(question))).count();
    new as f64 >= LEAST_NEWS * answers.len() as f64
}

/// What a question is known again by.
fn fingerprint(question: &str) -> u64 {
    let [a, b, c, d, e, f, g, h, ..] = *blake3::hash(question.as_bytes()).as_bytes();
    u64::from_le_bytes([a, b, c, d, e, f, g, h])
}

/// The questions answered last, each with what was adopted for it.
fn newest_answers(believed: &[Adoption]) -> BTreeMap<&str, BTreeSet<String>> {
    let mut answers: BTreeMap<&str, (Date, BTreeSet<String>)> = BTreeMap::new();
    for adoption in believed {
        let (last, entries) = answers.entry(&adoption.question).or_default();
        *last = (*last).max(adoption.adopted_on);
        entries.insert(adoption.entry_id.clone());
    }
    let mut newest: Vec<_> = answers.into_iter().collect();
    newest.sort_by_key(|(question, (last, _))| (std::cmp::Reverse(*last), *question));
    newest.truncate(MOST_QUESTIONS);
    newest.into_iter().map(|(question, (_, entries))| (question, entries)).collect()
}

/// Sum of the reciprocal places at which the tested lessons are answered.
fn mrr(
    lessons: &Lessons<'_>,
    rankings: &Rankings,
    memory: &QuestionMemory,
    tested: impl Fn(&Lesson) -> bool + Sync,
) -> Result<f64, IndexError> {
    let unseen = check_both(lessons, rankings, memory, tested)?;
    let confidence = &rankings.by_words.confidence;
    let place = |place: usize| if place < PLACES { 1.0 / (place + 1) as f64 } else { 0.0 };
    Ok(unseen.iter().map(|one| one.shown(confidence, is_in_doubt).first_right.map_or(0.0, place)).sum())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::library::Standing;

    fn believed(questions: std::ops::Range<u32>) -> Vec<Adoption> {
        let adoption = |number: u32| Adoption {
            question: format!("第{number}个问题"),
            entry_id: "a".to_owned(),
            adopted_by: "A1".to_owned(),
            adopted_on: jiff::civil::date(2026, 11, 26),
            standing: Standing::Seat,
        };
        questions.map(adoption).collect()
    }

    #[test]
    fn weights_are_learned_anew_where_a_tenth_of_the_questions_is_new_to_them() {
        let known = believed(0..90).iter().map(|adoption| fingerprint(&adoption.question)).collect();
        assert!(has_enough_news(&believed(0..90), &BTreeSet::new()));
        assert!(!has_enough_news(&believed(0..90), &known));
        assert!(!has_enough_news(&believed(0..99), &known));
        assert!(has_enough_news(&believed(0..100), &known));
        // What is asked now, not what was asked once.
        assert!(has_enough_news(&believed(81..91), &known));
    }
}
