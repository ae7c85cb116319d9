//! Figures: of the library, and of the calls the journal knows.

use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde::Serialize;
use serde_json::{Value, json};

use super::App;
use super::caller::Caller;
use super::problem::Problem;
use super::search::{number, today};
use crate::access::Role;
use crate::entry::Status;
use crate::journal::{EntryCount, InstantAnswer, Outcome};
use crate::library::{Library, LibraryError, StoredEntry};

/// Most entries of a figure.
const MAX_LISTED: usize = 200;
/// How far back figures go.
const MAX_DAYS: usize = 3650;
/// Entries that are looked at for those out of force.
const LOOKED_AT: usize = 5_000;

/// `GET /v1/stats/library`
#[derive(Serialize)]
pub struct LibraryView {
    entries: u64,
    by_kind: ByKind,
    last_change: u64,
    indexed_change: u64,
}

#[derive(Serialize)]
struct ByKind {
    policy: u64,
    guide: u64,
    faq: u64,
}

/// Which days are asked about, both included; without them all.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DaysParameters {
    from: Option<String>,
    to: Option<String>,
}

/// Which entries are asked about.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EntriesParameters {
    by: String,
    days: Option<String>,
    limit: Option<String>,
}

/// Counts of published entries, and how far the index has followed.
pub async fn library(State(app): State<Arc<App>>) -> Result<Json<LibraryView>, Problem> {
    let indexed_change = app.snapshot()?.last_change;
    let stats = app.read(|library| Ok(library.stats()?)).await?;
    Ok(Json(LibraryView {
        entries: stats.entries,
        by_kind: ByKind { policy: stats.policy, guide: stats.guide, faq: stats.faq },
        last_change: stats.last_change,
        indexed_change,
    }))
}

/// `GET /v1/stats/instant-answer`: calls answered at once.
pub async fn instant_answer(
    State(app): State<Arc<App>>,
    parameters: Result<Query<DaysParameters>, QueryRejection>,
) -> Result<Json<InstantAnswer>, Problem> {
    let Query(asked) = parameters.map_err(|error| Problem::unreadable("from", &error.body_text()))?;
    let from = asked.from.map(|text| day("from", &text)).transpose()?.unwrap_or(Date::ZERO);
    let to = asked.to.map(|text| day("to", &text)).transpose()?.unwrap_or(Date::MAX);
    let holder = Arc::clone(&app);
    let figures = app.read(move |_| Ok(holder.journal.instant_answer(from, to)?)).await?;
    Ok(Json(figures))
}

/// `GET /v1/stats/entries`: most copied, opened though out of force, never shown.
pub async fn entries(
    State(app): State<Arc<App>>,
    caller: Caller,
    parameters: Result<Query<EntriesParameters>, QueryRejection>,
) -> Result<Json<Value>, Problem> {
    caller.require(Role::Editor)?;
    let Query(asked) = parameters.map_err(|error| Problem::unreadable("by", &error.body_text()))?;
    let days = number(asked.days, "days", 30, 1, MAX_DAYS)?;
    let limit = number(asked.limit, "limit", 50, 1, MAX_LISTED)?;
    let since = Timestamp::now() - SignedDuration::from_hours(24 * days as i64);
    let holder = Arc::clone(&app);
    let counted: Vec<(EntryCount, StoredEntry)> = app
        .read(move |library| {
            let journal = &holder.journal;
            match asked.by.as_str() {
                "copied" => {
                    let copied = journal.entries_with(Outcome::Copied, since, limit)?;
                    Ok(with_entries(library, copied)?)
                }
                "opened_expired" => {
                    let opened = journal.entries_with(Outcome::Opened, since, LOOKED_AT)?;
                    let mut expired = with_entries(library, opened)?;
                    expired.retain(|(_, stored)| is_out_of_force(stored));
                    expired.truncate(limit);
                    Ok(expired)
                }
                "never_shown" => {
                    let shown = journal.shown_since(since)?;
                    let never = library.live_besides(|id| shown.contains(id), limit)?;
                    let counted = never.into_iter().map(|id| EntryCount { id, times: 0 }).collect();
                    Ok(with_entries(library, counted)?)
                }
                _ => Err(Problem::field("by", "by 只能是 copied、opened_expired 或 never_shown")),
            }
        })
        .await?;
    let view: Vec<Value> = counted
        .iter()
        .filter(|(_, stored)| caller.scope.may_read(&stored.entry))
        .map(|(count, stored)| {
            json!({ "id": count.id, "times": count.times, "title": stored.entry.title, "kind": stored.entry.kind,
                    "department": stored.entry.department })
        })
        .collect();
    Ok(Json(json!({ "entries": view })))
}

/// The entries that are counted, as they stand; what is gone is left out.
fn with_entries(
    library: &Library,
    counted: Vec<EntryCount>,
) -> Result<Vec<(EntryCount, StoredEntry)>, LibraryError> {
    let mut found = Vec::with_capacity(counted.len());
    for count in counted {
        if let Some(stored) = library.live_entry(&count.id)? {
            found.push((count, stored));
        }
    }
    Ok(found)
}

fn is_out_of_force(stored: &StoredEntry) -> bool {
    stored.entry.status == Status::Retired || stored.entry.expires_on.is_some_and(|last| last < today())
}

/// A day as it is written in a request.
pub(super) fn day(field: &str, text: &str) -> Result<Date, Problem> {
    text.parse().map_err(|_| Problem::field(field, format!("{field} 要写成 2026-11-23 这样的日期")))
}
