//! Gaps from the journal: `POST /v1/gaps/gather` on demand, and a thread that
//! gathers while nobody waits. Neither is on the way of a search: both read the
//! journal beside it and write the library once, at the end.

use std::sync::Arc;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use serde::Deserialize;

use super::App;
use super::caller::Caller;
use super::problem::Problem;
use super::search::number;
use crate::access::Role;
use crate::gathering::{self, DEFAULT_DAYS, Gathered, GatheringError, Means};
use crate::library::Library;

/// How often the journal is looked at.
const EVERY: Duration = Duration::from_secs(600);
/// When it is first looked at: not while the first desks log in.
const FIRST_AFTER: Duration = Duration::from_secs(60);
/// How often it is asked whether to stop.
const STEP: Duration = Duration::from_millis(250);
/// Texts a request: a caller's question waits behind one text, not behind many.
const BATCH: usize = 1;
/// Most days that can be looked at.
const MOST_DAYS: usize = 366;

/// How far back to look.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GatherParameters {
    days: Option<String>,
}

/// Gathers now, and says what was found.
pub async fn gather(
    State(app): State<Arc<App>>,
    caller: Caller,
    parameters: Result<Query<GatherParameters>, QueryRejection>,
) -> Result<Json<Gathered>, Problem> {
    caller.require(Role::Reviewer)?;
    let Query(asked) = parameters.map_err(|error| Problem::unreadable("days", &error.body_text()))?;
    let days = number(asked.days, "days", DEFAULT_DAYS as usize, 1, MOST_DAYS)?;
    app.snapshot()?;
    let gathered = tokio::task::spawn_blocking(move || {
        let mut library = Library::open(&app.corpus)?;
        let days = u32::try_from(days).unwrap_or(DEFAULT_DAYS);
        Ok::<_, Problem>(gathered(&app, &mut library, days, &AtomicBool::new(false))?)
    });
    let gathered = gathered.await.map_err(|error| Problem::internal(&format!("gathering: {error}")))??;
    Ok(Json(gathered.unwrap_or_default()))
}

/// Gathers now and then until `stop` is set; blocks the thread it is given. What
/// fails is logged and tried again.
pub fn keep_gathered(app: &Arc<App>, library: &mut Library, stop: &AtomicBool) {
    let mut next = Instant::now() + FIRST_AFTER;
    let mut seen = None;
    while !stop.load(Ordering::Relaxed) {
        std::thread::sleep(STEP);
        if Instant::now() < next || app.waiting_now() > 0 {
            continue;
        }
        next = Instant::now() + EVERY;
        let began = Instant::now();
        let done = app.journal.state().map_err(GatheringError::from).and_then(|state| {
            if state.is_none() || state == seen {
                return Ok(None);
            }
            let gathered = gathered(app, library, DEFAULT_DAYS, stop)?;
            seen = state;
            Ok(gathered)
        });
        match done {
            Ok(Some(gathered)) => tracing::info!(
                lost = gathered.lost,
                questions = gathered.questions,
                new = gathered.new,
                returned = gathered.returned,
                duration_ms = began.elapsed().as_millis() as u64,
                "{} lost calls gathered, {} new gaps",
                gathered.lost,
                gathered.new
            ),
            Ok(None) => {}
            Err(error) => tracing::warn!(%error, "gaps are not gathered, is tried again: {error}"),
        }
    }
}

/// One pass at a time; none while there is no index to take the words from.
fn gathered(
    app: &App,
    library: &mut Library,
    days: u32,
    stop: &AtomicBool,
) -> Result<Option<Gathered>, GatheringError> {
    let Some(snapshot) = app.snapshot.load_full() else { return Ok(None) };
    let _one_at_a_time = app.gathering.lock().unwrap_or_else(PoisonError::into_inner);
    let means = Means {
        words: (snapshot.cutter(), snapshot.synonyms()),
        endpoint: app.asker.get().filter(|asker| !asker.is_resting()).map(|asker| asker.endpoint()),
        batch: BATCH,
        go_on: &|| !stop.load(Ordering::Relaxed),
    };
    gathering::gather(library, &app.journal, &means, days, jiff::Zoned::now()).map(Some)
}

impl From<GatheringError> for Problem {
    fn from(error: GatheringError) -> Problem {
        match error {
            GatheringError::Journal(error) => error.into(),
            GatheringError::Library(error) => error.into(),
            GatheringError::Embedding(error) => Problem::internal(&error.to_string()),
        }
    }
}
