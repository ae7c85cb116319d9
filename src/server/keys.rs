//! `/v1/keys`: made, listed and revoked by an administrator. A key is shown in
//! the answer to its making and never again.

use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::{JsonRejection, PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use jiff::civil::Date;
use serde::Deserialize;
use serde_json::{Value, json};

use super::App;
use super::body::unreadable_body;
use super::caller::Caller;
use super::editing::{ReasonParameter, reason_of};
use super::entries::id_of;
use super::problem::{Code, Problem};
use super::search::today;
use crate::access::{DEFAULT_KEEP_DAYS, Key, MOST_KEEP_DAYS, Role, Scope};
use crate::library::NewKey;

/// A key to be made.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeyRequest {
    name: String,
    role: String,
    #[serde(flatten)]
    scope: Scope,
    expires_on: Option<String>,
}

/// All keys, without their secrets.
pub async fn list(State(app): State<Arc<App>>, caller: Caller) -> Result<Json<Value>, Problem> {
    caller.require(Role::Admin)?;
    let (keys, uses) = app.read(|library| Ok((library.keys()?, library.last_uses()?))).await?;
    let view_of = |key: &Key| {
        let mut view = json!(key);
        view["last_used_at"] = json!(uses.get(&key.id));
        view
    };
    Ok(Json(json!({ "keys": keys.iter().map(view_of).collect::<Vec<_>>() })))
}

/// Makes a key.
pub async fn create(
    State(app): State<Arc<App>>,
    caller: Caller,
    body: Result<Json<KeyRequest>, JsonRejection>,
) -> Result<(StatusCode, Json<Value>), Problem> {
    caller.require(Role::Admin)?;
    let Json(asked) = body.map_err(|error| unreadable_body("role", &error))?;
    let role = Role::parse(&asked.role)
        .ok_or_else(|| Problem::field("role", "role 只能是 chatbot、agent、editor、reviewer 或 admin"))?;
    if asked.name.trim().is_empty() {
        return Err(Problem::field("name", "请写明密钥是谁的（name）"));
    }
    let day = |day: String| -> Result<Date, Problem> {
        day.parse().map_err(|_| Problem::field("expires_on", "expires_on 要写成 2027-12-31 这样的日期"))
    };
    let new = NewKey {
        name: asked.name.trim().to_owned(),
        role,
        scope: asked.scope,
        expires_on: asked.expires_on.map(day).transpose()?,
    };
    let signature = caller.signature;
    let holder = Arc::clone(&app);
    let view = app
        .write(move |library| {
            let (key, secret) = library.create_key(&new, &signature)?;
            // It works from its first use on, not from the next look at the keys.
            holder.hold_keys(library.keyring()?);
            let mut view = json!(key);
            view["key"] = secret.reveal().into();
            Ok(view)
        })
        .await?;
    Ok((StatusCode::CREATED, Json(view)))
}

/// How long the exchanged key goes on working.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub struct RotateRequest {
    keep_days: Option<u32>,
}

/// Makes a key in place of another, which goes on working for some days.
pub async fn rotate(
    State(app): State<Arc<App>>,
    caller: Caller,
    id: Result<Path<String>, PathRejection>,
    body: Result<Json<RotateRequest>, JsonRejection>,
) -> Result<(StatusCode, Json<Value>), Problem> {
    caller.require(Role::Admin)?;
    let id = id_of(id)?;
    let Json(asked) = body.map_err(|error| unreadable_body("keep_days", &error))?;
    let days = asked.keep_days.unwrap_or(DEFAULT_KEEP_DAYS);
    if days > MOST_KEEP_DAYS {
        return Err(Problem::field("keep_days", format!("keep_days 要是 0 到 {MOST_KEEP_DAYS} 的整数")));
    }
    let last = today().saturating_add(jiff::Span::new().days(i64::from(days)));
    let holder = Arc::clone(&app);
    let view = app
        .write(move |library| {
            let rotated = library.rotate_key(&id, last, &caller.signature)?;
            let unknown = || Problem::new(Code::KeyNotFound, format!("没有可用的密钥“{id}”"));
            let (key, secret) = rotated.ok_or_else(unknown)?;
            holder.hold_keys(library.keyring()?);
            let mut view = json!(key);
            view["key"] = secret.reveal().into();
            view["replaces"] = json!({ "id": id, "expires_on": last });
            Ok(view)
        })
        .await?;
    Ok((StatusCode::CREATED, Json(view)))
}

/// Ends a key at once.
pub async fn revoke(
    State(app): State<Arc<App>>,
    caller: Caller,
    id: Result<Path<String>, PathRejection>,
    parameters: Result<Query<ReasonParameter>, QueryRejection>,
) -> Result<StatusCode, Problem> {
    caller.require(Role::Admin)?;
    let id = id_of(id)?;
    let Query(parameters) = parameters.map_err(|error| Problem::unreadable("reason", &error.body_text()))?;
    let reason = reason_of(parameters.reason.as_deref())?;
    let holder = Arc::clone(&app);
    app.write(move |library| {
        let is_revoked = library.revoke_key(&id, &caller.signature, &reason)?;
        holder.hold_keys(library.keyring()?);
        match is_revoked {
            true => Ok(StatusCode::NO_CONTENT),
            false => Err(Problem::new(Code::KeyNotFound, format!("没有可用的密钥“{id}”"))),
        }
    })
    .await
}

/// What a key was used for, by day.
pub async fn uses(
    State(app): State<Arc<App>>,
    caller: Caller,
    id: Result<Path<String>, PathRejection>,
) -> Result<Json<Value>, Problem> {
    caller.require(Role::Admin)?;
    let id = id_of(id)?;
    let view = app
        .read(move |library| {
            let key = library.keys()?.into_iter().find(|key| key.id == id);
            let key = key.ok_or_else(|| Problem::new(Code::KeyNotFound, format!("没有密钥“{id}”")))?;
            Ok(json!({ "uses": library.key_uses(&key.id)?, "key": key }))
        })
        .await?;
    Ok(Json(view))
}
