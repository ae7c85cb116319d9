//! Keeps the served state up to the library: looks for new changes and new
//! generations, and publishes the next snapshot.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::App;
use crate::index::{Generation, IndexError};
use crate::indexing::{Indexer, Notice};
use crate::library::Library;

/// How often the library is asked for changes: a change is found by a search
/// within a second.
const EVERY: Duration = Duration::from_millis(150);

/// Follows until `stop` is set; blocks the thread it is given. What fails is
/// logged and tried again; the last good state goes on answering.
pub fn follow(
    app: &Arc<App>,
    library: &Library,
    indexer: &Indexer,
    generation: Generation,
    stop: &AtomicBool,
) {
    let mut held = generation;
    // Beside the first requests, not before them.
    if let Some(snapshot) = app.snapshot.load().as_ref() {
        snapshot.sounds().prepare();
    }
    while !stop.load(Ordering::Relaxed) {
        let mut stepped = step(app, library, indexer, &mut held);
        // Another process swapped the generation away while we wrote to it: the
        // new one is opened at once.
        if stepped.is_err() && indexer.is_swapped(&held) {
            stepped = step(app, library, indexer, &mut held);
        }
        if let Err(error) = stepped {
            tracing::warn!(%error, "changes not applied yet: {error}");
            std::thread::sleep(EVERY * 5);
        }
        std::thread::sleep(EVERY);
    }
}

fn step(app: &App, library: &Library, indexer: &Indexer, held: &mut Generation) -> Result<(), IndexError> {
    let shown = app.snapshot.load().as_ref().map_or(0, |snapshot| snapshot.last_change);
    if !indexer.is_behind(library, held)? && shown == held.last_change()? {
        return Ok(());
    }
    *held = indexer.follow(library, held.clone(), log)?;
    let snapshot = held.snapshot()?;
    snapshot.sounds().prepare();
    tracing::info!(
        index.generation = %held.name,
        last_change = snapshot.last_change,
        "{} follows to change {}",
        held.name,
        snapshot.last_change
    );
    app.publish(Arc::new(snapshot));
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
