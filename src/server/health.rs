//! Whether the server lives, and whether it can answer.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde_json::{Value, json};

use super::App;
use super::problem::Problem;

/// The process lives.
pub async fn alive() -> Json<Value> {
    Json(json!({ "status": "ok" }))
}

/// The index is open and questions are answered.
pub async fn ready(State(app): State<Arc<App>>) -> Result<Json<Value>, Problem> {
    let snapshot = app.snapshot()?;
    Ok(Json(json!({ "status": "ready", "indexed_change": snapshot.last_change })))
}
