//! The gate: questions whose right entries are known are put to an old and a
//! new state of the index, and a report says what changes. No files, no HTTP
//! and no clock: the caller brings states, questions and day.

mod cases;
mod golden;
mod report;

pub use cases::{CASES, labelled_of, read_cases};
pub use golden::{Expectation, Golden, GoldenSet, MOST_QUESTIONS, Origin};
pub use report::{Figures, Limits, MOST_SHOWN, MovedAnswer, MovedQuestion, Report, Unfound, Verdict};

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use jiff::civil::Date;
use rayon::prelude::*;

use crate::curation::Placed;
use crate::entry::Region;
use crate::index::{IndexError, Snapshot, Within};
use crate::search::{AnswerStatus, Oracle, Request, Results, Wording, decide};

/// Threads that replay: the machine we are measured on has two cores.
const REPLAY_THREADS: usize = 2;
/// Hits looked at: an agent's first page.
const HITS: usize = 10;
/// Questions between two reports of how far it is.
const REPORT_EVERY: usize = 50;

/// What one state of the index said to a question.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Seen {
    /// Place of the first right entry among the first ten, from 0.
    pub right: Option<usize>,
    /// The first hit.
    pub first: Option<String>,
    /// The entry `/v1/answer` gives; none where it is unsure.
    pub answered: Option<String>,
}

/// A state of the index, and how it is asked.
#[derive(Clone, Copy)]
pub struct Side<'s> {
    pub snapshot: &'s Snapshot,
    pub region: Option<Region>,
    pub within: Option<&'s Within>,
    /// What rules say about a question; nothing where none is given.
    pub placed: Option<&'s (dyn Fn(&str) -> Placed + Sync)>,
    /// Tells where questions point; asked by words alone where none is given.
    pub oracle: Option<&'s dyn Oracle>,
}

impl<'s> Side<'s> {
    /// A state by itself, asked for no region, without rules.
    pub fn of(snapshot: &'s Snapshot) -> Side<'s> {
        Side { snapshot, region: None, within: None, placed: None, oracle: None }
    }

    /// Puts a question to the state.
    fn ask(&self, golden: &Golden, today: Date) -> Result<Seen, IndexError> {
        // An editor's own words stand in the entry as they are: by them alone every
        // state would find it first.
        let wording = if golden.origin == Origin::Similar { Wording::Paraphrased } else { Wording::AsTyped };
        let placed = self.placed.map(|placed| placed(&golden.question));
        let request = Request {
            limit: HITS,
            wording,
            region: self.region,
            within: self.within,
            placed: placed.as_ref(),
            oracle: self.oracle,
            ..Request::new(&golden.question, today)
        };
        Ok(seen(golden, decide(self.snapshot, &request)?))
    }
}

/// What of an answer counts.
fn seen(golden: &Golden, (status, results): (AnswerStatus, Results)) -> Seen {
    let is_right = |id: &String| golden.entries.contains(id);
    let right = results
        .hits
        .iter()
        .position(|hit| is_right(&hit.shown.entry.id) || hit.same_text.iter().any(is_right));
    let first = results.hits.into_iter().next().map(|hit| hit.shown.entry.id);
    let answered = first.clone().filter(|_| status == AnswerStatus::Answered);
    Seen { right, first, answered }
}

/// Replays questions on states of the index, on threads of its own: they have
/// the priority of the thread it was made on.
pub struct Replay<'r> {
    pub today: Date,
    /// Ends the replay with [`IndexError::Cancelled`] once set.
    pub stop: &'r AtomicBool,
    /// Is told how many answers there are; there is one a question and state.
    pub progress: &'r (dyn Fn(usize) + Sync),
}

impl Replay<'_> {
    /// What one state says to each question, in the questions' order.
    pub fn run(&self, questions: &[Golden], side: Side<'_>) -> Result<Vec<Seen>, IndexError> {
        self.each(questions, |golden| side.ask(golden, self.today))
    }

    /// What two states say to each question, in the questions' order.
    pub fn compare(
        &self,
        questions: &[Golden],
        old: Side<'_>,
        new: Side<'_>,
    ) -> Result<Vec<(Seen, Seen)>, IndexError> {
        self.each(questions, |golden| Ok((old.ask(golden, self.today)?, new.ask(golden, self.today)?)))
    }

    fn each<T: Send>(
        &self,
        questions: &[Golden],
        ask: impl Fn(&Golden) -> Result<T, IndexError> + Sync,
    ) -> Result<Vec<T>, IndexError> {
        let done = AtomicUsize::new(0);
        let one = |golden: &Golden| {
            if self.stop.load(Ordering::Relaxed) {
                return Err(IndexError::Cancelled);
            }
            let seen = ask(golden)?;
            let count = done.fetch_add(1, Ordering::Relaxed) + 1;
            if count.is_multiple_of(REPORT_EVERY) {
                (self.progress)(count);
            }
            Ok(seen)
        };
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(REPLAY_THREADS)
            .thread_name(|at| format!("replay-{at}"))
            .build();
        match pool {
            Ok(pool) => pool.install(|| questions.par_iter().map(one).collect()),
            // No thread to be had: on this one, then.
            Err(_) => questions.iter().map(one).collect(),
        }
    }
}
