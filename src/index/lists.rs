//! What a question needs besides the entries, kept with each generation: the
//! editors' words and synonyms and the ranker's weights, copied in when it is built, so that a
//! generation always answers as it was tested.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use super::generations::write_durably;
use super::near::NearSet;
use super::{IndexError, Snapshot};
use crate::ranking::Ranking;
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
        let text = |name: &str, shipped: &str| match fs::read_to_string(corpus.join(name)) {
            Ok(own) => Ok(own),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(shipped.to_owned()),
            Err(source) => Err(IndexError::Io { path: corpus.join(name), source }),
        };
        let weights = |name: &str, shipped: &str| {
            let found = text(name, shipped)?;
            let read = Ranking::parse(&found);
            read.map_err(|source| IndexError::Ranking { path: corpus.join(name), source }).map(|_| found)
        };
        let ranking = weights(RANKING, Ranking::shipped())?;
        let ranking_by_meaning = weights(RANKING_BY_MEANING, Ranking::shipped_by_meaning())?;
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
