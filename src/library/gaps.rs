//! Gaps (知识缺口): questions that could not be answered, as a work list. The
//! same question in the same region is one open gap, however often it comes.
//! Nothing personal enters: what is written is masked.

use rusqlite::{OptionalExtension, Row, Transaction, TransactionBehavior, params};
use serde::{Deserialize, Serialize};

use super::audit::{self, AuditEvent};
use super::{Library, LibraryError};
use crate::entry::Region;
use crate::text::{mask, normalise};

/// Wordings and notes of a gap that are shown.
const MOST_SHOWN: usize = 50;

/// How far a gap is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum GapStatus {
    Open,
    /// Its questions find an entry now.
    Closed,
    /// Nothing for the library.
    Dismissed,
}

impl GapStatus {
    /// The name in requests and in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            GapStatus::Open => "open",
            GapStatus::Closed => "closed",
            GapStatus::Dismissed => "dismissed",
        }
    }

    /// Reads `open`, `closed` or `dismissed`.
    pub fn parse(text: &str) -> Option<GapStatus> {
        [GapStatus::Open, GapStatus::Closed, GapStatus::Dismissed]
            .into_iter()
            .find(|status| status.as_str() == text)
    }
}

/// Somebody says that a question could not be answered.
#[derive(Debug, Clone, Default)]
pub struct GapReport {
    pub question: String,
    pub region: Option<Region>,
    /// The department it probably belongs to; empty where nobody knows.
    pub department: String,
    pub search_id: Option<String>,
    pub note: String,
    /// Signature of the caller.
    pub made_by: String,
}

/// One wording of a gap's question.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct GapQuestion {
    pub text: String,
    pub times: u64,
    /// RFC 3339, UTC.
    pub last_at: String,
}

/// A gap of the work list.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Gap {
    pub id: String,
    pub status: GapStatus,
    pub region: Option<Region>,
    pub department: String,
    /// How often it was reported.
    pub reports: u64,
    /// Its wordings, the commonest first.
    pub questions: Vec<GapQuestion>,
    /// What agents wrote beside it, the newest first.
    pub notes: Vec<String>,
    /// RFC 3339, UTC, as the other times.
    pub first_at: String,
    pub last_at: String,
    /// The entry that answers it since.
    pub entry_id: Option<String>,
    pub settled_at: Option<String>,
    pub settled_by: Option<String>,
    pub reason: Option<String>,
}

/// Which gaps are listed.
#[derive(Debug, Clone)]
pub struct GapFilter {
    pub status: Option<GapStatus>,
    pub department: Option<String>,
    /// The last id of the page before.
    pub after: Option<String>,
    pub limit: usize,
}

/// What is done with a gap.
#[derive(Debug, Clone)]
pub enum GapStep {
    /// This entry answers it; whether it does was looked at before.
    Close {
        entry_id: String,
    },
    Dismiss,
    Reopen,
    Assign {
        department: String,
    },
}

impl GapStep {
    fn action(&self) -> &'static str {
        match self {
            GapStep::Close { .. } => "gap.closed",
            GapStep::Dismiss => "gap.dismissed",
            GapStep::Reopen => "gap.opened",
            GapStep::Assign { .. } => "gap.assigned",
        }
    }
}

const COLUMNS: &str =
    "id, status, region, department, first_at, last_at, entry_id, settled_at, settled_by, reason,
     (SELECT COUNT(*) FROM gap_report WHERE gap_id = gap.id)";

impl Library {
    /// Puts a report on the work list: on the open gap of the same question in
    /// the same region, else on a new one.
    pub fn report_gap(&mut self, report: &GapReport) -> Result<Gap, LibraryError> {
        let now = jiff::Timestamp::now().to_string();
        let question = mask(report.question.trim()).into_owned();
        let asked = bare(&question);
        let region = report.region.map(|region| region.to_string()).unwrap_or_default();
        let department = mask(&report.department);
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let sql = "SELECT id FROM gap WHERE asked = ?1 AND region = ?2 AND status = 'open'";
        let open: Option<String> =
            transaction.query_row(sql, [&asked, &region], |row| row.get(0)).optional()?;
        let id = match open {
            Some(id) => {
                let sql = "UPDATE gap SET last_at = ?2,
                           department = CASE department WHEN '' THEN ?3 ELSE department END WHERE id = ?1";
                transaction.execute(sql, params![id, now, department])?;
                id
            }
            None => {
                let id = uuid::Uuid::now_v7().to_string();
                let sql = "INSERT INTO gap (id, asked, region, department, status, first_at, last_at)
                           VALUES (?1, ?2, ?3, ?4, 'open', ?5, ?5)";
                transaction.execute(sql, params![id, asked, region, department, now])?;
                id
            }
        };
        let sql = "INSERT INTO gap_report (gap_id, at, question, search_id, note, made_by)
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
        let note = mask(report.note.trim());
        transaction.execute(sql, params![id, now, question, report.search_id, note, report.made_by])?;
        let gap = gap_of(&transaction, &id)?;
        transaction.commit()?;
        // It was written a moment ago.
        gap.ok_or(LibraryError::Sql(rusqlite::Error::QueryReturnedNoRows))
    }

