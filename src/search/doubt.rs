//! Which questions are worth their direction: those whose words leave doubt, and
//! that something with a direction may answer. Measured in `docs/quality.md`.

use super::named::Ranked;
use super::question::Question;
use crate::index::Snapshot;

/// From this certainty on the words alone are believed.
const SURE_BY_WORDS: f32 = 0.5;
/// Questions of other lengths are not asked by meaning.
const LEAST_CHARS: usize = 4;
const MOST_CHARS: usize = 120;

/// Whether words that are this sure of their first hit leave doubt, so that the
/// question is worth its direction (`docs/quality.md`).
pub fn is_in_doubt(confidence: f32) -> bool {
    confidence < SURE_BY_WORDS
}

/// Whether a question is one that is worth its direction at all: operators mean
/// words, a word says too little, a letter takes too long.
pub fn has_direction(question: &Question) -> bool {
    let length = question.normalised.text.chars().count();
    !question.has_operators() && (LEAST_CHARS..=MOST_CHARS).contains(&length)
}

/// Whether the words leave doubt about a question that its direction can clear.
pub(super) fn leaves_doubt(question: &Question, ranked: &[Ranked]) -> bool {
    has_direction(question)
        && ranked.first().is_none_or(|first| !first.is_named() && is_in_doubt(first.confidence))
}

/// Whether anything that may answer a question has a direction of its own.
pub(super) fn has_answer_by_meaning(snapshot: &Snapshot) -> bool {
    snapshot.near_set().is_some() || snapshot.memory().has_directions()
}
