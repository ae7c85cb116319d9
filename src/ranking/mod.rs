//! The ranker's data: features with a weight each, and how certain a hit is.
//! Weights are data: shipped ones are fit on labelled questions of many sources
//! (`docs/quality.md`), learned ones replace them, and they travel with the index
//! generation. What the features are worth for a candidate is worked out in
//! `search`.

mod calibration;
mod feature;
mod rankings;

pub use calibration::{CONFIDENCE_INPUTS, Confidence, ConfidenceInputs};
pub use feature::{CandidateFeatures, FEATURE_COUNT, Feature, FeatureGroup, FeatureVector};
pub use rankings::{Rankings, RankingsFile};

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Weights of the ranker as they stand in a file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RankingFile {
    /// What it was fit on, for people.
    pub fitted_on: String,
    /// By feature name, what it counts among all entries; none is negative.
    pub weights: BTreeMap<String, f32>,
    /// The same among articles of laws.
    pub article_weights: BTreeMap<String, f32>,
    /// By input name: how sure a hit is.
    #[serde(default)]
    pub confidence: BTreeMap<String, f32>,
}

/// The ranker. All entries stand on one scale; among themselves, articles of laws are
/// ordered by weights of their own, which know the law around an article and how
/// often it is cited, and never move an article before or behind anything else.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Ranking {
    /// What each feature counts among all entries.
    pub weights: FeatureVector,
    /// What each counts among articles.
    pub article_weights: FeatureVector,
    pub confidence: Confidence,
}

/// Weights that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum RankingError {
    #[error(transparent)]
    Json(#[from] serde_json::Error),
    #[error("排序权重不能用：没有特征 {0}")]
    UnknownFeature(String),
    #[error("排序权重不能用：{0} 是负数，对得越多反而越靠后")]
    Negative(String),
}

impl Ranking {
    /// The text of the weights that ship with the program.
    pub fn shipped() -> &'static str {
        include_str!("ranking.json")
    }

    /// The text of the weights that ship for questions whose direction is known.
    pub fn shipped_by_meaning() -> &'static str {
        include_str!("ranking_meaning.json")
    }

    /// What is begun from before anything is learned, the same for every kind of
    /// entry and set by hand from what was tried on sources left out
    /// (`docs/quality.md`); with `by_meaning`, for questions whose direction is known.
    pub fn prior(by_meaning: bool) -> Ranking {
        const MATCH: [(Feature, f32); 8] = [
            (Feature::RelativeScore, 6.0),
            (Feature::BigramCoverage, 5.0),
            (Feature::ConceptCoverage, 2.0),
            (Feature::LongestRun, 1.5),
            (Feature::AskedMatch, 5.0),
            (Feature::AskedConcepts, 1.0),
            (Feature::MemoryLikeness, 6.0),
            (Feature::MemoryRank, 1.0),
        ];
        const MEANING: [(Feature, f32); 3] =
            [(Feature::MeaningStanding, 4.0), (Feature::MeaningRank, 2.0), (Feature::MeaningMargin, 1.0)];
        let mut ranking = Ranking::default();
        for &(feature, weight) in MATCH.iter().chain(if by_meaning { &MEANING[..] } else { &[] }) {
            ranking.weights[feature] = weight;
            ranking.article_weights[feature] = weight;
        }
        // Of what matches alike, what an editor wrote for being read out stands first.
        ranking.weights[Feature::HasScript] = 0.3;
        ranking
    }

    /// Reads weights from a file's text.
    pub fn parse(text: &str) -> Result<Ranking, RankingError> {
        Ranking::of_file(&serde_json::from_str(text)?)
    }

    /// Scores of a question's candidates. Articles share out what they score beside
    /// other entries by how they stand among themselves: the best one gets the
    /// highest of their scores, and so on.
    pub fn scores(&self, candidates: &[CandidateFeatures]) -> Vec<f32> {
        let score = |weights: &FeatureVector, candidate: &CandidateFeatures| -> f32 {
            weights.products(&candidate.values).sum()
        };
        let mut scores: Vec<f32> =
            candidates.iter().map(|candidate| score(&self.weights, candidate)).collect();
        let articles: Vec<usize> = (0..candidates.len()).filter(|&at| candidates[at].is_article).collect();
        let beside_others: Vec<f32> = articles.iter().map(|&at| scores[at]).collect();
        let among_articles: Vec<f32> =
            articles.iter().map(|&at| score(&self.article_weights, &candidates[at])).collect();
        for (better, place) in descending(&among_articles).into_iter().zip(descending(&beside_others)) {
            scores[articles[better]] = beside_others[place];
        }
        scores
    }

    /// What each feature adds to a candidate's score; of an article, to its score
    /// among articles.
    pub fn contributions(&self, candidate: &CandidateFeatures) -> FeatureVector {
        let weights = if candidate.is_article { &self.article_weights } else { &self.weights };
        let mut by_feature = FeatureVector::default();
        by_feature.0.iter_mut().zip(weights.products(&candidate.values)).for_each(|(sum, more)| *sum = more);
        by_feature
    }

    /// As it is written to a file, weights rounded to a thousandth.
    pub fn to_file(&self, fitted_on: &str) -> RankingFile {
        RankingFile {
            fitted_on: fitted_on.to_owned(),
            weights: named(&self.weights),
            article_weights: named(&self.article_weights),
            confidence: self.confidence.to_file(),
        }
    }

    /// From a file: features it does not name count nothing.
    pub fn of_file(file: &RankingFile) -> Result<Ranking, RankingError> {
        Ok(Ranking {
            weights: from_names(&file.weights)?,
            article_weights: from_names(&file.article_weights)?,
            confidence: Confidence::of_file(&file.confidence),
        })
    }
}

