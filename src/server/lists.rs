//! `/v1/lists/{name}`: the editors' word lists (synonyms, dictionary, question
//! words) and their cases, which stand as plain files in the corpus folder. A new
//! version is written whole, checked line by line, and kept; the next index takes
//! the words in (`POST /v1/reindex`), the next replay the cases. `POST /v1/cut` shows how a text is cut.

use std::fs;
use std::io::Write;
use std::path::Path as FilePath;
use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::{JsonRejection, PathRejection};
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::{Value, json};

use super::App;
use super::body::unreadable_body;
use super::caller::Caller;
use super::editing::reason_of;
use super::entries::id_of;
use super::problem::{Code, Problem};
use super::search::text_of;
use crate::access::Role;
use crate::curation::CuratedKind;
use crate::entry::Finding;
use crate::index::{DICTIONARY, QUESTION_WORDS, SYNONYMS};
use crate::library::Base;
use crate::replay::{CASES, read_cases};
use crate::text::{self, Cutter, Synonyms};
use crate::warnings::{ATTENTION, Attention, HOLIDAYS, Holidays};

/// Longest text to be cut on trial.
const MAX_CUT_CHARS: usize = 2000;

/// A word list that editors keep.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum List {
    Synonyms,
    Dictionary,
    QuestionWords,
    /// Golden questions that the editors wrote down.
    Cases,
    /// What needs attention whatever its number.
    Attention,
    /// Days that are not what their weekday says.
    Holidays,
}

impl List {
    fn of(name: &str) -> Result<List, Problem> {
        match name {
            "synonyms" => Ok(List::Synonyms),
            "dictionary" => Ok(List::Dictionary),
            "question_words" => Ok(List::QuestionWords),
            "cases" => Ok(List::Cases),
            "attention" => Ok(List::Attention),
            "holidays" => Ok(List::Holidays),
            _ => Err(Problem::new(
                Code::CuratedNotFound,
                "词表只有 synonyms（同义词）、dictionary（词典）、question_words（问句虚词）、cases（考题）、attention（预警规则）、holidays（节假日）",
            )),
        }
    }

    fn file(self) -> &'static str {
        match self {
            List::Synonyms => SYNONYMS,
            List::Dictionary => DICTIONARY,
            List::QuestionWords => QUESTION_WORDS,
            List::Cases => CASES,
            List::Attention => ATTENTION,
            List::Holidays => HOLIDAYS,
        }
    }

    fn shipped(self) -> &'static str {
        match self {
            List::Synonyms => Synonyms::shipped(),
            List::Dictionary | List::Cases => "",
            List::QuestionWords => Cutter::shipped_question_words(),
            List::Attention => Attention::shipped(),
            List::Holidays => Holidays::shipped(),
        }
    }

    /// What is wrong with a text, line by line.
    fn findings(self, text: &str) -> Vec<Finding> {
        let finding = |line: usize, code: &'static str, message: &str| {
            Finding::error(code, "text", format!("第 {line} 行：{message}")).at(self.file(), line)
        };
        let of_words = |errors: Vec<text::SynonymError>| {
            errors.iter().map(|error| finding(error.line, error.code, &error.message)).collect()
        };
        match self {
            List::Synonyms => of_words(Synonyms::parse(text).1),
            List::Dictionary => of_words(text::parse_dictionary(text).1),
            List::QuestionWords => Vec::new(),
            List::Cases => cases_findings(text),
            List::Attention => {
                let errors = Attention::parse(text).1;
                errors.iter().map(|error| finding(error.line, error.code, &error.message)).collect()
            }
            List::Holidays => {
                let errors = Holidays::parse(text).1;
                errors.iter().map(|error| finding(error.line, error.code, &error.message)).collect()
            }
        }
    }

    /// Whether the next index takes it in; else it is read again by itself.
    fn is_of_index(self) -> bool {
        !matches!(self, List::Attention | List::Holidays)
    }

    /// As it stands in the corpus folder, or as it is shipped.
    fn read(self, corpus: &FilePath) -> Result<String, Problem> {
        match fs::read_to_string(corpus.join(self.file())) {
            Ok(text) => Ok(text),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(self.shipped().to_owned()),
            Err(error) => Err(Problem::internal(&format!("{}: {error}", self.file()))),
        }
    }

    /// Puts a text in the file's place, whole: a reader sees the old or the new.
    fn write(self, corpus: &FilePath, text: &str) -> std::io::Result<()> {
        let next = corpus.join(format!(".{}.next", self.file()));
        let mut file = fs::File::create(&next)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        fs::rename(&next, corpus.join(self.file()))
    }
}

