//! `/v1/settings`: how the library is kept.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::extract::rejection::JsonRejection;
use serde::Deserialize;

use super::App;
use super::body::unreadable_body;
use super::caller::Caller;
use super::editing::reason_of;
use super::problem::Problem;
use crate::access::Role;
use crate::library::Settings;

/// Settings to be put in force, and why.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SettingsRequest {
    four_eyes: bool,
    reason: Option<String>,
}

/// The settings in force.
pub async fn show(State(app): State<Arc<App>>, caller: Caller) -> Result<Json<Settings>, Problem> {
    caller.require(Role::Editor)?;
    Ok(Json(app.read(|library| Ok(library.settings()?)).await?))
}

/// Puts settings in force.
pub async fn put(
    State(app): State<Arc<App>>,
    caller: Caller,
    body: Result<Json<SettingsRequest>, JsonRejection>,
) -> Result<Json<Settings>, Problem> {
    caller.require(Role::Admin)?;
    let Json(asked) = body.map_err(|error| unreadable_body("four_eyes", &error))?;
    let reason = reason_of(asked.reason.as_deref())?;
    let settings = Settings { four_eyes: asked.four_eyes };
    app.write(move |library| Ok(library.set(settings, &caller.signature, &reason)?)).await?;
    Ok(Json(settings))
}
