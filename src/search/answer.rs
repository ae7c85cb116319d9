//! One answer, or an honest refusal with the nearest entries.

use serde::Serialize;

use super::answer_guard::held_back;
use super::clarify::{Clarify, clarify};
use super::departments::{Route, VOTERS, route};
use super::question::Question;
use super::rank::{CANDIDATES, Hit, MatchedBy, Request, Results, search_for, understand};
use crate::entry::Entry;
use crate::index::{IndexError, Snapshot};
use crate::text;

/// From this probability on the first hit is given as the answer: of what is
/// answered on the labelled questions four fifths are right (`docs/quality.md`).
pub const ANSWER_CONFIDENCE: f32 = 0.7;
/// The same of an article of a law: many say nearly the same, and which of them
/// answers is told less well.
const ARTICLE_ANSWER_CONFIDENCE: f32 = 0.85;
/// However sure the ranker is: with less of the question's words in the entry
/// there is no answer (near names, made-up notions).
const LEAST_COVERAGE: f32 = 0.5;
/// What was only heard is answered where all of it is in the entry.
const LEAST_HEARD_COVERAGE: f32 = 0.999;
/// From this likeness on a question counts as one an editor excluded.
const LEAST_LIKENESS: f32 = 0.6;
/// A question whose telling words have fewer characters than this (唱歌, 社保)
/// names a subject and asks nothing that one entry could answer.
const LEAST_SUBSTANCE_CHARS: usize = 4;

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
    /// Where the question probably belongs, when there is no answer.
    pub route: Option<Route>,
    /// What to ask back, when there is no answer and one choice would help.
    pub clarify: Option<Clarify>,
}

/// Answers from the first hit where it is in force and covers the question.
pub fn answer(snapshot: &Snapshot, request: &Request<'_>) -> Result<Answer, IndexError> {
    let question = understand(snapshot, request)?;
    let all = Request { limit: request.limit.max(VOTERS), ..request.clone() };
    let (status, mut results) = decide_on(snapshot, &question, &all)?;
    let answered = status == AnswerStatus::Answered;
    let route = if answered { None } else { route(&results) };
    results.hits.truncate(request.limit);
    let clarify = if answered { None } else { clarify(snapshot, &question, request)? };
    Ok(Answer { status, results, route, clarify })
}

/// Whether there is an answer, and the hits: what [`answer`] decides, without
/// what it says where there is none.
pub fn decide(snapshot: &Snapshot, request: &Request<'_>) -> Result<(AnswerStatus, Results), IndexError> {
    decide_on(snapshot, &understand(snapshot, request)?, request)
}

/// The same among the hits that pass a condition of the caller's own: what does
/// not pass counts neither as the answer nor as another place.
pub fn decide_among(
    snapshot: &Snapshot,
    request: &Request<'_>,
    passes: impl Fn(&Hit) -> bool,
) -> Result<(AnswerStatus, Results), IndexError> {
    let question = understand(snapshot, request)?;
    let all = Request { limit: CANDIDATES, offset: 0, ..request.clone() };
    let mut results = search_for(snapshot, &question, &all)?;
    results.hits.retain(passes);
    results.hits.truncate(request.limit);
    Ok((status_of(&question, request, &results), results))
}

fn decide_on(
    snapshot: &Snapshot,
    question: &Question,
    request: &Request<'_>,
) -> Result<(AnswerStatus, Results), IndexError> {
    let results = search_for(snapshot, question, request)?;
    Ok((status_of(question, request, &results), results))
}

fn status_of(question: &Question, request: &Request<'_>, results: &Results) -> AnswerStatus {
    let is_answered = results.hits.first().is_some_and(|hit| can_answer(question, request, hit))
        && !is_of_several_places(request, &results.hits);
    if is_answered { AnswerStatus::Answered } else { AnswerStatus::Unsure }
}

/// Whether the question is one of those an editor said the entry does not
/// answer, or more like one of them than like any that it does.
fn is_excluded(question: &Question, entry: &Entry) -> bool {
    let likeness = |other: &String| text::likeness(&question.normalised.text, &text::normalise(other));
    let unlike = entry.negative_questions.iter().map(likeness).fold(0.0, f32::max);
    let like =
        std::iter::once(&entry.title).chain(&entry.similar_questions).map(likeness).fold(0.0, f32::max);
    unlike >= LEAST_LIKENESS && unlike > like
}

/// Whether the question is nothing but the title of the document an article
/// belongs to: it names a law and asks nothing that one article could answer.
fn names_document_only(question: &Question, entry: &Entry) -> bool {
    let letters = |text: &str| -> String { text.chars().filter(|sign| sign.is_alphanumeric()).collect() };
    let title = entry.part.as_ref().map(|part| letters(&text::normalise(&part.document_title)));
    title.is_some_and(|title| title == letters(&question.normalised.text))
}

/// Whether entries of different places have the question as their title, and
/// nothing says which place is meant: any of them would be a guess.
fn is_of_several_places(request: &Request<'_>, hits: &[Hit]) -> bool {
    let is_titled = |hit: &&Hit| hit.matched_by.contains(&MatchedBy::Title);
    let mut places = hits.iter().take_while(is_titled).map(|hit| hit.shown.entry.region);
    let Some(first) = places.next() else { return false };
    request.region.is_none() && places.any(|place| !place.covers(first) && !first.covers(place))
}

/// Whether nothing speaks against a hit as the answer to a question that was
/// decided otherwise (a follow-up that is answered from the entry before).
pub fn may_answer(snapshot: &Snapshot, request: &Request<'_>, hit: &Hit) -> bool {
    let question = Question::understand(snapshot.cutter(), request.question);
    held_back(&question, request, hit, false).is_none()
}

fn can_answer(question: &Question, request: &Request<'_>, hit: &Hit) -> bool {
    if names_document_only(question, &hit.shown.entry) {
        return false;
    }
    let is_excluded = is_excluded(question, &hit.shown.entry);
    let is_by = |by: &[MatchedBy]| hit.matched_by.iter().any(|matched| by.contains(matched));
    let is_named = is_by(&[MatchedBy::Pinned, MatchedBy::Exact, MatchedBy::Title]);
    let is_heard = is_by(&[MatchedBy::Pinyin, MatchedBy::Sound]);
    let least_coverage = if is_heard { LEAST_HEARD_COVERAGE } else { LEAST_COVERAGE };
    let is_article = hit.shown.entry.part.is_some();
    let least_confidence = if is_article { ARTICLE_ANSWER_CONFIDENCE } else { ANSWER_CONFIDENCE };
    let is_certain = hit.confidence >= least_confidence
        && hit.coverage > least_coverage
        && question.telling_chars() >= LEAST_SUBSTANCE_CHARS;
    (is_named || is_certain) && !is_excluded && held_back(question, request, hit, is_named).is_none()
}
