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
use crate::library::{Learning, Settings};

/// Longest the journal goes back.
const MAX_JOURNAL_DAYS: u32 = 3650;

/// Settings to be put in force, and why; what is not named stays.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SettingsRequest {
    four_eyes: Option<bool>,
    journal_days: Option<u32>,
    learning: Option<Learning>,
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
    if asked.journal_days.is_some_and(|days| !(1..=MAX_JOURNAL_DAYS).contains(&days)) {
        let detail = format!("journal_days 要是 1 到 {MAX_JOURNAL_DAYS} 的整数");
        return Err(Problem::field("journal_days", detail));
    }
    let settings = app
        .write(move |library| {
            let before = library.settings()?;
            let settings = Settings {
                four_eyes: asked.four_eyes.unwrap_or(before.four_eyes),
                journal_days: asked.journal_days.unwrap_or(before.journal_days),
                learning: asked.learning.unwrap_or(before.learning),
            };
            library.set(settings, &caller.signature, &reason)?;
            Ok(settings)
        })
        .await?;
    Ok(Json(settings))
}
