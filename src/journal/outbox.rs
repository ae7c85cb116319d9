//! What is to be told to other programs: written with what it is about in one
//! transaction, so that a kill loses nothing; sent by a thread of its own
//! (`handing`), again and again until it is taken or given up. One subject (a
//! call, a warning) goes to one hook once.

use jiff::{SignedDuration, Timestamp};
use rusqlite::{Connection, OptionalExtension, Row, params};
use serde::Serialize;
use uuid::Uuid;

use super::{Journal, JournalError, calls, schema};
use crate::text::is_personal_number;

/// What version 3 added for it.
pub(super) const TABLES: &str = "
CREATE TABLE outbox (
  number   INTEGER PRIMARY KEY,
  id       TEXT NOT NULL UNIQUE,  -- the same each time it is sent
  hook     TEXT NOT NULL,         -- dispatch, warnings
  subject  TEXT NOT NULL,         -- the call's name, the warning's number
  at       INTEGER NOT NULL,
  body     TEXT,                  -- none until it is sent first
  attempts INTEGER NOT NULL DEFAULT 0,
  next_at  INTEGER,               -- none once it is taken or given up
  state    TEXT NOT NULL DEFAULT 'waiting',  -- waiting, taken, given_up
  answer   TEXT NOT NULL DEFAULT '',         -- the ticket's number, or why it was not taken
  UNIQUE (hook, subject)
);
CREATE INDEX outbox_due ON outbox (hook, next_at) WHERE next_at IS NOT NULL;
";

/// Waits between one attempt and the next, in seconds; after the last it is
/// given up, three days after the first.
const WAITS_SECONDS: [i64; 12] = [1, 5, 30, 120, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 72_000];
/// Longest number of a ticket that is kept.
const MAX_ANSWER_CHARS: usize = 200;

/// Where a message goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HookName {
    Dispatch,
    Warnings,
}

impl HookName {
    /// The name in the settings and in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            HookName::Dispatch => "dispatch",
            HookName::Warnings => "warnings",
        }
    }
}

/// What became of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Delivery {
    Waiting,
    Taken,
    GivenUp,
}

/// A message that is due.
#[derive(Debug)]
pub struct Due {
    pub id: String,
    pub subject: String,
    /// None where it was never sent.
    pub body: Option<String>,
    pub attempts: u32,
}

/// What a subject's message came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    pub state: Delivery,
    pub attempts: u32,
    pub next_at: Option<Timestamp>,
    /// Of what was taken: the ticket's number, where one came back; else why not.
    pub answer: String,
}

/// Puts a message about a subject into the outbox, once.
pub(super) fn put(
    connection: &Connection,
    hook: HookName,
    subject: &str,
    at: Timestamp,
) -> Result<(), JournalError> {
    let id = format!("msg_{}", Uuid::now_v7().simple());
    let at = at.as_millisecond();
    let sql = "INSERT OR IGNORE INTO outbox (id, hook, subject, at, next_at) VALUES (?1, ?2, ?3, ?4, ?4)";
    connection.prepare_cached(sql)?.execute(params![id, hook.as_str(), subject, at])?;
    Ok(())
}

impl Journal {
    /// The messages of a hook that are due, the longest waiting first.
    pub fn due(&self, hook: HookName, now: Timestamp, limit: usize) -> Result<Vec<Due>, JournalError> {
        let Some(connection) = self.reading()? else { return Ok(Vec::new()) };
        let sql = "SELECT id, subject, body, attempts FROM outbox
                   WHERE hook = ?1 AND next_at <= ?2 ORDER BY next_at LIMIT ?3";
        let mut query = connection.prepare(sql)?;
        let rows = query.query_map(params![hook.as_str(), now.as_millisecond(), limit], |row| {
            Ok(Due { id: row.get(0)?, subject: row.get(1)?, body: row.get(2)?, attempts: row.get(3)? })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Keeps the body before it is sent first: it stays the same from then on.
    pub fn keep_body(&self, id: &str, body: &str) -> Result<(), JournalError> {
        schema::open(&self.path)?.execute("UPDATE outbox SET body = ?2 WHERE id = ?1", [id, body])?;
        Ok(())
    }

    /// A message was taken; the answer is the ticket's number, or empty.
    pub fn was_taken(&self, id: &str, answer: &str) -> Result<(), JournalError> {
        let answer: String = answer.trim().chars().take(MAX_ANSWER_CHARS).collect();
        let answer =
            if is_personal_number(&answer) { crate::text::mask(&answer).into_owned() } else { answer };
        let sql = "UPDATE outbox SET state = 'taken', attempts = attempts + 1, next_at = NULL, answer = ?2
                   WHERE id = ?1";
        schema::open(&self.path)?.execute(sql, [id, answer.as_str()])?;
        Ok(())
    }

    /// A message was not taken; says when it is sent again, none where it is given up.
    pub fn was_not_taken(
        &self,
        due: &Due,
        why: &str,
        is_final: bool,
        now: Timestamp,
    ) -> Result<Option<Timestamp>, JournalError> {
        let wait = WAITS_SECONDS.get(due.attempts as usize).filter(|_| !is_final);
        let next = wait.and_then(|wait| now.checked_add(SignedDuration::from_secs(*wait)).ok());
        let state = if next.is_some() { "waiting" } else { "given_up" };
        let sql =
            "UPDATE outbox SET state = ?2, attempts = attempts + 1, next_at = ?3, answer = ?4 WHERE id = ?1";
        let next_at = next.map(Timestamp::as_millisecond);
        schema::open(&self.path)?.execute(sql, params![due.id, state, next_at, why])?;
        Ok(next)
    }

    /// What became of the message about a call; none where none was to be sent.
    pub fn handed_over(&self, call: &str) -> Result<Option<Told>, JournalError> {
        let Some(connection) = self.reading()? else { return Ok(None) };
        let sql = "SELECT state, attempts, next_at, answer FROM outbox WHERE hook = ?1 AND subject = ?2";
        let subject = calls::call_name(call);
        let mut query = connection.prepare(sql)?;
        Ok(query.query_row([HookName::Dispatch.as_str(), &subject], Told::read).optional()?)
    }
}

impl Told {
    fn read(row: &Row<'_>) -> rusqlite::Result<Told> {
        let state: String = row.get(0)?;
        let next_at: Option<i64> = row.get(2)?;
        Ok(Told {
            state: match state.as_str() {
                "taken" => Delivery::Taken,
                "given_up" => Delivery::GivenUp,
                _ => Delivery::Waiting,
            },
            attempts: row.get(1)?,
            next_at: next_at.and_then(|at| Timestamp::from_millisecond(at).ok()),
            answer: row.get(3)?,
        })
    }
}
