//! Long work that is asked for over HTTP, one at a time. A job is a row: it
//! outlives the server that does it, and says afterwards what came of it.

use rusqlite::{OptionalExtension, Row, params};
use serde::Serialize;
use serde_json::Value;

use super::{Library, LibraryError};

/// How a job stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum JobState {
    Queued,
    Running,
    /// Its generation waits for a person.
    Waiting,
    Done,
    Failed,
    Cancelled,
}

impl JobState {
    const ALL: [JobState; 6] = [
        JobState::Queued,
        JobState::Running,
        JobState::Waiting,
        JobState::Done,
        JobState::Failed,
        JobState::Cancelled,
    ];

    fn as_str(self) -> &'static str {
        match self {
            JobState::Queued => "queued",
            JobState::Running => "running",
            JobState::Waiting => "waiting",
            JobState::Done => "done",
            JobState::Failed => "failed",
            JobState::Cancelled => "cancelled",
        }
    }

    /// Whether nothing more is done for it.
    pub fn is_over(self) -> bool {
        !matches!(self, JobState::Queued | JobState::Running)
    }
}

/// A job as it stands. Times are RFC 3339, UTC.
#[derive(Debug, Clone, Serialize)]
pub struct Job {
    pub id: u64,
    /// `reindex`
    pub kind: String,
    pub state: JobState,
    /// `loading`, `building`, `replaying`, `swapping`; empty before the first.
    pub stage: String,
    /// Entries or questions of the stage; a total of 0 is not known.
    pub done: u64,
    pub total: u64,
    pub asked_at: String,
    pub started_at: Option<String>,
    /// When its stage began.
    pub stage_at: Option<String>,
    pub moved_at: Option<String>,
    pub ended_at: Option<String>,
    pub asked_by: String,
    pub reason: String,
    /// What was asked for.
    pub request: Value,
    pub generation: Option<String>,
    /// What came of it; none before its end.
    pub result: Option<Value>,
}

const COLUMNS: &str = "id, kind, state, stage, done, total, asked_at, started_at, stage_at, moved_at,
    ended_at, asked_by, reason, request, generation, result";

/// What became of a job.
#[derive(Debug, Clone)]
pub struct JobEnd {
    pub state: JobState,
    pub generation: Option<String>,
    pub result: Value,
}

fn now() -> String {
    jiff::Timestamp::now().to_string()
}

impl Library {
    /// Asks for a job; `None` where one is under way.
    pub fn ask_for_job(
        &self,
        kind: &str,
        asked_by: &str,
        reason: &str,
        request: &Value,
    ) -> Result<Option<Job>, LibraryError> {
        // An index of the table lets in one unfinished job at a time.
        let sql = "INSERT INTO job (kind, state, asked_at, asked_by, reason, request)
                   VALUES (?1, 'queued', ?2, ?3, ?4, ?5) ON CONFLICT DO NOTHING";
        let added = self.connection.prepare_cached(sql)?.execute(params![
            kind,
            now(),
            asked_by,
            reason,
            request.to_string()
        ])?;
        match added {
            0 => Ok(None),
            _ => self.job(self.connection.last_insert_rowid() as u64),
        }
    }

    /// The job with a number.
    pub fn job(&self, id: u64) -> Result<Option<Job>, LibraryError> {
        // SQLite's numbers have a sign: no job has a greater one.
        let Ok(id) = i64::try_from(id) else { return Ok(None) };
        let sql = format!("SELECT {COLUMNS} FROM job WHERE id = ?1");
        Ok(self.connection.prepare_cached(&sql)?.query_row([id], job).optional()?)
    }

