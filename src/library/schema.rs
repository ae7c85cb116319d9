//! Tables of the library.

use std::time::{Duration, Instant};

use rusqlite::{Connection, ErrorCode};

use super::LibraryError;

/// What each version added, the first first. A database says in `user_version`
/// how many it has; a shipped one is never changed, only followed by the next.
const MIGRATIONS: [&str; 12] = [
    TABLES,
    ADOPTIONS,
    EDITING,
    CURATION,
    JOBS,
    FOLLOWING,
    REPORTS,
    LISTING,
    VECTORS,
    FORGOTTEN,
    GATHERED_GAPS,
    TAKEN_OUT,
];

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

/// What version 3 added: entries edited beside their files, keys, the audit log.
/// What was written into a log stays: no statement of this program or another
/// can change it or take it away.
const EDITING: &str = "
ALTER TABLE entry ADD COLUMN live_seq INTEGER;   -- newest revision that was published or retired
ALTER TABLE entry ADD COLUMN live_status TEXT;   -- published, retired
ALTER TABLE entry ADD COLUMN file_hash BLOB;     -- content as last taken from its file or platform
ALTER TABLE entry ADD COLUMN department TEXT NOT NULL DEFAULT '';
ALTER TABLE entry ADD COLUMN review_on TEXT;     -- YYYY-MM-DD
UPDATE entry SET (department, review_on) =
  (SELECT COALESCE(json_extract(content, '$.department'), ''), json_extract(content, '$.next_review_on')
   FROM revision WHERE revision.seq = entry.seq);
UPDATE entry SET live_seq = seq, live_status = status WHERE status IN ('published', 'retired');
UPDATE entry SET file_hash = content_hash WHERE origin IS NOT NULL;
CREATE INDEX entry_by_review ON entry (review_on) WHERE review_on IS NOT NULL;
CREATE INDEX entry_by_status ON entry (status, id);
CREATE INDEX entry_by_seq ON entry (seq);
CREATE INDEX revision_of_entry ON revision (entry_id);
CREATE TABLE conflict (
  entry_id     TEXT PRIMARY KEY,
  origin       TEXT NOT NULL,    -- the file or platform that wants another content
  content      TEXT NOT NULL,    -- what it wants, an entry as JSON
  base_version INTEGER NOT NULL, -- the version here when it was found
  found_at     TEXT NOT NULL
);
CREATE TABLE schedule (
  entry_id TEXT PRIMARY KEY,
  version  INTEGER NOT NULL,     -- the revision that is meant; a newer one ends it
  status   TEXT NOT NULL,        -- published, retired
  due_at   TEXT NOT NULL,        -- RFC 3339, UTC
  made_by  TEXT NOT NULL,
  reason   TEXT NOT NULL
);
CREATE TABLE setting (
  name  TEXT PRIMARY KEY,
  value TEXT NOT NULL
);
CREATE TABLE access_key (
  id          TEXT PRIMARY KEY,  -- shown in lists and logs
  name        TEXT NOT NULL,
  role        TEXT NOT NULL,
  scope       TEXT NOT NULL,     -- regions, categories, department as JSON
  secret_hash BLOB NOT NULL UNIQUE,
  expires_on  TEXT,              -- last day, YYYY-MM-DD
  made_at     TEXT NOT NULL,
  made_by     TEXT NOT NULL,
  revoked_at  TEXT,
  revoked_by  TEXT
);
CREATE TABLE key_use (
  key_id  TEXT NOT NULL,
  day     TEXT NOT NULL,         -- YYYY-MM-DD
  action  TEXT NOT NULL,         -- method and address
  times   INTEGER NOT NULL,
  last_at TEXT NOT NULL,
  PRIMARY KEY (key_id, day, action)
);
CREATE TABLE audit (
  number INTEGER PRIMARY KEY,
  at     TEXT NOT NULL,
  actor  TEXT NOT NULL,          -- name and id of the key, or the command
  action TEXT NOT NULL,          -- entry.published, key.created …
  object TEXT NOT NULL,          -- id of the entry, of the key …
  reason TEXT NOT NULL
);
CREATE TRIGGER audit_stays BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'audit stays'); END;
CREATE TRIGGER audit_as_written BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'audit stays'); END;
CREATE TRIGGER revision_stays BEFORE DELETE ON revision BEGIN SELECT RAISE(ABORT, 'revisions stay'); END;
CREATE TRIGGER revision_as_written BEFORE UPDATE ON revision
  BEGIN SELECT RAISE(ABORT, 'revisions stay'); END;
";

/// What version 4 added: rules, notices, collections, every version of each.
const CURATION: &str = "
CREATE TABLE curated (
  kind    TEXT NOT NULL,         -- rule, notice, collection
  id      TEXT NOT NULL,
  version INTEGER NOT NULL,      -- 1, 2, 3 … of each
  content TEXT,                  -- JSON; none where it was taken out of force
  made_at TEXT NOT NULL,
  made_by TEXT NOT NULL,
  reason  TEXT NOT NULL,
  PRIMARY KEY (kind, id, version)
);
CREATE TRIGGER curated_stays BEFORE DELETE ON curated BEGIN SELECT RAISE(ABORT, 'versions stay'); END;
CREATE TRIGGER curated_as_written BEFORE UPDATE ON curated BEGIN SELECT RAISE(ABORT, 'versions stay'); END;
";

