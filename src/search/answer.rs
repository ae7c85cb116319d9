//! One answer, or an honest refusal with the nearest entries.

use serde::Serialize;

use super::rank::{Hit, MatchedBy, Request, Results, Validity, search};
use crate::index::{IndexError, Snapshot};

/// From this probability on the first hit is given as the answer: of what is
/// answered on the labelled questions four fifths are right (`docs/quality.md`).
const ANSWER_CONFIDENCE: f32 = 0.65;
/// However sure the ranker is: with less of the question's words in the entry
/// there is no answer (near names, made-up notions).
const LEAST_COVERAGE: f32 = 0.5;

/// Whether there is an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum AnswerStatus {
    Answered,
    Unsure,
}

/// The answer and what else was near.
#[derive(Debug, Clone)]
pub struct Answer {
    pub status: AnswerStatus,
    /// The first hit when answered; candidates follow either way.
    pub results: Results,
}

/// Answers from the first hit where it is in force and covers the question.
pub fn answer(snapshot: &Snapshot, request: &Request<'_>) -> Result<Answer, IndexError> {
    let results = search(snapshot, request)?;
    let answered = results.hits.first().is_some_and(|hit| can_answer(request.question, hit));
    let status = if answered { AnswerStatus::Answered } else { AnswerStatus::Unsure };
    Ok(Answer { status, results })
}

fn can_answer(question: &str, hit: &Hit) -> bool {
    let is_current = matches!(hit.validity, Validity::Current { .. });
    let is_excluded = hit.shown.entry.negative_questions.iter().any(|negative| negative == question.trim());
    let is_named = matches!(hit.matched_by.first(), Some(MatchedBy::Exact | MatchedBy::Title));
    is_current
        && !is_excluded
        && (is_named || hit.confidence >= ANSWER_CONFIDENCE && hit.coverage > LEAST_COVERAGE)
}
