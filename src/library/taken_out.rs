//! Wordings that an editor took out of a gap: they do not belong to it, and stay
//! out of it whatever is gathered later. What was reported with such a wording is
//! a gap of its own; its calls go where the next gathering finds they belong.

use std::collections::{HashMap, HashSet};

use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior, params};

use super::audit::{self, AuditEvent};
use super::gaps::{Gap, WORDINGS, bare, gap_of};
use super::gathered::count_again;
use super::{Library, LibraryError};

/// What became of taking a wording out of a gap, or putting it back.
#[derive(Debug)]
pub enum WordingStep {
    Done(Box<Gap>),
    NoGap,
    /// It is not there.
    NoWording,
    /// The gap has no other.
    Last,
}

impl Library {
    /// Takes a wording out of a gap for good.
    pub fn take_out_wording(
        &mut self,
        id: &str,
        question: &str,
        (made_by, reason): (&str, &str),
    ) -> Result<WordingStep, LibraryError> {
        let wording = bare(question);
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        if gap_of(&transaction, id)?.is_none() {
            return Ok(WordingStep::NoGap);
        }
        let (out, left) = split(&transaction, id, &wording)?;
        let Some(asked) = out.first() else { return Ok(WordingStep::NoWording) };
        if left.is_empty() {
            return Ok(WordingStep::Last);
        }
        let sql =
            "INSERT OR REPLACE INTO gap_wording (gap_id, wording, question, is_in) VALUES (?1, ?2, ?3, 0)";
        transaction.execute(sql, params![id, wording, asked])?;
        part(&transaction, id, &wording, (&out, &left))?;
        count_again(&transaction, jiff::Zoned::now().date())?;
        let reason = format!("“{asked}”：{reason}");
        done(transaction, id, (made_by, "gap.wording_taken_out", &reason))
    }

    /// Puts a wording that was taken out of a gap back on it; its calls follow
    /// with the next gathering.
    pub fn put_back_wording(
        &mut self,
        id: &str,
        question: &str,
        (made_by, reason): (&str, &str),
    ) -> Result<WordingStep, LibraryError> {
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let sql = "UPDATE gap_wording SET is_in = 1 WHERE gap_id = ?1 AND wording = ?2 AND is_in = 0
                   RETURNING question";
        let given = [id, &bare(question)];
        let asked: Option<String> = transaction.query_row(sql, given, |row| row.get(0)).optional()?;
        let Some(asked) = asked else {
            let gap = gap_of(&transaction, id)?;
            return Ok(gap.map_or(WordingStep::NoGap, |_| WordingStep::NoWording));
        };
        let reason = format!("“{asked}”：{reason}");
        done(transaction, id, (made_by, "gap.wording_put_back", &reason))
    }
}

/// Notes what was done to a gap's wording, and keeps it.
fn done(
    transaction: Transaction<'_>,
    id: &str,
    (actor, action, reason): (&str, &str, &str),
) -> Result<WordingStep, LibraryError> {
    let now = jiff::Timestamp::now().to_string();
    audit::write(&transaction, &now, &AuditEvent { actor, action, object: id, reason })?;
    let gap = gap_of(&transaction, id)?;
    transaction.commit()?;
    Ok(gap.map_or(WordingStep::NoGap, |gap| WordingStep::Done(Box::new(gap))))
}

/// Wordings that were taken out of a gap, as they were asked.
pub(super) fn of_gap(connection: &Connection, id: &str) -> Result<Vec<String>, LibraryError> {
    let sql = "SELECT question FROM gap_wording WHERE gap_id = ?1 AND is_in = 0 ORDER BY question";
    let mut query = connection.prepare_cached(sql)?;
    Ok(query.query_map([id], |row| row.get(0))?.collect::<Result<_, _>>()?)
}

/// What editors said of a gap's wordings.
#[derive(Debug, Default)]
pub(super) struct SaidOfWordings {
    /// Letters and digits only.
    pub taken_out: HashSet<String>,
    /// As they were asked.
    pub put_back: Vec<String>,
}

/// What editors said of wordings, by gap.
pub(super) fn of_all(connection: &Connection) -> Result<HashMap<String, SaidOfWordings>, LibraryError> {
    let sql = "SELECT gap_id, wording, question, is_in FROM gap_wording ORDER BY gap_id, wording";
    let mut query = connection.prepare(sql)?;
    let mut rows = query.query([])?;
    let mut all: HashMap<String, SaidOfWordings> = HashMap::new();
    while let Some(row) = rows.next()? {
        let said = all.entry(row.get(0)?).or_default();
        match row.get(3)? {
            true => said.put_back.push(row.get(2)?),
            false => drop(said.taken_out.insert(row.get(1)?)),
        }
    }
    Ok(all)
}

/// After a gap was put on another one: what was taken out of either stays out.
pub(super) fn stay_out(transaction: &Transaction<'_>, from: &str, into: &str) -> Result<(), LibraryError> {
    let moved = "UPDATE OR IGNORE gap_wording SET gap_id = ?2 WHERE gap_id = ?1";
    transaction.execute(moved, [from, into])?;
    transaction.execute("DELETE FROM gap_wording WHERE gap_id = ?1", [from])?;
    for question in of_gap(transaction, into)? {
        let wording = bare(&question);
        let (out, left) = split(transaction, into, &wording)?;
        if !out.is_empty() && !left.is_empty() {
            part(transaction, into, &wording, (&out, &left))?;
        }
    }
    Ok(())
}

