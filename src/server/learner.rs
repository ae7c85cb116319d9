//! Learns from the journal by night, beside the server, on a thread of its own
//! with the lowest priority. A night that was missed is made up for by day.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use jiff::civil::Weekday;

use super::App;
use super::reindexer::NICENESS;
use crate::adopting::{Adopters, AdoptingError, DAYS, How, Learned, Verdict, Weighed, learn, weigh_news};
use crate::library::{Learning, Library, LibraryError};
use crate::meaning::Asker;

/// How often the clock is looked at.
const EVERY: Duration = Duration::from_millis(250);
/// How often the library is asked what is due.
const ASKED_EVERY: Duration = Duration::from_secs(60);
/// The weights are learned once a week at most: it takes minutes, and they settle.
const WEIGHED_ON: Weekday = Weekday::Monday;
/// From this hour on a night's pass is due: few call then.
const HOUR: i8 = 3;

/// Learns each night until `stop` is set; blocks the thread it is given. What
/// fails is logged and tried the next night.
pub fn keep_learning(app: &Arc<App>, library: &mut Library, corpus: &Path, stop: &AtomicBool) {
    if let Err(error) = rustix::process::setpriority_process(None, NICENESS) {
        tracing::warn!(%error, "learning runs at the priority of searches: {error}");
    }
    let mut asked = None::<Instant>;
    while !stop.load(Ordering::Relaxed) {
        if asked.is_none_or(|at| at.elapsed() >= ASKED_EVERY) {
            asked = Some(Instant::now());
            if let Err(error) = learn_if_due(app, library, (corpus, stop)) {
                match error.is_cancelled() {
                    true => return,
                    false => tracing::warn!(%error, "nothing learned from the journal: {error}"),
                }
            }
        }
        std::thread::sleep(EVERY);
    }
}

fn learn_if_due(
    app: &App,
    library: &mut Library,
    (corpus, stop): (&Path, &AtomicBool),
) -> Result<(), AdoptingError> {
    let now = jiff::Zoned::now();
    if !is_due(library, &now)? {
        return Ok(());
    }
    let adopters = match library.settings()?.learning {
        Learning::Off => return Ok(()),
        Learning::Keys => Adopters::Keys,
        Learning::Seats => Adopters::Seats,
    };
    let Some(snapshot) = app.snapshot.load_full() else { return Ok(()) };
    // Written first: a pass that brings the server down does not do so each minute.
    library.set_learned_on(now.date())?;
    let endpoint = app.asker.get().map(Asker::endpoint);
    let how = How { days: DAYS, adopters, today: now.date(), dry_run: false, endpoint, stop };
    let learned = learn(library, (corpus, &snapshot), &how)?;
    let Learned { report, .. } = &learned;
    tracing::info!(
        believed = report.believed,
        new = report.new,
        hurtful = report.hurtful,
        verdict = ?report.verdict,
        "learned from the journal: {:?}, {} answers believed, {} new",
        report.verdict,
        report.believed,
        report.new
    );
    if report.verdict == Verdict::Learned {
        let sums = format!("采信 {} 个答案，其中新的 {} 个", report.believed - report.hurtful, report.new);
        library.note_learned(&sums)?;
    }
    if now.weekday() == WEIGHED_ON
        && let Some(weighed) = weigh_news((corpus, &snapshot), &learned, &how)?
    {
        install(library, &weighed)?;
    }
    Ok(())
}

/// Asks for the generation that has the weights, which replays the golden
/// questions before it is used.
fn install(library: &mut Library, weighed: &Weighed) -> Result<(), AdoptingError> {
    let Weighed { questions, before, after, rankings, .. } = weighed;
    let is_better = rankings.is_some();
    tracing::info!(questions, before, after, is_better, "weights learned from the journal");
    if is_better {
        let reason = format!("从日志的 {questions} 个问题学了权重，MRR@10 {before:.3} → {after:.3}");
        library.note_learned(&reason)?;
        // Where a job is under way the next reindex takes the weights in.
        library.ask_for_job("reindex", "夜间学习", &reason, &serde_json::json!({}))?;
    }
    Ok(())
}

/// Whether a night has begun since the last pass; a library that has just been
/// made waits for its first.
fn is_due(library: &mut Library, now: &jiff::Zoned) -> Result<bool, LibraryError> {
    match library.learned_on()? {
        None => library.set_learned_on(now.date()).map(|()| false),
        Some(day) => Ok(day < now.date() && now.hour() >= HOUR),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pass_is_due_once_a_night_and_made_up_for_by_day() {
        let folder = tempfile::tempdir().unwrap();
        let mut library = Library::open(folder.path()).unwrap();
        let at = |text: &str| text.parse::<jiff::Zoned>().unwrap();
        let mut due = |now: &str| is_due(&mut library, &at(now)).unwrap();
        assert!(!due("2026-11-25T12:00[Asia/Shanghai]"));
        assert!(!due("2026-11-25T23:59[Asia/Shanghai]"));
        assert!(!due("2026-11-26T02:59[Asia/Shanghai]"));
        assert!(due("2026-11-26T03:00[Asia/Shanghai]"));
        assert!(due("2026-11-28T17:00[Asia/Shanghai]"));
    }
}
