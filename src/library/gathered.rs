//! What the journal says of gaps: the questions that did not help, by day, kept
//! beside what was reported by key; how all calls with such questions went; gaps
//! that turn out to be one. It is written anew for the days that were looked at,
//! so that a call whose outcome comes late is counted right.

use std::collections::{HashMap, HashSet};

use jiff::civil::Date;
use rusqlite::{Transaction, TransactionBehavior, params};

use super::audit::{self, AuditEvent};
use super::gaps::{GapStep, move_gap};
use super::{GapStatus, Library, LibraryError, taken_out};
use crate::entry::Region;
use crate::journal::{Reported, Unhelped};

/// Days over which what is lost in a week is taken.
pub const RECENT_DAYS: i64 = 28;

/// Who opens a gap again where nobody does.
const ITSELF: &str = "即答";

/// A gap as the questions of calls are compared with it.
#[derive(Debug, Clone)]
pub struct KnownGap {
    pub id: String,
    pub status: GapStatus,
    pub region: Option<Region>,
    /// Its wordings, the commonest first.
    pub questions: Vec<String>,
    /// Wordings that an editor took out of it, letters and digits only.
    pub taken_out: HashSet<String>,
    /// Wordings that an editor put back on it.
    pub put_back: Vec<String>,
    /// Day on which it was settled, where the server stands.
    pub settled_at: Option<jiff::Timestamp>,
}

/// A wording's unhelped calls of one day and one reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GapCalls {
    pub day: Date,
    pub question: String,
    pub unhelped: Unhelped,
    /// To whom they were dispatched, else whose the first hit was.
    pub department: String,
    pub times: u64,
    /// Calls lost; one with several wordings of a gap counts with one of them.
    pub calls: u64,
    pub last_at: jiff::Timestamp,
}

/// How the calls of a day went that asked a gap's questions, helped or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GapDay {
    pub day: Date,
    pub calls: u64,
    /// With a known outcome.
    pub accepted: u64,
    pub answered: u64,
}

/// What was gathered for one gap.
#[derive(Debug, Clone, Default)]
pub struct GatheredGap {
    /// None for a new one.
    pub id: Option<String>,
    pub region: Option<Region>,
    pub calls: Vec<GapCalls>,
    pub days: Vec<GapDay>,
    /// The department it probably belongs to.
    pub probable: Option<Probable>,
    /// Why it is open again; none where it stays as it is.
    pub returns: Option<String>,
}

/// A department with its share of the calls that name one.
#[derive(Debug, Clone, PartialEq)]
pub struct Probable {
    pub department: String,
    pub share: f64,
    /// Whether calls were dispatched to it; else it is whose entries were found.
    pub is_dispatched: bool,
}

/// All that is written at once.
#[derive(Debug, Clone, Default)]
pub struct Gathering {
    pub gaps: Vec<GatheredGap>,
    /// Open gaps that are one with an earlier one: which, with which.
    pub merged: Vec<(String, String)>,
    /// Searches of reports that are among the calls.
    pub counted: Vec<uuid::Uuid>,
}

/// The days that were looked at, and how far back anything is kept.
#[derive(Debug, Clone, Copy)]
pub struct GatheredDays {
    pub first: Date,
    pub today: Date,
    /// The first day the journal knows within them.
    pub heard_from: Date,
    pub kept_from: Date,
}

