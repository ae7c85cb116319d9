//! `POST /v1/answer`: an answer or a refusal with the nearest entries; after
//! earlier turns also to what only makes sense after them.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::extract::rejection::JsonRejection;
use axum::http::{HeaderMap, HeaderName, StatusCode, header};
use axum::response::{IntoResponse, Response};
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
use crate::entry::{Entry, Kind, Region};
use crate::index::{ShownEntry, Snapshot};
use crate::reading;
use crate::search::{self, Answer, AnswerStatus, Clarify, Hit, Request};

/// Entries shown beside the answer, or instead of one.
const CANDIDATES: usize = 5;
/// Questions offered after an answer.
const FOLLOW_UPS: usize = 3;
/// Most earlier turns: what was asked before them is another matter.
const MAX_TURNS: usize = 10;

/// The index an answer is from: another one may answer differently.
const GENERATION: HeaderName = HeaderName::from_static("x-jida-generation");

/// The request's body.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AnswerRequest {
    question: String,
    region: Option<String>,
    /// Id of a collection; empty asks the whole library.
    collection: Option<String>,
    /// How the answer's text is written: `markdown`, `plain` or `speech`.
    format: Option<String>,
    /// What was asked before, the first first.
    #[serde(default)]
    turns: Vec<Turn>,
    /// Where the question comes from, for the journal.
    call: Option<String>,
    seat: Option<String>,
    line: Option<String>,
}

/// An earlier turn, with the entry it was answered with where the caller knows.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Turn {
    question: String,
    entry_id: Option<String>,
}

#[derive(Clone, Copy)]
enum Format {
    Markdown,
    Plain,
    Speech,
}

impl Format {
    fn parse(name: Option<&str>) -> Result<Format, Problem> {
        match name {
            None | Some("markdown") => Ok(Format::Markdown),
            Some("plain") => Ok(Format::Plain),
            Some("speech") => Ok(Format::Speech),
            Some(_) => Err(Problem::field("format", "format 只能是 markdown、plain 或 speech")),
        }
    }

