//! What a question needs besides the entries, kept with each generation: the
//! editors' words and synonyms and the ranker's weights, copied in when it is built, so that a
//! generation always answers as it was tested.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::generations::write_durably;
use super::near::NearSet;
use super::{IndexError, Snapshot};
use crate::ranking::{Ranking, RankingFile, Rankings, RankingsFile};
use crate::text::{self, Cutter, Synonyms};

/// Name of the editors' synonyms below the corpus folder, and of their copy.
pub const SYNONYMS: &str = "synonyms.txt";
/// Name of the editors' words below the corpus folder, and of their copy.
pub const DICTIONARY: &str = "dictionary.txt";
/// Name of the editors' words of politeness and asking, and of their copy.
pub const QUESTION_WORDS: &str = "question_words.txt";
/// Name of learned weights below the corpus folder, and of their copy.
pub const RANKING: &str = "ranking.json";
/// The same of the weights for questions that were asked by meaning as well.
pub const RANKING_BY_MEANING: &str = "ranking_meaning.json";

/// What was learned from the journal beyond those, of both; counts before them.
pub const RANKINGS_FROM_JOURNAL: &str = "ranking_journal.json";

/// A generation's lists, ready for use.
#[derive(Clone)]
pub(super) struct Knowledge {
    pub cutter: Arc<Cutter>,
    pub synonyms: Arc<Synonyms>,
    /// The synonyms as they are written.
    pub synonyms_text: Arc<str>,
    pub ranking: Arc<Ranking>,
    /// Where the question's direction is known.
    pub ranking_by_meaning: Arc<Ranking>,
    /// The vectors the generation holds.
    pub near: Option<Arc<NearSet>>,
}

impl Snapshot {
    /// The same state with other weights, by words and by meaning: what learned
    /// ones would do is looked at before a generation holds them.
    pub fn with_rankings(self, by_words: Ranking, by_meaning: Ranking) -> Snapshot {
        let (ranking, ranking_by_meaning) = (Arc::new(by_words), Arc::new(by_meaning));
        Snapshot { knowledge: Knowledge { ranking, ranking_by_meaning, ..self.knowledge.clone() }, ..self }
    }
}

/// The weights a corpus folder's next generation begins from, without what was
/// learned from the journal: its own, or those we ship.
pub fn rankings_of(corpus: &Path) -> Result<Rankings, IndexError> {
    let parsed = |(path, text): (PathBuf, String)| {
        Ranking::parse(&text).map_err(|source| IndexError::Ranking { path, source })
    };
    Ok(Rankings {
        by_words: parsed(own_or_shipped(corpus, RANKING, Ranking::shipped())?)?,
        by_meaning: parsed(own_or_shipped(corpus, RANKING_BY_MEANING, Ranking::shipped_by_meaning())?)?,
    })
}

/// Keeps what was learned from the journal for the next generation, both or none.
pub fn keep_from_journal(
    corpus: &Path,
    rankings: &Rankings,
    (fitted_on, learned_from): (&str, &BTreeSet<u64>),
) -> Result<(), IndexError> {
    let path = corpus.join(RANKINGS_FROM_JOURNAL);
    let written = || -> std::io::Result<()> {
        let text = serde_json::to_string(&rankings.to_file(fitted_on, learned_from.clone()))?;
        let new = path.with_extension("json.new");
        write_durably(&new, text.as_bytes())?;
        fs::rename(&new, &path)
    };
    written().map_err(|source| IndexError::Io { path: path.clone(), source })
}

/// The questions that what was kept from the journal was learned from; none where
/// nothing was.
pub fn learned_from_journal(corpus: &Path) -> Result<BTreeSet<u64>, IndexError> {
    Ok(from_journal(corpus)?.map(|kept| kept.learned_from).unwrap_or_default())
}

/// Takes back what was learned from the journal; returns whether there was any.
pub fn drop_from_journal(corpus: &Path) -> Result<bool, IndexError> {
    let path = corpus.join(RANKINGS_FROM_JOURNAL);
    match fs::remove_file(&path) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(false),
        Err(source) => Err(IndexError::Io { path, source }),
    }
}

/// What was learned from the journal, as it stands in the corpus folder.
fn from_journal(corpus: &Path) -> Result<Option<RankingsFile>, IndexError> {
    let (path, text) = own_or_shipped(corpus, RANKINGS_FROM_JOURNAL, "")?;
    if text.is_empty() {
        return Ok(None);
    }
    let file: RankingsFile = serde_json::from_str(&text)
        .map_err(|error| IndexError::Ranking { path: path.clone(), source: error.into() })?;
    Rankings::of_file(&file).map_err(|source| IndexError::Ranking { path, source })?;
    Ok(Some(file))
}

