//! What a model can do with the library, whatever it is connected by: `/mcp`
//! offers these as tools, Coze as operations of a plugin. A result is a text for
//! the model and flat facts beside it.

use std::sync::Arc;

use jiff::civil::Date;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use super::super::App;
use super::super::caller::Caller;
use super::super::entries::not_found;
use super::super::feedback::note_of;
use super::super::problem::Problem;
use super::super::search::{question, region, today};
use super::consulting::{Consultation, Told, converse};
use super::record::{content, score};
use crate::entry::{Entry, Status};
use crate::library::{GapReport, StoredEntry};
use crate::reading;
use crate::search::{Clarify, Hit};

const SEARCH: &str = "search_knowledge";
const GET: &str = "get_entry";
const REPORT: &str = "report_gap";

/// Entries where the model does not say how many.
const USUAL: usize = 3;
/// Most entries in one result.
const MOST: usize = 10;

/// A tool as it is described to a model.
pub(super) struct Tool {
    pub name: &'static str,
    pub title: &'static str,
    pub description: &'static str,
    /// Properties of what it takes, and which of them it needs.
    pub takes: (Value, &'static [&'static str]),
    /// Whether it changes nothing.
    pub only_reads: bool,
    /// Properties of its facts, and which of them are always there.
    pub tells: (Value, &'static [&'static str]),
}

/// What a tool says.
pub(super) struct Said {
    /// For the model, in Markdown.
    pub text: String,
    /// The same for programs; flat.
    pub facts: Map<String, Value>,
}

impl Said {
    fn new(text: String, facts: Value) -> Said {
        match facts {
            Value::Object(facts) => Said { text, facts },
            _ => Said { text, facts: Map::new() },
        }
    }
}

/// The schema of an object with these properties.
pub(super) fn schema((properties, required): &(Value, &[&str])) -> Map<String, Value> {
    let mut schema = Map::new();
    schema.insert("type".to_owned(), "object".into());
    schema.insert("properties".to_owned(), properties.clone());
    schema.insert("required".to_owned(), json!(required));
    schema
}

/// All tools.
pub(super) fn all() -> [Tool; 3] {
    let text = |description: &str| json!({ "type": "string", "description": description });
    let search = Tool {
        name: SEARCH,
        title: "查知识库",
        only_reads: true,
        description: "在政务热线知识库里查一个问题。有把握时给出带来源的答案；没有把握时 status 是 unsure，\
            不给条目，请如实说没有查到。",
        takes: (
            json!({
                "query": text("问题，用提问人的原话"),
                "region": text("来电人所在区域的六位代码，例如 210100"),
                "collection": text("语境库编号；不给就查密钥能看到的全部"),
                "limit": {
                    "type": "integer", "minimum": 1, "maximum": MOST, "description": "最多给几条，默认 3",
                },
            }),
            &["query"],
        ),
        tells: (
            json!({
                "status": { "type": "string", "enum": ["answered", "unsure"] },
                "answer": text("Markdown，带来源；unsure 时是空的"),
                "confidence": { "type": "number", "minimum": 0, "maximum": 1 },
                "entry_id": text("答案所在条目的编号"),
                "title": text("答案所在条目的标题"),
                "department": text("主管部门；unsure 时是这个问题可能归谁管"),
                "region_name": text("适用地区"),
                "source": text("依据"),
                "related_ids": {
                    "type": "array", "items": { "type": "string" }, "description": "相关条目的编号",
                },
                "ask_back": text("可以反问的一句话；没有就是空的"),
            }),
            &["status", "answer", "confidence"],
        ),
    };
    let get = Tool {
        name: GET,
        title: "读条目",
        only_reads: true,
        description: "按编号读一个知识条目的全文。",
        takes: (json!({ "id": text("条目编号，例如 search_knowledge 给的 entry_id") }), &["id"]),
        tells: (
            json!({
                "id": text("条目编号"),
                "title": text("标题"),
                "content": text("Markdown，带来源"),
                "validity": { "type": "string", "enum": ["current", "upcoming", "expired", "superseded"] },
                "department": text("主管部门"),
                "region_name": text("适用地区"),
                "superseded_by": text("取代它的条目编号；没有就是空的"),
            }),
            &["id", "title", "content", "validity"],
        ),
    };
    let report = Tool {
        name: REPORT,
        title: "登记缺口",
        description: "登记一个知识库答不上来的问题，采编会补上条目。同样的问题会并在一起。",
        only_reads: false,
        takes: (
            json!({
                "question": text("答不上来的问题，用提问人的原话，不要写姓名、电话等个人信息"),
                "region": text("来电人所在区域的六位代码"),
                "note": text("补充说明"),
            }),
            &["question"],
        ),
        tells: (
            json!({
                "id": text("缺口编号"),
                "status": text("open 待处理"),
                "reports": { "type": "integer", "description": "一共登记了几次" },
            }),
            &["id", "status", "reports"],
        ),
    };
    [search, get, report]
}

/// Does what a tool of that name does; none where there is no such tool.
pub(super) async fn call(
    app: &Arc<App>,
    caller: Caller,
    name: &str,
    arguments: Value,
) -> Option<Result<Said, Problem>> {
    match name {
        SEARCH => Some(search(app, caller, arguments).await),
        GET => Some(get(app, caller, arguments).await),
        REPORT => Some(report(app, caller, arguments).await),
        _ => None,
    }
}

fn read<T: DeserializeOwned>(arguments: Value, field: &str) -> Result<T, Problem> {
    serde_json::from_value(arguments).map_err(|error| Problem::unreadable(field, &error.to_string()))
}

#[derive(Deserialize)]
struct SearchArguments {
    query: String,
    region: Option<String>,
    collection: Option<String>,
    limit: Option<usize>,
}

