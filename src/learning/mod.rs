//! Fits the ranker's weights to questions whose answers are known: a linear
//! model under the listwise softmax loss (Cao et al. 2007, ListNet's top-one
//! form), by full-batch Adam. Deterministic: the same cases give the same
//! weights.

mod lessons;
mod unseen;

pub use lessons::{Asks, Checked, Examples, Lesson, Lessons, adjust, check, check_plain, learn, learn_from};
pub use unseen::{Unseen, adjust_both, check_both};

use rayon::prelude::*;

use crate::ranking::{Confidence, ConfidenceInputs, FEATURE_COUNT, Feature, FeatureGroup, FeatureVector};

/// Steps of the fit; the loss has settled well before.
const STEPS: usize = 400;
/// Cases that one core works on at a time.
const CASES_A_CHUNK: usize = 64;
const STEP_SIZE: f32 = 0.08;
/// How strongly weights (of standardised features) are pulled to where they start.
/// How a match counts among all entries hardly moves: what is learned from some
/// sources did worse by others than the weights it began from (`docs/quality.md`).
const STIFF: f32 = 1.0;
const FREE: f32 = 3e-4;
/// The same if a ranker has learned before: few hundred questions are soon learned
/// by heart.
const TIMES_STIFFER: f32 = 3.0;
/// The most that a tie-breaker may count: as much as two fifths of a question's
/// bigrams.
const MOST_OF_A_TIE_BREAKER: f32 = 2.0;

/// What a fit may do to each weight.
#[derive(Debug, Clone, Copy)]
pub struct Rules {
    ridge: FeatureVector,
    /// Bounds of the weights.
    least: FeatureVector,
    most: FeatureVector,
}

impl Rules {
    /// Of the weights among all entries: tie-breakers and what only articles have
    /// stay as they are.
    pub fn among_all(start: &FeatureVector, is_first: bool) -> Rules {
        Rules::new(is_first, |feature| match feature.group() {
            FeatureGroup::Match => (STIFF, f32::INFINITY),
            FeatureGroup::Meaning => (FREE, f32::INFINITY),
            _ => (STIFF, start[feature]),
        })
    }

    /// Of the weights among articles.
    pub fn among_articles(start: &FeatureVector, is_first: bool) -> Rules {
        Rules::new(is_first, |feature| match feature.group() {
            FeatureGroup::TieBreaker => (FREE, MOST_OF_A_TIE_BREAKER),
            FeatureGroup::Memory | FeatureGroup::ArticleMemory => (STIFF, start[feature]),
            _ => (FREE, f32::INFINITY),
        })
    }

    /// Of what is remembered, once the rest is fit: nothing else moves, so that the
    /// ranker does as well where nothing is remembered.
    pub fn of_memory(start: &FeatureVector, among_articles: bool, is_first: bool) -> Rules {
        let mut rules = Rules::new(is_first, |feature| match feature.group() {
            FeatureGroup::Memory => (FREE, f32::INFINITY),
            FeatureGroup::ArticleMemory if among_articles => (FREE, f32::INFINITY),
            _ => (0.0, start[feature]),
        });
        for &feature in Feature::ALL {
            if rules.most[feature].is_finite() {
                rules.least[feature] = start[feature];
            }
        }
        rules
    }

    fn new(is_first: bool, rule: impl Fn(Feature) -> (f32, f32)) -> Rules {
        let nothing = FeatureVector::default();
        let mut rules = Rules { ridge: nothing, least: nothing, most: nothing };
        for &feature in Feature::ALL {
            let (ridge, most) = rule(feature);
            rules.ridge[feature] = if is_first { ridge } else { ridge * TIMES_STIFFER };
            rules.most[feature] = most;
        }
        rules
    }
}

/// One question: its candidates in numbers, and which of them are right.
#[derive(Debug, Clone)]
pub struct Case {
    pub candidates: Vec<FeatureVector>,
    pub right: Vec<bool>,
    /// How much the question counts.
    pub weight: f32,
}

