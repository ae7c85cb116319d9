//! What chatbots connect to: each platform's own contract over one way of
//! asking (`consulting`). A chatbot gets an answer with its source, or nothing:
//! what is shown to it, it says to a citizen.

mod condition;
mod consulting;
mod coze;
mod dify;
mod fastgpt;
mod link;
mod mcp;
mod record;
mod small;
mod tools;

use std::sync::Arc;

use axum::Router;
use axum::middleware::from_fn;
use axum::routing::{any_service, get, post};

use super::App;

/// What describes the tools: for everybody, as a platform reads it before it
/// has a key.
pub(super) fn descriptions() -> Router<Arc<App>> {
    Router::new().route("/openapi/coze.json", get(coze::document))
}

/// Dify's address, whose refusals are told in Dify's words: to be laid around
/// the identification of callers.
pub(super) fn dify(identified: impl FnOnce(Router<Arc<App>>) -> Router<Arc<App>>) -> Router<Arc<App>> {
    identified(Router::new().route("/dify/retrieval", post(dify::retrieve)))
        .layer(from_fn(dify::in_its_words))
}

/// The addresses at which a key is told as everywhere below `/v1`.
pub(super) fn routes(app: &Arc<App>) -> Router<Arc<App>> {
    let mcp = any_service(mcp::service(Arc::clone(app)));
    Router::new()
        .route("/mcp", mcp.layer(from_fn(mcp::accept_json)))
        .route("/coze/{tool}", post(coze::call))
        .route("/fastgpt/v1/file/list", post(fastgpt::list))
        .route("/fastgpt/v1/file/content", get(fastgpt::content))
        .route("/fastgpt/v1/file/read", get(fastgpt::read))
        .route("/fastgpt/v1/file/detail", get(fastgpt::detail))
        .route("/open-webui/search", post(small::open_webui))
        .route("/langchain/retrieve", post(small::langchain))
        .route("/v1/vector_stores/{id}/search", post(small::vector_store))
}
