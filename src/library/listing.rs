//! Lists of entries for those who keep them.

use jiff::civil::Date;
use rusqlite::params;
use serde::Serialize;

use super::{Library, LibraryError};
use crate::entry::{Entry, Kind, Region, Status};

/// Which entries are listed; `None` means any.
#[derive(Debug, Clone, Default)]
pub struct ListFilter {
    /// Of the newest revision.
    pub status: Option<Status>,
    pub department: Option<String>,
    /// To be looked at again on this day or before.
    pub review_by: Option<Date>,
    /// Only ids after this one: the last of the page before.
    pub after: Option<String>,
    pub limit: usize,
}

/// An entry in a list: its newest revision without the texts.
#[derive(Debug, Clone, Serialize)]
pub struct ListedEntry {
    pub id: String,
    pub version: u32,
    pub kind: Kind,
    pub title: String,
    pub status: Status,
    /// Of what counts outside, where that is an older revision.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub live_status: Option<String>,
    pub category: String,
    pub department: String,
    pub region: Region,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_review_on: Option<Date>,
    pub updated_at: String,
    pub updated_by: String,
}

impl Library {
    /// Published guides and questions but those `besides` knows, in the order of
    /// their ids. A law's articles are many and seldom asked for one by one.
    pub fn live_besides(
        &self,
        besides: impl Fn(&str) -> bool,
        limit: usize,
    ) -> Result<Vec<String>, LibraryError> {
        let sql = "SELECT id FROM entry WHERE live_status = 'published' AND kind <> 'policy' ORDER BY id";
        let mut query = self.connection.prepare_cached(sql)?;
        let mut rows = query.query([])?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()?.filter(|_| found.len() < limit) {
            let id: String = row.get(0)?;
            if !besides(&id) {
                found.push(id);
            }
        }
        Ok(found)
    }

    /// A page of entries in the order of their ids.
    pub fn list(&self, filter: &ListFilter) -> Result<Vec<ListedEntry>, LibraryError> {
        let sql = "SELECT e.id, e.version, e.live_status, r.made_at, r.made_by, r.content
                   FROM entry e JOIN revision r ON r.seq = e.seq
                   WHERE (?1 IS NULL OR e.status = ?1) AND (?2 IS NULL OR e.department = ?2)
                     AND (?3 IS NULL OR (e.review_on <= ?3 AND e.status <> 'retired'))
                     AND (?4 IS NULL OR e.id > ?4)
                   ORDER BY e.id LIMIT ?5";
        let ListFilter { status, department, review_by, after, limit } = filter;
        let day = review_by.map(|day| day.to_string());
        let mut query = self.connection.prepare_cached(sql)?;
        let mut rows = query.query(params![status.map(Status::as_str), department, day, after, limit])?;
        let mut page = Vec::new();
        while let Some(row) = rows.next()? {
            let id: String = row.get(0)?;
            let content: String = row.get(5)?;
            let entry: Entry = serde_json::from_str(&content)
                .map_err(|source| LibraryError::Content { id: id.clone(), source })?;
            let live_status: Option<String> = row.get(2)?;
            page.push(ListedEntry {
                id,
                version: row.get(1)?,
                live_status: live_status.filter(|live| live != entry.status.as_str()),
                kind: entry.kind,
                title: entry.title,
                status: entry.status,
                category: entry.category,
                department: entry.department,
                region: entry.region,
                next_review_on: entry.next_review_on,
                updated_at: row.get(3)?,
                updated_by: row.get(4)?,
            });
        }
        Ok(page)
    }
}
