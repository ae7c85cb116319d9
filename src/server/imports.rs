//! `/v1/imports`: a file is sent, what it would do is shown, then all of it or
//! what was chosen is loaded, in one transaction. An upload adds and changes
//! entries; it retires none.

use std::collections::HashSet;
use std::fs;
use std::path::{Path as FilePath, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::{BytesRejection, JsonRejection, PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::App;
use super::body::unreadable_body;
use super::caller::Caller;
use super::editing::reason_of;
use super::entries::id_of;
use super::problem::{Code, Problem};
use crate::access::{Role, Scope};
use crate::library::Library;
use crate::loading::{self, Import, LoadingError, Plan, Selection};

/// Uploads below the corpus folder; hidden, so that no reindex takes them in.
const FOLDER: &str = ".imports";
/// What is known of an upload besides its file.
const ABOUT: &str = "about.json";
/// How long an upload waits to be loaded.
const KEPT_FOR: Duration = Duration::from_secs(24 * 60 * 60);
/// Longest file name.
const MAX_NAME_CHARS: usize = 200;

/// The name of a file that is sent.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NameParameter {
    name: String,
}

/// What of an upload is to be loaded, and why.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Apply {
    reason: Option<String>,
    /// Only these ids.
    only: Option<HashSet<String>>,
    /// All but these ids.
    except: Option<HashSet<String>>,
}

/// Who sent a file.
#[derive(Serialize, Deserialize)]
struct About {
    name: String,
    sent_by: String,
}

/// An upload that waits.
struct Upload {
    folder: PathBuf,
    about: About,
}

impl Upload {
    fn keep(corpus: &FilePath, id: &str, about: About, bytes: &[u8]) -> std::io::Result<Upload> {
        let folder = corpus.join(FOLDER).join(id);
        fs::create_dir_all(&folder)?;
        fs::write(folder.join(ABOUT), serde_json::to_vec(&about)?)?;
        let upload = Upload { folder, about };
        fs::create_dir_all(upload.file().parent().unwrap_or(&upload.folder))?;
        fs::write(upload.file(), bytes)?;
        Ok(upload)
    }

    fn find(corpus: &FilePath, id: &str) -> Result<Upload, Problem> {
        let is_id = id.chars().all(|sign| sign.is_ascii_hexdigit() || sign == '-') && !id.is_empty();
        let folder = corpus.join(FOLDER).join(id);
        let about = is_id.then(|| fs::read(folder.join(ABOUT)).ok()).flatten();
        let about = about.and_then(|about| serde_json::from_slice(&about).ok());
        let gone = || Problem::new(Code::ImportNotFound, "没有这个导入，或已经导入、过期了，请重新上传");
        Ok(Upload { about: about.ok_or_else(gone)?, folder })
    }

    fn file(&self) -> PathBuf {
        self.folder.join("file").join(&self.about.name)
    }

    /// What it would do for a caller, with the places a person knows.
    fn plan(&self, library: &Library, scope: &Scope) -> Result<Plan, Problem> {
        let mut plan = loading::plan_within(library, &[self.file()], scope).map_err(failed)?;
        let path = self.file().to_string_lossy().into_owned();
        let findings = plan.findings.iter_mut().map(|finding| &mut finding.file);
        let added = plan.added.iter_mut().map(|added| &mut added.file);
        let changed = plan.changed.iter_mut().map(|changed| &mut changed.file);
        for file in findings.chain(added).chain(changed) {
            *file = file.replace(&path, &self.about.name);
        }
        Ok(plan)
    }

    fn remove(&self) {
        // What stays is removed with the uploads that nobody loaded.
        let _ = fs::remove_dir_all(&self.folder);
    }
}

fn failed(error: LoadingError) -> Problem {
    match error {
        LoadingError::NotThere(id) => {
            Problem::field("only", format!("这个文件里没有编号为“{id}”的条目，请核对；什么都没有导入"))
        }
        error => Problem::internal(&error.to_string()),
    }
}

/// Removes uploads that nobody loaded.
fn forget_old(corpus: &FilePath) {
    let Ok(items) = fs::read_dir(corpus.join(FOLDER)) else { return };
    let is_old = |modified: SystemTime| modified.elapsed().is_ok_and(|age| age > KEPT_FOR);
    for item in items.flatten() {
        if item.metadata().and_then(|about| about.modified()).is_ok_and(is_old) {
            let _ = fs::remove_dir_all(item.path());
        }
    }
}

