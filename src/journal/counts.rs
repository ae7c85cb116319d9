//! What is counted of calls. Each count is one expression over a call's row; a
//! day is added up with it once, and what is not added up yet is counted with
//! the same expression, so both give the same number.

use rusqlite::Row;
use serde::Serialize;

/// Counts of a group of calls.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Calls heard of: with a question or an outcome.
    pub calls: u64,
    /// Calls of people with a question put to the library; a bot's is no call at a seat.
    pub searched: u64,
    /// Of those, where an entry was opened or copied.
    pub looked: u64,
    /// Of those, where an entry was copied.
    pub copied: u64,
    /// Of those, answered at once.
    pub used: u64,
    /// Calls whose outcome is known, those given up by the caller too.
    pub accepted: u64,
    pub answered: u64,
    pub dispatched: u64,
    pub abandoned: u64,
    /// Questions, and those without a hit.
    pub searches: u64,
    pub empty: u64,
    /// Bots' questions, and those that got no answer.
    pub asked: u64,
    pub refused: u64,
    /// Questions by where the entry stood that was used: first, second or third,
    /// fourth to tenth, not among those shown.
    pub first: u64,
    pub third: u64,
    pub tenth: u64,
    pub lower: u64,
    /// Calls whose caller said how satisfied they were, and those with 4 or 5.
    pub rated: u64,
    pub satisfied: u64,
}

/// The columns of `counted`, and what a group of calls adds to each.
const COLUMNS: [(&str, &str); 19] = [
    ("calls", "COUNT(*)"),
    ("searched", "SUM(searches > 0 AND line <> 'chatbot')"),
    ("looked", "SUM(searches > 0 AND line <> 'chatbot' AND opened + copied > 0)"),
    ("copied", "SUM(searches > 0 AND line <> 'chatbot' AND copied > 0)"),
    ("used", "SUM(searches > 0 AND line <> 'chatbot' AND copied > 0 AND outcome = 'answered')"),
    ("accepted", "SUM(outcome <> '')"),
    ("answered", "SUM(outcome = 'answered')"),
    ("dispatched", "SUM(outcome = 'dispatched')"),
    ("abandoned", "SUM(outcome = 'abandoned')"),
    ("searches", "SUM(searches)"),
    ("empty", "SUM(empty)"),
    ("asked", "SUM(asked)"),
    ("refused", "SUM(refused)"),
    ("first", "SUM(first)"),
    ("third", "SUM(third)"),
    ("tenth", "SUM(tenth)"),
    ("lower", "SUM(lower)"),
    ("rated", "SUM(satisfaction > 0)"),
    ("satisfied", "SUM(satisfaction >= 4)"),
];

/// The columns' names.
pub(super) fn names() -> String {
    COLUMNS.map(|(name, _)| name).join(", ")
}

/// Counting calls.
pub(super) fn of_calls() -> String {
    COLUMNS.map(|(name, counted)| format!("{counted} AS {name}")).join(", ")
}

/// Adding up what is counted.
pub(super) fn of_counts() -> String {
    COLUMNS.map(|(name, _)| format!("COALESCE(SUM({name}), 0)")).join(", ")
}

impl Counts {
    /// The counts of a row, which begin at a column.
    pub(super) fn read(row: &Row<'_>, begin: usize) -> rusqlite::Result<Counts> {
        let mut counts = Counts::default();
        for (at, field) in counts.fields().into_iter().enumerate() {
            *field = row.get(begin + at)?;
        }
        Ok(counts)
    }

    /// In the order of the columns.
    fn fields(&mut self) -> [&mut u64; COLUMNS.len()] {
        [
            &mut self.calls,
            &mut self.searched,
            &mut self.looked,
            &mut self.copied,
            &mut self.used,
            &mut self.accepted,
            &mut self.answered,
            &mut self.dispatched,
            &mut self.abandoned,
            &mut self.searches,
            &mut self.empty,
            &mut self.asked,
            &mut self.refused,
            &mut self.first,
            &mut self.third,
            &mut self.tenth,
            &mut self.lower,
            &mut self.rated,
            &mut self.satisfied,
        ]
    }

    /// Questions of which an entry was used.
    pub fn placed(&self) -> u64 {
        self.first + self.third + self.tenth + self.lower
    }
}
