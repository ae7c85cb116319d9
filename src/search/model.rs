//! The ranker: a weighted sum of features. Weights are data: shipped ones fit
//! on the labelled questions (`docs/quality.md`), and learned ones replace them.

use std::collections::{BTreeMap, HashMap};
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
    /// By word or bigram: how much it tells, 1 where nothing is known.
    #[serde(default)]
    pub telling: BTreeMap<String, f32>,
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

impl Default for ClassWeights {
    fn default() -> ClassWeights {
        ClassWeights([[0.0; FEATURE_COUNT]; CLASS_COUNT])
    }
}

/// The ranker: for each class of entry its weights in the order of the features.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Ranking {
    pub weights: ClassWeights,
    pub telling: Telling,
}

/// How much the terms of questions tell about their answers: laypeople's words
/// for the scene (朋友, 老板) are rare in laws and would weigh most by idf, yet
/// the right entry seldom holds them. Learned from answered questions.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Telling {
    factors: HashMap<String, f32>,
}

impl Telling {
    /// From factors by term.
    pub fn new(factors: HashMap<String, f32>) -> Telling {
        Telling { factors }
    }

    /// Factors that differ from 1 by enough to matter, in hundredths.
    fn rounded(&self) -> BTreeMap<String, f32> {
        let telling = self.factors.iter().filter(|(_, factor)| (**factor - 1.0).abs() > 0.05);
        telling.map(|(term, factor)| (term.clone(), (factor * 100.0).round() / 100.0)).collect()
    }

    /// Factor on a term's weight.
    pub fn of(&self, term: &str) -> f32 {
        self.factors.get(term).copied().unwrap_or(1.0)
    }
}

static SHIPPED: LazyLock<Ranking> = LazyLock::new(|| {
    let file: Option<RankingFile> = serde_json::from_str(include_str!("ranking.json")).ok();
    file.map_or_else(Ranking::default, |file| Ranking::from(&file))
});

impl Ranking {
    /// The weights that ship with the program.
    pub fn shipped() -> &'static Ranking {
        &SHIPPED
    }

    /// As it is written to a file, weights rounded to a thousandth.
    pub fn to_file(&self, fitted_on: &str) -> RankingFile {
        let weights_of = |at: usize| self.weights.0.map(|weights| (weights[at] * 1000.0).round() / 1000.0);
        let weights = FEATURES.iter().enumerate();
        RankingFile {
            fitted_on: fitted_on.to_owned(),
            weights: weights.map(|(at, feature)| (feature.name.to_owned(), weights_of(at))).collect(),
            telling: self.telling.rounded(),
        }
    }
}

impl From<&RankingFile> for Ranking {
    /// Features the file does not name count nothing.
    fn from(file: &RankingFile) -> Ranking {
        let mut weights = ClassWeights::default();
        for (at, feature) in FEATURES.iter().enumerate() {
            let by_class = file.weights.get(feature.name).copied().unwrap_or_default();
            weights.0.iter_mut().zip(by_class).for_each(|(of_class, weight)| of_class[at] = weight);
        }
        let telling =
            Telling::new(file.telling.iter().map(|(term, factor)| (term.clone(), *factor)).collect());
        Ranking { weights, telling }
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
