//! How certain a hit is, from its place among the candidates and from what it
//! holds of the question.

use crate::ranking::{CandidateFeatures, ConfidenceInputs, Feature};

/// Beyond this a lead says no more.
const MOST_LEAD: f32 = 6.0;
/// A library of some 160,000 entries is scaled to 1.
const LIBRARY: f32 = 12.0;

/// What was looked for, and where.
#[derive(Debug, Clone, Copy)]
pub struct Searched {
    /// Terms that were looked for.
    pub terms: usize,
    /// The highest share of all that BM25F can give, of any entry: 0 to 1.
    pub best_text: f32,
    /// Share of the question's words, by length, that no entry holds: most of them
    /// hold a small library's whole question but the one word it is about.
    pub unknown: f32,
    /// Entries among which. Of few, one that does not answer leads by as much as
    /// one of many that does.
    pub entries: u64,
}

/// What the certainty of the hit at `at` is told from. `scores` are the
/// ranker's, of all candidates with different texts; `candidates` stand beside them.
pub fn confidence_inputs(
    candidates: &[&CandidateFeatures],
    scores: &[f32],
    at: usize,
    searched: Searched,
) -> ConfidenceInputs {
    let own = scores[at];
    let others = scores.iter().enumerate().filter(|(other, _)| *other != at);
    let next = others.map(|(_, score)| *score).fold(own - MOST_LEAD, f32::max);
    let highest = scores.iter().copied().fold(f32::MIN, f32::max);
    let all: f32 = scores.iter().map(|score| (score - highest).exp()).sum();
    let share = ((own - highest).exp() / all).clamp(1e-4, 1.0 - 1e-4);
    let values = &candidates[at].values;
    let share_of_softmax = (share / (1.0 - share)).ln() / MOST_LEAD;
    let lead_over_next = (own - next).clamp(-MOST_LEAD, MOST_LEAD) / MOST_LEAD;
    // Of a law many articles say nearly the same: that one leads says less.
    let is_article = if candidates[at].is_article { 1.0 } else { 0.0 };
    [
        1.0,
        share_of_softmax,
        lead_over_next,
        searched.best_text,
        is_article,
        is_article * share_of_softmax,
        is_article * lead_over_next,
        values[Feature::WordCoverage],
        values[Feature::BigramCoverage],
        values[Feature::ConceptCoverage],
        values[Feature::LongestRun],
        values[Feature::AskedMatch],
        (1.0 + searched.terms as f32).ln() / 4.0,
        values[Feature::MemoryLikeness],
        values[Feature::MeaningStanding],
        values[Feature::MemoryMeaning],
        (1.0 + searched.entries as f32).ln() / LIBRARY,
        searched.unknown,
    ]
}
