//! Publishing and retiring at a set time. What was scheduled is one revision:
//! whoever writes a newer one ends the schedule.

use jiff::Timestamp;
use rusqlite::{OptionalExtension, params};
use serde::Serialize;

use super::edit::action_of;
use super::{Library, LibraryError};
use crate::entry::Status;

/// The status a schedule gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Due {
    Published,
    Retired,
}

impl Due {
    fn status(self) -> Status {
        match self {
            Due::Published => Status::Published,
            Due::Retired => Status::Retired,
        }
    }

    fn parse(text: &str) -> Due {
        if text == "published" { Due::Published } else { Due::Retired }
    }
}

/// What is to happen to a revision, and when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Scheduled {
    pub entry_id: String,
    pub version: u32,
    pub status: Due,
    pub due_at: Timestamp,
    pub made_by: String,
    pub reason: String,
}

impl Library {
    /// Schedules what is to happen to an entry's newest revision, in place of
    /// what was scheduled before. False where that version is not the newest.
    pub fn schedule(&mut self, scheduled: &Scheduled) -> Result<bool, LibraryError> {
        let Scheduled { entry_id, version, status, due_at, made_by, reason } = scheduled;
        let loading = self.load(made_by, reason)?;
        if loading.entry(entry_id)?.is_none_or(|newest| newest.version != *version) {
            return Ok(false);
        }
        let sql = "INSERT INTO schedule (entry_id, version, status, due_at, made_by, reason)
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6)
                   ON CONFLICT (entry_id) DO UPDATE SET version = excluded.version, status = excluded.status,
                     due_at = excluded.due_at, made_by = excluded.made_by, reason = excluded.reason";
        let status = status.status().as_str();
        loading
            .transaction
            .execute(sql, params![entry_id, version, status, due_at.to_string(), made_by, reason])?;
        loading.record("entry.scheduled", entry_id)?;
        loading.end()?;
        Ok(true)
    }

    /// What is scheduled, the next first.
    pub fn scheduled(&self) -> Result<Vec<Scheduled>, LibraryError> {
        let sql = "SELECT entry_id, version, status, due_at, made_by, reason FROM schedule ORDER BY due_at";
        let mut query = self.connection.prepare_cached(sql)?;
        let rows = query.query_map([], |row| {
            let status: String = row.get(2)?;
            let due_at: String = row.get(3)?;
            Ok(Scheduled {
                entry_id: row.get(0)?,
                version: row.get(1)?,
                status: Due::parse(&status),
                due_at: due_at.parse().unwrap_or(Timestamp::MAX),
                made_by: row.get(4)?,
                reason: row.get(5)?,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Carries out what is due; returns how many entries took a new status.
    pub fn carry_out_due(&mut self, now: Timestamp) -> Result<u64, LibraryError> {
        let due: Option<i64> = self
            .connection
            .prepare_cached("SELECT 1 FROM schedule WHERE due_at <= ?1 LIMIT 1")?
            .query_row([now.to_string()], |row| row.get(0))
            .optional()?;
        if due.is_none() {
            return Ok(0);
        }
        let mut done = 0;
        for scheduled in self.scheduled()?.into_iter().filter(|scheduled| scheduled.due_at <= now) {
            done += u64::from(self.carry_out(&scheduled)?);
        }
        Ok(done)
    }

    fn carry_out(&mut self, scheduled: &Scheduled) -> Result<bool, LibraryError> {
        let mut loading = self.load(&scheduled.made_by, &scheduled.reason)?;
        let sql = "DELETE FROM schedule WHERE entry_id = ?1 AND version = ?2 AND due_at = ?3";
        let due_at = scheduled.due_at.to_string();
        let is_still_there =
            loading.transaction.execute(sql, params![scheduled.entry_id, scheduled.version, due_at])? > 0;
        let newest = loading.entry(&scheduled.entry_id)?;
        let is_meant = |version: u32| is_still_there && version == scheduled.version;
        let Some(newest) = newest.filter(|newest| is_meant(newest.version)) else {
            if is_still_there {
                loading.record("schedule.lapsed", &scheduled.entry_id)?;
            }
            loading.end()?;
            return Ok(false);
        };
        let mut entry = newest.entry;
        entry.status = scheduled.status.status();
        loading.put(&entry, None)?;
        loading.record(action_of(entry.status), &entry.id)?;
        loading.end()?;
        Ok(true)
    }
}
