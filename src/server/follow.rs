//! Keeps the served state up to the library: looks for new changes, applies
//! them to the index and publishes the next snapshot.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::App;
use crate::index::Generation;
use crate::library::Library;

/// How often the library is asked for changes: a change is found by a search
/// within a second.
const EVERY: Duration = Duration::from_millis(150);

/// Follows until `stop` is set; blocks the thread it is given. What fails is
/// logged and tried again.
pub fn follow(app: &Arc<App>, corpus: &Path, generation: &Generation, stop: &AtomicBool) {
    let library = match Library::open(corpus) {
        Ok(library) => library,
        Err(error) => return tracing::error!(%error, "library cannot be followed: {error}"),
    };
    while !stop.load(Ordering::Relaxed) {
        if let Err(error) = step(app, &library, generation) {
            tracing::warn!(%error, "changes not applied yet: {error}");
            std::thread::sleep(EVERY * 5);
        }
        std::thread::sleep(EVERY);
    }
}

fn step(app: &App, library: &Library, generation: &Generation) -> Result<(), crate::index::IndexError> {
    let last_change = library.last_change()?;
    let shown = app.snapshot.load().as_ref().map_or(0, |snapshot| snapshot.last_change);
    if last_change <= shown {
        return Ok(());
    }
    // Another process (an import) may have applied the changes already.
    if generation.last_change()? < last_change {
        generation.follow(library)?;
    }
    let snapshot = generation.snapshot()?;
    tracing::info!(last_change = snapshot.last_change, "index follows to change {}", snapshot.last_change);
    app.publish(Arc::new(snapshot));
    Ok(())
}
