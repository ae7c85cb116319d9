//! Writing the library. A loading is one transaction: killed in the middle, it
//! never happened. What is already there with the same content is left alone,
//! and what was edited here since its file was read is not overwritten.

use std::collections::HashSet;

use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior, params};
use serde::Serialize;

use super::audit::{self, AuditEvent};
use super::{Library, LibraryError};
use crate::entry::{Entry, Status};

/// What became of one entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    Added,
    Changed,
    Unchanged,
    /// Its file (or the platform it is followed from) and somebody here both
    /// changed it: what is here stays, what the file wants is kept beside it.
    Conflict,
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
    /// Entries that their file and somebody here both changed; see
    /// [`Library::conflicts`](super::Library::conflicts).
    pub conflicts: u64,
}

/// A loading in progress; nothing is kept unless [`Loading::commit`] is called.
pub struct Loading<'l> {
    pub(super) transaction: Transaction<'l>,
    next_seq: u64,
    pub(super) made_at: String,
    pub(super) made_by: String,
    pub(super) reason: String,
    pub(super) report: LoadingReport,
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

/// An entry on its way in.
struct Incoming<'e> {
    entry: &'e Entry,
    hash: blake3::Hash,
    content: String,
    origin: Option<&'e str>,
}

impl<'e> Incoming<'e> {
    fn of(entry: &'e Entry, origin: Option<&'e str>) -> Result<Incoming<'e>, LibraryError> {
        let content = serde_json::to_string(entry)
            .map_err(|source| LibraryError::Content { id: entry.id.clone(), source })?;
        Ok(Incoming { entry, hash: blake3::hash(content.as_bytes()), content, origin })
    }
}

/// What the library holds of an entry.
struct Known {
    content_hash: Vec<u8>,
    /// What its file said last; none where no file ever did.
    file_hash: Option<Vec<u8>>,
    version: u32,
}

fn known(connection: &Connection, id: &str) -> Result<Option<Known>, LibraryError> {
    let sql = "SELECT content_hash, file_hash, version FROM entry WHERE id = ?1";
    let known = connection.prepare_cached(sql)?.query_row([id], |row| {
        Ok(Known { content_hash: row.get(0)?, file_hash: row.get(1)?, version: row.get(2)? })
    });
    Ok(known.optional()?)
}

/// What a content would do to what is there.
fn change_of(known: Option<&Known>, incoming: &Incoming<'_>) -> Change {
    let Some(known) = known else { return Change::Added };
    let says_what_it_said = known.file_hash.as_deref() == Some(incoming.hash.as_bytes());
    let is_edited_here = known.file_hash.as_ref() != Some(&known.content_hash);
    match incoming.origin {
        _ if known.content_hash == incoming.hash.as_bytes() => Change::Unchanged,
        Some(_) if says_what_it_said => Change::Unchanged,
        Some(_) if is_edited_here => Change::Conflict,
        _ => Change::Changed,
    }
}

