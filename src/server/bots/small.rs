//! Three small contracts over the same question: Open WebUI's external search,
//! LangChain's remote retriever, OpenAI's vector-store search.

use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::{JsonRejection, PathRejection};
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use serde::Deserialize;
use serde_json::{Value, json};

use super::super::App;
use super::super::body::unreadable_body;
use super::super::caller::Caller;
use super::super::entries::id_of;
use super::super::problem::{Code, Problem};
use super::super::search::question;
use super::condition::{Condition, FilterRequest};
use super::consulting::{Consultation, MOST, WHOLE_LIBRARY, consult};
use super::link::link_of;
use super::record::{content, metadata, score};

/// Entries where LangChain asks: it has no number.
const LANGCHAIN_ENTRIES: usize = 4;
/// Entries where OpenAI's client does not say how many: its own default.
const OPENAI_ENTRIES: usize = 10;
/// Questions of one vector-store search.
const MOST_QUERIES: usize = 5;

/// What Open WebUI sends.
#[derive(Deserialize)]
pub(super) struct WebSearchRequest {
    query: String,
    count: Option<usize>,
}

/// `POST /open-webui/search`
pub(super) async fn open_webui(
    State(app): State<Arc<App>>,
    caller: Caller,
    headers: HeaderMap,
    body: Result<Json<WebSearchRequest>, JsonRejection>,
) -> Result<Json<Value>, Problem> {
    let Json(asked) = body.map_err(|error| unreadable_body("query", &error))?;
    let most = asked.count.unwrap_or(LANGCHAIN_ENTRIES);
    let hits = consult(&app, caller, Consultation::of(question(asked.query, "query")?, most)).await?;
    let found = hits.iter().map(|hit| {
        let entry = &hit.shown.entry;
        let link = link_of(&headers, &entry.id, &entry.source);
        json!({ "link": link, "title": entry.title, "snippet": content(hit) })
    });
    Ok(Json(found.collect()))
}

/// What LangChain's retriever sends.
#[derive(Deserialize)]
pub(super) struct RetrieverRequest {
    message: String,
}

/// `POST /langchain/retrieve`
pub(super) async fn langchain(
    State(app): State<Arc<App>>,
    caller: Caller,
    body: Result<Json<RetrieverRequest>, JsonRejection>,
) -> Result<Json<Value>, Problem> {
    let Json(asked) = body.map_err(|error| unreadable_body("message", &error))?;
    let consultation = Consultation::of(question(asked.message, "message")?, LANGCHAIN_ENTRIES);
    let hits = consult(&app, caller, consultation).await?;
    let documents = hits.iter().map(|hit| {
        let mut metadata = metadata(hit);
        metadata.insert("score".to_owned(), score(hit).into());
        json!({ "page_content": content(hit), "metadata": metadata })
    });
    Ok(Json(json!({ "response": documents.collect::<Vec<_>>() })))
}

/// What OpenAI's clients send.
#[derive(Deserialize)]
pub(super) struct VectorSearchRequest {
    query: Queries,
    max_num_results: Option<usize>,
    filters: Option<FilterRequest>,
    ranking_options: Option<RankingOptions>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Queries {
    One(String),
    Several(Vec<String>),
}

#[derive(Deserialize)]
struct RankingOptions {
    score_threshold: Option<f32>,
}

/// `POST /v1/vector_stores/{id}/search`: a vector store is a collection.
pub(super) async fn vector_store(
    State(app): State<Arc<App>>,
    caller: Caller,
    id: Result<Path<String>, PathRejection>,
    body: Result<Json<VectorSearchRequest>, JsonRejection>,
) -> Result<Json<Value>, Problem> {
    let id = id_of(id)?;
    let Json(asked) = body.map_err(|error| unreadable_body("query", &error))?;
    let collection = Some(id.clone()).filter(|id| id != WHOLE_LIBRARY);
    if caller.collection(collection.as_deref(), &app.curation.load()).is_err() {
        let detail = format!("没有语境库“{id}”，或这个密钥看不到它；整个知识库是 {WHOLE_LIBRARY}");
        return Err(Problem::new(Code::CuratedNotFound, detail));
    }
    let queries = match asked.query {
        Queries::One(query) => vec![query],
        Queries::Several(queries) => queries,
    };
    if queries.is_empty() || queries.len() > MOST_QUERIES {
        return Err(Problem::field("query", format!("问题要有 1 到 {MOST_QUERIES} 个")));
    }
    let condition = asked.filters.map(Condition::of_filter).transpose()?;
    let least = asked.ranking_options.and_then(|options| options.score_threshold).unwrap_or(0.0);
    let most = asked.max_num_results.unwrap_or(OPENAI_ENTRIES).clamp(1, MOST);
    let mut hits = Vec::new();
    for query in &queries {
        let consultation = Consultation {
            collection: collection.clone(),
            least,
            condition: condition.clone(),
            ..Consultation::of(question(query.clone(), "query")?, most)
        };
        hits.extend(consult(&app, caller.clone(), consultation).await?);
    }
    hits.sort_by(|one, other| other.confidence.total_cmp(&one.confidence));
    let mut seen = std::collections::HashSet::new();
    hits.retain(|hit| seen.insert(hit.shown.entry.id.clone()));
    hits.truncate(most);
    let data: Vec<Value> = hits
        .iter()
        .map(|hit| {
            json!({
                "file_id": hit.shown.entry.id,
                "filename": hit.shown.entry.title,
                "score": score(hit),
                "attributes": metadata(hit),
                "content": [{ "type": "text", "text": content(hit) }],
            })
        })
        .collect();
    Ok(Json(json!({
        "object": "vector_store.search_results.page",
        "search_query": queries,
        "data": data,
        "has_more": false,
        "next_page": null,
    })))
}
