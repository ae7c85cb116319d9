//! Taking in what a followed platform published. How far its changes have been
//! applied is written in the transaction that applies them, so a cut anywhere
//! neither loses nor repeats a change. The library's own entries are its own:
//! where both speak of one id, that is a conflict and never an overwriting.

use std::collections::HashSet;

use rusqlite::{Connection, OptionalExtension, params};

use super::{Change, Library, LibraryError, Loading, LoadingReport, Mark};
use crate::entry::{Entry, Status};

/// What came of taking in some changes.
#[derive(Debug, Default)]
pub struct TakenIn {
    pub report: LoadingReport,
    /// Ids of the entries that were changed on both sides.
    pub conflicts: Vec<String>,
}

/// Changes of a followed platform.
pub struct Followed<'a> {
    /// `follow:https://…`
    pub origin: &'a str,
    /// How far it had been applied when the changes were asked for.
    pub since: &'a Mark,
    /// How far it is applied with them.
    pub until: &'a Mark,
    pub entries: &'a [Entry],
}

impl Library {
    /// How far a platform's changes have been applied.
    pub fn followed_to(&self, origin: &str) -> Result<Mark, LibraryError> {
        followed_to(&self.connection, origin)
    }

    /// Begins with a platform anew; what it sent stays.
    pub fn follow_from_start(&mut self, origin: &str) -> Result<(), LibraryError> {
        self.connection.execute("DELETE FROM followed WHERE origin = ?1", [origin])?;
        Ok(())
    }

    /// Applies changes, all or none; none where somebody else applied them first.
    pub fn take_in(&mut self, followed: &Followed<'_>) -> Result<Option<TakenIn>, LibraryError> {
        let mut loading = self.load(followed.origin, "跟随上级平台")?;
        if followed_to(&loading.transaction, followed.origin)? != *followed.since {
            return Ok(None);
        }
        let mut conflicts = Vec::new();
        for entry in followed.entries {
            let change = loading.put_followed(entry, followed.origin)?;
            loading.count(change, entry.status);
            if change == Change::Conflict {
                conflicts.push(entry.id.clone());
            }
        }
        let sql = "INSERT INTO followed (origin, mark, at) VALUES (?1, ?2, ?3)
                   ON CONFLICT (origin) DO UPDATE SET mark = excluded.mark, at = excluded.at";
        let (origin, until) = (followed.origin, followed.until.to_string());
        loading.transaction.prepare_cached(sql)?.execute(params![origin, until, loading.made_at])?;
        Ok(Some(TakenIn { report: loading.commit()?, conflicts }))
    }

    /// Retires what came from a platform and is no longer there, after all of
    /// it has been read from the start.
    pub fn retire_unseen(
        &mut self,
        origin: &str,
        seen: &HashSet<String>,
    ) -> Result<LoadingReport, LibraryError> {
        let mut loading = self.load(origin, "上级平台已经没有这一条")?;
        let seen: HashSet<&str> = seen.iter().map(String::as_str).collect();
        loading.retire_of(origin, &seen)?;
        loading.commit()
    }
}

fn followed_to(connection: &Connection, origin: &str) -> Result<Mark, LibraryError> {
    let sql = "SELECT mark FROM followed WHERE origin = ?1";
    let mark: Option<String> =
        connection.prepare_cached(sql)?.query_row([origin], |row| row.get(0)).optional()?;
    // What cannot be read is read from the start: nothing is lost by that.
    Ok(mark.and_then(|mark| mark.parse().ok()).unwrap_or(Mark::START))
}

impl Loading<'_> {
    /// Puts an entry of a followed platform; one that is here from elsewhere is
    /// not its to change.
    fn put_followed(&mut self, entry: &Entry, origin: &str) -> Result<Change, LibraryError> {
        let sql = "SELECT origin FROM entry WHERE id = ?1";
        let here: Option<Option<String>> =
            self.transaction.prepare_cached(sql)?.query_row([&entry.id], |row| row.get(0)).optional()?;
        match here {
            Some(other) if other.as_deref() == Some(origin) => self.put(entry, Some(origin)),
            None => self.put(entry, Some(origin)),
            // Retired there, it wants nothing of ours any more.
            Some(_) if entry.status == Status::Retired => {
                self.settle(&entry.id)?;
                Ok(Change::Unchanged)
            }
            Some(_) => self.put_beside(entry, origin),
        }
    }

    fn count(&mut self, change: Change, status: Status) {
        match change {
            Change::Changed if status == Status::Retired => self.report.retired += 1,
            Change::Added => self.report.added += 1,
            Change::Changed => self.report.changed += 1,
            Change::Unchanged => self.report.unchanged += 1,
            Change::Conflict => self.report.conflicts += 1,
        }
    }
}
