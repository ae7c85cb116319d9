//! Tables of the library.

use std::time::{Duration, Instant};

use rusqlite::{Connection, ErrorCode};

use super::LibraryError;

/// What each version added, the first first. A database says in `user_version`
/// how many it has; a shipped one is never changed, only followed by the next.
const MIGRATIONS: [&str; 2] = [TABLES, ADOPTIONS];

/// Version of the tables.
pub(super) const SCHEMA_VERSION: i64 = MIGRATIONS.len() as i64;

/// Longest wait for another process.
const PATIENCE: Duration = Duration::from_secs(30);

/// Tables of version 1.
const TABLES: &str = "
CREATE TABLE revision (
  seq       INTEGER PRIMARY KEY,  -- number of the change, without gaps
  entry_id  TEXT NOT NULL,
  version   INTEGER NOT NULL,     -- 1, 2, 3 … per entry
  status    TEXT NOT NULL,
  made_at   TEXT NOT NULL,        -- RFC 3339, UTC
  made_by   TEXT NOT NULL,
  reason    TEXT NOT NULL,
  content   TEXT NOT NULL         -- the entry as JSON
);
CREATE TABLE entry (
  id           TEXT PRIMARY KEY,
  seq          INTEGER NOT NULL REFERENCES revision (seq),
  version      INTEGER NOT NULL,
  kind         TEXT NOT NULL,
  status       TEXT NOT NULL,
  content_hash BLOB NOT NULL,
  origin       TEXT               -- the file it was loaded from
);
CREATE INDEX entry_by_origin ON entry (origin);
CREATE TABLE origin (
  name      TEXT PRIMARY KEY,     -- root and path below it
  root      TEXT NOT NULL,
  file_hash BLOB NOT NULL
);
";

/// What version 2 added.
const ADOPTIONS: &str = "
CREATE TABLE adoption (
  question   TEXT NOT NULL,
  entry_id   TEXT NOT NULL,
  adopted_by TEXT NOT NULL,
  adopted_on TEXT NOT NULL,      -- YYYY-MM-DD
  standing   TEXT NOT NULL,      -- curated, seat
  UNIQUE (question, entry_id, adopted_by)
);
CREATE TABLE adoption_change (
  number INTEGER NOT NULL        -- rises with every change to the adoptions
);
INSERT INTO adoption_change (number) VALUES (0);
";

pub(super) fn prepare(connection: &Connection) -> Result<(), LibraryError> {
    connection.busy_timeout(PATIENCE)?;
    write_ahead(connection)?;
    connection.pragma_update(None, "synchronous", "NORMAL")?;
    connection.pragma_update(None, "cache_size", -32_768)?;
    let found: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    match found {
        SCHEMA_VERSION => Ok(()),
        0..SCHEMA_VERSION => upgrade(connection),
        _ => Err(LibraryError::Version { found, known: SCHEMA_VERSION }),
    }
}

/// Turns on write-ahead logging. SQLite does not wait by itself for the lock
/// that this takes on a new file: two first starts at once would be one too many.
fn write_ahead(connection: &Connection) -> Result<(), LibraryError> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        match connection.pragma_update(None, "journal_mode", "WAL") {
            Err(error)
                if error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy)
                    && Instant::now() < deadline =>
            {
                std::thread::sleep(Duration::from_millis(10));
            }
            turned_on => return Ok(turned_on?),
        }
    }
}

/// Creates what is missing in one transaction; two processes may try at once.
fn upgrade(connection: &Connection) -> Result<(), LibraryError> {
    connection.execute_batch("BEGIN IMMEDIATE")?;
    let found: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    for migration in MIGRATIONS.iter().skip(found.max(0) as usize) {
        connection.execute_batch(migration)?;
    }
    connection.pragma_update(None, "user_version", SCHEMA_VERSION.max(found))?;
    connection.execute_batch("COMMIT")?;
    Ok(())
}
