//! `POST /v1/answer`: an answer or a refusal with the nearest entries.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::extract::rejection::JsonRejection;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::App;
use super::body::unreadable_body;
use super::caller::Caller;
use super::curation::{laid_over, notices_view};
use super::feedback::{note_search, place_of};
use super::problem::Problem;
use super::search::{question, region, today};
use super::view::hit_view;
use crate::entry::Region;
use crate::search::{self, AnswerStatus, Clarify, Request};

/// Entries shown beside the answer, or instead of one.
const CANDIDATES: usize = 5;

/// The request's body.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AnswerRequest {
    question: String,
    region: Option<String>,
    /// Id of a collection; empty asks the whole library.
    collection: Option<String>,
    /// Where the question comes from, for the journal.
    call: Option<String>,
    seat: Option<String>,
    line: Option<String>,
}

/// One question back, with what to ask next for each answer to it.
#[derive(Serialize)]
struct ClarifyView<'a> {
    question: &'a str,
    about: &'a str,
    options: Vec<OptionView<'a>>,
}

#[derive(Serialize)]
struct OptionView<'a> {
    label: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    region: Option<Region>,
    question: &'a str,
}

impl ClarifyView<'_> {
    fn of(clarify: &Clarify) -> ClarifyView<'_> {
        let options = clarify.options.iter().map(|option| OptionView {
            label: &option.label,
            region: option.region,
            question: &option.question,
        });
        ClarifyView { question: clarify.question, about: clarify.about.as_str(), options: options.collect() }
    }
}

/// Answers where the first hit covers the question and is in force.
pub async fn answer(
    State(app): State<Arc<App>>,
    caller: Caller,
    body: Result<Json<AnswerRequest>, JsonRejection>,
) -> Result<Json<Value>, Problem> {
    let Json(asked) = body.map_err(|error| unreadable_body("question", &error))?;
    let asked_question = question(asked.question, "question")?;
    let region = region(asked.region)?;
    let place = place_of(&caller, asked.call, asked.seat, asked.line)?;
    let snapshot = app.snapshot()?;
    let view = Arc::clone(&app)
        .compute(move || {
            let asked_in = (asked_question.as_str(), region, asked.collection.as_deref());
            let (within, placed) = laid_over(&app, &caller, &snapshot, asked_in)?;
            let request = Request {
                region,
                limit: CANDIDATES,
                within: within.as_ref(),
                placed: Some(&placed),
                ..Request::new(&asked_question, today())
            };
            let answer = search::answer(&snapshot, &request)?;
            let candidates: Vec<_> = answer.results.hits.iter().map(hit_view).collect();
            let search_id = uuid::Uuid::now_v7();
            let mut view = json!({
                "search_id": search_id.to_string(),
                "status": answer.status,
                "candidates": candidates,
            });
            if let Some(route) = &answer.route {
                view["route"] = json!({
                    "department": route.department,
                    "share": (f64::from(route.share) * 1000.0).round() / 1000.0,
                });
            }
            if let Some(clarify) = &answer.clarify {
                view["clarify"] = json!(ClarifyView::of(clarify));
            }
            if let (AnswerStatus::Answered, Some(first)) = (answer.status, answer.results.hits.first()) {
                view["answer"] = json!(hit_view(first));
                view["answer"]["body"] = first.shown.entry.body.clone().into();
                view["answer"]["guide"] = json!(first.shown.entry.guide);
            }
            let notices = notices_view(&app, region);
            if !notices.is_empty() {
                view["notices"] = notices.into();
            }
            let is_answered = answer.status == AnswerStatus::Answered;
            let asked = (asked_question, region, asked.collection);
            note_search(&app, search_id, asked, place, &answer.results.hits, Some(is_answered));
            Ok(view)
        })
        .await?;
    Ok(Json(view))
}
