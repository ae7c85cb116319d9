//! `POST /v1/preview`: what one entry or some synonyms would change, before
//! anybody else sees it.

use std::sync::{Arc, Mutex, PoisonError};

use axum::Json;
use axum::extract::State;
use axum::extract::rejection::JsonRejection;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::App;
use super::body::unreadable_body;
use super::caller::Caller;
use super::editing::checked;
use super::problem::Problem;
use super::search::today;
use crate::access::Role;
use crate::corpus::entry_of_object;
use crate::entry::{Entry, Finding};
use crate::library::Library;
use crate::preview::{Preview, PreviewError};
use crate::reindexing::{ReindexError, add_written};
use crate::replay::{GoldenSet, Report};

/// One change: either of the two.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PreviewRequest {
    entry: Option<Map<String, Value>>,
    /// One or more lines, as in `synonyms.txt`.
    synonyms: Option<String>,
}

/// What would change.
#[derive(Serialize)]
pub struct PreviewView {
    /// `14 个问题有变化，其中 2 个失去原来的答案`
    summary: String,
    changed: usize,
    lost_answers: usize,
    took_ms: u64,
    report: Report,
}

/// The library's similar questions, read once for each change of it.
#[derive(Default)]
pub(super) struct GoldenCache(Mutex<Option<(u64, GoldenSet)>>);

impl GoldenCache {
    fn of(&self, library: &Library) -> Result<GoldenSet, Problem> {
        let last_change = library.last_change()?;
        // A poisoned lock only says that another thread panicked: the set is whole.
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((at, golden)) = held.as_ref()
            && *at == last_change
        {
            return Ok(golden.clone());
        }
        let mut golden = GoldenSet::default();
        golden.add_similar(library)?;
        *held = Some((last_change, golden.clone()));
        Ok(golden)
    }
}

enum Change {
    Entry(Box<Entry>),
    Synonyms(String),
}

fn change_of(asked: PreviewRequest) -> Result<Change, Problem> {
    match (asked.entry, asked.synonyms) {
        (Some(row), None) => {
            let entry = entry_of_object(row).map_err(|finding| Problem::invalid(&[finding]))?;
            Ok(Change::Entry(Box::new(checked(entry)?)))
        }
        (None, Some(lines)) if !lines.trim().is_empty() => Ok(Change::Synonyms(lines)),
        (None, Some(_)) => Err(Problem::field("synonyms", "同义词是空的，请写一行，如“甲, 乙 => 丙”")),
        _ => Err(Problem::field("entry", "entry 和 synonyms 要给一个，只给一个")),
    }
}

/// What a change would do to the golden questions.
pub async fn preview(
    State(app): State<Arc<App>>,
    caller: Caller,
    body: Result<Json<PreviewRequest>, JsonRejection>,
) -> Result<Json<PreviewView>, Problem> {
    caller.require(Role::Editor)?;
    let began = std::time::Instant::now();
    let Json(asked) = body.map_err(|error| unreadable_body("entry", &error))?;
    let change = change_of(asked)?;
    let snapshot = app.snapshot()?;
    let generation = app.generation.load_full().ok_or_else(Problem::index_not_ready)?;
    let held = Arc::clone(&app);
    let mut golden = app.read(move |library| held.golden.of(library)).await?;
    let held = Arc::clone(&app);
    let report = app
        .compute(move || {
            add_written(&mut golden, &held.corpus, &[])?;
            let preview = Preview { snapshot: &snapshot, golden, today: today() };
            Ok(match &change {
                Change::Entry(entry) => preview.of_entry(&generation, entry)?,
                Change::Synonyms(lines) => preview.of_synonyms(lines)?,
            })
        })
        .await?;
    Ok(Json(PreviewView {
        summary: report.summary(),
        changed: report.changed(),
        lost_answers: report.lost_answers(),
        took_ms: began.elapsed().as_millis() as u64,
        report,
    }))
}

impl From<PreviewError> for Problem {
    fn from(error: PreviewError) -> Problem {
        match error {
            PreviewError::Index(error) => error.into(),
            PreviewError::Synonyms(errors) => {
                let findings: Vec<Finding> = errors
                    .into_iter()
                    .map(|error| {
                        let message = format!("第 {} 行：{}", error.line, error.message);
                        Finding::error(error.code, "synonyms", message)
                    })
                    .collect();
                Problem::invalid(&findings)
            }
        }
    }
}

impl From<ReindexError> for Problem {
    fn from(error: ReindexError) -> Problem {
        Problem::internal(&error.to_string())
    }
}
