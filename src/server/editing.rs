//! Writing entries: made, replaced, changed in part, retired. Every write says
//! why and against which version (`If-Match`); what somebody else wrote
//! meanwhile is shown, never overwritten.

use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::{JsonRejection, PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::App;
use super::body::unreadable_body;
use super::caller::Caller;
use super::entries::{entry_view, id_of, not_found, shown};
use super::problem::{Code, Problem};
use super::proposals;
use crate::access::Role;
use crate::corpus::entry_of_object;
use crate::entry::{self, Entry, Finding, Status};
use crate::library::{Base, Edit, EditError, Library, StoredEntry};

/// Longest reason.
const MAX_REASON_CHARS: usize = 500;

type JsonObject = Result<Json<Map<String, Value>>, JsonRejection>;

/// The reason of a request without a body.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReasonParameter {
    pub(super) reason: Option<String>,
}

/// Why an entry is retired, and what took its place.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RetireParameters {
    reason: Option<String>,
    /// Id of the entry that took its place.
    superseded_by: Option<String>,
}

/// `POST /v1/entries`: a new entry; an id is given where there is none.
pub async fn create(
    State(app): State<Arc<App>>,
    caller: Caller,
    body: JsonObject,
) -> Result<Response, Problem> {
    caller.require(Role::Editor)?;
    let (mut row, reason) = row_and_reason(body)?;
    if !row.contains_key("id") {
        let kind = row.get("kind").and_then(Value::as_str).unwrap_or("entry");
        row.insert("id".to_owned(), format!("{kind}-{}", uuid::Uuid::now_v7().simple()).into());
    }
    let entry = checked(entry_of_object(row).map_err(|finding| Problem::invalid(&[finding]))?)?;
    let writer = caller.clone();
    let stored = app.write(move |library| save(library, &writer, &entry, Base::Nothing, &reason)).await?;
    Ok((StatusCode::CREATED, saved(&app, stored, &caller).await?).into_response())
}

/// `PUT /v1/entries/{id}`: the whole entry. With `If-Match` it replaces that
/// version; with `If-None-Match: *` it is new.
pub async fn put(
    State(app): State<Arc<App>>,
    caller: Caller,
    id: Result<Path<String>, PathRejection>,
    headers: HeaderMap,
    body: JsonObject,
) -> Result<Response, Problem> {
    caller.require(Role::Editor)?;
    let id = id_of(id)?;
    let base = base_of(&headers)?;
    let (row, reason) = row_and_reason(body)?;
    let entry = entry_for(&id, row)?;
    let writer = caller.clone();
    let stored = app.write(move |library| save(library, &writer, &entry, base, &reason)).await?;
    let status = if base == Base::Nothing { StatusCode::CREATED } else { StatusCode::OK };
    Ok((status, saved(&app, stored, &caller).await?).into_response())
}

/// `PATCH /v1/entries/{id}`: some fields, as a JSON merge patch (RFC 7396):
/// null takes a field away.
pub async fn patch(
    State(app): State<Arc<App>>,
    caller: Caller,
    id: Result<Path<String>, PathRejection>,
    headers: HeaderMap,
    body: JsonObject,
) -> Result<Response, Problem> {
    caller.require(Role::Editor)?;
    let id = id_of(id)?;
    let base = version_of(&headers)?;
    let (changes, reason) = row_and_reason(body)?;
    let writer = caller.clone();
    let stored = app
        .write(move |library| {
            let newest = readable(library, &writer, &id)?;
            let entry = entry_for(&id, merged(&newest.entry, changes)?)?;
            save(library, &writer, &entry, base, &reason)
        })
        .await?;
    saved(&app, stored, &caller).await
}

