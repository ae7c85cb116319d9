//! `/v1/suggested-questions/{id}`: how people really ask for an entry, for its
//! editor to take or to turn down. Taking one is an edit of the entry like any
//! other.

use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::{JsonRejection, PathRejection};
use axum::extract::{Path, State};
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::{Value, json};

use super::App;
use super::body::unreadable_body;
use super::caller::Caller;
use super::editing::readable;
use super::entries::id_of;
use super::problem::Problem;
use super::search::question;
use crate::access::Role;
use crate::text::mask;
use crate::wordings::{self, WordingsError};

/// Reason in the audit log.
const REFUSED: &str = "不采用这个问法";

/// A wording that the entry is not to have.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RefusalRequest {
    refuse: String,
}

/// The wordings an entry was used for and does not have yet.
pub async fn list(
    State(app): State<Arc<App>>,
    caller: Caller,
    id: Result<Path<String>, PathRejection>,
) -> Result<Json<Value>, Problem> {
    caller.require(Role::Editor)?;
    let id = id_of(id)?;
    let holder = Arc::clone(&app);
    let questions = app
        .read(move |library| {
            let entry = readable(library, &caller, &id)?.entry;
            let days = i64::from(library.settings()?.journal_days);
            let since = Timestamp::now().saturating_sub(SignedDuration::from_hours(24 * days));
            let since = since.map_err(|error| Problem::internal(&error.to_string()))?;
            Ok(wordings::suggest(library, &holder.journal, &entry, since)?)
        })
        .await?;
    Ok(Json(json!({ "questions": questions })))
}

/// Remembers that a wording is not to be offered again.
pub async fn refuse(
    State(app): State<Arc<App>>,
    caller: Caller,
    id: Result<Path<String>, PathRejection>,
    body: Result<Json<RefusalRequest>, JsonRejection>,
) -> Result<Json<Value>, Problem> {
    caller.require(Role::Editor)?;
    let id = id_of(id)?;
    let Json(asked) = body.map_err(|error| unreadable_body("refuse", &error))?;
    let refused = question(asked.refuse, "refuse")?;
    app.write(move |library| {
        let entry = readable(library, &caller, &id)?.entry;
        if let Some(why) = caller.scope.forbids_writing(&entry) {
            return Err(Problem::new(super::problem::Code::Forbidden, why));
        }
        Ok(library.refuse_wording(&entry.id, &mask(&refused), (&caller.signature, REFUSED))?)
    })
    .await?;
    Ok(Json(json!({ "refused": true })))
}

impl From<WordingsError> for Problem {
    fn from(error: WordingsError) -> Problem {
        match error {
            WordingsError::Journal(error) => error.into(),
            WordingsError::Library(error) => error.into(),
        }
    }
}
