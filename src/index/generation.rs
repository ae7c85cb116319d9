//! An opened generation: hands out snapshots and applies the library's changes.
//! The number of the last change applied is in the engine's own commit, so after
//! a kill the indexer goes on exactly there.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use tantivy::{Index, IndexMeta, IndexWriter, Term};

use super::document::Documents;
use super::facts::FactTable;
use super::lists::Knowledge;
use super::near::{NearSet, NearTable};
use super::schema::{self, Fields};
use super::snapshot::Snapshot;
use super::sound::SoundCache;
use super::statistics::Statistics;
use super::tables::SegmentTables;
use super::typed::TypedTexts;
use super::{IndexError, tokenizer};
use crate::entry::Status;
use crate::library::{Library, Mark, StoredEntry};
use crate::text::{Cutter, Synonyms};

/// Memory of the writer that follows single changes.
pub(super) const FOLLOW_HEAP_BYTES: usize = 30_000_000;

/// An opened generation: hands out snapshots and applies changes. Clones are
/// the same generation.
#[derive(Clone)]
pub struct Generation {
    pub name: String,
    pub(super) folder: PathBuf,
    pub(super) index: Index,
    pub(super) fields: Fields,
    pub(super) knowledge: Knowledge,
    pub(super) reader: tantivy::IndexReader,
    pub(super) typed: SegmentTables<TypedTexts>,
    pub(super) near: SegmentTables<NearTable>,
    pub(super) sounds: Arc<SoundCache>,
}

impl Generation {
    pub(super) fn open(name: String, folder: &Path, knowledge: Knowledge) -> Result<Generation, IndexError> {
        let mut index = Index::open_in_dir(folder)?;
        index.set_tokenizers(tokenizer::manager(&knowledge.cutter));
        let (_, fields) = schema::build();
        let reader = index
            .reader_builder()
            .reload_policy(tantivy::ReloadPolicy::Manual)
            .doc_store_cache_num_blocks(16)
            .try_into()?;
        let (typed, near, sounds) = (SegmentTables::default(), SegmentTables::default(), Arc::default());
        let folder = folder.to_owned();
        Ok(Generation { name, folder, index, fields, knowledge, reader, typed, near, sounds })
    }

    /// How long ago it was built; none where the disk does not say.
    pub fn age(&self) -> Option<std::time::Duration> {
        std::fs::metadata(self.folder.join(super::generations::INFO)).ok()?.modified().ok()?.elapsed().ok()
    }

    /// The dictionary its entries were cut with, and its synonyms.
    pub fn words(&self) -> (&Cutter, &Synonyms) {
        (&self.knowledge.cutter, &self.knowledge.synonyms)
    }

    /// Number of the last change the generation holds.
    pub fn last_change(&self) -> Result<u64, IndexError> {
        Ok(self.mark()?.seq)
    }

    /// The last change the generation holds, and of which history it is.
    pub fn mark(&self) -> Result<Mark, IndexError> {
        mark_of(&self.index.load_metas()?).ok_or_else(|| IndexError::Unusable {
            name: self.name.clone(),
            reason: "索引里没有记下变更号".to_owned(),
        })
    }

    /// The state as committed last.
    pub fn snapshot(&self) -> Result<Snapshot, IndexError> {
        let last_change = self.last_change()?;
        self.reader.reload()?;
        let searcher = self.reader.searcher();
        let facts = Arc::new(FactTable::read(searcher.segment_readers())?);
        let statistics = Arc::new(Statistics::read(searcher.segment_readers(), &self.fields, &facts)?);
        let typed = self.typed.of(searcher.segment_readers(), TypedTexts::read)?;
        let near = self.near.of(searcher.segment_readers(), NearTable::read)?;
        let knowledge = self.knowledge.clone();
        let sounds = self.sounds.sounds(&searcher, self.fields);
        let (memory, usage) = (Arc::default(), Arc::default());
        Ok(Snapshot {
            searcher,
            fields: self.fields,
            facts,
            statistics,
            typed,
            near,
            sounds,
            knowledge,
            memory,
            usage,
            last_change,
        })
    }

    /// The vectors it holds.
    pub fn near(&self) -> Option<&NearSet> {
        self.knowledge.near.as_deref()
    }

    /// Applies entries again as they are in the library, whose vectors have
    /// come since; the last change held stays.
    pub fn refresh(&self, library: &Library, ids: &[String]) -> Result<(), IndexError> {
        let mark = self.mark()?;
        let mut writer: IndexWriter = self.index.writer_with_num_threads(1, FOLLOW_HEAP_BYTES)?;
        writer.garbage_collect_files().wait()?;
        let near = self.knowledge.near.as_deref().map(|near| (library, near));
        let mut documents = Documents::new(&self.fields, &self.knowledge.cutter, near);
        for id in ids {
            // What was changed meanwhile is applied when it is followed.
            if let Some(stored) = library.live_entry(id)?.filter(|stored| stored.seq <= mark.seq) {
                apply(&writer, &mut documents, &stored)?;
            }
        }
        commit(&mut writer, &mark)?;
        writer.wait_merging_threads()?;
        Ok(())
    }

    /// Applies the library's changes after the last one held; returns how many.
    /// Only one process at a time can: another gets the engine's lock error.
    pub fn follow(&self, library: &Library) -> Result<u64, IndexError> {
        let since = self.mark()?;
        let mut writer: IndexWriter = self.index.writer_with_num_threads(1, FOLLOW_HEAP_BYTES)?;
        // Whoever was killed before its commit left files under the names that
        // this one will use.
        writer.garbage_collect_files().wait()?;
        let near = self.knowledge.near.as_deref().map(|near| (library, near));
        let mut documents = Documents::new(&self.fields, &self.knowledge.cutter, near);
        let mut applied = 0;
        let last = library.changed_since::<IndexError>(since.seq, |stored| {
            applied += 1;
            apply(&writer, &mut documents, &stored)
        })?;
        if !library.has(&since)? {
            let reason = "知识库刚从备份恢复".to_owned();
            return Err(IndexError::Unusable { name: self.name.clone(), reason });
        }
        if let Some(last) = last {
            commit(&mut writer, &last)?;
        }
        writer.wait_merging_threads()?;
        Ok(applied)
    }
}

pub(super) fn apply(
    writer: &IndexWriter,
    documents: &mut Documents<'_>,
    stored: &StoredEntry,
) -> Result<(), IndexError> {
    writer.delete_term(Term::from_field_text(documents.fields.id, &stored.entry.id));
    if stored.entry.status == Status::Published {
        writer.add_document(documents.of(stored)?)?;
    }
    Ok(())
}

pub(super) fn commit(writer: &mut IndexWriter, last: &Mark) -> Result<(), IndexError> {
    let mut prepared = writer.prepare_commit()?;
    prepared.set_payload(&last.to_string());
    prepared.commit()?;
    Ok(())
}

/// What [`commit`] wrote.
pub(super) fn mark_of(metas: &IndexMeta) -> Option<Mark> {
    metas.payload.as_deref().and_then(|payload| payload.parse().ok())
}
