//! Candidates → ranked hits: exact names first, then what was adopted for this very
//! question, then the verbatim question, then the ranker's score. Identical
//! texts and superseded editions are collapsed.

use std::collections::HashMap;

use jiff::civil::Date;
use serde::Serialize;

use super::confidence::{Searched, confidence_inputs};
use super::doubt::{has_answer_by_meaning, leaves_doubt};
use super::features::{self, Context};
use super::grouping::{KindGroup, by_kind};
use super::highlight::{Needles, Snippet};
use super::meaning::{Meaning, Oracle};
use super::named::{Named, Ranked};
use super::question::{Question, Wording};
use super::recollection::{Recollection, Remembering};
use super::sound;
use super::terms::Terms;
use crate::curation::Placed;
use crate::entry::{Kind, Region, RegionLevel};
use crate::index::{
    Candidate, Filter, IndexError, Place, ShownEntry, Snapshot, ValidityFilter, Within, day_number,
};
use crate::meaning::Vector;
use crate::ranking::{CandidateFeatures, Feature, Ranking};

/// So many articles of laws, and so many other entries, are looked at more closely.
pub(super) const CANDIDATES: usize = 120;
/// What is not in force comes after all that is, but for what the question names:
/// more than the ranker's scores differ, less than an exact key counts.
const NOT_IN_FORCE: f32 = 500.0;

/// From this likeness of an answered question on a hit says that it was adopted.
const LEAST_ADOPTED: f32 = 0.4;
/// From these on a hit says that it was found by meaning.
const LEAST_STANDING: f32 = 0.3;
const LEAST_ADOPTED_NEAR: f32 = 0.6;

/// What is asked, of whom, for which day.
#[derive(Debug, Clone)]
pub struct Request<'a> {
    pub question: &'a str,
    pub region: Option<Region>,
    pub kind: Option<Kind>,
    pub as_of: Date,
    pub validity: ValidityFilter,
    pub wording: Wording,
    /// What the caller may find; none where that is not limited.
    pub within: Option<&'a Within>,
    /// What editors put first for this question, and what they hide.
    pub placed: Option<&'a Placed>,
    /// Who tells a question's direction where its words leave doubt; none: it
    /// is asked by its words alone.
    pub oracle: Option<&'a dyn Oracle>,
    pub limit: usize,
    pub offset: usize,
    /// Whether the ranking is wanted by kind as well, `limit` hits of each.
    pub by_kind: bool,
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
            wording: Wording::AsTyped,
            within: None,
            placed: None,
            oracle: None,
            limit: 10,
            offset: 0,
            by_kind: false,
        }
    }
}

/// By what a hit was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum MatchedBy {
    /// An editor put it first for this question.
    Pinned,
    /// A document number, an article, a telephone number.
    Exact,
    /// The whole title or a similar question.
    Title,
    /// The question stands in the text as it was typed.
    Phrase,
    Words,
    Bigrams,
    /// Another word for something in the question stands in the entry.
    Synonyms,
    /// It was adopted as the answer to a question like this one.
    Adopted,
    /// What letters of the question spell (shebaoka, sbk) stands in the entry.
    Pinyin,
    /// What sounds like characters of the question stands in the entry.
    Sound,
    /// It means nearly what the question does.
    Meaning,
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
    /// Probability that the entry answers the question, 0 to 1.
    pub confidence: f32,
    /// Share of the question's words that stand in the entry, 0 to 1.
    pub coverage: f32,
    /// The entry in numbers; none where a single character was asked for.
    pub features: Option<CandidateFeatures>,
    /// Whether the question was asked by its meaning as well.
    pub by_meaning: bool,
    pub matched_by: Vec<MatchedBy>,
    pub region_level: RegionLevel,
    pub validity: Validity,
    pub snippet: Snippet,
    /// Ids of entries with the same text, collapsed into this hit.
    pub same_text: Vec<String>,
}

