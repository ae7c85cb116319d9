//! Reading the library: one entry, its revisions, the changes since a number.

use rusqlite::{Connection, OptionalExtension, Row};
use serde::Serialize;

use super::{Library, LibraryError, Mark};
use crate::entry::{Entry, Kind, is_below};

/// An entry as it stands, with the number of its last change.
#[derive(Debug, Clone)]
pub struct StoredEntry {
    pub seq: u64,
    pub version: u32,
    pub updated_at: String,
    pub updated_by: String,
    pub entry: Entry,
    /// The file or the platform it was loaded from; none for what was written here.
    pub origin: Option<String>,
}

/// One revision of an entry.
#[derive(Debug, Clone, Serialize)]
pub struct Revision {
    pub seq: u64,
    pub version: u32,
    pub status: String,
    pub made_at: String,
    pub made_by: String,
    pub reason: String,
}

/// How much the library holds.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct LibraryStats {
    /// Published entries.
    pub entries: u64,
    pub policy: u64,
    pub guide: u64,
    pub faq: u64,
    /// Number of the last change; 0 in an empty library.
    pub last_change: u64,
}

const NEWEST: &str = "SELECT r.seq, r.version, r.made_at, r.made_by, r.entry_id, r.content, e.origin
  FROM entry e JOIN revision r ON r.seq = e.seq";
/// The revision that counts outside: while a change to a published entry is a
/// draft, the published one goes on answering.
const LIVE: &str = "SELECT e.seq, r.version, r.made_at, r.made_by, r.entry_id, r.content, e.origin
  FROM entry e JOIN revision r ON r.seq = COALESCE(e.live_seq, e.seq)";

impl Library {
    /// The entry with that id in its newest revision, whatever its status.
    pub fn entry(&self, id: &str) -> Result<Option<StoredEntry>, LibraryError> {
        newest(&self.connection, id)
    }

    /// The entry with that id as it counts outside: its newest published or
    /// retired revision; a draft only where it never was either.
    pub fn live_entry(&self, id: &str) -> Result<Option<StoredEntry>, LibraryError> {
        one(&self.connection, &format!("{LIVE} WHERE e.id = ?1"), id)
    }

    /// One revision of an entry.
    pub fn revision(&self, id: &str, version: u32) -> Result<Option<StoredEntry>, LibraryError> {
        let sql = "SELECT seq, version, made_at, made_by, entry_id, content, NULL FROM revision
                   WHERE entry_id = ?1 AND version = ?2";
        let mut query = self.connection.prepare_cached(sql)?;
        let found = query.query_row((id, version), raw_head).optional()?;
        found.map(stored).transpose()
    }

