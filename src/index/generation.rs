//! Generations of the index: each a folder `generation-N` with the engine's
//! files and `generation.json`; `current` names the one in use. A new one is
//! built beside the old and swapped in whole by renaming. The number of the
//! last change applied is in the engine's own commit, so after a kill the
//! indexer goes on exactly there.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use tantivy::{Index, IndexWriter, TantivyDocument, Term};

use super::facts::FactTable;
use super::lists::{Knowledge, Lists};
use super::schema::{self, FORMAT_VERSION, Fields};
use super::scoring::Statistics;
use super::snapshot::Snapshot;
use super::sound::SoundCache;
use super::typed::{TypedTables, TypedWriter};
use super::{IndexError, document, tokenizer};
use crate::entry::Status;
use crate::fault::is_disk_full;
use crate::library::{Library, Mark, StoredEntry};
use crate::ranking::Ranking;
use crate::text::{Cutter, Synonyms};

const CURRENT: &str = "current";
const BUILDING: &str = "building";
const LOCK: &str = "building.lock";
const INFO: &str = "generation.json";
/// Memory of the engine's writer in a full build, split over two threads.
const BUILD_HEAP_BYTES: usize = 200_000_000;
/// Memory of the writer that follows single changes.
const FOLLOW_HEAP_BYTES: usize = 30_000_000;
/// Threads of a full build: the machine we are measured on has two cores.
const BUILD_THREADS: usize = 2;

/// What a generation says of itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GenerationInfo {
    pub format: u32,
    pub program: String,
    pub built_at: String,
    /// BLAKE3 of the copied lists (synonyms, dictionary, ranking), in hexadecimal.
    pub lists_hash: String,
}

/// What a full build did.
#[derive(Debug, Clone, Serialize)]
pub struct Build {
    pub generation: String,
    pub entries: u64,
    pub last_change: u64,
    pub took_ms: u64,
}

/// The index folder.
pub struct Generations {
    folder: PathBuf,
    cutter: Arc<Cutter>,
    /// Where the editors' synonyms and the learned ranking are; where one is
    /// missing, the one we ship is taken.
    corpus: PathBuf,
}

/// Held while a generation is built; let go when dropped or killed.
pub struct BuildLock {
    _file: fs::File,
}

/// An opened generation: hands out snapshots and applies changes. Clones are
/// the same generation.
#[derive(Clone)]
pub struct Generation {
    pub name: String,
    index: Index,
    fields: Fields,
    knowledge: Knowledge,
    reader: tantivy::IndexReader,
    typed: TypedTables,
    sounds: Arc<SoundCache>,
}

impl Generations {
    /// The generations in a folder, which is made when first built, with the
    /// synonyms of a corpus folder.
    pub fn new(folder: &Path, corpus: &Path, cutter: Arc<Cutter>) -> Generations {
        Generations { folder: folder.to_owned(), cutter, corpus: corpus.to_owned() }
    }

    fn io(&self, source: std::io::Error) -> IndexError {
        IndexError::Io { path: self.folder.clone(), source }
    }

    /// Name of the generation in use; `None` where there is none.
    pub fn current_name(&self) -> Result<Option<String>, IndexError> {
        match fs::read_to_string(self.folder.join(CURRENT)) {
            Ok(name) => Ok(Some(name.trim().to_owned())),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            // Not even text: what it names is unusable, and is rebuilt.
            Err(error) if error.kind() == std::io::ErrorKind::InvalidData => Ok(Some(String::new())),
            Err(error) => Err(self.io(error)),
        }
    }

    /// Opens the generation in use; `None` where there is none yet. One that is
    /// damaged or of another format is an error: the caller rebuilds.
    pub fn open(&self) -> Result<Option<Generation>, IndexError> {
        let Some(name) = self.current_name()? else { return Ok(None) };
        let folder = self.folder.join(&name);
        let unusable = |reason: String| IndexError::Unusable { name: name.clone(), reason };
        let info = fs::read(folder.join(INFO)).map_err(|error| unusable(error.to_string()))?;
        let info: GenerationInfo =
            serde_json::from_slice(&info).map_err(|error| unusable(error.to_string()))?;
        if info.format != FORMAT_VERSION {
            return Err(unusable(format!("格式是 {}，本程序用 {FORMAT_VERSION}", info.format)));
        }
        let damaged = Index::open_in_dir(&folder)
            .and_then(|index| index.validate_checksum())
            .map_err(|error| unusable(error.to_string()))?;
        if let Some(file) = damaged.iter().next() {
            return Err(unusable(format!("文件 {} 已损坏", file.display())));
        }
        let lists = Lists::read(&folder).map_err(|error| unusable(error.to_string()))?;
        if lists.hash() != info.lists_hash {
            return Err(unusable("同义词表、词典或排序权重已损坏".to_owned()));
        }
        let ranking = Ranking::parse(&lists.ranking).map_err(|error| unusable(error.to_string()))?;
        let knowledge = Knowledge {
            cutter: lists.cutter(&self.cutter),
            synonyms: Arc::new(Synonyms::parse(&lists.synonyms).0),
            ranking: Arc::new(ranking),
        };
        Generation::open(name.clone(), &folder, knowledge)
            .map(Some)
            .map_err(|error| unusable(error.to_string()))
    }