impl Hit {
    /// Whether it is this entry, or another with the same text.
    pub fn is(&self, id: &str) -> bool {
        self.shown.entry.id == id || self.same_text.iter().any(|same| same == id)
    }
}

/// A page of hits.
#[derive(Debug, Clone, Default)]
pub struct Results {
    /// Hits that were ranked, at most [`CANDIDATES`].
    pub total: usize,
    pub hits: Vec<Hit>,
    /// The whole ranking by kind, where that was asked for.
    pub groups: Vec<KindGroup>,
}

/// Answers a request from a snapshot.
pub fn search(snapshot: &Snapshot, request: &Request<'_>) -> Result<Results, IndexError> {
    search_for(snapshot, &understand(snapshot, request)?, request)
}

/// Understands a request's question, written as it sounds where it has to be.
pub(super) fn understand(snapshot: &Snapshot, request: &Request<'_>) -> Result<Question, IndexError> {
    let asked = Question::understand(snapshot.cutter(), request.question);
    let heard = sound::hear(snapshot, asked, &filter_of(request, &[]))?;
    let synonyms = request.placed.and_then(|placed| placed.synonyms.clone());
    Ok(Question { wording: request.wording, synonyms, ..heard })
}

fn filter_of<'a>(request: &Request<'a>, hidden: &'a [Place]) -> Filter<'a> {
    Filter {
        as_of: day_number(request.as_of),
        validity: request.validity,
        region: request.region,
        kind: request.kind,
        within: request.within,
        hidden,
    }
}

/// The same for a question that is understood already.
pub(super) fn search_for(
    snapshot: &Snapshot,
    question: &Question,
    request: &Request<'_>,
) -> Result<Results, IndexError> {
    if question.is_empty() {
        return Ok(Results::default());
    }
    let hidden = places(snapshot, request.placed.map_or(&[], |placed| &placed.hides))?;
    let filter = filter_of(request, &hidden);
    let mut pins = places(snapshot, request.placed.map_or(&[], |placed| &placed.pins))?;
    pins.retain(|pin| snapshot.is_accepted(*pin, &filter));
    let remembering = Remembering { memory: snapshot.memory(), usage: snapshot.usage(), without: None };
    let ranked_by = |direction: Option<&Vector>| -> Result<Vec<Ranked>, IndexError> {
        let ranking = snapshot.ranking(direction.is_some());
        let knowing = Knowing { remembering, direction };
        let gathered = gather(snapshot, question, &filter, &knowing, &pins)?;
        let searched = gathered.searched;
        let mut ranked = collapse(rank(gathered, ranking));
        let shown = if request.by_kind { ranked.len() } else { request.offset + request.limit };
        tell_confidence(&mut ranked, ranking, searched, shown);
        Ok(ranked)
    };
    let mut ranked = ranked_by(None)?;
    let direction = match request.oracle {
        Some(oracle) if leaves_doubt(question, &ranked) && has_answer_by_meaning(snapshot) => {
            oracle.direction(&question.normalised.text)
        }
        _ => None,
    };
    if let Some(direction) = &direction {
        ranked = ranked_by(Some(direction))?;
    }
    let by_meaning = direction.is_some();
    let total = ranked.len();
    let groups = if request.by_kind { by_kind(&ranked, request.limit) } else { Vec::new() };
    let page = ranked.into_iter().skip(request.offset).take(request.limit);
    let needles = Needles::of(question, snapshot.cutter());
    let heard_by = sound::matched_by(question);
    let hit = |ranked| hit_of(snapshot, &needles, (heard_by, by_meaning), &filter, ranked);
    let hits = page.map(hit).collect::<Result<_, _>>()?;
    let group = |(kind, total, ranked): (Kind, usize, Vec<Ranked>)| {
        Ok(KindGroup { kind, total, hits: ranked.into_iter().map(hit).collect::<Result<_, _>>()? })
    };
    let groups = groups.into_iter().map(group).collect::<Result<_, IndexError>>()?;
    Ok(Results { total, hits, groups })
}