impl Library {
    /// What a loading from this file or platform would do to an entry.
    pub fn foresee(&self, entry: &Entry, origin: &str) -> Result<Change, LibraryError> {
        let known = known(&self.connection, &entry.id)?;
        Ok(change_of(known.as_ref(), &Incoming::of(entry, Some(origin))?))
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
                Change::Conflict => self.report.conflicts += 1,
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

    /// Puts one entry: a new revision unless its content is what is there. From
    /// an `origin` (a file, a followed platform) it takes the place only of what
    /// that origin said last; without one it is an edit, and stands.
    pub fn put(&mut self, entry: &Entry, origin: Option<&str>) -> Result<Change, LibraryError> {
        let incoming = Incoming::of(entry, origin)?;
        let known = known(&self.transaction, &entry.id)?;
        let version = known.as_ref().map_or(0, |known| known.version);
        let change = change_of(known.as_ref(), &incoming);
        match change {
            Change::Added | Change::Changed => self.write_revision(&incoming, version + 1)?,
            Change::Conflict => self.write_conflict(&incoming, version)?,
            Change::Unchanged => self.agree(&incoming, known.as_ref())?,
        }
        Ok(change)
    }

    /// Keeps what an origin says of an entry that is not its own beside it.
    pub(super) fn put_beside(&self, entry: &Entry, origin: &str) -> Result<Change, LibraryError> {
        let incoming = Incoming::of(entry, Some(origin))?;
        match known(&self.transaction, &entry.id)? {
            Some(known) if known.content_hash != incoming.hash.as_bytes() => {
                self.write_conflict(&incoming, known.version)?;
                Ok(Change::Conflict)
            }
            _ => Ok(Change::Unchanged),
        }
    }

    /// The same content from both sides: there is nothing left to settle. A row
    /// moved to another file is the same entry: the old file's next loading must
    /// not retire it.
    fn agree(&self, incoming: &Incoming<'_>, known: Option<&Known>) -> Result<(), LibraryError> {
        let Incoming { entry, hash, origin, .. } = incoming;
        let is_agreed = known.is_some_and(|known| known.content_hash == hash.as_bytes());
        if origin.is_none() || !is_agreed {
            return Ok(());
        }
        let sql = "UPDATE entry SET origin = ?2, file_hash = ?3
                   WHERE id = ?1 AND (origin IS NOT ?2 OR file_hash IS NOT ?3)";
        self.transaction.prepare_cached(sql)?.execute(params![entry.id, origin, hash.as_bytes()])?;
        self.settle(&entry.id)
    }

    /// A conflict about an entry is over.
    pub(super) fn settle(&self, id: &str) -> Result<(), LibraryError> {
        self.transaction.prepare_cached("DELETE FROM conflict WHERE entry_id = ?1")?.execute([id])?;
        Ok(())
    }

    fn write_conflict(&self, incoming: &Incoming<'_>, base_version: u32) -> Result<(), LibraryError> {
        let sql = "INSERT INTO conflict (entry_id, origin, content, base_version, found_at)
                   VALUES (?1, ?2, ?3, ?4, ?5)
                   ON CONFLICT (entry_id) DO UPDATE SET origin = excluded.origin,
                     content = excluded.content, base_version = excluded.base_version";
        self.transaction.prepare_cached(sql)?.execute(params![
            incoming.entry.id,
            incoming.origin,
            incoming.content,
            base_version,
            self.made_at
        ])?;
        Ok(())
    }

    fn write_revision(&mut self, incoming: &Incoming<'_>, version: u32) -> Result<(), LibraryError> {
        let Incoming { entry, content, hash, origin } = incoming;
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
        let is_live = matches!(entry.status, Status::Published | Status::Retired);
        let (live_seq, live_status) = (is_live.then_some(seq), is_live.then_some(status));
        let review_on = entry.next_review_on.map(|day| day.to_string());
        let file_hash = origin.map(|_| hash.as_bytes());
        self.transaction
            .prepare_cached(
                "INSERT INTO entry (id, seq, version, kind, status, content_hash, origin, live_seq,
                                    live_status, file_hash, department, review_on,
                                    title, category, region, expires_on)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)
                 ON CONFLICT (id) DO UPDATE SET seq = excluded.seq, version = excluded.version,
                   kind = excluded.kind, status = excluded.status,
                   content_hash = excluded.content_hash,
                   department = excluded.department, review_on = excluded.review_on,
                   title = excluded.title, category = excluded.category,
                   region = excluded.region, expires_on = excluded.expires_on,
                   origin = COALESCE(excluded.origin, origin),
                   live_seq = COALESCE(excluded.live_seq, live_seq),
                   live_status = COALESCE(excluded.live_status, live_status),
                   file_hash = COALESCE(excluded.file_hash, file_hash)",
            )?
            .execute(params![
                entry.id,
                seq,
                version,
                entry.kind.as_str(),
                status,
                hash.as_bytes(),
                origin,
                live_seq,
                live_status,
                file_hash,
                entry.department,
                review_on,
                entry.title,
                entry.category,
                entry.region.to_string(),
                entry.expires_on.map(|day| day.to_string())
            ])?;
        self.next_seq += 1;
        Ok(())
    }

    pub(super) fn retire_of(&mut self, origin: &str, kept: &HashSet<&str>) -> Result<(), LibraryError> {
        let gone: Vec<(String, String)> = {
            let mut query = self.transaction.prepare_cached(
                "SELECT e.id, r.content FROM entry e JOIN revision r ON r.seq = e.seq
                 WHERE e.origin = ?1 AND e.status <> 'retired'",
            )?;
            let rows = query.query_map([origin], |row| Ok((row.get(0)?, row.get(1)?)))?;
            rows.collect::<Result<_, _>>()?
        };
        for (id, content) in gone.into_iter().filter(|(id, _)| !kept.contains(id.as_str())) {
            let entry =
                serde_json::from_str(&content).map_err(|source| LibraryError::Content { id, source })?;
            self.retire(entry, origin)?;
        }
        Ok(())
    }

    /// Retires an entry that its origin no longer has.
    pub fn retire(&mut self, entry: Entry, origin: &str) -> Result<(), LibraryError> {
        match self.put(&Entry { status: Status::Retired, ..entry }, Some(origin))? {
            Change::Conflict => self.report.conflicts += 1,
            _ => self.report.retired += 1,
        }
        Ok(())
    }

    /// Makes the loading permanent, all of it at once.
    pub fn commit(self) -> Result<LoadingReport, LibraryError> {
        let LoadingReport { added, changed, retired, conflicts, .. } = self.report;
        if added + changed + retired + conflicts > 0 {
            let sums =
                format!("{}：新增 {added}，修改 {changed}，停用 {retired}，冲突 {conflicts}", self.reason);
            let event =
                AuditEvent { actor: &self.made_by, action: "library.loaded", object: "", reason: &sums };
            audit::write(&self.transaction, &self.made_at, &event)?;
        }
        self.transaction.commit()?;
        Ok(self.report)
    }
}
