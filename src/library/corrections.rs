//! Corrections (纠错): what agents say is wrong in an entry, as a work list of
//! the department whose entry it is.

use rusqlite::{OptionalExtension, Row, TransactionBehavior, params};
use serde::{Deserialize, Serialize};

use super::audit::{self, AuditEvent};
use super::{Library, LibraryError};
use crate::text::mask;

/// How far a correction is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CorrectionStatus {
    Open,
    /// The entry was put right.
    Done,
    /// The entry was right.
    Dismissed,
}

impl CorrectionStatus {
    /// The name in requests and in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            CorrectionStatus::Open => "open",
            CorrectionStatus::Done => "done",
            CorrectionStatus::Dismissed => "dismissed",
        }
    }

    /// Reads `open`, `done` or `dismissed`.
    pub fn parse(text: &str) -> Option<CorrectionStatus> {
        [CorrectionStatus::Open, CorrectionStatus::Done, CorrectionStatus::Dismissed]
            .into_iter()
            .find(|status| status.as_str() == text)
    }
}

/// Somebody says what is wrong in an entry.
#[derive(Debug, Clone)]
pub struct NewCorrection {
    pub entry_id: String,
    pub text: String,
    pub search_id: Option<String>,
    /// Signature of the caller.
    pub made_by: String,
}

/// A correction of the work list.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Correction {
    pub id: String,
    pub entry_id: String,
    /// The entry's department.
    pub department: String,
    pub text: String,
    pub status: CorrectionStatus,
    /// RFC 3339, UTC.
    pub made_at: String,
    pub made_by: String,
    pub settled_at: Option<String>,
    pub settled_by: Option<String>,
    pub reason: Option<String>,
}

/// Which corrections are listed.
#[derive(Debug, Clone)]
pub struct CorrectionFilter {
    pub status: Option<CorrectionStatus>,
    pub department: Option<String>,
    /// The last id of the page before.
    pub after: Option<String>,
    pub limit: usize,
}

const SELECT: &str =
    "SELECT correction.id, entry_id, entry.department, text, correction.status, made_at, made_by,
     settled_at, settled_by, reason FROM correction JOIN entry ON entry.id = entry_id";

impl Library {
    /// Puts a correction on the work list; none where the entry is unknown.
    pub fn correct(&mut self, new: &NewCorrection) -> Result<Option<Correction>, LibraryError> {
        let id = uuid::Uuid::now_v7().to_string();
        let sql = "INSERT INTO correction (id, entry_id, text, search_id, status, made_at, made_by)
                   SELECT ?1, id, ?3, ?4, 'open', ?5, ?6 FROM entry WHERE id = ?2";
        let now = jiff::Timestamp::now().to_string();
        let text = mask(new.text.trim());
        self.connection.execute(sql, params![id, new.entry_id, text, new.search_id, now, new.made_by])?;
        self.correction(&id)
    }

    /// A correction; none where the id is unknown.
    pub fn correction(&self, id: &str) -> Result<Option<Correction>, LibraryError> {
        let sql = format!("{SELECT} WHERE correction.id = ?1");
        Ok(self.connection.prepare_cached(&sql)?.query_row([id], read).optional()?)
    }

    /// Corrections, the newest first.
    pub fn corrections(&self, filter: &CorrectionFilter) -> Result<Vec<Correction>, LibraryError> {
        let sql = format!(
            "{SELECT} WHERE (?1 IS NULL OR correction.status = ?1) AND (?2 IS NULL OR entry.department = ?2)
             AND (?3 IS NULL OR correction.id < ?3) ORDER BY correction.id DESC LIMIT ?4"
        );
        let status = filter.status.map(CorrectionStatus::as_str);
        let mut query = self.connection.prepare_cached(&sql)?;
        let rows = query.query_map(params![status, filter.department, filter.after, filter.limit], read)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Says what came of a correction; none where the id is unknown.
    pub fn settle_correction(
        &mut self,
        id: &str,
        status: CorrectionStatus,
        (made_by, reason): (&str, &str),
    ) -> Result<Option<Correction>, LibraryError> {
        let now = jiff::Timestamp::now().to_string();
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let (at, by) = match status {
            CorrectionStatus::Open => (None, None),
            _ => (Some(now.as_str()), Some(made_by)),
        };
        let sql =
            "UPDATE correction SET status = ?2, settled_at = ?3, settled_by = ?4, reason = ?5 WHERE id = ?1";
        if transaction.execute(sql, params![id, status.as_str(), at, by, reason])? == 0 {
            return Ok(None);
        }
        let action = format!("correction.{}", status.as_str());
        let event = AuditEvent { actor: made_by, action: &action, object: id, reason };
        audit::write(&transaction, &now, &event)?;
        transaction.commit()?;
        self.correction(id)
    }
}

fn read(row: &Row<'_>) -> rusqlite::Result<Correction> {
    let status: String = row.get(4)?;
    Ok(Correction {
        id: row.get(0)?,
        entry_id: row.get(1)?,
        department: row.get(2)?,
        text: row.get(3)?,
        status: CorrectionStatus::parse(&status).unwrap_or(CorrectionStatus::Open),
        made_at: row.get(5)?,
        made_by: row.get(6)?,
        settled_at: row.get(7)?,
        settled_by: row.get(8)?,
        reason: row.get(9)?,
    })
}
