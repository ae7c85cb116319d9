//! `/v1/rules`, `/v1/notices`, `/v1/collections`: what editors lay over the
//! search. It counts at once, without a new index; every version is kept.

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
use super::editing::{ReasonParameter, base_of, reason_of, version_of};
use super::entries::id_of;
use super::problem::{Code, Problem};
use super::search::region;
use crate::access::Role;
use crate::curation::{Collection, Curated, CuratedKind, Placed};
use crate::entry::Region;
use crate::index::{Snapshot, Within};
use crate::library::{Base, CuratedVersion, CuratedWrite, Library};

/// For whom notices are asked.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NoticeParameters {
    region: Option<String>,
    /// `true`: also what does not count now, for editors.
    all: Option<bool>,
}

/// Everything of a kind in force.
pub async fn list<C: Curated>(State(app): State<Arc<App>>, caller: Caller) -> Result<Json<Value>, Problem> {
    if C::KIND != CuratedKind::Collection {
        caller.require(Role::Editor)?;
    }
    let shows_editors = caller.is(Role::Editor);
    let mut all = app.read(|library| Ok(library.all_curated(C::KIND)?)).await?;
    if !shows_editors {
        for version in &mut all {
            version.content.iter_mut().for_each(without_editors);
        }
    }
    let view: Vec<Value> = all.iter().map(|version| view_of(version, shows_editors)).collect();
    Ok(Json(json!({ plural(C::KIND): view })))
}

/// Which keys may change a collection is for those inside.
fn without_editors(content: &mut Value) {
    if let Value::Object(fields) = content {
        fields.remove("editors");
    }
}

/// Notices that count now, the newest first.
pub async fn notices(
    State(app): State<Arc<App>>,
    caller: Caller,
    parameters: Result<Query<NoticeParameters>, QueryRejection>,
) -> Result<Json<Value>, Problem> {
    let Query(asked) = parameters.map_err(|error| Problem::unreadable("region", &error.body_text()))?;
    if asked.all == Some(true) {
        return list::<crate::curation::Notice>(State(app), caller).await;
    }
    let region = region(asked.region)?;
    Ok(Json(json!({ "notices": notices_view(&app, region) })))
}

/// What a caller may find for a question, and what the rules say about it.
pub(super) fn laid_over(
    app: &App,
    caller: &Caller,
    snapshot: &Snapshot,
    (question, region, collection): (&str, Option<Region>, Option<&str>),
) -> Result<(Option<Within>, Placed), Problem> {
    let curation = app.curation.load();
    let collection = caller.collection(collection, &curation)?;
    let within = caller.within(snapshot, collection.as_ref().map(|(_, found)| found));
    let id = collection.as_ref().map(|(id, _)| id.as_str());
    Ok((within, curation.placed(question, region, id, jiff::Timestamp::now())))
}

/// Notices for a caller of a region, as they leave.
pub(super) fn notices_view(app: &App, region: Option<Region>) -> Vec<Value> {
    let curation = app.curation.load();
    let counting = curation.notices(region, jiff::Timestamp::now());
    counting
        .into_iter()
        .map(|(id, notice)| {
            let mut view = json!(notice);
            view["id"] = id.into();
            view
        })
        .collect()
}

/// One thing with its past.
pub async fn show<C: Curated>(
    State(app): State<Arc<App>>,
    caller: Caller,
    id: Result<Path<String>, PathRejection>,
) -> Result<Response, Problem> {
    caller.require(Role::Editor)?;
    let id = id_of(id)?;
    let versions = app.read(move |library| Ok(library.curated_versions(C::KIND, &id)?)).await?;
    let newest = versions.last().ok_or_else(not_there)?;
    let mut view = view_of(newest, true);
    view["versions"] = json!(versions);
    Ok(tagged(StatusCode::OK, newest, &view))
}