/// The questions of a gap that are this wording, and the others; the commonest first.
fn split(
    connection: &Connection,
    id: &str,
    wording: &str,
) -> Result<(Vec<String>, Vec<String>), LibraryError> {
    let sql = format!("SELECT question FROM ({WORDINGS}) GROUP BY question ORDER BY SUM(times) DESC, 1");
    let mut query = connection.prepare_cached(&sql)?;
    let all = query.query_map([id], |row| row.get(0))?.collect::<Result<Vec<String>, _>>()?;
    Ok(all.into_iter().partition(|question| bare(question) == wording))
}

/// Parts a gap from some of its questions. Where they are, or become, a gap of
/// their own, what is known of them goes there.
fn part(
    transaction: &Transaction<'_>,
    id: &str,
    wording: &str,
    (out, left): (&[String], &[String]),
) -> Result<(), LibraryError> {
    let sql = "SELECT asked, region FROM gap WHERE id = ?1";
    let (asked, region): (String, String) =
        transaction.query_row(sql, [id], |row| Ok((row.get(0)?, row.get(1)?)))?;
    if asked == wording {
        let asked = new_name(transaction, id, &region, left)?;
        transaction.execute("UPDATE gap SET asked = ?2 WHERE id = ?1", [id, &asked])?;
    }
    let home = home_of(transaction, id, (wording, &region), out)?;
    for question in out {
        if let Some(home) = &home {
            let moved = "UPDATE gap_report SET gap_id = ?2 WHERE gap_id = ?1 AND question = ?3";
            transaction.execute(moved, [id, home, question])?;
            let moved = "UPDATE OR IGNORE gap_call SET gap_id = ?2 WHERE gap_id = ?1 AND question = ?3";
            transaction.execute(moved, [id, home, question])?;
        }
        transaction.execute("DELETE FROM gap_call WHERE gap_id = ?1 AND question = ?2", [id, question])?;
    }
    let last = "UPDATE gap SET last_at = COALESCE((SELECT MAX(at) FROM (
                  SELECT last_at AS at FROM gap_call WHERE gap_id = ?1
                  UNION ALL SELECT at FROM gap_report WHERE gap_id = ?1)), last_at) WHERE id = ?1";
    for gap in home.iter().map(String::as_str).chain([id]) {
        transaction.execute(last, [gap])?;
    }
    Ok(())
}

/// What a gap is found by from now on: its commonest wording that no other open
/// gap is found by, else its id, which nobody asks.
fn new_name(
    transaction: &Transaction<'_>,
    id: &str,
    region: &str,
    left: &[String],
) -> Result<String, LibraryError> {
    let sql = "SELECT EXISTS (SELECT 1 FROM gap WHERE asked = ?1 AND region = ?2 AND id <> ?3
                 AND status = 'open' AND merged_into IS NULL)";
    for question in left {
        let asked = bare(question);
        if !transaction.query_row(sql, [&asked, region, id], |row| row.get::<_, bool>(0))? {
            return Ok(asked);
        }
    }
    Ok(id.to_owned())
}

/// The gap that a wording is asked for by itself: an open one, one that had
/// turned out to be the same as this one, or a new one where it was reported.
fn home_of(
    transaction: &Transaction<'_>,
    id: &str,
    (wording, region): (&str, &str),
    out: &[String],
) -> Result<Option<String>, LibraryError> {
    let sql = "SELECT id FROM gap WHERE asked = ?1 AND region = ?2 AND id <> ?3
                 AND status = 'open' AND merged_into IS NULL";
    let open: Option<String> =
        transaction.query_row(sql, [wording, region, id], |row| row.get(0)).optional()?;
    let sql = "SELECT id FROM gap WHERE asked = ?1 AND region = ?2 AND merged_into = ?3 ORDER BY id LIMIT 1";
    let merged: Option<String> =
        transaction.query_row(sql, [wording, region, id], |row| row.get(0)).optional()?;
    let home = match (open, merged) {
        (Some(open), _) => open,
        (None, Some(merged)) => {
            let sql =
                "UPDATE gap SET merged_into = NULL, status = 'open', entry_id = NULL, settled_at = NULL,
                         settled_by = NULL, reason = NULL, returned_at = NULL WHERE id = ?1";
            transaction.execute(sql, [&merged])?;
            merged
        }
        (None, None) => {
            let Some(first_at) = first_report(transaction, id, out)? else { return Ok(None) };
            let home = uuid::Uuid::now_v7().to_string();
            let sql = "INSERT INTO gap (id, asked, region, department, status, first_at, last_at)
                       VALUES (?1, ?2, ?3, '', 'open', ?4, ?4)";
            transaction.execute(sql, [&home, wording, region, &first_at])?;
            home
        }
    };
    let sql = "UPDATE gap SET merged_into = ?4 WHERE asked = ?1 AND region = ?2 AND merged_into = ?3";
    transaction.execute(sql, [wording, region, id, &home])?;
    Ok(Some(home))
}

fn first_report(
    transaction: &Transaction<'_>,
    id: &str,
    questions: &[String],
) -> Result<Option<String>, LibraryError> {
    let sql = "SELECT MIN(at) FROM gap_report WHERE gap_id = ?1 AND question = ?2";
    let mut first: Option<String> = None;
    for question in questions {
        let at: Option<String> = transaction.query_row(sql, [id, question], |row| row.get(0))?;
        first = first.into_iter().chain(at).min();
    }
    Ok(first)
}
