//! `/v1/memory`: which entries were adopted for which questions, seen and taken
//! back. What is taken back is not learned again.

use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use serde::Deserialize;
use serde_json::{Value, json};

use super::App;
use super::caller::Caller;
use super::editing::reason_of;
use super::problem::{Code, Problem};
use super::search::number;
use crate::access::Role;
use crate::library::AdoptionFilter;

/// Most adoptions of a page.
const MAX_LISTED: usize = 1_000;

/// Which adoptions are wanted.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MemoryParameters {
    question: Option<String>,
    entry_id: Option<String>,
    adopted_by: Option<String>,
    limit: Option<String>,
}

/// Which adoptions are taken back, and why.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ForgetParameters {
    question: Option<String>,
    entry_id: Option<String>,
    adopted_by: Option<String>,
    reason: Option<String>,
}

/// Adoptions, the newest first.
pub async fn list(
    State(app): State<Arc<App>>,
    caller: Caller,
    parameters: Result<Query<MemoryParameters>, QueryRejection>,
) -> Result<Json<Value>, Problem> {
    sees_all(&caller, Role::Editor)?;
    let Query(asked) = parameters.map_err(|error| Problem::unreadable("question", &error.body_text()))?;
    let limit = number(asked.limit, "limit", 100, 1, MAX_LISTED)?;
    let filter = filter((asked.question, asked.entry_id, asked.adopted_by));
    let (mut adoptions, learned_on) =
        app.read(move |library| Ok((library.adoptions(&filter)?, library.learned_on()?))).await?;
    let total = adoptions.len();
    adoptions.reverse();
    adoptions.truncate(limit);
    Ok(Json(json!({ "adoptions": adoptions, "total": total, "learned_on": learned_on })))
}

/// Takes adoptions back.
pub async fn forget(
    State(app): State<Arc<App>>,
    caller: Caller,
    parameters: Result<Query<ForgetParameters>, QueryRejection>,
) -> Result<Json<Value>, Problem> {
    sees_all(&caller, Role::Reviewer)?;
    let Query(asked) = parameters.map_err(|error| Problem::unreadable("question", &error.body_text()))?;
    let reason = reason_of(asked.reason.as_deref())?;
    let filter = filter((asked.question, asked.entry_id, asked.adopted_by));
    if filter.question.is_none() && filter.entry_id.is_none() && filter.adopted_by.is_none() {
        let detail = "请写明忘记哪些：question、entry_id 或 adopted_by";
        return Err(Problem::field("question", detail));
    }
    let gone = app.write(move |library| Ok(library.forget(&filter, (&caller.signature, &reason))?)).await?;
    Ok(Json(json!({ "forgotten": gone })))
}

/// Questions of all regions and topics stand in the memory.
fn sees_all(caller: &Caller, role: Role) -> Result<(), Problem> {
    caller.require(role)?;
    if caller.scope.limits_reading() {
        return Err(Problem::new(Code::Forbidden, "记住的问题要用不限区域和分类的密钥"));
    }
    Ok(())
}

/// An empty text would fit everything.
fn filter(
    (question, entry_id, adopted_by): (Option<String>, Option<String>, Option<String>),
) -> AdoptionFilter {
    let some = |text: Option<String>| text.filter(|text| !text.trim().is_empty());
    AdoptionFilter { question: some(question), entry_id: some(entry_id), adopted_by: some(adopted_by) }
}
