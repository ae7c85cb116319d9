//! Backing up while others read and write: the database as one reader sees it
//! at one moment, the journal as another does, and the editors' files of the
//! corpus folder, in one file. It
//! is written under another name and renamed, so the file is whole or absent.

use std::fs::{self, File};
use std::io::{self, BufReader, BufWriter};
use std::path::{Path, PathBuf};

use rusqlite::{Connection, OpenFlags};

use super::archive::{self, BackupHead, Packing};
use super::{DATABASE_FILE, Library, LibraryError};
use crate::fault::Said;
use crate::journal::{JOURNAL_FILE, Journal, JournalError};

/// What can go wrong with a backup.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    #[error("{path} 已经有了；要盖掉它请加 --overwrite")]
    Exists { path: PathBuf },
    #[error("另一个 jida backup 正在写 {path}")]
    Busy { path: PathBuf },
    #[error("{path} 写不了：{}", Said(source))]
    Write { path: PathBuf, source: io::Error },
    #[error("{path} 读不了：{}", Said(source))]
    Read { path: PathBuf, source: io::Error },
    #[error("文件名 {path} 不是 UTF-8，备不了份；请改名")]
    Name { path: PathBuf },
    #[error("知识库数据库 {path} 已损坏：{reason}；请从较早的备份恢复")]
    Database { path: PathBuf, reason: String },
    #[error("{path} 不是即答的备份")]
    Foreign { path: PathBuf },
    #[error("备份 {path} 不完整，后面缺了一截；请另取一份")]
    Truncated { path: PathBuf },
    #[error("备份 {path} 已损坏，校验和对不上；请另取一份")]
    Damaged { path: PathBuf },
    #[error("备份 {path} 是较新的即答 {program} 做的，请用那个版本恢复")]
    Newer { path: PathBuf, program: String },
    #[error("{path} 里已经有知识库；要换掉它请加 --replace，原来的会移到一旁，不会删除")]
    Holds { path: PathBuf },
    #[error("另一个 jida restore 正在恢复 {path}")]
    Restoring { path: PathBuf },
    #[error(transparent)]
    Library(#[from] LibraryError),
    #[error(transparent)]
    Journal(#[from] JournalError),
}

/// What to do about something that is in the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Existing {
    Refuse,
    Replace,
}

/// A backup that was made.
#[derive(Debug)]
pub struct Backup {
    pub head: BackupHead,
    /// The editors' files in it.
    pub files: u64,
    pub bytes: u64,
}

/// Backs a corpus folder up into one file.
pub fn back_up(corpus: &Path, to: &Path, existing: Existing) -> Result<Backup, BackupError> {
    if existing == Existing::Refuse && to.exists() {
        return Err(BackupError::Exists { path: to.to_owned() });
    }
    let library = Library::open_existing(corpus)?;
    let partial = beside(to, "partial");
    let failed = |source| BackupError::Write { path: partial.clone(), source };
    let file = File::options().write(true).create(true).truncate(false).open(&partial).map_err(failed)?;
    file.try_lock().map_err(|_| BackupError::Busy { path: to.to_owned() })?;
    let copy = beside(to, "database");
    let made = write(&library, corpus, &copy, &file, &partial).and_then(|made| {
        let renamed = fs::rename(&partial, to).and_then(|()| sync_folder_of(to));
        renamed.map_err(|source| BackupError::Write { path: to.to_owned(), source })?;
        Ok(made)
    });
    let _ = fs::remove_file(&copy);
    let _ = fs::remove_file(journal_beside(&copy));
    if made.is_err() {
        let _ = fs::remove_file(&partial);
    }
    made
}

/// A hidden name in the same folder.
fn beside(to: &Path, ending: &str) -> PathBuf {
    let name = to.file_name().unwrap_or_default().to_string_lossy();
    to.with_file_name(format!(".{name}.{ending}"))
}

fn sync_folder_of(path: &Path) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}

