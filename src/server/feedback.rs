//! What the journal is told over HTTP: `POST /v1/feedback` says what became of a
//! question or a call; searches and answers note themselves.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::extract::rejection::JsonRejection;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::App;
use super::body::unreadable_body;
use super::caller::Caller;
use super::problem::{Code, Problem};
use crate::access::Role;
use crate::entry::Region;
use crate::journal::{Asked, JournalError, Line, Outcome, Place, Subject, Told};
use crate::search::Hit;

/// Longest name of a call, a seat, a department, an entry.
const MAX_NAME_CHARS: usize = 300;
/// Longest note.
pub(super) const MAX_NOTE_CHARS: usize = 500;
/// Hits of a search that are noted.
const MOST_SHOWN: usize = 10;

/// What became of a question or a call.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FeedbackRequest {
    outcome: String,
    search_id: Option<String>,
    call: Option<String>,
    entry_id: Option<String>,
    /// To whom it was dispatched.
    department: Option<String>,
    seat: Option<String>,
    line: Option<String>,
    note: Option<String>,
    /// How satisfied the caller was, 1 to 5.
    satisfaction: Option<u8>,
}

/// Notes an outcome; it is safe when this answers.
pub async fn feedback(
    State(app): State<Arc<App>>,
    caller: Caller,
    body: Result<Json<FeedbackRequest>, JsonRejection>,
) -> Result<Json<Value>, Problem> {
    let Json(asked) = body.map_err(|error| unreadable_body("outcome", &error))?;
    let outcome: Outcome = serde_json::from_value(asked.outcome.into()).map_err(|_| {
        Problem::field("outcome", "outcome 只能是 opened、copied、answered、dispatched、abandoned 或 rated")
    })?;
    let search_id = asked.search_id.map(|id| search_id(&id)).transpose()?;
    let place = place_of(&caller, asked.call, asked.seat, asked.line)?;
    if search_id.is_none() && place.call.is_none() {
        return Err(Problem::field("search_id", "请写上 search_id 或 call，说明是哪次查询、哪通电话"));
    }
    let entry_id = named("entry_id", asked.entry_id)?;
    if entry_id.is_none() && matches!(outcome, Outcome::Opened | Outcome::Copied) {
        return Err(Problem::field("entry_id", "请写上 entry_id，说明是哪个条目"));
    }
    let satisfaction = satisfaction(asked.satisfaction, outcome)?;
    let subject = entry_id.as_deref().and_then(|id| subject_of(&app, id));
    let told = Told {
        search_id,
        at: Timestamp::now(),
        outcome,
        entry_id,
        subject,
        satisfaction,
        department: named("department", asked.department)?,
        place,
        note: note_of(asked.note)?,
    };
    let (safe, done) = tokio::sync::oneshot::channel();
    app.journal.told(told, Box::new(|written| drop(safe.send(written))));
    done.await.map_err(|_| Problem::internal("the journal's thread is gone"))??;
    Ok(Json(json!({ "recorded": true })))
}

/// 1 to 5; one that says nothing else has to say it.
fn satisfaction(given: Option<u8>, outcome: Outcome) -> Result<Option<u8>, Problem> {
    match given {
        None if outcome != Outcome::Rated => Ok(None),
        Some(1..=5) => Ok(given),
        _ => Err(Problem::field("satisfaction", "satisfaction 要是 1（很不满意）到 5（很满意）的整数")),
    }
}

/// What an entry is about, as far as the index knows it now.
fn subject_of(app: &App, id: &str) -> Option<Subject> {
    let snapshot = app.snapshot().ok()?;
    let shown = snapshot.shown(snapshot.place_of(id).ok()??).ok()?;
    Some(Subject::of(&shown.entry.category, &shown.entry.department))
}

/// Notes a search and what it showed.
pub(super) fn note_search<'h>(
    app: &App,
    search_id: Uuid,
    (question, region, collection): (String, Option<Region>, Option<String>),
    place: Place,
    hits: impl IntoIterator<Item = &'h Hit>,
    answered: Option<bool>,
) {
    if !app.journal.is_on() {
        return;
    }
    let mut hits = hits.into_iter().peekable();
    let confidence = hits.peek().map_or(0.0, |first| first.confidence);
    let about = |hit: &&Hit| Subject::of(&hit.shown.entry.category, &hit.shown.entry.department);
    let subject = hits.peek().map(about).unwrap_or_default();
    let shown = hits.take(MOST_SHOWN).map(|hit| hit.shown.entry.id.clone()).collect();
    let at = Timestamp::now();
    app.journal.asked(Asked {
        search_id,
        at,
        question,
        region,
        collection,
        place,
        shown,
        confidence,
        answered,
        subject,
    });
}

/// Where a request comes from, as it says itself; a bot's key is a bot's line.
pub(super) fn place_of(
    caller: &Caller,
    call: Option<String>,
    seat: Option<String>,
    line: Option<String>,
) -> Result<Place, Problem> {
    let unknown = || Problem::field("line", "line 只能是 12345、8890、web 或 chatbot");
    let line = line.map(|line| Line::parse(&line).ok_or_else(unknown)).transpose()?;
    let bot = (caller.role() == Some(Role::Chatbot)).then_some(Line::Chatbot);
    Ok(Place {
        call: named("call", call)?,
        seat: named("seat", seat)?,
        line: line.or(bot),
        key_id: caller.key_id.clone(),
    })
}

/// A name that is given is neither empty nor endless.
pub(super) fn named(field: &str, name: Option<String>) -> Result<Option<String>, Problem> {
    let Some(name) = name.map(|name| name.trim().to_owned()).filter(|name| !name.is_empty()) else {
        return Ok(None);
    };
    match name.chars().count() {
        0..=MAX_NAME_CHARS => Ok(Some(name)),
        chars => Err(Problem::field(field, format!("{field} 有 {chars} 个字，最多 {MAX_NAME_CHARS} 个"))),
    }
}

pub(super) fn note_of(note: Option<String>) -> Result<String, Problem> {
    let note = note.unwrap_or_default();
    match note.chars().count() {
        0..=MAX_NOTE_CHARS => Ok(note),
        chars => Err(Problem::field("note", format!("说明有 {chars} 个字，最多 {MAX_NOTE_CHARS} 个"))),
    }
}

pub(super) fn search_id(text: &str) -> Result<Uuid, Problem> {
    Uuid::parse_str(text).map_err(|_| Problem::field("search_id", "search_id 要照查询结果里的写"))
}

impl From<JournalError> for Problem {
    fn from(error: JournalError) -> Problem {
        match error {
            JournalError::DiskFull => Problem::new(Code::DiskFull, error.to_string()),
            JournalError::Off => Problem::new(Code::Conflict, error.to_string()),
            other => Problem::internal(&other.to_string()),
        }
    }
}
