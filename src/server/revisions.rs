//! The past of an entry: `GET /v1/revisions/{id}` lists it, `POST` makes an
//! earlier revision the present one.

use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::{JsonRejection, PathRejection};
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::Response;
use serde::Deserialize;
use serde_json::{Value, json};

use super::App;
use super::body::unreadable_body;
use super::caller::Caller;
use super::editing::{readable, reason_of, save, version_of};
use super::entries::{id_of, shown};
use super::problem::{Code, Problem};
use crate::access::Role;
use crate::entry::Entry;

/// An earlier revision to be made the present one.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Restore {
    version: u32,
    reason: Option<String>,
}

/// All revisions of an entry, oldest first: when, who, why.
pub async fn list(
    State(app): State<Arc<App>>,
    caller: Caller,
    id: Result<Path<String>, PathRejection>,
) -> Result<Json<Value>, Problem> {
    caller.require(Role::Editor)?;
    let id = id_of(id)?;
    let view = app
        .read(move |library| {
            readable(library, &caller, &id)?;
            Ok(json!({ "id": id, "revisions": library.revisions(&id)? }))
        })
        .await?;
    Ok(Json(view))
}

/// Writes the content of an earlier revision anew; the status stays as it is.
pub async fn restore(
    State(app): State<Arc<App>>,
    caller: Caller,
    id: Result<Path<String>, PathRejection>,
    headers: HeaderMap,
    body: Result<Json<Restore>, JsonRejection>,
) -> Result<Response, Problem> {
    caller.require(Role::Editor)?;
    let id = id_of(id)?;
    let base = version_of(&headers)?;
    let Json(wanted) = body.map_err(|error| unreadable_body("version", &error))?;
    let reason = reason_of(wanted.reason.as_deref())?;
    let writer = caller.clone();
    let stored = app
        .write(move |library| {
            let newest = readable(library, &writer, &id)?;
            let earlier = library.revision(&id, wanted.version)?.ok_or_else(|| {
                let detail =
                    format!("条目“{id}”没有第 {} 版，最新是第 {} 版", wanted.version, newest.version);
                Problem::new(Code::EntryNotFound, detail)
            })?;
            let entry = Entry { status: newest.entry.status, ..earlier.entry };
            save(library, &writer, &entry, base, &reason)
        })
        .await?;
    Ok(shown(&stored, &caller))
}
