//! The truth: every entry in every revision, in an embedded SQLite database.
//! Each change takes the next number (`seq`), so the index can follow the
//! changes in order and say how far it is. Nothing is ever overwritten: a
//! revision is written beside the earlier ones and the head moves to it.
//!
//! The SQL is kept to what PostgreSQL understands as well, but for the pragmas.

mod adoption;
mod audit;
mod conflict;
mod curation;
mod edit;
mod jobs;
mod keys;
mod listing;
mod origin;
mod read;
mod schedule;
mod schema;
mod settings;
mod write;

pub use adoption::{Adoption, AdoptionFilter, Standing};
pub use audit::{AuditEvent, AuditLine, KeyUse};
pub use conflict::{Conflict, Keep};
pub use curation::{CuratedVersion, CuratedWrite};
pub use edit::{Base, Edit, EditError};
pub use jobs::{Job, JobEnd, JobState};
pub use keys::NewKey;
pub use listing::{ListFilter, ListedEntry};
pub use read::{LibraryStats, Revision, StoredEntry};
pub use schedule::{Due, Scheduled};
pub use settings::Settings;
pub use write::{Change, Loading, LoadingReport};

use std::path::{Path, PathBuf};

use rusqlite::Connection;

/// Name of the database below the corpus folder.
pub const DATABASE_FILE: &str = "library.db";

/// What can go wrong in the library.
#[derive(Debug, thiserror::Error)]
pub enum LibraryError {
    #[error("知识库数据库 {path} 打不开：{source}")]
    Open { path: PathBuf, source: rusqlite::Error },
    #[error("知识库文件夹 {path} 建不了：{source}")]
    Folder { path: PathBuf, source: std::io::Error },
    #[error("知识库数据库出错：{0}")]
    Sql(#[from] rusqlite::Error),
    #[error("知识库里条目 {id} 的内容读不出来：{source}")]
    Content { id: String, source: serde_json::Error },
    #[error("系统给不出随机数：{0}")]
    Randomness(getrandom::Error),
    #[error("知识库版本是 {found}，本程序只认得 {known}；请用较新的即答打开")]
    Version { found: i64, known: i64 },
}

/// An open library. Cheap to open; one per thread.
pub struct Library {
    connection: Connection,
    path: PathBuf,
}

impl Library {
    /// Opens the library in a corpus folder and creates it where it is missing.
    pub fn open(corpus: &Path) -> Result<Library, LibraryError> {
        std::fs::create_dir_all(corpus)
            .map_err(|source| LibraryError::Folder { path: corpus.to_owned(), source })?;
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
