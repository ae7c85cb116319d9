//! Warnings as they are kept: in the journal's own database, gone with it after
//! its days. Everything in them was masked when it was written down.

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use rusqlite::{OptionalExtension, Row, params};
use serde::{Deserialize, Serialize};

use super::story::moment;
use super::{HookName, Journal, JournalError, outbox, schema};
use crate::text::mask;
use crate::warnings::{COMES_BACK_HOURS, Flare, Kind, Subject, Verdict, WINDOWS};

/// What version 3 added for it.
pub(super) const TABLES: &str = "
CREATE TABLE warning (
  number          INTEGER PRIMARY KEY,
  kind            TEXT NOT NULL,     -- topic, place, entry, topic_place, rule
  key             TEXT NOT NULL,     -- of the series; a rule's name
  call            TEXT,              -- of a rule: which call; each once
  region          TEXT NOT NULL DEFAULT '',  -- of that call
  since           INTEGER NOT NULL,
  raised_at       INTEGER NOT NULL,
  last_at         INTEGER NOT NULL,
  over_at         INTEGER,
  hours           INTEGER NOT NULL,  -- of the window it was most unusual in
  calls           INTEGER NOT NULL,
  expected        REAL NOT NULL,
  chance          REAL NOT NULL,
  also            TEXT NOT NULL,     -- series that flared up with it, JSON
  detail          TEXT NOT NULL,     -- questions, places, entries, days, JSON
  acknowledged_at INTEGER,
  acknowledged_by TEXT NOT NULL DEFAULT '',
  note            TEXT NOT NULL DEFAULT '',
  UNIQUE (key, call)
);
CREATE INDEX warning_by_last ON warning (last_at);
CREATE TABLE watched (               -- up to where the rules were held against what was said
  name  TEXT PRIMARY KEY,
  value BLOB NOT NULL
) WITHOUT ROWID;
";

/// What a warning was raised for, as it is kept.
#[derive(Debug, Clone, PartialEq)]
pub struct Warned {
    pub number: i64,
    pub subject: Subject,
    /// Code of the region, of a rule's call; empty where nobody said it.
    pub region: String,
    pub since: Timestamp,
    pub raised_at: Timestamp,
    pub last_at: Timestamp,
    pub over_at: Option<Timestamp>,
    pub hours: u32,
    pub calls: u32,
    pub expected: f64,
    pub chance: f64,
    pub also: Vec<Subject>,
    pub detail: Detail,
    pub acknowledged: Option<Acknowledged>,
}

/// Who has seen a warning, and what about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Acknowledged {
    pub at: Timestamp,
    pub by: String,
    pub note: String,
}

/// What a warning shows beside its numbers.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Detail {
    pub questions: Vec<String>,
    /// Codes of regions and their calls.
    pub places: Vec<(String, u32)>,
    /// Ids of entries and for how many calls they were shown first.
    pub entries: Vec<(String, u32)>,
    pub days: Vec<DayOfDetail>,
}

/// A day of a warning's course.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DayOfDetail {
    pub day: Date,
    pub calls: u32,
    pub usual: f64,
}

/// Which warnings are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WarningState {
    /// Nobody has seen it and it is not over.
    Open,
    Acknowledged,
    Over,
}

const COLUMNS: &str =
    "number, kind, key, region, since, raised_at, last_at, over_at, hours, calls, expected, chance,
    also, detail, acknowledged_at, acknowledged_by, note";

impl Warned {
    /// Where it stands.
    pub fn state(&self) -> WarningState {
        match (&self.over_at, &self.acknowledged) {
            (Some(_), _) => WarningState::Over,
            (None, Some(_)) => WarningState::Acknowledged,
            (None, None) => WarningState::Open,
        }
    }

    fn read(row: &Row<'_>) -> rusqlite::Result<Warned> {
        let (kind, also, detail): (String, String, String) = (row.get(1)?, row.get(12)?, row.get(13)?);
        let also: Vec<(String, String)> = serde_json::from_str(&also).unwrap_or_default();
        let also = also.into_iter().filter_map(|(kind, key)| Some(Subject::new(Kind::parse(&kind)?, key)));
        let over_at: Option<i64> = row.get(7)?;
        let acknowledged_at: Option<i64> = row.get(14)?;
        let (by, note) = (row.get(15)?, row.get(16)?);
        Ok(Warned {
            number: row.get(0)?,
            subject: Subject::new(Kind::parse(&kind).unwrap_or(Kind::Rule), row.get::<_, String>(2)?),
            region: row.get(3)?,
            since: moment(row.get(4)?),
            raised_at: moment(row.get(5)?),
            last_at: moment(row.get(6)?),
            over_at: over_at.map(moment),
            hours: row.get(8)?,
            calls: row.get(9)?,
            expected: row.get(10)?,
            chance: row.get(11)?,
            also: also.collect(),
            detail: serde_json::from_str(&detail).unwrap_or_default(),
            acknowledged: acknowledged_at.map(|at| Acknowledged { at: moment(at), by, note }),
        })
    }