/// Fits weights to cases, from what they are; cases without a right candidate teach
/// nothing. None becomes negative: more that matches never counts against an entry.
pub fn fit(cases: &[Case], start: &FeatureVector, rules: &Rules) -> FeatureVector {
    let useful: Vec<&Case> = cases.iter().filter(|case| case.right.contains(&true)).collect();
    if useful.is_empty() {
        return *start;
    }
    let scales = scales(&useful);
    let total: f32 = useful.iter().map(|case| case.weight).sum();
    let origin: [f32; FEATURE_COUNT] = std::array::from_fn(|at| start.0[at] * scales[at]);
    let least: [f32; FEATURE_COUNT] = std::array::from_fn(|at| rules.least.0[at] * scales[at]);
    let most: [f32; FEATURE_COUNT] = std::array::from_fn(|at| rules.most.0[at] * scales[at]);
    let (mut weights, mut first, mut second) = (origin, [0.0; FEATURE_COUNT], [0.0; FEATURE_COUNT]);
    for step in 1..=STEPS {
        let scaled = FeatureVector(std::array::from_fn(|at| weights[at] / scales[at]));
        // Summed chunk by chunk in their order: the same on any number of cores.
        let parts: Vec<[f32; FEATURE_COUNT]> = useful
            .par_chunks(CASES_A_CHUNK)
            .map(|chunk| {
                let mut gradient = [0.0; FEATURE_COUNT];
                for case in chunk {
                    add_gradient(case, &scaled, &scales, case.weight / total, &mut gradient);
                }
                gradient
            })
            .collect();
        for at in 0..FEATURE_COUNT {
            let pull = rules.ridge.0[at] * (weights[at] - origin[at]);
            let slope = pull + parts.iter().map(|part| part[at]).sum::<f32>();
            first[at] = 0.9 * first[at] + 0.1 * slope;
            second[at] = 0.999 * second[at] + 0.001 * slope * slope;
            let mean = first[at] / (1.0 - 0.9_f32.powi(step as i32));
            let spread = second[at] / (1.0 - 0.999_f32.powi(step as i32));
            let moved = weights[at] - STEP_SIZE * mean / (spread.sqrt() + 1e-8);
            weights[at] = moved.max(least[at]).min(most[at]);
        }
    }
    FeatureVector(std::array::from_fn(|at| weights[at] / scales[at]))
}

/// Standard deviation of every feature within its question; 1 where it has none.
fn scales(cases: &[&Case]) -> [f32; FEATURE_COUNT] {
    let mut squares = [0.0_f64; FEATURE_COUNT];
    let mut count = 0.0_f64;
    for case in cases {
        let candidates = case.candidates.len() as f32;
        for (at, square) in squares.iter_mut().enumerate() {
            let values = || case.candidates.iter().map(|features| features.0[at]);
            let mean = values().sum::<f32>() / candidates;
            *square += values().map(|value| f64::from(value - mean).powi(2)).sum::<f64>();
        }
        count += f64::from(candidates);
    }
    let scale = |square: f64| (square / count.max(1.0)).sqrt() as f32;
    squares.map(scale).map(|scale| if scale < 1e-3 { 1.0 } else { scale })
}

/// Gradient of −ln(share of the softmax that falls on right candidates).
fn add_gradient(
    case: &Case,
    weights: &FeatureVector,
    scales: &[f32; FEATURE_COUNT],
    share: f32,
    gradient: &mut [f32; FEATURE_COUNT],
) {
    let score = |features: &FeatureVector| -> f32 { weights.products(features).sum() };
    let scores: Vec<f32> = case.candidates.iter().map(score).collect();
    let highest = scores.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let odds: Vec<f32> = scores.iter().map(|score| (score - highest).exp()).collect();
    let all: f32 = odds.iter().sum();
    let right: f32 = odds.iter().zip(&case.right).filter(|(_, right)| **right).map(|(odds, _)| odds).sum();
    for ((features, odds), is_right) in case.candidates.iter().zip(&odds).zip(&case.right) {
        let wanted = if *is_right { odds / right.max(f32::MIN_POSITIVE) } else { 0.0 };
        let pull = share * (odds / all - wanted);
        for at in 0..FEATURE_COUNT {
            gradient[at] += pull * features.0[at] / scales[at];
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_feature_that_tells_right_from_wrong_gets_the_weight() {
        let case = |at: usize| {
            let mut candidates = vec![FeatureVector::default(); 5];
            for (number, features) in candidates.iter_mut().enumerate() {
                features[Feature::BigramCoverage] = (number * 7 % 5) as f32 / 5.0;
                // Whatever is right holds none of this: it may count nothing, not less.
                features[Feature::LongestRun] = if number == at { 0.0 } else { 1.0 };
            }
            candidates[at][Feature::ConceptCoverage] = 1.0;
            candidates[at][Feature::Citations] = 1.0;
            Case { candidates, right: (0..5).map(|row| row == at).collect(), weight: 1.0 }
        };
        let cases: Vec<Case> = (0..5).map(case).collect();
        let nothing = FeatureVector::default();
        let weights = fit(&cases, &nothing, &Rules::among_articles(&nothing, true));
        let (first, second) = (weights[Feature::ConceptCoverage], weights[Feature::BigramCoverage]);
        assert!(first > 10.0 * second.abs(), "{first} {second}");
        assert_eq!(weights[Feature::LongestRun], 0.0);
        assert!(weights[Feature::Citations] <= MOST_OF_A_TIE_BREAKER);
        // Among all entries a tie-breaker stays what it is, whatever the questions say.
        assert_eq!(fit(&cases, &nothing, &Rules::among_all(&nothing, true))[Feature::Citations], 0.0);
    }
}
