//! How large a request's body may be: each group of routes states its limit,
//! and whoever goes over it reads which.

use axum::body::Body;
use axum::extract::rejection::JsonRejection;
use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http_body_util::{BodyExt, Limited};

use super::limits::QUESTION_TIME;
use super::problem::{Code, Problem};

/// A citizen's letter is some kilobytes.
pub const MAX_QUESTION_BODY_BYTES: usize = 64 * 1024;
/// An entry: the longest article of a law is some 30 KiB.
pub const MAX_ENTRY_BODY_BYTES: usize = 1024 * 1024;

/// A file to import: as much as a reader takes.
pub const MAX_FILE_BODY_BYTES: usize = 50 * 1024 * 1024;
/// How much of a refused body is read on.
const MAX_DRAINED_BYTES: usize = 8 << 20;

/// Refuses a body over the limit, at once where its length is told beforehand.
pub(super) async fn limit(State(limit): State<usize>, request: Request, next: Next) -> Response {
    if told_bytes(&request).is_some_and(|length| length > limit) {
        drain(request.into_body()).await;
        return too_large(limit);
    }
    let response = next.run(request.map(|body| Body::new(Limited::new(body, limit)))).await;
    match response.status() {
        StatusCode::PAYLOAD_TOO_LARGE => too_large(limit),
        _ => response,
    }
}

/// Reads a small body before anybody refuses the request: a connection with an
/// unread body is closed, and the caller's next request on it would fail.
pub(super) async fn read_small(request: Request, next: Next) -> Response {
    if !told_bytes(&request).is_some_and(|length| (1..=MAX_QUESTION_BODY_BYTES).contains(&length)) {
        return next.run(request).await;
    }
    let (parts, body) = request.into_parts();
    let whole = axum::body::to_bytes(body, MAX_QUESTION_BODY_BYTES);
    match tokio::time::timeout(QUESTION_TIME, whole).await {
        Ok(Ok(bytes)) => next.run(Request::from_parts(parts, Body::from(bytes))).await,
        Err(_) => Problem::new(Code::RequestTimeout, "请求内容一直没有收全，请重发").into_response(),
        Ok(Err(_)) => Problem::field("body", "请求内容没有收全，请重发").into_response(),
    }
}

/// A JSON body that cannot be read; `field` is named where the reader names none.
pub(super) fn unreadable_body(field: &str, error: &JsonRejection) -> Problem {
    match error.status() {
        StatusCode::UNSUPPORTED_MEDIA_TYPE => {
            Problem::new(Code::UnsupportedMediaType, "请用 Content-Type: application/json")
        }
        StatusCode::PAYLOAD_TOO_LARGE => Problem::new(Code::PayloadTooLarge, "请求内容太大"),
        _ => Problem::unreadable(field, &error.body_text()),
    }
}

/// The body's length where it is told beforehand.
fn told_bytes(request: &Request) -> Option<usize> {
    request.headers().get(header::CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

/// Reads a refused body on for a while: closing at once, the connection would be
/// reset and the caller never see why.
async fn drain(mut body: Body) {
    let mut read = 0;
    while let Some(Ok(frame)) = body.frame().await {
        read += frame.data_ref().map_or(0, |data| data.len());
        if read > MAX_DRAINED_BYTES {
            return;
        }
    }
}

fn too_large(limit: usize) -> Response {
    let allowed = match limit >> 20 {
        0 => format!("{} KiB", limit >> 10),
        mebibytes => format!("{mebibytes} MiB"),
    };
    Problem::new(Code::PayloadTooLarge, format!("请求内容最多 {allowed}")).into_response()
}
