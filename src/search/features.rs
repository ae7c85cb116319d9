//! The numbers of each candidate (`crate::ranking` names them): of the question
//! and the entry together, of the entry alone, and of its place among the other
//! candidates.

use std::collections::{HashMap, HashSet};

use super::meaning::Meaning;
use super::recollection::Recollection;
use super::terms::Terms;
use crate::entry::{Authority, Kind, RegionLevel};
use crate::index::{Among, Area, Candidate, Facts};
use crate::ranking::{CLASS_COUNT, Class, Row, descending};

/// Questions of this many terms count as long, as a citizen's letter is.
const LONG_QUESTION_TERMS: f32 = 24.0;
/// The day number the recency is counted from, and its span in years.
const RECENCY_FROM_YEAR: f32 = 1990.0;
const RECENCY_YEARS: f32 = 36.0;

/// How many of the best candidates say which class of entry is asked for.
const CLASS_VOTERS: usize = 30;

/// The class of an entry.
fn class_of(facts: &Facts) -> Class {
    match facts.kind {
        Kind::Policy if facts.document().is_some() => Class::Article,
        Kind::Policy => Class::Document,
        Kind::Guide => Class::Guide,
        Kind::Faq => Class::Faq,
    }
}

fn column(candidates: &[Candidate], area: Area) -> Vec<f32> {
    candidates.iter().map(|candidate| candidate.areas.by_area[area as usize]).collect()
}

/// 1 for the first of an order, falling as 1 / √rank; equals have one rank.
fn by_rank(order: &[usize], scores: &[f32]) -> Vec<f32> {
    let mut ranks: Vec<f32> = vec![0.0; order.len()];
    for (rank, &at) in order.iter().enumerate() {
        let before = rank.checked_sub(1).map(|before| order[before]);
        ranks[at] = match before.filter(|&before| scores[before] == scores[at]) {
            Some(equal) => ranks[equal],
            None => 1.0 / ((rank + 1) as f32).sqrt(),
        };
    }
    ranks
}

/// What the candidates of one law or one chapter hold together.
#[derive(Default, Clone, Copy)]
struct Together {
    /// Sum of their relative scores.
    score: f32,
    /// Bits of all their terms.
    held: u64,
}

impl Together {
    fn add(&mut self, score: f32, held: u64) {
        self.score += score;
        self.held |= held;
    }

    /// Score of the others beside one's own, on a scale that flattens.
    fn others(self, own: f32) -> f32 {
        (1.0 + (self.score - own).max(0.0)).ln() / 3.0
    }
}

