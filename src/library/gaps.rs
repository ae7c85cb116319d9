//! Gaps (知识缺口): questions that could not be answered, as a work list. The
//! same question in the same region is one open gap, however often it comes; what
//! means the same is put together later, from the journal (`gathered`). Nothing
//! personal enters: what is written is masked.

use std::collections::BTreeMap;

use rusqlite::{OptionalExtension, Row, Transaction, TransactionBehavior, params};
use serde::{Deserialize, Serialize};

use super::audit::{self, AuditEvent};
use super::effect::{self, Effect};
use super::gathered::{RECENT_DAYS, merge};
use super::taken_out;
use super::{Library, LibraryError};
use crate::entry::Region;
use crate::journal::Unhelped;
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

/// How a gap's department is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum DepartmentBy {
    /// Somebody said so.
    Given,
    /// Calls were dispatched to it.
    Dispatched,
    /// Its entries were found first.
    Hits,
}

/// A gap of the work list.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Gap {
    pub id: String,
    pub status: GapStatus,
    pub region: Option<Region>,
    /// The department it belongs to, or probably does.
    pub department: String,
    pub department_by: Option<DepartmentBy>,
    /// Share of the calls that name a department which name this one.
    pub department_share: Option<f64>,
    /// How often it was reported.
    pub reports: u64,
    /// Calls lost on it, as far as the journal goes back, with the reports.
    pub calls: u64,
    /// Of the last four weeks, in a week.
    pub calls_per_week: f64,
    /// Why they were lost.
    pub reasons: BTreeMap<&'static str, u64>,
    /// Its wordings, the commonest first: those that are asked again before it is
    /// closed.
    pub questions: Vec<GapQuestion>,
    /// How many wordings there are in all.
    pub wordings: u64,
    /// Wordings that an editor took out of it.
    pub taken_out: Vec<String>,
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
    /// When it was opened again because calls went on being lost on it.
    pub returned_at: Option<String>,
    /// What closing it changed; none while it is open.
    pub effect: Option<Effect>,
}

/// How gaps are sorted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum GapOrder {
    /// Most calls lost of late first.
    #[default]
    Size,
    Newest,
}