    /// The newest jobs, newest first.
    pub fn jobs(&self, limit: usize) -> Result<Vec<Job>, LibraryError> {
        let sql = format!("SELECT {COLUMNS} FROM job ORDER BY id DESC LIMIT ?1");
        let mut query = self.connection.prepare_cached(&sql)?;
        let rows = query.query_map([limit], job)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The job that is asked for or under way.
    pub fn unfinished_job(&self) -> Result<Option<Job>, LibraryError> {
        let sql = format!("SELECT {COLUMNS} FROM job WHERE state IN ('queued', 'running')");
        Ok(self.connection.prepare_cached(&sql)?.query_row([], job).optional()?)
    }

    /// Says that a job is being done, from its beginning.
    pub fn start_job(&self, id: u64) -> Result<(), LibraryError> {
        let sql = "UPDATE job SET state = 'running', stage = '', done = 0, total = 0, started_at = ?2
                   WHERE id = ?1";
        self.connection.prepare_cached(sql)?.execute(params![id, now()])?;
        Ok(())
    }

    /// Says how far a job is; returns whether somebody wants it cancelled.
    pub fn move_job(&self, id: u64, stage: &str, done: u64, total: u64) -> Result<bool, LibraryError> {
        let sql = "UPDATE job SET stage_at = CASE WHEN stage = ?2 THEN stage_at ELSE ?5 END,
                     stage = ?2, done = ?3, total = ?4, moved_at = ?5
                   WHERE id = ?1 RETURNING cancel_asked";
        let asked = self
            .connection
            .prepare_cached(sql)?
            .query_row(params![id, stage, done, total, now()], |row| row.get(0));
        Ok(asked.optional()?.unwrap_or(false))
    }

    /// Asks for a job's end; returns whether it was still unfinished. One that
    /// nobody has begun ends at once.
    pub fn cancel_job(&self, id: u64) -> Result<bool, LibraryError> {
        let sql = "UPDATE job SET cancel_asked = 1,
                     ended_at = CASE state WHEN 'queued' THEN ?2 END,
                     state = CASE state WHEN 'queued' THEN 'cancelled' ELSE state END
                   WHERE id = ?1 AND state IN ('queued', 'running')";
        Ok(self.connection.prepare_cached(sql)?.execute(params![id, now()])? > 0)
    }

    /// Writes down what became of a job.
    pub fn end_job(&self, id: u64, end: &JobEnd) -> Result<(), LibraryError> {
        let sql = "UPDATE job SET state = ?2, ended_at = ?3, generation = ?4, result = ?5 WHERE id = ?1";
        let JobEnd { state, generation, result } = end;
        self.connection.prepare_cached(sql)?.execute(params![
            id,
            state.as_str(),
            now(),
            generation,
            result.to_string()
        ])?;
        Ok(())
    }

    /// A generation that waited was let in: the job that built it is done.
    pub fn end_waiting_job(&self, generation: &str) -> Result<(), LibraryError> {
        let sql = "UPDATE job SET state = 'done' WHERE state = 'waiting' AND generation = ?1";
        self.connection.prepare_cached(sql)?.execute([generation])?;
        Ok(())
    }
}

fn job(row: &Row<'_>) -> rusqlite::Result<Job> {
    let state: String = row.get(2)?;
    let json = |column: usize, text: &str| {
        serde_json::from_str(text).map_err(|error| {
            rusqlite::Error::FromSqlConversionFailure(column, rusqlite::types::Type::Text, Box::new(error))
        })
    };
    let request: String = row.get(13)?;
    let result: Option<String> = row.get(15)?;
    Ok(Job {
        id: row.get(0)?,
        kind: row.get(1)?,
        state: JobState::ALL.into_iter().find(|known| known.as_str() == state).unwrap_or(JobState::Failed),
        stage: row.get(3)?,
        done: row.get(4)?,
        total: row.get(5)?,
        asked_at: row.get(6)?,
        started_at: row.get(7)?,
        stage_at: row.get(8)?,
        moved_at: row.get(9)?,
        ended_at: row.get(10)?,
        asked_by: row.get(11)?,
        reason: row.get(12)?,
        request: json(13, &request)?,
        generation: row.get(14)?,
        result: result.map(|result| json(15, &result)).transpose()?,
    })
}
