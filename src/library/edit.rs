//! One edit of one entry, against the version its editor saw: what somebody
//! else wrote meanwhile is never overwritten.

use super::audit::{self, AuditEvent};
use super::{Change, Library, LibraryError, StoredEntry};
use crate::entry::{Entry, Status};

/// What an edit starts from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Base {
    /// There is no such entry yet.
    Nothing,
    /// The version its editor saw.
    Version(u32),
}

/// An edit by somebody, for a reason.
#[derive(Debug, Clone, Copy)]
pub struct Edit<'a> {
    pub entry: &'a Entry,
    pub base: Base,
    pub made_by: &'a str,
    pub reason: &'a str,
}

/// Why an edit was not made.
#[derive(Debug, thiserror::Error)]
pub enum EditError {
    /// Somebody was faster; what is there now comes along.
    #[error("条目已有第 {} 版", .0.version)]
    Outdated(Box<StoredEntry>),
    #[error("没有这个条目")]
    Missing,
    #[error(transparent)]
    Library(#[from] LibraryError),
}

impl From<rusqlite::Error> for EditError {
    fn from(error: rusqlite::Error) -> EditError {
        EditError::Library(error.into())
    }
}

impl Library {
    /// Makes an edit and returns the entry as it then stands. The same content
    /// again makes no new version.
    pub fn edit(&mut self, edit: Edit<'_>) -> Result<StoredEntry, EditError> {
        let mut loading = self.load(edit.made_by, edit.reason)?;
        let there = loading.entry(&edit.entry.id)?;
        match (there, edit.base) {
            (None, Base::Nothing) => {}
            (None, Base::Version(_)) => return Err(EditError::Missing),
            (Some(there), Base::Version(seen)) if there.version == seen => {}
            (Some(there), _) => return Err(EditError::Outdated(Box::new(there))),
        }
        if loading.put(edit.entry, None)? != Change::Unchanged {
            loading.record(action_of(edit.entry.status), &edit.entry.id)?;
        }
        let stored = loading.entry(&edit.entry.id)?;
        loading.end()?;
        stored.ok_or(EditError::Missing)
    }
}

/// What is written into the audit log when an entry takes a status.
pub(super) fn action_of(status: Status) -> &'static str {
    match status {
        Status::Draft => "entry.drafted",
        Status::Review => "entry.submitted",
        Status::Published => "entry.published",
        Status::Retired => "entry.retired",
    }
}

impl super::Loading<'_> {
    /// The newest revision of an entry as this transaction sees it.
    pub(super) fn entry(&self, id: &str) -> Result<Option<StoredEntry>, LibraryError> {
        super::read::newest(&self.transaction, id)
    }

    /// Writes a line into the audit log with this transaction.
    pub(super) fn record(&self, action: &str, object: &str) -> Result<(), LibraryError> {
        let event = AuditEvent { actor: &self.made_by, action, object, reason: &self.reason };
        audit::write(&self.transaction, &self.made_at, &event)
    }

    /// Makes permanent what was put, without the summing up of a loading.
    pub(super) fn end(self) -> Result<(), LibraryError> {
        Ok(self.transaction.commit()?)
    }
}
