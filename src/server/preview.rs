//! `POST /v1/preview`: what one entry, some synonyms, words of the dictionary or
//! a rule would change, before anybody else sees it.

use std::sync::{Arc, Mutex, PoisonError};

use axum::Json;
use axum::extract::State;
use axum::extract::rejection::JsonRejection;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::App;
use super::body::unreadable_body;
use super::caller::Caller;
use super::editing::checked;
use super::problem::Problem;
use super::search::today;
use crate::access::Role;
use crate::corpus::entry_of_object;
use crate::curation::{Curated, Curation, Rule};
use crate::entry::{Entry, Finding};
use crate::library::Library;
use crate::preview::{Preview, PreviewError};
use crate::reindexing::{ReindexError, add_written};
use crate::replay::{GoldenSet, Report};
use crate::text;

/// Words tried at once.
const MOST_WORDS: usize = 50;

/// One change: one of the four.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PreviewRequest {
    entry: Option<Map<String, Value>>,
    /// One or more lines, as in `synonyms.txt`.
    synonyms: Option<String>,
    /// Words that join the dictionary.
    words: Option<Vec<String>>,
    /// A rule, in the place of the one with `rule_id` where there is one; only
    /// `rule_id`: that rule is taken away.
    rule: Option<Map<String, Value>>,
    rule_id: Option<String>,
}

/// What would change.
#[derive(Serialize)]
pub struct PreviewView {
    /// `14 个问题有变化，其中 2 个失去原来的答案`
    summary: String,
    changed: usize,
    lost_answers: usize,
    took_ms: u64,
    /// Of words: how many entries hold one.
    #[serde(skip_serializing_if = "Option::is_none")]
    entries: Option<usize>,
    report: Report,
}

/// The library's similar questions, read once for each change of it.
#[derive(Default)]
pub(super) struct GoldenCache(Mutex<Option<(u64, GoldenSet)>>);

impl GoldenCache {
    fn of(&self, library: &Library) -> Result<GoldenSet, Problem> {
        let last_change = library.last_change()?;
        // A poisoned lock only says that another thread panicked: the set is whole.
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((at, golden)) = held.as_ref()
            && *at == last_change
        {
            return Ok(golden.clone());
        }
        let mut golden = GoldenSet::default();
        golden.add_similar(library)?;
        *held = Some((last_change, golden.clone()));
        Ok(golden)
    }
}

enum Change {
    Entry(Box<Entry>),
    Synonyms(String),
    Words(Vec<String>),
    Rule { id: Option<String>, rule: Option<Rule> },
}

fn change_of(asked: PreviewRequest) -> Result<Change, Problem> {
    let is_of_rule = asked.rule.is_some() || asked.rule_id.is_some();
    match (asked.entry, asked.synonyms, asked.words, is_of_rule) {
        (Some(row), None, None, false) => {
            let entry = entry_of_object(row).map_err(|finding| Problem::invalid(&[finding]))?;
            Ok(Change::Entry(Box::new(checked(entry)?)))
        }
        (None, Some(lines), None, false) if !lines.trim().is_empty() => Ok(Change::Synonyms(lines)),
        (None, Some(_), None, false) => {
            Err(Problem::field("synonyms", "同义词是空的，请写一行，如“甲, 乙 => 丙”"))
        }
        (None, None, Some(words), false) => words_of(&words).map(Change::Words),
        (None, None, None, true) => {
            Ok(Change::Rule { id: asked.rule_id, rule: asked.rule.map(rule_of).transpose()? })
        }
        _ => Err(Problem::field("entry", "entry、synonyms、words 和 rule 要给一个，只给一个")),
    }
}

fn words_of(words: &[String]) -> Result<Vec<String>, Problem> {
    let (words, errors) = text::parse_dictionary(&words.join("\n"));
    match (errors.first(), words.len()) {
        (Some(error), _) => Err(Problem::field("words", error.message.clone())),
        (None, 0) => Err(Problem::field("words", "没有词，请写上要加进词典的词")),
        (None, count) if count > MOST_WORDS => {
            Err(Problem::field("words", format!("有 {count} 个词，一次最多试 {MOST_WORDS} 个")))
        }
        _ => Ok(words),
    }
}

