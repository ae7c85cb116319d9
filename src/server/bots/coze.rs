//! Coze's plugin: the tools as plain operations, and a document that describes
//! them in the narrow form of OpenAPI 3.0 that Coze imports (one server, one
//! answer each, no parameter an object; see `docs/integrations/coze.md`).

use std::sync::Arc;

use axum::Json;
use axum::extract::Path;
use axum::extract::State;
use axum::extract::rejection::{JsonRejection, PathRejection};
use axum::http::HeaderMap;
use serde_json::{Map, Value, json};

use super::super::App;
use super::super::body::unreadable_body;
use super::super::caller::Caller;
use super::super::entries::id_of;
use super::super::problem::{Code, Problem};
use super::link::base_of;
use super::tools;

/// `GET /openapi/coze.json`, with this server under the name it was asked by.
pub(super) async fn document(headers: HeaderMap) -> Json<Value> {
    let mut paths = Map::new();
    for tool in &tools::all() {
        let operation = json!({
            "post": {
                "operationId": tool.name,
                "summary": tool.title,
                "description": tool.description,
                "requestBody": {
                    "required": true,
                    "content": { "application/json": { "schema": tools::schema(&tool.takes) } },
                },
                "responses": {
                    "200": {
                        "description": "结果",
                        "content": { "application/json": { "schema": tools::schema(&tool.tells) } },
                    },
                },
            },
        });
        paths.insert(format!("/coze/{}", tool.name), operation);
    }
    Json(json!({
        "openapi": "3.0.1",
        "info": {
            "title": "即答知识库",
            "description": "政务热线知识库：查问题、读条目、登记没有查到的问题。",
            "version": env!("CARGO_PKG_VERSION"),
        },
        "servers": [{ "url": base_of(&headers) }],
        "paths": paths,
    }))
}

/// `POST /coze/{tool}`
pub(super) async fn call(
    State(app): State<Arc<App>>,
    caller: Caller,
    tool: Result<Path<String>, PathRejection>,
    body: Result<Json<Value>, JsonRejection>,
) -> Result<Json<Value>, Problem> {
    let tool = id_of(tool)?;
    let Json(arguments) = body.map_err(|error| unreadable_body("query", &error))?;
    let said = tools::call(&app, caller, &tool, arguments).await;
    let said = said.ok_or_else(|| Problem::new(Code::RouteNotFound, "请核对地址"))??;
    Ok(Json(Value::Object(said.facts)))
}
