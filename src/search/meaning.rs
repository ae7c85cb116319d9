//! What a question's direction says of its candidates: entries whose texts mean
//! nearly the same, whatever words they use.

use std::collections::HashMap;
use std::sync::Arc;

use super::recollection::nearness;
use crate::index::{Filter, Nearness, Place, Snapshot};
use crate::meaning::Vector;

/// Most candidates taken for their meaning alone.
const MOST_NEAR: usize = 40;
/// What is this many standard deviations above the mean of all is scaled to 1.
const MOST_STANDING: f32 = 8.0;
/// Differences of cosines are small numbers.
const DIFFERENCE: f32 = 10.0;

/// Tells a question's direction; none where it cannot in time.
pub trait Oracle: Sync + std::fmt::Debug {
    /// The direction of a question's text.
    fn direction(&self, question: &str) -> Option<Arc<Vector>>;
}

/// What is near a question.
pub(super) struct Meaning<'s> {
    nearness: Option<Nearness<'s>>,
    /// By text, the nearest texts' ranks from 1.
    ranks: HashMap<u64, u32>,
    best: f32,
    second: f32,
    /// Candidates whatever their text says.
    pub forced: Vec<Place>,
}

/// How near one entry is; zeros where that is not known.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Near {
    pub nearness: f32,
    pub standing: f32,
    /// 1 for the nearest, falling as 1 / √rank.
    pub rank: f32,
    pub lead: f32,
    pub margin: f32,
    pub is_known: bool,
}

impl<'s> Meaning<'s> {
    /// Nothing is known.
    pub fn unknown() -> Meaning<'s> {
        Meaning { nearness: None, ranks: HashMap::new(), best: 0.0, second: 0.0, forced: Vec::new() }
    }

    /// Of a question with this direction.
    pub fn of(snapshot: &'s Snapshot, direction: Option<&Vector>, filter: &Filter) -> Meaning<'s> {
        let mut meaning = Meaning::unknown();
        let Some(nearness) = direction.and_then(|direction| snapshot.nearness(direction)) else {
            return meaning;
        };
        for (place, cosine) in nearness.nearest(snapshot, filter, MOST_NEAR) {
            meaning.forced.push(place);
            let rank = meaning.ranks.len() as u32 + 1;
            if meaning.ranks.insert(snapshot.facts(place).text_hash, rank).is_some() {
                // A text that was there already keeps its place: it came first.
                continue;
            }
            match rank {
                1 => (meaning.best, meaning.second) = (cosine, cosine),
                2 => meaning.second = cosine,
                _ => {}
            }
        }
        meaning.nearness = Some(nearness);
        meaning
    }

    /// Whether the question has a direction to compare.
    pub fn is_known(&self) -> bool {
        self.nearness.is_some()
    }

    /// How far the nearest entry stands above the mean of all.
    pub fn most(&self) -> f32 {
        self.nearness.as_ref().map_or(0.0, |nearness| nearness.standing(self.best) / MOST_STANDING)
    }

    /// Of one entry, with the hash of its text.
    pub fn of_entry(&self, place: Place, text: u64) -> Near {
        let Some((all, cosine)) =
            self.nearness.as_ref().and_then(|all| all.of_entry(place).map(|cosine| (all, cosine)))
        else {
            return Near::default();
        };
        let rank = self.ranks.get(&text).copied();
        Near {
            nearness: nearness(cosine),
            standing: all.standing(cosine) / MOST_STANDING,
            rank: rank.map_or(0.0, |rank| 1.0 / (rank as f32).sqrt()),
            lead: (cosine - self.best) * DIFFERENCE,
            margin: if rank == Some(1) { (self.best - self.second) * DIFFERENCE } else { 0.0 },
            is_known: true,
        }
    }
}
