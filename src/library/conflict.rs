//! Conflicts: an entry that its file (or the platform it is followed from) and
//! somebody here both changed. What is here goes on answering; a person says
//! which of the two stays. Neither is lost.

use rusqlite::{OptionalExtension, Row};
use serde::Serialize;

use super::{Library, LibraryError, StoredEntry};
use crate::entry::Entry;

/// A conflict that nobody has settled yet.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Conflict {
    pub entry_id: String,
    /// The file or platform that wants another content.
    pub origin: String,
    /// What it wants.
    pub wanted: Entry,
    /// The version here when the conflict was found.
    pub base_version: u32,
    /// RFC 3339, UTC.
    pub found_at: String,
}

/// Which side of a conflict stays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keep {
    /// What is in the library. The file's present content is not asked about again.
    Library,
    /// What the file or platform wants.
    Origin,
}

const COLUMNS: &str = "entry_id, origin, content, base_version, found_at";

impl Library {
    /// Conflicts nobody has settled, oldest first.
    pub fn conflicts(&self) -> Result<Vec<Conflict>, LibraryError> {
        let sql = format!("SELECT {COLUMNS} FROM conflict ORDER BY found_at, entry_id");
        let mut query = self.connection.prepare_cached(&sql)?;
        let rows = query.query_map([], raw)?.collect::<Result<Vec<_>, _>>()?;
        rows.into_iter().map(conflict).collect()
    }

    /// The conflict about one entry.
    pub fn conflict(&self, entry_id: &str) -> Result<Option<Conflict>, LibraryError> {
        let sql = format!("SELECT {COLUMNS} FROM conflict WHERE entry_id = ?1");
        let found = self.connection.prepare_cached(&sql)?.query_row([entry_id], raw).optional()?;
        found.map(conflict).transpose()
    }

    /// Settles a conflict for one side; none where there is no conflict.
    pub fn settle(
        &mut self,
        entry_id: &str,
        keep: Keep,
        settled_by: &str,
        reason: &str,
    ) -> Result<Option<StoredEntry>, LibraryError> {
        let Some(conflict) = self.conflict(entry_id)? else { return Ok(None) };
        let mut loading = self.load(settled_by, reason)?;
        loading.take_over(&conflict.wanted, &conflict.origin)?;
        if keep == Keep::Origin {
            loading.put(&conflict.wanted, None)?;
        }
        loading.settle(entry_id)?;
        loading.record("conflict.settled", entry_id)?;
        let stored = loading.entry(entry_id)?;
        loading.end()?;
        Ok(stored)
    }
}

impl super::Loading<'_> {
    /// Takes note of what an origin says without letting it in.
    fn take_over(&self, wanted: &Entry, origin: &str) -> Result<(), LibraryError> {
        let content = serde_json::to_string(wanted)
            .map_err(|source| LibraryError::Content { id: wanted.id.clone(), source })?;
        let hash = blake3::hash(content.as_bytes());
        let sql = "UPDATE entry SET file_hash = ?2, origin = ?3 WHERE id = ?1";
        self.transaction.prepare_cached(sql)?.execute((&wanted.id, hash.as_bytes(), origin))?;
        Ok(())
    }
}

type Raw = (String, String, String, u32, String);

fn raw(row: &Row<'_>) -> rusqlite::Result<Raw> {
    Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?))
}

fn conflict((entry_id, origin, content, base_version, found_at): Raw) -> Result<Conflict, LibraryError> {
    let wanted = serde_json::from_str(&content)
        .map_err(|source| LibraryError::Content { id: entry_id.clone(), source })?;
    Ok(Conflict { entry_id, origin, wanted, base_version, found_at })
}
