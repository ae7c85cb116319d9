//! Tables of the journal.

use std::path::Path;
use std::time::Duration;

use rusqlite::Connection;

use super::{JournalError, adding, courses, outbox, warned};

/// What each version added; a shipped one is never changed.
pub(super) const MIGRATIONS: [&[&str]; 4] =
    [&[TABLES], &[CALLS], &[outbox::TABLES, courses::TABLES, warned::TABLES], &[adding::TABLES]];
pub(super) const VERSION: i64 = MIGRATIONS.len() as i64;
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

/// What version 2 added: a call as one row, from its first question on, and what
/// is added up of each day. Of earlier calls nobody knows the topic.
const CALLS: &str = "
ALTER TABLE search ADD COLUMN topic TEXT NOT NULL DEFAULT '';       -- of the first hit, as the department
ALTER TABLE search ADD COLUMN department TEXT NOT NULL DEFAULT '';
ALTER TABLE search ADD COLUMN position INTEGER;  -- of the entry first copied or answered with: 1, 2, …; 0 not shown
ALTER TABLE told ADD COLUMN satisfaction INTEGER;  -- 1 to 5
ALTER TABLE call RENAME TO outcome;
DROP INDEX call_by_at;
CREATE TABLE call (
  number       INTEGER PRIMARY KEY,
  id           TEXT NOT NULL UNIQUE,         -- as the desk named it, else the search's id
  at           INTEGER NOT NULL,             -- when it was first heard of
  day          TEXT NOT NULL,                -- of that moment, where the server stands: 2026-11-25
  hour         INTEGER NOT NULL,
  line         TEXT NOT NULL DEFAULT '',     -- empty where nobody said, as the next ones
  region       TEXT NOT NULL DEFAULT '',
  topic        TEXT NOT NULL DEFAULT '',
  department   TEXT NOT NULL DEFAULT '',
  seat         TEXT NOT NULL DEFAULT '',
  key_id       TEXT NOT NULL DEFAULT '',
  outcome      TEXT NOT NULL DEFAULT '',     -- the last one
  satisfaction INTEGER NOT NULL DEFAULT 0,   -- 1 to 5, 0 not told
  searches     INTEGER NOT NULL DEFAULT 0,
  empty        INTEGER NOT NULL DEFAULT 0,   -- of them without a hit
  asked        INTEGER NOT NULL DEFAULT 0,   -- of them a bot's that wanted an answer or none
  refused      INTEGER NOT NULL DEFAULT 0,   -- of those without an answer
  opened       INTEGER NOT NULL DEFAULT 0,
  copied       INTEGER NOT NULL DEFAULT 0,
  waited       INTEGER,                      -- seconds from a question to the first copy
  first        INTEGER NOT NULL DEFAULT 0,   -- searches by where the entry stood that was used
  third        INTEGER NOT NULL DEFAULT 0,   -- 2 and 3
  tenth        INTEGER NOT NULL DEFAULT 0,   -- 4 to 10
  lower        INTEGER NOT NULL DEFAULT 0    -- not among those shown
);
CREATE INDEX call_by_day ON call (day, region);
CREATE INDEX told_by_search ON told (search_id);
UPDATE search SET position = (
  SELECT COALESCE((SELECT key + 1 FROM json_each(search.shown) WHERE value = told.entry_id), 0)
  FROM told WHERE told.search_id = search.id AND told.entry_id IS NOT NULL AND told.outcome IN ('copied', 'answered')
  ORDER BY told.number LIMIT 1)
WHERE id IN (SELECT search_id FROM told WHERE outcome IN ('copied', 'answered'));
DROP INDEX told_by_search;
CREATE TEMP TABLE heard AS SELECT id AS search_id, COALESCE(call,
  lower(substr(hex(id), 1, 8) || '-' || substr(hex(id), 9, 4) || '-' || substr(hex(id), 13, 4) || '-' ||
        substr(hex(id), 17, 4) || '-' || substr(hex(id), 21))) AS call, at FROM search;
INSERT INTO call (id, at, day, hour, line, region, seat, key_id, searches, empty, asked, refused,
                  first, third, tenth, lower)
SELECT heard.call, MIN(search.at), date(MIN(search.at) / 1000, 'unixepoch', 'localtime'),
  CAST(strftime('%H', MIN(search.at) / 1000, 'unixepoch', 'localtime') AS INTEGER),
  COALESCE(MAX(line), ''), COALESCE(MAX(region), ''), COALESCE(MAX(seat), ''), MAX(key_id), COUNT(*),
  SUM(shown = '[]'), SUM(line IS 'chatbot' AND answered IS NOT NULL), SUM(line IS 'chatbot' AND answered IS 0),
  SUM(position IS 1), SUM(position IS NOT NULL AND position BETWEEN 2 AND 3),
  SUM(position IS NOT NULL AND position BETWEEN 4 AND 10), SUM(position IS 0)
FROM heard JOIN search ON search.id = heard.search_id GROUP BY heard.call ORDER BY 2;
INSERT OR IGNORE INTO call (id, at, day, hour, key_id)
SELECT call, MIN(at), date(MIN(at) / 1000, 'unixepoch', 'localtime'),
  CAST(strftime('%H', MIN(at) / 1000, 'unixepoch', 'localtime') AS INTEGER), MAX(key_id) FROM told GROUP BY call;
