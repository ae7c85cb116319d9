//! What the journal says when it is added up.

use std::collections::HashSet;

use jiff::Timestamp;
use jiff::civil::Date;
#[cfg(test)]
use rusqlite::OptionalExtension;
use rusqlite::{Connection, OpenFlags, params};
use serde::Serialize;

use super::{Counts, Journal, JournalError, Outcome, Selection, schema};

/// How many calls were answered at once, over those whose outcome is known.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct InstantAnswer {
    /// Calls whose outcome was fed back, those given up by the caller too.
    pub accepted: u64,
    pub answered: u64,
    pub dispatched: u64,
    /// `answered / accepted`; none without a call.
    pub rate: Option<f64>,
}

/// An entry and how often something was done with it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct EntryCount {
    pub id: String,
    pub times: u64,
}

/// A question that agents answered with an entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Telling {
    /// As it was masked.
    pub question: String,
    pub entry_id: String,
    pub times: u64,
}

impl Journal {
    /// The instant-answer rate (即时答复率) of the calls of some days, both
    /// included: a call belongs to the day on which it was first heard of.
    pub fn instant_answer(&self, from: Date, to: Date) -> Result<InstantAnswer, JournalError> {
        let counts = self.counts(&Selection { from, to, line: None, region: None })?;
        let Counts { accepted, answered, dispatched, .. } = counts;
        let rate = (accepted > 0).then(|| answered as f64 / accepted as f64);
        Ok(InstantAnswer { accepted, answered, dispatched, rate })
    }

    /// Entries something was done with since then, the most often first.
    pub fn entries_with(
        &self,
        outcome: Outcome,
        since: Timestamp,
        limit: usize,
    ) -> Result<Vec<EntryCount>, JournalError> {
        let Some(connection) = self.reading()? else { return Ok(Vec::new()) };
        let sql = "SELECT entry_id, COUNT(*) FROM told
                   WHERE outcome = ?1 AND at >= ?2 AND entry_id IS NOT NULL
                   GROUP BY entry_id ORDER BY 2 DESC, 1 LIMIT ?3";
        let mut query = connection.prepare(sql)?;
        let rows = query.query_map(params![outcome.as_str(), since.as_millisecond(), limit], |row| {
            Ok(EntryCount { id: row.get(0)?, times: row.get(1)? })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Entries that stood among the first three of a search since then.
    pub fn shown_since(&self, since: Timestamp) -> Result<HashSet<String>, JournalError> {
        let Some(connection) = self.reading()? else { return Ok(HashSet::new()) };
        let mut query = connection.prepare("SELECT entry_id FROM shown WHERE last_at >= ?1")?;
        let rows = query.query_map([since.as_millisecond()], |row| row.get(0))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The questions agents answered with the same entry most often since then:
    /// what any new generation has to get right. A question counts for an entry
    /// only where two seats with a key said so: one could say anything.
    pub fn most_answered(&self, since: Timestamp, limit: usize) -> Result<Vec<Telling>, JournalError> {
        let Some(connection) = self.reading()? else { return Ok(Vec::new()) };
        let sql = "SELECT search.question, told.entry_id, COUNT(DISTINCT told.call)
                   FROM told JOIN search ON search.id = told.search_id
                   WHERE told.outcome = ?1 AND told.at >= ?2 AND told.entry_id IS NOT NULL AND told.key_id <> ''
                   GROUP BY search.question, told.entry_id
                   HAVING COUNT(DISTINCT told.key_id || ' ' || COALESCE(told.seat, '')) > 1 ORDER BY 3 DESC, 1, 2 LIMIT ?3";
        let mut query = connection.prepare(sql)?;
        let rows = query
            .query_map(params![Outcome::Answered.as_str(), since.as_millisecond(), limit], |row| {
                Ok(Telling { question: row.get(0)?, entry_id: row.get(1)?, times: row.get(2)? })
            })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The question of a search, as it was masked.
    #[cfg(test)]
    pub(super) fn question_of(&self, search_id: &uuid::Uuid) -> Result<Option<String>, JournalError> {
        let Some(connection) = self.reading()? else { return Ok(None) };
        let sql = "SELECT question FROM search WHERE id = ?1";
        Ok(connection.query_row(sql, [search_id.as_bytes()], |row| row.get(0)).optional()?)
    }

    /// A connection that only reads; none where nothing was ever written.
    pub(super) fn reading(&self) -> Result<Option<Connection>, JournalError> {
        if !self.path.exists() {
            return Ok(None);
        }
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(&self.path, flags)?;
        connection.busy_timeout(schema::PATIENCE)?;
        match schema::version(&connection)? {
            // Another thread may just be making the tables.
            0 => Ok(None),
            schema::VERSION => Ok(Some(connection)),
            // Of an earlier program, or a later one: brought up to date, or refused.
            _ => schema::open(&self.path).map(Some),
        }
    }
}
