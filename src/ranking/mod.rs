//! The ranker's data: named features with a weight for each class of entry, how
//! much words tell, and how certain a hit is. Weights are data: shipped ones are
//! fit on labelled questions (`docs/quality.md`), learned ones replace them, and
//! they travel with the index generation. What the features are worth for a
//! candidate is worked out in `search`.

mod forest;
mod rankings;
mod telling;

pub use forest::{Forest, ForestError, ForestFile, ForestInput, INPUT_COUNT, Node, inputs};

pub use rankings::{Rankings, RankingsFile};
pub use telling::{QuestionTelling, Telling, Tells};

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

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
    "synonym_weight" "同义词有多少分量"
    "concept_coverage" "问题的意思（原词或同义词）覆盖多少"
    "article_citations" "本条被引用多少次"
    "chapter_agrees" "同一章的其他条款也相关"
    "neighbours" "前后条款也相关"
    "chapter_coverage" "本章合起来覆盖问题多少"
    "document_coverage" "本文件合起来覆盖问题多少"
    "question_length" "问题有多长"
    "law_question" "像是问法律的"
    "best_score" "候选里最高的文字得分"
    "memory_likeness" "与已答过的问题最像的程度"
    "memory_support" "像的已答问题有多少"
    "memory_rank" "在已答问题里排第几"
    "memory_document" "同一文件答过像的问题"
    "memory_chapter" "同一章答过像的问题"
    "usage" "本条答过多少问题"
    "document_usage" "本文件答过多少问题"
    "chapter_usage" "本章答过多少问题"
    "memory_most" "有没有像的已答问题"
    "meaning" "意思相近的程度"
    "meaning_standing" "意思比别的条目近多少"
    "meaning_rank" "按意思排第几"
    "meaning_lead" "意思比最近的差多少"
    "meaning_margin" "意思最近，且比第二近多少"
    "meaning_known" "比过意思"
    "meaning_most" "有没有意思很近的问题、标题"
    "memory_meaning" "与已答过的问题意思相近的程度"
    "memory_meaning_rank" "按意思在已答问题里排第几"
    "memory_meaning_document" "同一文件答过意思相近的问题"
    "memory_meaning_chapter" "同一章答过意思相近的问题"
    "memory_meaning_most" "有没有意思相近的已答问题"
    "meaning_most_article" "有没有意思很近的法条"
}

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
}

/// A candidate in numbers, with its class.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    pub class: Class,
    pub features: FeatureVector,
}

impl Row {
    /// The value of a feature.
    pub fn value(&self, name: &str) -> f32 {
        self.features[place_of(name)]
    }
}

/// A feature's place in [`FEATURES`]. Names stand in this program's own code:
/// one that is no feature is a mistake in it, and panics.
pub fn place_of(name: &str) -> usize {
    let place = FEATURES.iter().position(|feature| feature.name == name);
    place.unwrap_or_else(|| panic!("no feature is called {name}"))
}

/// Weights of the ranker as they stand in a file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RankingFile {
    /// What it was fit on, for people.
    pub fitted_on: String,
    /// By feature name, for each [`Field`] a weight for each class of entry in
    /// the order of [`Class::ALL`].
    pub weights: BTreeMap<String, [[f32; CLASS_COUNT]; FIELD_COUNT]>,
    /// By word or bigram: how much it tells in each field, and in which it is
    /// asked; under the empty word, of all questions.
    #[serde(default)]
    pub telling: BTreeMap<String, Tells>,
    /// By input name: how sure a hit is.
    #[serde(default)]
    pub confidence: BTreeMap<String, f32>,
    /// Trees that correct the score of the best candidates, for each field.
    #[serde(default)]
    pub forests: [ForestFile; FIELD_COUNT],
}

/// For each class of entry its weights, in the order of the features.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ClassWeights(pub [FeatureVector; CLASS_COUNT]);

impl ClassWeights {
    /// A candidate's score.
    pub fn score(&self, row: &Row) -> f32 {
        self.contributions(row).sum()
    }

    /// What each feature adds to a candidate's score, in the order of the features.
    pub fn contributions(&self, row: &Row) -> impl Iterator<Item = f32> {
        self.0[row.class as usize].iter().zip(&row.features).map(|(weight, value)| weight * value)
    }
}

impl std::ops::Add for ClassWeights {
    type Output = ClassWeights;

