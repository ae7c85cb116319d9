//! `/v1/schedule`: publishing and retiring at a set time.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::extract::rejection::JsonRejection;
use axum::http::StatusCode;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use super::App;
use super::body::unreadable_body;
use super::caller::Caller;
use super::editing::{may_save, readable, reason_of};
use super::problem::{Code, Problem};
use crate::access::Role;
use crate::entry::{Entry, Status};
use crate::library::{Due, Scheduled};

/// What is to happen to an entry's newest version, and when.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScheduleRequest {
    entry_id: String,
    version: u32,
    status: String,
    due_at: String,
    reason: Option<String>,
}

/// What is scheduled, the next first.
pub async fn list(State(app): State<Arc<App>>, caller: Caller) -> Result<Json<Value>, Problem> {
    caller.require(Role::Editor)?;
    let scheduled = app.read(|library| Ok(library.scheduled()?)).await?;
    Ok(Json(json!({ "scheduled": scheduled })))
}

/// Schedules; whoever may publish now may publish later.
pub async fn put(
    State(app): State<Arc<App>>,
    caller: Caller,
    body: Result<Json<ScheduleRequest>, JsonRejection>,
) -> Result<(StatusCode, Json<Scheduled>), Problem> {
    caller.require(Role::Editor)?;
    let Json(asked) = body.map_err(|error| unreadable_body("entry_id", &error))?;
    let reason = reason_of(asked.reason.as_deref())?;
    let (due, status) = match asked.status.as_str() {
        "published" => (Due::Published, Status::Published),
        "retired" => (Due::Retired, Status::Retired),
        _ => return Err(Problem::field("status", "status 只能是 published（发布）或 retired（停用）")),
    };
    let due_at: Timestamp = asked
        .due_at
        .parse()
        .map_err(|_| Problem::field("due_at", "due_at 要带时区，例如 2026-12-01T08:00:00+08:00"))?;
    if due_at <= Timestamp::now() {
        return Err(Problem::field("due_at", "due_at 已经过去了，请直接发布或停用"));
    }
    let scheduled = app
        .write(move |library| {
            let newest = readable(library, &caller, &asked.entry_id)?;
            may_save(library, &caller, Some(&newest), &Entry { status, ..newest.entry.clone() })?;
            let scheduled = Scheduled {
                entry_id: asked.entry_id,
                version: asked.version,
                status: due,
                due_at,
                made_by: caller.signature.clone(),
                reason,
            };
            match library.schedule(&scheduled)? {
                true => Ok(scheduled),
                false => {
                    let detail = format!("现在是第 {} 版，请核对后按新版安排", newest.version);
                    Err(Problem::new(Code::PreconditionFailed, detail))
                }
            }
        })
        .await?;
    Ok((StatusCode::CREATED, Json(scheduled)))
}
