//! What publishing an entry suggests: documents that it says it repeals are
//! proposed to be retired. Proposed only: a person retires them.

use serde_json::{Value, json};

use super::problem::Problem;
use super::search::today;
use crate::corpus::{Repealed, repealed};
use crate::entry::{Entry, Status};
use crate::index::{Snapshot, ValidityFilter};
use crate::search::{self, Hit, MatchedBy, Request};

/// Entries looked at for one repealed document.
const CANDIDATES: usize = 5;

/// The retirements that a published entry suggests.
pub(super) fn of(snapshot: &Snapshot, entry: &Entry) -> Result<Vec<Value>, Problem> {
    if entry.status != Status::Published {
        return Ok(Vec::new());
    }
    let mut proposals = Vec::new();
    for repealed in repealed(&entry.body) {
        for hit in named(snapshot, &repealed)? {
            let found = hit.shown.entry;
            if found.id != entry.id {
                proposals.push(json!({
                    "action": "retire",
                    "entry_id": found.id,
                    "title": found.title,
                    "version": hit.shown.version,
                    "superseded_by": entry.id,
                    "because": format!("正文说废止{repealed}"),
                }));
            }
        }
    }
    Ok(proposals)
}

/// Entries with the repealed document's number, or else with its title.
fn named(snapshot: &Snapshot, repealed: &Repealed) -> Result<Vec<Hit>, Problem> {
    let by_number = match &repealed.number {
        Some(number) => found(snapshot, number, MatchedBy::Exact)?,
        None => Vec::new(),
    };
    if by_number.is_empty() { found(snapshot, &repealed.title, MatchedBy::Title) } else { Ok(by_number) }
}

fn found(snapshot: &Snapshot, name: &str, by: MatchedBy) -> Result<Vec<Hit>, Problem> {
    let request = Request { validity: ValidityFilter::All, limit: CANDIDATES, ..Request::new(name, today()) };
    let hits = search::search(snapshot, &request)?.hits.into_iter();
    Ok(hits.filter(|hit| hit.matched_by.contains(&by)).collect())
}