    fn add(mut self, more: ClassWeights) -> ClassWeights {
        for (own, more) in self.0.iter_mut().flatten().zip(more.0.iter().flatten()) {
            *own += more;
        }
        self
    }
}

impl Default for ClassWeights {
    fn default() -> ClassWeights {
        ClassWeights([[0.0; FEATURE_COUNT]; CLASS_COUNT])
    }
}

/// The ranker: for each field its weights and its trees.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Ranking {
    /// In the order of [`Field`], as the trees are.
    pub weights: [ClassWeights; FIELD_COUNT],
    pub telling: Telling,
    pub confidence: Confidence,
    pub forests: [Forest; FIELD_COUNT],
}

/// What a question is about, told from its words (`law_question`): each has
/// weights of its own, since what makes an article right does not make an
/// answer right.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    /// Asked as questions are that an article of a law answers.
    Law,
    /// Asked as those are that a guide, an answer or a notice answers.
    Service,
}

/// How many fields there are.
pub const FIELD_COUNT: usize = 2;

impl Field {
    /// Both, in their order.
    pub const ALL: [Field; FIELD_COUNT] = [Field::Law, Field::Service];

    /// Of the question with these candidates.
    pub fn of(rows: &[Row]) -> Field {
        let is_law = rows.first().is_some_and(|row| row.value("law_question") >= 0.5);
        if is_law { Field::Law } else { Field::Service }
    }
}

/// So many of the best candidates by linear score are looked at by the trees.
pub const BEST_CANDIDATES: usize = 64;

/// A candidate's score.
#[derive(Debug, Clone, PartialEq)]
pub struct Scored {
    pub score: f32,
    /// What the trees saw of it, where they looked.
    pub seen: Option<Box<ForestInput>>,
}

/// Weights that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum RankingError {
    #[error(transparent)]
    Json(#[from] serde_json::Error),
    #[error(transparent)]
    Forest(#[from] ForestError),
}

impl Ranking {
    /// The text of the weights that ship with the program.
    pub fn shipped() -> &'static str {
        include_str!("ranking.json")
    }

    /// The same for small libraries, learned from one as well.
    pub fn shipped_for_small() -> &'static str {
        include_str!("ranking_small.json")
    }

    /// The text of the weights that ship for questions whose direction is known.
    pub fn shipped_by_meaning() -> &'static str {
        include_str!("ranking_meaning.json")
    }

    /// The same where articles of laws have directions as well, learned from a small
    /// library too.
    pub fn shipped_by_meaning_of_laws() -> &'static str {
        include_str!("ranking_laws.json")
    }

    /// Reads weights from a file's text.
    pub fn parse(text: &str) -> Result<Ranking, RankingError> {
        Ranking::of_file(&serde_json::from_str(text)?)
    }

    /// Scores of a question's candidates: the weighted sum, corrected by the
    /// trees for the best of them.
    pub fn scores(&self, rows: &[Row]) -> Vec<Scored> {
        self.scores_in(Field::of(rows), rows)
    }

    /// The same as if the question were of this field.
    pub fn scores_in(&self, field: Field, rows: &[Row]) -> Vec<Scored> {
        let field = field as usize;
        let linear: Vec<f32> = rows.iter().map(|row| self.weights[field].score(row)).collect();
        let mut scores: Vec<Scored> = linear.iter().map(|&score| Scored { score, seen: None }).collect();
        let best = Best::of(rows, &linear);
        let forest = &self.forests[field];
        for (place, input) in best.places.into_iter().zip(best.inputs) {
            scores[place].score += forest.score(&input);
            scores[place].seen = Some(Box::new(input));
        }
        scores
    }

    /// What each feature adds to a candidate's score, in the order of the features.
    pub fn contributions(&self, row: &Row, seen: Option<&ForestInput>) -> FeatureVector {
        let field = Field::of(std::slice::from_ref(row)) as usize;
        let of_trees = |input: &ForestInput| self.forests[field].contributions(input);
        let mut by_feature = seen.map_or([0.0; FEATURE_COUNT], of_trees);
        by_feature
            .iter_mut()
            .zip(self.weights[field].contributions(row))
            .for_each(|(sum, more)| *sum += more);
        by_feature
    }

    /// As it is written to a file, weights rounded to a thousandth.
    pub fn to_file(&self, fitted_on: &str) -> RankingFile {
        let rounded = |weight: f32| (weight * 1000.0).round() / 1000.0;
        let weights_of = |at: usize| {
            self.weights.each_ref().map(|of_field| of_field.0.map(|weights| rounded(weights[at])))
        };
        let weights = FEATURES.iter().enumerate();
        RankingFile {
            fitted_on: fitted_on.to_owned(),
            weights: weights.map(|(at, feature)| (feature.name.to_owned(), weights_of(at))).collect(),
            telling: self.telling.to_file(),
            confidence: CONFIDENCE_INPUTS
                .iter()
                .zip(self.confidence.weights)
                .map(|(name, weight)| ((*name).to_owned(), (weight * 1000.0).round() / 1000.0))
                .collect(),
            forests: self.forests.each_ref().map(Forest::to_file),
        }
    }

    /// From a file: features it does not name count nothing.
    pub fn of_file(file: &RankingFile) -> Result<Ranking, RankingError> {
        let mut weights = <[ClassWeights; FIELD_COUNT]>::default();
        for (at, feature) in FEATURES.iter().enumerate() {
            let by_field = file.weights.get(feature.name).copied().unwrap_or_default();
            for (of_field, by_class) in weights.iter_mut().zip(by_field) {
                of_field.0.iter_mut().zip(by_class).for_each(|(of_class, weight)| of_class[at] = weight);
            }
        }
        let telling = Telling::of_file(&file.telling);
        let mut confidence = Confidence::default();
        for (name, weight) in CONFIDENCE_INPUTS.iter().zip(&mut confidence.weights) {
            *weight = file.confidence.get(*name).copied().unwrap_or(0.0);
        }
        let [law, service] = &file.forests;
        let forests = [Forest::of_file(law)?, Forest::of_file(service)?];
        Ok(Ranking { weights, telling, confidence, forests })
    }
}

