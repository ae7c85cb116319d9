//! `GET /v1/suggest`: what is being typed → texts that lead to an entry.

use std::sync::Arc;
use std::time::Instant;

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use serde::{Deserialize, Serialize};

use super::App;
use super::caller::Caller;
use super::problem::Problem;
use super::search::{kind, number, region, text_of, today};
use crate::entry::Kind;
use crate::search::{
    self, DEFAULT_SUGGESTIONS, Highlight, MAX_TYPED_CHARS, SuggestRequest, Suggestion, TypedAs,
};

/// Most suggestions: more do not fit below a search box.
const MAX_LIMIT: usize = 20;

/// Parameters as typed.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SuggestParameters {
    q: String,
    region: Option<String>,
    kind: Option<String>,
    collection: Option<String>,
    limit: Option<String>,
}

#[derive(Serialize)]
pub struct SuggestView {
    suggestions: Vec<SuggestionView>,
    took_ms: f64,
}

/// A suggestion as it leaves over HTTP and in `jida suggest --json`.
#[derive(Serialize)]
pub struct SuggestionView {
    text: String,
    entry_id: String,
    kind: Kind,
    matched_by: TypedAs,
    /// Marks as character offsets into `text`.
    highlights: Vec<Highlight>,
}

/// The view of a suggestion.
pub fn suggestion_view(suggestion: Suggestion) -> SuggestionView {
    let Suggestion { text, entry_id, kind, matched_by, highlights } = suggestion;
    SuggestionView { text, entry_id, kind, matched_by, highlights }
}

/// Suggests; nothing to suggest is 200 with an empty list.
pub async fn suggest(
    State(app): State<Arc<App>>,
    caller: Caller,
    parameters: Result<Query<SuggestParameters>, QueryRejection>,
) -> Result<Json<SuggestView>, Problem> {
    let began = Instant::now();
    let Query(parameters) = parameters.map_err(|error| Problem::unreadable("q", &error.body_text()))?;
    let typed = text_of(parameters.q, "q", MAX_TYPED_CHARS)?;
    let region = region(parameters.region)?;
    let kind = kind(parameters.kind)?;
    let limit = number(parameters.limit, "limit", DEFAULT_SUGGESTIONS, 1, MAX_LIMIT)?;
    let snapshot = app.snapshot()?;
    let suggestions = Arc::clone(&app)
        .compute(move || {
            let curation = app.curation.load();
            let collection = caller.collection(parameters.collection.as_deref(), &curation)?;
            let within = caller.within(&snapshot, collection.as_ref().map(|(_, found)| found));
            let within = within.as_ref();
            let request = SuggestRequest { typed: &typed, region, kind, as_of: today(), within, limit };
            Ok(search::suggest(&snapshot, &request)?)
        })
        .await?;
    Ok(Json(SuggestView {
        suggestions: suggestions.into_iter().map(suggestion_view).collect(),
        took_ms: began.elapsed().as_secs_f64() * 1000.0,
    }))
}
