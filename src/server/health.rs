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

/// The index is open and questions are answered. An embeddings endpoint in
/// trouble is told, and changes nothing about that.
pub async fn ready(State(app): State<Arc<App>>) -> Result<Json<Value>, Problem> {
    let snapshot = app.snapshot()?;
    let embeddings = match app.asker.get() {
        None => json!({ "state": "off" }),
        Some(asker) => {
            let state = if asker.is_resting() { "resting" } else { "ok" };
            json!({ "state": state, "set": asker.endpoint().set_name() })
        }
    };
    let told = json!({ "status": "ready", "indexed_change": snapshot.last_change, "embeddings": embeddings });
    Ok(Json(told))
}
