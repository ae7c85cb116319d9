//! Building a generation from the whole library, beside the one in use.

use std::fs;
use std::sync::atomic::{AtomicBool, Ordering};

use serde::Serialize;
use tantivy::{Index, IndexWriter};

use super::document::Documents;
use super::generation::commit;
use super::generations::{BUILDING, BuildLock, GenerationInfo, Generations, INFO, WAITING, write_durably};
use super::lists::Lists;
use super::near::NearSet;
use super::schema::{self, FORMAT_VERSION};
use super::{IndexError, tokenizer};
use crate::entry::Status;
use crate::fault::is_disk_full;
use crate::library::{Library, Mark};

/// Memory of the engine's writer in a full build, split over two threads.
const BUILD_HEAP_BYTES: usize = 200_000_000;
/// Threads of a full build: the machine we are measured on has two cores.
const BUILD_THREADS: usize = 2;
/// Entries between two reports of how far it is, and looks at the stop signal.
const REPORT_EVERY: u64 = 1000;

/// What has to fit for a disk not to be called full: a writer that fails takes
/// away its last files, and so leaves some room.
const PROBE_BYTES: usize = 16 * 1024 * 1024;

/// What a full build did.
#[derive(Debug, Clone, Serialize)]
pub struct Build {
    pub generation: String,
    pub entries: u64,
    pub last_change: u64,
    pub took_ms: u64,
}

impl Generations {
    /// Builds a generation from the whole library and leaves it beside the one
    /// in use. `progress` is told how many entries are done. Once `stop` is set
    /// the build ends with [`IndexError::Cancelled`] and leaves nothing.
    pub fn build(
        &self,
        _only_builder: &BuildLock,
        library: &Library,
        stop: &AtomicBool,
        mut progress: impl FnMut(u64),
    ) -> Result<Build, IndexError> {
        let began = std::time::Instant::now();
        self.remove_leftovers()?;
        let building = self.folder.join(format!("{BUILDING}-{}", std::process::id()));
        fs::create_dir_all(&building).map_err(|error| self.io(error))?;
        let (schema, fields) = schema::build();
        let mut index = Index::create_in_dir(&building, schema)?;
        let near = library.vector_set()?.map(NearSet::from);
        let lists = Lists::for_build(&self.corpus, library.curation()?.words())?;
        let cutter = lists.cutter(&self.cutter);
        index.set_tokenizers(tokenizer::manager(&cutter));
        let mut writer: IndexWriter = index.writer_with_num_threads(BUILD_THREADS, BUILD_HEAP_BYTES)?;
        let mut documents = Documents::new(&fields, &cutter, near.as_ref().map(|near| (library, near)));
        let mut entries = 0;
        let written = library.changed_since::<IndexError>(0, |stored| {
            if stored.entry.status == Status::Published {
                writer.add_document(documents.of(&stored)?)?;
                entries += 1;
                if entries % REPORT_EVERY == 0 {
                    progress(entries);
                }
            }
            if stop.load(Ordering::Relaxed) { Err(IndexError::Cancelled) } else { Ok(()) }
        });
        let last = match written {
            Ok(last) => last.unwrap_or(Mark::START),
            Err(error) => {
                drop(writer);
                self.remove_leftovers()?;
                return Err(error);
            }
        };
        commit(&mut writer, &last)?;
        writer.wait_merging_threads()?;
        lists.write(&building).map_err(|error| self.io(error))?;
        let info = GenerationInfo {
            lists_hash: lists.hash(),
            format: FORMAT_VERSION,
            program: env!("CARGO_PKG_VERSION").to_owned(),
            vectors: near.clone(),
            built_at: jiff::Timestamp::now().to_string(),
        };
        let newest = self.names()?.into_iter().map(|(number, _)| number).max().unwrap_or(0);
        let generation = format!("generation-{:06}", newest + 1);
        let finish = || -> std::io::Result<()> {
            write_durably(&building.join(INFO), &serde_json::to_vec_pretty(&info)?)?;
            write_durably(&building.join(WAITING), b"")?;
            fs::rename(&building, self.folder.join(&generation))?;
            fs::File::open(&self.folder)?.sync_all()
        };
        finish().map_err(|error| self.io(error))?;
        let took_ms = began.elapsed().as_millis() as u64;
        Ok(Build { generation, entries, last_change: last.seq, took_ms })
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
        let is_full = write_durably(&probe, &vec![0; PROBE_BYTES]).is_err_and(|error| is_disk_full(&error));
        let _ = fs::remove_file(&probe);
        match error {
            IndexError::Engine(_) if is_full => IndexError::DiskFull,
            error => error,
        }
    }
}
