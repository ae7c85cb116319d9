//! `/v1/dispatches/{call}`: what became of handing a dispatched call over: the
//! ticket's number once the other system gave it one.

use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use jiff::Timestamp;
use serde::Serialize;

use super::App;
use super::caller::Caller;
use super::entries::id_of;
use super::problem::{Code, Problem};
use crate::access::Role;
use crate::journal::{Delivery, HandedOver};

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
    call: Result<Path<String>, PathRejection>,
) -> Result<Json<DispatchView>, Problem> {
    caller.require(Role::Agent)?;
    let call = id_of(call)?;
    let (holder, named) = (Arc::clone(&app), call.clone());
    let found = app.read(move |_| Ok(holder.journal.handed_over(&named)?)).await?;
    let missing = "这通电话没有转交：没有派单，或没有配置接收工单的地址";
    let HandedOver { state, attempts, next_at, answer } =
        found.ok_or_else(|| Problem::new(Code::DispatchNotFound, missing))?;
    let answer = Some(answer).filter(|answer| !answer.is_empty());
    let (ticket, reason) = if state == Delivery::Taken { (answer, None) } else { (None, answer) };
    Ok(Json(DispatchView { call, state, ticket, attempts, next_at, reason }))
}