/// Where entries stand in a snapshot; those it does not hold are left out.
fn places(snapshot: &Snapshot, ids: &[String]) -> Result<Vec<Place>, IndexError> {
    let places = ids.iter().map(|id| snapshot.place_of(id));
    places.filter_map(Result::transpose).collect()
}

/// The candidates of a question in numbers, as the ranker and its learning see
/// them.
pub struct Gathered {
    pub candidates: Vec<Candidate>,
    pub features: Vec<CandidateFeatures>,
    pub searched: Searched,
    named: Named,
}

/// What is known besides the question and the entries.
#[derive(Clone, Copy)]
pub struct Knowing<'k> {
    pub remembering: Remembering<'k>,
    /// The question's; none where it is asked by its words alone.
    pub direction: Option<&'k Vector>,
}

/// Gathers the candidates of a question.
pub fn gather(
    snapshot: &Snapshot,
    question: &Question,
    filter: &Filter,
    knowing: &Knowing<'_>,
    pins: &[Place],
) -> Result<Gathered, IndexError> {
    let has_operators = question.has_operators();
    let mut named =
        if has_operators { Named::default() } else { Named::find(snapshot, question, filter, CANDIDATES)? };
    if let (Some(character), false) = (question.single_character(), has_operators) {
        let candidates = snapshot.with_character(character, filter, CANDIDATES)?;
        let searched = Searched { terms: 1, best_text: 0.0, unknown: 0.0, entries: snapshot.entries() };
        return Ok(Gathered { candidates, features: Vec::new(), searched, named });
    }
    if !has_operators {
        named.pinned = pins.to_vec();
        named.asked_before = knowing.remembering.answers_to(question, snapshot, filter);
    }
    let terms = Terms::weigh(question, snapshot);
    let (recollection, meaning) = match has_operators {
        true => (Recollection::nothing(), Meaning::unknown()),
        false => (
            Recollection::of(&knowing.remembering, question, knowing.direction, snapshot, filter),
            Meaning::of(snapshot, knowing.direction, filter),
        ),
    };
    let mut forced = named.places();
    forced.extend(&recollection.forced);
    forced.extend(&meaning.forced);
    let mut candidates = snapshot.candidates(&terms.plan(question), filter, CANDIDATES, &forced)?;
    candidates
        .retain(|candidate| terms.is_match(candidate.scores.terms) || forced.contains(&candidate.place));
    let holds_all = |candidate: &Candidate| terms.holds_run(candidate.scores.terms);
    if !has_operators && !question.is_short() && candidates.iter().any(holds_all) {
        named.find_verbatim(snapshot, question, filter, CANDIDATES)?;
    }
    let is_region_known = filter.region.is_some();
    let context = Context { snapshot, recalled: &recollection, meaning: &meaning, is_region_known };
    let (features, best_text) = features::features(&context, &terms, &candidates);
    let (terms, unknown) = (terms.list.len(), terms.unknown);
    let searched = Searched { terms, best_text, unknown, entries: snapshot.entries() };
    Ok(Gathered { candidates, features, searched, named })
}

/// Scores and orders the candidates.
fn rank(gathered: Gathered, ranking: &Ranking) -> Vec<Ranked> {
    let Gathered { candidates, features, named, .. } = gathered;
    let scores = ranking.scores(&features);
    let mut scored = features.into_iter().zip(scores);
    let mut ranked: Vec<Ranked> = candidates
        .into_iter()
        .map(|candidate| match scored.next() {
            Some((features, score)) => named.mark(candidate, Some(features), score),
            None => named.mark(candidate, None, candidate.scores.sum()),
        })
        .collect();
    for ranked in ranked.iter_mut().filter(|ranked| !ranked.candidate.is_current) {
        ranked.score -= NOT_IN_FORCE;
    }
    ranked
        .sort_by(|a, b| b.score.total_cmp(&a.score).then(a.candidate.facts.seq.cmp(&b.candidate.facts.seq)));
    ranked
}

