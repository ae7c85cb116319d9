//! Keeps the vectors up to the library beside the server: what is published or
//! adopted while it runs is embedded within seconds, for the set that is
//! searched by. A set that is not complete yet is `jida embed`'s.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use super::App;
use crate::embedding::{self, EmbeddingError, Seen, Survey};
use crate::library::{Library, LibraryError};
use crate::meaning::{Endpoint, Role};

/// How often the library is looked at.
const EVERY: Duration = Duration::from_millis(250);
/// How long an endpoint that failed is left alone.
const AFTER_FAILURE: Duration = Duration::from_secs(5);
/// Texts a request: a caller's question waits behind one text, not behind many.
const BATCH: usize = 1;

/// What has its vectors since.
#[derive(Debug, Default)]
pub(super) struct Embedded {
    pub entries: Vec<String>,
    pub has_questions: bool,
}

impl Embedded {
    /// Adds what was embedded after.
    pub fn add(&mut self, mut more: Embedded) {
        self.entries.append(&mut more.entries);
        self.has_questions |= more.has_questions;
    }

    /// Whether nothing was embedded.
    pub fn is_nothing(&self) -> bool {
        self.entries.is_empty() && !self.has_questions
    }
}

/// Embeds until `stop` is set; blocks the thread it is given. Does nothing
/// without an endpoint. What fails is logged and tried again.
pub fn keep_embedded(app: &Arc<App>, library: &mut Library, stop: &AtomicBool) {
    let Some(asker) = app.asker.get() else { return };
    let mut embedder =
        Embedder { app, endpoint: asker.endpoint(), seen: Seen::default(), version: None, stop };
    let mut next = Instant::now();
    while !stop.load(Ordering::Relaxed) {
        // The first questions come first.
        let is_ready = app.snapshot.load().is_some();
        if is_ready
            && Instant::now() >= next
            && let Err(error) = embedder.step(library)
        {
            tracing::warn!(%error, "new texts have no vectors yet, is tried again: {error}");
            next = Instant::now() + AFTER_FAILURE;
        }
        std::thread::sleep(EVERY);
    }
}

struct Embedder<'a> {
    app: &'a App,
    endpoint: &'a Endpoint,
    /// Up to where everything has its vectors.
    seen: Seen,
    /// The database's state that was looked at last.
    version: Option<u64>,
    stop: &'a AtomicBool,
}

impl Embedder<'_> {
    fn step(&mut self, library: &mut Library) -> Result<(), EmbeddingError> {
        let version = library.data_version()?;
        if self.version == Some(version) {
            return Ok(());
        }
        if self.is_for_the_set_in_use(library)? {
            let survey = embedding::survey(library, self.endpoint, self.seen)?;
            self.embed(library, survey)?;
        }
        self.version = Some(version);
        Ok(())
    }

    fn is_for_the_set_in_use(&self, library: &Library) -> Result<bool, LibraryError> {
        let set = library.vector_set()?;
        Ok(set.is_some_and(|set| set.name == self.endpoint.set_name() && set.texts == *self.endpoint.texts()))
    }

    fn embed(&mut self, library: &mut Library, survey: Survey) -> Result<(), EmbeddingError> {
        let began = Instant::now();
        let go_on = |_| !self.stop.load(Ordering::Relaxed);
        let refusals = embedding::embed(library, self.endpoint, &survey.missing, BATCH, go_on)?;
        for refusal in &refusals {
            let reason = &refusal.reason;
            tracing::warn!(%reason, chars = refusal.text.chars().count(), "a text gets no vector: {reason}");
        }
        if survey.missing.len() > refusals.len() {
            tracing::info!(
                texts = survey.missing.len(),
                entries = survey.waiting.len(),
                duration_ms = began.elapsed().as_millis() as u64,
                "{} new texts embedded",
                survey.missing.len()
            );
            let has_questions = survey.missing.iter().any(|wanted| wanted.role == Role::Question);
            // Fails only without a receiver, which lives as long as the sender.
            let _ = self.app.embedded.0.send(Embedded { entries: survey.waiting, has_questions });
        }
        self.seen = survey.seen;
        Ok(())
    }
}
