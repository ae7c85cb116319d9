//! Fits the ranker's weights to questions whose answers are known: a linear
//! model under the listwise softmax loss (Cao et al. 2007, ListNet's top-one
//! form), by full-batch Adam. Deterministic: the same cases give the same
//! weights.

mod boosting;
mod lessons;
mod unseen;

pub use boosting::{BoostingCase, fit_forest};
pub use lessons::{Asks, Checked, Lesson, Lessons, adjust, check, learn};
pub use unseen::{Unseen, adjust_both, check_both};

use std::collections::{BTreeSet, HashMap};

use rayon::prelude::*;

use crate::ranking::{
    CLASS_COUNT, Class, ClassWeights, Confidence, ConfidenceInputs, FEATURE_COUNT, FIELD_COUNT,
    FeatureVector, Field, Row, Telling, Tells, place_of,
};

/// Steps of the fit; the loss has settled well before.
const STEPS: usize = 300;
/// Cases that one core works on at a time.
const CASES_A_CHUNK: usize = 64;
const STEP_SIZE: f32 = 0.08;
/// Fewer questions than this answered by a class (or than a twentieth of those
/// answered by the most frequent one) teach nothing about it.
const LEAST_CASES: usize = 50;
/// Between equals the answered question comes before the guide, which is longer
/// to read.
const GUIDE_RESERVE: f32 = 1.0;
/// Where nothing was learned before.
const FROM_NOTHING: Room = Room { ridge: Ridge { common: 3e-4, class: 1.5e-3 }, trees: 160 };
/// Where a ranker has learned before: of a few hundred questions more trees learn
/// by heart (docs/measurements.md).
const OF_CHANGE: Room = Room { ridge: Ridge { common: 1e-3, class: 5e-3 }, trees: 40 };

/// The common weights, then each class's difference from them.
const BLOCKS: usize = 1 + CLASS_COUNT;
type Blocks = [FeatureVector; BLOCKS];

/// How far lessons may move a ranker.
#[derive(Debug, Clone, Copy)]
struct Room {
    ridge: Ridge,
    trees: u64,
}

/// One question: its candidates in numbers, and which of them are right.
#[derive(Debug, Clone)]
pub struct Case {
    pub rows: Vec<Row>,
    pub right: Vec<bool>,
    /// What the candidates score before anything is learned.
    pub start: Vec<f32>,
    /// How much the question counts.
    pub weight: f32,
}

/// How strongly weights are pulled to zero, which is where they start: the
/// common ones (of standardised features), and each class's own to the common.
#[derive(Debug, Clone, Copy)]
pub struct Ridge {
    pub common: f32,
    pub class: f32,
}

/// Fits weights to cases, beside what their candidates score before; cases
/// without a right candidate teach nothing.
pub fn fit(cases: &[Case], ridge: Ridge) -> ClassWeights {
    let useful: Vec<&Case> = cases.iter().filter(|case| case.right.contains(&true)).collect();
    let is_learned = learned_classes(&useful);
    let scales = scales(&useful);
    let total: f32 = useful.iter().map(|case| case.weight).sum();
    let mut blocks: Blocks = [[0.0; FEATURE_COUNT]; BLOCKS];
    let (mut first, mut second) = (blocks, blocks);
    for step in 1..=STEPS {
        let weights = weights_of(&blocks, &scales);
        // Summed chunk by chunk in their order: the same on any number of cores.
        let parts: Vec<Blocks> = useful
            .par_chunks(CASES_A_CHUNK)
            .map(|chunk| {
                let mut gradient: Blocks = [[0.0; FEATURE_COUNT]; BLOCKS];
                for case in chunk {
                    add_gradient(case, &weights, &scales, is_learned, case.weight / total, &mut gradient);
                }
                gradient
            })
            .collect();
        for block in 0..BLOCKS {
            let ridge = if block == 0 { ridge.common } else { ridge.class };
            for at in 0..FEATURE_COUNT {
                let slope = ridge * blocks[block][at] + parts.iter().map(|part| part[block][at]).sum::<f32>();
                first[block][at] = 0.9 * first[block][at] + 0.1 * slope;
                second[block][at] = 0.999 * second[block][at] + 0.001 * slope * slope;
                let mean = first[block][at] / (1.0 - 0.9_f32.powi(step as i32));
                let spread = second[block][at] / (1.0 - 0.999_f32.powi(step as i32));
                blocks[block][at] -= STEP_SIZE * mean / (spread.sqrt() + 1e-8);
            }
        }
    }
    let mut weights = weights_of(&blocks, &scales);
    // Guides are asked for as answered questions are, by what they are called.
    if !is_learned[Class::Guide as usize] {
        weights.0[Class::Guide as usize] = weights.0[Class::Faq as usize];
    }
    weights
}

