//! `/v1/dispatches?call=`: what became of handing a dispatched call over: the
//! ticket's number once the other system gave it one. Some desks name a call by
//! the caller's number, so it is no part of the path, which is logged.

use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::App;
use super::caller::Caller;
use super::problem::{Code, Problem};
use crate::access::Role;
use crate::journal::{Delivery, HandedOver};

/// Which call is asked about.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DispatchParameters {
    call: String,
}

/// How far handing a call over is.
#[derive(Serialize)]
pub struct DispatchView {
    call: String,
    state: Delivery,
    /// The number that came back; none yet, or none at all.
    ticket: Option<String>,
    attempts: u32,
    next_at: Option<Timestamp>,
    /// Why it was not taken the last time.
    reason: Option<String>,
}

/// What became of one call.
pub async fn show(
    State(app): State<Arc<App>>,
    caller: Caller,
    parameters: Result<Query<DispatchParameters>, QueryRejection>,
) -> Result<Json<DispatchView>, Problem> {
    caller.require(Role::Agent)?;
    let Query(DispatchParameters { call }) =
        parameters.map_err(|error| Problem::unreadable("call", &error.body_text()))?;
    let (holder, named) = (Arc::clone(&app), call.clone());
    let found = app.read(move |_| Ok(holder.journal.handed_over(&named)?)).await?;
    let missing = "这通电话没有转交：没有派单，或没有配置接收工单的地址";
    let HandedOver { state, attempts, next_at, answer } =
        found.ok_or_else(|| Problem::new(Code::DispatchNotFound, missing))?;
    let answer = Some(answer).filter(|answer| !answer.is_empty());
    let (ticket, reason) = if state == Delivery::Taken { (answer, None) } else { (None, answer) };
    Ok(Json(DispatchView { call, state, ticket, attempts, next_at, reason }))
}
