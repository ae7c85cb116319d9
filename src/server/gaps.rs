//! `/v1/gaps`: questions that could not be answered, from the report to the
//! entry that answers them. A gap is closed only by asking its questions again.

use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::{JsonRejection, PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::App;
use super::body::unreadable_body;
use super::caller::Caller;
use super::curation::laid_over;
use super::editing::reason_of;
use super::entries::id_of;
use super::feedback::{named, note_of, search_id};
use super::problem::{Code, Problem};
use super::search::{number, question, region, today};
use super::view::next_page;
use crate::access::Role;
use crate::library::{Gap, GapFilter, GapOrder, GapReport, GapStatus, GapStep, WordingStep};
use crate::search::{self, Request};

/// Most gaps of a page.
const MAX_LISTED: usize = 200;
/// An answered question finds its entry among these.
const FIRST: usize = 3;
/// How far down an entry is looked for.
const LOOKED_AT: usize = 20;

/// A question that could not be answered.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GapRequest {
    question: String,
    search_id: Option<String>,
    region: Option<String>,
    department: Option<String>,
    note: Option<String>,
}

/// Which gaps are listed.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GapParameters {
    status: Option<String>,
    department: Option<String>,
    /// `size` or `newest`.
    sort: Option<String>,
    after: Option<String>,
    limit: Option<String>,
}

/// What is done with a gap: closed by an entry, dismissed, opened again, given
/// to a department, or one of its wordings taken out or put back.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GapStepRequest {
    status: Option<String>,
    entry_id: Option<String>,
    department: Option<String>,
    /// A wording that does not belong to it.
    take_out: Option<String>,
    /// One that was taken out by mistake.
    put_back: Option<String>,
    reason: Option<String>,
}

/// A step, read.
enum Step {
    OfGap(GapStep),
    TakeOut(String),
    PutBack(String),
}

/// An entry that is said to answer a gap.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CheckRequest {
    entry_id: String,
}

/// Whether a gap's questions find an entry.
#[derive(Serialize)]
struct Checked {
    closes: bool,
    questions: Vec<Rank>,
}

#[derive(Serialize)]
struct Rank {
    question: String,
    /// From 1; none beyond the first twenty.
    rank: Option<usize>,
}

/// Takes a report from whoever may search.
pub async fn report(
    State(app): State<Arc<App>>,
    caller: Caller,
    body: Result<Json<GapRequest>, JsonRejection>,
) -> Result<(StatusCode, Json<Value>), Problem> {
    let Json(asked) = body.map_err(|error| unreadable_body("question", &error))?;
    let report = GapReport {
        question: question(asked.question, "question")?,
        region: region(asked.region)?,
        department: named("department", asked.department)?.unwrap_or_default(),
        search_id: asked.search_id.map(|id| search_id(&id)).transpose()?.map(|id| id.to_string()),
        note: note_of(asked.note)?,
        made_by: caller.signature,
    };
    let gap = app.write(move |library| Ok(library.report_gap(&report)?)).await?;
    let view = json!({ "id": gap.id, "status": gap.status, "reports": gap.reports });
    Ok((StatusCode::CREATED, Json(view)))
}

/// The work list, those most calls were lost on of late first; with it what
/// closing gaps has changed.
pub async fn list(
    State(app): State<Arc<App>>,
    caller: Caller,
    parameters: Result<Query<GapParameters>, QueryRejection>,
) -> Result<Json<Value>, Problem> {
    caller.require(Role::Editor)?;
    let Query(asked) = parameters.map_err(|error| Problem::unreadable("status", &error.body_text()))?;
    let filter = GapFilter {
        status: asked.status.map(|name| status_of(&name)).transpose()?,
        department: asked.department,
        order: order_of(asked.sort.as_deref())?,
        after: asked.after,
        limit: number(asked.limit, "limit", 50, 1, MAX_LISTED)?,
    };
    let limit = filter.limit;
    let (gaps, effect) =
        app.read(move |library| Ok((library.gaps(&filter)?, library.effect_of_closing()?))).await?;
    let next = next_page(&gaps, limit, |gap| &gap.id);
    Ok(Json(json!({ "gaps": gaps, "next": next, "effect": effect })))
}

fn order_of(name: Option<&str>) -> Result<GapOrder, Problem> {
    match name {
        None | Some("size") => Ok(GapOrder::Size),
        Some("newest") => Ok(GapOrder::Newest),
        Some(_) => Err(Problem::field("sort", "sort 只能是 size 或 newest")),
    }
}

/// One gap.
pub async fn show(
    State(app): State<Arc<App>>,
    caller: Caller,
    id: Result<Path<String>, PathRejection>,
) -> Result<Json<Gap>, Problem> {
    caller.require(Role::Editor)?;
    Ok(Json(gap_of(&app, id_of(id)?).await?))
}

/// Asks a gap's questions again and says where the entry stands.
pub async fn check(
    State(app): State<Arc<App>>,
    caller: Caller,
    id: Result<Path<String>, PathRejection>,
    body: Result<Json<CheckRequest>, JsonRejection>,
) -> Result<Json<Value>, Problem> {
    caller.require(Role::Editor)?;
    let id = id_of(id)?;
    let Json(asked) = body.map_err(|error| unreadable_body("entry_id", &error))?;
    let gap = gap_of(&app, id).await?;
    let checked = asked_again(&app, caller, gap, asked.entry_id).await?;
    Ok(Json(json!(checked)))
}

