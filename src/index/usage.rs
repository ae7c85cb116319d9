//! Where the remembered entries stand in a snapshot, and how often they, their
//! laws and their chapters were adopted.

use std::collections::HashMap;

use super::candidates::Place;
use super::{Facts, IndexError, Snapshot};
use crate::memory::QuestionMemory;

/// Adoptions by text, law and chapter.
#[derive(Debug, Clone, Default)]
pub struct Counts {
    by_text: HashMap<u64, f32>,
    by_document: HashMap<u32, f32>,
    by_chapter: HashMap<u64, f32>,
}

/// Adoptions of one entry, its law and its chapter: each ln(1 + count).
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Used {
    pub entry: f32,
    pub document: f32,
    pub chapter: f32,
}

/// The remembered entries in a snapshot.
#[derive(Debug, Clone, Default)]
pub struct Usage {
    /// By number in the memory; none where the entry is gone.
    places: Vec<Option<Place>>,
    counts: Counts,
}

impl Counts {
    fn add(&mut self, facts: &Facts, count: f32) {
        *self.by_text.entry(facts.text_hash).or_default() += count;
        if let Some(document) = facts.document() {
            *self.by_document.entry(document).or_default() += count;
            *self.by_chapter.entry(facts.chapter).or_default() += count;
        }
    }
}

impl Usage {
    /// Finds a memory's entries in a snapshot.
    pub fn of(memory: &QuestionMemory, snapshot: &Snapshot) -> Result<Usage, IndexError> {
        let mut usage = Usage::default();
        for (id, &count) in memory.entries().iter().zip(memory.usage()) {
            let place = snapshot.place_of(id)?;
            usage.places.push(place);
            if let Some(place) = place {
                usage.counts.add(snapshot.facts(place), count);
            }
        }
        Ok(usage)
    }

    /// Place of an entry by its number in the memory.
    pub fn place(&self, entry: u32) -> Option<Place> {
        self.places.get(entry as usize).copied().flatten()
    }

    /// Counts of some of the adoptions, to be left out.
    pub fn counts_of(&self, answers: &[(u32, f32)], snapshot: &Snapshot) -> Counts {
        let mut counts = Counts::default();
        for &(entry, trust) in answers {
            if let Some(place) = self.place(entry) {
                counts.add(snapshot.facts(place), trust);
            }
        }
        counts
    }

    /// How often an entry, its law and its chapter were adopted, without some.
    pub fn used(&self, facts: &Facts, without: Option<&Counts>) -> Used {
        let nothing = Counts::default();
        let without = without.unwrap_or(&nothing);
        fn log<K: std::hash::Hash + Eq>(all: &HashMap<K, f32>, without: &HashMap<K, f32>, key: &K) -> f32 {
            let own = without.get(key).copied().unwrap_or(0.0);
            (1.0 + (all.get(key).copied().unwrap_or(0.0) - own).max(0.0)).ln()
        }
        let entry = log(&self.counts.by_text, &without.by_text, &facts.text_hash);
        match facts.document() {
            None => Used { entry, ..Used::default() },
            Some(document) => Used {
                entry,
                document: log(&self.counts.by_document, &without.by_document, &document),
                chapter: log(&self.counts.by_chapter, &without.by_chapter, &facts.chapter),
            },
        }
    }
}
