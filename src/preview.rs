//! What one change would do to the golden questions, before it is made: only
//! the questions it can reach are replayed, so that it is told in two seconds.
//! Synonyms, an entry, words of the dictionary, a rule.

use std::collections::HashSet;
use std::sync::atomic::AtomicBool;

use jiff::civil::Date;

use crate::curation::{Placed, Rule};
use crate::entry::{Entry, Region};
use crate::index::{
    Filter, Generation, IndexError, Place, Snapshot, Trial, ValidityFilter, Within, day_number,
};
use crate::replay::{Expectation, Golden, GoldenSet, Limits, Origin, Replay, Report, Side};
use crate::search::phrase_of;
use crate::text::{self, SynonymError};

/// Questions replayed at most, those first that the change touches most: some
/// one and a half seconds for 160,000 entries on two cores.
const MOST_AFFECTED: usize = 300;
/// Share of a question's bigrams an entry has to hold for it to be replayed: the
/// ranker shows nothing on the first page that holds less.
const LEAST_HELD: f32 = 0.2;

/// Entries cut anew at most for words that are tried: some two seconds.
const MOST_CUT: usize = 2_000;

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

    /// What more words in the dictionary would change: entries that hold one are
    /// cut anew, and every question. Also how many entries hold one, of which the
    /// first [`MOST_CUT`] are tried.
    pub fn of_words(
        &self,
        generation: &Generation,
        words: &[String],
    ) -> Result<(Report, usize), PreviewError> {
        let everything = Filter {
            as_of: day_number(self.today),
            validity: ValidityFilter::All,
            region: None,
            kind: None,
            within: None,
            hidden: &[],
        };
        let mut places: Vec<Place> = Vec::new();
        let mut known = HashSet::new();
        for phrase in words.iter().filter_map(|word| phrase_of(word)) {
            let found = self.snapshot.with_phrase(&phrase, &everything, usize::MAX)?;
            places.extend(found.into_iter().filter(|place| known.insert(*place)));
        }
        let held = places.len();
        places.truncate(MOST_CUT);
        let entries = places.into_iter().map(|place| Ok(self.snapshot.shown(place)?.entry));
        let entries: Vec<Entry> = entries.collect::<Result<_, IndexError>>()?;
        let trial = Trial::of_words(generation, words, entries)?;
        let new = trial.snapshot()?.with_memory_of(self.snapshot)?;
        let grams: HashSet<String> = words.iter().flat_map(|word| bigrams(word)).collect();
        let weigh = |golden: &Golden| {
            let question = text::normalise(&golden.question);
            match words.iter().any(|word| question.contains(word.as_str())) {
                true => 2.0,
                // Parts of a word stand in entries that are cut anew.
                false if bigrams(&question).iter().any(|gram| grams.contains(gram)) => 1.0,
                false => 0.0,
            }
        };
        let report = self.replayed(self.golden.affected(MOST_AFFECTED, weigh), &new)?;
        Ok((report, held))
    }

    /// What a change of the rules would change: `before` and `after` say what the
    /// rules say to a question; `tried` are the rule's old and new editions. Its
    /// own questions are asked too, whether or not anybody labelled them.
    pub fn of_rule(
        &self,
        tried: &[&Rule],
        (region, within): (Option<Region>, Option<&Within>),
        before: &(dyn Fn(&str) -> Placed + Sync),
        after: &(dyn Fn(&str) -> Placed + Sync),
    ) -> Result<Report, PreviewError> {
        let differs = |question: &str| !before(question).places_as(&after(question));
        let weigh = |golden: &Golden| if differs(&golden.question) { 1.0 } else { 0.0 };
        // A labelled question says better what is right than the rule that is tried.
        let mut questions = self.golden.affected(MOST_AFFECTED, weigh);
        for rule in tried {
            for question in rule.questions.iter().filter(|question| differs(question)) {
                if !questions.iter().any(|golden| golden.question == *question) {
                    questions.push(Golden {
                        question: question.clone(),
                        entries: rule.pins.clone(),
                        expectation: Expectation::AmongThree,
                        origin: Origin::Rule,
                    });
                }
            }
        }
        let side =
            |placed| Side { snapshot: self.snapshot, region, within, placed: Some(placed), oracle: None };
        Ok(self.compared(&questions, side(before), side(after))?)
    }

    fn replayed(&self, questions: Vec<Golden>, new: &Snapshot) -> Result<Report, IndexError> {
        self.compared(&questions, Side::of(self.snapshot), Side::of(new))
    }

    fn compared(&self, questions: &[Golden], old: Side<'_>, new: Side<'_>) -> Result<Report, IndexError> {
        let stop = AtomicBool::new(false);
        let replay = Replay { today: self.today, stop: &stop, progress: &|_| {} };
        let seen = replay.compare(questions, old, new)?;
        Ok(Report::of(questions, &seen, self.golden.len(), Limits::default()))
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
