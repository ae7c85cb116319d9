//! The index folder: generations, each a folder `generation-N` with the
//! engine's files and `generation.json`; `current` names the one in use. A new
//! one is built beside it and put in its place by renaming one file. Earlier
//! ones stay, so that a person can go back at once; one that the gate holds
//! back waits beside them.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use tantivy::Index;

use super::IndexError;
use super::generation::{Generation, mark_of};
use super::lists::{Knowledge, Lists};
use super::near::NearSet;
use super::schema::FORMAT_VERSION;
use super::trial::TRIED;
use crate::ranking::Ranking;
use crate::text::{Cutter, Synonyms};

const CURRENT: &str = "current";
pub(super) const BUILDING: &str = "building";
const LOCK: &str = "building.lock";
const JOBS_LOCK: &str = "jobs.lock";
pub(super) const INFO: &str = "generation.json";
/// In the folder of a generation that never was in use: why it waits. Empty
/// where its build or its replay was killed.
pub(super) const WAITING: &str = "waiting.txt";
/// Earlier generations that stay beside the one in use, the newest of them:
/// some 200 MB of disk each for 160,000 entries.
pub const EARLIER_KEPT: usize = 3;

/// What a generation says of itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GenerationInfo {
    pub format: u32,
    pub program: String,
    pub built_at: String,
    /// BLAKE3 of the copied lists (synonyms, dictionary, ranking), in hexadecimal.
    pub lists_hash: String,
    /// The vectors it was built with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vectors: Option<NearSet>,
}

/// What a generation is to the index folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    InUse,
    /// Built, and held back until a person lets it in.
    Waiting,
    /// Was in use before.
    Earlier,
}

/// A generation as it is listed.
#[derive(Debug, Clone, Serialize)]
pub struct Listed {
    pub name: String,
    pub standing: Standing,
    /// None where it cannot be read.
    #[serde(flatten)]
    pub info: Option<GenerationInfo>,
    pub entries: Option<u64>,
    pub last_change: Option<u64>,
    /// Why it waits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub waits_for: Option<String>,
}

/// The index folder.
pub struct Generations {
    pub(super) folder: PathBuf,
    pub(super) cutter: Arc<Cutter>,
    /// Where the editors' synonyms and the learned ranking are; where one is
    /// missing, the one we ship is taken.
    pub(super) corpus: PathBuf,
}

/// Held while a generation is built, judged or put in use; let go when dropped
/// or killed.
pub struct BuildLock {
    _file: fs::File,
}

impl Generations {
    /// The generations in a folder, which is made when first built, with the
    /// synonyms of a corpus folder.
    pub fn new(folder: &Path, corpus: &Path, cutter: Arc<Cutter>) -> Generations {
        Generations { folder: folder.to_owned(), cutter, corpus: corpus.to_owned() }
    }

    pub(super) fn io(&self, source: std::io::Error) -> IndexError {
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
        self.current_name()?.map(|name| self.open_named(&name)).transpose()
    }

    /// Opens a generation by its name. One that is damaged or of another format
    /// is an error.
    pub fn open_named(&self, name: &str) -> Result<Generation, IndexError> {
        let folder = self.folder.join(name);
        let unusable = |reason: String| IndexError::Unusable { name: name.to_owned(), reason };
        let info = read_info(&folder).map_err(unusable)?;
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
        let weights = |text: &str| Ranking::parse(text).map_err(|error| unusable(error.to_string()));
        let (ranking, by_meaning) = (weights(&lists.ranking)?, weights(&lists.ranking_by_meaning)?);
        let knowledge = Knowledge {
            cutter: lists.cutter(&self.cutter),
            synonyms: Arc::new(Synonyms::parse(&lists.synonyms).0),
            synonyms_text: lists.synonyms.into(),
            ranking: Arc::new(ranking),
            ranking_by_meaning: Arc::new(by_meaning),
            near: info.vectors.map(Arc::new),
        };
        Generation::open(name.to_owned(), &folder, knowledge).map_err(|error| unusable(error.to_string()))
    }

    /// Every generation that is there, the newest first.
    pub fn list(&self) -> Result<Vec<Listed>, IndexError> {
        let mut names = self.names()?;
        names.sort_unstable_by(|a, b| b.cmp(a));
        let current = self.current_name()?;
        Ok(names.into_iter().map(|(_, name)| self.listed(name, current.as_deref())).collect())
    }

    fn listed(&self, name: String, current: Option<&str>) -> Listed {
        let folder = self.folder.join(&name);
        let metas = Index::open_in_dir(&folder).and_then(|index| index.load_metas()).ok();
        let waits_for = fs::read_to_string(folder.join(WAITING)).ok();
        let standing = match waits_for {
            _ if Some(name.as_str()) == current => Standing::InUse,
            Some(_) => Standing::Waiting,
            None => Standing::Earlier,
        };
        Listed {
            info: read_info(&folder).ok(),
            entries: metas
                .as_ref()
                .map(|metas| metas.segments.iter().map(|segment| u64::from(segment.num_docs())).sum()),
            last_change: metas.as_ref().and_then(mark_of).map(|mark| mark.seq),
            waits_for: waits_for.filter(|_| standing == Standing::Waiting),
            standing,
            name,
        }
    }