/// Weights before anything is learned.
pub fn first_weights() -> ClassWeights {
    let mut weights = ClassWeights::default();
    weights.0[Class::Guide as usize][place_of("class")] = -GUIDE_RESERVE;
    weights
}

/// Which classes are right in enough cases. Of the others the cases show little
/// but wrong ones: learning from those would bury the class.
fn learned_classes(cases: &[&Case]) -> [bool; CLASS_COUNT] {
    let mut right_cases = [0; CLASS_COUNT];
    for case in cases {
        let mut is_right = [false; CLASS_COUNT];
        for (row, _) in case.rows.iter().zip(&case.right).filter(|(_, right)| **right) {
            is_right[row.class as usize] = true;
        }
        right_cases.iter_mut().zip(is_right).for_each(|(count, is_right)| *count += usize::from(is_right));
    }
    let most = right_cases.iter().copied().max().unwrap_or(0);
    let enough = LEAST_CASES.min(most / 20).max(1);
    right_cases.map(|count| count >= enough)
}

/// Weights by class for features as they are, from blocks for standardised ones.
fn weights_of(blocks: &Blocks, scales: &FeatureVector) -> ClassWeights {
    let mut weights = ClassWeights::default();
    for (class, of_class) in weights.0.iter_mut().enumerate() {
        for at in 0..FEATURE_COUNT {
            of_class[at] = (blocks[0][at] + blocks[class + 1][at]) / scales[at];
        }
    }
    weights
}

/// Standard deviation of every feature within its question; 1 where it has none.
fn scales(cases: &[&Case]) -> FeatureVector {
    let mut squares = [0.0_f64; FEATURE_COUNT];
    let mut count = 0.0_f64;
    for case in cases {
        let rows = case.rows.len() as f32;
        for (at, square) in squares.iter_mut().enumerate() {
            let mean = case.rows.iter().map(|row| row.features[at]).sum::<f32>() / rows;
            *square += case.rows.iter().map(|row| f64::from(row.features[at] - mean).powi(2)).sum::<f64>();
        }
        count += f64::from(rows);
    }
    let scale = |square: f64| (square / count.max(1.0)).sqrt() as f32;
    // A constant (the class itself) has no spread within a question of one class.
    squares.map(scale).map(|scale| if scale < 1e-3 { 1.0 } else { scale })
}

/// Gradient of −ln(share of the softmax that falls on right candidates).
fn add_gradient(
    case: &Case,
    weights: &ClassWeights,
    scales: &FeatureVector,
    is_learned: [bool; CLASS_COUNT],
    share: f32,
    gradient: &mut Blocks,
) {
    let score = |(row, start): (&Row, &f32)| -> f32 {
        if !is_learned[row.class as usize] {
            return f32::NEG_INFINITY;
        }
        start + weights.score(row)
    };
    let scores: Vec<f32> = case.rows.iter().zip(&case.start).map(score).collect();
    let highest = scores.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    if highest == f32::NEG_INFINITY {
        return;
    }
    let odds: Vec<f32> = scores.iter().map(|score| (score - highest).exp()).collect();
    let all: f32 = odds.iter().sum();
    let right: f32 = odds.iter().zip(&case.right).filter(|(_, right)| **right).map(|(odds, _)| odds).sum();
    for ((row, odds), is_right) in case.rows.iter().zip(&odds).zip(&case.right) {
        let wanted = if *is_right { odds / right.max(f32::MIN_POSITIVE) } else { 0.0 };
        let pull = share * (odds / all - wanted);
        for at in 0..FEATURE_COUNT {
            let slope = pull * row.features[at] / scales[at];
            gradient[0][at] += slope;
            gradient[row.class as usize + 1][at] += slope;
        }
    }
}

