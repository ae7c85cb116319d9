//! `GET /v1/entries` and `GET /v1/entries/{id}`: entries as they stand in the
//! library.

use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::http::header::ETAG;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::{Value, json};

use super::App;
use super::caller::Caller;
use super::problem::{Code, Problem};
use super::search::{flag, kind, number, region, today};
use crate::access::Role;
use crate::entry::{Entry, Region, Status};
use crate::library::{Facets, Library, ListFilter, ListOrder, ListedEntry, StoredEntry};

/// Most entries of a list's page.
const MAX_LISTED: usize = 200;

/// Which version of an entry is meant.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VersionParameter {
    version: Option<String>,
}

/// Which entries are listed.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ListParameters {
    status: Option<String>,
    kind: Option<String>,
    department: Option<String>,
    /// This category and those below it.
    category: Option<String>,
    region: Option<String>,
    /// Due for review on this day or before.
    review_by: Option<String>,
    /// `true`: what has ended and is not retired.
    expired: Option<String>,
    /// Stands in the title or the id.
    q: Option<String>,
    sort: Option<String>,
    facets: Option<String>,
    after: Option<String>,
    limit: Option<String>,
}

/// The id in an address.
pub(super) fn id_of(id: Result<Path<String>, PathRejection>) -> Result<String, Problem> {
    id.map(|Path(id)| id).map_err(|_| Problem::field("id", "编号要是 UTF-8 文字，并按百分号编码"))
}

pub(super) fn not_found(id: &str) -> Problem {
    Problem::new(Code::EntryNotFound, format!("没有编号为“{id}”的条目"))
}

/// An entry with its version. Everybody sees what is live: published, or
/// retired, so that an old link still explains itself. Editors also see other
/// versions (`version=newest`, `version=3`), and what is only a draft.
pub async fn entry(
    State(app): State<Arc<App>>,
    caller: Caller,
    id: Result<Path<String>, PathRejection>,
    parameters: Result<Query<VersionParameter>, QueryRejection>,
) -> Result<Response, Problem> {
    let id = id_of(id)?;
    let Query(parameters) = parameters.map_err(|error| Problem::unreadable("version", &error.body_text()))?;
    if parameters.version.is_some() {
        caller.require(Role::Editor)?;
    }
    let wanted = id.clone();
    let (reader, curation) = (caller.clone(), app.curation.load_full());
    let may_read = move |entry: &Entry| reader.may_read(entry, &curation);
    let is_inside = caller.is(Role::Editor);
    let found =
        app.read(move |library| find(library, &wanted, parameters.version, is_inside, may_read)).await?;
    found.map(|stored| shown(&stored, &caller)).ok_or_else(|| not_found(&id))
}

fn find(
    library: &Library,
    id: &str,
    version: Option<String>,
    is_inside: bool,
    may_read: impl Fn(&Entry) -> bool,
) -> Result<Option<StoredEntry>, Problem> {
    let stored = match version.as_deref() {
        None => library.live_entry(id)?,
        Some("newest") => library.entry(id)?,
        Some(number) => {
            let malformed = || Problem::field("version", "version 要是 newest 或版本号");
            library.revision(id, number.parse().map_err(|_| malformed())?)?
        }
    };
    let is_shown = |stored: &StoredEntry| {
        let is_out = matches!(stored.entry.status, Status::Published | Status::Retired);
        (is_out || is_inside) && may_read(&stored.entry)
    };
    Ok(stored.filter(is_shown))
}

/// An entry as it leaves: its internal note only to those inside.
pub(super) fn entry_view(stored: &StoredEntry, caller: &Caller) -> Value {
    let internal_note = stored.entry.internal_note.clone().filter(|_| caller.is(Role::Agent));
    let mut view = json!(Entry { internal_note, ..stored.entry.clone() });
    view["version"] = stored.version.into();
    view["updated_at"] = stored.updated_at.clone().into();
    view["last_change"] = stored.seq.into();
    if caller.is(Role::Agent) {
        view["updated_by"] = stored.updated_by.clone().into();
    }
    view
}

pub(super) fn shown(stored: &StoredEntry, caller: &Caller) -> Response {
    let tag = format!("\"{}\"", stored.version);
    ([(ETAG, tag)], Json(entry_view(stored, caller))).into_response()
}

/// Entries, filtered, a page at a time; with `facets=true` how many have which
/// label instead.
pub async fn list(
    State(app): State<Arc<App>>,
    caller: Caller,
    parameters: Result<Query<ListParameters>, QueryRejection>,
) -> Result<Json<Value>, Problem> {
    caller.require(Role::Editor)?;
    let Query(asked) = parameters.map_err(|error| Problem::unreadable("status", &error.body_text()))?;
    let wants_facets = flag("facets", asked.facets.as_deref())?;
    let filter = filter_of(asked)?;
    let scope = Arc::clone(&caller.scope);
    let view = app
        .read(move |library| {
            let accepts =
                |region: Region, category: &str| scope.has_region(region) && scope.has_category(category);
            if wants_facets {
                return Ok(facets_view(&library.facets(&filter, accepts)?));
            }
            let page = library.list(&filter)?;
            let is_shown = |listed: &ListedEntry| accepts(listed.region, &listed.category);
            let entries: Vec<_> = page.entries.into_iter().filter(is_shown).collect();
            Ok(json!({ "entries": entries, "next": page.next }))
        })
        .await?;
    Ok(Json(view))
}

fn filter_of(asked: ListParameters) -> Result<ListFilter, Problem> {
    let status = |name: String| {
        Status::parse(&name)
            .ok_or_else(|| Problem::field("status", "status 只能是 draft、review、published 或 retired"))
    };
    let order = |name: String| {
        ListOrder::parse(&name)
            .ok_or_else(|| Problem::field("sort", "sort 只能是 id、updated、review 或 expiry"))
    };
    let day = |day: String| {
        day.parse().map_err(|_| Problem::field("review_by", "review_by 要写成 2026-11-23 这样的日期"))
    };
    let is_expired = flag("expired", asked.expired.as_deref())?;
    Ok(ListFilter {
        status: asked.status.map(status).transpose()?,
        kind: kind(asked.kind)?,
        department: asked.department,
        category: asked.category,
        region: region(asked.region)?,
        review_by: asked.review_by.map(day).transpose()?,
        expired_on: is_expired.then(today),
        text: asked.q,
        order: asked.sort.map(order).transpose()?.unwrap_or_default(),
        after: asked.after,
        limit: number(asked.limit, "limit", 50, 1, MAX_LISTED)?,
    })
}

/// Facets with the regions' names.
fn facets_view(facets: &Facets) -> Value {
    let named = |(code, count): (&String, &u64)| {
        let name = Region::parse(code).and_then(Region::name);
        json!({ "code": code, "name": name, "count": count })
    };
    let mut view = json!(facets);
    view["region"] = facets.region.iter().map(named).collect();
    view
}
