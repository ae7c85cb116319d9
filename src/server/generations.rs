//! `/v1/generations`: which are there, and putting another one in use.

use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::{JsonRejection, PathRejection};
use axum::extract::{Path, State};
use serde::Deserialize;
use serde_json::{Value, json};

use super::App;
use super::body::unreadable_body;
use super::caller::Caller;
use super::editing::reason_of;
use super::problem::{Code, Problem};
use crate::access::Role;
use crate::index::{IndexError, Listed};
use crate::indexing::Decision;

/// Why it is put in use.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ActivateRequest {
    reason: Option<String>,
}

/// Every generation, the newest first.
pub async fn list(State(app): State<Arc<App>>, caller: Caller) -> Result<Json<Vec<Listed>>, Problem> {
    caller.require(Role::Editor)?;
    let indexer = app.indexer()?;
    Ok(Json(app.compute(move || Ok(indexer.list()?)).await?))
}

/// Goes back to an earlier one, or lets in one that waits. Requests are
/// answered from it within a second.
pub async fn activate(
    State(app): State<Arc<App>>,
    caller: Caller,
    name: Result<Path<String>, PathRejection>,
    body: Result<Json<ActivateRequest>, JsonRejection>,
) -> Result<Json<Value>, Problem> {
    caller.require(Role::Reviewer)?;
    let Path(name) = name.map_err(|_| Problem::field("name", "索引代的名字要是 UTF-8 文字"))?;
    let Json(asked) = body.map_err(|error| unreadable_body("reason", &error))?;
    let reason = reason_of(asked.reason.as_deref())?;
    let indexer = app.indexer()?;
    let before = app
        .write(move |library| {
            let Some(lock) = indexer.try_lock()? else {
                return Err(Problem::new(Code::Conflict, "正在重建索引，请等它结束或先取消它"));
            };
            let by = Decision { actor: &caller.signature, reason: Some(&reason) };
            match indexer.activate(library, &lock, &name, by) {
                Ok(before) => Ok(json!({ "in_use": name, "before": before })),
                Err(IndexError::NoGeneration { name }) => {
                    Err(Problem::new(Code::GenerationNotFound, format!("没有索引代“{name}”")))
                }
                Err(error @ IndexError::Unusable { .. }) => {
                    Err(Problem::new(Code::Conflict, error.to_string()))
                }
                Err(error) => Err(error.into()),
            }
        })
        .await?;
    Ok(Json(before))
}