/// A first hit with what its certainty is told from.
#[derive(Debug, Clone, Copy)]
pub struct Certain {
    pub inputs: ConfidenceInputs,
    pub right: bool,
}

/// Steps of the logistic fit.
const CONFIDENCE_STEPS: usize = 3_000;

/// Fits the certainty: logistic regression by gradient descent.
pub fn fit_confidence(certain: &[Certain]) -> Confidence {
    let mut confidence = Confidence::default();
    let total = certain.len().max(1) as f32;
    for _ in 0..CONFIDENCE_STEPS {
        let mut gradient = ConfidenceInputs::default();
        for one in certain {
            let error = confidence.of(&one.inputs) - if one.right { 1.0 } else { 0.0 };
            gradient.iter_mut().zip(one.inputs).for_each(|(slope, value)| *slope += error * value / total);
        }
        confidence.weights.iter_mut().zip(gradient).for_each(|(weight, slope)| *weight -= slope);
    }
    confidence
}

/// How often terms stood in questions, and how often in their right answers,
/// for each field.
#[derive(Debug, Clone)]
pub struct TermCounts<'s> {
    fields: [FieldCounts; FIELD_COUNT],
    /// What is known before anything is counted.
    start: &'s Telling,
}

/// The same of one field.
#[derive(Debug, Clone, Default)]
struct FieldCounts {
    counts: HashMap<String, Count>,
    all: Count,
    questions: f32,
}

/// How often something was asked, and kept by the answers.
#[derive(Debug, Clone, Copy, Default)]
struct Count {
    asked: f32,
    kept: f32,
}

/// One question's terms, and of each the share of right entries that hold it.
pub type Kept = Vec<(String, f32)>;

/// Questions after which a term's own share counts as much as the mean.
const PRIOR_QUESTIONS: f32 = 3.0;
/// The odds of all questions that were known before count as so many questions.
const KNOWN_QUESTIONS: f32 = 100.0;
/// Bounds of a term's factor.
const LEAST_TELLING: f32 = 0.3;
const MOST_TELLING: f32 = 1.0;
/// A term that a field has never seen counts as if asked so often.
const PRIOR_ASKED: f32 = 2.0;
/// Terms of a question that counts one.
const USUAL_TERMS: f32 = 16.0;
/// Terms asked less often than this are not worth keeping.
const LEAST_ASKED: f32 = 2.0;

impl Count {
    fn add(&mut self, asked: f32, kept: f32) {
        self.asked += asked;
        self.kept += kept;
    }

    fn mean(self) -> f32 {
        self.kept / self.asked.max(1.0)
    }

    /// How much a term tells: the share of answers that keep it, shrunk to what
    /// was known of it (of an unknown one: to the mean over all terms), and divided
    /// by the mean.
    fn factor(self, mean: f32, known: f32) -> f32 {
        let share = (self.kept + PRIOR_QUESTIONS * mean * known) / (self.asked + PRIOR_QUESTIONS);
        (share / mean.max(1e-3)).clamp(LEAST_TELLING, MOST_TELLING)
    }
}

impl FieldCounts {
    /// Adds a question, or takes it away (`sign` −1). One of many terms, a
    /// citizen's letter, counts as much as a question of a dozen.
    fn add(&mut self, kept: &Kept, sign: f32) {
        let counts = sign * (USUAL_TERMS / kept.len().max(1) as f32).min(1.0);
        for (term, share) in kept {
            self.counts.entry(term.clone()).or_default().add(counts, counts * share);
            self.all.add(counts, counts * share);
        }
        self.questions += sign;
    }