    /// Builds a new generation from the whole library and swaps it in.
    /// `progress` is told how many entries are done.
    pub fn build(
        &self,
        _only_builder: &BuildLock,
        library: &Library,
        mut progress: impl FnMut(u64),
    ) -> Result<Build, IndexError> {
        let began = std::time::Instant::now();
        let building = self.folder.join(format!("{BUILDING}-{}", std::process::id()));
        self.remove_leftovers()?;
        fs::create_dir_all(&building).map_err(|error| self.io(error))?;
        let (schema, fields) = schema::build();
        let mut index = Index::create_in_dir(&building, schema)?;
        let lists = Lists::for_build(&self.corpus)?;
        let cutter = lists.cutter(&self.cutter);
        index.set_tokenizers(tokenizer::manager(&cutter));
        let mut writer: IndexWriter = index.writer_with_num_threads(BUILD_THREADS, BUILD_HEAP_BYTES)?;
        let mut typed = TypedWriter::new(&cutter);
        let mut done = 0;
        let last = library.changed_since::<IndexError>(0, |stored| {
            if stored.entry.status == Status::Published {
                writer.add_document(document::of_entry(&fields, &mut typed, &stored)?)?;
                done += 1;
                if done % 1000 == 0 {
                    progress(done);
                }
            }
            Ok(())
        })?;
        let last = last.unwrap_or(Mark::START);
        commit(&mut writer, &last)?;
        writer.wait_merging_threads()?;
        lists.write(&building).map_err(|error| self.io(error))?;
        let info = GenerationInfo {
            lists_hash: lists.hash(),
            format: FORMAT_VERSION,
            program: env!("CARGO_PKG_VERSION").to_owned(),
            built_at: jiff::Timestamp::now().to_string(),
        };
        write_durably(&building.join(INFO), &serde_json::to_vec_pretty(&info)?)
            .map_err(|error| self.io(error))?;
        let generation = self.swap_in(&building)?;
        Ok(Build {
            generation,
            entries: done,
            last_change: last.seq,
            took_ms: began.elapsed().as_millis() as u64,
        })
    }

    /// Renames a finished build to the next generation, points `current` at it
    /// and removes the older ones.
    fn swap_in(&self, building: &Path) -> Result<String, IndexError> {
        let newest = self.names()?.into_iter().map(|(number, _)| number).max().unwrap_or(0);
        let name = format!("generation-{:06}", newest + 1);
        let swap = || -> std::io::Result<()> {
            fs::rename(building, self.folder.join(&name))?;
            let next = self.folder.join("current.next");
            write_durably(&next, name.as_bytes())?;
            fs::rename(&next, self.folder.join(CURRENT))?;
            fs::File::open(&self.folder)?.sync_all()
        };
        swap().map_err(|error| self.io(error))?;
        for (_, old) in self.names()?.into_iter().filter(|(_, old)| *old != name) {
            // A reader may still hold its files open; what cannot go now goes next time.
            let _ = fs::remove_dir_all(self.folder.join(old));
        }
        Ok(name)
    }

    /// Waits until no other process builds here, and keeps them waiting.
    pub fn lock(&self) -> Result<BuildLock, IndexError> {
        let lock = || -> std::io::Result<BuildLock> {
            fs::create_dir_all(&self.folder)?;
            let file = fs::File::create(self.folder.join(LOCK))?;
            file.lock()?;
            Ok(BuildLock { _file: file })
        };
        lock().map_err(|error| self.io(error))
    }

    /// Clears away what a failed build wrote, which may be what fills the disk.
    pub fn give_up(&self, error: IndexError) -> IndexError {
        let error = self.explain(error);
        let _ = self.remove_leftovers();
        error
    }

