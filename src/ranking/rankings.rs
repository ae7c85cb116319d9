//! Both rankers of a state together, and as one file: what was learned of both
//! at once is never installed by halves.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::{Ranking, RankingError, RankingFile};

/// The rankers of one state: for questions by their words, and for those whose
/// direction is known as well.
#[derive(Debug, Clone)]
pub struct Rankings {
    pub by_words: Ranking,
    pub by_meaning: Ranking,
}

/// Both as they stand in a file.
#[derive(Debug, Serialize, Deserialize)]
pub struct RankingsFile {
    pub by_words: RankingFile,
    pub by_meaning: RankingFile,
    /// Of the questions they were learned from, the beginning of each one's BLAKE3:
    /// enough to know them again by.
    #[serde(default)]
    pub learned_from: BTreeSet<u64>,
}

impl Rankings {
    /// As they are written to a file; `fitted_on` is for people.
    pub fn to_file(&self, fitted_on: &str, learned_from: BTreeSet<u64>) -> RankingsFile {
        RankingsFile {
            by_words: self.by_words.to_file(fitted_on),
            by_meaning: self.by_meaning.to_file(fitted_on),
            learned_from,
        }
    }

    /// From a file.
    pub fn of_file(file: &RankingsFile) -> Result<Rankings, RankingError> {
        Ok(Rankings {
            by_words: Ranking::of_file(&file.by_words)?,
            by_meaning: Ranking::of_file(&file.by_meaning)?,
        })
    }
}
