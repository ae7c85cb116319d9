//! `GET /v1/audit`: who did what, and why. It is only read here.

use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use serde::Deserialize;
use serde_json::{Value, json};

use super::App;
use super::caller::Caller;
use super::problem::Problem;
use super::search::number;
use crate::access::Role;

/// Most lines of a page.
const MAX_LINES: usize = 1000;
/// Highest number a line can have: SQLite's own have a sign.
const MAX_NUMBER: usize = i64::MAX as usize;

/// Which lines are wanted.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AuditParameters {
    /// Only lines after this number.
    since: Option<String>,
    /// Of one entry, one key.
    object: Option<String>,
    limit: Option<String>,
}

/// Lines in their order.
pub async fn lines(
    State(app): State<Arc<App>>,
    caller: Caller,
    parameters: Result<Query<AuditParameters>, QueryRejection>,
) -> Result<Json<Value>, Problem> {
    caller.require(Role::Admin)?;
    let Query(asked) = parameters.map_err(|error| Problem::unreadable("since", &error.body_text()))?;
    let since = number(asked.since, "since", 0, 0, MAX_NUMBER)? as u64;
    let limit = number(asked.limit, "limit", 100, 1, MAX_LINES)?;
    let lines = app.read(move |library| Ok(library.audit(since, asked.object.as_deref(), limit)?)).await?;
    Ok(Json(json!({ "lines": lines })))
}
