//! A reindex from beginning to end: files → library, library → a generation
//! beside the one in use, golden questions on both, and the swap if what
//! changes may go in. Killed anywhere, it is before or after.

use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use crate::corpus::GOLDEN_FOLDER;
use crate::entry::Finding;
use crate::index::{BuildLock, Generation, IndexError, Snapshot};
use crate::indexing::{Indexer, Notice, Remembered};
use crate::journal::{Journal, Telling};
use crate::library::{AuditEvent, Library, LibraryError};
use crate::loading::{self, Loaded, LoadingError};
use crate::replay::{
    CASES, GoldenSet, Limits, MOST_QUESTIONS, Replay, Report, Side, Verdict, labelled_of, read_cases,
};

/// How far back agents' answers are replayed, and how many questions at most.
const ANSWERED_DAYS: i64 = 30;
const MOST_ANSWERED: usize = 500;

/// What can end a reindex.
#[derive(Debug, thiserror::Error)]
pub enum ReindexError {
    #[error(transparent)]
    Index(#[from] IndexError),
    #[error(transparent)]
    Library(#[from] LibraryError),
    #[error(transparent)]
    Loading(#[from] LoadingError),
    #[error("问题文件 {path} 读不了：{source}")]
    Golden { path: PathBuf, source: std::io::Error },
}

impl ReindexError {
    /// Whether a person ended it.
    pub fn is_cancelled(&self) -> bool {
        matches!(self, ReindexError::Index(IndexError::Cancelled))
    }
}

/// Where a reindex is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Waiting for another build, then taking in the files that changed.
    Loading,
    Building,
    Replaying,
    /// The generation is brought up to the last edit and put in use.
    Swapping,
}

impl Stage {
    /// The name in the library and in replies.
    pub fn as_str(self) -> &'static str {
        match self {
            Stage::Loading => "loading",
            Stage::Building => "building",
            Stage::Replaying => "replaying",
            Stage::Swapping => "swapping",
        }
    }
}

/// How far it is within a stage: entries or questions; a total of 0 is not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    pub stage: Stage,
    pub done: u64,
    pub total: u64,
}

/// Whether anything stands between a finished build and its use.
#[derive(Debug, Clone)]
pub enum Gate {
    /// The replay decides.
    Replay(Limits),
    /// It is replayed and goes in whatever the replay says, for this reason.
    Overruled(Limits, String),
    /// Nothing is replayed.
    Open,
}

/// Who wants a reindex, of what.
pub struct Reindex<'r> {
    pub indexer: &'r Indexer,
    pub corpus: &'r Path,
    /// Labelled files beside those in the corpus folder.
    pub golden: &'r [PathBuf],
    pub gate: Gate,
    /// A key's signature, or the command, for the audit log.
    pub actor: &'r str,
    pub today: Date,
    pub stop: &'r AtomicBool,
    /// Is told how far it is, from several threads.
    pub tell: &'r (dyn Fn(Progress) + Sync),
}

/// How a reindex ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Ended {
    /// In use; there was nothing to compare it with, or that was not wanted.
    Unjudged,
    Passed,
    /// In use against the replay's verdict.
    Overruled,
    /// Not in use: it waits for a person.
    Waiting,
}

/// What a reindex did.
pub struct Outcome {
    pub generation: String,
    pub entries: u64,
    pub ended: Ended,
    pub report: Option<Report>,
    pub loaded: Loaded,
    /// What is wrong with the golden questions.
    pub findings: Vec<Finding>,
}

/// Adds the golden questions that people wrote down: the corpus folder's cases
/// and labelled files, and further files. A file that is named and missing is
/// an error; one with bad lines gives findings.
pub fn add_written(
    set: &mut GoldenSet,
    corpus: &Path,
    files: &[PathBuf],
) -> Result<Vec<Finding>, ReindexError> {
    let unreadable = |path: &Path| {
        let path = path.to_owned();
        move |source| ReindexError::Golden { path, source }
    };
    let mut findings = Vec::new();
    let cases = corpus.join(CASES);
    if cases.exists() {
        let text = std::fs::read_to_string(&cases).map_err(unreadable(&cases))?;
        let (read, wrong) = read_cases(&cases.to_string_lossy(), &text);
        set.add(read);
        findings.extend(wrong);
    }
    let mut labelled = Vec::new();
    let folder = corpus.join(GOLDEN_FOLDER);
    if folder.is_dir() {
        for item in std::fs::read_dir(&folder).map_err(unreadable(&folder))? {
            let path = item.map_err(unreadable(&folder))?.path();
            if path.extension().is_some_and(|extension| extension == "jsonl") {
                labelled.push(path);
            }
        }
    }
    labelled.sort();
    for path in labelled.iter().chain(files) {
        let text = std::fs::read_to_string(path).map_err(unreadable(path))?;
        let (read, wrong) = labelled_of(&path.to_string_lossy(), &text);
        set.add(read);
        findings.extend(wrong);
    }
    Ok(findings)
}

