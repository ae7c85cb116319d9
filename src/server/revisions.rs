//! The past of an entry: `GET /v1/revisions/{id}` lists it, `POST` makes an
//! earlier revision the present one, `GET /v1/differences/{id}` compares two.

use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::{JsonRejection, PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
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
use crate::entry::{self, Entry};
use crate::library::{Library, StoredEntry};

/// An earlier revision to be made the present one.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Restore {
    version: u32,
    reason: Option<String>,
}

/// Two versions to be compared.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Versions {
    from: u32,
    to: u32,
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

/// The fields in which two versions of an entry differ.
pub async fn differences(
    State(app): State<Arc<App>>,
    caller: Caller,
    id: Result<Path<String>, PathRejection>,
    parameters: Result<Query<Versions>, QueryRejection>,
) -> Result<Json<Value>, Problem> {
    caller.require(Role::Editor)?;
    let id = id_of(id)?;
    let Query(asked) = parameters.map_err(|error| Problem::unreadable("from", &error.body_text()))?;
    let view = app
        .read(move |library| {
            let newest = readable(library, &caller, &id)?;
            let (from, to) = (earlier(library, &newest, asked.from)?, earlier(library, &newest, asked.to)?);
            let changes = entry::differences(&from.entry, &to.entry);
            Ok(json!({ "id": id, "from": asked.from, "to": asked.to, "fields": changes }))
        })
        .await?;
    Ok(Json(view))
}

/// A version of an entry, or why there is none.
fn earlier(library: &Library, newest: &StoredEntry, version: u32) -> Result<StoredEntry, Problem> {
    let id = &newest.entry.id;
    library.revision(id, version)?.ok_or_else(|| {
        let detail = format!("条目“{id}”没有第 {version} 版，最新是第 {} 版", newest.version);
        Problem::new(Code::EntryNotFound, detail)
    })
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
            let earlier = earlier(library, &newest, wanted.version)?;
            let entry = Entry { status: newest.entry.status, ..earlier.entry };
            save(library, &writer, &entry, base, &reason)
        })
        .await?;
    Ok(shown(&stored, &caller))
}
