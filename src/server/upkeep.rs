//! What goes on beside requests and beside the index: keys and curation
//! are read again when they change, uses of keys are written down, what is scheduled is carried out.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use super::App;
use crate::library::{KeyUse, Library, LibraryError};

/// How often keys are looked at: a revoked one is refused within this.
const EVERY: Duration = Duration::from_millis(150);
/// How often uses of keys are written down and the schedule is looked at: both
/// cost a look into the database.
const WRITTEN_EVERY: Duration = Duration::from_secs(1);

/// Keeps up until `stop` is set; blocks the thread it is given. What fails is
/// logged and tried again.
pub fn keep_up(app: &Arc<App>, library: &mut Library, stop: &AtomicBool) {
    let mut seen = None;
    let mut uses = Uses::default();
    let mut written = Instant::now();
    loop {
        let is_last = stop.load(Ordering::Relaxed);
        let mut done = hold(app, library, &mut seen);
        if is_last || written.elapsed() >= WRITTEN_EVERY {
            written = Instant::now();
            done = done.and_then(|()| uses.write_down(app, library)).and_then(|()| carry_out(library));
        }
        if let Err(error) = done {
            tracing::warn!(%error, "upkeep failed, is tried again: {error}");
        }
        if is_last {
            return;
        }
        std::thread::sleep(EVERY);
    }
}

/// Reads keys and curation where somebody wrote to the library since.
fn hold(app: &App, library: &Library, seen: &mut Option<u64>) -> Result<(), LibraryError> {
    let version = library.data_version()?;
    if *seen != Some(version) {
        app.hold_keys(library.keyring()?);
        app.hold_curation(library.curation()?);
        app.journal.keep_days(library.settings()?.journal_days);
        *seen = Some(version);
    }
    Ok(())
}

fn carry_out(library: &mut Library) -> Result<(), LibraryError> {
    let done = library.carry_out_due(jiff::Timestamp::now())?;
    if done > 0 {
        tracing::info!(entries = done, "{done} scheduled changes carried out");
    }
    Ok(())
}

/// Uses of keys that are not written down yet.
#[derive(Default)]
struct Uses {
    /// By key and action, on a day.
    counted: HashMap<(String, String, String), (u64, String)>,
}

impl Uses {
    fn write_down(&mut self, app: &App, library: &mut Library) -> Result<(), LibraryError> {
        let now = jiff::Timestamp::now().to_string();
        let day = jiff::Zoned::now().date().to_string();
        for used in app.uses.1.try_iter() {
            let count = self.counted.entry((used.key_id, day.clone(), used.action)).or_default();
            *count = (count.0 + 1, now.clone());
        }
        if self.counted.is_empty() {
            return Ok(());
        }
        let uses: Vec<KeyUse> = self
            .counted
            .iter()
            .map(|((key_id, day, action), (times, last_at))| KeyUse {
                key_id: key_id.clone(),
                day: day.clone(),
                action: action.clone(),
                times: *times,
                last_at: last_at.clone(),
            })
            .collect();
        library.record_key_uses(&uses)?;
        self.counted.clear();
        Ok(())
    }
}
