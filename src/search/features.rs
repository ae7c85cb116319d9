//! The numbers of each candidate (`crate::ranking` names them): of the question
//! and the entry together, and of its place among the other candidates.

use std::collections::HashMap;

use super::meaning::Meaning;
use super::recollection::Recollection;
use super::terms::{HeldByText, Terms};
use crate::entry::RegionLevel;
use crate::index::{Candidate, Cut, Facts, Pool, Snapshot};
use crate::ranking::{CandidateFeatures, Feature, FeatureVector};

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

/// How the candidates that are articles stand together: by law, chapter and number.
struct Articles {
    by_document: HashMap<u32, Together>,
    by_chapter: HashMap<u64, Together>,
    by_number: HashMap<(u32, u32), f32>,
}

impl Articles {
    fn new(candidates: &[Candidate], relative: &[f32]) -> Articles {
        let mut articles =
            Articles { by_document: HashMap::new(), by_chapter: HashMap::new(), by_number: HashMap::new() };
        for (candidate, &relative) in candidates.iter().zip(relative) {
            let (facts, held) = (&candidate.facts, candidate.scores.terms);
            if let Some(document) = facts.document() {
                articles.by_document.entry(document).or_default().add(relative, held);
                articles.by_chapter.entry(facts.chapter).or_default().add(relative, held);
                let article = articles.by_number.entry((document, facts.article_number)).or_default();
                *article = article.max(relative);
            }
        }
        articles
    }

    fn add_to(&self, features: &mut FeatureVector, facts: &Facts, relative: f32, terms: &Terms) {
        let Some(document) = facts.document() else { return };
        let (law, chapter) = (self.by_document[&document], self.by_chapter[&facts.chapter]);
        let number = facts.article_number;
        let of_number = |number: u32| self.by_number.get(&(document, number)).copied().unwrap_or(0.0);
        if number > 0 {
            let neighbours = of_number(number.wrapping_sub(1)) + of_number(number + 1);
            features[Feature::Neighbours] = neighbours / 2.0;
        }
        features[Feature::ChapterAgrees] = chapter.others(relative);
        features[Feature::DocumentAgrees] = law.others(relative);
        features[Feature::ChapterCoverage] = terms.coverage(chapter.held, Cut::Word, Pool::Articles);
        features[Feature::Citations] = (1.0 + facts.citations as f32).ln() / 5.0;
        features[Feature::ArticleCitations] = (1.0 + facts.article_citations as f32).ln() / 3.0;
    }
}

fn flag(is: bool) -> f32 {
    if is { 1.0 } else { 0.0 }
}

/// Of the texts an entry is asked by, the one that is most like the question:
/// what it holds of the question, and how much of it is the question's.
fn add_asked<'l>(features: &mut FeatureVector, terms: &Terms, texts: impl Iterator<Item = HeldByText> + 'l) {
    for text in texts.filter(|text| text.held != 0) {
        let concepts = terms.concept_coverage(text.held, Pool::Others);
        let bigrams = terms.coverage(text.held, Cut::Bigram, Pool::Others);
        let covered = (concepts + bigrams) / 2.0;
        let likeness = 2.0 * covered * text.share / (covered + text.share).max(f32::MIN_POSITIVE);
        if likeness > features[Feature::AskedMatch] {
            features[Feature::AskedMatch] = likeness;
            features[Feature::AskedConcepts] = concepts;
        }
    }
}

/// What is known of a question beside its terms.
pub(super) struct Context<'c> {
    pub snapshot: &'c Snapshot,
    pub recalled: &'c Recollection<'c>,
    pub meaning: &'c Meaning<'c>,
    /// Whether the caller's region is known: then whatever is found applies there.
    pub is_region_known: bool,
}

/// The candidates in numbers, and the highest share of all that BM25F can give.
pub(super) fn features(
    context: &Context<'_>,
    terms: &Terms,
    candidates: &[Candidate],
) -> (Vec<CandidateFeatures>, f32) {
    let most = Pool::ALL.map(|pool| terms.most(pool));
    let text_score = |candidate: &Candidate| candidate.scores.sum() / most[candidate.facts.pool() as usize];
    let scores: Vec<f32> = candidates.iter().map(text_score).collect();
    let best = scores.iter().copied().fold(f32::MIN_POSITIVE, f32::max);
    let relative: Vec<f32> = scores.iter().map(|score| score / best).collect();
    let articles = Articles::new(candidates, &relative);
    let run_places = terms.run.len().max(1) as f32;
    let index = terms.index();
    let of_candidate = |(candidate, &relative): (&Candidate, &f32)| {
        let (facts, held) = (&candidate.facts, candidate.scores.terms);
        let pool = facts.pool();
        let mut values = FeatureVector::default();
        values[Feature::RelativeScore] = relative;
        values[Feature::WordCoverage] = terms.coverage(held, Cut::Word, pool);
        values[Feature::BigramCoverage] = terms.coverage(held, Cut::Bigram, pool);
        values[Feature::ConceptCoverage] = terms.concept_coverage(held, pool);
        values[Feature::LongestRun] = terms.longest_run(held) as f32 / run_places;
        values[Feature::SynonymWeight] = terms.synonym_weight(held, pool);
        values[Feature::HasScript] = flag(facts.has_script);
        match pool {
            Pool::Articles => {
                let (title, headings) = (candidate.scores.title_terms, candidate.scores.heading_terms);
                values[Feature::TitleConcepts] = terms.concept_coverage(title, pool);
                values[Feature::HeadingConcepts] = terms.concept_coverage(headings, pool);
                let is_national = facts.region.level() == RegionLevel::National;
                values[Feature::AppliesToCaller] = flag(context.is_region_known || is_national);
                articles.add_to(&mut values, facts, relative, terms);
            }
            Pool::Others => {
                let texts = context.snapshot.asked_texts(candidate.place);
                add_asked(&mut values, terms, texts.map(|letters| terms.held_by(&index, letters)));
            }
        }
        add_memory(&mut values, context.recalled, facts);
        let near = context.meaning.of_entry(candidate.place, facts);
        values[Feature::Meaning] = near.nearness;
        values[Feature::MeaningStanding] = near.standing;
        values[Feature::MeaningRank] = near.rank;
        values[Feature::MeaningMargin] = near.margin;
        CandidateFeatures { values, is_article: pool == Pool::Articles }
    };
    (candidates.iter().zip(&relative).map(of_candidate).collect(), best)
}

/// What like questions were answered with.
fn add_memory(values: &mut FeatureVector, recalled: &Recollection<'_>, facts: &Facts) {
    let memory = recalled.of_entry(facts);
    values[Feature::MemoryLikeness] = memory.likeness;
    values[Feature::MemorySupport] = memory.support;
    values[Feature::MemoryRank] = memory.rank;
    values[Feature::MemoryDocument] = memory.document;
    values[Feature::MemoryChapter] = memory.chapter;
    values[Feature::Usage] = memory.used.entry / 3.0;
    values[Feature::DocumentUsage] = memory.used.document / 5.0;
    values[Feature::ChapterUsage] = memory.used.chapter / 4.0;
    values[Feature::MemoryMeaning] = memory.near;
    values[Feature::MemoryMeaningRank] = memory.near_rank;
    values[Feature::MemoryMeaningDocument] = memory.near_document;
    values[Feature::MemoryMeaningChapter] = memory.near_chapter;
}
