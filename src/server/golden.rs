//! `POST /v1/golden/run`: the golden questions put to what is served now, or the
//! editors' cases as they stand in an unsaved text.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use axum::Json;
use axum::extract::State;
use axum::extract::rejection::JsonRejection;
use serde::{Deserialize, Serialize};

use super::App;
use super::body::unreadable_body;
use super::caller::Caller;
use super::problem::Problem;
use super::search::{number, today};
use crate::access::Role;
use crate::entry::Finding;
use crate::replay::{CASES, Expectation, Golden, GoldenSet, Origin, Replay, Seen, Side, read_cases};

/// Questions beside the cases, unless another number is asked for.
const DEFAULT_SAMPLE: usize = 300;
const MAX_SAMPLE: usize = 2_000;

/// What is to be asked.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RunRequest {
    /// Cases in the place of those in the corpus folder.
    cases: Option<String>,
    /// How many of the other questions are asked: similar questions, labelled ones.
    sample: Option<usize>,
}

/// How one question went.
#[derive(Serialize)]
struct ResultView {
    question: String,
    origin: Origin,
    expectation: Expectation,
    entries: Vec<String>,
    /// From 1; none: not among the first ten.
    place: Option<usize>,
    first: Option<String>,
    answered: Option<String>,
    met: bool,
}

/// How many of a kind went as they should.
#[derive(Serialize, Default)]
struct Sum {
    asked: usize,
    met: usize,
}

/// How it went.
#[derive(Serialize)]
pub struct RunView {
    took_ms: u64,
    /// How many are known beside those asked.
    known: usize,
    cases: Sum,
    others: Sum,
    /// Share of the others with a right entry first.
    hit1: f64,
    /// All cases in their order, then the other questions that failed.
    results: Vec<ResultView>,
    /// Lines of the cases that cannot be used.
    findings: Vec<Finding>,
}

/// Asks the golden questions.
pub async fn run(
    State(app): State<Arc<App>>,
    caller: Caller,
    body: Result<Json<RunRequest>, JsonRejection>,
) -> Result<Json<RunView>, Problem> {
    caller.require(Role::Editor)?;
    let began = std::time::Instant::now();
    let Json(asked) = body.map_err(|error| unreadable_body("cases", &error))?;
    let most =
        number(asked.sample.map(|sample| sample.to_string()), "sample", DEFAULT_SAMPLE, 0, MAX_SAMPLE)?;
    let snapshot = app.snapshot()?;
    let (golden, findings) = match asked.cases {
        Some(text) => {
            let (cases, findings) = read_cases(CASES, &text);
            let mut golden = GoldenSet::default();
            golden.add(cases);
            (golden, findings)
        }
        None => (app.golden_questions(false).await?.0, Vec::new()),
    };
    let view = app
        .compute(move || {
            let questions = golden.sample(most);
            let stop = AtomicBool::new(false);
            let replay = Replay { today: today(), stop: &stop, progress: &|_| {} };
            let seen = replay.run(&questions, Side::of(&snapshot))?;
            let mut view = of(&questions, seen);
            view.known = golden.len();
            view.findings = findings;
            Ok(view)
        })
        .await?;
    Ok(Json(RunView { took_ms: began.elapsed().as_millis() as u64, ..view }))
}

fn of(questions: &[Golden], seen: Vec<Seen>) -> RunView {
    let (mut cases, mut others, mut first) = (Sum::default(), Sum::default(), 0);
    let mut results = Vec::new();
    for (golden, seen) in questions.iter().zip(seen) {
        let is_case = golden.origin == Origin::Case;
        let met = golden.expectation.is_met(seen.right);
        let sum = if is_case { &mut cases } else { &mut others };
        sum.asked += 1;
        sum.met += usize::from(met);
        first += usize::from(!is_case && seen.right == Some(0));
        if is_case || !met {
            results.push(ResultView {
                question: golden.question.clone(),
                origin: golden.origin,
                expectation: golden.expectation,
                entries: golden.entries.clone(),
                place: seen.right.map(|place| place + 1),
                first: seen.first,
                answered: seen.answered,
                met,
            });
        }
    }
    let hit1 = first as f64 / others.asked.max(1) as f64;
    RunView { took_ms: 0, known: 0, cases, others, hit1, results, findings: Vec::new() }
}
