//! The desks' pages: files of `web/`, embedded in the binary. They use nothing
//! but the public API, load nothing from elsewhere and run no inline script.

use axum::extract::Path;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use rust_embed::{EmbeddedFile, RustEmbed};

use super::problem;

/// In a debug build the files are read from the folder at each request.
#[derive(RustEmbed)]
#[folder = "web/"]
struct Web;

/// What a page may do: its own scripts, styles, pictures and requests.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
     img-src 'self' data:; connect-src 'self'; manifest-src 'self'; form-action 'self'; \
     base-uri 'none'; frame-ancestors 'none'";

/// The agent's desk.
pub async fn agent(headers: HeaderMap) -> Response {
    page("agent/index.html", &headers)
}

/// The editor's desk.
pub async fn editor(headers: HeaderMap) -> Response {
    page("editor/index.html", &headers)
}

/// The managers' page.
pub async fn managers(headers: HeaderMap) -> Response {
    page("managers/index.html", &headers)
}

/// A script, a style or a picture of the pages.
pub async fn asset(Path(path): Path<String>, headers: HeaderMap) -> Response {
    match path.ends_with(".html") {
        true => problem::route_not_found().await.into_response(),
        false => page(&path, &headers),
    }
}

fn page(path: &str, asked: &HeaderMap) -> Response {
    match Web::get(path) {
        Some(file) => served(path, file, asked),
        None => missing(),
    }
}

fn missing() -> Response {
    problem::Problem::new(problem::Code::RouteNotFound, "没有这个页面").into_response()
}

fn served(path: &str, file: EmbeddedFile, asked: &HeaderMap) -> Response {
    let hash = file.metadata.sha256_hash();
    let tag = format!("\"{}\"", hash.iter().take(12).map(|byte| format!("{byte:02x}")).collect::<String>());
    let is_known = asked.get(header::IF_NONE_MATCH).is_some_and(|known| known.as_bytes() == tag.as_bytes());
    let status = if is_known { StatusCode::NOT_MODIFIED } else { StatusCode::OK };
    let body = if is_known { Vec::new() } else { file.data.into_owned() };
    let mut response = (status, [(header::ETAG, tag)], body).into_response();
    let kind = match mime_of(path) {
        text if text.starts_with("text/") => format!("{text}; charset=utf-8"),
        other => other.to_owned(),
    };
    let headers = response.headers_mut();
    if let Ok(kind) = HeaderValue::from_str(&kind) {
        headers.insert(header::CONTENT_TYPE, kind);
    }
    // Asked again each time, answered with 304: a new binary's pages show at once.
    let fixed = [
        (header::CACHE_CONTROL, "no-cache"),
        (header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::X_FRAME_OPTIONS, "DENY"),
    ];
    for (name, value) in fixed {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}

fn mime_of(path: &str) -> &'static str {
    match path.rsplit('.').next() {
        Some("html") => "text/html",
        Some("js") => "text/javascript",
        Some("css") => "text/css",
        Some("svg") => "image/svg+xml",
        _ => "application/octet-stream",
    }
}