/// Keeps a file that is sent, and shows what it would do.
pub async fn send(
    State(app): State<Arc<App>>,
    caller: Caller,
    parameters: Result<Query<NameParameter>, QueryRejection>,
    body: Result<Bytes, BytesRejection>,
) -> Result<(StatusCode, Json<Value>), Problem> {
    caller.require(Role::Editor)?;
    let Query(NameParameter { name }) =
        parameters.map_err(|error| Problem::unreadable("name", &error.body_text()))?;
    let name = name.rsplit(['/', '\\']).next().unwrap_or_default().trim().to_owned();
    if name.is_empty() || name.starts_with('.') || name.chars().count() > MAX_NAME_CHARS {
        return Err(Problem::field("name", "请在地址里写上文件名，例如 ?name=常见问题.xlsx"));
    }
    let bytes = body.map_err(|_| Problem::new(Code::PayloadTooLarge, "文件太大"))?;
    let corpus = app.corpus.clone();
    let view = app
        .read(move |library| {
            forget_old(&corpus);
            let id = uuid::Uuid::now_v7().to_string();
            let about = About { name, sent_by: caller.signature.clone() };
            let upload = Upload::keep(&corpus, &id, about, &bytes)
                .map_err(|error| Problem::internal(&format!("an upload cannot be kept: {error}")))?;
            Ok(json!({ "id": id, "name": upload.about.name, "plan": upload.plan(library, &caller.scope)? }))
        })
        .await?;
    Ok((StatusCode::CREATED, Json(view)))
}

/// What an upload would do now.
pub async fn show(
    State(app): State<Arc<App>>,
    caller: Caller,
    id: Result<Path<String>, PathRejection>,
) -> Result<Json<Value>, Problem> {
    caller.require(Role::Editor)?;
    let id = id_of(id)?;
    let corpus = app.corpus.clone();
    let view = app
        .read(move |library| {
            let upload = Upload::find(&corpus, &id)?;
            let plan = upload.plan(library, &caller.scope)?;
            Ok(json!({ "id": id, "name": upload.about.name, "sent_by": upload.about.sent_by, "plan": plan }))
        })
        .await?;
    Ok(Json(view))
}

/// Loads an upload, or what was chosen of it.
pub async fn apply(
    State(app): State<Arc<App>>,
    caller: Caller,
    id: Result<Path<String>, PathRejection>,
    body: Result<Json<Apply>, JsonRejection>,
) -> Result<Json<Value>, Problem> {
    caller.require(Role::Editor)?;
    let id = id_of(id)?;
    let Json(asked) = body.map_err(|error| unreadable_body("reason", &error))?;
    let reason = reason_of(asked.reason.as_deref())?;
    let corpus = app.corpus.clone();
    let view = app
        .write(move |library| {
            let upload = Upload::find(&corpus, &id)?;
            if library.settings()?.four_eyes {
                caller.require(Role::Reviewer)?;
                if upload.about.sent_by == caller.signature {
                    let detail = "发布要两个人：文件是你上传的，请另一位审核导入";
                    return Err(Problem::new(Code::Forbidden, detail));
                }
            }
            let plan = upload.plan(library, &caller.scope)?;
            let ids = chosen(&plan, asked.only, asked.except)?;
            let import = Import {
                selection: Selection::Only(ids),
                made_by: &caller.signature,
                reason: Some(format!("{reason}（导入 {}）", upload.about.name)),
            };
            let loaded = loading::load_chosen(library, &[upload.file()], &import, |_| {}).map_err(failed)?;
            upload.remove();
            Ok(json!({ "report": loaded.report, "findings": plan.findings }))
        })
        .await?;
    Ok(Json(view))
}

/// The ids to load: what the plan would add or change, as far as chosen.
fn chosen(
    plan: &Plan,
    only: Option<HashSet<String>>,
    except: Option<HashSet<String>>,
) -> Result<HashSet<String>, Problem> {
    let added = plan.added.iter().map(|added| &added.id);
    let there: HashSet<String> =
        added.chain(plan.changed.iter().map(|changed| &changed.id)).cloned().collect();
    let named = only.iter().chain(&except).flatten();
    if let Some(slip) = named.into_iter().find(|id| !there.contains(*id)) {
        let field = if only.is_some() { "only" } else { "except" };
        return Err(Problem::field(field, format!("这次导入不会新增或修改“{slip}”，请核对；什么都没有导入")));
    }
    let is_chosen = |id: &String| {
        only.as_ref().is_none_or(|only| only.contains(id))
            && except.as_ref().is_none_or(|except| !except.contains(id))
    };
    Ok(there.into_iter().filter(is_chosen).collect())
}
