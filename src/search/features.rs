//! What is known about a candidate, as named numbers of about the same size:
//! of the question and the entry together, of the entry alone, and of its place
//! among the other candidates. The ranker is a weighted sum of these.

use std::collections::{HashMap, HashSet};

use super::terms::Terms;
use crate::entry::{Kind, RegionLevel};
use crate::index::{Area, Authority, Candidate, Facts};

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
    "class" "这类条目"
    "document_agrees" "同一文件的其他条款也相关"
    "long_question_words" "长问题：正文里的词"
    "long_question_ask" "长问题：标准问里的词"
    "short_question_title" "短问题：文件名里的词"
    "is_law" "法律"
    "is_regulation" "条例"
    "is_judicial" "司法解释"
    "is_general" "总则、附则"
    "text_rank" "按文字排第几"
    "word_rank" "按正文的词排第几"
    "gram_rank" "按正文的字对排第几"
    "best_of_document" "本文件中最相关的一条"
    "class_agrees" "排在前面的多是同类条目"
    "rarest_word" "有问题里最少见的词"
    "squared_coverage" "问题的词覆盖多少（平方）"
    "synonyms" "同义词（公文用词）"
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

/// How many of the best candidates say which class of entry is asked for.
const CLASS_VOTERS: usize = 30;

/// Entries of different style, each with weights of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// An article of a law.
    Article,
    /// A policy that is no article: a notice, an explanation.
    Document,
    Guide,
    Faq,
}

/// How many classes there are.
pub const CLASS_COUNT: usize = 4;

impl Class {
    /// All classes, in the order of their weights.
    pub const ALL: [Class; CLASS_COUNT] = [Class::Article, Class::Document, Class::Guide, Class::Faq];

    fn of(facts: &Facts) -> Class {
        match facts.kind {
            Kind::Policy if facts.document().is_some() => Class::Article,
            Kind::Policy => Class::Document,
            Kind::Guide => Class::Guide,
            Kind::Faq => Class::Faq,
        }
    }
}

/// A candidate in numbers, with its class.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    pub class: Class,
    pub features: FeatureVector,
}

fn column(candidates: &[Candidate], area: Area) -> Vec<f32> {
    candidates.iter().map(|candidate| candidate.areas.by_area[area as usize]).collect()
}

/// Places in falling order of score, the earlier first among equals.
fn descending(scores: &[f32]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..scores.len()).collect();
    order.sort_by(|&a, &b| scores[b].total_cmp(&scores[a]).then(a.cmp(&b)));
    order
}

/// 1 for the first of an order, falling as 1 / √rank.
fn by_rank(order: &[usize]) -> Vec<f32> {
    let mut ranks = vec![0.0; order.len()];
    for (rank, &at) in order.iter().enumerate() {
        ranks[at] = 1.0 / ((rank + 1) as f32).sqrt();
    }
    ranks
}

/// The candidates in numbers.
pub(super) fn rows(
    terms: &Terms,
    candidates: &[Candidate],
    remembered: &HashMap<crate::index::Place, Remembered>,
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
    let mut by_document: HashMap<u32, f32> = HashMap::new();
    for (candidate, score) in candidates.iter().zip(&scores) {
        if let Some(document) = candidate.facts.document() {
            *by_document.entry(document).or_default() += score / best;
        }
    }
    let order = descending(&scores);
    let text_rank = by_rank(&order);
    let word_rank = by_rank(&descending(&column(candidates, Area::BodyWords)));
    let gram_rank = by_rank(&descending(&column(candidates, Area::BodyGrams)));
    let mut documents_seen = HashSet::new();
    let mut best_of_document = vec![false; candidates.len()];
    for &at in &order {
        best_of_document[at] =
            candidates[at].facts.document().is_some_and(|document| documents_seen.insert(document));
    }
    let mut class_share = [0.0; CLASS_COUNT];
    for &at in order.iter().take(CLASS_VOTERS) {
        class_share[Class::of(&candidates[at].facts) as usize] += 1.0 / CLASS_VOTERS as f32;
    }
    let rarest = terms.rarest_word();
    let question_length = (terms.list.len() as f32 / LONG_QUESTION_TERMS).min(1.0);
    let run_places = terms.run.len().max(1) as f32;
    candidates
        .iter()
        .zip(&scores)
        .enumerate()
        .map(|(at, (candidate, score))| {
            let area = |area: Area| candidate.areas.by_area[area as usize] / most;
            let flag = |is: bool| if is { 1.0 } else { 0.0 };
            let held = candidate.areas.terms;
            let facts = &candidate.facts;
            let words = terms.coverage(held, true);
            let run = terms.longest_run(held) as f32;
            let others = facts.document().map_or(0.0, |document| by_document[&document] - score / best);
            let year = if facts.from > 0 { facts.from as f32 / 10_000.0 } else { 2015.0 };
            let class = Class::of(facts);
            let memory = remembered.get(&candidate.place).copied().unwrap_or_default();
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
                (1.0 + others).ln() / 3.0,
                question_length * area(Area::BodyWords),
                question_length * area(Area::AskWords),
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
                memory.nearest,
                memory.sum,
            ];
            Row { class, features }
        })
        .collect()
}
