//! The ranker: a weighted sum of features. Weights are data: shipped ones fit
//! on the labelled questions (`docs/quality.md`), and learned ones replace them.

use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

use super::features::{FEATURE_COUNT, FEATURES, FeatureVector};

/// Weights of the ranker by feature name, and what it knows of its own certainty.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RankingFile {
    /// What it was fit on, for people.
    pub fitted_on: String,
    pub weights: std::collections::BTreeMap<String, f32>,
}

/// Weights in the order of the features.
#[derive(Debug, Clone, PartialEq)]
pub struct Ranking {
    pub weights: FeatureVector,
}

static SHIPPED: LazyLock<Ranking> = LazyLock::new(|| {
    let file: Option<RankingFile> = serde_json::from_str(include_str!("ranking.json")).ok();
    file.map_or(Ranking { weights: [0.0; FEATURE_COUNT] }, |file| Ranking::from(&file))
});

impl Ranking {
    /// The weights that ship with the program.
    pub fn shipped() -> &'static Ranking {
        &SHIPPED
    }

    /// A candidate's score.
    pub fn score(&self, features: &FeatureVector) -> f32 {
        self.weights.iter().zip(features).map(|(weight, value)| weight * value).sum()
    }

    /// As it is written to a file.
    pub fn to_file(&self, fitted_on: &str) -> RankingFile {
        let weights = FEATURES.iter().zip(self.weights);
        RankingFile {
            fitted_on: fitted_on.to_owned(),
            weights: weights.map(|(feature, weight)| (feature.name.to_owned(), weight)).collect(),
        }
    }
}

impl From<&RankingFile> for Ranking {
    /// Features the file does not name count nothing.
    fn from(file: &RankingFile) -> Ranking {
        let mut weights = [0.0; FEATURE_COUNT];
        for (feature, weight) in FEATURES.iter().zip(&mut weights) {
            *weight = file.weights.get(feature.name).copied().unwrap_or(0.0);
        }
        Ranking { weights }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_weights_name_every_feature_but_memory() {
        let file: RankingFile = serde_json::from_str(include_str!("ranking.json")).unwrap();
        for feature in FEATURES {
            assert!(file.weights.contains_key(feature.name), "{}", feature.name);
        }
        assert_eq!(Ranking::from(&file).to_file(&file.fitted_on), file);
    }
}
