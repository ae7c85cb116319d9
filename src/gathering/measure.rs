//! How well questions are put together, against questions of which is known
//! what they mean: B-cubed, the mean over questions of how much of a question's
//! group means the same, and how much of what means the same is in its group.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::Arc;

use serde::Serialize;

use super::clusters::Clusters;
use super::likeness::{Pieces, Scale};
use crate::meaning::Vector;
use crate::text::{Cutter, Synonyms};

/// A question of which is known what it means.
#[derive(Debug, Clone)]
pub struct Labelled {
    pub question: String,
    /// The same for questions that mean the same.
    pub meaning: String,
    /// What is found first for it; empty where nothing is.
    pub first_hit: String,
    pub direction: Option<Arc<Vector>>,
}

/// How well groups agree with meanings.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct BCubed {
    pub questions: usize,
    pub meanings: usize,
    pub groups: usize,
    pub precision: f64,
    pub recall: f64,
    pub f1: f64,
}

impl BCubed {
    /// Of a group and a meaning for each question.
    pub fn of<G: Hash + Eq, M: Hash + Eq>(questions: &[(G, M)]) -> BCubed {
        let mut of_group: HashMap<&G, usize> = HashMap::new();
        let mut of_meaning: HashMap<&M, usize> = HashMap::new();
        let mut of_both: HashMap<(&G, &M), usize> = HashMap::new();
        for (group, meaning) in questions {
            *of_group.entry(group).or_default() += 1;
            *of_meaning.entry(meaning).or_default() += 1;
            *of_both.entry((group, meaning)).or_default() += 1;
        }
        let mean = |all: &HashMap<(&G, &M), usize>, whole: &dyn Fn(&G, &M) -> usize| -> f64 {
            let sum: f64 = all
                .iter()
                .map(|((group, meaning), &both)| (both * both) as f64 / whole(group, meaning) as f64)
                .sum();
            sum / questions.len().max(1) as f64
        };
        let precision = mean(&of_both, &|group, _| of_group[group]);
        let recall = mean(&of_both, &|_, meaning| of_meaning[meaning]);
        let f1 = if precision + recall > 0.0 { 2.0 * precision * recall / (precision + recall) } else { 0.0 };
        BCubed {
            questions: questions.len(),
            meanings: of_meaning.len(),
            groups: of_group.len(),
            precision,
            recall,
            f1,
        }
    }
}

/// The group of each question, put together as lost questions are: in the order
/// of their texts, as each is asked once.
pub fn measure_groups(words: (&Cutter, &Synonyms), labelled: &[Labelled]) -> Vec<usize> {
    let pieces: Vec<Pieces> = labelled
        .iter()
        .map(|one| Pieces::of(words, &one.question, &one.first_hit).unwrap_or_default())
        .collect();
    let mut scale = Scale::of(&pieces);
    let directions: Vec<Arc<Vector>> = labelled.iter().filter_map(|one| one.direction.clone()).collect();
    scale.learn_cosines(&directions);
    let mut order: Vec<usize> = (0..labelled.len()).collect();
    order.sort_by(|&one, &other| labelled[one].question.cmp(&labelled[other].question));
    let mut groups = vec![0; labelled.len()];
    let mut clusters = Clusters::default();
    for at in order {
        let weighed = scale.weigh(&pieces[at], labelled[at].direction.clone());
        let group = clusters.nearest(&scale, &weighed, |_| true).unwrap_or_else(|| clusters.begin());
        clusters.add(group, &weighed);
        groups[at] = group;
    }
    groups
}
