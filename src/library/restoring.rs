//! Restoring a backup: all or nothing, also when killed. Everything is unpacked
//! and checked below `.restoring/` first; once `.restoring/state` stands there,
//! the restoring will be done to its end by whoever opens the library next.
//! The database is filled in one transaction, so a server that has it open
//! goes on with what was restored. What was there is moved aside.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

use rusqlite::{Connection, Transaction, TransactionBehavior};

use super::archive::{self, BackupHead};
use super::audit::{self, AuditEvent};
use super::backup::{BackupError, Existing, is_editors};
use super::{DATABASE_FILE, Library, LibraryError};
use crate::journal::JOURNAL_FILE;

/// How a restoring signs in the audit log.
const SIGNATURE: &str = "命令行 jida restore";
const RESTORING: &str = ".restoring";
/// `out` or `in`, and the name of the folder for what was there; empty for none.
const STATE: &str = "state";
const NEW: &str = "new";
/// Room kept for what the database writes last, where there is no way back.
const RESERVE: &str = "reserve";
const RESERVE_BYTES: usize = 4 << 20;
/// Kibibytes of rows that are not in its log yet; much less than the reserve.
const UNWRITTEN_KIB: i64 = 1_024;
const ASIDE: &str = ".before-restore-";

/// What was restored.
#[derive(Debug)]
pub struct Restored {
    pub head: BackupHead,
    /// Where what was there is now.
    pub aside: Option<PathBuf>,
}

/// Which files are being moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    Out,
    In,
}

/// A folder that is being restored, its lock held.
struct Restoring {
    corpus: PathBuf,
    _lock: File,
}

/// Restores a backup into a corpus folder.
pub fn restore(archive: &Path, corpus: &Path, existing: Existing) -> Result<Restored, BackupError> {
    let failed = |source| BackupError::Write { path: corpus.to_owned(), source };
    fs::create_dir_all(corpus).map_err(failed)?;
    settle(corpus)?;
    let lock = File::open(corpus).map_err(failed)?;
    lock.try_lock().map_err(|_| BackupError::Restoring { path: corpus.to_owned() })?;
    let is_empty = visible(corpus).map_err(failed)?.is_empty();
    let has_database = corpus.join(DATABASE_FILE).exists();
    if existing == Existing::Refuse
        && !(is_empty && (!has_database || Library::open_as_it_is(corpus)?.last_change()? == 0))
    {
        return Err(BackupError::Holds { path: corpus.to_owned() });
    }
    let restoring = Restoring { corpus: corpus.to_owned(), _lock: lock };
    let restored = restoring.unpack_and_replace(archive, has_database || !is_empty);
    if restored.is_err() && !restoring.folder().join(STATE).exists() {
        let _ = fs::remove_dir_all(restoring.folder());
    }
    restored
}

/// Does a restoring that was killed to its end; waits for one under way.
pub(super) fn settle(corpus: &Path) -> Result<(), LibraryError> {
    let state = corpus.join(RESTORING).join(STATE);
    if !state.exists() {
        return Ok(());
    }
    let failed = |source| LibraryError::Restoring { path: corpus.to_owned(), source };
    let lock = File::open(corpus).map_err(failed)?;
    lock.lock().map_err(failed)?;
    let restoring = Restoring { corpus: corpus.to_owned(), _lock: lock };
    let Some((phase, aside)) = restoring.read_state().map_err(failed)? else { return Ok(()) };
    let mut library = Library::open_as_it_is(corpus)?;
    let held = restoring.hold_writers(&mut library)?;
    replace_rows(&held)?;
    restoring.finish(held, phase, aside.as_deref())
}

/// The editors' files and folders in the corpus folder itself.
fn visible(corpus: &Path) -> io::Result<Vec<PathBuf>> {
    let mut items = items_of(corpus)?;
    items.retain(|path| is_editors(path, 1));
    Ok(items)
}

