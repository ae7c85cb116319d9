//! One ranking, shown by kind: the groups stand in the order of their best hits.

use super::named::Ranked;
use super::rank::Hit;
use crate::entry::Kind;

/// The hits of one kind.
#[derive(Debug, Clone)]
pub struct KindGroup {
    pub kind: Kind,
    /// Hits of the kind that were ranked.
    pub total: usize,
    /// The first of them, in the order of the ranking.
    pub hits: Vec<Hit>,
}

/// The first `most` candidates of each kind with how many of it were ranked.
pub(super) fn by_kind(ranked: &[Ranked], most: usize) -> Vec<(Kind, usize, Vec<Ranked>)> {
    let mut groups: Vec<(Kind, usize, Vec<Ranked>)> = Vec::new();
    for one in ranked {
        let kind = one.candidate.facts.kind;
        let at = groups.iter().position(|(known, ..)| *known == kind).unwrap_or_else(|| {
            groups.push((kind, 0, Vec::new()));
            groups.len() - 1
        });
        let (_, total, first) = &mut groups[at];
        *total += 1;
        if first.len() < most {
            first.push(one.clone());
        }
    }
    groups
}
