//! Journal → question memory: what agents chose is learned where more than one
//! of them stands behind it, where questions held back are still found by it,
//! and where no golden question suffers. Journal → weights of the ranker, where
//! questions it has not seen are found better by them.

mod judging;
mod trust;
mod weighing;

pub use judging::{Judged, Pass, Report, Verdict};
pub use trust::{Adopters, Believed, LeftOut, believed};
pub use weighing::{ENOUGH_QUESTIONS, Weighed, Weighing, has_enough_news};

use std::path::Path;
use std::sync::atomic::AtomicBool;

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};

use crate::embedding::{EmbeddingError, directions};
use crate::index::{IndexError, Snapshot, keep_from_journal, learned_from_journal, rankings_of};
use crate::journal::{Journal, JournalError};
use crate::library::{Adoption, AdoptionFilter, Library, LibraryError};
use crate::meaning::{Directions, Endpoint};
use crate::reindexing::{ReindexError, add_written};
use crate::replay::{GoldenSet, MOST_QUESTIONS};

/// How many days back the journal is read.
pub const DAYS: u32 = 90;

/// What can go wrong while learning; nothing is remembered then.
#[derive(Debug, thiserror::Error)]
pub enum AdoptingError {
    #[error(transparent)]
    Journal(#[from] JournalError),
    #[error(transparent)]
    Library(#[from] LibraryError),
    #[error(transparent)]
    Index(#[from] IndexError),
    #[error(transparent)]
    Golden(#[from] ReindexError),
    #[error(transparent)]
    Endpoint(#[from] EmbeddingError),
}

impl AdoptingError {
    /// Whether the pass was ended, not failed.
    pub fn is_cancelled(&self) -> bool {
        matches!(self, AdoptingError::Index(IndexError::Cancelled))
    }
}

/// How the journal is learned from.
#[derive(Debug, Clone, Copy)]
pub struct How<'h> {
    /// Days it is read back.
    pub days: u32,
    pub adopters: Adopters,
    pub today: Date,
    /// Nothing is remembered, it is only told.
    pub dry_run: bool,
    /// Tells where questions point, if the vectors searched are its own: they are
    /// checked as they are asked.
    pub endpoint: Option<&'h Endpoint>,
    /// Ends the pass once set; nothing is remembered then.
    pub stop: &'h AtomicBool,
}

/// What a pass learned.
#[derive(Debug)]
pub struct Learned {
    pub report: Report,
    /// All that is believed, also what was remembered before.
    pub believed: Vec<Adoption>,
    /// Where its questions point, as far as that was asked.
    pub directions: Directions,
}

/// Learns weights from what a pass believed, beginning from those the corpus
/// folder has without the journal's, and keeps them for the next generation where
/// they are better. None where too little is believed.
pub fn weigh(
    (corpus, snapshot): (&Path, &Snapshot),
    learned: &Learned,
    how: &How<'_>,
) -> Result<Option<Weighed>, AdoptingError> {
    let start = rankings_of(corpus)?;
    let (directions, today) = (&learned.directions, how.today);
    let weighing = Weighing { snapshot, start: &start, directions, today, stop: how.stop };
    let weighed = weighing.weigh(&learned.believed)?;
    if let Some(Weighed { rankings: Some(rankings), questions, learned_from, .. }) = &weighed
        && !how.dry_run
    {
        let fitted_on = format!("{questions} questions of the journal, {today}");
        keep_from_journal(corpus, rankings, (&fitted_on, learned_from))?;
    }
    Ok(weighed)
}

/// The same where a pass believed enough that the weights kept have not seen.
pub fn weigh_news(
    (corpus, snapshot): (&Path, &Snapshot),
    learned: &Learned,
    how: &How<'_>,
) -> Result<Option<Weighed>, AdoptingError> {
    match has_enough_news(&learned.believed, &learned_from_journal(corpus)?) {
        true => weigh((corpus, snapshot), learned, how),
        false => Ok(None),
    }
}

/// Reads the journal in a corpus folder, judges what agents chose, and remembers
/// what may be. The snapshot is what is served, with what is remembered.
pub fn learn(
    library: &mut Library,
    (corpus, snapshot): (&Path, &Snapshot),
    how: &How<'_>,
) -> Result<Learned, AdoptingError> {
    let since = Timestamp::now() - SignedDuration::from_hours(24 * i64::from(how.days));
    let chosen = Journal::new(corpus, false).chosen(since)?;
    let words = (snapshot.cutter(), snapshot.synonyms());
    let believed = believed(words, &chosen, how.adopters, &library.forgotten()?);
    let all = believed.adoptions.clone();
    let known = library.adoptions(&AdoptionFilter::default())?;
    let mut golden = GoldenSet::default();
    if judging::has_news(&known, &believed) {
        golden.add_similar(library)?;
        // Bad lines are told by `jida check` and each reindex.
        add_written(&mut golden, corpus, &[])?;
    }
    let golden = golden.sample(MOST_QUESTIONS);
    let endpoint = how.endpoint.filter(|endpoint| snapshot.vector_set() == Some(endpoint.set_name()));
    let questions = known.iter().chain(&all).map(|adoption| &*adoption.question);
    let questions = questions.chain(golden.iter().map(|golden| &*golden.question));
    let directions = match endpoint {
        Some(endpoint) => directions(library, endpoint, questions)?,
        None => Directions::default(),
    };
    let (stop, today) = (how.stop, how.today);
    let pass = Pass { snapshot, known: &known, golden: &golden, directions: &directions, today, stop };
    let Judged { adoptions, report } = pass.judge(believed)?;
    if report.verdict == Verdict::Learned && !how.dry_run {
        library.adopt(&adoptions)?;
    }
    Ok(Learned { report, believed: all, directions })
}
