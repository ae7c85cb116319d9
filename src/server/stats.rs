//! Figures of the library.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::Serialize;

use super::App;
use super::problem::Problem;

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
