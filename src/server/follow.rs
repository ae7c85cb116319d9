//! Keeps the served state up to the library: looks for new changes, new
//! generations and new adoptions, and publishes the next snapshot.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::App;
use super::embedder::Embedded;
use crate::index::{Generation, IndexError};
use crate::indexing::{Indexer, Notice, Remembered};
use crate::library::Library;

/// How often the library is asked for changes: a change is found by a search
/// within a second.
const EVERY: Duration = Duration::from_millis(150);

/// What the served state is made of.
pub struct Held {
    pub generation: Generation,
    pub remembered: Remembered,
}

/// Follows until `stop` is set; blocks the thread it is given. What fails is
/// logged and tried again; the last good state goes on answering.
pub fn follow(app: &Arc<App>, library: &Library, indexer: &Indexer, mut held: Held, stop: &AtomicBool) {
    // Beside the first requests, not before them.
    if let Some(snapshot) = app.snapshot.load().as_ref() {
        snapshot.sounds().prepare();
    }
    let mut embedded = Embedded::default();
    while !stop.load(Ordering::Relaxed) {
        app.embedded.1.try_iter().for_each(|more| embedded.add(more));
        let mut stepped = step(app, library, indexer, &mut held, &mut embedded);
        // Another process swapped the generation away while we wrote to it: the
        // new one is opened at once.
        if stepped.is_err() && indexer.is_swapped(&held.generation) {
            stepped = step(app, library, indexer, &mut held, &mut embedded);
        }
        if let Err(error) = stepped {
            tracing::warn!(%error, "changes not applied yet: {error}");
            std::thread::sleep(EVERY * 5);
        }
        std::thread::sleep(EVERY);
    }
}

fn step(
    app: &App,
    library: &Library,
    indexer: &Indexer,
    held: &mut Held,
    embedded: &mut Embedded,
) -> Result<(), IndexError> {
    let shown = app.snapshot.load().as_ref().map_or(0, |snapshot| snapshot.last_change);
    let today = jiff::Zoned::now().date();
    let entries_moved =
        indexer.is_behind(library, &held.generation)? || shown != held.generation.last_change()?;
    if !entries_moved
        && embedded.is_nothing()
        && !held.remembered.is_behind(library, &held.generation, today)?
    {
        return Ok(());
    }
    if entries_moved {
        held.generation = indexer.follow(library, held.generation.clone(), log)?;
    }
    // After what changed: an entry is embedded once it is published.
    if !embedded.entries.is_empty() {
        held.generation.refresh(library, &embedded.entries)?;
    }
    let is_behind = held.remembered.is_behind(library, &held.generation, today)?;
    let remembered = match is_behind || embedded.has_questions {
        true => Remembered::read(library, &held.generation, today)?,
        false => held.remembered.clone(),
    };
    let snapshot = remembered.snapshot_of(&held.generation)?;
    snapshot.sounds().prepare();
    tracing::info!(
        index.generation = %held.generation.name,
        last_change = snapshot.last_change,
        remembered = snapshot.memory().len(),
        "{} follows to change {}, {} questions remembered",
        held.generation.name,
        snapshot.last_change,
        snapshot.memory().len()
    );
    app.hold_generation(held.generation.clone());
    app.publish(Arc::new(snapshot));
    // Kept only once it is shown: what failed is tried again.
    held.remembered = remembered;
    *embedded = Embedded::default();
    Ok(())
}

fn log(notice: Notice<'_>) {
    match notice {
        Notice::Unusable(error) => tracing::warn!(%error, "index is rebuilt: {error}"),
        Notice::Building { entries } => tracing::info!(entries, "building a generation of {entries} entries"),
        Notice::Progress { .. } => {}
        Notice::Built(build) => tracing::info!(
            index.generation = %build.generation,
            duration_ms = build.took_ms,
            "{} built",
            build.generation
        ),
        Notice::Locked => tracing::debug!("another process is writing the index"),
    }
}
