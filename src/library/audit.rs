//! The audit log: who did what to what, and why. It is only ever added to; the
//! database itself refuses to change or delete a line.

use rusqlite::{Connection, params};
use serde::Serialize;

use super::{Library, LibraryError};

/// Something to be written down.
#[derive(Debug, Clone, Copy)]
pub struct AuditEvent<'a> {
    /// Signature of the key, or the command.
    pub actor: &'a str,
    /// Stable for programs: `entry.published`, `key.created`.
    pub action: &'a str,
    /// What it was done to; empty where it is the library as a whole.
    pub object: &'a str,
    pub reason: &'a str,
}

/// A line of the log.
#[derive(Debug, Clone, Serialize)]
pub struct AuditLine {
    pub number: u64,
    /// RFC 3339, UTC.
    pub at: String,
    pub actor: String,
    pub action: String,
    pub object: String,
    pub reason: String,
}

/// How often a key was used for something on a day.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
pub struct KeyUse {
    pub key_id: String,
    /// `2026-11-25`
    pub day: String,
    /// `GET /v1/search`
    pub action: String,
    pub times: u64,
    /// RFC 3339, UTC.
    pub last_at: String,
}

/// Writes one line within the transaction of what it tells of.
pub(super) fn write(connection: &Connection, at: &str, event: &AuditEvent<'_>) -> Result<(), LibraryError> {
    let sql = "INSERT INTO audit (at, actor, action, object, reason) VALUES (?1, ?2, ?3, ?4, ?5)";
    let AuditEvent { actor, action, object, reason } = event;
    connection.prepare_cached(sql)?.execute(params![at, actor, action, object, reason])?;
    Ok(())
}

impl Library {
    /// Writes down something that changed nothing in the library itself.
    pub fn record(&self, event: &AuditEvent<'_>) -> Result<(), LibraryError> {
        write(&self.connection, &jiff::Timestamp::now().to_string(), event)
    }

    /// Lines after a number, oldest first, at most `limit`; of one object where
    /// that is given.
    pub fn audit(
        &self,
        since: u64,
        object: Option<&str>,
        limit: usize,
    ) -> Result<Vec<AuditLine>, LibraryError> {
        let sql = "SELECT number, at, actor, action, object, reason FROM audit
                   WHERE number > ?1 AND (?2 IS NULL OR object = ?2) ORDER BY number LIMIT ?3";
        let mut query = self.connection.prepare_cached(sql)?;
        let rows = query.query_map(params![since, object, limit], |row| {
            Ok(AuditLine {
                number: row.get(0)?,
                at: row.get(1)?,
                actor: row.get(2)?,
                action: row.get(3)?,
                object: row.get(4)?,
                reason: row.get(5)?,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Adds up uses of keys, all in one transaction.
    pub fn record_key_uses(&mut self, uses: &[KeyUse]) -> Result<(), LibraryError> {
        let transaction = self.connection.transaction()?;
        let sql = "INSERT INTO key_use (key_id, day, action, times, last_at) VALUES (?1, ?2, ?3, ?4, ?5)
                   ON CONFLICT (key_id, day, action) DO UPDATE SET
                     times = times + excluded.times, last_at = excluded.last_at";
        for KeyUse { key_id, day, action, times, last_at } in uses {
            transaction.prepare_cached(sql)?.execute(params![key_id, day, action, times, last_at])?;
        }
        Ok(transaction.commit()?)
    }

    /// How often and for what a key was used, newest day first.
    pub fn key_uses(&self, key_id: &str) -> Result<Vec<KeyUse>, LibraryError> {
        let sql = "SELECT key_id, day, action, times, last_at FROM key_use WHERE key_id = ?1
                   ORDER BY day DESC, action";
        let mut query = self.connection.prepare_cached(sql)?;
        let rows = query.query_map([key_id], |row| {
            Ok(KeyUse {
                key_id: row.get(0)?,
                day: row.get(1)?,
                action: row.get(2)?,
                times: row.get(3)?,
                last_at: row.get(4)?,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}
