//! `GET /v1/search`

use std::sync::Arc;
use std::time::Instant;

use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::App;
use super::caller::Caller;
use super::curation::{laid_over, notices_view};
use super::feedback::{note_search, place_of};
use super::problem::Problem;
use super::view::{HitView, hit_view};
use crate::entry::{Kind, Region};
use crate::index::ValidityFilter;
use crate::journal::Place;
use crate::search::{self, Hit, KindGroup, MAX_QUESTION_CHARS, Oracle, Request};

/// Most hits a page can have.
const MAX_LIMIT: usize = 100;
/// How far paging goes: what is ranked.
const MAX_OFFSET: usize = 100;

/// Parameters as typed.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SearchParameters {
    q: String,
    region: Option<String>,
    kind: Option<String>,
    /// Id of a collection; empty asks the whole library.
    collection: Option<String>,
    as_of: Option<String>,
    validity: Option<String>,
    limit: Option<String>,
    offset: Option<String>,
    explain: Option<String>,
    /// `kind`: the ranking by kind as well.
    group: Option<String>,
    /// `true`: still being typed, not to be noted.
    typing: Option<String>,
    /// Where the question comes from, for the journal.
    call: Option<String>,
    seat: Option<String>,
    line: Option<String>,
}

/// Parameters as checked.
struct Checked {
    question: String,
    region: Option<Region>,
    kind: Option<Kind>,
    collection: Option<String>,
    as_of: Date,
    validity: ValidityFilter,
    limit: usize,
    offset: usize,
    explain: bool,
    by_kind: bool,
    /// Where the question comes from; none where it is still being typed.
    noted: Option<Place>,
}

#[derive(Serialize)]
struct SearchView<'a> {
    search_id: String,
    took_ms: f64,
    total: usize,
    hits: Vec<HitView<'a>>,
    facets: Facets,
    /// The whole ranking by kind, where `group=kind` asks for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    groups: Option<Vec<GroupView<'a>>>,
    /// Urgent notices that count now in the caller's region.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    notices: Vec<serde_json::Value>,
}

/// The first hits of one kind, in the order of the ranking.
#[derive(Serialize)]
struct GroupView<'a> {
    kind: Kind,
    label: &'static str,
    total: usize,
    hits: Vec<HitView<'a>>,
}

impl<'a> GroupView<'a> {
    fn of(group: &'a KindGroup, view_of: impl Fn(&'a Hit) -> HitView<'a>) -> GroupView<'a> {
        let hits = group.hits.iter().map(view_of).collect();
        GroupView { kind: group.kind, label: group.kind.label(), total: group.total, hits }
    }
}

/// Hits of this page by kind.
#[derive(Serialize, Default)]
struct Facets {
    kind: std::collections::BTreeMap<&'static str, usize>,
}

/// Finds entries; nothing found is 200 with an empty list.
pub async fn search(
    State(app): State<Arc<App>>,
    caller: Caller,
    parameters: Result<Query<SearchParameters>, QueryRejection>,
) -> Result<Response, Problem> {
    let began = Instant::now();
    let Query(parameters) = parameters.map_err(|error| Problem::unreadable("q", &error.body_text()))?;
    let checked = check(parameters, &caller)?;
    let snapshot = app.snapshot()?;
    let body = Arc::clone(&app)
        .compute(move || {
            let asked = (checked.question.as_str(), checked.region, checked.collection.as_deref());
            let (within, placed) = laid_over(&app, &caller, &snapshot, asked)?;
            // A question that is still being typed is another one in a moment.
            let oracle = app.oracle(&snapshot);
            let request = Request {
                oracle: checked.noted.as_ref().map(|_| &oracle as &dyn Oracle),
                region: checked.region,
                kind: checked.kind,
                validity: checked.validity,
                within: within.as_ref(),
                placed: Some(&placed),
                limit: checked.limit,
                offset: checked.offset,
                by_kind: checked.by_kind,
                ..Request::new(&checked.question, checked.as_of)
            };
            let results = search::search(&snapshot, &request)?;
            let mut facets = Facets::default();
            for hit in &results.hits {
                *facets.kind.entry(hit.shown.entry.kind.as_str()).or_default() += 1;
            }
            let view_of = |hit| match checked.explain {
                true => hit_view(hit).explained(search::explain(&snapshot, hit)),
                false => hit_view(hit),
            };
            let search_id = uuid::Uuid::now_v7();
            let view = SearchView {
                search_id: search_id.to_string(),
                took_ms: began.elapsed().as_secs_f64() * 1000.0,
                total: results.total,
                hits: results.hits.iter().map(view_of).collect(),
                facets,
                groups: checked
                    .by_kind
                    .then(|| results.groups.iter().map(|group| GroupView::of(group, view_of)).collect()),
                notices: notices_view(&app, checked.region),
            };
            let body = serde_json::to_vec(&view).map_err(|error| Problem::internal(&error.to_string()))?;
            if let Some(place) = checked.noted {
                let asked = (checked.question, checked.region, checked.collection);
                note_search(&app, search_id, asked, place, &results.hits, None);
            }
            Ok(body)
        })
        .await?;
    Ok(([(header::CONTENT_TYPE, "application/json")], body).into_response())
}

