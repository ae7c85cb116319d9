//! What is known about a candidate, as named numbers of about the same size:
//! of the question and the entry together, of the entry alone, and of its place
//! among the other candidates. The ranker is a weighted sum of these.

use std::collections::HashMap;

use super::terms::Terms;
use crate::entry::{Kind, RegionLevel};
use crate::index::{Area, Candidate};

/// A number of the ranker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Feature {
    /// Its name in weights and replies.
    pub name: &'static str,
    /// What it says, for editors.
    pub label: &'static str,
}

/// How many features there are.
pub const FEATURE_COUNT: usize = FEATURES.len();

/// A candidate in numbers, in the order of [`FEATURES`].
pub type FeatureVector = [f32; FEATURE_COUNT];

macro_rules! features {
    ($($name:literal $label:literal)*) => {
        /// All features.
        pub const FEATURES: &[Feature] = &[$(Feature { name: $name, label: $label }),*];
    };
}

features! {
    "body_words" "正文里的词"
    "body_grams" "正文里的字对"
    "ask_words" "标准问、相似问里的词"
    "ask_grams" "标准问、相似问里的字对"
    "title_words" "文件名里的词"
    "heading_words" "章节名里的词"
    "relative_score" "与得分最高者之比"
    "word_coverage" "问题的词覆盖多少"
    "gram_coverage" "问题的字对覆盖多少"
    "full_coverage" "问题的词全部都有"
    "longest_run" "连着相同的字占问题多少"
    "long_run" "连着相同的字有多长"
    "citations" "文件被引用多少次"
    "recency" "施行得多晚"
    "body_length" "正文长度"
    "short_body" "正文太短"
    "ask_length" "标准问、相似问长度"
    "local" "地方性文件"
    "is_guide" "办事指南"
    "is_faq" "问答"
    "is_document" "整篇文件"
    "document_agrees" "同一文件的其他条款也相关"
    "faq_body_words" "问答正文里的词"
    "faq_coverage" "问答的词覆盖多少"
    "guide_coverage" "指南的词覆盖多少"
    "long_question_words" "长问题：正文里的词"
    "long_question_ask" "长问题：标准问里的词"
    "short_question_title" "短问题：文件名里的词"
    "memory_nearest" "最像的已答问题有多像"
    "memory_sum" "相似的已答问题合计"
}

/// What adopted answers say about a candidate.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Remembered {
    /// Similarity of the nearest question answered with the entry, 0 to 1.
    pub nearest: f32,
    /// Sum over such questions, weighted by how often and how recently.
    pub sum: f32,
}

/// Questions of this many terms count as long, as a citizen's letter is.
const LONG_QUESTION_TERMS: f32 = 24.0;
/// The day number the recency is counted from, and its span in years.
const RECENCY_FROM_YEAR: f32 = 1990.0;
const RECENCY_YEARS: f32 = 36.0;

/// The candidates in numbers.
pub(super) fn features(
    terms: &Terms,
    candidates: &[Candidate],
    remembered: &HashMap<crate::index::Place, Remembered>,
) -> Vec<FeatureVector> {
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
    let mut by_document: HashMap<u32, f32> = HashMap::new();
    for (candidate, score) in candidates.iter().zip(&scores) {
        if let Some(document) = candidate.facts.document() {
            *by_document.entry(document).or_default() += score / best;
        }
    }
    let question_length = (terms.list.len() as f32 / LONG_QUESTION_TERMS).min(1.0);
    let run_places = terms.run.len().max(1) as f32;
    candidates
        .iter()
        .zip(&scores)
        .map(|(candidate, score)| {
            let area = |area: Area| candidate.areas.by_area[area as usize] / most;
            let flag = |is: bool| if is { 1.0 } else { 0.0 };
            let held = candidate.areas.terms;
            let facts = &candidate.facts;
            let words = terms.coverage(held, true);
            let run = terms.longest_run(held) as f32;
            let others = facts.document().map_or(0.0, |document| by_document[&document] - score / best);
            let year = if facts.from > 0 { facts.from as f32 / 10_000.0 } else { 2015.0 };
            let is_faq = flag(facts.kind == Kind::Faq);
            let is_guide = flag(facts.kind == Kind::Guide);
            let memory = remembered.get(&candidate.place).copied().unwrap_or_default();
            [
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
                (1.0 + candidate.citations as f32).ln() / 5.0,
                ((year - RECENCY_FROM_YEAR) / RECENCY_YEARS).clamp(0.0, 1.0),
                (1.0 + candidate.body_length as f32).ln() / 8.0,
                flag(candidate.body_length < 12),
                (1.0 + candidate.ask_length as f32).ln() / 4.0,
                flag(facts.region.level() != RegionLevel::National),
                is_guide,
                is_faq,
                flag(facts.kind == Kind::Policy && facts.document().is_none()),
                (1.0 + others).ln() / 3.0,
                is_faq * area(Area::BodyWords),
                is_faq * words,
                is_guide * words,
                question_length * area(Area::BodyWords),
                question_length * area(Area::AskWords),
                (1.0 - question_length) * area(Area::TitleWords),
                memory.nearest,
                memory.sum,
            ]
        })
        .collect()
}
