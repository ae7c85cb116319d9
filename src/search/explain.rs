//! Why a hit stands where it does: what each feature added to its score.

use serde::Serialize;

use super::rank::Hit;
use crate::index::Snapshot;
use crate::ranking::FEATURES;

/// What one feature added.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Contribution {
    pub feature: &'static str,
    /// The feature in an editor's words.
    pub label: &'static str,
    pub value: f32,
    /// Value × weight, and what the trees add for it.
    pub contribution: f32,
}

/// The features that mattered for a hit, the strongest first.
pub fn explain(snapshot: &Snapshot, hit: &Hit) -> Vec<Contribution> {
    let Some(row) = &hit.row else { return Vec::new() };
    let ranking = snapshot.ranking(hit.by_meaning);
    let contributions =
        FEATURES.iter().zip(&row.features).zip(ranking.contributions(row, hit.seen.as_deref()));
    let mut explained: Vec<Contribution> = contributions
        .map(|((feature, &value), contribution)| Contribution {
            feature: feature.name,
            label: feature.label,
            value,
            contribution,
        })
        .filter(|explained| explained.contribution.abs() >= 0.005)
        .collect();
    explained.sort_by(|a, b| b.contribution.abs().total_cmp(&a.contribution.abs()));
    explained
}
