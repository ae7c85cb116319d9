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
    /// In the order of [`Among::ALL`]; none where nothing of the kind may be shown.
    heads: [Option<Head>; 2],
    /// Candidates whatever their text says.
    pub forced: Vec<Place>,
}

/// How near the two nearest texts of a kind are.
#[derive(Debug, Clone, Copy)]
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
    pub margin: f32,
}

impl<'s> Meaning<'s> {
    /// Nothing is known.
    pub fn unknown() -> Meaning<'s> {
        Meaning { nearness: None, ranks: HashMap::new(), heads: [None; 2], forced: Vec::new() }
    }

    /// Of a question with this direction.
    pub fn of(snapshot: &'s Snapshot, direction: Option<&Vector>, filter: &Filter) -> Meaning<'s> {
        let mut meaning = Meaning::unknown();
        let Some(nearness) = direction.and_then(|direction| snapshot.nearness(direction)) else {
            return meaning;
        };
        let nearest = nearness.nearest(snapshot, filter, MOST_NEAR);
        for (head, nearest) in meaning.heads.iter_mut().zip(nearest) {
            let mut found = 0;
            for (place, cosine) in nearest {
                meaning.forced.push(place);
                // A text that was there already keeps its place: it came first.
                if let Entry::Vacant(vacant) = meaning.ranks.entry(snapshot.facts(place).text_hash) {
                    found += 1;
                    vacant.insert(found);
                    match (found, head.as_mut()) {
                        (2, Some(head)) => head.second = cosine,
                        (1, _) => *head = Some(Head { best: cosine, second: cosine }),
                        _ => {}
                    }
                }
            }
        }
        meaning.nearness = Some(nearness);
        meaning
    }

    /// Of one entry.
    pub fn of_entry(&self, place: Place, facts: &Facts) -> Near {
        let Some(all) = &self.nearness else { return Near::default() };
        let among = Among::of(facts);
        let Some(cosine) = all.of_entry(place) else { return Near::default() };
        let head = self.heads[among as usize];
        let rank = self.ranks.get(&facts.text_hash).copied();
        Near {
            nearness: nearness(cosine),
            standing: all.standing(cosine, among) / MOST_STANDING,
            rank: rank.map_or(0.0, |rank| 1.0 / (rank as f32).sqrt()),
            margin: head
                .filter(|_| rank == Some(1))
                .map_or(0.0, |head| (head.best - head.second) * DIFFERENCE),
        }
    }
}