/// Places in falling order of score, the earlier first among equals.
pub fn descending(scores: &[f32]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..scores.len()).collect();
    order.sort_by(|&a, &b| scores[b].total_cmp(&scores[a]).then(a.cmp(&b)));
    order
}

/// A question's best candidates by linear score, as the trees see them.
#[derive(Debug, Clone)]
pub struct Best {
    /// Places among the candidates, best first.
    pub places: Vec<usize>,
    /// Beside the places.
    pub inputs: Vec<ForestInput>,
}

impl Best {
    /// The best of candidates with these linear scores.
    pub fn of(rows: &[Row], linear: &[f32]) -> Best {
        let mut places = descending(linear);
        places.truncate(BEST_CANDIDATES);
        let best: Vec<&Row> = places.iter().map(|&at| &rows[at]).collect();
        let scores: Vec<f32> = places.iter().map(|&at| linear[at]).collect();
        Best { inputs: inputs(&best, &scores), places }
    }
}

/// What the certainty of a hit is told from.
pub const CONFIDENCE_INPUTS: [&str; 16] = [
    "always",
    "share_of_softmax",
    "lead_over_next",
    "word_coverage",
    "gram_coverage",
    "longest_run",
    "question_length",
    "is_article",
    "is_faq",
    "concept_coverage",
    "memory_likeness",
    "meaning_standing",
    "meaning_margin",
    "memory_meaning",
    "library_size",
    "unknown_words",
];

/// Values of the inputs, in their order.
pub type ConfidenceInputs = [f32; CONFIDENCE_INPUTS.len()];

/// A logistic model: the probability that a hit answers the question.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Confidence {
    pub weights: ConfidenceInputs,
}

impl Confidence {
    /// Between 0 and 1.
    pub fn of(&self, inputs: &ConfidenceInputs) -> f32 {
        let sum: f32 = self.weights.iter().zip(inputs).map(|(weight, value)| weight * value).sum();
        1.0 / (1.0 + (-sum).exp())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_weights_name_every_feature() {
        for text in [
            Ranking::shipped(),
            Ranking::shipped_for_small(),
            Ranking::shipped_by_meaning(),
            Ranking::shipped_by_meaning_of_laws(),
        ] {
            let file: RankingFile = serde_json::from_str(text).unwrap();
            for feature in FEATURES {
                assert!(file.weights.contains_key(feature.name), "{}", feature.name);
            }
            let ranking = Ranking::of_file(&file).unwrap();
            // Compared whole: printing either would fill the terminal.
            assert!(ranking.to_file(&file.fitted_on) == file, "reading and writing change the weights");
        }
    }
}
