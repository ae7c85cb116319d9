//! The ranker: a weighted sum of features. Weights are data: shipped ones fit
//! on the labelled questions (`docs/quality.md`), and learned ones replace them.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

use super::features::{CLASS_COUNT, FEATURE_COUNT, FEATURES, FeatureVector, Row};

/// Weights of the ranker as they stand in a file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RankingFile {
    /// What it was fit on, for people.
    pub fitted_on: String,
    /// By feature name, a weight for each class of entry in the order of
    /// [`Class::ALL`].
    pub weights: BTreeMap<String, [f32; CLASS_COUNT]>,
}

/// The ranker: for each class of entry its weights in the order of the features.
#[derive(Debug, Clone, PartialEq)]
pub struct Ranking {
    pub weights: [FeatureVector; CLASS_COUNT],
}

static SHIPPED: LazyLock<Ranking> = LazyLock::new(|| {
    let file: Option<RankingFile> = serde_json::from_str(include_str!("ranking.json")).ok();
    file.map_or(Ranking { weights: [[0.0; FEATURE_COUNT]; CLASS_COUNT] }, |file| Ranking::from(&file))
});

impl Ranking {
    /// The weights that ship with the program.
    pub fn shipped() -> &'static Ranking {
        &SHIPPED
    }

    /// A candidate's score.
    pub fn score(&self, row: &Row) -> f32 {
        self.contributions(row).sum()
    }

    /// What each feature adds to a candidate's score, in the order of the features.
    pub fn contributions(&self, row: &Row) -> impl Iterator<Item = f32> {
        self.weights[row.class as usize].iter().zip(&row.features).map(|(weight, value)| weight * value)
    }

    /// As it is written to a file, weights rounded to a thousandth.
    pub fn to_file(&self, fitted_on: &str) -> RankingFile {
        let weights_of = |at: usize| self.weights.map(|weights| (weights[at] * 1000.0).round() / 1000.0);
        let weights = FEATURES.iter().enumerate();
        RankingFile {
            fitted_on: fitted_on.to_owned(),
            weights: weights.map(|(at, feature)| (feature.name.to_owned(), weights_of(at))).collect(),
        }
    }
}

impl From<&RankingFile> for Ranking {
    /// Features the file does not name count nothing.
    fn from(file: &RankingFile) -> Ranking {
        let mut weights = [[0.0; FEATURE_COUNT]; CLASS_COUNT];
        for (at, feature) in FEATURES.iter().enumerate() {
            let by_class = file.weights.get(feature.name).copied().unwrap_or_default();
            weights.iter_mut().zip(by_class).for_each(|(of_class, weight)| of_class[at] = weight);
        }
        Ranking { weights }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_weights_name_every_feature() {
        let file: RankingFile = serde_json::from_str(include_str!("ranking.json")).unwrap();
        for feature in FEATURES {
            assert!(file.weights.contains_key(feature.name), "{}", feature.name);
        }
        assert_eq!(Ranking::from(&file).to_file(&file.fitted_on), file);
    }
}
