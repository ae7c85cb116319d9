//! One question of a chatbot: an answer with what belongs beside it, or an
//! honest refusal. A model says whatever it is handed, and few platforms show
//! it how certain that is; so below the answer's threshold it is handed nothing.

use std::sync::Arc;

use super::super::App;
use super::super::caller::Caller;
use super::super::curation::laid_over;
use super::super::feedback::{note_search, place_of};
use super::super::problem::Problem;
use super::super::search::today;
use super::condition::Condition;
use super::record::metadata;
use crate::entry::Region;
use crate::index::Snapshot;
use crate::search::{self, AnswerStatus, Clarify, Hit, Request, Route};

/// What is less likely than this is no context beside an answer but noise.
const LEAST_BESIDE: f32 = 0.1;
/// Most entries handed over: more fit no model's context.
pub(super) const MOST: usize = 50;

/// What stands for everything a key sees, where a platform wants a name.
pub(super) const WHOLE_LIBRARY: &str = "all";

/// What a chatbot asks.
#[derive(Debug, Clone)]
pub(super) struct Consultation {
    pub question: String,
    pub region: Option<Region>,
    /// Id of a collection; none or empty asks what the key sees.
    pub collection: Option<String>,
    pub most: usize,
    /// From which certainty on entries are wanted.
    pub least: f32,
    pub condition: Option<Condition>,
}

impl Consultation {
    /// A question with the platform's usual number of entries.
    pub fn of(question: String, most: usize) -> Consultation {
        Consultation { question, region: None, collection: None, most, least: 0.0, condition: None }
    }
}

/// What it is told.
pub(super) struct Told {
    /// Empty is a refusal, else the first is the answer.
    pub hits: Vec<Hit>,
    /// Where a refused question probably belongs.
    pub route: Option<Route>,
    /// What to ask back, where one choice would lead to an answer.
    pub clarify: Option<Clarify>,
}

/// The entries a question is answered with; empty is a refusal.
pub(super) async fn consult(
    app: &Arc<App>,
    caller: Caller,
    asked: Consultation,
) -> Result<Vec<Hit>, Problem> {
    let (hits, _) = decide(app, caller, asked, |snapshot, request, condition| {
        let (status, results) = match condition {
            None => search::decide(snapshot, request)?,
            Some(condition) => {
                search::decide_among(snapshot, request, |hit| condition.holds(&metadata(hit)))?
            }
        };
        Ok((status, results.hits, ()))
    })
    .await?;
    Ok(hits)
}

/// The same, and where there is no answer what else can be said.
pub(super) async fn converse(app: &Arc<App>, caller: Caller, asked: Consultation) -> Result<Told, Problem> {
    let (hits, (route, clarify)) = decide(app, caller, asked, |snapshot, request, _| {
        let answer = search::answer(snapshot, request)?;
        Ok((answer.status, answer.results.hits, (answer.route, answer.clarify)))
    })
    .await?;
    Ok(Told { hits, route, clarify })
}

async fn decide<T: Send + 'static>(
    app: &Arc<App>,
    caller: Caller,
    asked: Consultation,
    decide: impl Fn(&Snapshot, &Request<'_>, Option<&Condition>) -> Result<(AnswerStatus, Vec<Hit>, T), Problem>
    + Send
    + 'static,
) -> Result<(Vec<Hit>, T), Problem> {
    let snapshot = app.snapshot()?;
    let place = place_of(&caller, None, None, None)?;
    let holder = Arc::clone(app);
    app.compute(move || {
        let region = asked.region.or_else(|| only_region(&caller));
        let asked_in = (asked.question.as_str(), region, asked.collection.as_deref());
        let (within, placed) = laid_over(&holder, &caller, &snapshot, asked_in)?;
        let oracle = holder.oracle(&snapshot);
        let request = Request {
            oracle: Some(&oracle),
            region,
            limit: asked.most.clamp(1, MOST),
            within: within.as_ref(),
            placed: Some(&placed),
            ..Request::new(&asked.question, today())
        };
        let (status, mut hits, more) = decide(&snapshot, &request, asked.condition.as_ref())?;
        let is_answered = status == AnswerStatus::Answered;
        let noted = (asked.question.clone(), region, asked.collection.clone());
        note_search(&holder, uuid::Uuid::now_v7(), noted, place, &hits, Some(is_answered));
        if !is_answered {
            return Ok((Vec::new(), more));
        }
        let mut at = 0;
        hits.retain(|hit| {
            at += 1;
            hit.confidence >= asked.least && (at == 1 || hit.confidence >= LEAST_BESIDE)
        });
        Ok((hits, more))
    })
    .await
}

/// A key of one place speaks for callers of that place.
fn only_region(caller: &Caller) -> Option<Region> {
    match caller.scope.regions.as_slice() {
        [region] => Some(*region),
        _ => None,
    }
}