/// Does a step with a gap.
pub async fn settle(
    State(app): State<Arc<App>>,
    caller: Caller,
    id: Result<Path<String>, PathRejection>,
    body: Result<Json<GapStepRequest>, JsonRejection>,
) -> Result<Json<Gap>, Problem> {
    caller.require(Role::Editor)?;
    let id = id_of(id)?;
    let Json(asked) = body.map_err(|error| unreadable_body("status", &error))?;
    let reason = reason_of(asked.reason.as_deref())?;
    let step = step_of(asked)?;
    let gap = gap_of(&app, id).await?;
    // What turned out to be one with another is settled as that one.
    let id = gap.id.clone();
    let signature = caller.signature.clone();
    if let Step::OfGap(GapStep::Close { entry_id }) = &step {
        let checked = asked_again(&app, caller, gap, entry_id.clone()).await?;
        if !checked.closes {
            let detail = format!("还有问题找不到“{entry_id}”：前三条里要有它，缺口才能关闭");
            let problem = Problem::new(Code::GapStillOpen, detail);
            return Err(problem.with("questions", json!(checked.questions)));
        }
    }
    app.write(move |library| {
        let by = (signature.as_str(), reason.as_str());
        match &step {
            Step::OfGap(step) => library.settle_gap(&id, step, by)?.map(Json).ok_or_else(not_there),
            Step::TakeOut(wording) => stepped(library.take_out_wording(&id, wording, by)?, "take_out"),
            Step::PutBack(wording) => stepped(library.put_back_wording(&id, wording, by)?, "put_back"),
        }
    })
    .await
}

fn stepped(done: WordingStep, field: &str) -> Result<Json<Gap>, Problem> {
    match done {
        WordingStep::Done(gap) => Ok(Json(*gap)),
        WordingStep::NoGap => Err(not_there()),
        WordingStep::NoWording if field == "take_out" => Err(Problem::field(field, "这个缺口里没有这个问法")),
        WordingStep::NoWording => Err(Problem::field(field, "没有从这个缺口移出过这个问法")),
        WordingStep::Last => {
            Err(Problem::field(field, "只剩这一种问法了，不能移出；整个缺口不用补的，请记为不处理"))
        }
    }
}

fn step_of(asked: GapStepRequest) -> Result<Step, Problem> {
    let department = named("department", asked.department)?;
    let status = asked.status.as_deref().map(status_of).transpose()?;
    let step = match (status, department, asked.take_out, asked.put_back) {
        (Some(GapStatus::Closed), None, None, None) => match named("entry_id", asked.entry_id)? {
            Some(entry_id) => GapStep::Close { entry_id },
            None => return Err(Problem::field("entry_id", "请写明由哪个条目回答（entry_id）")),
        },
        (Some(GapStatus::Dismissed), None, None, None) => GapStep::Dismiss,
        (Some(GapStatus::Open), None, None, None) => GapStep::Reopen,
        (None, Some(department), None, None) => GapStep::Assign { department },
        (None, None, Some(wording), None) => return Ok(Step::TakeOut(question(wording, "take_out")?)),
        (None, None, None, Some(wording)) => return Ok(Step::PutBack(question(wording, "put_back")?)),
        _ => {
            let detail = "请写 status（open、closed、dismissed）、department、take_out 或 put_back，一次一样";
            return Err(Problem::field("status", detail));
        }
    };
    Ok(Step::OfGap(step))
}

/// Where the entry stands for each of the gap's questions, asked as an agent would.
async fn asked_again(app: &Arc<App>, caller: Caller, gap: Gap, entry_id: String) -> Result<Checked, Problem> {
    let snapshot = app.snapshot()?;
    let holder = Arc::clone(app);
    app.compute(move || {
        let mut questions = Vec::with_capacity(gap.questions.len());
        for asked in gap.questions {
            let (within, placed) =
                laid_over(&holder, &caller, &snapshot, (asked.text.as_str(), gap.region, Some("")))?;
            let oracle = holder.oracle(&snapshot);
            let request = Request {
                oracle: Some(&oracle),
                region: gap.region,
                within: within.as_ref(),
                placed: Some(&placed),
                limit: LOOKED_AT,
                ..Request::new(&asked.text, today())
            };
            let results = search::search(&snapshot, &request)?;
            let rank = results.hits.iter().position(|hit| hit.is(&entry_id)).map(|place| place + 1);
            questions.push(Rank { question: asked.text, rank });
        }
        let closes = questions.iter().all(|asked| asked.rank.is_some_and(|rank| rank <= FIRST));
        Ok(Checked { closes, questions })
    })
    .await
}

fn status_of(name: &str) -> Result<GapStatus, Problem> {
    GapStatus::parse(name).ok_or_else(|| Problem::field("status", "status 只能是 open、closed 或 dismissed"))
}

async fn gap_of(app: &Arc<App>, id: String) -> Result<Gap, Problem> {
    app.read(move |library| Ok(library.gap(&id)?)).await?.ok_or_else(not_there)
}

fn not_there() -> Problem {
    Problem::new(Code::GapNotFound, "请核对编号")
}
