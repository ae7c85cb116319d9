//! `GET /v1/entries/{id}`: one entry as it stands in the library.

use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use serde_json::{Value, json};

use super::App;
use super::problem::{Code, Problem};
use crate::entry::{Entry, Status};
use crate::library::Library;

/// An entry with its version. Drafts and internal notes stay inside; a retired
/// entry is shown as such, so an old link still explains itself.
pub async fn entry(
    State(app): State<Arc<App>>,
    id: Result<Path<String>, PathRejection>,
) -> Result<Json<Value>, Problem> {
    let Path(id) = id.map_err(|_| Problem::field("id", "编号要是 UTF-8 文字，并按百分号编码"))?;
    let corpus = app.corpus.clone();
    let wanted = id.clone();
    let stored = app.compute(move || Ok(Library::open(&corpus)?.entry(&wanted)?)).await?;
    let stored = stored
        .filter(|stored| matches!(stored.entry.status, Status::Published | Status::Retired))
        .ok_or_else(|| Problem::new(Code::EntryNotFound, format!("没有编号为“{id}”的条目")))?;
    let mut view = json!(Entry { internal_note: None, ..stored.entry });
    view["version"] = stored.version.into();
    view["updated_at"] = stored.updated_at.into();
    view["last_change"] = stored.seq.into();
    Ok(Json(view))
}