fn check(parameters: SearchParameters, caller: &Caller) -> Result<Checked, Problem> {
    let as_of = parameters
        .as_of
        .map(|day| day.parse().map_err(|_| Problem::field("as_of", "as_of 要写成 2026-11-23 这样的日期")))
        .transpose()?;
    let validity = match parameters.validity.as_deref() {
        None | Some("current") => ValidityFilter::Current,
        Some("all") => ValidityFilter::All,
        Some(_) => return Err(Problem::field("validity", "validity 只能是 current 或 all")),
    };
    let place = place_of(caller, parameters.call, parameters.seat, parameters.line)?;
    let is_typing = flag("typing", parameters.typing.as_deref())?;
    Ok(Checked {
        explain: flag("explain", parameters.explain.as_deref())?,
        by_kind: is_by_kind(parameters.group.as_deref())?,
        noted: (!is_typing).then_some(place),
        question: question(parameters.q, "q")?,
        region: region(parameters.region)?,
        kind: kind(parameters.kind)?,
        collection: parameters.collection,
        as_of: as_of.unwrap_or_else(today),
        validity,
        limit: number(parameters.limit, "limit", 10, 1, MAX_LIMIT)?,
        offset: number(parameters.offset, "offset", 0, 0, MAX_OFFSET)?,
    })
}

fn is_by_kind(group: Option<&str>) -> Result<bool, Problem> {
    match group {
        None => Ok(false),
        Some("kind") => Ok(true),
        Some(_) => Err(Problem::field("group", "group 只能是 kind")),
    }
}

pub(super) fn flag(name: &str, text: Option<&str>) -> Result<bool, Problem> {
    match text {
        None | Some("false") => Ok(false),
        Some("true") => Ok(true),
        Some(_) => Err(Problem::field(name, format!("{name} 只能是 true 或 false"))),
    }
}

/// Today in the server's time zone.
pub(super) fn today() -> Date {
    jiff::Zoned::now().date()
}

pub(super) fn question(asked: String, name: &str) -> Result<String, Problem> {
    text_of(asked, name, MAX_QUESTION_CHARS)
}

/// A question or its beginning, of at most so many characters.
pub(super) fn text_of(asked: String, name: &str, most: usize) -> Result<String, Problem> {
    let chars = asked.chars().count();
    if asked.trim().is_empty() {
        return Err(Problem::field(name, format!("{name} 是空的，请写上问题")));
    }
    if chars > most {
        return Err(Problem::field(name, format!("问题有 {chars} 个字，最多 {most} 个")));
    }
    Ok(asked)
}

pub(super) fn region(code: Option<String>) -> Result<Option<Region>, Problem> {
    let malformed = || Problem::field("region", "region 要写成六位区域代码，例如 210100");
    code.map(|code| Region::parse(&code).ok_or_else(malformed)).transpose()
}

pub(super) fn kind(name: Option<String>) -> Result<Option<Kind>, Problem> {
    let unknown = || Problem::field("kind", "kind 只能是 policy、guide 或 faq");
    name.map(|name| Kind::parse(&name).ok_or_else(unknown)).transpose()
}

pub(super) fn number(
    text: Option<String>,
    name: &str,
    default: usize,
    least: usize,
    most: usize,
) -> Result<usize, Problem> {
    let Some(text) = text else { return Ok(default) };
    let number = text.parse().ok().filter(|number| (least..=most).contains(number));
    number.ok_or_else(|| Problem::field(name, format!("{name} 要是 {least} 到 {most} 的整数")))
}