/// A file of the corpus folder, or what we ship where it has none.
fn own_or_shipped(corpus: &Path, name: &str, shipped: &str) -> Result<(PathBuf, String), IndexError> {
    let path = corpus.join(name);
    match fs::read_to_string(&path) {
        Ok(own) => Ok((path, own)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok((path, shipped.to_owned())),
        Err(source) => Err(IndexError::Io { path, source }),
    }
}

/// The lists as texts.
pub(super) struct Lists {
    pub synonyms: String,
    pub ranking: String,
    pub ranking_by_meaning: String,
    pub dictionary: String,
    pub question_words: String,
}

impl Lists {
    /// From the corpus folder, each the one we ship where it has none; further
    /// words join the dictionary. Weights that cannot be read are refused.
    pub fn for_build<'w>(corpus: &Path, words: impl Iterator<Item = &'w str>) -> Result<Lists, IndexError> {
        let text = |name: &str, shipped: &str| own_or_shipped(corpus, name, shipped).map(|(_, text)| text);
        let weights = |name: &str, shipped: &str| {
            let (path, found) = own_or_shipped(corpus, name, shipped)?;
            Ranking::parse(&found).map_err(|source| IndexError::Ranking { path, source }).map(|_| found)
        };
        let as_text = |file: &RankingFile| {
            let path = corpus.join(RANKINGS_FROM_JOURNAL);
            serde_json::to_string(file).map_err(|error| IndexError::Ranking { path, source: error.into() })
        };
        let (ranking, ranking_by_meaning) = match from_journal(corpus)? {
            Some(learned) => (as_text(&learned.by_words)?, as_text(&learned.by_meaning)?),
            None => (
                weights(RANKING, Ranking::shipped())?,
                weights(RANKING_BY_MEANING, Ranking::shipped_by_meaning())?,
            ),
        };
        let synonyms = text(SYNONYMS, Synonyms::shipped())?;
        let question_words = text(QUESTION_WORDS, Cutter::shipped_question_words())?;
        let mut dictionary = text(DICTIONARY, "")?;
        for word in words {
            dictionary.push('\n');
            dictionary.push_str(word);
        }
        Ok(Lists { synonyms, ranking, ranking_by_meaning, dictionary, question_words })
    }

    /// From a generation's folder.
    pub fn read(generation: &Path) -> std::io::Result<Lists> {
        let text = |name: &str| fs::read_to_string(generation.join(name));
        Ok(Lists {
            synonyms: text(SYNONYMS)?,
            ranking: text(RANKING)?,
            ranking_by_meaning: text(RANKING_BY_MEANING)?,
            dictionary: text(DICTIONARY)?,
            question_words: text(QUESTION_WORDS)?,
        })
    }

    /// Into a generation's folder.
    pub fn write(&self, generation: &Path) -> std::io::Result<()> {
        write_durably(&generation.join(SYNONYMS), self.synonyms.as_bytes())?;
        write_durably(&generation.join(QUESTION_WORDS), self.question_words.as_bytes())?;
        write_durably(&generation.join(DICTIONARY), self.dictionary.as_bytes())?;
        write_durably(&generation.join(RANKING), self.ranking.as_bytes())?;
        write_durably(&generation.join(RANKING_BY_MEANING), self.ranking_by_meaning.as_bytes())
    }

    /// The cutter with the editors' words.
    pub fn cutter(&self, plain: &Arc<Cutter>) -> Arc<Cutter> {
        let asks_as_shipped = self.question_words == Cutter::shipped_question_words();
        let words = text::parse_dictionary(&self.dictionary).0;
        if asks_as_shipped && words.is_empty() {
            return Arc::clone(plain);
        }
        Arc::new(plain.with_words(&words).with_question_words(&self.question_words))
    }

    /// BLAKE3 of all, in hexadecimal.
    pub fn hash(&self) -> String {
        let mut hasher = blake3::Hasher::new();
        hasher.update(self.synonyms.as_bytes()).update(&[0]).update(self.ranking.as_bytes());
        hasher.update(&[0]).update(self.dictionary.as_bytes());
        hasher.update(&[0]).update(self.question_words.as_bytes());
        hasher.update(&[0]).update(self.ranking_by_meaning.as_bytes());
        hasher.finalize().to_hex().to_string()
    }
}