/// `search_knowledge`
async fn search(app: &Arc<App>, caller: Caller, arguments: Value) -> Result<Said, Problem> {
    let asked: SearchArguments = read(arguments, "query")?;
    let consultation = Consultation {
        region: region(asked.region.filter(|code| !code.is_empty()))?,
        collection: asked.collection,
        ..Consultation::of(question(asked.query, "query")?, asked.limit.unwrap_or(USUAL).clamp(1, MOST))
    };
    let found = converse(app, caller, consultation).await?;
    Ok(match found.hits.split_first() {
        Some((first, others)) => answered(first, others),
        None => refused(&found),
    })
}

fn answered(first: &Hit, others: &[Hit]) -> Said {
    let entry = &first.shown.entry;
    let answer = content(first);
    let mut text = answer.clone();
    for other in others {
        text.push_str(&format!("\n\n---\n\n相关条目 {}\n\n{}", other.shown.entry.id, content(other)));
    }
    let sources: Vec<String> = entry.source.iter().filter_map(reading::citation).collect();
    let facts = json!({
        "status": "answered",
        "answer": answer,
        "confidence": score(first),
        "entry_id": entry.id,
        "title": entry.title,
        "department": entry.department,
        "region_name": entry.region.name().unwrap_or_default(),
        "source": sources.join("；"),
        "related_ids": others.iter().map(|hit| &hit.shown.entry.id).collect::<Vec<_>>(),
        "ask_back": "",
    });
    Said::new(text, facts)
}

fn refused(found: &Told) -> Said {
    let department = found.route.as_ref().map(|route| route.department.clone()).unwrap_or_default();
    let ask_back = found.clarify.as_ref().map(ask_back).unwrap_or_default();
    let mut text = "知识库里没有有把握的答案。请如实告诉对方没有查到，不要猜。".to_owned();
    if !ask_back.is_empty() {
        text.push_str(&format!("\n可以先问清楚：{ask_back}"));
    }
    if !department.is_empty() {
        text.push_str(&format!("\n这个问题可能归{department}管。"));
    }
    let facts = json!({
        "status": "unsure",
        "answer": "",
        "confidence": 0.0,
        "department": department,
        "related_ids": [],
        "ask_back": ask_back,
    });
    Said::new(text, facts)
}

/// 您是个人办理还是单位办理？（个人／单位）
fn ask_back(clarify: &Clarify) -> String {
    let labels: Vec<&str> = clarify.options.iter().map(|option| option.label.as_str()).collect();
    format!("{}（{}）", clarify.question, labels.join("／"))
}

#[derive(Deserialize)]
struct GetArguments {
    id: String,
}

/// `get_entry`
async fn get(app: &Arc<App>, caller: Caller, arguments: Value) -> Result<Said, Problem> {
    let GetArguments { id } = read(arguments, "id")?;
    let entry = readable(app, &caller, &id).await?.ok_or_else(|| not_found(&id))?.entry;
    let validity = validity(&entry, today());
    let content = reading::markdown(&entry);
    let warning = match validity {
        "current" => String::new(),
        "upcoming" => "注意：这个条目还没有施行。\n\n".to_owned(),
        "expired" => "注意：这个条目已经失效，不能用来作答。\n\n".to_owned(),
        _ => format!(
            "注意：这个条目已被 {} 取代，不能用来作答。\n\n",
            entry.superseded_by.as_deref().unwrap_or_default()
        ),
    };
    let facts = json!({
        "id": entry.id,
        "title": entry.title,
        "content": content,
        "validity": validity,
        "department": entry.department,
        "region_name": entry.region.name().unwrap_or_default(),
        "superseded_by": entry.superseded_by.clone().unwrap_or_default(),
    });
    Ok(Said::new(format!("{warning}{content}"), facts))
}

#[derive(Deserialize)]
struct ReportArguments {
    question: String,
    region: Option<String>,
    note: Option<String>,
}

/// `report_gap`
async fn report(app: &Arc<App>, caller: Caller, arguments: Value) -> Result<Said, Problem> {
    let asked: ReportArguments = read(arguments, "question")?;
    let report = GapReport {
        question: question(asked.question, "question")?,
        region: region(asked.region.filter(|code| !code.is_empty()))?,
        department: String::new(),
        search_id: None,
        note: note_of(asked.note)?,
        made_by: caller.signature,
    };
    let gap = app.write(move |library| Ok(library.report_gap(&report)?)).await?;
    let text = format!("已登记，编号 {}，这个问题一共登记了 {} 次。", gap.id, gap.reports);
    Ok(Said::new(text, json!({ "id": gap.id, "status": gap.status, "reports": gap.reports })))
}

/// A published entry that a caller may read.
pub(super) async fn readable(
    app: &Arc<App>,
    caller: &Caller,
    id: &str,
) -> Result<Option<StoredEntry>, Problem> {
    let id = id.to_owned();
    let stored = app.read(move |library| Ok(library.live_entry(&id)?)).await?;
    let curation = app.curation.load();
    let is_readable = |stored: &StoredEntry| {
        stored.entry.status == Status::Published && caller.may_read(&stored.entry, &curation)
    };
    Ok(stored.filter(is_readable))
}

/// Whether an entry can be answered with on a day.
pub(super) fn is_current(entry: &Entry, day: Date) -> bool {
    validity(entry, day) == "current"
}

fn validity(entry: &Entry, today: Date) -> &'static str {
    match () {
        () if entry.superseded_by.is_some() => "superseded",
        () if entry.expires_on.is_some_and(|last| last < today) => "expired",
        () if entry.effective_from.is_some_and(|first| first > today) => "upcoming",
        () => "current",
    }
}
