//! Candidates → ranked hits: exact names first, then the verbatim question,
//! then the sum of text scores and the standing of the document. Identical
//! texts and superseded editions are collapsed.

use std::collections::HashMap;

use jiff::civil::Date;
use serde::Serialize;

use super::highlight::{Needles, Snippet};
use super::question::Question;
use crate::entry::{Kind, Region, RegionLevel};
use crate::index::{Candidate, Filter, IndexError, Place, ShownEntry, Snapshot, ValidityFilter, day_number};

/// Candidates looked at more closely.
const CANDIDATES: usize = 200;
/// Most entries taken by name.
const MOST_NAMED: usize = 20;
/// A rank above every text score: an exact name, then a verbatim find.
const EXACT_BONUS: f32 = 100_000.0;
/// For each exact key an entry holds.
const KEY_BONUS: f32 = 1_000.0;
const VERBATIM_BONUS: f32 = 10_000.0;

/// What is asked, of whom, for which day.
#[derive(Debug, Clone)]
pub struct Request<'a> {
    pub question: &'a str,
    pub region: Option<Region>,
    pub kind: Option<Kind>,
    pub as_of: Date,
    pub validity: ValidityFilter,
    pub limit: usize,
    pub offset: usize,
}

impl<'a> Request<'a> {
    /// The first ten hits in force on a day, wherever.
    pub fn new(question: &'a str, as_of: Date) -> Request<'a> {
        Request {
            question,
            region: None,
            kind: None,
            as_of,
            validity: ValidityFilter::Current,
            limit: 10,
            offset: 0,
        }
    }
}

/// By what a hit was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum MatchedBy {
    /// A document number, an article, a telephone number.
    Exact,
    /// The whole title or a similar question.
    Title,
    /// The question stands in the text as it was typed.
    Phrase,
    Words,
    Bigrams,
}

/// Whether an entry holds on the day asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum Validity {
    Current { until: Option<Date> },
    Upcoming { from: Option<Date> },
    Expired { until: Option<Date> },
    Superseded { by: Option<String> },
}

/// One ranked entry.
#[derive(Debug, Clone)]
pub struct Hit {
    pub shown: ShownEntry,
    pub score: f32,
    /// Share of the question's weight found in the entry, 0 to 1.
    pub confidence: f32,
    pub matched_by: Vec<MatchedBy>,
    pub region_level: RegionLevel,
    pub validity: Validity,
    pub snippet: Snippet,
    /// Ids of entries with the same text, collapsed into this hit.
    pub same_text: Vec<String>,
}

/// A page of hits.
#[derive(Debug, Clone, Default)]
pub struct Results {
    /// Hits that were ranked, at most [`CANDIDATES`].
    pub total: usize,
    pub hits: Vec<Hit>,
}

#[derive(Debug, Clone)]
struct Ranked {
    candidate: Candidate,
    same_text: Vec<Candidate>,
    score: f32,
    exact: Option<MatchedBy>,
    verbatim: bool,
}

/// Answers a request from a snapshot.
pub fn search(snapshot: &Snapshot, request: &Request<'_>) -> Result<Results, IndexError> {
    let question = Question::understand(snapshot.cutter(), request.question);
    if question.is_empty() {
        return Ok(Results::default());
    }
    let filter = Filter {
        as_of: day_number(request.as_of),
        validity: request.validity,
        region: request.region,
        kind: request.kind,
    };
    let ranked = collapse(rank(candidates(snapshot, &question, &filter)?));
    let total = ranked.len();
    let page = ranked.into_iter().skip(request.offset).take(request.limit);
    let needles = Needles::of(&question);
    let hits = page.map(|ranked| hit_of(snapshot, &needles, &filter, ranked)).collect::<Result<_, _>>()?;
    Ok(Results { total, hits })
}

/// Gathers candidates from every tier, each entry once.
fn candidates(snapshot: &Snapshot, question: &Question, filter: &Filter) -> Result<Vec<Ranked>, IndexError> {
    if !question.required.is_empty() || !question.excluded.is_empty() {
        return by_text(snapshot, question, filter, &Named::default());
    }
    let named = Named::find(snapshot, question, filter)?;
    match question.single_character() {
        None => by_text(snapshot, question, filter, &named),
        Some(character) => {
            let found = snapshot.with_character(character, filter, CANDIDATES)?;
            Ok(found.into_iter().map(|candidate| named.mark(candidate)).collect())
        }
    }
}

fn by_text(
    snapshot: &Snapshot,
    question: &Question,
    filter: &Filter,
    named: &Named,
) -> Result<Vec<Ranked>, IndexError> {
    let plan = question.plan(|area, term| snapshot.document_frequency(area, term));
    let found = snapshot.candidates(&plan, filter, CANDIDATES, &named.places())?;
    Ok(found.into_iter().map(|candidate| named.mark(candidate)).collect())
}

/// Entries the question leads to by more than its terms.
#[derive(Default)]
struct Named {
    /// By document number, article or telephone, with the number of keys held:
    /// 国办发 holds more of them than 办发.
    exact: HashMap<Place, u32>,
    by_title: Vec<Place>,
    verbatim: Vec<Place>,
}