fn cases_findings(text: &str) -> Vec<Finding> {
    let numbered = |finding: Finding| {
        let message = format!("第 {} 行：{}", finding.line, finding.message);
        Finding { field: "text".to_owned(), message, ..finding }
    };
    read_cases(CASES, text).1.into_iter().map(numbered).collect()
}

/// A list to be put, and why.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ListRequest {
    text: String,
    reason: Option<String>,
}

/// A text to be cut, with words to be tried.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CutRequest {
    text: String,
    #[serde(default)]
    words: Vec<String>,
}

/// A list as it stands, with the versions that were put over HTTP.
pub async fn show(
    State(app): State<Arc<App>>,
    caller: Caller,
    name: Result<Path<String>, PathRejection>,
) -> Result<Response, Problem> {
    caller.require(Role::Editor)?;
    let name = id_of(name)?;
    let list = List::of(&name)?;
    let corpus = app.corpus.clone();
    let (text, versions) = app
        .read(move |library| {
            let versions = library.curated_versions(CuratedKind::List, &name)?;
            Ok((list.read(&corpus)?, versions))
        })
        .await?;
    let tag = tag_of(&text);
    Ok(([(header::ETAG, tag)], Json(json!({ "text": text, "versions": versions }))).into_response())
}

/// Puts a list against the text its editor saw.
pub async fn put(
    State(app): State<Arc<App>>,
    caller: Caller,
    name: Result<Path<String>, PathRejection>,
    headers: HeaderMap,
    body: Result<Json<ListRequest>, JsonRejection>,
) -> Result<Response, Problem> {
    caller.require(Role::Editor)?;
    let name = id_of(name)?;
    let list = List::of(&name)?;
    let seen = headers.get(header::IF_MATCH).and_then(|tag| tag.to_str().ok()).map(str::to_owned);
    let seen = seen
        .ok_or_else(|| Problem::new(Code::PreconditionRequired, "请带上 If-Match：查看词表时得到的 ETag"))?;
    let Json(asked) = body.map_err(|error| unreadable_body("text", &error))?;
    let reason = reason_of(asked.reason.as_deref())?;
    let findings = list.findings(&asked.text);
    if !findings.is_empty() {
        return Err(Problem::invalid(&findings));
    }
    let corpus = app.corpus.clone();
    let (tag, version) = app
        .write(move |library| {
            let there = list.read(&corpus)?;
            if tag_of(&there) != seen {
                let detail = "词表已被别人改过（在线或直接改文件），请在新的上面再改";
                return Err(Problem::new(Code::PreconditionFailed, detail).with("current", there.into()));
            }
            list.write(&corpus, &asked.text).map_err(|error| Problem::internal(&error.to_string()))?;
            let versions = library.curated_versions(CuratedKind::List, &name)?;
            let base = versions.last().map_or(Base::Nothing, |newest| Base::Version(newest.version));
            let content = json!({ "text": asked.text });
            let by = (caller.signature.as_str(), reason.as_str());
            library.curate(CuratedKind::List, &name, Some(&content), base, by)?;
            Ok((tag_of(&asked.text), versions.len() + 1))
        })
        .await?;
    let next = list.is_of_index().then_some("POST /v1/reindex");
    let view = json!({ "version": version, "next": next });
    Ok((StatusCode::OK, [(header::ETAG, tag)], Json(view)).into_response())
}

fn tag_of(text: &str) -> String {
    format!("\"{}\"", &blake3::hash(text.as_bytes()).to_hex()[..16])
}

/// How a text is cut now, and with words that are tried.
pub async fn cut(
    State(app): State<Arc<App>>,
    caller: Caller,
    body: Result<Json<CutRequest>, JsonRejection>,
) -> Result<Json<Value>, Problem> {
    caller.require(Role::Editor)?;
    let Json(asked) = body.map_err(|error| unreadable_body("text", &error))?;
    let typed = text_of(asked.text, "text", MAX_CUT_CHARS)?;
    let (words, errors) = text::parse_dictionary(&asked.words.join("\n"));
    if let Some(error) = errors.first() {
        return Err(Problem::field("words", error.message.clone()));
    }
    let snapshot = app.snapshot()?;
    let view = app
        .compute(move || {
            let normalised = text::normalise(&typed);
            let shown = |cutter: &Cutter| -> Vec<String> {
                cutter.question_words(&normalised).iter().map(|word| word.text.to_owned()).collect()
            };
            let before = shown(snapshot.cutter());
            let after = shown(&snapshot.cutter().with_words(&words));
            Ok(json!({ "before": before, "after": after }))
        })
        .await?;
    Ok(Json(view))
}
