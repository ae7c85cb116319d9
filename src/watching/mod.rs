//! Watching: the journal's calls held against their usual course and against
//! the editors' rules, by a thread of its own beside the server. What is raised
//! is written down, logged, and told to the hook of the settings; no request
//! waits for it.

mod courses;
mod rules;
mod telling;
mod written;

pub use telling::{Listener, Telling, region_of};

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use jiff::Zoned;

use crate::journal::{Journal, JournalError};
use crate::library::LibraryError;
use courses::Courses;
use rules::Rules;

/// How often what was said is held against the rules.
const RULES_EVERY: Duration = Duration::from_secs(1);
/// How often courses are judged; less often where it takes long.
const COURSES_EVERY: Duration = Duration::from_secs(60);
/// Share of the time that judging may take, as one in so many.
const ONE_IN: u32 = 20;
/// How long what failed is left alone.
const AFTER_FAILURE: Duration = Duration::from_secs(30);
const LOOK: Duration = Duration::from_millis(200);

/// What can go wrong.
#[derive(Debug, thiserror::Error)]
enum WatchingError {
    #[error(transparent)]
    Journal(#[from] JournalError),
    #[error(transparent)]
    Library(#[from] LibraryError),
}

/// Whether warnings go to a hook.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Told {
    ToHook,
    ToNobody,
}

/// Watches until `stop` is set; blocks the thread it is given. What fails is
/// logged and tried again.
pub fn keep_watching(journal: &Journal, corpus: &Path, told: Told, stop: &AtomicBool) {
    if !journal.is_on() {
        return;
    }
    let mut rules = Rules::new(corpus);
    let mut courses = Courses::new(corpus);
    let (mut rules_at, mut courses_at) = (Instant::now(), Instant::now());
    while !stop.load(Ordering::Relaxed) {
        if Instant::now() >= rules_at {
            let wait = after("rules", rules.look(journal, told));
            rules_at = Instant::now() + wait.unwrap_or(RULES_EVERY);
        }
        if Instant::now() >= courses_at {
            let began = Instant::now();
            let wait = after("courses", courses.look(journal, told, &Zoned::now(), stop));
            courses_at = Instant::now() + wait.unwrap_or(COURSES_EVERY.max(began.elapsed() * ONE_IN));
        }
        std::thread::sleep(LOOK);
    }
}

/// How long to wait after what failed; none where nothing did.
fn after(what: &str, done: Result<(), impl std::error::Error>) -> Option<Duration> {
    let error = done.err()?;
    tracing::warn!(%error, what, "{what} were not watched, is tried again: {error}");
    Some(AFTER_FAILURE)
}
