//! Candidates → ranked hits: exact names first, then the verbatim question,
//! then the sum of text scores and the standing of the document. Identical
//! texts and superseded editions are collapsed.

use std::collections::HashMap;

use jiff::civil::Date;
use serde::Serialize;

use super::highlight::{self, Snippet};
use super::question::Question;
use crate::entry::{Kind, Region, RegionLevel};
use crate::index::{Candidate, Filter, IndexError, Plan, ShownEntry, Snapshot, ValidityFilter, day_number};

/// Candidates looked at more closely.
const CANDIDATES: usize = 200;
/// Weight of ln(1 + citations of the law in the library): measured on the
/// labelled questions (`../shared/chinese-search.md`).
const CITATION_WEIGHT: f32 = 2.0;
/// A rank above every text score: an exact name, then a verbatim find.
const EXACT_BONUS: f32 = 100_000.0;
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
    let hits = page.map(|ranked| hit_of(snapshot, &question, &filter, ranked)).collect::<Result<_, _>>()?;
    Ok(Results { total, hits })
}

/// Gathers candidates from every tier, each entry once.
fn candidates(snapshot: &Snapshot, question: &Question, filter: &Filter) -> Result<Vec<Ranked>, IndexError> {
    let mut gathered = Gathered::default();
    if question.required.is_empty() && question.excluded.is_empty() {
        // Whoever names a document wants that one, in force or not.
        let any_validity = Filter { validity: ValidityFilter::All, ..*filter };
        let named = &question.named;
        for keys in [&named.documents, &named.articles, &named.phones] {
            if !keys.is_empty() {
                gathered.add(snapshot.exact(keys, &any_validity, 20)?, Some(MatchedBy::Exact), false);
            }
        }
        let by_title = snapshot.by_title(&question.normalised.text, filter, 20)?;
        gathered.add(by_title, Some(MatchedBy::Title), false);
        if let Some(character) = question.single_character() {
            gathered.add(snapshot.with_character(character, filter, CANDIDATES)?, None, false);
            return Ok(gathered.found);
        }
        if let Some(phrase) = question.verbatim() {
            let plan = Plan { required: vec![phrase], ..Plan::default() };
            gathered.add(snapshot.candidates(&plan, filter, CANDIDATES)?, None, true);
        }
    }
    let plan = question.plan(|area, term| snapshot.document_frequency(area, term));
    gathered.add(snapshot.candidates(&plan, filter, CANDIDATES)?, None, false);
    Ok(gathered.found)
}

#[derive(Default)]
struct Gathered {
    found: Vec<Ranked>,
    place: HashMap<(u32, u32), usize>,
}

impl Gathered {
    fn add(&mut self, candidates: Vec<Candidate>, exact: Option<MatchedBy>, verbatim: bool) {
        let is_text = exact.is_none() && !verbatim;
        for candidate in candidates {
            let at = *self.place.entry(candidate.key()).or_insert_with(|| {
                self.found.push(Ranked { candidate, same_text: Vec::new(), score: 0.0, exact, verbatim });
                self.found.len() - 1
            });
            let ranked = &mut self.found[at];
            ranked.exact = ranked.exact.or(exact);
            ranked.verbatim |= verbatim;
            if is_text {
                ranked.score = candidate.score;
            } else if exact == Some(MatchedBy::Exact) {
                // Longer names match more keys: 国办发 before 办发.
                ranked.score = ranked.score.max(candidate.score);
            }
        }
    }
}

fn rank(mut found: Vec<Ranked>) -> Vec<Ranked> {
    for ranked in &mut found {
        ranked.score += CITATION_WEIGHT * (1.0 + ranked.candidate.citations as f32).ln();
        if ranked.exact.is_some() {
            ranked.score += EXACT_BONUS;
        } else if ranked.verbatim {
            ranked.score += VERBATIM_BONUS;
        }
        if !ranked.candidate.is_current {
            ranked.score -= 1.0;
        }
    }
    found.sort_by(|a, b| b.score.total_cmp(&a.score).then(a.candidate.key().cmp(&b.candidate.key())));
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
    question: &Question,
    filter: &Filter,
    ranked: Ranked,
) -> Result<Hit, IndexError> {
    let shown = snapshot.fetch(&ranked.candidate)?;
    let found = highlight::find(question, &shown.entry);
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
        .map(|candidate| Ok(snapshot.fetch(candidate)?.entry.id))
        .collect::<Result<_, IndexError>>()?;
    Ok(Hit {
        score: ranked.score,
        confidence,
        matched_by,
        region_level: shown.entry.region.level(),
        validity: validity_of(snapshot, &ranked.candidate, &shown, filter.as_of),
        snippet: found.snippet,
        same_text,
        shown,
    })
}

fn validity_of(snapshot: &Snapshot, candidate: &Candidate, shown: &ShownEntry, as_of: i32) -> Validity {
    let entry = &shown.entry;
    if candidate.facts.superseded || snapshot.has_newer_edition(candidate, as_of) {
        Validity::Superseded { by: entry.superseded_by.clone() }
    } else if candidate.facts.from > as_of {
        Validity::Upcoming { from: entry.effective_from }
    } else if candidate.facts.until < as_of {
        Validity::Expired { until: entry.expires_on }
    } else {
        Validity::Current { until: entry.expires_on }
    }
}
