//! How certain a hit is: the probability that it answers the question.

use std::collections::BTreeMap;

/// What the certainty of a hit is told from.
pub const CONFIDENCE_INPUTS: [&str; 18] = [
    "always",
    "share_of_softmax",
    "lead_over_next",
    "best_text_score",
    "is_article",
    "article_share_of_softmax",
    "article_lead_over_next",
    "word_coverage",
    "bigram_coverage",
    "concept_coverage",
    "longest_run",
    "asked_match",
    "question_length",
    "memory_likeness",
    "meaning_standing",
    "memory_meaning",
    "library_size",
    "unknown_words",
];

/// Values of the inputs, in their order.
pub type ConfidenceInputs = [f32; CONFIDENCE_INPUTS.len()];

/// A logistic model: the probability that a hit answers the question.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Confidence {
    pub weights: ConfidenceInputs,
}

impl Confidence {
    /// Between 0 and 1.
    pub fn of(&self, inputs: &ConfidenceInputs) -> f32 {
        let sum: f32 = self.weights.iter().zip(inputs).map(|(weight, value)| weight * value).sum();
        1.0 / (1.0 + (-sum).exp())
    }

    pub(super) fn to_file(self) -> BTreeMap<String, f32> {
        let rounded = |weight: f32| (weight * 1000.0).round() / 1000.0;
        let named = CONFIDENCE_INPUTS.iter().zip(self.weights);
        named.map(|(name, weight)| ((*name).to_owned(), rounded(weight))).collect()
    }

    pub(super) fn of_file(file: &BTreeMap<String, f32>) -> Confidence {
        let weight = |name: &str| file.get(name).copied().unwrap_or(0.0);
        Confidence { weights: CONFIDENCE_INPUTS.map(weight) }
    }
}