fn rule_of(row: Map<String, Value>) -> Result<Rule, Problem> {
    let rule: Rule = serde_json::from_value(Value::Object(row))
        .map_err(|error| Problem::unreadable("rule", &error.to_string()))?;
    let findings = rule.check();
    if findings.is_empty() { Ok(rule) } else { Err(Problem::invalid(&findings)) }
}

/// What a change would do to the golden questions.
pub async fn preview(
    State(app): State<Arc<App>>,
    caller: Caller,
    body: Result<Json<PreviewRequest>, JsonRejection>,
) -> Result<Json<PreviewView>, Problem> {
    caller.require(Role::Editor)?;
    let began = std::time::Instant::now();
    let Json(asked) = body.map_err(|error| unreadable_body("entry", &error))?;
    let change = change_of(asked)?;
    let snapshot = app.snapshot()?;
    let generation = app.generation.load_full().ok_or_else(Problem::index_not_ready)?;
    let (golden, rules) = app.golden_questions(matches!(change, Change::Rule { .. })).await?;
    let held = Arc::clone(&app);
    let (report, entries) = app
        .compute(move || {
            let preview = Preview { snapshot: &snapshot, golden, today: today() };
            Ok(match &change {
                Change::Entry(entry) => (preview.of_entry(&generation, entry)?, None),
                Change::Synonyms(lines) => (preview.of_synonyms(lines)?, None),
                Change::Words(words) => {
                    let (report, entries) = preview.of_words(&generation, words)?;
                    (report, Some(entries))
                }
                Change::Rule { id, rule } => {
                    (of_rule(&preview, &held.curation.load(), rules, id.as_deref(), rule.as_ref())?, None)
                }
            })
        })
        .await?;
    Ok(Json(PreviewView {
        summary: report.summary(),
        changed: report.changed(),
        lost_answers: report.lost_answers(),
        took_ms: began.elapsed().as_millis() as u64,
        entries,
        report,
    }))
}

impl App {
    /// The questions whose right entries are known, and the rules in force where
    /// they are asked for.
    pub(super) async fn golden_questions(
        self: &Arc<App>,
        with_rules: bool,
    ) -> Result<(GoldenSet, Vec<(String, Rule)>), Problem> {
        let held = Arc::clone(self);
        self.read(move |library| {
            let mut golden = held.golden.of(library)?;
            add_written(&mut golden, &held.corpus, &[])?;
            let rules = if with_rules { library.rules()? } else { Vec::new() };
            Ok((golden, rules))
        })
        .await
    }
}

/// What a rule would change in the place of the one with its id, asked from its
/// region and in its collection.
fn of_rule(
    preview: &Preview<'_>,
    curation: &Curation,
    rules: Vec<(String, Rule)>,
    id: Option<&str>,
    new: Option<&Rule>,
) -> Result<Report, Problem> {
    let old = rules.iter().find(|(own, _)| Some(own.as_str()) == id).map(|(_, rule)| rule.clone());
    let tried: Vec<&Rule> = new.into_iter().chain(&old).collect();
    let Some(&first) = tried.first() else {
        return Err(Problem::field("rule_id", "没有这条规则，请核对编号"));
    };
    let (region, collection) = (first.region, first.collection.as_deref());
    let others = rules.iter().filter(|(own, _)| Some(own.as_str()) != id).map(|(_, rule)| rule.clone());
    let after = curation.with_rules(others.chain(new.cloned()));
    let before = curation.with_rules(rules.iter().map(|(_, rule)| rule.clone()));
    let within = collection.and_then(|id| curation.collection(id)).map(|collection| {
        preview.snapshot.within(&[], |category, department| collection.has(category, department))
    });
    let now = jiff::Timestamp::now();
    Ok(preview.of_rule(
        &tried,
        (region, within.as_ref()),
        &|question| before.placed(question, region, collection, now),
        &|question| after.placed(question, region, collection, now),
    )?)
}

impl From<PreviewError> for Problem {
    fn from(error: PreviewError) -> Problem {
        match error {
            PreviewError::Index(error) => error.into(),
            PreviewError::Synonyms(errors) => {
                let findings: Vec<Finding> = errors
                    .into_iter()
                    .map(|error| {
                        let message = format!("第 {} 行：{}", error.line, error.message);
                        Finding::error(error.code, "synonyms", message)
                    })
                    .collect();
                Problem::invalid(&findings)
            }
        }
    }
}

impl From<ReindexError> for Problem {
    fn from(error: ReindexError) -> Problem {
        Problem::internal(&error.to_string())
    }
}
