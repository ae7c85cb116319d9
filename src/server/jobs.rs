//! `POST /v1/reindex` and `/v1/jobs`: asking for a reindex, watching it, ending it.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::rejection::{JsonRejection, PathRejection};
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::Stream;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::App;
use super::body::unreadable_body;
use super::caller::Caller;
use super::editing::reason_of;
use super::problem::{Code, Problem};
use crate::access::Role;
use crate::library::Job;

/// Jobs that are listed.
const MOST_LISTED: usize = 50;
/// How often a watched job is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(300);

/// Why, and what may be lost.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReindexRequest {
    reason: Option<String>,
    max_loss: Option<f64>,
}

/// A job as it is shown, with how fast it goes.
#[derive(Serialize)]
pub struct JobView {
    #[serde(flatten)]
    job: Job,
    /// Entries or questions a second in this stage.
    rate: Option<f64>,
    /// Seconds this stage will still take.
    remaining_s: Option<f64>,
}

impl JobView {
    fn of(job: Job) -> JobView {
        let time = |text: &Option<String>| text.as_deref()?.parse::<jiff::Timestamp>().ok();
        let moving = !job.state.is_over() && job.done > 0;
        let passed = match (time(&job.stage_at), time(&job.moved_at)) {
            (Some(from), Some(until)) if moving => Some(until.duration_since(from).as_secs_f64()),
            _ => None,
        };
        let rate = passed.filter(|&seconds| seconds > 0.0).map(|seconds| job.done as f64 / seconds);
        let remaining_s = rate.map(|rate| job.total.saturating_sub(job.done) as f64 / rate);
        let tenths = |number: f64| (number * 10.0).round() / 10.0;
        JobView { rate: rate.map(tenths), remaining_s: remaining_s.map(tenths), job }
    }
}

/// Asks for a reindex.
pub async fn reindex(
    State(app): State<Arc<App>>,
    caller: Caller,
    body: Result<Json<ReindexRequest>, JsonRejection>,
) -> Result<Response, Problem> {
    caller.require(Role::Editor)?;
    let Json(asked) = body.map_err(|error| unreadable_body("reason", &error))?;
    let reason = reason_of(asked.reason.as_deref())?;
    if asked.max_loss.is_some_and(|share| !(0.0..=1.0).contains(&share)) {
        return Err(Problem::field("max_loss", "max_loss 要在 0 和 1 之间，例如 0.005"));
    }
    let request = json!({ "max_loss": asked.max_loss });
    let job = app
        .write(move |library| Ok(library.ask_for_job("reindex", &caller.signature, &reason, &request)?))
        .await?
        .ok_or_else(|| Problem::new(Code::Conflict, "已有一个重建在进行，请等它结束或先取消它"))?;
    let address = format!("/v1/jobs/{}", job.id);
    Ok((StatusCode::ACCEPTED, [(header::LOCATION, address)], Json(json!({ "job": JobView::of(job) })))
        .into_response())
}

/// The newest jobs.
pub async fn list(State(app): State<Arc<App>>, caller: Caller) -> Result<Json<Vec<JobView>>, Problem> {
    caller.require(Role::Editor)?;
    let jobs = app.read(|library| Ok(library.jobs(MOST_LISTED)?)).await?;
    Ok(Json(jobs.into_iter().map(JobView::of).collect()))
}

/// One job.
pub async fn show(
    State(app): State<Arc<App>>,
    caller: Caller,
    id: Result<Path<u64>, PathRejection>,
) -> Result<Json<JobView>, Problem> {
    caller.require(Role::Editor)?;
    Ok(Json(JobView::of(job_of(&app, number(id)?).await?)))
}

/// Ends a job that is asked for or under way; what it did is undone.
pub async fn cancel(
    State(app): State<Arc<App>>,
    caller: Caller,
    id: Result<Path<u64>, PathRejection>,
) -> Result<Json<JobView>, Problem> {
    caller.require(Role::Editor)?;
    let id = number(id)?;
    job_of(&app, id).await?;
    match app.write(move |library| Ok(library.cancel_job(id)?)).await? {
        true => Ok(Json(JobView::of(job_of(&app, id).await?))),
        false => Err(Problem::new(Code::Conflict, "这个任务已经结束，不能取消")),
    }
}

/// A job as it goes, as server-sent events: `job` with each change, the last
/// one with its end.
pub async fn events(
    State(app): State<Arc<App>>,
    caller: Caller,
    id: Result<Path<u64>, PathRejection>,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, Problem> {
    caller.require(Role::Editor)?;
    let id = number(id)?;
    job_of(&app, id).await?;
    let watched = Watched { app, id, shown: None };
    let stream = futures_util::stream::unfold(Some(watched), |watched| async {
        let (event, watched) = watched?.next().await?;
        Some((Ok(event), watched))
    });
    Ok(Sse::new(stream).keep_alive(KeepAlive::default()))
}

struct Watched {
    app: Arc<App>,
    id: u64,
    /// What was sent last.
    shown: Option<String>,
}

impl Watched {
    /// The next change; `None` in the place of the rest once it is over.
    async fn next(mut self) -> Option<(Event, Option<Watched>)> {
        loop {
            let view = JobView::of(job_of(&self.app, self.id).await.ok()?);
            let text = serde_json::to_string(&view).ok()?;
            let event = Event::default().event("job").data(&text);
            if view.job.state.is_over() || self.app.is_stopping() {
                return Some((event, None));
            }
            if self.shown.as_ref() != Some(&text) {
                self.shown = Some(text);
                return Some((event, Some(self)));
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }
}

fn number(id: Result<Path<u64>, PathRejection>) -> Result<u64, Problem> {
    id.map(|Path(id)| id).map_err(|_| Problem::field("id", "任务编号要是一个数"))
}

async fn job_of(app: &Arc<App>, id: u64) -> Result<Job, Problem> {
    let job = app.read(move |library| Ok(library.job(id)?)).await?;
    job.ok_or_else(|| Problem::new(Code::JobNotFound, format!("没有编号为 {id} 的任务")))
}
