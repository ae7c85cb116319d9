//! `/v1/stats/figures` and `/v1/stats/groups`: the figures of a period beside
//! those of the one before, and the same by line, place, topic, hour. Whoever
//! works at a desk may read them: they name nobody. A key of some regions reads
//! the figures of those.

use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use jiff::{Timestamp, ToSpan};
use serde::Deserialize;

use super::App;
use super::caller::Caller;
use super::problem::Problem;
use super::search::{number, region, today};
use super::stats::day;
use crate::access::Role;
use crate::entry::Region;
use crate::figures::{self, CORRECTION_DAYS, FiguresError, Groups, Report};
use crate::journal::{By, Line, Selection};

/// Days of a period where nobody says which.
const DEFAULT_DAYS: i32 = 30;
/// Longest time a correction may be given.
const MAX_CORRECTION_DAYS: usize = 365;

/// Which calls are asked about; the last 30 days where no day is named.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FiguresParameters {
    from: Option<String>,
    to: Option<String>,
    line: Option<String>,
    region: Option<String>,
    /// Only of the groups.
    by: Option<String>,
    /// Only of the figures: within how many days a correction has to be settled.
    correction_days: Option<String>,
}

/// `GET /v1/stats/figures`
pub async fn figures(
    State(app): State<Arc<App>>,
    caller: Caller,
    parameters: Result<Query<FiguresParameters>, QueryRejection>,
) -> Result<Json<Report>, Problem> {
    let Query(asked) = parameters.map_err(|error| Problem::unreadable("from", &error.body_text()))?;
    let default = CORRECTION_DAYS as usize;
    let days = number(asked.correction_days.clone(), "correction_days", default, 1, MAX_CORRECTION_DAYS)?;
    let selection = selection(&caller, &asked)?;
    let holder = Arc::clone(&app);
    let report = app
        .read(move |library| {
            Ok(figures::report(&holder.journal, library, &selection, days as u32, Timestamp::now())?)
        })
        .await?;
    Ok(Json(report))
}

/// `GET /v1/stats/groups?by=`
pub async fn groups(
    State(app): State<Arc<App>>,
    caller: Caller,
    parameters: Result<Query<FiguresParameters>, QueryRejection>,
) -> Result<Json<Groups>, Problem> {
    let Query(asked) = parameters.map_err(|error| Problem::unreadable("by", &error.body_text()))?;
    let known = By::ALL.map(By::as_str).join("、");
    let by = asked.by.as_deref().and_then(By::parse);
    let by = by.ok_or_else(|| Problem::field("by", format!("by 要是其中之一：{known}")))?;
    let selection = selection(&caller, &asked)?;
    let holder = Arc::clone(&app);
    let groups = app.read(move |_| Ok(figures::groups(&holder.journal, &selection, by)?)).await?;
    Ok(Json(groups))
}

/// What a caller asks about and may read.
pub(super) fn selection(caller: &Caller, asked: &FiguresParameters) -> Result<Selection, Problem> {
    caller.require(Role::Agent)?;
    let to = asked.to.as_deref().map(|text| day("to", text)).transpose()?.unwrap_or_else(today);
    let from = match asked.from.as_deref() {
        Some(text) => day("from", text)?,
        None => to.saturating_sub((DEFAULT_DAYS - 1).days()),
    };
    if from > to {
        return Err(Problem::field("from", "from 要不晚于 to"));
    }
    let unknown = || Problem::field("line", "line 只能是 12345、8890、web 或 chatbot");
    let line = asked.line.as_deref().map(|line| Line::parse(line).ok_or_else(unknown)).transpose()?;
    let region = place(&caller.scope.regions, region(asked.region.clone())?)?;
    Ok(Selection { from, to, line, region })
}

/// The region asked about, within those of the key.
fn place(own: &[Region], asked: Option<Region>) -> Result<Option<Region>, Problem> {
    match (own, asked) {
        ([], asked) => Ok(asked),
        ([only], None) => Ok(Some(*only)),
        (own, Some(asked)) if own.iter().any(|own| own.covers(asked)) => Ok(Some(asked)),
        (own, _) => {
            let codes: Vec<String> = own.iter().map(Region::to_string).collect();
            Err(Problem::field("region", format!("这个密钥只看得到这些区域的数：{}", codes.join("、"))))
        }
    }
}

impl From<FiguresError> for Problem {
    fn from(error: FiguresError) -> Problem {
        match error {
            FiguresError::Journal(error) => error.into(),
            FiguresError::Library(error) => error.into(),
        }
    }
}