/// Weights by their features' names, rounded.
fn named(weights: &FeatureVector) -> BTreeMap<String, f32> {
    let rounded = |weight: f32| (weight * 1000.0).round() / 1000.0;
    Feature::ALL.iter().map(|&feature| (feature.name().to_owned(), rounded(weights[feature]))).collect()
}

/// Weights from their features' names.
fn from_names(file: &BTreeMap<String, f32>) -> Result<FeatureVector, RankingError> {
    let mut weights = FeatureVector::default();
    for (name, &weight) in file {
        let feature = Feature::ALL.iter().find(|feature| feature.name() == name);
        let &feature = feature.ok_or_else(|| RankingError::UnknownFeature(name.clone()))?;
        // Not a number is no weight either.
        if weight.is_nan() || weight < 0.0 {
            return Err(RankingError::Negative(name.clone()));
        }
        weights[feature] = weight;
    }
    Ok(weights)
}

/// Places in falling order of score, the earlier first among equals.
pub fn descending(scores: &[f32]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..scores.len()).collect();
    order.sort_by(|&a, &b| scores[b].total_cmp(&scores[a]).then(a.cmp(&b)));
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_weights_name_every_feature() {
        for text in [Ranking::shipped(), Ranking::shipped_by_meaning()] {
            let file: RankingFile = serde_json::from_str(text).unwrap();
            for feature in Feature::ALL {
                let name = feature.name();
                assert!(file.weights.contains_key(name) && file.article_weights.contains_key(name), "{name}");
            }
            let ranking = Ranking::of_file(&file).unwrap();
            // Compared whole: printing either would fill the terminal.
            assert!(ranking.to_file(&file.fitted_on) == file, "reading and writing change the weights");
        }
    }

    #[test]
    fn a_weight_that_punishes_a_match_is_refused() {
        let file = |name: &str, weight: f32| RankingFile {
            fitted_on: String::new(),
            weights: [(name.to_owned(), weight)].into(),
            article_weights: BTreeMap::new(),
            confidence: BTreeMap::new(),
        };
        assert!(matches!(
            Ranking::of_file(&file("word_coverage", -0.1)),
            Err(RankingError::Negative(name)) if name == "word_coverage"
        ));
        assert!(matches!(Ranking::of_file(&file("word_coverage", f32::NAN)), Err(RankingError::Negative(_))));
        assert!(matches!(
            Ranking::of_file(&file("local", 1.0)),
            Err(RankingError::UnknownFeature(name)) if name == "local"
        ));
        assert!(Ranking::of_file(&file("word_coverage", 0.1)).is_ok());
    }

    #[test]
    fn articles_change_places_among_themselves_only() {
        let mut ranking = Ranking::default();
        ranking.weights[Feature::BigramCoverage] = 1.0;
        ranking.article_weights[Feature::Citations] = 1.0;
        let candidate = |is_article, matches: f32, citations: f32| {
            let mut values = FeatureVector::default();
            values[Feature::BigramCoverage] = matches;
            values[Feature::Citations] = citations;
            CandidateFeatures { values, is_article }
        };
        let candidates = [
            candidate(true, 0.9, 0.0),
            candidate(false, 0.8, 9.0),
            candidate(true, 0.7, 1.0),
            candidate(false, 0.6, 0.0),
        ];
        assert_eq!(ranking.scores(&candidates), [0.7, 0.8, 0.9, 0.6]);
    }
}
