//! `POST /dify/retrieval`: Dify's external knowledge, and LangBot, which asks
//! the same way. Dify takes every refusal but 403, 404 and 502 for a working
//! address, so a wrong key is told with 403, and before the body is looked at.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::http::header::AUTHORIZATION;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::super::App;
use super::super::caller::Caller;
use super::super::problem::Problem;
use super::super::search::{question, region};
use super::condition::{Condition, ConditionRequest};
use super::consulting::{Consultation, MOST, WHOLE_LIBRARY, consult};
use super::record::{content, metadata, score};
use crate::search::Hit;

/// Entries where the platform does not say how many.
const USUAL: usize = 4;

/// Dify's codes.
#[derive(Clone, Copy)]
enum DifyError {
    MalformedAuthorization = 1001,
    KeyRefused = 1002,
    NoSuchKnowledge = 2001,
}

fn error(code: DifyError, status: StatusCode, message: &str) -> Response {
    (status, Json(json!({ "error_code": code as u16, "error_msg": message }))).into_response()
}

/// What Dify and LangBot send; Dify's fields may be null, and new ones may come.
#[derive(Deserialize)]
pub(super) struct RetrievalRequest {
    query: String,
    knowledge_id: Option<String>,
    retrieval_setting: Option<RetrievalSetting>,
    metadata_condition: Option<ConditionRequest>,
    /// LangBot's place for it.
    top_k: Option<u64>,
    /// Ours: the caller's region.
    region: Option<String>,
}

#[derive(Deserialize)]
struct RetrievalSetting {
    top_k: Option<u64>,
    score_threshold: Option<f32>,
}

/// An entry as Dify takes it.
#[derive(serde::Serialize)]
pub(super) struct Record {
    content: String,
    score: f64,
    title: String,
    metadata: Map<String, Value>,
}

impl Record {
    fn of(hit: &Hit) -> Record {
        Record {
            content: content(hit),
            score: score(hit),
            title: hit.shown.entry.title.clone(),
            metadata: metadata(hit),
        }
    }
}

/// Records of an answer; none where the library refuses.
pub(super) async fn retrieve(
    State(app): State<Arc<App>>,
    caller: Caller,
    body: Bytes,
) -> Result<Response, Problem> {
    if body.is_empty() {
        return Err(Problem::field("query", "缺少“query”，请补上"));
    }
    // Dify's probe has no content type, so none is asked for.
    let asked: RetrievalRequest =
        serde_json::from_slice(&body).map_err(|error| Problem::unreadable("query", &error.to_string()))?;
    let collection = asked.knowledge_id.filter(|id| id != WHOLE_LIBRARY);
    if let Some(id) = collection.as_deref()
        && caller.collection(Some(id), &app.curation.load()).is_err()
    {
        let message = format!("没有知识库“{id}”，或这个密钥看不到它");
        return Ok(error(DifyError::NoSuchKnowledge, StatusCode::NOT_FOUND, &message));
    }
    let setting = asked.retrieval_setting.as_ref();
    let most = setting.and_then(|setting| setting.top_k).or(asked.top_k);
    let consultation = Consultation {
        region: region(asked.region)?,
        collection,
        least: setting.and_then(|setting| setting.score_threshold).unwrap_or(0.0),
        condition: asked.metadata_condition.map(Condition::of).transpose()?.flatten(),
        ..Consultation::of(
            question(asked.query, "query")?,
            most.map_or(USUAL, |most| usize::try_from(most).unwrap_or(MOST)),
        )
    };
    let hits = consult(&app, caller, consultation).await?;
    let records: Vec<Record> = hits.iter().map(Record::of).collect();
    Ok(Json(json!({ "records": records })).into_response())
}

/// Tells a refused key as Dify reads it. A key is asked for even on this
/// machine: Dify's form has a field for it, and what is not asked for there is
/// never noticed missing.
pub(super) async fn in_its_words(request: Request, next: Next) -> Response {
    let presented = request.headers().get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    let is_bearer = presented
        .and_then(|text| text.split_once(' '))
        .is_some_and(|(scheme, key)| scheme.eq_ignore_ascii_case("bearer") && !key.trim().is_empty());
    if !is_bearer {
        let message = "请求头要写成 Authorization: Bearer 密钥";
        return error(DifyError::MalformedAuthorization, StatusCode::FORBIDDEN, message);
    }
    let response = next.run(request).await;
    match response.status() {
        StatusCode::UNAUTHORIZED => {
            let message = "密钥不对、已停用或到期，请向管理员要新的";
            error(DifyError::KeyRefused, StatusCode::FORBIDDEN, message)
        }
        _ => response,
    }
}
