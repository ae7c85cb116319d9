//! What the journal knows of one call, in the order of time: what a ticket's
//! draft is made of. Everything in it was masked when it was written.

use jiff::Timestamp;
use rusqlite::{OptionalExtension, params};
use uuid::Uuid;

use super::{Journal, JournalError};

/// A call as it is written down.
#[derive(Debug, Clone, Default)]
pub struct Story {
    pub line: String,
    /// Code of the region; empty where nobody said it, as the next ones.
    pub region: String,
    pub topic: String,
    pub department: String,
    pub seat: String,
    pub outcome: String,
    pub satisfaction: u8,
    pub questions: Vec<Question>,
    pub words: Vec<Word>,
}

/// A question of a call.
#[derive(Debug, Clone)]
pub struct Question {
    pub at: Timestamp,
    pub text: String,
    /// Ids of the first hits.
    pub shown: Vec<String>,
    /// Of the answer API: whether it answered.
    pub answered: Option<bool>,
}

/// What was told of a call.
#[derive(Debug, Clone)]
pub struct Word {
    pub at: Timestamp,
    pub outcome: String,
    pub entry_id: Option<String>,
    pub note: String,
}

impl Journal {
    /// A call by its name as it is written; none where it left the journal.
    pub fn story(&self, call: &str) -> Result<Option<Story>, JournalError> {
        let Some(connection) = self.reading()? else { return Ok(None) };
        let sql =
            "SELECT at, line, region, topic, department, seat, outcome, satisfaction FROM call WHERE id = ?1";
        let found = connection.query_row(sql, [call], |row| {
            let story = Story {
                line: row.get(1)?,
                region: row.get(2)?,
                topic: row.get(3)?,
                department: row.get(4)?,
                seat: row.get(5)?,
                outcome: row.get(6)?,
                satisfaction: row.get(7)?,
                ..Story::default()
            };
            Ok((row.get::<_, i64>(0)?, story))
        });
        let Some((from, mut story)) = found.optional()? else { return Ok(None) };
        // A call nobody named has its search's id as its name.
        let id = Uuid::parse_str(call).map(|id| id.as_bytes().to_vec()).unwrap_or_default();
        let sql = "SELECT at, question, shown, answered FROM search WHERE at >= ?1 AND call = ?2
                   UNION ALL SELECT at, question, shown, answered FROM search WHERE id = ?3 AND call IS NULL
                   ORDER BY 1";
        let mut query = connection.prepare(sql)?;
        let rows = query.query_map(params![from, call, id], |row| {
            let shown: String = row.get(2)?;
            Ok(Question {
                at: moment(row.get(0)?),
                text: row.get(1)?,
                shown: serde_json::from_str(&shown).unwrap_or_default(),
                answered: row.get(3)?,
            })
        })?;
        story.questions = rows.collect::<Result<_, _>>()?;
        let sql = "SELECT at, outcome, entry_id, note FROM told
                   WHERE outcome IN ('opened', 'copied', 'answered', 'dispatched', 'abandoned', 'rated')
                     AND at >= ?1 AND call = ?2 ORDER BY number";
        let mut query = connection.prepare(sql)?;
        let rows = query.query_map(params![from, call], |row| {
            let at = moment(row.get(0)?);
            Ok(Word { at, outcome: row.get(1)?, entry_id: row.get(2)?, note: row.get(3)? })
        })?;
        story.words = rows.collect::<Result<_, _>>()?;
        Ok(Some(story))
    }
}

pub(super) fn moment(at_ms: i64) -> Timestamp {
    Timestamp::from_millisecond(at_ms).unwrap_or_default()
}