/// The candidates in numbers.
pub(super) fn rows(
    terms: &Terms,
    candidates: &[Candidate],
    recalled: &Recollection<'_>,
    meaning: &Meaning<'_>,
) -> Vec<Row> {
    let most = terms.most();
    let text_score = |candidate: &Candidate| -> f32 {
        let by_area = &candidate.areas.by_area;
        by_area[Area::BodyWords as usize]
            + by_area[Area::BodyGrams as usize]
            + by_area[Area::AskWords as usize]
            + by_area[Area::AskGrams as usize]
            + 0.3 * (by_area[Area::TitleWords as usize] + by_area[Area::HeadingWords as usize])
    };
    let scores: Vec<f32> = candidates.iter().map(text_score).collect();
    let best = scores.iter().copied().fold(f32::MIN_POSITIVE, f32::max);
    let mut by_document: HashMap<u32, Together> = HashMap::new();
    let mut by_chapter: HashMap<u64, Together> = HashMap::new();
    let mut by_article: HashMap<(u32, u32), f32> = HashMap::new();
    for (candidate, score) in candidates.iter().zip(&scores) {
        let (facts, held) = (&candidate.facts, candidate.areas.terms);
        if let Some(document) = facts.document() {
            by_document.entry(document).or_default().add(score / best, held);
            by_chapter.entry(facts.chapter).or_default().add(score / best, held);
            let article = by_article.entry((document, facts.article_number)).or_default();
            *article = article.max(score / best);
        }
    }
    let order = descending(&scores);
    let text_rank = by_rank(&order, &scores);
    let rank_by = |area: Area| {
        let scores = column(candidates, area);
        by_rank(&descending(&scores), &scores)
    };
    let (word_rank, gram_rank) = (rank_by(Area::BodyWords), rank_by(Area::BodyGrams));
    let mut documents_seen = HashSet::new();
    let mut best_of_document = vec![false; candidates.len()];
    for &at in &order {
        best_of_document[at] =
            candidates[at].facts.document().is_some_and(|document| documents_seen.insert(document));
    }
    let mut class_share = [0.0; CLASS_COUNT];
    for &at in order.iter().take(CLASS_VOTERS) {
        class_share[class_of(&candidates[at].facts) as usize] += 1.0 / CLASS_VOTERS as f32;
    }
    let rarest = terms.rarest_word();
    let question_length = (terms.list.len() as f32 / LONG_QUESTION_TERMS).min(1.0);
    // By meaning neither counts. No long question is asked so: what tells long ones
    // apart would be learned from nothing. And what stands in an area is a matter
    // of words, which in a small library weigh next to nothing: the nearest entry
    // would come after any that shares one.
    let (length_share, area_share) = if meaning.is_known() { (0.0, 0.0) } else { (question_length, 1.0) };
    let run_places = terms.run.len().max(1) as f32;
    let most_near = Among::ALL.map(|among| meaning.most(among));
    candidates
        .iter()
        .zip(&scores)
        .enumerate()
        .map(|(at, (candidate, score))| {
            let area = |area: Area| area_share * candidate.areas.by_area[area as usize] / most;
            let flag = |is: bool| if is { 1.0 } else { 0.0 };
            let held = candidate.areas.terms;
            let facts = &candidate.facts;
            let words = terms.coverage(held, true);
            let run = terms.longest_run(held) as f32;
            let document = facts.document().map(|document| by_document[&document]).unwrap_or_default();
            let chapter = facts.document().map(|_| by_chapter[&facts.chapter]).unwrap_or_default();
            let neighbour = |number: u32| {
                let key = facts.document().map(|document| (document, number));
                key.and_then(|key| by_article.get(&key)).copied().unwrap_or(0.0)
            };
            let number = facts.article_number;
            let neighbours = match number {
                0 => 0.0,
                _ => neighbour(number.wrapping_sub(1)) + neighbour(number + 1),
            };
            let memory = recalled.of_entry(facts);
            let near = meaning.of_entry(candidate.place, facts);
            let year = if facts.from > 0 { facts.from as f32 / 10_000.0 } else { 2015.0 };
            let class = class_of(facts);
            let features = [
                area(Area::BodyWords),
                area(Area::BodyGrams),
                area(Area::AskWords),
                area(Area::AskGrams),
                area(Area::TitleWords),
                area(Area::HeadingWords),
                score / best,
                words,
                terms.coverage(held, false),
                flag(words > 0.999),
                run / run_places,
                (run / 10.0).min(1.0),
                (1.0 + facts.citations as f32).ln() / 5.0,
                ((year - RECENCY_FROM_YEAR) / RECENCY_YEARS).clamp(0.0, 1.0),
                (1.0 + candidate.body_length as f32).ln() / 8.0,
                flag(candidate.body_length < 12),
                (1.0 + candidate.ask_length as f32).ln() / 4.0,
                flag(facts.region.level() != RegionLevel::National),
                1.0,
                document.others(score / best),
                length_share * area(Area::BodyWords),
                length_share * area(Area::AskWords),
                (1.0 - question_length) * area(Area::TitleWords),
                flag(facts.authority == Authority::Law),
                flag(facts.authority == Authority::Regulation),
                flag(facts.authority == Authority::Judicial),
                flag(facts.is_general),
                text_rank[at],
                word_rank[at],
                gram_rank[at],
                flag(best_of_document[at]),
                class_share[class as usize],
                flag(rarest.is_some_and(|bit| held >> bit & 1 == 1)),
                words * words,
                terms.synonym_share(held),
                terms.synonym_weight(held),
                terms.concept_coverage(held),
                (1.0 + facts.article_citations as f32).ln() / 3.0,
                chapter.others(score / best),
                neighbours / 2.0,
                terms.coverage(chapter.held, true),
                terms.coverage(document.held, true),
                question_length,
                terms.law,
                area_share * best / most,
                memory.likeness,
                memory.support,
                memory.rank,
                memory.document,
                memory.chapter,
                memory.used.entry / 3.0,
                memory.used.document / 5.0,
                memory.used.chapter / 4.0,
                recalled.most,
                near.nearness,
                near.standing,
                near.rank,
                near.lead,
                near.margin,
                flag(near.is_known),
                most_near[Among::Others as usize],
                memory.near,
                memory.near_rank,
                memory.near_document,
                memory.near_chapter,
                recalled.nearest,
                most_near[Among::Articles as usize],
            ];
            Row { class, features }
        })
        .collect()
}
