//! Carries out the jobs that were asked for, one after the other, on a thread
//! of its own with the lowest priority, so that searches go on at full speed.
//! The row of a job is the only state: whoever starts next takes it up again.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde_json::json;

use crate::indexing::Indexer;
use crate::library::{Job, JobEnd, JobState, Library, LibraryError};
use crate::reindexing::{Ended, Gate, Outcome, Progress, Reindex, ReindexError, Stage};
use crate::replay::Limits;

/// How often new jobs are looked for.
const EVERY: Duration = Duration::from_millis(150);
/// How often it is written down how far a job is.
const MOVED_EVERY: Duration = Duration::from_millis(500);
/// The lowest priority: what a build then takes from a search is its memory
/// bandwidth.
pub(super) const NICENESS: i32 = 19;

/// Carries out jobs until `stop` is set; blocks the thread it is given. A job
/// that is under way then is taken up at the next start.
pub fn carry_out_jobs(indexer: &Indexer, corpus: &Path, stop: &AtomicBool) {
    // Of this thread alone, and of the threads it starts.
    if let Err(error) = rustix::process::setpriority_process(None, NICENESS) {
        tracing::warn!(%error, "builds run at the priority of searches: {error}");
    }
    while !stop.load(Ordering::Relaxed) {
        if let Err(error) = carry_out_next(indexer, corpus, stop) {
            tracing::warn!(%error, "job not carried out, is tried again: {error}");
            std::thread::sleep(EVERY * 5);
        }
        std::thread::sleep(EVERY);
    }
}

fn carry_out_next(indexer: &Indexer, corpus: &Path, stop: &AtomicBool) -> Result<(), ReindexError> {
    let mut library = Library::open(corpus)?;
    if library.unfinished_job()?.is_none() {
        return Ok(());
    }
    // Another server on this library may be carrying it out.
    let Some(_only_one) = indexer.try_lock_jobs()? else { return Ok(()) };
    let Some(job) = library.unfinished_job()? else { return Ok(()) };
    library.start_job(job.id)?;
    tracing::info!(job.id, "job {} ({}) begins", job.id, job.kind);
    let ended = reindexed(indexer, corpus, &job, stop, &mut library);
    let end = match ended {
        Err(error) if error.is_cancelled() && stop.load(Ordering::Relaxed) => return Ok(()),
        ended => end_of(ended),
    };
    tracing::info!(job.id, state = ?end.state, "job {} ends: {:?}", job.id, end.state);
    Ok(library.end_job(job.id, &end)?)
}

fn reindexed(
    indexer: &Indexer,
    corpus: &Path,
    job: &Job,
    stop: &AtomicBool,
    library: &mut Library,
) -> Result<Outcome, ReindexError> {
    let asked = job.request["max_loss"].as_f64();
    let limits = asked.map_or(Limits::default(), |max_loss| Limits { max_loss });
    let halt = AtomicBool::new(false);
    let reporter = Mutex::new(Reporter { library: Library::open(corpus)?, job: job.id, last: None });
    let tell = |progress: Progress| {
        // A poisoned lock only says that another thread panicked: the row is whole.
        let told = reporter.lock().unwrap_or_else(PoisonError::into_inner).tell(progress);
        let is_cancelled = told.unwrap_or_else(|error| {
            tracing::warn!(%error, "progress not written down: {error}");
            false
        });
        if is_cancelled || stop.load(Ordering::Relaxed) {
            halt.store(true, Ordering::Relaxed);
        }
    };
    let reindex = Reindex {
        indexer,
        corpus,
        golden: &[],
        gate: Gate::Replay(limits),
        actor: &job.asked_by,
        today: jiff::Zoned::now().date(),
        stop: &halt,
        tell: &tell,
    };
    reindex.run(library)
}

fn end_of(ended: Result<Outcome, ReindexError>) -> JobEnd {
    match ended {
        Ok(outcome) => JobEnd {
            state: if outcome.ended == Ended::Waiting { JobState::Waiting } else { JobState::Done },
            result: json!({
                "ended": outcome.ended,
                "entries": outcome.entries,
                "report": outcome.report,
                "files": outcome.loaded.report,
                "findings": outcome.loaded.findings.iter().chain(&outcome.findings).collect::<Vec<_>>(),
            }),
            generation: Some(outcome.generation),
        },
        Err(error) if error.is_cancelled() => {
            JobEnd { state: JobState::Cancelled, generation: None, result: json!({}) }
        }
        Err(error) => {
            tracing::error!(%error, "reindex failed: {error}");
            JobEnd {
                state: JobState::Failed,
                generation: None,
                result: json!({ "error": error.to_string() }),
            }
        }
    }
}

/// Writes down how far a job is, not more often than somebody looks.
struct Reporter {
    library: Library,
    job: u64,
    last: Option<(Stage, Instant)>,
}

impl Reporter {
    /// Returns whether somebody wants the job cancelled.
    fn tell(&mut self, progress: Progress) -> Result<bool, LibraryError> {
        let Progress { stage, done, total } = progress;
        if self.last.is_some_and(|(last, at)| last == stage && at.elapsed() < MOVED_EVERY) {
            return Ok(false);
        }
        self.last = Some((stage, Instant::now()));
        self.library.move_job(self.job, stage.as_str(), done, total)
    }
}