    /// The engine's threads do not say why they failed: whether the disk is full
    /// is tried out.
    pub fn explain(&self, error: IndexError) -> IndexError {
        let probe = self.folder.join(format!("probe-{}", std::process::id()));
        let is_full = write_durably(&probe, &[0; 64 * 1024]).is_err_and(|error| is_disk_full(&error));
        let _ = fs::remove_file(&probe);
        match error {
            IndexError::Engine(_) if is_full => IndexError::DiskFull,
            error => error,
        }
    }

    fn names(&self) -> Result<Vec<(u64, String)>, IndexError> {
        let mut names = Vec::new();
        for item in fs::read_dir(&self.folder).map_err(|error| self.io(error))? {
            let name = item.map_err(|error| self.io(error))?.file_name().to_string_lossy().into_owned();
            if let Some(number) = name.strip_prefix("generation-").and_then(|number| number.parse().ok()) {
                names.push((number, name));
            }
        }
        Ok(names)
    }

    /// Removes what a killed build left.
    fn remove_leftovers(&self) -> Result<(), IndexError> {
        for item in fs::read_dir(&self.folder).map_err(|error| self.io(error))? {
            let item = item.map_err(|error| self.io(error))?;
            let is_folder = item.file_type().is_ok_and(|kind| kind.is_dir());
            if is_folder && item.file_name().to_string_lossy().starts_with(BUILDING) {
                fs::remove_dir_all(item.path()).map_err(|error| self.io(error))?;
            }
        }
        Ok(())
    }
}

impl Generation {
    fn open(name: String, folder: &Path, knowledge: Knowledge) -> Result<Generation, IndexError> {
        let mut index = Index::open_in_dir(folder)?;
        index.set_tokenizers(tokenizer::manager(&knowledge.cutter));
        let (_, fields) = schema::build();
        let reader = index
            .reader_builder()
            .reload_policy(tantivy::ReloadPolicy::Manual)
            .doc_store_cache_num_blocks(16)
            .try_into()?;
        let (typed, sounds) = (TypedTables::default(), Arc::default());
        Ok(Generation { name, index, fields, knowledge, reader, typed, sounds })
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
        let payload = self.index.load_metas()?.payload;
        payload.as_deref().and_then(|payload| payload.parse().ok()).ok_or_else(|| IndexError::Unusable {
            name: self.name.clone(),
            reason: "索引里没有记下变更号".to_owned(),
        })
    }

    /// The state as committed last.
    pub fn snapshot(&self) -> Result<Snapshot, IndexError> {
        let last_change = self.last_change()?;
        self.reader.reload()?;
        let searcher = self.reader.searcher();
        let facts = FactTable::read(searcher.segment_readers())?;
        let statistics = Statistics::read(searcher.segment_readers(), &self.fields)?;
        let typed = self.typed.of(searcher.segment_readers())?;
        let knowledge = self.knowledge.clone();
        let sounds = self.sounds.sounds(&searcher, self.fields);
        let (memory, usage) = (Arc::default(), Arc::default());
        Ok(Snapshot {
            searcher,
            fields: self.fields,
            facts,
            statistics,
            typed,
            sounds,
            knowledge,
            memory,
            usage,
            last_change,
        })
    }

    /// Applies the library's changes after the last one held; returns how many.
    /// Only one process at a time can: another gets the engine's lock error.
    pub fn follow(&self, library: &Library) -> Result<u64, IndexError> {
        let since = self.mark()?;
        let mut writer: IndexWriter = self.index.writer_with_num_threads(1, FOLLOW_HEAP_BYTES)?;
        let mut typed = TypedWriter::new(&self.knowledge.cutter);
        let mut applied = 0;
        let last = library.changed_since::<IndexError>(since.seq, |stored| {
            applied += 1;
            apply(&writer, &self.fields, &mut typed, &stored)
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

fn apply(
    writer: &IndexWriter,
    fields: &Fields,
    typed: &mut TypedWriter<'_>,
    stored: &StoredEntry,
) -> Result<(), IndexError> {
    writer.delete_term(Term::from_field_text(fields.id, &stored.entry.id));
    if stored.entry.status == Status::Published {
        let document: TantivyDocument = document::of_entry(fields, typed, stored)?;
        writer.add_document(document)?;
    }
    Ok(())
}

fn commit(writer: &mut IndexWriter, last: &Mark) -> Result<(), IndexError> {
    let mut prepared = writer.prepare_commit()?;
    prepared.set_payload(&last.to_string());
    prepared.commit()?;
    Ok(())
}

pub(super) fn write_durably(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    use std::io::Write;
    let mut file = fs::File::create(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}
