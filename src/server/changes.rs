//! `GET /v1/changes?since=`: what changed, as lines of JSON, for platforms that
//! follow this one. The library is read page by page as fast as the caller
//! takes the lines; the last line says how far they go, so that a reply that
//! was cut off is known as such.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use serde::Deserialize;
use serde_json::json;

use super::App;
use super::caller::Caller;
use super::problem::{Code, Problem};
use super::search::number;
use crate::access::Role;
use crate::curation::Curation;
use crate::entry::{Entry, Status};
use crate::library::{Library, Mark, Page, Published};

/// Entries read at once: some hundred kilobytes.
const PAGE: usize = 200;
/// Most changes of one reply.
const MAX_LIMIT: usize = 1_000_000;

/// From where, and how many.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChangesParameters {
    /// The mark of the last change received, or its number.
    since: Option<String>,
    limit: Option<String>,
}

/// A reply under way.
struct Telling {
    app: Arc<App>,
    caller: Caller,
    since: Mark,
    /// The last change there was when the caller asked.
    until: u64,
    left: usize,
    is_done: bool,
}

/// Published and retired entries in the order of their last change, each once.
pub async fn changes(
    State(app): State<Arc<App>>,
    caller: Caller,
    parameters: Result<Query<ChangesParameters>, QueryRejection>,
) -> Result<Response, Problem> {
    let Query(asked) = parameters.map_err(|error| Problem::unreadable("since", &error.body_text()))?;
    let since: Mark = asked.since.as_deref().unwrap_or("0").parse().map_err(|_| {
        Problem::field("since", "since 要是变更号，或收到的最后一条变更的 mark（例如 120-0123456789abcdef）")
    })?;
    let left = number(asked.limit, "limit", MAX_LIMIT, 1, MAX_LIMIT)?;
    let wanted = since.clone();
    let (until, is_known) =
        app.read(move |library| Ok((library.last_change()?, library.has(&wanted)?))).await?;
    if !is_known {
        return Err(Problem::new(
            Code::HistoryChanged,
            format!(
                "这里没有变更 {since}：知识库从备份恢复过，或换了一个（现在到第 {until} 号）。请从 since=0 重新开始"
            ),
        ));
    }
    let telling = Telling { app, caller, since, until, left, is_done: false };
    let lines = stream::try_unfold(telling, |telling| telling.next());
    Ok(([(CONTENT_TYPE, "application/x-ndjson")], Body::from_stream(lines)).into_response())
}

impl Telling {
    /// The next page of lines; the last one ends with the end.
    async fn next(mut self) -> std::io::Result<Option<(String, Telling)>> {
        if self.is_done {
            return Ok(None);
        }
        let (since, until, most) = (self.since.clone(), self.until, self.left.min(PAGE));
        let (caller, curation) = (self.caller.clone(), self.app.curation.load_full());
        let told =
            self.app.read(move |library| lines_of(library, (&caller, &curation), &since, until, most)).await;
        // Without the last line the caller knows that it was cut, and goes on later.
        let (mut lines, page) = told.map_err(|_| std::io::Error::other("changes cannot be read"))?;
        self.left -= most;
        self.since = page.end;
        self.is_done = page.is_last || self.left == 0;
        if self.is_done {
            let end = json!({ "end": self.since.to_string(), "more": !page.is_last });
            lines.push_str(&format!("{end}\n"));
        }
        Ok(Some((lines, self)))
    }
}

fn lines_of(
    library: &Library,
    (caller, curation): (&Caller, &Curation),
    since: &Mark,
    until: u64,
    most: usize,
) -> Result<(String, Page), Problem> {
    let page = library.changes(since, until, most)?;
    let mut page = page.ok_or_else(|| Problem::internal("restored while its changes were told"))?;
    let mut lines = String::new();
    for published in page.published.drain(..) {
        if let Some(published) = within_sight(library, (caller, curation), published)? {
            lines.push_str(&line_of(&published, caller));
        }
    }
    Ok((lines, page))
}

/// What a caller may read of a change. An entry that was moved out of his sight
/// is retired to him: he may hold it still.
fn within_sight(
    library: &Library,
    (caller, curation): (&Caller, &Curation),
    mut published: Published,
) -> Result<Option<Published>, Problem> {
    if caller.may_read(&published.stored.entry, curation) {
        return Ok(Some(published));
    }
    let id = published.stored.entry.id.clone();
    let Some(seen) = library.last_seen(&id, |stored| caller.may_read(&stored.entry, curation))? else {
        return Ok(None);
    };
    published.stored.entry = Entry { status: Status::Retired, ..seen.entry };
    Ok(Some(published))
}

fn line_of(published: &Published, caller: &Caller) -> String {
    let Published { mark, stored, reason } = published;
    let is_inside = caller.is(Role::Agent);
    let internal_note = stored.entry.internal_note.clone().filter(|_| is_inside);
    let mut line = json!({
        "seq": mark.seq,
        "mark": mark.to_string(),
        "id": stored.entry.id,
        "version": stored.version,
        "made_at": stored.updated_at,
        "entry": Entry { internal_note, ..stored.entry.clone() },
    });
    if is_inside {
        line["made_by"] = stored.updated_by.clone().into();
        line["reason"] = reason.clone().into();
    }
    format!("{line}\n")
}
