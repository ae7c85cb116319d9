//! What one change would do to the golden questions, before it is made: only
//! the questions it can reach are replayed, so that it is told in two seconds.

use std::collections::HashSet;
use std::sync::atomic::AtomicBool;

use jiff::civil::Date;

use crate::entry::Entry;
use crate::index::{Generation, IndexError, Snapshot, Trial};
use crate::replay::{Golden, GoldenSet, Limits, Replay, Report};
use crate::text::{self, SynonymError};

/// Questions replayed at most, those first that the change touches most: some
/// one and a half seconds for 160,000 entries on two cores.
const MOST_AFFECTED: usize = 300;
/// Share of a question's bigrams an entry has to hold for it to be replayed: the
/// ranker shows nothing on the first page that holds less.
const LEAST_HELD: f32 = 0.3;

/// What can end a preview.
#[derive(Debug, thiserror::Error)]
pub enum PreviewError {
    #[error(transparent)]
    Index(#[from] IndexError),
    /// Lines of synonyms that cannot be used.
    #[error("同义词这样写不能用")]
    Synonyms(Vec<SynonymError>),
}

/// A state of the index with the questions it is tried on.
pub struct Preview<'p> {
    pub snapshot: &'p Snapshot,
    pub golden: GoldenSet,
    pub today: Date,
}

impl Preview<'_> {
    /// What more lines of synonyms would change. Exact but for the question
    /// memory, whose questions keep the synonyms they were remembered with.
    pub fn of_synonyms(&self, lines: &str) -> Result<Report, PreviewError> {
        let new = self.snapshot.with_more_synonyms(lines).map_err(PreviewError::Synonyms)?;
        // A question whose terms lead to the same is answered the same.
        let is_affected = |golden: &Golden| {
            let question = text::normalise(&golden.question);
            let differs = self.snapshot.synonyms().expand(&question) != new.synonyms().expand(&question);
            if differs { 1.0 } else { 0.0 }
        };
        Ok(self.replayed(self.golden.affected(MOST_AFFECTED, is_affected), &new)?)
    }

    /// What an entry would change in the place of the one with its id.
    pub fn of_entry(mut self, generation: &Generation, entry: &Entry) -> Result<Report, PreviewError> {
        self.golden.add_similar_of(entry);
        let before =
            self.snapshot.place_of(&entry.id)?.map(|place| self.snapshot.shown(place)).transpose()?;
        let states: Vec<HashSet<String>> =
            before.iter().map(|shown| &shown.entry).chain([entry]).map(bigrams_of).collect();
        let weigh = |golden: &Golden| {
            if golden.entries.contains(&entry.id) {
                return 2.0;
            }
            let grams = bigrams(&golden.question);
            let held = |state: &HashSet<String>| {
                grams.iter().filter(|gram| state.contains(*gram)).count() as f32 / grams.len().max(1) as f32
            };
            let most = states.iter().map(held).fold(0.0, f32::max);
            if most >= LEAST_HELD { most } else { 0.0 }
        };
        let questions = self.golden.affected(MOST_AFFECTED, weigh);
        let trial = Trial::of_entry(generation, entry)?;
        let new = trial.snapshot()?.with_memory_of(self.snapshot)?;
        Ok(self.replayed(questions, &new)?)
    }

    fn replayed(&self, questions: Vec<Golden>, new: &Snapshot) -> Result<Report, IndexError> {
        let stop = AtomicBool::new(false);
        let replay = Replay { today: self.today, stop: &stop, progress: &|_| {} };
        let seen = replay.compare(&questions, self.snapshot, new)?;
        Ok(Report::of(&questions, &seen, self.golden.len(), Limits::default()))
    }
}

fn bigrams(text: &str) -> HashSet<String> {
    let letters: Vec<char> =
        text::normalise(text).chars().filter(|character| character.is_alphanumeric()).collect();
    letters.windows(2).map(|pair| pair.iter().collect()).collect()
}

fn bigrams_of(entry: &Entry) -> HashSet<String> {
    let mut all = bigrams(&entry.title);
    let texts = entry.similar_questions.iter().chain(&entry.keywords).chain(&entry.script);
    texts.chain([&entry.body]).for_each(|text| all.extend(bigrams(text)));
    all
}