    /// A gap; none where the id is unknown.
    pub fn gap(&self, id: &str) -> Result<Option<Gap>, LibraryError> {
        gap_of(&self.connection, id)
    }

    /// Gaps, the newest first.
    pub fn gaps(&self, filter: &GapFilter) -> Result<Vec<Gap>, LibraryError> {
        let sql = "SELECT id FROM gap
                   WHERE (?1 IS NULL OR status = ?1) AND (?2 IS NULL OR department = ?2) AND (?3 IS NULL OR id < ?3)
                   ORDER BY id DESC LIMIT ?4";
        let status = filter.status.map(GapStatus::as_str);
        let mut query = self.connection.prepare_cached(sql)?;
        let ids = query
            .query_map(params![status, filter.department, filter.after, filter.limit], |row| row.get(0))?
            .collect::<Result<Vec<String>, _>>()?;
        Ok(ids.iter().map(|id| self.gap(id)).collect::<Result<Vec<_>, _>>()?.into_iter().flatten().collect())
    }

    /// Does a step with a gap; none where the id is unknown.
    pub fn settle_gap(
        &mut self,
        id: &str,
        step: &GapStep,
        (made_by, reason): (&str, &str),
    ) -> Result<Option<Gap>, LibraryError> {
        let now = jiff::Timestamp::now().to_string();
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        if gap_of(&transaction, id)?.is_none() {
            return Ok(None);
        }
        move_gap(&transaction, id, step, (&now, made_by, reason))?;
        let event = AuditEvent { actor: made_by, action: step.action(), object: id, reason };
        audit::write(&transaction, &now, &event)?;
        let gap = gap_of(&transaction, id)?;
        transaction.commit()?;
        Ok(gap)
    }
}

fn move_gap(
    transaction: &Transaction<'_>,
    id: &str,
    step: &GapStep,
    (now, made_by, reason): (&str, &str, &str),
) -> Result<(), LibraryError> {
    let settled = "UPDATE gap SET status = ?2, entry_id = ?3, settled_at = ?4, settled_by = ?5, reason = ?6 WHERE id = ?1";
    match step {
        GapStep::Close { entry_id } => {
            transaction.execute(settled, params![id, "closed", entry_id, now, made_by, reason])?
        }
        GapStep::Dismiss => {
            transaction.execute(settled, params![id, "dismissed", None::<&str>, now, made_by, reason])?
        }
        GapStep::Reopen => transaction
            .execute(settled, params![id, "open", None::<&str>, None::<&str>, None::<&str>, reason])?,
        GapStep::Assign { department } => {
            transaction.execute("UPDATE gap SET department = ?2 WHERE id = ?1", [id, department])?
        }
    };
    Ok(())
}

/// A question without what two people write differently: width, case, spaces,
/// punctuation.
fn bare(question: &str) -> String {
    normalise(question).chars().filter(|character| character.is_alphanumeric()).collect()
}

fn gap_of(connection: &rusqlite::Connection, id: &str) -> Result<Option<Gap>, LibraryError> {
    let sql = format!("SELECT {COLUMNS} FROM gap WHERE id = ?1");
    let Some(mut gap) = connection.prepare_cached(&sql)?.query_row([id], read).optional()? else {
        return Ok(None);
    };
    let sql = format!(
        "SELECT question, COUNT(*), MAX(at) FROM gap_report WHERE gap_id = ?1
         GROUP BY question ORDER BY 2 DESC, 1 LIMIT {MOST_SHOWN}"
    );
    let mut query = connection.prepare_cached(&sql)?;
    let rows = query.query_map([id], |row| {
        Ok(GapQuestion { text: row.get(0)?, times: row.get(1)?, last_at: row.get(2)? })
    })?;
    gap.questions = rows.collect::<Result<_, _>>()?;
    let sql = format!(
        "SELECT note FROM gap_report WHERE gap_id = ?1 AND note <> '' ORDER BY at DESC LIMIT {MOST_SHOWN}"
    );
    let mut query = connection.prepare_cached(&sql)?;
    gap.notes = query.query_map([id], |row| row.get(0))?.collect::<Result<_, _>>()?;
    Ok(Some(gap))
}

fn read(row: &Row<'_>) -> rusqlite::Result<Gap> {
    let (status, region): (String, String) = (row.get(1)?, row.get(2)?);
    Ok(Gap {
        id: row.get(0)?,
        status: GapStatus::parse(&status).unwrap_or(GapStatus::Open),
        region: Region::parse(&region),
        department: row.get(3)?,
        reports: row.get(10)?,
        questions: Vec::new(),
        notes: Vec::new(),
        first_at: row.get(4)?,
        last_at: row.get(5)?,
        entry_id: row.get(6)?,
        settled_at: row.get(7)?,
        settled_by: row.get(8)?,
        reason: row.get(9)?,
    })
}
