//! Entries that were found.

use tantivy::DocAddress;

use super::facts::{FactTable, Facts};
use super::scoring::TextScores;

/// An entry's place in its snapshot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Place(pub(super) DocAddress);

/// A found entry with what the index knows about it.
#[derive(Debug, Clone, Copy)]
pub struct Candidate {
    pub place: Place,
    pub scores: TextScores,
    pub facts: Facts,
    pub is_current: bool,
}

impl Candidate {
    pub(super) fn new(place: Place, scores: TextScores, table: &FactTable, as_of: i32) -> Candidate {
        let facts = *table.of(place);
        Candidate { place, scores, facts, is_current: table.is_current(&facts, as_of) }
    }
}