/// `DELETE /v1/entries/{id}?reason=`: no longer found; nothing is lost.
pub async fn retire(
    State(app): State<Arc<App>>,
    caller: Caller,
    id: Result<Path<String>, PathRejection>,
    headers: HeaderMap,
    parameters: Result<Query<RetireParameters>, QueryRejection>,
) -> Result<Response, Problem> {
    caller.require(Role::Editor)?;
    let id = id_of(id)?;
    let base = version_of(&headers)?;
    let Query(parameters) = parameters.map_err(|error| Problem::unreadable("reason", &error.body_text()))?;
    let reason = reason_of(parameters.reason.as_deref())?;
    let writer = caller.clone();
    let stored = app
        .write(move |library| {
            let newest = readable(library, &writer, &id)?;
            if let Some(successor) = &parameters.superseded_by {
                readable(library, &writer, successor)?;
            }
            let superseded_by = parameters.superseded_by.or(newest.entry.superseded_by);
            let entry = Entry { status: Status::Retired, superseded_by, ..newest.entry };
            save(library, &writer, &entry, base, &reason)
        })
        .await?;
    Ok(shown(&stored, &caller))
}

/// The entry as it was saved, with what that suggests.
async fn saved(app: &Arc<App>, stored: StoredEntry, caller: &Caller) -> Result<Response, Problem> {
    let Ok(snapshot) = app.snapshot() else { return Ok(shown(&stored, caller)) };
    let entry = stored.entry.clone();
    let proposals = app.compute(move || proposals::of(&snapshot, &entry)).await?;
    if proposals.is_empty() {
        return Ok(shown(&stored, caller));
    }
    let mut view = entry_view(&stored, caller);
    view["proposals"] = proposals.into();
    let tag = format!("\"{}\"", stored.version);
    Ok(([(header::ETAG, tag)], Json(view)).into_response())
}

/// The newest revision of an entry the caller may see.
pub(super) fn readable(library: &Library, caller: &Caller, id: &str) -> Result<StoredEntry, Problem> {
    let newest = library.entry(id)?.filter(|newest| caller.scope.may_read(&newest.entry));
    newest.ok_or_else(|| not_found(id))
}

/// Refuses an entry the caller may not write: its key reaches it before and
/// after, and where two persons are asked for it is not the same one twice.
pub(super) fn may_save(
    library: &Library,
    caller: &Caller,
    newest: Option<&StoredEntry>,
    entry: &Entry,
) -> Result<(), Problem> {
    for touched in newest.map(|newest| &newest.entry).into_iter().chain([entry]) {
        if let Some(why) = caller.scope.forbids_writing(touched) {
            return Err(Problem::new(Code::Forbidden, why));
        }
    }
    match library.settings()?.four_eyes {
        true => four_eyes(caller, newest, entry),
        false => Ok(()),
    }
}

/// Writes an entry where the caller may.
pub(super) fn save(
    library: &mut Library,
    caller: &Caller,
    entry: &Entry,
    base: Base,
    reason: &str,
) -> Result<StoredEntry, Problem> {
    may_save(library, caller, library.entry(&entry.id)?.as_ref(), entry)?;
    let edit = Edit { entry, base, made_by: &caller.signature, reason };
    library.edit(edit).map_err(|error| match error {
        EditError::Missing => not_found(&entry.id),
        EditError::Library(error) => error.into(),
        EditError::Outdated(there) => outdated(library, caller, entry, base, &there),
    })
}

/// What goes out was written by one person and is let out by another.
fn four_eyes(caller: &Caller, newest: Option<&StoredEntry>, entry: &Entry) -> Result<(), Problem> {
    match entry.status {
        Status::Draft | Status::Review => return Ok(()),
        Status::Published | Status::Retired => caller.require(Role::Reviewer)?,
    }
    if entry.status == Status::Retired {
        return Ok(());
    }
    let refused = |detail: &str| Err(Problem::new(Code::Forbidden, detail));
    let Some(newest) = newest else {
        return refused("发布要两个人：先存成草稿（status: draft）或送审（review），再由另一个人发布");
    };
    if newest.updated_by == caller.signature {
        return refused("发布要两个人：这一版是你写的，请另一位审核发布");
    }
    let is_same_content = Entry { status: entry.status, ..newest.entry.clone() } == *entry;
    match is_same_content {
        true => Ok(()),
        false => refused("发布要两个人：发布时不能改内容，请先送审（status: review）"),
    }
}

