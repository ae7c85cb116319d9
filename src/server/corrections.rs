//! `/v1/corrections`: what is wrong in an entry, from the agent who saw it to
//! the editor who puts it right.

use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::{JsonRejection, PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use super::App;
use super::body::unreadable_body;
use super::caller::Caller;
use super::editing::reason_of;
use super::entries::{id_of, not_found};
use super::feedback::{MAX_NOTE_CHARS, search_id};
use super::problem::{Code, Problem};
use super::search::number;
use super::view::next_page;
use crate::access::Role;
use crate::library::{Correction, CorrectionFilter, CorrectionStatus, NewCorrection};

/// Most corrections of a page.
const MAX_LISTED: usize = 200;

/// What is wrong in an entry.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CorrectionRequest {
    entry_id: String,
    text: String,
    search_id: Option<String>,
}

/// Which corrections are listed.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CorrectionParameters {
    status: Option<String>,
    department: Option<String>,
    after: Option<String>,
    limit: Option<String>,
}

/// What came of a correction.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SettleRequest {
    status: String,
    reason: Option<String>,
}

/// Takes a correction from whoever may read the entry.
pub async fn report(
    State(app): State<Arc<App>>,
    caller: Caller,
    body: Result<Json<CorrectionRequest>, JsonRejection>,
) -> Result<(StatusCode, Json<Value>), Problem> {
    let Json(asked) = body.map_err(|error| unreadable_body("text", &error))?;
    let chars = asked.text.trim().chars().count();
    if !(1..=MAX_NOTE_CHARS).contains(&chars) {
        return Err(Problem::field("text", format!("请写明哪里不对，最多 {MAX_NOTE_CHARS} 个字")));
    }
    let new = NewCorrection {
        entry_id: asked.entry_id,
        text: asked.text,
        search_id: asked.search_id.map(|id| search_id(&id)).transpose()?.map(|id| id.to_string()),
        made_by: caller.signature.clone(),
    };
    let curation = app.curation.load_full();
    let correction = app
        .write(move |library| {
            let live = library.live_entry(&new.entry_id)?;
            if !live.is_some_and(|live| caller.may_read(&live.entry, &curation)) {
                return Err(not_found(&new.entry_id));
            }
            library.correct(&new)?.ok_or_else(|| not_found(&new.entry_id))
        })
        .await?;
    let view = json!({ "id": correction.id, "status": correction.status });
    Ok((StatusCode::CREATED, Json(view)))
}

/// The work list, the newest first.
pub async fn list(
    State(app): State<Arc<App>>,
    caller: Caller,
    parameters: Result<Query<CorrectionParameters>, QueryRejection>,
) -> Result<Json<Value>, Problem> {
    caller.require(Role::Editor)?;
    let Query(asked) = parameters.map_err(|error| Problem::unreadable("status", &error.body_text()))?;
    let filter = CorrectionFilter {
        status: asked.status.map(|name| status_of(&name)).transpose()?,
        department: asked.department,
        after: asked.after,
        limit: number(asked.limit, "limit", 50, 1, MAX_LISTED)?,
    };
    let limit = filter.limit;
    let corrections = app.read(move |library| Ok(library.corrections(&filter)?)).await?;
    let next = next_page(&corrections, limit, |correction| &correction.id);
    Ok(Json(json!({ "corrections": corrections, "next": next })))
}

/// Says what came of a correction.
pub async fn settle(
    State(app): State<Arc<App>>,
    caller: Caller,
    id: Result<Path<String>, PathRejection>,
    body: Result<Json<SettleRequest>, JsonRejection>,
) -> Result<Json<Correction>, Problem> {
    caller.require(Role::Editor)?;
    let id = id_of(id)?;
    let Json(asked) = body.map_err(|error| unreadable_body("status", &error))?;
    let (status, reason) = (status_of(&asked.status)?, reason_of(asked.reason.as_deref())?);
    let settled = app
        .write(move |library| Ok(library.settle_correction(&id, status, (&caller.signature, &reason))?))
        .await?;
    settled.map(Json).ok_or_else(|| Problem::new(Code::CorrectionNotFound, "请核对编号"))
}

fn status_of(name: &str) -> Result<CorrectionStatus, Problem> {
    CorrectionStatus::parse(name)
        .ok_or_else(|| Problem::field("status", "status 只能是 open、done 或 dismissed"))
}
