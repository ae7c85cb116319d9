//! FastGPT's API file library: it imports what is here as files, categories as
//! folders, and searches its own copy. So it gets only what is in force, and has
//! to be told to read again when something changed.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::{JsonRejection, QueryRejection};
use axum::extract::{Query, State};
use axum::http::HeaderMap;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::super::App;
use super::super::body::unreadable_body;
use super::super::caller::Caller;
use super::super::entries::not_found;
use super::super::problem::Problem;
use super::super::search::today;
use super::link::link_of;
use super::tools::{is_current, readable};
use crate::entry::Entry;
use crate::library::StoredEntry;
use crate::reading;

/// What a folder's id begins with; an entry's id is its own.
const FOLDER: &str = "category:";

/// Which folder is listed.
#[derive(Deserialize)]
pub(super) struct ListRequest {
    /// Ids of folders as listed here, or a category's path (FastGPT's base path).
    #[serde(rename = "parentId")]
    parent_id: Option<String>,
    #[serde(rename = "searchKey")]
    search_key: Option<String>,
}

/// Which file is meant.
#[derive(Deserialize)]
pub(super) struct FileParameter {
    id: String,
}

/// A folder or a file as FastGPT lists it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct File {
    id: String,
    parent_id: Option<String>,
    name: String,
    r#type: &'static str,
    has_child: bool,
    update_time: String,
    create_time: String,
}

impl File {
    fn of(stored: &StoredEntry) -> File {
        File {
            id: stored.entry.id.clone(),
            parent_id: folder_id(&stored.entry.category),
            name: format!("{}.md", stored.entry.title),
            r#type: "file",
            has_child: false,
            update_time: stored.updated_at.clone(),
            // When it first came, FastGPT only shows; it is not worth a look
            // into every entry's history.
            create_time: stored.updated_at.clone(),
        }
    }

    fn folder(path: &str, changed: &str) -> File {
        let (above, name) = path.rsplit_once('/').unwrap_or(("", path));
        File {
            id: format!("{FOLDER}{path}"),
            parent_id: folder_id(above),
            name: name.to_owned(),
            r#type: "folder",
            has_child: true,
            update_time: changed.to_owned(),
            create_time: changed.to_owned(),
        }
    }
}

fn folder_id(category: &str) -> Option<String> {
    (!category.is_empty()).then(|| format!("{FOLDER}{category}"))
}

fn enveloped(data: Value) -> Json<Value> {
    Json(json!({ "success": true, "message": "", "data": data }))
}

/// What stands in a folder; with a search key the files below it whose name
/// holds the key.
pub(super) async fn list(
    State(app): State<Arc<App>>,
    caller: Caller,
    body: Result<Json<ListRequest>, JsonRejection>,
) -> Result<Json<Value>, Problem> {
    let Json(asked) = body.map_err(|error| unreadable_body("parentId", &error))?;
    let parent = asked.parent_id.unwrap_or_default();
    let parent = parent.strip_prefix(FOLDER).unwrap_or(&parent).trim_matches('/').to_owned();
    let key = asked.search_key.filter(|key| !key.trim().is_empty());
    let curation = app.curation.load_full();
    let files = app
        .read(move |library| {
            let (mut folders, mut files, day) = (BTreeSet::new(), Vec::new(), today());
            library.published_below::<Problem>(&parent, |stored| {
                if !is_current(&stored.entry, day) || !caller.may_read(&stored.entry, &curation) {
                    return Ok(());
                }
                match (&key, folder_below(&parent, &stored.entry.category)) {
                    (Some(key), _) if stored.entry.title.contains(key.trim()) => {
                        files.push(File::of(&stored))
                    }
                    (Some(_), _) => {}
                    (None, None) => files.push(File::of(&stored)),
                    (None, Some(folder)) => {
                        folders.insert(folder);
                    }
                }
                Ok(())
            })?;
            let now = jiff::Timestamp::now().to_string();
            let mut listed: Vec<File> = folders.iter().map(|folder| File::folder(folder, &now)).collect();
            listed.append(&mut files);
            Ok(json!(listed))
        })
        .await?;
    Ok(enveloped(files))
}

/// The folder right below `parent` in which a category lies; none where it is
/// the parent itself.
fn folder_below(parent: &str, category: &str) -> Option<String> {
    let rest = match parent {
        "" => category,
        _ => category.strip_prefix(parent)?.strip_prefix('/')?,
    };
    let name = rest.split('/').next().filter(|name| !name.is_empty())?;
    Some(if parent.is_empty() { name.to_owned() } else { format!("{parent}/{name}") })
}

async fn found(
    app: &Arc<App>,
    caller: Caller,
    parameter: Result<Query<FileParameter>, QueryRejection>,
) -> Result<StoredEntry, Problem> {
    let Query(asked) = parameter.map_err(|error| Problem::unreadable("id", &error.body_text()))?;
    let stored = readable(app, &caller, &asked.id).await?;
    let stored = stored.filter(|stored| is_current(&stored.entry, today()));
    stored.ok_or_else(|| not_found(&asked.id))
}

/// A file's text.
pub(super) async fn content(
    State(app): State<Arc<App>>,
    caller: Caller,
    parameter: Result<Query<FileParameter>, QueryRejection>,
) -> Result<Json<Value>, Problem> {
    let StoredEntry { entry, .. } = found(&app, caller, parameter).await?;
    Ok(enveloped(json!({ "title": entry.title, "content": reading::markdown(&entry) })))
}

/// Where a person reads the file.
pub(super) async fn read(
    State(app): State<Arc<App>>,
    caller: Caller,
    headers: HeaderMap,
    parameter: Result<Query<FileParameter>, QueryRejection>,
) -> Result<Json<Value>, Problem> {
    let Entry { id, source, .. } = found(&app, caller, parameter).await?.entry;
    Ok(enveloped(json!({ "url": link_of(&headers, &id, &source) })))
}

/// A file or folder without its text.
pub(super) async fn detail(
    State(app): State<Arc<App>>,
    caller: Caller,
    parameter: Result<Query<FileParameter>, QueryRejection>,
) -> Result<Json<Value>, Problem> {
    if let Ok(Query(FileParameter { id })) = &parameter
        && let Some(path) = id.strip_prefix(FOLDER)
    {
        return Ok(enveloped(json!(File::folder(path, &jiff::Timestamp::now().to_string()))));
    }
    let stored = found(&app, caller, parameter).await?;
    Ok(enveloped(json!(File::of(&stored))))
}