impl Reindex<'_> {
    /// Reindexes. Other builds wait meanwhile; searches and edits do not.
    pub fn run(&self, library: &mut Library) -> Result<Outcome, ReindexError> {
        self.tell(Stage::Loading, 0, 0);
        let lock = self.indexer.lock()?;
        // As it answers now: what the files bring is part of what changes.
        let old = match self.gate {
            Gate::Open => None,
            _ => self.indexer.in_use()?.map(|old| self.snapshot_of(library, &old)).transpose()?,
        };
        let loaded = loading::load(library, &[self.corpus.to_owned()], self.actor, |_| {})?;
        let new = self.build(&lock, library)?;
        let entries = new.snapshot()?.entries();
        let mut outcome = Outcome {
            generation: new.name.clone(),
            entries,
            ended: Ended::Unjudged,
            report: None,
            loaded,
            findings: Vec::new(),
        };
        if let Some(old) = old
            && let Err(error) = self.replay(library, &old, &new, &mut outcome)
        {
            self.indexer.discard(&lock, &new.name)?;
            return Err(error);
        }
        self.decide(&lock, library, &new, &mut outcome)?;
        Ok(outcome)
    }

    fn tell(&self, stage: Stage, done: u64, total: u64) {
        (self.tell)(Progress { stage, done, total });
    }

    fn snapshot_of(&self, library: &Library, generation: &Generation) -> Result<Snapshot, ReindexError> {
        Ok(Remembered::read(library, generation, self.today)?.snapshot_of(generation)?)
    }

    fn build(&self, lock: &BuildLock, library: &Library) -> Result<Generation, ReindexError> {
        let mut total = 0;
        let generation = self.indexer.build_beside(lock, library, self.stop, |notice| match notice {
            Notice::Building { entries } => {
                total = entries;
                self.tell(Stage::Building, 0, total);
            }
            Notice::Progress { done } => self.tell(Stage::Building, done, total),
            _ => {}
        })?;
        Ok(generation)
    }

    fn replay(
        &self,
        library: &Library,
        old: &Snapshot,
        new: &Generation,
        outcome: &mut Outcome,
    ) -> Result<(), ReindexError> {
        let (Gate::Replay(limits) | Gate::Overruled(limits, _)) = &self.gate else { return Ok(()) };
        let mut golden = GoldenSet::default();
        golden.add_similar(library)?;
        let findings = add_written(&mut golden, self.corpus, self.golden)?;
        golden.add_answered(self.answered());
        let questions = golden.sample(MOST_QUESTIONS);
        let total = questions.len() as u64;
        self.tell(Stage::Replaying, 0, total);
        let progress = |done: usize| self.tell(Stage::Replaying, done as u64, total);
        let replay = Replay { today: self.today, stop: self.stop, progress: &progress };
        let new = self.snapshot_of(library, new)?;
        let seen = replay.compare(&questions, Side::of(old), Side::of(&new))?;
        outcome.report = Some(Report::of(&questions, &seen, golden.len(), *limits));
        outcome.findings = findings;
        Ok(())
    }

    /// What agents answered most in the last month. Without a journal, or with
    /// one that cannot be read, the other questions judge alone.
    fn answered(&self) -> Vec<Telling> {
        let since = Timestamp::now() - SignedDuration::from_hours(24 * ANSWERED_DAYS);
        let answered = Journal::new(self.corpus, false).most_answered(since, MOST_ANSWERED);
        answered.unwrap_or_else(|error| {
            tracing::warn!(%error, "the journal's questions are not replayed: {error}");
            Vec::new()
        })
    }

    /// Puts the generation in use or leaves it waiting, and writes down which.
    fn decide(
        &self,
        lock: &BuildLock,
        library: &Library,
        new: &Generation,
        outcome: &mut Outcome,
    ) -> Result<(), ReindexError> {
        let waits = outcome.report.as_ref().filter(|report| report.verdict == Verdict::Waits);
        let why = waits.map(|report| report.reasons.join("；"));
        let (ended, action, reason) = match (&why, &self.gate) {
            (Some(why), Gate::Overruled(_, reason)) => {
                (Ended::Overruled, "generation.overruled", format!("{reason}（重放：{why}）"))
            }
            (Some(why), _) => (Ended::Waiting, "generation.held_back", why.clone()),
            (None, _) if outcome.report.is_some() => {
                (Ended::Passed, "generation.activated", "重放通过".to_owned())
            }
            (None, _) => (Ended::Unjudged, "generation.activated", "没有重放".to_owned()),
        };
        match (ended, why) {
            (Ended::Waiting, Some(why)) => self.indexer.hold_back(lock, &new.name, &why)?,
            _ => {
                self.tell(Stage::Swapping, 0, 0);
                self.indexer.let_in(lock, library, new)?;
            }
        }
        library.record(&AuditEvent { actor: self.actor, action, object: &new.name, reason: &reason })?;
        outcome.ended = ended;
        Ok(())
    }
}