    /// As the watch goes on with it.
    pub fn flare(&self) -> Flare {
        let window =
            WINDOWS.into_iter().find(|window| window.hours == self.hours as usize).unwrap_or(WINDOWS[1]);
        Flare {
            subject: self.subject.clone(),
            also: self.also.clone(),
            since_ms: self.since.as_millisecond(),
            last_ms: self.last_at.as_millisecond(),
            over_ms: self.over_at.map(Timestamp::as_millisecond),
            verdict: Verdict { window, count: self.calls, expected: self.expected, chance: self.chance },
        }
    }
}

impl Journal {
    /// The flares under way, and those that may come back, with their numbers.
    pub fn flares(&self, now: Timestamp) -> Result<Vec<(i64, Flare)>, JournalError> {
        let Some(connection) = self.reading()? else { return Ok(Vec::new()) };
        let back = now.checked_sub(SignedDuration::from_hours(COMES_BACK_HOURS)).unwrap_or(Timestamp::MIN);
        let sql = format!(
            "SELECT {COLUMNS} FROM warning WHERE call IS NULL AND (over_at IS NULL OR over_at >= ?1)"
        );
        let mut query = connection.prepare(&sql)?;
        let rows = query.query_map([back.as_millisecond()], Warned::read)?;
        rows.map(|warned| warned.map(|warned| (warned.number, warned.flare())).map_err(Into::into)).collect()
    }

    /// Writes a flare down, a new one with a message to the hook where there is
    /// one. Returns its number.
    pub fn keep_flare(
        &self,
        number: Option<i64>,
        flare: &Flare,
        detail: &Detail,
        is_told: bool,
        now: Timestamp,
    ) -> Result<i64, JournalError> {
        let mut connection = schema::open(&self.path)?;
        let transaction = connection.transaction()?;
        let also: Vec<(&str, &str)> =
            flare.also.iter().map(|one| (one.kind.as_str(), one.key.as_str())).collect();
        let (also, detail) = (serde_json::json!(also).to_string(), serde_json::json!(detail).to_string());
        let Verdict { window, count, expected, chance } = flare.verdict;
        let number = match number {
            Some(number) => {
                let sql =
                    "UPDATE warning SET last_at = ?2, over_at = ?3, hours = ?4, calls = ?5, expected = ?6,
                           chance = ?7, also = ?8, detail = ?9 WHERE number = ?1";
                transaction.execute(
                    sql,
                    params![
                        number,
                        flare.last_ms,
                        flare.over_ms,
                        window.hours,
                        count,
                        expected,
                        chance,
                        also,
                        detail
                    ],
                )?;
                number
            }
            None => {
                let sql = "INSERT INTO warning (kind, key, since, raised_at, last_at, over_at, hours, calls, expected,
                           chance, also, detail) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)";
                let (kind, key) = (flare.subject.kind.as_str(), &flare.subject.key);
                let now_ms = now.as_millisecond();
                transaction.execute(
                    sql,
                    params![
                        kind,
                        key,
                        flare.since_ms,
                        now_ms,
                        flare.last_ms,
                        flare.over_ms,
                        window.hours,
                        count,
                        expected,
                        chance,
                        also,
                        detail
                    ],
                )?;
                let number = transaction.last_insert_rowid();
                if is_told {
                    outbox::put(&transaction, HookName::Warnings, &number.to_string(), now)?;
                }
                number
            }
        };
        transaction.commit()?;
        Ok(number)
    }

    /// Warnings by state, the newest first, before a number.
    pub fn warnings(
        &self,
        state: Option<WarningState>,
        before: Option<i64>,
        limit: usize,
    ) -> Result<Vec<Warned>, JournalError> {
        let Some(connection) = self.reading()? else { return Ok(Vec::new()) };
        let is_in = match state {
            None => "1",
            Some(WarningState::Open) => "over_at IS NULL AND acknowledged_at IS NULL",
            Some(WarningState::Acknowledged) => "over_at IS NULL AND acknowledged_at IS NOT NULL",
            Some(WarningState::Over) => "over_at IS NOT NULL",
        };
        let sql = format!(
            "SELECT {COLUMNS} FROM warning WHERE {is_in} AND number < ?1 ORDER BY number DESC LIMIT ?2"
        );
        let mut query = connection.prepare(&sql)?;
        let rows = query.query_map(params![before.unwrap_or(i64::MAX), limit], Warned::read)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// One warning.
    pub fn warning(&self, number: i64) -> Result<Option<Warned>, JournalError> {
        let Some(connection) = self.reading()? else { return Ok(None) };
        let sql = format!("SELECT {COLUMNS} FROM warning WHERE number = ?1");
        Ok(connection.query_row(&sql, [number], Warned::read).optional()?)
    }

    /// Says that somebody has seen a warning; a rule's is over with it.
    pub fn acknowledge(
        &self,
        number: i64,
        by: &str,
        note: &str,
        now: Timestamp,
    ) -> Result<bool, JournalError> {
        if !self.path.exists() {
            return Ok(false);
        }
        let sql = "UPDATE warning SET acknowledged_at = ?2, acknowledged_by = ?3, note = ?4,
                   over_at = CASE WHEN call IS NULL THEN over_at ELSE COALESCE(over_at, ?2) END WHERE number = ?1";
        let at = now.as_millisecond();
        Ok(schema::open(&self.path)?.execute(sql, params![number, at, by, mask(note)])? > 0)
    }
}