    fn count(&self, term: &str) -> Count {
        self.counts.get(term).copied().unwrap_or_default()
    }

    /// Only what it says of these terms.
    fn only(&self, kept: &Kept) -> FieldCounts {
        let counts = kept.iter().map(|(term, _)| (term.clone(), self.count(term))).collect();
        FieldCounts { counts, ..*self }
    }
}

impl TermCounts<'_> {
    /// Nothing counted yet beyond what is known.
    pub fn of(start: &Telling) -> TermCounts<'_> {
        TermCounts { fields: Default::default(), start }
    }

    /// Adds a question of a field.
    pub fn add(&mut self, field: Field, kept: &Kept) {
        self.fields[field as usize].add(kept, 1.0);
    }

    fn tells(&self, term: &str) -> Tells {
        let [law, service] = [Field::Law, Field::Service].map(|field| &self.fields[field as usize]);
        // The same share is added in both fields, however much each was asked: a
        // term neither has seen speaks for none.
        let prior = PRIOR_ASKED / (law.all.asked + service.all.asked).max(1.0);
        let share = |field: &FieldCounts| field.count(term).asked.max(0.0) / field.all.asked.max(1.0) + prior;
        let known = self.start.of_term(term);
        let factor = |field: Field| {
            let (counts, known) = (&self.fields[field as usize], known.factors[field as usize]);
            counts.count(term).factor(counts.all.mean(), known)
        };
        // A field that was never asked in says nothing about where a term is asked.
        let knows_both = law.questions > 0.0 && service.questions > 0.0;
        let law_odds = match known.law_odds {
            0.0 if knows_both => (share(law) / share(service)).ln(),
            known => known,
        };
        Tells { factors: Field::ALL.map(factor), law_odds }
    }

    /// Shrunk to the odds that were known before; to even ones where none were.
    fn law_odds(&self) -> f32 {
        let [law, service] = &self.fields;
        let known = if self.start.is_empty() { 2.0 } else { KNOWN_QUESTIONS };
        let law_share = 1.0 / (1.0 + (-self.start.law_odds()).exp());
        let [law_known, service_known] = [known * law_share, known * (1.0 - law_share)];
        ((law.questions + law_known) / (service.questions + service_known)).ln()
    }

    /// What all terms tell that were asked often enough.
    pub fn telling(&self) -> Telling {
        let often = |term: &&String| {
            self.fields.iter().map(|field| field.count(term).asked).sum::<f32>() >= LEAST_ASKED
        };
        let terms: BTreeSet<&String> = self.fields.iter().flat_map(|field| field.counts.keys()).collect();
        let terms = terms.into_iter().filter(often).map(|term| (term.clone(), self.tells(term)));
        self.start.with(terms.collect(), self.law_odds())
    }

    /// What one question's terms tell by what the *others* say about them.
    pub fn telling_without(&self, field: Field, kept: &Kept) -> Telling {
        let fields = self.fields.each_ref().map(|field| field.only(kept));
        let mut others = TermCounts { fields, start: self.start };
        others.fields[field as usize].add(kept, -1.0);
        let terms = kept.iter().map(|(term, _)| (term.clone(), others.tells(term)));
        Telling::new(terms.collect(), others.law_odds())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_feature_that_tells_right_from_wrong_gets_the_weight() {
        let case = |at: usize| {
            let mut rows = vec![Row { class: Class::Faq, features: [0.0; FEATURE_COUNT] }; 5];
            rows.iter_mut().enumerate().for_each(|(row, r)| r.features[1] = (row * 7 % 5) as f32 / 5.0);
            rows[at].features[0] = 1.0;
            Case { rows, right: (0..5).map(|row| row == at).collect(), start: vec![0.0; 5], weight: 1.0 }
        };
        let cases: Vec<Case> = (0..5).map(case).collect();
        let weights = fit(&cases, FROM_NOTHING.ridge);
        let [first, second, ..] = weights.0[Class::Faq as usize];
        assert!(first > 10.0 * second.abs(), "{first} {second}");
    }
}
