//! `/v1/warnings`: what flared up and what needs attention, for whoever works
//! at a desk; what callers asked is shown to editors only. A key of some
//! regions sees the warnings of those.

use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::{JsonRejection, PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::App;
use super::body::unreadable_body;
use super::caller::Caller;
use super::entries::id_of;
use super::feedback::note_of;
use super::problem::{Code, Problem};
use super::search::number;
use crate::access::Role;
use crate::journal::{Warned, WarningState};
use crate::library::Library;
use crate::watching::{Listener, Telling, region_of};

/// Most warnings of a page.
const MAX_LISTED: usize = 200;

/// Which warnings are listed.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WarningParameters {
    state: Option<String>,
    after: Option<String>,
    limit: Option<String>,
}

/// What somebody says about a warning.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AcknowledgeRequest {
    state: String,
    note: Option<String>,
}

/// A page of warnings, the newest first.
#[derive(Serialize)]
pub struct WarningsView {
    warnings: Vec<Telling>,
    /// The `after` of the next page.
    next: Option<String>,
}

/// The warnings a caller may see.
pub async fn list(
    State(app): State<Arc<App>>,
    caller: Caller,
    parameters: Result<Query<WarningParameters>, QueryRejection>,
) -> Result<Json<WarningsView>, Problem> {
    caller.require(Role::Agent)?;
    let Query(asked) = parameters.map_err(|error| Problem::unreadable("state", &error.body_text()))?;
    let unknown = || Problem::field("state", "state 只能是 open、acknowledged 或 over");
    let state = asked.state.map(|name| serde_json::from_value::<WarningState>(name.into()));
    let state = state.transpose().map_err(|_| unknown())?;
    let malformed = || Problem::field("after", "after 要照上一页的 next 写");
    let after = asked.after.map(|after| after.parse::<i64>()).transpose().map_err(|_| malformed())?;
    let limit = number(asked.limit, "limit", 50, 1, MAX_LISTED)?;
    let holder = Arc::clone(&app);
    let view = app
        .read(move |library| {
            let warned = holder.journal.warnings(state, after, limit)?;
            let next = (warned.len() == limit).then(|| warned.last().map(|last| last.number.to_string()));
            let mut warnings = Vec::new();
            for warned in warned.iter().filter(|warned| may_see(&caller, warned)) {
                warnings.push(telling(&holder, &caller, library, warned)?);
            }
            Ok(WarningsView { warnings, next: next.flatten() })
        })
        .await?;
    Ok(Json(view))
}

/// One warning.
pub async fn show(
    State(app): State<Arc<App>>,
    caller: Caller,
    id: Result<Path<String>, PathRejection>,
) -> Result<Json<Telling>, Problem> {
    caller.require(Role::Agent)?;
    let number = number_of(id)?;
    let holder = Arc::clone(&app);
    let view = app
        .read(move |library| {
            let warned = seen(&holder, &caller, number)?;
            telling(&holder, &caller, library, &warned)
        })
        .await?;
    Ok(Json(view))
}

/// Says that somebody has seen a warning.
pub async fn acknowledge(
    State(app): State<Arc<App>>,
    caller: Caller,
    id: Result<Path<String>, PathRejection>,
    body: Result<Json<AcknowledgeRequest>, JsonRejection>,
) -> Result<Json<Telling>, Problem> {
    caller.require(Role::Editor)?;
    let number = number_of(id)?;
    let Json(asked) = body.map_err(|error| unreadable_body("state", &error))?;
    if asked.state != "acknowledged" {
        return Err(Problem::field("state", "state 只能是 acknowledged（已知悉）"));
    }
    let note = note_of(asked.note)?;
    let holder = Arc::clone(&app);
    let view = app
        .read(move |library| {
            seen(&holder, &caller, number)?;
            holder.journal.acknowledge(number, &caller.signature, note.trim(), Timestamp::now())?;
            let warned = seen(&holder, &caller, number)?;
            telling(&holder, &caller, library, &warned)
        })
        .await?;
    Ok(Json(view))
}

fn number_of(id: Result<Path<String>, PathRejection>) -> Result<i64, Problem> {
    id_of(id)?.parse().map_err(|_| missing())
}

fn missing() -> Problem {
    Problem::new(Code::WarningNotFound, "请核对编号；预警随日志一起到期删除")
}

/// A warning that is there and that the caller may see.
fn seen(app: &App, caller: &Caller, number: i64) -> Result<Warned, Problem> {
    app.journal.warning(number)?.filter(|warned| may_see(caller, warned)).ok_or_else(missing)
}

/// A key of some regions sees what is of them; what is of all places is not.
fn may_see(caller: &Caller, warned: &Warned) -> bool {
    let own = &caller.scope.regions;
    own.is_empty() || region_of(warned).is_some_and(|place| own.iter().any(|own| own.covers(place)))
}

fn telling(app: &App, caller: &Caller, library: &Library, warned: &Warned) -> Result<Telling, Problem> {
    let curation = app.curation.load_full();
    let may_read = |entry: &crate::entry::Entry| caller.may_read(entry, &curation);
    let reads_questions = caller.is(Role::Editor) && caller.scope.categories.is_empty();
    Ok(Telling::of(warned, library, &Listener { reads_questions, may_read: &may_read })?)
}
