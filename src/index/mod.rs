//! The index: derived from the library and safe to delete. The only place
//! that knows the engine (tantivy). It holds no internal notes, so no search
//! can lead to one.

mod building;
mod candidates;
mod document;
mod facts;
mod generation;
mod generations;
mod lists;
mod near;
mod plain;
mod plan;
mod schema;
mod scoring;
mod snapshot;
mod sound;
mod statistics;
mod succession;
mod tables;
mod tokenizer;
mod trial;
mod typed;
mod typing;
mod usage;
mod within;

pub use building::Build;
pub use candidates::{Candidate, Place};
pub use document::ShownEntry;
pub use facts::Facts;
pub use generation::Generation;
pub use generations::{BuildLock, EARLIER_KEPT, GenerationInfo, Generations, Listed, Standing};
pub use lists::{
    DICTIONARY, QUESTION_WORDS, RANKING, RANKING_BY_MEANING, RANKINGS_FROM_JOURNAL, SYNONYMS,
    drop_from_journal, keep_from_journal, learned_from_journal, rankings_of,
};
pub use near::{Among, NearSet, Nearness};
pub use plain::PlainBm25;
pub use plan::{AREA_COUNT, Area, Filter, Phrase, Plan, PlanTerm, ValidityFilter, day_number};
pub use scoring::{Cut, MOST_OF_A_TERM, POOL_COUNT, Pool, TextScores};
pub use snapshot::Snapshot;
pub use sound::Sounds;
pub use trial::Trial;
pub use typed::{Begins, Letter, Pattern};
pub use typing::Suggested;
pub use usage::{Counts, Usage, Used};
pub use within::Within;

use std::error::Error;
use std::path::PathBuf;

use crate::fault::{self, DISK_FULL, Said};
use crate::library::LibraryError;

/// What can go wrong in the index.
#[derive(Debug, thiserror::Error)]
pub enum IndexError {
    #[error("索引文件夹 {path} 读写不了：{}", Said(source))]
    Io { path: PathBuf, source: std::io::Error },
    #[error("索引写不下：{DISK_FULL}")]
    DiskFull,
    #[error("索引引擎出错：{0}")]
    Engine(tantivy::TantivyError),
    /// Another process is writing the generation.
    #[error("另一个即答进程正在更新索引")]
    Locked,
    #[error(transparent)]
    Library(#[from] LibraryError),
    #[error("索引代 {name} 不能用：{reason}")]
    Unusable { name: String, reason: String },
    #[error("没有索引代 {name}；用 jida generations 看有哪些")]
    NoGeneration { name: String },
    /// The gate held it back: who lets it in has to say why.
    #[error("{name} 的重放没有通过，放行要写明理由（--reason 理由）")]
    ReasonMissing { name: String },
    #[error("已取消")]
    Cancelled,
    #[error("排序权重 {path} 读不出来：{source}；请删去或重新运行 jida learn")]
    Ranking { path: PathBuf, source: crate::ranking::RankingError },
    #[error("索引里的条目内容读不出来：{0}")]
    Stored(#[from] serde_json::Error),
}

impl From<tantivy::TantivyError> for IndexError {
    fn from(error: tantivy::TantivyError) -> IndexError {
        match error {
            tantivy::TantivyError::LockFailure(..) => IndexError::Locked,
            error if is_disk_full(&error) => IndexError::DiskFull,
            error => IndexError::Engine(error),
        }
    }
}

/// Whether a full disk is at the bottom of an error.
fn is_disk_full(error: &(dyn Error + 'static)) -> bool {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if error.downcast_ref::<std::io::Error>().is_some_and(fault::is_disk_full) {
            return true;
        }
        cause = error.source();
    }
    false
}

#[cfg(test)]
mod tests;
