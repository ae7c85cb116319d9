//! Writing the library. A loading is one transaction: killed in the middle, it
//! never happened. What is already there with the same content is left alone.

use std::collections::HashSet;

use rusqlite::{OptionalExtension, Transaction, TransactionBehavior, params};
use serde::Serialize;

use super::{Library, LibraryError};
use crate::entry::{Entry, Status};

/// What became of one entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    Added,
    Changed,
    Unchanged,
}

/// Sums of a loading.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct LoadingReport {
    pub files: u64,
    /// Files whose bytes were loaded before and were not read again.
    pub files_unchanged: u64,
    pub added: u64,
    pub changed: u64,
    pub unchanged: u64,
    /// Entries retired because their file or article is gone.
    pub retired: u64,
}

/// A loading in progress; nothing is kept unless [`Loading::commit`] is called.
pub struct Loading<'l> {
    transaction: Transaction<'l>,
    next_seq: u64,
    made_at: String,
    made_by: String,
    reason: String,
    report: LoadingReport,
}

impl Library {
    /// Begins a loading by `made_by`, for `reason`. Waits for another writer.
    pub fn load(&mut self, made_by: &str, reason: &str) -> Result<Loading<'_>, LibraryError> {
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let sql = "SELECT COALESCE(MAX(seq), 0) + 1 FROM revision";
        let next_seq = transaction.query_row(sql, [], |row| row.get(0))?;
        Ok(Loading {
            transaction,
            next_seq,
            made_at: jiff::Timestamp::now().to_string(),
            made_by: made_by.to_owned(),
            reason: reason.to_owned(),
            report: LoadingReport::default(),
        })
    }
}

