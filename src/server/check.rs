//! `POST /v1/check`: what an entry would be refused for, and what deserves a
//! look, while it is being written. The rules are those of writing.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::extract::rejection::JsonRejection;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::App;
use super::body::unreadable_body;
use super::caller::Caller;
use super::editing::may_lack;
use crate::access::Role;
use crate::corpus::entry_of_object;
use crate::entry::{self, Entry, Finding};
use crate::library::Library;

use super::problem::Problem;

/// Entries of the same title that are named.
const MOST_NAMED: usize = 3;
/// Stands for the id of a new entry, which gets one when it is written.
const NEW: &str = "new";

/// An entry as far as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CheckRequest {
    entry: Map<String, Value>,
}

/// Checks an entry; nothing is written.
pub async fn check(
    State(app): State<Arc<App>>,
    caller: Caller,
    body: Result<Json<CheckRequest>, JsonRejection>,
) -> Result<Json<Value>, Problem> {
    caller.require(Role::Editor)?;
    let Json(CheckRequest { entry: mut row }) = body.map_err(|error| unreadable_body("entry", &error))?;
    if row.get("id").and_then(Value::as_str).is_none_or(str::is_empty) {
        row.insert("id".to_owned(), NEW.into());
    }
    let view = app
        .read(move |library| {
            let (findings, region_name) = match entry_of_object(row) {
                Err(finding) => (vec![finding], None),
                Ok(entry) => (findings(library, &caller, &entry)?, entry.region.name()),
            };
            let is_fine = !findings.iter().any(Finding::is_error);
            Ok(json!({ "ok": is_fine, "findings": findings, "region_name": region_name }))
        })
        .await?;
    Ok(Json(view))
}

fn findings(library: &Library, caller: &Caller, entry: &Entry) -> Result<Vec<Finding>, Problem> {
    let mut findings = entry::check(entry);
    findings.retain(|finding| !may_lack(entry, finding));
    if let Some(why) = caller.scope.forbids_writing(entry) {
        findings.push(Finding::error("not_yours", "department", why));
    }
    // Articles of laws share titles by their nature.
    if entry.part.is_none() {
        let titled = library.titled(&entry.title, MOST_NAMED + 1)?.into_iter();
        let others = titled.filter(|(id, region)| *id != entry.id && region.meets(entry.region));
        findings.extend(others.take(MOST_NAMED).map(|(id, _)| {
            let message = format!("条目“{id}”的标题也是这个，地区有重叠，请先看看是不是同一件事");
            Finding::warning("title_taken", "title", message)
        }));
    }
    Ok(findings)
}