impl Named {
    fn find(snapshot: &Snapshot, question: &Question, filter: &Filter) -> Result<Named, IndexError> {
        // Whoever names a document wants that one, in force or not.
        let any_validity = Filter { validity: ValidityFilter::All, ..*filter };
        let keys = question.named.keys();
        let mut exact = if keys.is_empty() { Vec::new() } else { snapshot.exact(&keys, &any_validity)? };
        exact.truncate(MOST_NAMED);
        let verbatim = match question.verbatim() {
            Some(phrase) => snapshot.with_phrase(&phrase, filter, CANDIDATES)?,
            None => Vec::new(),
        };
        let mut by_title = snapshot.by_title(&question.normalised.text, filter)?;
        by_title.truncate(MOST_NAMED);
        Ok(Named { exact: exact.into_iter().collect(), by_title, verbatim })
    }

    fn places(&self) -> Vec<Place> {
        self.exact.keys().chain(&self.by_title).chain(&self.verbatim).copied().collect()
    }

    /// The candidate with its rank above or among the others.
    fn mark(&self, candidate: Candidate) -> Ranked {
        let keys = self.exact.get(&candidate.place);
        let is_title = self.by_title.contains(&candidate.place);
        let verbatim = self.verbatim.contains(&candidate.place);
        let mut score = candidate.score;
        let exact = match (keys, is_title) {
            (Some(&keys), _) => {
                score += EXACT_BONUS + keys as f32 * KEY_BONUS;
                Some(MatchedBy::Exact)
            }
            (None, true) => {
                score += EXACT_BONUS;
                Some(MatchedBy::Title)
            }
            (None, false) => None,
        };
        if exact.is_none() && verbatim {
            score += VERBATIM_BONUS;
        }
        Ranked { candidate, same_text: Vec::new(), score, exact, verbatim }
    }
}

fn rank(mut found: Vec<Ranked>) -> Vec<Ranked> {
    for ranked in found.iter_mut().filter(|ranked| !ranked.candidate.is_current) {
        ranked.score -= 1.0;
    }
    found.sort_by(|a, b| b.score.total_cmp(&a.score).then(a.candidate.place.cmp(&b.candidate.place)));
    found
}

/// Identical texts count once: the first stays, one in force before one that is not.
fn collapse(found: Vec<Ranked>) -> Vec<Ranked> {
    let mut kept: Vec<Ranked> = Vec::with_capacity(found.len());
    let mut place: HashMap<u64, usize> = HashMap::new();
    for mut ranked in found {
        match place.get(&ranked.candidate.facts.text_hash) {
            None => {
                place.insert(ranked.candidate.facts.text_hash, kept.len());
                kept.push(ranked);
            }
            Some(&at) => {
                let first = &mut kept[at];
                if ranked.candidate.is_current && !first.candidate.is_current {
                    std::mem::swap(&mut first.candidate, &mut ranked.candidate);
                }
                first.same_text.push(ranked.candidate);
            }
        }
    }
    kept
}

fn hit_of(
    snapshot: &Snapshot,
    needles: &Needles,
    filter: &Filter,
    ranked: Ranked,
) -> Result<Hit, IndexError> {
    let shown = snapshot.shown(ranked.candidate.place)?;
    let found = needles.find(&shown.entry);
    let mut matched_by: Vec<MatchedBy> = ranked.exact.into_iter().collect();
    if ranked.verbatim {
        matched_by.push(MatchedBy::Phrase);
    }
    matched_by.extend(found.words.then_some(MatchedBy::Words));
    matched_by.extend(found.grams.then_some(MatchedBy::Bigrams));
    let confidence = if ranked.exact.is_some() { 1.0 } else { found.coverage };
    let same_text = ranked
        .same_text
        .iter()
        .map(|candidate| Ok(snapshot.shown(candidate.place)?.entry.id))
        .collect::<Result<_, IndexError>>()?;
    Ok(Hit {
        score: ranked.score,
        confidence,
        matched_by,
        region_level: shown.entry.region.level(),
        validity: validity_of(snapshot, &ranked.candidate, &shown, filter)?,
        snippet: found.snippet,
        same_text,
        shown,
    })
}

fn validity_of(
    snapshot: &Snapshot,
    candidate: &Candidate,
    shown: &ShownEntry,
    filter: &Filter,
) -> Result<Validity, IndexError> {
    let entry = &shown.entry;
    if candidate.facts.superseded || snapshot.has_newer_edition(candidate, filter.as_of) {
        let by = match &entry.superseded_by {
            Some(by) => Some(by.clone()),
            None => snapshot.current_edition(entry, filter)?,
        };
        Ok(Validity::Superseded { by })
    } else if candidate.facts.from > filter.as_of {
        Ok(Validity::Upcoming { from: entry.effective_from })
    } else if candidate.facts.until < filter.as_of {
        Ok(Validity::Expired { until: entry.expires_on })
    } else {
        Ok(Validity::Current { until: entry.expires_on })
    }
}
