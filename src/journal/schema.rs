//! Tables of the journal.

use std::path::Path;
use std::time::Duration;

use rusqlite::Connection;

use super::JournalError;

/// What each version added; a shipped one is never changed.
const MIGRATIONS: [&str; 1] = [TABLES];
const VERSION: i64 = MIGRATIONS.len() as i64;
/// Longest wait for another process.
pub(super) const PATIENCE: Duration = Duration::from_secs(5);

const TABLES: &str = "
CREATE TABLE search (
  id         BLOB PRIMARY KEY,    -- UUID v7
  at         INTEGER NOT NULL,    -- milliseconds since 1970, as the other times
  question   TEXT NOT NULL,       -- masked
  region     TEXT,
  collection TEXT,
  line       TEXT,
  seat       TEXT,
  call       TEXT,
  key_id     TEXT NOT NULL,
  shown      TEXT NOT NULL,       -- ids of the first hits, JSON
  confidence REAL NOT NULL,       -- of the first
  answered   INTEGER              -- of the answer API: 1 answered, 0 refused
) WITHOUT ROWID;
CREATE INDEX search_by_at ON search (at);
CREATE TABLE told (
  number     INTEGER PRIMARY KEY,
  at         INTEGER NOT NULL,
  call       TEXT NOT NULL,
  search_id  BLOB,
  outcome    TEXT NOT NULL,       -- opened, copied, answered, dispatched, abandoned
  entry_id   TEXT,
  department TEXT,
  seat       TEXT,
  key_id     TEXT NOT NULL,
  note       TEXT NOT NULL        -- masked
);
CREATE INDEX told_by_outcome ON told (outcome, at, entry_id);
CREATE TABLE call (
  id         TEXT PRIMARY KEY,    -- as the desk named it, else the search's id
  at         INTEGER NOT NULL,    -- of its first outcome
  outcome    TEXT NOT NULL,       -- the last one
  department TEXT,
  region     TEXT,
  line       TEXT,
  seat       TEXT,
  key_id     TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX call_by_at ON call (at, outcome);
CREATE TABLE shown (
  entry_id TEXT PRIMARY KEY,
  times    INTEGER NOT NULL,      -- how often among the first three
  last_at  INTEGER NOT NULL
) WITHOUT ROWID;
";

/// Opens the journal for writing and creates it where it is missing.
pub(super) fn open(path: &Path) -> Result<Connection, JournalError> {
    let connection = Connection::open(path)?;
    connection.busy_timeout(PATIENCE)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    // A crash of the program loses nothing written; a power cut the last moments.
    connection.pragma_update(None, "synchronous", "NORMAL")?;
    let found = version(&connection)?;
    if found > VERSION {
        return Err(JournalError::Version { found, known: VERSION });
    }
    if found < VERSION {
        connection.execute_batch("BEGIN IMMEDIATE")?;
        // Another process may have been faster.
        for migration in MIGRATIONS.iter().skip(version(&connection)?.max(0) as usize) {
            connection.execute_batch(migration)?;
        }
        connection.pragma_update(None, "user_version", VERSION)?;
        connection.execute_batch("COMMIT")?;
    }
    Ok(connection)
}

fn version(connection: &Connection) -> Result<i64, JournalError> {
    Ok(connection.pragma_query_value(None, "user_version", |row| row.get(0))?)
}