fn items_of(folder: &Path) -> io::Result<Vec<PathBuf>> {
    fs::read_dir(folder)?.map(|item| Ok(item?.path())).collect()
}

impl Restoring {
    fn folder(&self) -> PathBuf {
        self.corpus.join(RESTORING)
    }

    fn unpack_and_replace(&self, archive: &Path, is_held: bool) -> Result<Restored, BackupError> {
        let failed = |source| BackupError::Write { path: self.corpus.clone(), source };
        let new = self.folder().join(NEW);
        match fs::remove_dir_all(self.folder()) {
            Err(source) if source.kind() != ErrorKind::NotFound => return Err(failed(source)),
            _ => {}
        }
        fs::create_dir_all(&new).map_err(failed)?;
        let head = archive::unpack(archive, &new)?;
        // Brings an older one up to this program's tables, and refuses a newer one.
        if Library::open_as_it_is(&new)?.last_change()? != head.last_change {
            return Err(BackupError::Damaged { path: archive.to_owned() });
        }
        let now = jiff::Timestamp::now().strftime("%Y%m%dT%H%M%S%.6fZ");
        let aside = is_held.then(|| format!("{ASIDE}{now}"));
        let mut library = Library::open_as_it_is(&self.corpus)?;
        let reader = Library::open_as_it_is(&self.corpus)?;
        let held = self.hold_writers(&mut library)?;
        let folder = aside.as_ref().map(|aside| self.corpus.join(aside));
        if let Err(error) = self.prepare(&held, &reader, folder.as_deref()) {
            // Nothing has been moved there yet.
            folder.iter().for_each(|folder| drop(fs::remove_dir_all(folder)));
            return Err(error);
        }
        self.write_state(Phase::Out, aside.as_deref()).map_err(failed)?;
        self.finish(held, Phase::Out, aside.as_deref())?;
        Ok(Restored { head, aside: aside.map(|aside| self.corpus.join(aside)) })
    }

    /// Everything that needs room, before there is no way back: a full disk is
    /// met here.
    fn prepare(&self, held: &Connection, reader: &Library, aside: Option<&Path>) -> Result<(), BackupError> {
        let failed = |source| BackupError::Write { path: self.corpus.clone(), source };
        if let Some(aside) = aside {
            fs::create_dir(aside).map_err(failed)?;
            reader.copy_to(&aside.join(DATABASE_FILE))?;
        }
        replace_rows(held)?;
        fs::write(self.folder().join(RESERVE), vec![0; RESERVE_BYTES]).map_err(failed)
    }