    /// Revisions of an entry, oldest first.
    pub fn revisions(&self, id: &str) -> Result<Vec<Revision>, LibraryError> {
        let mut query = self.connection.prepare_cached(
            "SELECT seq, version, status, made_at, made_by, reason FROM revision
             WHERE entry_id = ?1 ORDER BY seq",
        )?;
        let rows = query.query_map([id], |row| {
            Ok(Revision {
                seq: row.get(0)?,
                version: row.get(1)?,
                status: row.get(2)?,
                made_at: row.get(3)?,
                made_by: row.get(4)?,
                reason: row.get(5)?,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Number of the last change; 0 in an empty library.
    pub fn last_change(&self) -> Result<u64, LibraryError> {
        let sql = "SELECT COALESCE(MAX(seq), 0) FROM revision";
        Ok(self.connection.prepare_cached(sql)?.query_row([], |row| row.get(0))?)
    }

    /// Rises whenever somebody else writes to the database; cheap to ask.
    pub fn data_version(&self) -> Result<u64, LibraryError> {
        Ok(self.connection.prepare_cached("PRAGMA data_version")?.query_row([], |row| row.get(0))?)
    }

    /// Visits every entry changed after `seq` as it counts outside, in the
    /// order of the changes. `0` visits everything. Returns the last change
    /// visited; none where there was nothing to visit.
    pub fn changed_since<E: From<LibraryError>>(
        &self,
        seq: u64,
        mut visit: impl FnMut(StoredEntry) -> Result<(), E>,
    ) -> Result<Option<Mark>, E> {
        // One view for the entries and for the mark of the last of them.
        let _view = self.connection.unchecked_transaction().map_err(LibraryError::from)?;
        let mut last = seq;
        let sql = format!("{LIVE} WHERE e.seq > ?1 ORDER BY e.seq");
        let mut query = self.connection.prepare_cached(&sql).map_err(LibraryError::from)?;
        let mut rows = query.query([seq]).map_err(LibraryError::from)?;
        while let Some(row) = rows.next().map_err(LibraryError::from)? {
            let raw = raw_head(row).map_err(LibraryError::from)?;
            last = raw.0;
            visit(stored(raw)?)?;
        }
        Ok(if last > seq { self.mark_at(last)? } else { None })
    }

    /// Visits every published entry that has similar questions. They are found
    /// by their text: reading all 160,000 entries would take seconds.
    pub fn with_similar_questions<E: From<LibraryError>>(
        &self,
        mut visit: impl FnMut(StoredEntry) -> Result<(), E>,
    ) -> Result<(), E> {
        let sql = format!(
            "{LIVE} WHERE e.live_status = 'published' AND instr(r.content, '\"similar_questions\":[') > 0
             ORDER BY e.seq"
        );
        let mut query = self.connection.prepare_cached(&sql).map_err(LibraryError::from)?;
        let mut rows = query.query([]).map_err(LibraryError::from)?;
        while let Some(row) = rows.next().map_err(LibraryError::from)? {
            visit(stored(raw_head(row).map_err(LibraryError::from)?)?)?;
        }
        Ok(())
    }

    /// Visits every published entry of a category or below it, by id; an empty
    /// one visits all. They are found by their text, as above.
    pub fn published_below<E: From<LibraryError>>(
        &self,
        category: &str,
        mut visit: impl FnMut(StoredEntry) -> Result<(), E>,
    ) -> Result<(), E> {
        let quoted = serde_json::Value::from(category).to_string();
        let written = format!("\"category\":{}", quoted.trim_end_matches('"'));
        let sql = format!(
            "{LIVE} WHERE e.live_status = 'published' AND (?1 = '' OR instr(r.content, ?2) > 0)
             ORDER BY e.id"
        );
        let mut query = self.connection.prepare_cached(&sql).map_err(LibraryError::from)?;
        let mut rows = query.query([category, &written]).map_err(LibraryError::from)?;
        while let Some(row) = rows.next().map_err(LibraryError::from)? {
            let found = stored(raw_head(row).map_err(LibraryError::from)?)?;
            if category.is_empty() || is_below(&found.entry.category, category) {
                visit(found)?;
            }
        }
        Ok(())
    }

    /// How many entries changed after `seq`.
    pub fn count_changed_since(&self, seq: u64) -> Result<u64, LibraryError> {
        let sql = "SELECT COUNT(*) FROM entry WHERE seq > ?1";
        Ok(self.connection.prepare_cached(sql)?.query_row([seq], |row| row.get(0))?)
    }

    /// Counts of published entries and the last change.
    pub fn stats(&self) -> Result<LibraryStats, LibraryError> {
        let mut stats = LibraryStats { last_change: self.last_change()?, ..LibraryStats::default() };
        let sql = "SELECT kind, COUNT(*) FROM entry WHERE live_status = 'published' GROUP BY kind";
        let mut query = self.connection.prepare_cached(sql)?;
        let mut rows = query.query([])?;
        while let Some(row) = rows.next()? {
            let kind: String = row.get(0)?;
            let count: u64 = row.get(1)?;
            stats.entries += count;
            match Kind::parse(&kind) {
                Some(Kind::Policy) => stats.policy = count,
                Some(Kind::Guide) => stats.guide = count,
                Some(Kind::Faq) => stats.faq = count,
                None => {}
            }
        }
        Ok(stats)
    }
}

/// The newest revision of an entry, whatever its status.
pub(super) fn newest(connection: &Connection, id: &str) -> Result<Option<StoredEntry>, LibraryError> {
    one(connection, &format!("{NEWEST} WHERE e.id = ?1"), id)
}

fn one(connection: &Connection, sql: &str, id: &str) -> Result<Option<StoredEntry>, LibraryError> {
    let found = connection.prepare_cached(sql)?.query_row([id], raw_head).optional()?;
    found.map(stored).transpose()
}

pub(super) type RawHead = (u64, u32, String, String, String, String, Option<String>);

pub(super) fn raw_head(row: &Row<'_>) -> rusqlite::Result<RawHead> {
    Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?, row.get(5)?, row.get(6)?))
}

pub(super) fn stored(
    (seq, version, updated_at, updated_by, id, content, origin): RawHead,
) -> Result<StoredEntry, LibraryError> {
    let entry = serde_json::from_str(&content).map_err(|source| LibraryError::Content { id, source })?;
    Ok(StoredEntry { seq, version, updated_at, updated_by, entry, origin })
}
