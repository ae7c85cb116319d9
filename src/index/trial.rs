//! A change tried on a copy of a generation. The engine's files never change
//! once written, so the copy is made of hard links and costs nothing; what it
//! writes are files of its own, and the folder goes with it.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tantivy::IndexWriter;
use tantivy::merge_policy::NoMergePolicy;

use super::IndexError;
use super::document::{Documents, ShownEntry};
use super::generation::{FOLLOW_HEAP_BYTES, Generation, apply, commit};
use super::lists::Knowledge;
use super::snapshot::Snapshot;
use super::succession::place_of;
use crate::entry::{Entry, Status};
use crate::library::{Mark, StoredEntry};

/// What the copies' folders begin with, below the index folder.
pub(super) const TRIED: &str = "trial";
/// The follower may merge files away while they are linked: tries to get a
/// whole copy.
const MOST_TRIES: usize = 5;
/// What the engine says of its state: the one file it replaces.
const METAS: &str = "meta.json";

static NUMBER: AtomicU64 = AtomicU64::new(0);

/// A copied generation with one change.
pub struct Trial {
    copy: Generation,
    _folder: Folder,
}

/// Removed when dropped.
struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        // What stays goes with the next build's leftovers.
        let _ = fs::remove_dir_all(&self.0);
    }
}

impl Trial {
    /// Tries an entry in the place of the one with its id: a draft as if it were
    /// published, a retired one gone.
    pub fn of_entry(generation: &Generation, entry: &Entry) -> Result<Trial, IndexError> {
        let entry = match entry.status {
            Status::Draft | Status::Review => Entry { status: Status::Published, ..entry.clone() },
            Status::Published | Status::Retired => entry.clone(),
        };
        let trial = Trial::copied(generation, generation.knowledge.clone())?;
        trial.write([entry])?;
        Ok(trial)
    }

    /// Tries words in the dictionary: these entries are cut anew, and questions
    /// likewise. It tells what a rebuild would as far as they are all that hold
    /// one of the words.
    pub fn of_words(
        generation: &Generation,
        words: &[String],
        entries: impl IntoIterator<Item = Entry>,
    ) -> Result<Trial, IndexError> {
        let cutter = Arc::new(generation.knowledge.cutter.with_words(words));
        let trial = Trial::copied(generation, Knowledge { cutter, ..generation.knowledge.clone() })?;
        trial.write(entries)?;
        Ok(trial)
    }

    fn write(&self, entries: impl IntoIterator<Item = Entry>) -> Result<(), IndexError> {
        let copy = &self.copy;
        let seq = copy.last_change()? + 1;
        let mut writer: IndexWriter = copy.index.writer_with_num_threads(1, FOLLOW_HEAP_BYTES)?;
        writer.set_merge_policy(Box::new(NoMergePolicy));
        // Judged by words: no question of the gate is asked by meaning.
        let mut documents = Documents::new(&copy.fields, &copy.knowledge.cutter, None);
        let searcher = copy.reader.searcher();
        for entry in entries {
            let place = place_of(searcher.segment_readers(), &entry.id)?;
            let shown = place.map(|place| ShownEntry::at(&searcher, &copy.fields, place)).transpose()?;
            let stored = StoredEntry {
                seq,
                version: 1,
                updated_at: String::new(),
                updated_by: String::new(),
                entry,
                origin: shown.and_then(|shown| shown.origin),
            };
            apply(&writer, &mut documents, &stored)?;
        }
        commit(&mut writer, &Mark { seq, digest: None })
    }

    /// The state with the change.
    pub fn snapshot(&self) -> Result<Snapshot, IndexError> {
        self.copy.snapshot()
    }

    fn copied(generation: &Generation, knowledge: Knowledge) -> Result<Trial, IndexError> {
        let mut tries = 1;
        loop {
            match Trial::copied_once(generation, knowledge.clone()) {
                Err(_) if tries < MOST_TRIES => tries += 1,
                copied => return copied,
            }
        }
    }

    fn copied_once(generation: &Generation, knowledge: Knowledge) -> Result<Trial, IndexError> {
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("{TRIED}-{}-{number}", std::process::id());
        let folder = Folder(generation.folder.with_file_name(&name));
        link(&generation.folder, &folder.0)
            .map_err(|source| IndexError::Io { path: folder.0.clone(), source })?;
        let opened = Generation::open(name, &folder.0, knowledge)?;
        // The tables of the segments they share are read once.
        let (typed, near) = (generation.typed.clone(), generation.near.clone());
        let sounds = Arc::clone(&generation.sounds);
        Ok(Trial { copy: Generation { typed, near, sounds, ..opened }, _folder: folder })
    }
}

/// Links a generation's files, all but its locks: a linked lock would be the
/// same lock.
fn link(from: &Path, to: &Path) -> std::io::Result<()> {
    fs::create_dir_all(to)?;
    // First, so that what it names is linked after it.
    fs::copy(from.join(METAS), to.join(METAS))?;
    for item in fs::read_dir(from)? {
        let item = item?;
        let name = item.file_name();
        let text = name.to_string_lossy();
        if text == METAS || text.ends_with(".lock") || text.ends_with(".tmp") {
            continue;
        }
        match fs::hard_link(item.path(), to.join(&name)) {
            // Merged away since it was listed; if the state needs it, opening fails.
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            linked => linked?,
        }
    }
    Ok(())
}