/// Somebody was faster: both what is there and what the caller started from.
fn outdated(library: &Library, caller: &Caller, entry: &Entry, base: Base, there: &StoredEntry) -> Problem {
    let current = entry_view(there, caller);
    let there_now = format!("条目“{}”现在是第 {} 版（{} 改的）", entry.id, there.version, there.updated_by);
    match base {
        Base::Nothing => Problem::new(Code::Conflict, format!("{there_now}，请用别的编号，或改这一条"))
            .with("current", current),
        Base::Version(seen) => {
            let started_from = library.revision(&entry.id, seen).ok().flatten();
            Problem::new(
                Code::PreconditionFailed,
                format!("{there_now}，你改的是第 {seen} 版，请在新版上再改"),
            )
            .with("current", current)
            .with("base", started_from.map_or(Value::Null, |base| entry_view(&base, caller)))
            .with("yours", json!(entry))
        }
    }
}

/// An entry's fields with some replaced, as RFC 7396 says it.
fn merged(entry: &Entry, changes: Map<String, Value>) -> Result<Map<String, Value>, Problem> {
    let mut whole = serde_json::to_value(entry).map_err(|error| Problem::internal(&error.to_string()))?;
    json_patch::merge(&mut whole, &Value::Object(changes));
    match whole {
        Value::Object(row) => Ok(row),
        _ => Err(Problem::field("body", "请求内容要是一个 JSON 对象")),
    }
}

fn entry_for(id: &str, mut row: Map<String, Value>) -> Result<Entry, Problem> {
    match row.get("id") {
        Some(own) if own != id => {
            return Err(Problem::field("id", format!("地址里的编号是“{id}”，内容里的编号不同，请改成一样")));
        }
        _ => row.insert("id".to_owned(), id.into()),
    };
    checked(entry_of_object(row).map_err(|finding| Problem::invalid(&[finding]))?)
}

/// An entry that keeps the rules; a draft may still lack what it is to get.
pub(super) fn checked(entry: Entry) -> Result<Entry, Problem> {
    let refused = |finding: &Finding| finding.is_error() && !may_lack(&entry, finding);
    let findings: Vec<Finding> = entry::check(&entry).into_iter().filter(refused).collect();
    if findings.is_empty() { Ok(entry) } else { Err(Problem::invalid(&findings)) }
}

/// Whether a draft may lack what a finding asks for.
pub(super) fn may_lack(entry: &Entry, finding: &Finding) -> bool {
    entry.status == Status::Draft && finding.code == "body_missing"
}

fn row_and_reason(body: JsonObject) -> Result<(Map<String, Value>, String), Problem> {
    let Json(mut row) = body.map_err(|error| unreadable_body("body", &error))?;
    let reason = reason_of(row.remove("reason").as_ref().and_then(Value::as_str))?;
    Ok((row, reason))
}

/// Every write says why.
pub(super) fn reason_of(reason: Option<&str>) -> Result<String, Problem> {
    let reason = reason.unwrap_or_default().trim();
    if reason.is_empty() {
        return Err(Problem::field("reason", "请写明修改原因（reason）"));
    }
    if reason.chars().count() > MAX_REASON_CHARS {
        return Err(Problem::field("reason", format!("修改原因最多 {MAX_REASON_CHARS} 个字")));
    }
    Ok(reason.to_owned())
}

/// The version a write is made against.
pub(super) fn version_of(headers: &HeaderMap) -> Result<Base, Problem> {
    match base_of(headers)? {
        Base::Nothing => Err(Problem::field("If-None-Match", "这里要用 If-Match: \"版本号\"")),
        base => Ok(base),
    }
}

pub(super) fn base_of(headers: &HeaderMap) -> Result<Base, Problem> {
    let header = |name| headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim);
    if let Some(tag) = header(header::IF_MATCH) {
        let number = tag.trim_start_matches("W/").trim_matches('"').parse();
        return number.map(Base::Version).map_err(|_| {
            Problem::field("If-Match", "If-Match 要是查看条目时得到的 ETag，例如 If-Match: \"3\"")
        });
    }
    match header(header::IF_NONE_MATCH) {
        Some("*") => Ok(Base::Nothing),
        Some(_) => Err(Problem::field("If-None-Match", "新建条目用 If-None-Match: *")),
        None => Err(Problem::new(
            Code::PreconditionRequired,
            "请带上 If-Match: \"版本号\"（查看条目时的 ETag）；新建用 If-None-Match: *",
        )),
    }
}
