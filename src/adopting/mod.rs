//! Journal → question memory: what agents chose is learned where more than one
//! of them stands behind it, where questions held back are still found by it,
//! and where no golden question suffers.

mod judging;
mod trust;

pub use judging::{Judged, Pass, Report, Verdict};
pub use trust::{Adopters, Believed, LeftOut, believed};

use std::path::Path;
use std::sync::atomic::AtomicBool;

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};

use crate::index::{IndexError, Snapshot};
use crate::journal::{Journal, JournalError};
use crate::library::{Adoption, AdoptionFilter, Library, LibraryError};
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
    /// Ends the pass once set; nothing is remembered then.
    pub stop: &'h AtomicBool,
}

/// What a pass learned.
#[derive(Debug)]
pub struct Learned {
    pub report: Report,
    /// All that is believed, also what was remembered before.
    pub believed: Vec<Adoption>,
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
    let pass = Pass { snapshot, known: &known, golden: &golden, today: how.today, stop: how.stop };
    let Judged { adoptions, report } = pass.judge(believed)?;
    if report.verdict == Verdict::Learned && !how.dry_run {
        library.adopt(&adoptions)?;
    }
    Ok(Learned { report, believed: all })
}
