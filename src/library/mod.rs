//! The truth: every entry in every revision, in an embedded SQLite database.
//! Each change takes the next number (`seq`), so the index can follow the
//! changes in order and say how far it is. Nothing is ever overwritten: a
//! revision is written beside the earlier ones and the head moves to it.
//!
//! The SQL is kept to what PostgreSQL understands as well, but for the pragmas.

mod adoption;
mod archive;
mod audit;
mod backup;
mod conflict;
mod corrections;
mod curation;
mod edit;
mod effect;
mod feed;
mod followed;
mod gaps;
mod gathered;
mod history;
mod jobs;
mod keeping;
mod keys;
mod listing;
mod origin;
mod read;
mod restoring;
mod schedule;
mod schema;
mod settings;
mod taken_out;
mod vectors;
mod wordings;
mod write;

pub use adoption::{Adoption, AdoptionFilter, Forgotten, Standing};
pub use archive::BackupHead;
pub use audit::{AuditEvent, AuditLine, KeyUse};
pub use backup::{Backup, BackupError, Existing, back_up};
pub use conflict::{Conflict, Keep};
pub use corrections::{Correction, CorrectionFilter, CorrectionStatus, NewCorrection};
pub use curation::{CuratedVersion, CuratedWrite};
pub use edit::{Base, Edit, EditError};
pub use effect::{Course, Effect, WholeEffect};
pub use feed::{Page, Published};
pub use followed::{Followed, TakenIn};
pub use gaps::{DepartmentBy, Gap, GapFilter, GapOrder, GapQuestion, GapReport, GapStatus, GapStep, bare};
pub use gathered::{GapCalls, GapDay, GatheredDays, GatheredGap, Gathering, KnownGap, Probable, RECENT_DAYS};
pub use history::Mark;
pub use jobs::{Job, JobEnd, JobState};
pub use keeping::{Keeping, KeepingFilter, Kept};
pub use keys::NewKey;
pub use listing::{Facets, ListFilter, ListOrder, ListPage, ListedEntry};
pub use read::{LibraryStats, Revision, StoredEntry};
pub use restoring::{Restored, restore};
pub use schedule::{Due, Scheduled};
pub use settings::{Learning, Settings};
pub use taken_out::WordingStep;
pub use vectors::VectorSet;
pub use write::{Change, Loading, LoadingReport};

use std::path::{Path, PathBuf};

use rusqlite::{Connection, ErrorCode};

use crate::fault::{DISK_FULL, Said};

/// Name of the database below the corpus folder.
pub const DATABASE_FILE: &str = "library.db";

/// What can go wrong in the library.
#[derive(Debug, thiserror::Error)]
pub enum LibraryError {
    #[error("知识库数据库 {path} 打不开：{source}")]
    Open { path: PathBuf, source: rusqlite::Error },
    #[error("知识库文件夹 {path} 建不了：{}", Said(source))]
    Folder { path: PathBuf, source: std::io::Error },
    #[error("{path} 里没有知识库（{DATABASE_FILE}）；请核对 --corpus")]
    None { path: PathBuf },
    #[error("知识库写不下：{DISK_FULL}")]
    DiskFull,
    #[error("知识库数据库出错：{0}")]
    Sql(rusqlite::Error),
    #[error("{path} 里上次没做完的恢复接着做不下去：{}", Said(source))]
    Restoring { path: PathBuf, source: std::io::Error },
    #[error("知识库里条目 {id} 的内容读不出来：{source}")]
    Content { id: String, source: serde_json::Error },
    #[error("系统给不出随机数：{0}")]
    Randomness(getrandom::Error),
    #[error("知识库版本是 {found}，本程序只认得 {known}；请用较新的即答打开")]
    Version { found: i64, known: i64 },
}

impl From<rusqlite::Error> for LibraryError {
    fn from(error: rusqlite::Error) -> LibraryError {
        let extended = error.sqlite_error().map_or(0, |error| error.extended_code);
        match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => LibraryError::DiskFull,
            // No room for the memory that processes share beside the database.
            _ if extended == rusqlite::ffi::SQLITE_IOERR_SHMSIZE => LibraryError::DiskFull,
            _ => LibraryError::Sql(error),
        }
    }
}

/// An open library. Cheap to open; one per thread.
pub struct Library {
    connection: Connection,
    path: PathBuf,
}

impl Library {
    /// Opens the library in a corpus folder and creates it where it is missing.
    /// A restoring that was killed is done to its end first.
    pub fn open(corpus: &Path) -> Result<Library, LibraryError> {
        std::fs::create_dir_all(corpus)
            .map_err(|source| LibraryError::Folder { path: corpus.to_owned(), source })?;
        restoring::settle(corpus)?;
        Library::open_as_it_is(corpus)
    }

    /// Opens a library that has to be there.
    pub fn open_existing(corpus: &Path) -> Result<Library, LibraryError> {
        restoring::settle(corpus)?;
        if !corpus.join(DATABASE_FILE).exists() {
            return Err(LibraryError::None { path: corpus.to_owned() });
        }
        Library::open(corpus)
    }

    fn open_as_it_is(corpus: &Path) -> Result<Library, LibraryError> {
        let path = corpus.join(DATABASE_FILE);
        let connection =
            Connection::open(&path).map_err(|source| LibraryError::Open { path: path.clone(), source })?;
        schema::prepare(&connection)?;
        Ok(Library { connection, path })
    }

    /// The database file.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

#[cfg(test)]
mod tests;