/// Which gaps are listed.
#[derive(Debug, Clone)]
pub struct GapFilter {
    pub status: Option<GapStatus>,
    pub department: Option<String>,
    pub order: GapOrder,
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
    pub(super) fn action(&self) -> &'static str {
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
     (SELECT COUNT(*) FROM gap_report WHERE gap_id = gap.id), calls, recent, probable, probable_share,
     is_dispatched_to, returned_at, heard_from, heard_to";
/// A gap's wordings with how often each came: in calls, and reported without one.
pub(super) const WORDINGS: &str = "SELECT question, times, last_at FROM gap_call WHERE gap_id = ?1
     UNION ALL SELECT question, is_counted = 0, at FROM gap_report WHERE gap_id = ?1";

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
        let sql =
            "SELECT COALESCE(merged_into, id) FROM gap WHERE asked = ?1 AND region = ?2 AND status = 'open'
                   ORDER BY merged_into IS NOT NULL LIMIT 1";
        let open: Option<String> =
            transaction.query_row(sql, [&asked, &region], |row| row.get(0)).optional()?;
        let id = match open {
            Some(id) => {
                let sql = "UPDATE gap SET last_at = ?2, calls = calls + 1, recent = recent + 1,
                           department = CASE department WHEN '' THEN ?3 ELSE department END WHERE id = ?1";
                transaction.execute(sql, params![id, now, department])?;
                id
            }
            None => {
                let id = uuid::Uuid::now_v7().to_string();
                let sql = "INSERT INTO gap (id, asked, region, department, status, first_at, last_at, calls, recent)
                           VALUES (?1, ?2, ?3, ?4, 'open', ?5, ?5, 1, 1)";
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

    /// A gap; none where the id is unknown. The id of one that turned out to be
    /// the same as another leads to that one.
    pub fn gap(&self, id: &str) -> Result<Option<Gap>, LibraryError> {
        let sql = "SELECT merged_into FROM gap WHERE id = ?1";
        let merged: Option<Option<String>> =
            self.connection.prepare_cached(sql)?.query_row([id], |row| row.get(0)).optional()?;
        gap_of(&self.connection, merged.flatten().as_deref().unwrap_or(id))
    }

    /// Gaps in their order; an open one on which nothing is lost any more is none.
    pub fn gaps(&self, filter: &GapFilter) -> Result<Vec<Gap>, LibraryError> {
        let (order, after) = match filter.order {
            GapOrder::Size => {
                ("recent DESC, id DESC", "(recent, id) < (SELECT recent, id FROM gap WHERE id = ?3)")
            }
            GapOrder::Newest => ("id DESC", "id < ?3"),
        };
        let sql = format!(
            "SELECT id FROM gap
             WHERE merged_into IS NULL AND (?1 IS NULL OR status = ?1) AND (calls > 0 OR status <> 'open')
               AND (?2 IS NULL OR CASE department WHEN '' THEN probable ELSE department END = ?2)
               AND (?3 IS NULL OR {after})
             ORDER BY {order} LIMIT ?4"
        );
        let status = filter.status.map(GapStatus::as_str);
        let mut query = self.connection.prepare_cached(&sql)?;
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
        if let GapStep::Reopen = step {
            // What was reported meanwhile belongs to it again.
            let sql = "SELECT other.id FROM gap JOIN gap AS other
                         ON other.asked = gap.asked AND other.region = gap.region AND other.id <> gap.id
                       WHERE gap.id = ?1 AND other.status = 'open' AND other.merged_into IS NULL";
            let other: Option<String> = transaction.query_row(sql, [id], |row| row.get(0)).optional()?;
            if let Some(other) = other {
                merge(&transaction, &other, id, &now)?;
            }
        }
        move_gap(&transaction, id, step, (&now, made_by, reason))?;
        let event = AuditEvent { actor: made_by, action: step.action(), object: id, reason };
        audit::write(&transaction, &now, &event)?;
        let gap = gap_of(&transaction, id)?;
        transaction.commit()?;
        Ok(gap)
    }
}

pub(super) fn move_gap(
    transaction: &Transaction<'_>,
    id: &str,
    step: &GapStep,
    (now, made_by, reason): (&str, &str, &str),
) -> Result<(), LibraryError> {
    let settled = "UPDATE gap SET status = ?2, entry_id = ?3, settled_at = ?4, settled_by = ?5, reason = ?6,
                     returned_at = NULL WHERE id = ?1 OR merged_into = ?1";
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
pub fn bare(question: &str) -> String {
    normalise(question).chars().filter(|character| character.is_alphanumeric()).collect()
}

pub(super) fn gap_of(connection: &rusqlite::Connection, id: &str) -> Result<Option<Gap>, LibraryError> {
    let sql = format!("SELECT {COLUMNS} FROM gap WHERE id = ?1");
    let read = |row: &Row<'_>| Ok((read(row)?, [row.get(7)?, row.get(17)?, row.get(18)?]));
    let Some((mut gap, days)) = connection.prepare_cached(&sql)?.query_row([id], read).optional()? else {
        return Ok(None);
    };
    let sql = format!(
        "SELECT question, MAX(SUM(times), 1), MAX(last_at) FROM ({WORDINGS})
         GROUP BY question ORDER BY 2 DESC, 1 LIMIT {MOST_SHOWN}"
    );
    let mut query = connection.prepare_cached(&sql)?;
    let rows = query.query_map([id], |row| {
        Ok(GapQuestion { text: row.get(0)?, times: row.get(1)?, last_at: row.get(2)? })
    })?;
    gap.questions = rows.collect::<Result<_, _>>()?;
    let sql = format!("SELECT COUNT(DISTINCT question) FROM ({WORDINGS})");
    gap.wordings = connection.prepare_cached(&sql)?.query_row([id], |row| row.get(0))?;
    gap.taken_out = taken_out::of_gap(connection, id)?;
    gap.reasons = reasons_of(connection, id)?;
    let sql = format!(
        "SELECT note FROM gap_report WHERE gap_id = ?1 AND note <> '' ORDER BY at DESC LIMIT {MOST_SHOWN}"
    );
    let mut query = connection.prepare_cached(&sql)?;
    gap.notes = query.query_map([id], |row| row.get(0))?.collect::<Result<_, _>>()?;
    if gap.status == GapStatus::Closed {
        gap.effect = effect::effect_of(connection, id, days)?;
    }
    Ok(Some(gap))
}

/// How many calls were lost for which reason; a report whose call is not in the
/// journal counts as one.
fn reasons_of(
    connection: &rusqlite::Connection,
    id: &str,
) -> Result<BTreeMap<&'static str, u64>, LibraryError> {
    let mut reasons: BTreeMap<&'static str, u64> =
        Unhelped::ALL.into_iter().map(|why| (why.as_str(), 0)).collect();
    let sql = "SELECT reason, SUM(calls) FROM gap_call WHERE gap_id = ?1 GROUP BY 1
               UNION ALL SELECT 'reported', COUNT(*) FROM gap_report WHERE gap_id = ?1 AND is_counted = 0";
    let mut query = connection.prepare_cached(sql)?;
    let mut rows = query.query([id])?;
    while let Some(row) = rows.next()? {
        let (reason, calls): (String, u64) = (row.get(0)?, row.get(1)?);
        if let Some(why) = Unhelped::parse(&reason) {
            *reasons.entry(why.as_str()).or_default() += calls;
        }
    }
    Ok(reasons)
}

fn read(row: &Row<'_>) -> rusqlite::Result<Gap> {
    let (status, region): (String, String) = (row.get(1)?, row.get(2)?);
    let (given, probable): (String, String) = (row.get(3)?, row.get(13)?);
    let (department, department_by) = match (given.is_empty(), probable.is_empty()) {
        (false, _) => (given, Some(DepartmentBy::Given)),
        (true, true) => (given, None),
        (true, false) if row.get(15)? => (probable, Some(DepartmentBy::Dispatched)),
        (true, false) => (probable, Some(DepartmentBy::Hits)),
    };
    let share: Option<f64> = row.get(14)?;
    let recent: u64 = row.get(12)?;
    Ok(Gap {
        id: row.get(0)?,
        status: GapStatus::parse(&status).unwrap_or(GapStatus::Open),
        region: Region::parse(&region),
        department,
        department_by,
        department_share: share.filter(|_| department_by.is_some_and(|by| by != DepartmentBy::Given)),
        reports: row.get(10)?,
        calls: row.get(11)?,
        calls_per_week: recent as f64 * 7.0 / RECENT_DAYS as f64,
        reasons: BTreeMap::new(),
        questions: Vec::new(),
        wordings: 0,
        taken_out: Vec::new(),
        notes: Vec::new(),
        first_at: row.get(4)?,
        last_at: row.get(5)?,
        entry_id: row.get(6)?,
        settled_at: row.get(7)?,
        settled_by: row.get(8)?,
        reason: row.get(9)?,
        returned_at: row.get(16)?,
        effect: None,
    })
}