    /// Puts a generation in use; the one before stays. It is in use wholly or
    /// not at all, whenever this is killed.
    pub fn activate(&self, _only_one: &BuildLock, name: &str) -> Result<(), IndexError> {
        let swap = || -> std::io::Result<()> {
            let next = self.folder.join("current.next");
            write_durably(&next, name.as_bytes())?;
            fs::rename(&next, self.folder.join(CURRENT))?;
            fs::File::open(&self.folder)?.sync_all()
        };
        swap().map_err(|error| self.io(error))?;
        self.forget_waiting(name)?;
        self.remove_beyond_kept()
    }

    /// Leaves a generation that was just built waiting, and says why.
    pub fn hold_back(&self, _only_one: &BuildLock, name: &str, why: &str) -> Result<(), IndexError> {
        write_durably(&self.folder.join(name).join(WAITING), why.as_bytes())
            .map_err(|error| self.io(error))?;
        self.remove_beyond_kept()
    }

    /// Removes a generation that was just built and is not wanted.
    pub fn discard(&self, _only_one: &BuildLock, name: &str) -> Result<(), IndexError> {
        fs::remove_dir_all(self.folder.join(name)).map_err(|error| self.io(error))
    }

    fn forget_waiting(&self, name: &str) -> Result<(), IndexError> {
        match fs::remove_file(self.folder.join(name).join(WAITING)) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(self.io(error)),
            _ => Ok(()),
        }
    }

    /// Removes the generations that are too old to be gone back to, and all
    /// that wait but the newest.
    fn remove_beyond_kept(&self) -> Result<(), IndexError> {
        let (waiting, earlier): (Vec<_>, Vec<_>) = self
            .list()?
            .into_iter()
            .filter(|listed| listed.standing != Standing::InUse)
            .partition(|listed| listed.standing == Standing::Waiting);
        for old in waiting.into_iter().skip(1).chain(earlier.into_iter().skip(EARLIER_KEPT)) {
            // A reader may still hold its files open; what cannot go now goes next time.
            let _ = fs::remove_dir_all(self.folder.join(old.name));
        }
        Ok(())
    }

    /// The same at once; `None` where another one builds.
    pub fn try_lock(&self) -> Result<Option<BuildLock>, IndexError> {
        self.try_lock_file(LOCK)
    }

    /// Held by the one process that carries out jobs; `None` where another does.
    pub fn try_lock_jobs(&self) -> Result<Option<BuildLock>, IndexError> {
        self.try_lock_file(JOBS_LOCK)
    }

    fn try_lock_file(&self, name: &str) -> Result<Option<BuildLock>, IndexError> {
        let file = fs::create_dir_all(&self.folder)
            .and_then(|()| fs::File::create(self.folder.join(name)))
            .map_err(|error| self.io(error))?;
        match file.try_lock() {
            Ok(()) => Ok(Some(BuildLock { _file: file })),
            Err(fs::TryLockError::WouldBlock) => Ok(None),
            Err(fs::TryLockError::Error(error)) => Err(self.io(error)),
        }
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

    pub(super) fn names(&self) -> Result<Vec<(u64, String)>, IndexError> {
        let items = match fs::read_dir(&self.folder) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            items => items.map_err(|error| self.io(error))?,
        };
        let mut names = Vec::new();
        for item in items {
            let name = item.map_err(|error| self.io(error))?.file_name().to_string_lossy().into_owned();
            if let Some(number) = name.strip_prefix("generation-").and_then(|number| number.parse().ok()) {
                names.push((number, name));
            }
        }
        Ok(names)
    }

    /// Removes what a killed build left: unfinished ones, and one that was
    /// built but neither let in nor held back.
    pub(super) fn remove_leftovers(&self) -> Result<(), IndexError> {
        for item in fs::read_dir(&self.folder).map_err(|error| self.io(error))? {
            let item = item.map_err(|error| self.io(error))?;
            let is_folder = item.file_type().is_ok_and(|kind| kind.is_dir());
            let name = item.file_name().to_string_lossy().into_owned();
            if is_folder && (name.starts_with(BUILDING) || name.starts_with(TRIED)) {
                fs::remove_dir_all(item.path()).map_err(|error| self.io(error))?;
            }
        }
        for listed in self.list()? {
            match listed.waits_for.as_deref() {
                Some("") => {
                    fs::remove_dir_all(self.folder.join(&listed.name)).map_err(|error| self.io(error))?
                }
                // Killed between being put in use and being remembered as such.
                None if listed.standing == Standing::InUse => self.forget_waiting(&listed.name)?,
                _ => {}
            }
        }
        Ok(())
    }
}

fn read_info(folder: &Path) -> Result<GenerationInfo, String> {
    let info = fs::read(folder.join(INFO)).map_err(|error| error.to_string())?;
    serde_json::from_slice(&info).map_err(|error| error.to_string())
}

pub(super) fn write_durably(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    use std::io::Write;
    let mut file = fs::File::create(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}