UPDATE call SET (outcome, department, line, region, seat) = (
  SELECT outcome.outcome, COALESCE(outcome.department, ''), COALESCE(outcome.line, call.line),
         COALESCE(outcome.region, call.region), COALESCE(outcome.seat, call.seat) FROM outcome WHERE outcome.id = call.id)
WHERE id IN (SELECT id FROM outcome);
CREATE INDEX told_by_call ON told (call);
UPDATE call SET (opened, copied) = (
  SELECT COALESCE(SUM(outcome = 'opened'), 0), COALESCE(SUM(outcome = 'copied'), 0) FROM told WHERE told.call = call.id);
UPDATE call SET waited = (
  SELECT MAX(0, (told.at - search.at) / 1000) FROM told JOIN search ON search.id = told.search_id
  WHERE told.call = call.id AND told.outcome = 'copied' ORDER BY told.number LIMIT 1)
WHERE copied > 0;
DROP INDEX told_by_call;
DROP TABLE heard;
DROP TABLE outcome;
CREATE TABLE counted (
  by         TEXT NOT NULL,      -- all, region, topic, department, hour
  day        TEXT NOT NULL,
  line       TEXT NOT NULL,
  city       TEXT NOT NULL,
  value      TEXT NOT NULL,      -- which region, topic …; empty of all
  calls INTEGER NOT NULL, searched INTEGER NOT NULL, looked INTEGER NOT NULL, copied INTEGER NOT NULL,
  used INTEGER NOT NULL, accepted INTEGER NOT NULL, answered INTEGER NOT NULL, dispatched INTEGER NOT NULL,
  abandoned INTEGER NOT NULL, searches INTEGER NOT NULL, empty INTEGER NOT NULL, asked INTEGER NOT NULL,
  refused INTEGER NOT NULL, first INTEGER NOT NULL, third INTEGER NOT NULL, tenth INTEGER NOT NULL,
  lower INTEGER NOT NULL, rated INTEGER NOT NULL, satisfied INTEGER NOT NULL,
  PRIMARY KEY (by, day, line, city, value)
) WITHOUT ROWID;
CREATE TABLE waited (
  day     TEXT NOT NULL,
  line    TEXT NOT NULL,
  city    TEXT NOT NULL,
  seconds INTEGER NOT NULL,
  calls   INTEGER NOT NULL,
  PRIMARY KEY (day, line, city, seconds)
) WITHOUT ROWID;
CREATE TABLE stale (             -- days whose calls changed since they were added up
  day TEXT PRIMARY KEY
) WITHOUT ROWID;
INSERT INTO stale SELECT DISTINCT day FROM call;
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
            connection.execute_batch(&migration.concat())?;
        }
        connection.pragma_update(None, "user_version", VERSION)?;
        connection.execute_batch("COMMIT")?;
    }
    Ok(connection)
}

pub(super) fn version(connection: &Connection) -> Result<i64, JournalError> {
    Ok(connection.pragma_query_value(None, "user_version", |row| row.get(0))?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_journal_of_version_1_becomes_calls() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal.db");
        let old = Connection::open(&path).unwrap();
        old.execute_batch(TABLES).unwrap();
        old.execute_batch(
            "INSERT INTO search VALUES (x'01a214dff518761d9a8c4943d829c6e9', 1790000000000, '问', '210100', NULL, '8890',
               'A07', 'c1', 'k', '[\"a\",\"b\"]', 0.5, NULL);
             INSERT INTO search VALUES (x'01a214dff518761d9a8c4943d829c6ea', 1790000001000, '问', NULL, NULL, 'chatbot',
               NULL, NULL, 'k', '[]', 0.0, 0);
             INSERT INTO told (at, call, search_id, outcome, entry_id, key_id, note) VALUES
               (1790000007000, 'c1', x'01a214dff518761d9a8c4943d829c6e9', 'copied', 'b', 'k', ''),
               (1790000008000, 'c1', NULL, 'answered', NULL, 'k', ''),
               (1790000009000, 'c2', NULL, 'dispatched', NULL, 'k', '');
             INSERT INTO call VALUES ('c1', 1790000008000, 'answered', NULL, '210100', '8890', 'A07', 'k');
             INSERT INTO call VALUES ('c2', 1790000009000, 'dispatched', '供热办', NULL, '12345', NULL, 'k');
             PRAGMA user_version = 1;",
        )
        .unwrap();
        drop(old);
        let connection = open(&path).unwrap();
        let sql = "SELECT id || ' ' || line || ' ' || department || ' ' || outcome || ' ' || searches || empty || refused ||
                          copied || COALESCE(waited, '-') || third FROM call ORDER BY number";
        let calls: Vec<String> = connection
            .prepare(sql)
            .unwrap()
            .query_map([], |row| row.get(0))
            .unwrap()
            .map(Result::unwrap)
            .collect();
        let bots = "01a214df-f518-761d-9a8c-4943d829c6ea chatbot   1110-0";
        assert_eq!(calls, ["c1 8890  answered 100171", bots, "c2 12345 供热办 dispatched 0000-0"]);
        assert_eq!(version(&connection).unwrap(), VERSION);
    }
}
