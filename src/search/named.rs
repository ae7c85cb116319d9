//! Entries a question leads to by name: a document number, an article, a
//! telephone, the whole title, or its words exactly as typed. They come before
//! what is only similar.

use std::collections::HashMap;

use super::question::{Question, Wording};
use super::rank::MatchedBy;
use super::terms::phrase_of;
use crate::index::{Candidate, Filter, IndexError, Place, Snapshot, ValidityFilter};
use crate::ranking::CandidateFeatures;

/// Most entries taken by name.
const MOST_NAMED: usize = 20;
/// A rank above every text score: an exact name, then a verbatim find.
const EXACT_BONUS: f32 = 100_000.0;
/// A whole title says more than a number that stands in it (120 in 120周年), and
/// than all the keys a number can have.
const TITLE_BONUS: f32 = 130_000.0;
/// What an editor put first stands before everything; of several, in their order.
const PIN_BONUS: f32 = 1_000_000.0;
const PIN_STEP: f32 = 1_000.0;
/// For each exact key an entry holds.
const KEY_BONUS: f32 = 1_000.0;
const VERBATIM_BONUS: f32 = 10_000.0;
/// What agents adopted for this very question stands before what only holds its
/// words, behind what it names; of several, in their order.
const ASKED_BEFORE_BONUS: f32 = 50_000.0;
const ASKED_BEFORE_STEP: f32 = 1_000.0;
/// For what holds a question as it was typed, where it is searched as it
/// sounds: above every hit by sound but a whole title's.
const TYPED_BONUS: f32 = 20_000.0;

/// A candidate on its way to a hit.
#[derive(Debug, Clone)]
pub(super) struct Ranked {
    pub candidate: Candidate,
    /// The candidate in numbers; none where a single character was asked for.
    pub features: Option<CandidateFeatures>,
    /// The ranker's own score, without the tiers.
    pub model_score: f32,
    pub confidence: f32,
    pub same_text: Vec<Candidate>,
    pub score: f32,
    pub exact: Option<MatchedBy>,
    pub verbatim: bool,
    /// Whether it was adopted for this very question.
    pub is_asked_before: bool,
}

impl Ranked {
    /// Whether more than a likeness leads from the question to it.
    pub fn is_named(&self) -> bool {
        self.exact.is_some() || self.verbatim || self.is_asked_before
    }
}

/// Entries the question leads to by more than its terms.
#[derive(Default)]
pub(super) struct Named {
    /// By document number, article or telephone, with the number of keys held:
    /// 国办发 holds more of them than 办发.
    exact: HashMap<Place, u32>,
    by_title: Vec<Place>,
    verbatim: Vec<Place>,
    /// What holds a question that was heard as it was typed.
    typed: Vec<Place>,
    /// What an editor put first for the question, in order.
    pub pinned: Vec<Place>,
    /// What was adopted for this very question, in order.
    pub asked_before: Vec<Place>,
}

impl Named {
    pub fn find(
        snapshot: &Snapshot,
        question: &Question,
        filter: &Filter,
        most_verbatim: usize,
    ) -> Result<Named, IndexError> {
        // Whoever names a document wants that one, in force or not.
        let any_validity = Filter { validity: ValidityFilter::All, ..*filter };
        let keys = question.named.keys();
        let mut exact = if keys.is_empty() { Vec::new() } else { snapshot.exact(&keys, &any_validity)? };
        exact.truncate(MOST_NAMED);
        let mut by_title = Vec::new();
        if question.wording == Wording::AsTyped {
            by_title = snapshot.by_title(&question.normalised.text, filter)?;
            by_title.truncate(MOST_NAMED);
            by_title.extend(snapshot.by_document(&question.normalised.text, filter)?);
        }
        let mut named = Named { exact: exact.into_iter().collect(), by_title, ..Named::default() };
        for typed in question.heard.iter().flat_map(|heard| &heard.typed) {
            if let Some(phrase) = phrase_of(typed) {
                named.typed.extend(snapshot.with_phrase(&phrase, filter, MOST_NAMED)?);
            }
        }
        if question.is_short() {
            named.find_verbatim(snapshot, question, filter, most_verbatim)?;
        }
        Ok(named)
    }

    /// Looks for the question as it was typed.
    pub fn find_verbatim(
        &mut self,
        snapshot: &Snapshot,
        question: &Question,
        filter: &Filter,
        most: usize,
    ) -> Result<(), IndexError> {
        if question.wording == Wording::AsTyped
            && let Some(phrase) = question.verbatim()
        {
            self.verbatim = snapshot.with_phrase(&phrase, filter, most)?;
        }
        Ok(())
    }

    pub fn places(&self) -> Vec<Place> {
        let by_name = self.exact.keys().chain(&self.by_title).chain(&self.verbatim);
        by_name.chain(&self.typed).chain(&self.pinned).chain(&self.asked_before).copied().collect()
    }

    /// The candidate with its rank above or among the others.
    pub fn mark(
        &self,
        candidate: Candidate,
        features: Option<CandidateFeatures>,
        model_score: f32,
    ) -> Ranked {
        let mut score = model_score;
        let keys = self.exact.get(&candidate.place);
        let is_title = self.by_title.contains(&candidate.place);
        let is_typed = self.typed.contains(&candidate.place);
        let verbatim = is_typed || self.verbatim.contains(&candidate.place);
        let pin = self.pinned.iter().position(|place| *place == candidate.place);
        let exact = match (keys, is_title) {
            _ if pin.is_some() => {
                score += PIN_BONUS - pin.unwrap_or(0) as f32 * PIN_STEP;
                Some(MatchedBy::Pinned)
            }
            (_, true) => {
                score += TITLE_BONUS;
                Some(MatchedBy::Title)
            }
            (Some(&keys), false) => {
                score += EXACT_BONUS + keys as f32 * KEY_BONUS;
                Some(MatchedBy::Exact)
            }
            (None, false) => None,
        };
        let asked_before = self.asked_before.iter().position(|place| *place == candidate.place);
        score += match (exact, asked_before) {
            (Some(_), _) => 0.0,
            (None, Some(at)) => ASKED_BEFORE_BONUS - at as f32 * ASKED_BEFORE_STEP,
            (None, None) if is_typed => TYPED_BONUS,
            (None, None) if verbatim => VERBATIM_BONUS,
            (None, None) => 0.0,
        };
        Ranked {
            candidate,
            features,
            model_score,
            confidence: if exact.is_some() { 1.0 } else { 0.0 },
            same_text: Vec::new(),
            score,
            exact,
            verbatim,
            is_asked_before: asked_before.is_some(),
        }
    }
}