    fn text_of(self, entry: &Entry) -> String {
        match self {
            Format::Markdown => reading::markdown(entry),
            Format::Plain => reading::plain(&reading::markdown(entry)),
            Format::Speech => reading::spoken(entry),
        }
    }
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

/// Answers where the first hit covers the question and is in force. The same
/// question to the same library has the same `ETag`.
pub async fn answer(
    State(app): State<Arc<App>>,
    caller: Caller,
    headers: HeaderMap,
    body: Result<Json<AnswerRequest>, JsonRejection>,
) -> Result<Response, Problem> {
    let Json(asked) = body.map_err(|error| unreadable_body("question", &error))?;
    let format = Format::parse(asked.format.as_deref())?;
    let asked_question = question(asked.question, "question")?;
    let region = region(asked.region)?;
    let place = place_of(&caller, asked.call, asked.seat, asked.line)?;
    let turns = turns_of(asked.turns)?;
    let snapshot = app.snapshot()?;
    let generation = app.generation.load().as_ref().map(|generation| generation.name.clone());
    let (mut view, search_id) = Arc::clone(&app)
        .compute(move || {
            let asked_in = (asked_question.as_str(), region, asked.collection.as_deref());
            let (within, placed) = laid_over(&app, &caller, &snapshot, asked_in)?;
            let oracle = app.oracle(&snapshot);
            let unplaced = Request {
                region,
                within: within.as_ref(),
                oracle: Some(&oracle),
                ..Request::new(&asked_question, today())
            };
            let before = entry_before(&snapshot, &turns, &unplaced, |entry| {
                caller.may_read(entry, &app.curation.load())
            })?;
            let alone = Request { limit: CANDIDATES, placed: Some(&placed), ..unplaced };
            let full = in_full(&snapshot, &alone, before.as_ref())?;
            let request = Request { question: full.as_deref().unwrap_or(&asked_question), ..alone };
            let mut answer = search::answer(&snapshot, &request)?;
            if let (Some(before), Some(_)) = (&before, &full) {
                let may_answer = |hit: &Hit| search::may_answer(&snapshot, &request, hit);
                answer_from(&mut answer, before, &asked_question, may_answer);
            }
            let mut view = view_of(&answer, format);
            if let Some(full) = &full {
                view["resolved_question"] = full.as_str().into();
            }
            let notices = notices_view(&app, region);
            if !notices.is_empty() {
                view["notices"] = notices.into();
            }
            let search_id = uuid::Uuid::now_v7();
            let is_answered = answer.status == AnswerStatus::Answered;
            let asked = (asked_question, region, asked.collection);
            note_search(&app, search_id, asked, place, &answer.results.hits, Some(is_answered));
            Ok((view, search_id))
        })
        .await?;
    let tag = format!("\"{}\"", &blake3::hash(view.to_string().as_bytes()).to_hex()[..16]);
    let is_known = headers.get(header::IF_NONE_MATCH).is_some_and(|known| known.as_bytes() == tag.as_bytes());
    let about = [(header::ETAG, tag), (GENERATION, generation.unwrap_or_default())];
    if is_known {
        return Ok((StatusCode::NOT_MODIFIED, about).into_response());
    }
    view["search_id"] = search_id.to_string().into();
    Ok((about, Json(view)).into_response())
}

fn turns_of(turns: Vec<Turn>) -> Result<Vec<Turn>, Problem> {
    if turns.len() > MAX_TURNS {
        return Err(Problem::field("turns", format!("turns 有 {} 轮，最多 {MAX_TURNS} 轮", turns.len())));
    }
    for turn in &turns {
        question(turn.question.clone(), "turns")?;
    }
    Ok(turns)
}

/// The entry the conversation is about: what the last answered turn was
/// answered with, each turn understood after the ones before it and put as
/// `asked` is.
fn entry_before(
    snapshot: &Snapshot,
    turns: &[Turn],
    asked: &Request<'_>,
    may_read: impl Fn(&Entry) -> bool,
) -> Result<Option<Entry>, Problem> {
    let mut before: Option<Entry> = None;
    for turn in turns {
        let place = turn.entry_id.as_ref().map(|id| snapshot.place_of(id)).transpose()?.flatten();
        let named = place.map(|place| snapshot.shown(place)).transpose()?.map(|shown| shown.entry);
        if let Some(named) = named.filter(&may_read) {
            before = Some(named);
            continue;
        }
        let alone = Request { question: &turn.question, limit: 1, ..asked.clone() };
        let full = in_full(snapshot, &alone, before.as_ref())?;
        let request = Request { question: full.as_deref().unwrap_or(&turn.question), ..alone };
        let (status, results) = search::decide(snapshot, &request)?;
        match (status, results.hits.into_iter().next()) {
            (AnswerStatus::Answered, Some(hit)) => before = Some(hit.shown.entry),
            // A follow-up stays with its matter; another question ends it.
            _ if full.is_some() => {}
            _ => before = None,
        }
    }
    Ok(before)
}

/// A question in full where it makes sense only after the entry before; none
/// where it has a matter and an answer of its own.
fn in_full(
    snapshot: &Snapshot,
    alone: &Request<'_>,
    before: Option<&Entry>,
) -> Result<Option<String>, Problem> {
    let Some(full) = before.and_then(|before| search::follow_up(alone.question, before)) else {
        return Ok(None);
    };
    if search::has_no_matter(alone.question) {
        return Ok(Some(full));
    }
    let (status, _) = search::decide(snapshot, alone)?;
    Ok((status == AnswerStatus::Unsure).then_some(full))
}

/// Answers a follow-up from the entry before, where that is among the nearest
/// and says what is asked; where it does not say it, it answers nothing.
fn answer_from(answer: &mut Answer, before: &Entry, asked: &str, may_answer: impl Fn(&Hit) -> bool) {
    let hits = &mut answer.results.hits;
    let at = hits.iter().position(|hit| hit.shown.entry.id == before.id);
    let is_open = at.is_some_and(|at| may_answer(&hits[at]));
    match (answer.status, at, search::says_so(before, asked)) {
        (AnswerStatus::Unsure, Some(at), Some(true)) if is_open => {
            hits[..=at].rotate_right(1);
            answer.status = AnswerStatus::Answered;
            (answer.route, answer.clarify) = (None, None);
        }
        (AnswerStatus::Answered, Some(0), Some(false)) => answer.status = AnswerStatus::Unsure,
        _ => {}
    }
}

fn view_of(answer: &Answer, format: Format) -> Value {
    let hits = &answer.results.hits;
    let candidates: Vec<_> = hits.iter().map(hit_view).collect();
    let mut view = json!({ "status": answer.status, "candidates": candidates });
    if let Some(route) = &answer.route {
        view["route"] = json!({
            "department": route.department,
            "share": (f64::from(route.share) * 1000.0).round() / 1000.0,
        });
        if let Some(phone) = &route.phone {
            view["route"]["phone"] = phone.clone().into();
        }
    }
    if let Some(clarify) = &answer.clarify {
        view["clarify"] = json!(ClarifyView::of(clarify));
    }
    if let (AnswerStatus::Answered, Some((first, others))) = (answer.status, hits.split_first()) {
        let entry = &first.shown.entry;
        view["answer"] = json!(hit_view(first));
        view["answer"]["body"] = entry.body.clone().into();
        view["answer"]["guide"] = json!(entry.guide);
        view["answer"]["text"] = format.text_of(entry).into();
        view["citations"] = citations(&first.shown).into();
        view["follow_ups"] = follow_ups(others).into();
    }
    view
}

/// What an answer rests on, as it is cited and in its parts; where it has no
/// source of its own, the document, the department or the file it is from.
fn citations(shown: &ShownEntry) -> Vec<Value> {
    let entry = &shown.entry;
    let cited = entry.source.iter().filter_map(|source| {
        let mut view = json!(source);
        view["text"] = reading::citation(source)?.into();
        view["entry_id"] = entry.id.clone().into();
        Some(view)
    });
    let mut cited: Vec<Value> = cited.collect();
    if cited.is_empty()
        && let Some(text) = search::named_source(shown)
    {
        cited.push(json!({ "text": text, "entry_id": entry.id }));
    }
    cited
}

/// Titles of near entries that can be asked as they stand.
fn follow_ups(others: &[Hit]) -> Vec<String> {
    let askable = others.iter().map(|hit| &hit.shown.entry).filter(|entry| entry.kind != Kind::Policy);
    askable.take(FOLLOW_UPS).map(|entry| entry.title.clone()).collect()
}