/// What version 5 added: long work asked for over HTTP.
const JOBS: &str = "
CREATE TABLE job (
  id           INTEGER PRIMARY KEY AUTOINCREMENT,
  kind         TEXT NOT NULL,     -- reindex
  state        TEXT NOT NULL,     -- queued, running, waiting, done, failed, cancelled
  stage        TEXT NOT NULL DEFAULT '',
  done         INTEGER NOT NULL DEFAULT 0,
  total        INTEGER NOT NULL DEFAULT 0,
  asked_at     TEXT NOT NULL,     -- RFC 3339, UTC, as the other times
  started_at   TEXT,
  stage_at     TEXT,
  moved_at     TEXT,
  ended_at     TEXT,
  asked_by     TEXT NOT NULL,
  reason       TEXT NOT NULL,
  request      TEXT NOT NULL,     -- what was asked for, as JSON
  generation   TEXT,
  result       TEXT,              -- what came of it, as JSON
  cancel_asked INTEGER NOT NULL DEFAULT 0
);
CREATE UNIQUE INDEX one_job_at_a_time ON job (kind) WHERE state IN ('queued', 'running');
";

/// What version 6 added: how far other platforms' changes have been applied.
const FOLLOWING: &str = "
CREATE TABLE followed (
  origin TEXT PRIMARY KEY,       -- follow: and the platform's address
  mark   TEXT NOT NULL,          -- its last change applied here
  at     TEXT NOT NULL
);
";

/// What version 7 added: what agents and bots report.
const REPORTS: &str = "
CREATE TABLE gap (
  id         TEXT PRIMARY KEY,   -- UUID v7
  asked      TEXT NOT NULL,      -- its first question, letters and digits only
  region     TEXT NOT NULL,      -- empty where none was set
  department TEXT NOT NULL,
  status     TEXT NOT NULL,      -- open, closed, dismissed
  first_at   TEXT NOT NULL,      -- RFC 3339, UTC, as the other times
  last_at    TEXT NOT NULL,
  entry_id   TEXT,               -- the entry that answers it
  settled_at TEXT,
  settled_by TEXT,
  reason     TEXT
);
CREATE UNIQUE INDEX open_gap ON gap (asked, region) WHERE status = 'open';
CREATE TABLE gap_report (
  gap_id    TEXT NOT NULL REFERENCES gap (id),
  at        TEXT NOT NULL,
  question  TEXT NOT NULL,       -- masked, as the note
  search_id TEXT,
  note      TEXT NOT NULL,
  made_by   TEXT NOT NULL
);
CREATE INDEX report_of_gap ON gap_report (gap_id);
CREATE TABLE correction (
  id         TEXT PRIMARY KEY,   -- UUID v7
  entry_id   TEXT NOT NULL REFERENCES entry (id),
  text       TEXT NOT NULL,      -- masked
  search_id  TEXT,
  status     TEXT NOT NULL,      -- open, done, dismissed
  made_at    TEXT NOT NULL,
  made_by    TEXT NOT NULL,
  settled_at TEXT,
  settled_by TEXT,
  reason     TEXT
);
";

/// What version 8 added: what editors' lists filter and sort by. The two days are
/// indexed as they are sorted, entries without one last.
const LISTING: &str = "
ALTER TABLE entry ADD COLUMN title TEXT NOT NULL DEFAULT '';
ALTER TABLE entry ADD COLUMN category TEXT NOT NULL DEFAULT '';
ALTER TABLE entry ADD COLUMN region TEXT NOT NULL DEFAULT '000000';
ALTER TABLE entry ADD COLUMN expires_on TEXT;  -- YYYY-MM-DD
UPDATE entry SET (title, category, region, expires_on) =
  (SELECT COALESCE(json_extract(content, '$.title'), ''), COALESCE(json_extract(content, '$.category'), ''),
          COALESCE(json_extract(content, '$.region'), '000000'), json_extract(content, '$.expires_on')
   FROM revision WHERE revision.seq = entry.seq);
CREATE INDEX entry_by_title ON entry (title);
CREATE INDEX entry_by_department ON entry (department, id);
CREATE INDEX entry_by_department_seq ON entry (department, seq);
CREATE INDEX entry_by_status_seq ON entry (status, seq);
CREATE INDEX entry_by_review_day ON entry (COALESCE(review_on, '9999-12-31'), id);
CREATE INDEX entry_by_last_day ON entry (COALESCE(expires_on, '9999-12-31'), id);
";