impl Library {
    /// Every gap, the first found first.
    pub fn known_gaps(&self) -> Result<Vec<KnownGap>, LibraryError> {
        let mut said = taken_out::of_all(&self.connection)?;
        let sql =
            "SELECT id, status, region, settled_at, asked FROM gap WHERE merged_into IS NULL ORDER BY id";
        let mut query = self.connection.prepare(sql)?;
        let rows = query.query_map([], |row| {
            let (status, region, asked): (String, String, String) = (row.get(1)?, row.get(2)?, row.get(4)?);
            let settled_at: Option<String> = row.get(3)?;
            let id: String = row.get(0)?;
            let said = said.remove(&id).unwrap_or_default();
            let gap = KnownGap {
                id,
                status: GapStatus::parse(&status).unwrap_or(GapStatus::Open),
                region: Region::parse(&region),
                questions: Vec::new(),
                taken_out: said.taken_out,
                put_back: said.put_back,
                settled_at: settled_at.and_then(|at| at.parse().ok()),
            };
            Ok((gap, asked))
        })?;
        let (mut gaps, mut asked) = (Vec::new(), Vec::new());
        for row in rows {
            let (gap, first) = row?;
            gaps.push(gap);
            asked.push(first);
        }
        let places: HashMap<String, usize> =
            gaps.iter().enumerate().map(|(place, gap)| (gap.id.clone(), place)).collect();
        let sql = "SELECT gap_id, question, SUM(times) FROM (
                     SELECT gap_id, question, times FROM gap_call
                     UNION ALL SELECT gap_id, question, 1 FROM gap_report)
                   GROUP BY 1, 2 ORDER BY 1, 3 DESC, 2";
        let mut query = self.connection.prepare(sql)?;
        let mut rows = query.query([])?;
        while let Some(row) = rows.next()? {
            let id: String = row.get(0)?;
            if let Some(&place) = places.get(&id) {
                gaps[place].questions.push(row.get(1)?);
            }
        }
        for gap in &mut gaps {
            let back = gap.put_back.iter().filter(|text| !gap.questions.contains(text)).cloned();
            gap.questions.extend(back.collect::<Vec<_>>());
        }
        for (gap, asked) in gaps.iter_mut().zip(asked).filter(|(gap, _)| gap.questions.is_empty()) {
            gap.questions.push(asked);
        }
        Ok(gaps)
    }

    /// The gaps that searches were reported on, by search.
    pub fn reported_searches(&self) -> Result<HashMap<uuid::Uuid, String>, LibraryError> {
        let sql = "SELECT search_id, gap_id FROM gap_report WHERE search_id IS NOT NULL";
        let mut query = self.connection.prepare(sql)?;
        let rows = query.query_map([], |row| Ok((row.get::<_, String>(0)?, row.get(1)?)))?;
        let mut found = HashMap::new();
        for row in rows {
            let (search_id, gap_id): (String, String) = row?;
            if let Ok(search_id) = search_id.parse() {
                found.insert(search_id, gap_id);
            }
        }
        Ok(found)
    }

    /// Reports after a number, the first first; where there is no number, or the
    /// numbers begin anew, those since a moment.
    pub fn reports_after(
        &self,
        number: Option<i64>,
        since: jiff::Timestamp,
        limit: usize,
    ) -> Result<Vec<Reported>, LibraryError> {
        // A library restored from a backup counts on from an earlier number.
        let sql = "SELECT gap_report.rowid, at, region, search_id, question, note FROM gap_report
                   JOIN gap ON gap.id = gap_id
                   WHERE gap_report.rowid > CASE WHEN ?1 <= (SELECT MAX(rowid) FROM gap_report) THEN ?1 ELSE 0 END
                     AND (at >= ?2 OR ?1 <= (SELECT MAX(rowid) FROM gap_report))
                   ORDER BY gap_report.rowid LIMIT ?3";
        let mut query = self.connection.prepare_cached(sql)?;
        let rows = query.query_map(params![number, since.to_string(), limit], |row| {
            let (at, search_id): (String, Option<String>) = (row.get(1)?, row.get(3)?);
            Ok(Reported {
                number: row.get(0)?,
                at: at.parse().unwrap_or(since),
                region: row.get(2)?,
                search_id: search_id.and_then(|id| id.parse().ok()),
                texts: [row.get(4)?, row.get(5)?],
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Writes what was gathered in some days in the place of what was written of
    /// them before, all or nothing. Returns the ids of the gaps that are new.
    pub fn keep_gathered(
        &mut self,
        gathering: &Gathering,
        days: GatheredDays,
    ) -> Result<Vec<String>, LibraryError> {
        let now = jiff::Timestamp::now().to_string();
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        for (from, into) in &gathering.merged {
            merge(&transaction, from, into, &now)?;
        }
        for table in ["gap_call", "gap_day"] {
            let sql = format!("DELETE FROM {table} WHERE day >= ?1 OR day < ?2");
            transaction.execute(&sql, [days.first.to_string(), days.kept_from.to_string()])?;
        }
        transaction.execute(
            "DELETE FROM gap WHERE status = 'open' AND NOT EXISTS (SELECT 1 FROM gap_report WHERE gap_id = gap.id)
               AND NOT EXISTS (SELECT 1 FROM gap_call WHERE gap_id = gap.id)
               AND NOT EXISTS (SELECT 1 FROM gap_day WHERE gap_id = gap.id) AND last_at < ?1
               AND NOT EXISTS (SELECT 1 FROM gap AS other WHERE other.merged_into = gap.id)
               AND merged_into IS NULL",
            [days.kept_from.to_string()],
        )?;
        let counted = "UPDATE gap_report SET is_counted = 1 WHERE search_id = ?1";
        for search_id in &gathering.counted {
            transaction.prepare_cached(counted)?.execute([search_id.to_string()])?;
        }
        let mut new = Vec::new();
        for gap in &gathering.gaps {
            let id = match &gap.id {
                Some(id) => id.clone(),
                None => {
                    let id = begin(&transaction, gap)?;
                    new.push(id.clone());
                    id
                }
            };
            keep(&transaction, &id, gap, days)?;
            if let Some(reason) = &gap.returns {
                move_gap(&transaction, &id, &GapStep::Reopen, (&now, ITSELF, reason))?;
                transaction.execute("UPDATE gap SET returned_at = ?2 WHERE id = ?1", [&id, &now])?;
                let event =
                    AuditEvent { actor: ITSELF, action: GapStep::Reopen.action(), object: &id, reason };
                audit::write(&transaction, &now, &event)?;
            }
        }
        count_again(&transaction, days.today)?;
        transaction.commit()?;
        Ok(new)
    }
}

/// A new gap of what was gathered.
fn begin(transaction: &Transaction<'_>, gap: &GatheredGap) -> Result<String, LibraryError> {
    let id = uuid::Uuid::now_v7().to_string();
    let most_asked =
        gap.calls.iter().max_by_key(|calls| (calls.calls, calls.times, std::cmp::Reverse(&calls.question)));
    let asked = most_asked.map(|calls| super::gaps::bare(&calls.question)).unwrap_or_default();
    let times = || gap.calls.iter().map(|calls| calls.last_at);
    let first_at = times().min().unwrap_or_default().to_string();
    let last_at = times().max().unwrap_or_default().to_string();
    let region = gap.region.map(|region| region.to_string()).unwrap_or_default();
    let sql = "INSERT INTO gap (id, asked, region, department, status, first_at, last_at)
               VALUES (?1, ?2, ?3, '', 'open', ?4, ?5)";
    transaction.prepare_cached(sql)?.execute(params![id, asked, region, first_at, last_at])?;
    Ok(id)
}

fn keep(
    transaction: &Transaction<'_>,
    id: &str,
    gap: &GatheredGap,
    days: GatheredDays,
) -> Result<(), LibraryError> {
    let sql = "INSERT INTO gap_call (gap_id, day, question, reason, department, times, calls, last_at)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
    for calls in &gap.calls {
        let GapCalls { day, question, unhelped, department, times, calls, last_at } = calls;
        let given = params![
            id,
            day.to_string(),
            question,
            unhelped.as_str(),
            department,
            times,
            calls,
            last_at.to_string()
        ];
        transaction.prepare_cached(sql)?.execute(given)?;
    }
    let sql = "INSERT INTO gap_day (gap_id, day, calls, accepted, answered) VALUES (?1, ?2, ?3, ?4, ?5)";
    for of_day in &gap.days {
        let GapDay { day, calls, accepted, answered } = of_day;
        transaction.prepare_cached(sql)?.execute(params![id, day.to_string(), calls, accepted, answered])?;
    }
    let last_at = gap.calls.iter().map(|calls| calls.last_at).max().map(|at| at.to_string());
    let sql =
        "UPDATE gap SET last_at = MAX(last_at, COALESCE(?2, last_at)), heard_from = COALESCE(heard_from, ?3),
                 heard_to = ?4 WHERE id = ?1";
    transaction.prepare_cached(sql)?.execute(params![
        id,
        last_at,
        days.heard_from.to_string(),
        days.today.to_string(),
    ])?;
    // Of days without a call the department is what it was.
    if let Some(Probable { department, share, is_dispatched }) = &gap.probable {
        let sql = "UPDATE gap SET probable = ?2, probable_share = ?3, is_dispatched_to = ?4 WHERE id = ?1";
        transaction.prepare_cached(sql)?.execute(params![id, department, share, is_dispatched])?;
    }
    Ok(())
}

/// Adds up how many calls each gap has lost, and lost of late.
pub(super) fn count_again(transaction: &Transaction<'_>, today: Date) -> Result<(), LibraryError> {
    let recent = today.saturating_sub(jiff::Span::new().days(RECENT_DAYS - 1)).to_string();
    let sql = "UPDATE gap SET
                 calls = (SELECT COALESCE(SUM(calls), 0) FROM gap_call WHERE gap_id = gap.id)
                       + (SELECT COUNT(*) FROM gap_report WHERE gap_id = gap.id AND is_counted = 0),
                 recent = (SELECT COALESCE(SUM(calls), 0) FROM gap_call WHERE gap_id = gap.id AND day >= ?1)
                        + (SELECT COUNT(*) FROM gap_report WHERE gap_id = gap.id AND is_counted = 0 AND at >= ?1)
               WHERE merged_into IS NULL";
    transaction.execute(sql, [recent])?;
    Ok(())
}

/// Puts a gap's reports on another one; its id leads there from now on.
pub(super) fn merge(
    transaction: &Transaction<'_>,
    from: &str,
    into: &str,
    now: &str,
) -> Result<(), LibraryError> {
    transaction.execute("UPDATE gap_report SET gap_id = ?2 WHERE gap_id = ?1", [from, into])?;
    for table in ["gap_call", "gap_day"] {
        transaction
            .execute(&format!("UPDATE OR IGNORE {table} SET gap_id = ?2 WHERE gap_id = ?1"), [from, into])?;
        transaction.execute(&format!("DELETE FROM {table} WHERE gap_id = ?1"), [from])?;
    }
    transaction.execute(
        "UPDATE gap SET
           last_at = MAX(last_at, (SELECT last_at FROM gap WHERE id = ?1)),
           department = CASE department WHEN '' THEN (SELECT department FROM gap WHERE id = ?1) ELSE department END
         WHERE id = ?2",
        [from, into],
    )?;
    transaction.execute("UPDATE gap SET merged_into = ?2 WHERE id = ?1 OR merged_into = ?1", [from, into])?;
    taken_out::stay_out(transaction, from, into)?;
    let event = AuditEvent { actor: ITSELF, action: "gap.merged", object: from, reason: into };
    audit::write(transaction, now, &event)
}