/// Puts a thing in force, or another version of it.
pub async fn put<C: Curated>(
    State(app): State<Arc<App>>,
    caller: Caller,
    id: Result<Path<String>, PathRejection>,
    headers: HeaderMap,
    body: Result<Json<Map<String, Value>>, JsonRejection>,
) -> Result<Response, Problem> {
    caller.require(Role::Editor)?;
    let id = id_of(id)?;
    let base = base_of(&headers)?;
    let Json(mut row) = body.map_err(|error| unreadable_body("body", &error))?;
    let reason = reason_of(row.remove("reason").as_ref().and_then(Value::as_str))?;
    let thing: C = serde_json::from_value(Value::Object(row))
        .map_err(|error| Problem::unreadable("body", &error.to_string()))?;
    let findings = thing.check();
    if !findings.is_empty() {
        return Err(Problem::invalid(&findings));
    }
    let content = serde_json::to_value(&thing).map_err(|error| Problem::internal(&error.to_string()))?;
    let written = write::<C>(&app, caller, id, Some(content), base, reason).await?;
    let status = if base == Base::Nothing { StatusCode::CREATED } else { StatusCode::OK };
    Ok(tagged(status, &written, &view_of(&written, true)))
}

/// Takes a thing out of force.
pub async fn remove<C: Curated>(
    State(app): State<Arc<App>>,
    caller: Caller,
    id: Result<Path<String>, PathRejection>,
    headers: HeaderMap,
    parameters: Result<Query<ReasonParameter>, QueryRejection>,
) -> Result<StatusCode, Problem> {
    caller.require(Role::Editor)?;
    let id = id_of(id)?;
    let base = version_of(&headers)?;
    let Query(parameters) = parameters.map_err(|error| Problem::unreadable("reason", &error.body_text()))?;
    let reason = reason_of(parameters.reason.as_deref())?;
    write::<C>(&app, caller, id, None, base, reason).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn write<C: Curated>(
    app: &Arc<App>,
    caller: Caller,
    id: String,
    content: Option<Value>,
    base: Base,
    reason: String,
) -> Result<CuratedVersion, Problem> {
    let holder = Arc::clone(app);
    app.write(move |library| {
        if C::KIND == CuratedKind::Collection {
            may_change(library, &caller, &id)?;
        }
        let by = (caller.signature.as_str(), reason.as_str());
        match library.curate(C::KIND, &id, content.as_ref(), base, by)? {
            CuratedWrite::Written(version) => {
                // It counts from the answer on, not from the next look.
                holder.hold_curation(library.curation()?);
                Ok(version)
            }
            CuratedWrite::Outdated(None) => Err(not_there()),
            CuratedWrite::Outdated(Some(there)) => {
                let detail =
                    format!("“{id}”现在是第 {} 版（{} 改的），请在新版上再改", there.version, there.made_by);
                let code = match base {
                    Base::Nothing => Code::Conflict,
                    Base::Version(_) => Code::PreconditionFailed,
                };
                Err(Problem::new(code, detail).with("current", json!(there)))
            }
        }
    })
    .await
}

/// A collection is changed by its own editors and by reviewers.
fn may_change(library: &Library, caller: &Caller, id: &str) -> Result<(), Problem> {
    let Some(there) = library.curated(CuratedKind::Collection, id)? else { return Ok(()) };
    let collection: Option<Collection> =
        there.content.and_then(|content| serde_json::from_value(content).ok());
    let is_own = collection.is_some_and(|collection| collection.editors.contains(&caller.key_id));
    if is_own { Ok(()) } else { caller.require(Role::Reviewer) }
}

fn not_there() -> Problem {
    Problem::new(Code::CuratedNotFound, "请核对编号")
}

fn plural(kind: CuratedKind) -> &'static str {
    match kind {
        CuratedKind::Rule => "rules",
        CuratedKind::Notice => "notices",
        CuratedKind::Collection => "collections",
        CuratedKind::List => "lists",
    }
}

/// The content with what the library says of it.
fn view_of(version: &CuratedVersion, is_inside: bool) -> Value {
    let mut view = version.content.clone().unwrap_or_else(|| json!({ "removed": true }));
    view["id"] = version.id.clone().into();
    view["version"] = version.version.into();
    if is_inside {
        view["updated_at"] = version.made_at.clone().into();
        view["updated_by"] = version.made_by.clone().into();
    }
    view
}

fn tagged(status: StatusCode, version: &CuratedVersion, view: &Value) -> Response {
    let tag = format!("\"{}\"", version.version);
    (status, [(header::ETAG, tag)], Json(view)).into_response()
}
