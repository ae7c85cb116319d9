//! What agents chose for a question: what they copied or answered with, in calls
//! that did not end with a ticket. The question memory is learned from it.

use std::collections::{HashMap, HashSet};

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use rusqlite::{Connection, params};

use super::story::moment;
use super::unhelped::day_of;
use super::{Journal, JournalError};

/// A question that found nothing of use and was put in other words within this
/// time is answered by what those words found.
const SAME_MATTER: SignedDuration = SignedDuration::from_mins(5);

/// An entry that an agent chose for a question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chosen {
    /// As it was masked.
    pub question: String,
    /// Where the entry was not found by this question: what the agent asked next
    /// in the same call, which found it.
    pub asked_next: Option<String>,
    pub entry_id: String,
    pub key_id: String,
    /// Empty where the desk named none.
    pub seat: String,
    pub call: String,
    /// Where the server stands.
    pub day: Date,
}

/// A question of a call with more than one.
struct Earlier {
    id: Vec<u8>,
    at: i64,
    question: String,
}

impl Journal {
    /// What was chosen since then, the oldest first. Only what a key told counts;
    /// chatbots choose nothing; a call that ended with a ticket or without the
    /// caller was not answered.
    pub fn chosen(&self, since: Timestamp) -> Result<Vec<Chosen>, JournalError> {
        let Some(connection) = self.reading()? else { return Ok(Vec::new()) };
        let earlier = earlier(&connection, since)?;
        let used = used(&connection, since)?;
        let sql = "SELECT search.id, search.at, search.question, told.entry_id, told.key_id,
                          COALESCE(told.seat, ''), told.call, told.at
                   FROM told JOIN search ON search.id = told.search_id JOIN call ON call.id = told.call
                   WHERE told.outcome IN ('copied', 'answered') AND told.at >= ?1
                     AND told.entry_id IS NOT NULL AND told.key_id <> ''
                     AND call.outcome NOT IN ('dispatched', 'abandoned') AND call.line <> 'chatbot'
                   ORDER BY told.number";
        let mut query = connection.prepare(sql)?;
        let mut rows = query.query([since.as_millisecond()])?;
        let mut all = Vec::new();
        while let Some(row) = rows.next()? {
            let (search, asked_at): (Vec<u8>, i64) = (row.get(0)?, row.get(1)?);
            let chosen = Chosen {
                question: row.get(2)?,
                asked_next: None,
                entry_id: row.get(3)?,
                key_id: row.get(4)?,
                seat: row.get(5)?,
                call: row.get(6)?,
                day: day_of(moment(row.get(7)?)),
            };
            for before in earlier.get(&chosen.call).into_iter().flatten() {
                let waited_ms = asked_at - before.at;
                let is_before =
                    before.id != search && (0..=SAME_MATTER.as_millis() as i64).contains(&waited_ms);
                if is_before && !used.contains(&before.id) {
                    let asked_next = Some(chosen.question.clone());
                    all.push(Chosen { question: before.question.clone(), asked_next, ..chosen.clone() });
                }
            }
            all.push(chosen);
        }
        Ok(all)
    }
}

/// By call: its questions, where there are several.
fn earlier(connection: &Connection, since: Timestamp) -> Result<HashMap<String, Vec<Earlier>>, JournalError> {
    let sql = "SELECT search.call, search.id, search.at, search.question
               FROM search JOIN call ON call.id = search.call
               WHERE search.at >= ?1 AND call.searches > 1
                 AND (call.copied > 0 OR call.outcome = 'answered') ORDER BY search.at";
    let mut query = connection.prepare(sql)?;
    let mut rows = query.query(params![since.as_millisecond() - SAME_MATTER.as_millis() as i64])?;
    let mut by_call: HashMap<String, Vec<Earlier>> = HashMap::new();
    while let Some(row) = rows.next()? {
        let one = Earlier { id: row.get(1)?, at: row.get(2)?, question: row.get(3)? };
        by_call.entry(row.get(0)?).or_default().push(one);
    }
    Ok(by_call)
}

/// Searches of which an entry was copied or answered with.
fn used(connection: &Connection, since: Timestamp) -> Result<HashSet<Vec<u8>>, JournalError> {
    let sql = "SELECT search_id FROM told
               WHERE outcome IN ('copied', 'answered') AND at >= ?1 AND search_id IS NOT NULL";
    let mut query = connection.prepare(sql)?;
    let rows = query.query_map([since.as_millisecond()], |row| row.get(0))?;
    Ok(rows.collect::<Result<_, _>>()?)
}