    /// Begins the transaction that replaces everything: writers wait from now on.
    fn hold_writers<'l>(&self, library: &'l mut Library) -> Result<Transaction<'l>, LibraryError> {
        let new = self.folder().join(NEW).join(archive::DATABASE);
        // Each row would look for the rows that refer to it; they come and go together.
        library.connection.pragma_update(None, "foreign_keys", false)?;
        library.connection.pragma_update(None, "cache_size", -UNWRITTEN_KIB)?;
        library.connection.execute("ATTACH ?1 AS restored", [new.to_string_lossy()])?;
        Ok(library.connection.transaction_with_behavior(TransactionBehavior::Immediate)?)
    }

    /// From a written state to the end; can be done again from any point of it
    /// with the rows replaced in `held`.
    fn finish(&self, held: Transaction<'_>, phase: Phase, aside: Option<&str>) -> Result<(), LibraryError> {
        let failed = |source| LibraryError::Restoring { path: self.corpus.clone(), source };
        self.move_files(phase, aside).map_err(failed)?;
        let _ = fs::remove_file(self.folder().join(RESERVE));
        held.commit()?;
        fs::remove_file(self.folder().join(STATE)).map_err(failed)?;
        fs::remove_dir_all(self.folder()).map_err(failed)
    }

    fn move_files(&self, phase: Phase, aside: Option<&str>) -> io::Result<()> {
        if phase == Phase::Out {
            if let Some(aside) = aside {
                let aside = self.corpus.join(aside);
                move_all(visible(&self.corpus)?, &aside)?;
            }
            self.write_state(Phase::In, aside)?;
        }
        match items_of(&self.folder().join(NEW).join(archive::FILES)) {
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            items => move_all(items?, &self.corpus)?,
        }
        // A journal that is here goes on: it knows what came after the backup.
        let journal = self.folder().join(NEW).join(archive::JOURNAL);
        let here = self.corpus.join(JOURNAL_FILE);
        if journal.exists() && !here.exists() {
            fs::rename(journal, here)?;
        }
        Ok(())
    }

    fn write_state(&self, phase: Phase, aside: Option<&str>) -> io::Result<()> {
        let word = if phase == Phase::Out { "out" } else { "in" };
        let next = self.folder().join("state.next");
        let mut file = File::create(&next)?;
        write!(file, "{word} {}", aside.unwrap_or_default())?;
        file.sync_all()?;
        fs::rename(&next, self.folder().join(STATE))?;
        File::open(self.folder())?.sync_all()?;
        File::open(&self.corpus)?.sync_all()
    }

    fn read_state(&self) -> io::Result<Option<(Phase, Option<String>)>> {
        let text = match fs::read_to_string(self.folder().join(STATE)) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            text => text?,
        };
        let (word, aside) = text.split_once(' ').unwrap_or((&text, ""));
        let phase = if word == "in" { Phase::In } else { Phase::Out };
        Ok(Some((phase, Some(aside.to_owned()).filter(|aside| !aside.is_empty()))))
    }
}

fn move_all(items: Vec<PathBuf>, to: &Path) -> io::Result<()> {
    for item in items {
        fs::rename(&item, to.join(item.file_name().unwrap_or_default()))?;
    }
    File::open(to)?.sync_all()
}

/// Puts the rows of the attached database in the place of all rows here.
fn replace_rows(here: &Connection) -> Result<(), LibraryError> {
    let forgotten: u64 = here.query_row("SELECT number FROM main.adoption_change", [], |row| row.get(0))?;
    let tables: Vec<String> = {
        let sql = "SELECT name FROM restored.sqlite_schema
                   WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'";
        let mut query = here.prepare(sql)?;
        let names = query.query_map([], |row| row.get(0))?;
        names.collect::<Result<_, _>>()?
    };
    // They keep revisions and the audit log from being changed; what is put in
    // their place is another library's whole log.
    let guards: Vec<(String, String)> = {
        let mut query = here.prepare("SELECT name, sql FROM main.sqlite_schema WHERE type = 'trigger'")?;
        let guards = query.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
        guards.collect::<Result<_, _>>()?
    };
    for (name, _) in &guards {
        here.execute_batch(&format!("DROP TRIGGER main.\"{name}\""))?;
    }
    for table in tables {
        let columns: Vec<String> = {
            let mut query = here.prepare("SELECT name FROM pragma_table_info(?1, 'restored')")?;
            let names = query.query_map([&table], |row| row.get::<_, String>(0))?;
            names.map(|name| Ok(format!("\"{}\"", name?))).collect::<Result<_, rusqlite::Error>>()?
        };
        let columns = columns.join(", ");
        here.execute_batch(&format!(
            "DELETE FROM main.\"{table}\";
             INSERT INTO main.\"{table}\" ({columns}) SELECT {columns} FROM restored.\"{table}\";"
        ))?;
    }
    for (_, sql) in &guards {
        here.execute_batch(sql)?;
    }
    let event =
        AuditEvent { actor: SIGNATURE, action: "library.restored", object: "", reason: "从备份恢复" };
    audit::write(here, &jiff::Timestamp::now().to_string(), &event)?;
    // A number seen before would let a server keep the memory it has.
    here.execute("UPDATE main.adoption_change SET number = number + ?1 + 1", [forgotten])?;
    Ok(())
}
