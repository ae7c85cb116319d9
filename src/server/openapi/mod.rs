//! What this server offers, as an OpenAPI 3.1 document (`openapi.json` beside
//! this file) and as a page that is made of it. The document is written by hand:
//! replies are put together field by field, so annotations would only say the
//! same twice. Tests compare it with the routes and every reply with it.

mod page;

use axum::Json;
use axum::http::{HeaderName, header};
use axum::response::{Html, IntoResponse, Response};
use serde_json::Value;

use super::problem::Problem;

const DOCUMENT: &str = include_str!("openapi.json");

fn parsed() -> Result<Value, Problem> {
    let mut document: Value =
        serde_json::from_str(DOCUMENT).map_err(|error| Problem::internal(&error.to_string()))?;
    document["info"]["version"] = env!("CARGO_PKG_VERSION").into();
    Ok(document)
}

/// `GET /openapi.json`
pub(super) async fn document() -> Result<Json<Value>, Problem> {
    parsed().map(Json)
}

/// `GET /docs`: nothing on it is from elsewhere, and no script runs.
pub(super) async fn page() -> Result<Response, Problem> {
    let policy =
        "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
    let headers: [(HeaderName, &str); 2] =
        [(header::CONTENT_SECURITY_POLICY, policy), (header::REFERRER_POLICY, "no-referrer")];
    Ok((headers, Html(page::html(&parsed()?))).into_response())
}
