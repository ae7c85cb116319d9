//! How people really ask for an entry: questions it was copied or answered with,
//! offered to its editor as similar questions. What one seat alone says is not
//! offered, however often it says it.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::Serialize;

use crate::entry::Entry;
use crate::journal::{Journal, JournalError};
use crate::library::{AdoptionFilter, Library, LibraryError, Standing, bare};
use crate::text;

/// Seats that have to have used the entry for a question, unless somebody who
/// keeps the library did.
const LEAST_SEATS: u64 = 2;
/// From this likeness on a question says what another says already.
const SAME_FROM: f32 = 0.9;
/// Shorter questions name a subject; longer ones tell a story.
const CHARS: std::ops::RangeInclusive<usize> = 4..=60;
/// What stands for somebody's number or name: not to be shown to everybody.
const MASKED: char = '〔';
/// Most that are offered.
const MOST_OFFERED: usize = 20;

/// What can go wrong.
#[derive(Debug, thiserror::Error)]
pub enum WordingsError {
    #[error(transparent)]
    Journal(#[from] JournalError),
    #[error(transparent)]
    Library(#[from] LibraryError),
}

/// A real wording that an entry might be found by.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Wording {
    pub question: String,
    /// Calls in which the entry was used for it.
    pub calls: u64,
    /// Seats that did so.
    pub seats: u64,
    /// Whether somebody who keeps the library said that the entry answers it.
    pub is_confirmed: bool,
    /// When it was last used; none where only the library knows it.
    pub last_at: Option<Timestamp>,
}

/// What is known of one wording.
#[derive(Default)]
struct Used {
    question: String,
    calls: BTreeSet<String>,
    seats: BTreeSet<String>,
    /// Seats of remembered adoptions: they may be the same ones.
    adopters: BTreeSet<String>,
    is_confirmed: bool,
    last_at: Option<Timestamp>,
}

impl Used {
    fn add(&mut self, other: Used) {
        self.calls.extend(other.calls);
        self.seats.extend(other.seats);
        self.adopters.extend(other.adopters);
        self.is_confirmed |= other.is_confirmed;
        self.last_at = self.last_at.max(other.last_at);
    }

    fn offered(self) -> Option<Wording> {
        let seats = self.seats.len().max(self.adopters.len()) as u64;
        (seats >= LEAST_SEATS || self.is_confirmed).then_some(Wording {
            question: self.question,
            calls: self.calls.len() as u64,
            seats,
            is_confirmed: self.is_confirmed,
            last_at: self.last_at,
        })
    }
}

/// What is known of a question; none where it is not fit to be shown.
fn of<'u>(used: &'u mut BTreeMap<String, Used>, question: &str) -> Option<&'u mut Used> {
    let question = question.trim();
    let is_fit = CHARS.contains(&question.chars().count()) && !question.contains(MASKED);
    is_fit.then(|| {
        let used = used.entry(bare(question)).or_default();
        if used.question.is_empty() {
            question.clone_into(&mut used.question);
        }
        used
    })
}

/// The wordings an entry was used for since then and does not have yet, those
/// of most calls first.
pub fn suggest(
    library: &Library,
    journal: &Journal,
    entry: &Entry,
    since: Timestamp,
) -> Result<Vec<Wording>, WordingsError> {
    let mut used: BTreeMap<String, Used> = BTreeMap::new();
    for one in journal.used_for(&entry.id, since)? {
        let Some(used) = of(&mut used, &one.question) else { continue };
        used.calls.insert(one.call);
        used.seats.extend(Some(one.seat).filter(|seat| !seat.is_empty()));
        used.last_at = used.last_at.max(Some(one.last_at));
    }
    let filter = AdoptionFilter { entry_id: Some(entry.id.clone()), ..AdoptionFilter::default() };
    for adoption in library.adoptions(&filter)? {
        let Some(used) = of(&mut used, &adoption.question) else { continue };
        match adoption.standing {
            Standing::Curated => used.is_confirmed = true,
            Standing::Seat => drop(used.adopters.insert(adoption.adopted_by)),
        }
    }
    let refused = library.refused_wordings(&entry.id)?;
    used.retain(|wording, _| !refused.contains(wording));
    let own = [&entry.title].into_iter().chain(&entry.similar_questions).chain(&entry.negative_questions);
    let own: Vec<String> = own.map(|question| text::normalise(question)).collect();
    let is_same =
        |one: &str, other: &str| bare(one) == bare(other) || text::likeness(one, other) >= SAME_FROM;
    let mut used: Vec<Used> = used.into_values().collect();
    used.sort_by(|one, other| (other.calls.len(), &one.question).cmp(&(one.calls.len(), &other.question)));
    let mut kept: Vec<(String, Used)> = Vec::new();
    for one in used {
        let normalised = text::normalise(&one.question);
        if own.iter().any(|own| is_same(own, &normalised)) {
            continue;
        }
        // Of wordings that hardly differ the commonest stands for all.
        match kept.iter_mut().find(|(other, _)| is_same(other, &normalised)) {
            Some((_, other)) => other.add(one),
            None => kept.push((normalised, one)),
        }
    }
    let mut offered: Vec<Wording> = kept.into_iter().filter_map(|(_, used)| used.offered()).collect();
    offered.sort_by(|one, other| {
        (other.calls, other.seats, &one.question).cmp(&(one.calls, one.seats, &other.question))
    });
    offered.truncate(MOST_OFFERED);
    Ok(offered)
}
