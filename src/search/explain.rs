//! Why a hit stands where it does: what each feature added to its score.

use serde::Serialize;

use super::rank::Hit;
use crate::index::Snapshot;
use crate::ranking::Feature;

/// What one feature added.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Contribution {
    pub feature: &'static str,
    /// The feature in an editor's words.
    pub label: &'static str,
    pub value: f32,
    /// Value × weight.
    pub contribution: f32,
}

/// The features that mattered for a hit, the strongest first.
pub fn explain(snapshot: &Snapshot, hit: &Hit) -> Vec<Contribution> {
    let Some(features) = &hit.features else { return Vec::new() };
    let ranking = snapshot.ranking(hit.by_meaning);
    let contributions = ranking.contributions(features);
    let mut explained: Vec<Contribution> = Feature::ALL
        .iter()
        .map(|&feature| Contribution {
            feature: feature.name(),
            label: feature.label(),
            value: features.values[feature],
            contribution: contributions[feature],
        })
        .filter(|explained| explained.contribution.abs() >= 0.005)
        .collect();
    explained.sort_by(|a, b| b.contribution.abs().total_cmp(&a.contribution.abs()));
    explained
}