fn write(
    library: &Library,
    corpus: &Path,
    copy: &Path,
    to: &File,
    partial: &Path,
) -> Result<Backup, BackupError> {
    let failed = |source| BackupError::Write { path: partial.to_owned(), source };
    let head = BackupHead::now(library.copy_to(copy)?);
    to.set_len(0).map_err(failed)?;
    let mut packing = Packing::begin(BufWriter::new(to), &head).map_err(failed)?;
    let database = File::open(copy).map_err(failed)?;
    let bytes = database.metadata().map_err(failed)?.len();
    packing.add(archive::DATABASE, bytes, BufReader::new(database)).map_err(failed)?;
    let journal = journal_beside(copy);
    let _ = fs::remove_file(&journal);
    if Journal::new(corpus, false).copy_to(&journal)? {
        let file = File::open(&journal).map_err(failed)?;
        let bytes = file.metadata().map_err(failed)?.len();
        packing.add(archive::JOURNAL, bytes, BufReader::new(file)).map_err(failed)?;
    }
    let files = editors_files(corpus)?;
    for path in &files {
        let content = fs::read(path).map_err(|source| BackupError::Read { path: path.clone(), source })?;
        let below = path.strip_prefix(corpus).unwrap_or(path);
        let below = below.to_str().ok_or_else(|| BackupError::Name { path: path.clone() })?;
        let name = format!("{}/{below}", archive::FILES);
        packing.add(&name, content.len() as u64, content.as_slice()).map_err(failed)?;
    }
    packing.finish().and_then(|file| file.into_inner().map_err(io::Error::from)).map_err(failed)?;
    to.sync_all().map_err(failed)?;
    let bytes = to.metadata().map_err(failed)?.len();
    Ok(Backup { head, files: files.len() as u64, bytes })
}

/// Where the copy of the journal stands meanwhile.
fn journal_beside(copy: &Path) -> PathBuf {
    copy.with_extension("journal")
}

/// Everything an editor keeps below the corpus folder: no hidden files, no
/// database, no index, in sorted order.
fn editors_files(corpus: &Path) -> Result<Vec<PathBuf>, BackupError> {
    let walk = walkdir::WalkDir::new(corpus).sort_by_file_name().into_iter();
    let kept = |item: &walkdir::DirEntry| item.depth() == 0 || is_editors(item.path(), item.depth());
    let mut files = Vec::new();
    for item in walk.filter_entry(kept) {
        let item = item.map_err(|error| {
            let path = error.path().unwrap_or(corpus).to_owned();
            let source = error.into_io_error().unwrap_or_else(|| io::Error::other("文件夹里有循环链接"));
            BackupError::Read { path, source }
        })?;
        if item.file_type().is_file() {
            files.push(item.path().to_owned());
        }
    }
    Ok(files)
}

/// Whether something below the corpus folder is the editors' (`depth` 1: in the
/// folder itself).
pub(super) fn is_editors(path: &Path, depth: usize) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let is_database = depth == 1 && (name.starts_with(DATABASE_FILE) || name.starts_with(JOURNAL_FILE));
    let is_index = path.join("building.lock").exists();
    !name.starts_with('.') && !is_database && !is_index
}

impl Library {
    /// Copies the database as it stands at this moment, others reading and
    /// writing meanwhile. Returns the number of the copy's last change.
    pub(super) fn copy_to(&self, path: &Path) -> Result<u64, BackupError> {
        match fs::remove_file(path) {
            Err(source) if source.kind() != io::ErrorKind::NotFound => {
                return Err(BackupError::Write { path: path.to_owned(), source });
            }
            _ => {}
        }
        let name = path.to_str().ok_or_else(|| BackupError::Name { path: path.to_owned() })?;
        self.connection.execute("VACUUM INTO ?1", [name]).map_err(LibraryError::from)?;
        let copy = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY);
        let copy = copy.map_err(LibraryError::from)?;
        let health: String =
            copy.query_row("PRAGMA quick_check(1)", [], |row| row.get(0)).map_err(LibraryError::from)?;
        if health != "ok" {
            return Err(BackupError::Database { path: self.path.clone(), reason: health });
        }
        let sql = "SELECT COALESCE(MAX(seq), 0) FROM revision";
        Ok(copy.query_row(sql, [], |row| row.get(0)).map_err(LibraryError::from)?)
    }
}