impl Loading<'_> {
    /// Whether a file was loaded before with exactly these bytes.
    pub fn file_is_unchanged(&self, origin: &str, file_hash: &blake3::Hash) -> Result<bool, LibraryError> {
        let sql = "SELECT file_hash FROM origin WHERE name = ?1";
        let known: Option<Vec<u8>> =
            self.transaction.prepare_cached(sql)?.query_row([origin], |row| row.get(0)).optional()?;
        Ok(known.is_some_and(|known| known == file_hash.as_bytes()))
    }

    /// Counts a file that was not read again.
    pub fn skip_file(&mut self) {
        self.report.files += 1;
        self.report.files_unchanged += 1;
    }

    /// Puts a file's entries and retires those it no longer has. A file with
    /// refused rows is not remembered as read (`file_hash` none), so the next
    /// loading reports them again; and it retires nothing, since a row that
    /// cannot be read is not a row that is gone.
    pub fn put_file(
        &mut self,
        root: &str,
        origin: &str,
        file_hash: Option<&blake3::Hash>,
        entries: &[Entry],
    ) -> Result<(), LibraryError> {
        self.report.files += 1;
        for entry in entries {
            match self.put(entry, Some(origin))? {
                Change::Added => self.report.added += 1,
                Change::Changed => self.report.changed += 1,
                Change::Unchanged => self.report.unchanged += 1,
            }
        }
        if let Some(file_hash) = file_hash {
            let kept: HashSet<&str> = entries.iter().map(|entry| entry.id.as_str()).collect();
            self.retire_of(origin, &kept)?;
            let sql = "INSERT INTO origin (name, root, file_hash) VALUES (?1, ?2, ?3)
                       ON CONFLICT (name) DO UPDATE SET file_hash = excluded.file_hash";
            self.transaction.prepare_cached(sql)?.execute(params![origin, root, file_hash.as_bytes()])?;
        }
        Ok(())
    }

    /// Retires the entries of files that are gone from a folder.
    pub fn retire_vanished_files(&mut self, root: &str, seen: &HashSet<String>) -> Result<(), LibraryError> {
        let known: Vec<String> = {
            let mut query = self.transaction.prepare_cached("SELECT name FROM origin WHERE root = ?1")?;
            let rows = query.query_map([root], |row| row.get(0))?;
            rows.collect::<Result<_, _>>()?
        };
        for origin in known.into_iter().filter(|origin| !seen.contains(origin)) {
            self.retire_of(&origin, &HashSet::new())?;
            self.transaction.prepare_cached("DELETE FROM origin WHERE name = ?1")?.execute([&origin])?;
        }
        Ok(())
    }

    /// Puts one entry: a new revision unless its content is what is there.
    pub fn put(&mut self, entry: &Entry, origin: Option<&str>) -> Result<Change, LibraryError> {
        let content = serde_json::to_string(entry)
            .map_err(|source| LibraryError::Content { id: entry.id.clone(), source })?;
        let hash = blake3::hash(content.as_bytes());
        let known: Option<(Vec<u8>, u32)> = self
            .transaction
            .prepare_cached("SELECT content_hash, version FROM entry WHERE id = ?1")?
            .query_row([&entry.id], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        let version = match &known {
            Some((known_hash, _)) if known_hash == hash.as_bytes() => {
                self.move_origin(&entry.id, origin)?;
                return Ok(Change::Unchanged);
            }
            Some((_, version)) => version + 1,
            None => 1,
        };
        self.write_revision(entry, &content, &hash, version, origin)?;
        Ok(if known.is_some() { Change::Changed } else { Change::Added })
    }

    /// A row moved to another file is the same entry: the old file's next
    /// loading must not retire it.
    fn move_origin(&self, id: &str, origin: Option<&str>) -> Result<(), LibraryError> {
        let sql = "UPDATE entry SET origin = ?2 WHERE id = ?1 AND origin <> ?2";
        self.transaction.prepare_cached(sql)?.execute(params![id, origin])?;
        Ok(())
    }

    fn write_revision(
        &mut self,
        entry: &Entry,
        content: &str,
        hash: &blake3::Hash,
        version: u32,
        origin: Option<&str>,
    ) -> Result<(), LibraryError> {
        let seq = self.next_seq;
        let status = entry.status.as_str();
        self.transaction
            .prepare_cached(
                "INSERT INTO revision (seq, entry_id, version, status, made_at, made_by, reason, content)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
            )?
            .execute(params![
                seq,
                entry.id,
                version,
                status,
                self.made_at,
                self.made_by,
                self.reason,
                content
            ])?;
        self.transaction
            .prepare_cached(
                "INSERT INTO entry (id, seq, version, kind, status, content_hash, origin)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
                 ON CONFLICT (id) DO UPDATE SET seq = excluded.seq, version = excluded.version,
                   kind = excluded.kind, status = excluded.status,
                   content_hash = excluded.content_hash, origin = excluded.origin",
            )?
            .execute(params![entry.id, seq, version, entry.kind.as_str(), status, hash.as_bytes(), origin])?;
        self.next_seq += 1;
        Ok(())
    }

    fn retire_of(&mut self, origin: &str, kept: &HashSet<&str>) -> Result<(), LibraryError> {
        let gone: Vec<(String, String)> = {
            let mut query = self.transaction.prepare_cached(
                "SELECT e.id, r.content FROM entry e JOIN revision r ON r.seq = e.seq
                 WHERE e.origin = ?1 AND e.status <> 'retired'",
            )?;
            let rows = query.query_map([origin], |row| Ok((row.get(0)?, row.get(1)?)))?;
            rows.collect::<Result<_, _>>()?
        };
        for (id, content) in gone.into_iter().filter(|(id, _)| !kept.contains(id.as_str())) {
            let mut entry: Entry =
                serde_json::from_str(&content).map_err(|source| LibraryError::Content { id, source })?;
            entry.status = Status::Retired;
            self.put(&entry, Some(origin))?;
            self.report.retired += 1;
        }
        Ok(())
    }

    /// Makes the loading permanent, all of it at once.
    pub fn commit(self) -> Result<LoadingReport, LibraryError> {
        self.transaction.commit()?;
        Ok(self.report)
    }
}
