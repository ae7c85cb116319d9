//! The index: derived from the library and safe to delete. The only place
//! that knows the engine (tantivy). It holds no internal notes, so no search
//! can lead to one.

mod candidates;
mod document;
mod facts;
mod generation;
mod plan;
mod schema;
mod scoring;
mod snapshot;
mod tokenizer;

pub use candidates::{Candidate, Place};
pub use document::ShownEntry;
pub use facts::Facts;
pub use generation::{Build, Generation, GenerationInfo, Generations};
pub use plan::{AREA_COUNT, Area, AreaWeights, Clause, Filter, Phrase, Plan, ValidityFilter, day_number};
pub use scoring::AreaScores;
pub use snapshot::Snapshot;

use std::path::PathBuf;

use crate::library::LibraryError;

/// What can go wrong in the index.
#[derive(Debug, thiserror::Error)]
pub enum IndexError {
    #[error("索引文件夹 {path} 读写不了：{source}")]
    Io { path: PathBuf, source: std::io::Error },
    #[error("索引引擎出错：{0}")]
    Engine(#[from] tantivy::TantivyError),
    #[error(transparent)]
    Library(#[from] LibraryError),
    #[error("索引代 {name} 不能用：{reason}")]
    Unusable { name: String, reason: String },
    #[error("索引里的条目内容读不出来：{0}")]
    Stored(#[from] serde_json::Error),
}

#[cfg(test)]
mod tests;
