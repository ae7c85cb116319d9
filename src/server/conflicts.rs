//! `GET /v1/conflicts`: entries that their file (or the platform they are
//! followed from) and somebody here both changed; `POST /v1/conflicts/{id}`
//! says which of the two stays.

use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::{JsonRejection, PathRejection};
use axum::extract::{Path, State};
use axum::response::Response;
use serde::Deserialize;
use serde_json::{Value, json};

use super::App;
use super::body::unreadable_body;
use super::caller::Caller;
use super::editing::{readable, reason_of};
use super::entries::{entry_view, id_of, shown};
use super::problem::{Code, Problem};
use crate::access::Role;
use crate::library::Keep;

/// Which side stays, and why.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settle {
    keep: String,
    reason: Option<String>,
}

/// What nobody has settled, with both sides.
pub async fn list(State(app): State<Arc<App>>, caller: Caller) -> Result<Json<Value>, Problem> {
    caller.require(Role::Editor)?;
    let view = app
        .read(move |library| {
            let mut shown = Vec::new();
            for conflict in library.conflicts()? {
                let here = library.entry(&conflict.entry_id)?;
                let here = here.filter(|here| caller.scope.may_read(&here.entry));
                if let Some(here) = here {
                    let mut view = json!(conflict);
                    view["here"] = entry_view(&here, &caller);
                    shown.push(view);
                }
            }
            Ok(json!({ "conflicts": shown }))
        })
        .await?;
    Ok(Json(view))
}

/// Settles one conflict.
pub async fn settle(
    State(app): State<Arc<App>>,
    caller: Caller,
    id: Result<Path<String>, PathRejection>,
    body: Result<Json<Settle>, JsonRejection>,
) -> Result<Response, Problem> {
    caller.require(Role::Editor)?;
    let id = id_of(id)?;
    let Json(asked) = body.map_err(|error| unreadable_body("keep", &error))?;
    let reason = reason_of(asked.reason.as_deref())?;
    let keep = match asked.keep.as_str() {
        "library" => Keep::Library,
        "origin" => Keep::Origin,
        _ => {
            return Err(Problem::field(
                "keep",
                "keep 只能是 library（留知识库里的）或 origin（用文件或上级平台的）",
            ));
        }
    };
    let writer = caller.clone();
    let stored = app
        .write(move |library| {
            let here = readable(library, &writer, &id)?;
            if let Some(why) = writer.scope.forbids_writing(&here.entry) {
                return Err(Problem::new(Code::Forbidden, why));
            }
            if keep == Keep::Origin && library.settings()?.four_eyes {
                writer.require(Role::Reviewer)?;
            }
            let settled = library.settle(&id, keep, &writer.signature, &reason)?;
            settled.ok_or_else(|| Problem::new(Code::ConflictNotFound, format!("条目“{id}”没有要处理的冲突")))
        })
        .await?;
    Ok(shown(&stored, &caller))
}
