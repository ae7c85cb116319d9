//! What a question's direction says of its candidates: entries whose texts mean
//! nearly the same, whatever words they use.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;

use super::recollection::nearness;
use crate::index::{Among, Facts, Filter, Nearness, Place, Snapshot};
use crate::meaning::Vector;

/// Most candidates of a kind taken for their meaning alone.
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
    /// By text, the nearest texts' ranks from 1 among their kind.
    ranks: HashMap<u64, u32>,
    /// In the order of [`Among::ALL`].
    heads: [Head; 2],
    /// Candidates whatever their text says.
    pub forced: Vec<Place>,
}

/// How near the two nearest texts of a kind are.
#[derive(Debug, Clone, Copy, Default)]
struct Head {
    best: f32,
    second: f32,
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
        Meaning { nearness: None, ranks: HashMap::new(), heads: [Head::default(); 2], forced: Vec::new() }
    }

    /// Of a question with this direction.
    pub fn of(snapshot: &'s Snapshot, direction: Option<&Vector>, filter: &Filter) -> Meaning<'s> {
        let mut meaning = Meaning::unknown();
        let Some(nearness) = direction.and_then(|direction| snapshot.nearness(direction)) else {
            return meaning;
        };
        for among in Among::ALL {
            let mut found = 0;
            let head = &mut meaning.heads[among as usize];
            for (place, cosine) in nearness.nearest(snapshot, filter, among, MOST_NEAR) {
                meaning.forced.push(place);
                // A text that was there already keeps its place: it came first.
                if let Entry::Vacant(vacant) = meaning.ranks.entry(snapshot.facts(place).text_hash) {
                    found += 1;
                    vacant.insert(found);
                    match found {
                        1 => *head = Head { best: cosine, second: cosine },
                        2 => head.second = cosine,
                        _ => {}
                    }
                }
            }
        }
        meaning.nearness = Some(nearness);
        meaning
    }

    /// Whether the question has a direction to compare.
    pub fn is_known(&self) -> bool {
        self.nearness.is_some()
    }

    /// How far the nearest of a kind stands above the mean.
    pub fn most(&self, among: Among) -> f32 {
        let best = self.heads[among as usize].best;
        let all = self.nearness.as_ref().filter(|_| best > 0.0);
        all.map_or(0.0, |all| all.standing(best, among) / MOST_STANDING)
    }

    /// Of one entry.
    pub fn of_entry(&self, place: Place, facts: &Facts) -> Near {
        let Some(all) = &self.nearness else { return Near::default() };
        let among = Among::of(facts);
        let Head { best, second } = self.heads[among as usize];
        let Some(cosine) = all.of_entry(place) else { return Near::default() };
        let rank = self.ranks.get(&facts.text_hash).copied();
        Near {
            nearness: nearness(cosine),
            standing: all.standing(cosine, among) / MOST_STANDING,
            rank: rank.map_or(0.0, |rank| 1.0 / (rank as f32).sqrt()),
            lead: (cosine - best) * DIFFERENCE,
            margin: if rank == Some(1) { (best - second) * DIFFERENCE } else { 0.0 },
            is_known: true,
        }
    }
}
