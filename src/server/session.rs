//! `/v1/session`: logging in to the desks. The key itself goes into a cookie
//! that no script can read and no other site can use; a revoked key ends the
//! session with its next request.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::extract::rejection::JsonRejection;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use cookie::time::Duration;
use cookie::{Cookie, SameSite};
use serde::Deserialize;
use serde_json::{Value, json};

use super::App;
use super::body::unreadable_body;
use super::caller::{self, Caller, SESSION_COOKIE};
use super::problem::Problem;
use crate::access::Role;

/// How long a desk stays logged in.
const LASTS: Duration = Duration::days(30);

/// The key somebody logs in with.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LoginRequest {
    key: String,
}

/// Who asks, as the desks show it.
pub async fn show(caller: Caller) -> Json<Value> {
    Json(view_of(&caller))
}

/// Logs in.
pub async fn open(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    body: Result<Json<LoginRequest>, JsonRejection>,
) -> Result<Response, Problem> {
    caller::refuse_cross_site(&headers)?;
    let Json(asked) = body.map_err(|error| unreadable_body("key", &error))?;
    let key = asked.key.trim();
    let caller = caller::of_key(&app, key)?;
    let mut kept = cookie_of(key.to_owned(), &headers);
    kept.set_max_age(LASTS);
    Ok((StatusCode::OK, [(header::SET_COOKIE, kept.to_string())], Json(view_of(&caller))).into_response())
}

/// Logs out.
pub async fn close(headers: HeaderMap) -> Result<Response, Problem> {
    caller::refuse_cross_site(&headers)?;
    let mut gone = cookie_of(String::new(), &headers);
    gone.make_removal();
    Ok((StatusCode::NO_CONTENT, [(header::SET_COOKIE, gone.to_string())]).into_response())
}

fn cookie_of(value: String, headers: &HeaderMap) -> Cookie<'static> {
    // Behind a proxy that speaks TLS the cookie never leaves without it.
    let is_secure = headers.get("x-forwarded-proto").is_some_and(|scheme| scheme.as_bytes() == b"https");
    Cookie::build((SESSION_COOKIE, value))
        .path("/")
        .http_only(true)
        .same_site(SameSite::Strict)
        .secure(is_secure)
        .build()
}

fn view_of(caller: &Caller) -> Value {
    let role = caller.role();
    json!({
        "role": role,
        "role_name": role.map_or("未登录", Role::chinese),
        "name": caller.signature,
        "key_id": caller.key_id,
        "scope": *caller.scope,
    })
}