/// Tells how certain each hit is that will be shown.
fn tell_confidence(ranked: &mut [Ranked], ranking: &Ranking, searched: Searched, shown: usize) {
    let judged: Vec<usize> = (0..ranked.len()).filter(|&at| ranked[at].features.is_some()).collect();
    let features: Vec<&CandidateFeatures> =
        judged.iter().filter_map(|&at| ranked[at].features.as_ref()).collect();
    let scores: Vec<f32> = judged.iter().map(|&at| ranked[at].model_score).collect();
    let told: Vec<(usize, f32)> = judged
        .iter()
        .enumerate()
        .filter(|&(_, &at)| at < shown && ranked[at].exact.is_none())
        .map(|(place, &at)| {
            (at, ranking.confidence.of(&confidence_inputs(&features, &scores, place, searched)))
        })
        .collect();
    for &(at, confidence) in &told {
        ranked[at].confidence = confidence;
    }
    // Where agents found the answer to this very question, it is at least as sure as
    // whatever the ranker would have shown in its place.
    let surest = told.iter().map(|(_, confidence)| *confidence).fold(0.0, f32::max);
    if let Some(first) = ranked.first_mut().filter(|first| first.is_asked_before && first.exact.is_none()) {
        first.confidence = surest;
    }
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
    (heard_by, by_meaning): (Option<MatchedBy>, bool),
    filter: &Filter,
    ranked: Ranked,
) -> Result<Hit, IndexError> {
    let shown = snapshot.shown(ranked.candidate.place)?;
    let found = needles.find(&shown.entry);
    let mut matched_by: Vec<MatchedBy> = heard_by.filter(|_| found.heard).into_iter().collect();
    matched_by.extend(ranked.exact);
    if ranked.verbatim {
        matched_by.push(MatchedBy::Phrase);
    }
    matched_by.extend(found.words.then_some(MatchedBy::Words));
    matched_by.extend(found.grams.then_some(MatchedBy::Bigrams));
    let value = |feature| ranked.features.as_ref().map_or(0.0, |features| features.values[feature]);
    matched_by.extend((value(Feature::SynonymWeight) > 0.0).then_some(MatchedBy::Synonyms));
    let remembered = value(Feature::MemoryLikeness);
    // What its text does not match at all came in by its memory alone.
    let by_memory = remembered >= LEAST_ADOPTED || matched_by.is_empty() && remembered > 0.0;
    matched_by.extend(by_memory.then_some(MatchedBy::Adopted));
    let is_near = value(Feature::MeaningRank) > 0.0 && value(Feature::MeaningStanding) >= LEAST_STANDING;
    let is_near_adopted =
        value(Feature::MemoryMeaningRank) > 0.0 && value(Feature::MemoryMeaning) >= LEAST_ADOPTED_NEAR;
    matched_by.extend(
        (is_near || is_near_adopted || by_meaning && matched_by.is_empty()).then_some(MatchedBy::Meaning),
    );
    let same_text = ranked
        .same_text
        .iter()
        .map(|candidate| Ok(snapshot.shown(candidate.place)?.entry.id))
        .collect::<Result<_, IndexError>>()?;
    Ok(Hit {
        score: ranked.score,
        confidence: ranked.confidence,
        coverage: found.coverage,
        features: ranked.features,
        by_meaning,
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
    if snapshot.is_superseded(candidate, filter.as_of) || snapshot.has_newer_edition(candidate, filter.as_of)
    {
        let by = match &entry.superseded_by {
            Some(by) => Some(by.clone()),
            None => match snapshot.successor(candidate.place) {
                Some(by) => Some(by.to_owned()),
                None => snapshot.current_edition(entry, filter)?,
            },
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