/// What version 9 added: vectors of texts, by model.
const VECTORS: &str = "
CREATE TABLE vector_set (
  number       INTEGER PRIMARY KEY,
  name         TEXT NOT NULL UNIQUE,
  dimension    INTEGER NOT NULL,
  texts        TEXT NOT NULL,     -- JSON: which texts of entries
  completed_at TEXT
);
CREATE TABLE vector (
  set_name TEXT NOT NULL,
  hash     BLOB NOT NULL,         -- of the text with its role
  vector   BLOB NOT NULL,         -- a byte a dimension
  PRIMARY KEY (set_name, hash)
) WITHOUT ROWID;
";

/// What version 10 added: answers that were taken back. Learning from the journal
/// does not bring them again.
const FORGOTTEN: &str = "
CREATE TABLE adoption_forgotten (
  question   TEXT NOT NULL,
  entry_id   TEXT NOT NULL,
  adopted_by TEXT NOT NULL,       -- empty: whoever
  PRIMARY KEY (question, entry_id, adopted_by)
) WITHOUT ROWID;
";

/// What version 11 added: gaps gathered from the journal, what closing them
/// changed, wordings that an entry is not to have.
const GATHERED_GAPS: &str = "
ALTER TABLE gap ADD COLUMN merged_into TEXT;                     -- the gap it turned out to be the same as
ALTER TABLE gap ADD COLUMN calls INTEGER NOT NULL DEFAULT 0;     -- lost, with the reports
ALTER TABLE gap ADD COLUMN recent INTEGER NOT NULL DEFAULT 0;    -- of them in the last four weeks
ALTER TABLE gap ADD COLUMN probable TEXT NOT NULL DEFAULT '';    -- department
ALTER TABLE gap ADD COLUMN probable_share REAL;
ALTER TABLE gap ADD COLUMN is_dispatched_to INTEGER NOT NULL DEFAULT 0;
ALTER TABLE gap ADD COLUMN heard_from TEXT;  -- first day its calls were counted, YYYY-MM-DD
ALTER TABLE gap ADD COLUMN heard_to TEXT;    -- last
ALTER TABLE gap ADD COLUMN returned_at TEXT; -- when calls that went on being lost opened it again
ALTER TABLE gap_report ADD COLUMN is_counted INTEGER NOT NULL DEFAULT 0;  -- its call is in gap_call
DROP INDEX open_gap;
CREATE UNIQUE INDEX open_gap ON gap (asked, region) WHERE status = 'open' AND merged_into IS NULL;
CREATE INDEX gap_by_size ON gap (recent, id);
CREATE INDEX gap_merged ON gap (merged_into) WHERE merged_into IS NOT NULL;
CREATE INDEX report_of_search ON gap_report (search_id) WHERE search_id IS NOT NULL;
UPDATE gap SET calls = (SELECT COUNT(*) FROM gap_report WHERE gap_id = gap.id),
  recent = (SELECT COUNT(*) FROM gap_report WHERE gap_id = gap.id AND at >= date('now', '-28 days'));
CREATE TABLE gap_call (
  gap_id     TEXT NOT NULL REFERENCES gap (id),
  day        TEXT NOT NULL,      -- YYYY-MM-DD, where the server stands
  question   TEXT NOT NULL,      -- masked
  reason     TEXT NOT NULL,      -- reported, dispatched, no_result, refused, not_opened
  department TEXT NOT NULL,      -- dispatched to, else of the first hit
  times      INTEGER NOT NULL,
  calls      INTEGER NOT NULL,   -- lost
  last_at    TEXT NOT NULL,
  PRIMARY KEY (gap_id, day, question, reason, department)
) WITHOUT ROWID;
CREATE TABLE gap_day (
  gap_id   TEXT NOT NULL REFERENCES gap (id),
  day      TEXT NOT NULL,
  calls    INTEGER NOT NULL,     -- with its questions, lost or not
  accepted INTEGER NOT NULL,     -- of them with a known outcome
  answered INTEGER NOT NULL,
  PRIMARY KEY (gap_id, day)
) WITHOUT ROWID;
CREATE TABLE wording_refused (
  entry_id   TEXT NOT NULL REFERENCES entry (id),
  wording    TEXT NOT NULL,      -- letters and digits only
  refused_at TEXT NOT NULL,
  refused_by TEXT NOT NULL,
  PRIMARY KEY (entry_id, wording)
) WITHOUT ROWID;
";

/// What version 12 added: what editors said of a gap's wordings.
const TAKEN_OUT: &str = "
CREATE TABLE gap_wording (
  gap_id   TEXT NOT NULL REFERENCES gap (id) ON DELETE CASCADE,
  wording  TEXT NOT NULL,        -- letters and digits only
  question TEXT NOT NULL,        -- as it was asked, masked
  is_in    INTEGER NOT NULL,     -- 0 taken out, 1 put back
  PRIMARY KEY (gap_id, wording)
) WITHOUT ROWID;
";

pub(super) fn prepare(connection: &Connection) -> Result<(), LibraryError> {
    connection.busy_timeout(PATIENCE)?;
    write_ahead(connection)?;
    // An edit that was confirmed outlives a power cut.
    connection.pragma_update(None, "synchronous", "FULL")?;
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
