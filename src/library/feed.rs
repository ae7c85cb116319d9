//! What another platform that follows this library is told: page by page, in
//! the order of the changes, each entry once in its newest published state.
//! Whoever goes on from the mark of the last change he received misses nothing
//! and receives nothing twice but what changed again.

use rusqlite::params;

use super::read::{raw_head, stored};
use super::{Library, LibraryError, Mark, StoredEntry};

/// An entry that changed, as it counts outside.
#[derive(Debug, Clone)]
pub struct Published {
    /// The change it is told at.
    pub mark: Mark,
    pub stored: StoredEntry,
    pub reason: String,
}

/// A piece of the changes.
#[derive(Debug)]
pub struct Page {
    /// Without what was never published.
    pub published: Vec<Published>,
    /// Everything up to this change has been told.
    pub end: Mark,
    pub is_last: bool,
}

impl Library {
    /// The next changes after `since` and not after number `until`, at most
    /// `most` of them; none where this library's history has no such change.
    pub fn changes(&self, since: &Mark, until: u64, most: usize) -> Result<Option<Page>, LibraryError> {
        // One view for the whole page, whatever is written meanwhile.
        let _view = self.connection.unchecked_transaction()?;
        if !self.has(since)? {
            return Ok(None);
        }
        let sql = "SELECT e.seq, r.version, r.made_at, r.made_by, r.entry_id, r.content, e.origin,
                          r.reason, e.live_seq
                   FROM entry e JOIN revision r ON r.seq = COALESCE(e.live_seq, e.seq)
                   WHERE e.seq > ?1 AND e.seq <= ?2 ORDER BY e.seq LIMIT ?3";
        let mut query = self.connection.prepare_cached(sql)?;
        let mut rows = query.query(params![since.seq, until, most])?;
        let mut page = Page { published: Vec::new(), end: since.clone(), is_last: true };
        let mut visited = 0;
        while let Some(row) = rows.next()? {
            let head = raw_head(row)?;
            let mark = self.mark_at(head.0)?.unwrap_or(Mark::START);
            page.end = mark.clone();
            visited += 1;
            if row.get::<_, Option<u64>>(8)?.is_some() {
                page.published.push(Published { mark, stored: stored(head)?, reason: row.get(7)? });
            }
        }
        page.is_last = visited < most;
        if page.is_last && until > page.end.seq {
            page.end = self.mark_at(until)?.unwrap_or(page.end);
        }
        Ok(Some(page))
    }

    /// The newest earlier state of an entry that somebody may read and that was
    /// published: what he may hold of an entry that has left his sight.
    pub fn last_seen(
        &self,
        id: &str,
        may_read: impl Fn(&StoredEntry) -> bool,
    ) -> Result<Option<StoredEntry>, LibraryError> {
        for revision in self.revisions(id)?.iter().rev().filter(|revision| revision.status == "published") {
            if let Some(stored) = self.revision(id, revision.version)?.filter(&may_read) {
                return Ok(Some(stored));
            }
        }
        Ok(None)
    }

    /// Entries that are published and have a change waiting to be.
    pub fn pending(&self) -> Result<u64, LibraryError> {
        let sql = "SELECT COUNT(*) FROM entry WHERE live_seq IS NOT NULL AND live_seq <> seq";
        Ok(self.connection.prepare_cached(sql)?.query_row([], |row| row.get(0))?)
    }
}
