//! What the question memory knows of a question's candidates: the entries that
//! questions like it were answered with, and the laws and chapters they stand in.

use std::collections::HashMap;

use crate::index::{Facts, Filter, IndexError, Place, Snapshot};
use crate::memory::Recalled;

/// From this likeness on a trusted entry is a candidate whatever its text says.
const LEAST_LIKENESS: f32 = 0.25;
/// Most candidates taken for their memory alone.
const MOST_FORCED: usize = 10;

/// The recalled entries, found in a snapshot.
#[derive(Default)]
pub(super) struct Recollection {
    by_text: HashMap<u64, Remembrance>,
    by_document: HashMap<u32, f32>,
    by_chapter: HashMap<u64, f32>,
    /// Likeness of the most like question.
    pub most: f32,
    /// Candidates whatever their text says.
    pub forced: Vec<Place>,
}

/// What is remembered of one entry; zeros where nothing is.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Remembrance {
    pub likeness: f32,
    /// ln(1 + sum of the likenesses' squares).
    pub support: f32,
    /// 1 for the first, falling as 1 / √rank.
    pub rank: f32,
    /// Likeness of the questions answered by its law and its chapter.
    pub document: f32,
    pub chapter: f32,
}

impl Recollection {
    /// Finds recalled entries, the most like first, in a snapshot; those the
    /// filter does not accept are left out.
    pub fn of(
        recalled: &[Recalled<'_>],
        snapshot: &Snapshot,
        filter: &Filter,
    ) -> Result<Recollection, IndexError> {
        let mut found = Recollection::default();
        for (rank, one) in (1..).zip(recalled) {
            let Some(place) = snapshot.find(one.entry_id, filter)? else { continue };
            let facts = snapshot.facts(place);
            found.most = found.most.max(one.likeness);
            let of_text = found.by_text.entry(facts.text_hash).or_default();
            if one.likeness > of_text.likeness {
                of_text.likeness = one.likeness;
                of_text.support = (1.0 + one.support).ln();
                of_text.rank = 1.0 / (rank as f32).sqrt();
            }
            if let Some(document) = facts.document() {
                let known = found.by_document.entry(document).or_default();
                *known = known.max(one.likeness);
                let known = found.by_chapter.entry(facts.chapter).or_default();
                *known = known.max(one.likeness);
            }
            if one.is_trusted && one.likeness >= LEAST_LIKENESS && found.forced.len() < MOST_FORCED {
                found.forced.push(place);
            }
        }
        Ok(found)
    }

    /// What is remembered of an entry.
    pub fn of_entry(&self, facts: &Facts) -> Remembrance {
        if self.by_text.is_empty() {
            return Remembrance::default();
        }
        let own = self.by_text.get(&facts.text_hash).copied().unwrap_or_default();
        let document = facts.document().and_then(|document| self.by_document.get(&document));
        let chapter = facts.document().and_then(|_| self.by_chapter.get(&facts.chapter));
        Remembrance {
            document: document.copied().unwrap_or(0.0),
            chapter: chapter.copied().unwrap_or(0.0),
            ..own
        }
    }
}
