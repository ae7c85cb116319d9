//! The library behind HTTP: readings side by side, writings one after the
//! other. They wait for each other here rather than in the database, and never
//! take a core that searches wait for.

use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use tokio::sync::Semaphore;

use super::problem::Problem;
use crate::library::Library;

/// Readings under way at once.
const READERS: usize = 4;
/// Readings and writings that may wait.
const MAX_WAITING: usize = 256;

/// Opens the library for requests, and keeps the connections.
pub(super) struct Librarian {
    corpus: PathBuf,
    idle: Mutex<Vec<Library>>,
    readers: Semaphore,
    writer: Semaphore,
    waiting: Semaphore,
}

impl Librarian {
    pub fn new(corpus: PathBuf) -> Librarian {
        Librarian {
            corpus,
            idle: Mutex::default(),
            readers: Semaphore::new(READERS),
            writer: Semaphore::new(1),
            waiting: Semaphore::new(MAX_WAITING),
        }
    }

    fn take(&self) -> Result<Library, Problem> {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        idle.map_or_else(|| Ok(Library::open(&self.corpus)?), Ok)
    }

    fn put_back(&self, library: Library) {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() <= READERS {
            idle.push(library);
        }
    }
}

/// Whether a piece of work changes the library.
#[derive(Clone, Copy)]
enum Work {
    Reading,
    Writing,
}

impl super::App {
    /// Reads the library beside other readings.
    pub(super) async fn read<T: Send + 'static>(
        self: &std::sync::Arc<Self>,
        work: impl FnOnce(&mut Library) -> Result<T, Problem> + Send + 'static,
    ) -> Result<T, Problem> {
        self.with_library(Work::Reading, work).await
    }

    /// Writes the library; one writing at a time.
    pub(super) async fn write<T: Send + 'static>(
        self: &std::sync::Arc<Self>,
        work: impl FnOnce(&mut Library) -> Result<T, Problem> + Send + 'static,
    ) -> Result<T, Problem> {
        self.with_library(Work::Writing, work).await
    }

    async fn with_library<T: Send + 'static>(
        self: &std::sync::Arc<Self>,
        kind: Work,
        work: impl FnOnce(&mut Library) -> Result<T, Problem> + Send + 'static,
    ) -> Result<T, Problem> {
        let _place = self.librarian.waiting.try_acquire().map_err(|_| Problem::overloaded())?;
        let turn = match kind {
            Work::Reading => &self.librarian.readers,
            Work::Writing => &self.librarian.writer,
        };
        let _turn = turn.acquire().await.map_err(|_| Problem::overloaded())?;
        let app = std::sync::Arc::clone(self);
        tokio::task::spawn_blocking(move || {
            let mut library = app.librarian.take()?;
            let done = work(&mut library);
            app.librarian.put_back(library);
            done
        })
        .await
        .map_err(|error| Problem::internal(&format!("library task: {error}")))?
    }
}
