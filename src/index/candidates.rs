//! Entries that were found.

use tantivy::DocAddress;

use super::facts::{FactTable, Facts};
use super::plan::Area;
use super::scoring::{AreaScores, Statistics};

/// An entry's place in its snapshot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Place(pub(super) DocAddress);

/// A found entry with what the index knows about it.
#[derive(Debug, Clone, Copy)]
pub struct Candidate {
    pub place: Place,
    /// Weighted sum of the area scores and the standing.
    pub score: f32,
    pub areas: AreaScores,
    pub facts: Facts,
    pub is_current: bool,
    /// Words in the body, and in the questions it is asked by; rounded.
    pub body_length: u32,
    pub ask_length: u32,
}

impl Candidate {
    pub(super) fn new(
        place: Place,
        score: f32,
        areas: AreaScores,
        (table, statistics): (&FactTable, &Statistics),
        as_of: i32,
    ) -> Candidate {
        let facts = *table.of(place);
        Candidate {
            place,
            score,
            areas,
            facts,
            is_current: table.is_current(&facts, as_of),
            body_length: statistics.length(place, Area::BodyWords),
            ask_length: statistics.length(place, Area::AskWords),
        }
    }
}
