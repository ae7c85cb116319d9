//! Which calls belong to a series within some time, and what they tell:
//! questions, places, entries. Texts are as they were masked.

use std::collections::HashSet;

use jiff::{SignedDuration, Timestamp};
use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension, Row, params, params_from_iter};
use uuid::Uuid;

use super::{Detail, HookName, Journal, JournalError, outbox, schema};
use crate::entry::{Region, RegionLevel};
use crate::warnings::{Kind, Subject};

/// Questions, places and entries of a warning.
const MOST_SHOWN: usize = 8;
/// Longest piece of a question that a warning shows.
const MAX_QUESTION_CHARS: usize = 120;
/// Calls of which is asked whether two series share them.
const MOST_COMPARED: usize = 5_000;
/// Rows the rules are held against at once.
const TOGETHER: usize = 2_000;
/// A search is written within this after its id was given.
const LATE_MS: i64 = 10_000;
/// How far back the rules look where they never looked before.
const FIRST_LOOK: SignedDuration = SignedDuration::from_hours(1);

/// The mark of the reports.
const REPORTS: &str = "reports";

/// Something a rule is held against.
#[derive(Debug, Clone)]
pub struct Said {
    pub at: Timestamp,
    /// The call's name, else the search's.
    pub call: String,
    pub region: String,
    pub text: String,
    /// Ids of the first hits.
    pub shown: Vec<String>,
}

/// What was reported by key, as the library has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reported {
    /// Rises with each report.
    pub number: i64,
    pub at: Timestamp,
    /// Code of the region; empty where nobody said it.
    pub region: String,
    pub search_id: Option<Uuid>,
    /// The question and the note, masked.
    pub texts: [String; 2],
}

/// A rule's warning to be raised.
#[derive(Debug)]
pub struct RuleHit<'a> {
    pub rule: &'a str,
    pub said: &'a Said,
}

/// Where the searches of a series stand.
fn is_of(subject: &Subject) -> (String, Vec<Value>) {
    let mut given: Vec<Value> = Vec::new();
    let mut is_in = Vec::new();
    let (topic, region) = subject.topic_and_region();
    if let Some(topic) = topic {
        is_in.push("topic = ?".to_owned());
        given.push(topic.to_owned().into());
    }
    if let Some(code) = region {
        let region = Region::parse(code).unwrap_or_default();
        let last = region.code() + if region.level() == RegionLevel::City { 99 } else { 0 };
        is_in.push("region BETWEEN ? AND ?".to_owned());
        given.extend([code.to_owned().into(), format!("{last:06}").into()]);
    }
    if subject.kind == Kind::Entry {
        is_in.push("shown <> '[]' AND json_extract(shown, '$[0]') = ?".to_owned());
        given.push(subject.key.clone().into());
    }
    (is_in.join(" AND "), given)
}

impl Journal {
    /// What the calls of a series tell, from then to then; its days are empty.
    pub fn involved(
        &self,
        subject: &Subject,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Detail, JournalError> {
        let Some(connection) = self.reading()? else { return Ok(Detail::default()) };
        let (is_in, more) = is_of(subject);
        if is_in.is_empty() {
            return Ok(Detail::default());
        }
        let mut given: Vec<Value> = vec![from.as_millisecond().into(), to.as_millisecond().into()];
        given.extend(more);
        let counted = |what: &str, order: &str| {
            let sql = format!(
                "SELECT {what}, COUNT(DISTINCT COALESCE(call, id)) FROM search
                 WHERE at BETWEEN ? AND ? AND {is_in} GROUP BY 1 ORDER BY {order} LIMIT {MOST_SHOWN}"
            );
            named_counts(&connection, &sql, &given)
        };
        let mut questions = counted("question", "2 DESC, MAX(at) DESC")?;
        questions.retain(|(text, _)| !text.trim().is_empty());
        let shortened = |text: String| text.chars().take(MAX_QUESTION_CHARS).collect();
        Ok(Detail {
            questions: questions.into_iter().map(|(text, _)| shortened(text)).collect(),
            places: counted("COALESCE(region, '')", "2 DESC, 1")?.into_iter().filter(is_named).collect(),
            entries: counted("COALESCE(json_extract(shown, '$[0]'), '')", "2 DESC, 1")?
                .into_iter()
                .filter(is_named)
                .collect(),
            days: Vec::new(),
        })
    }

    /// The calls of a series since then, by a name of each.
    pub fn calls_of(&self, subject: &Subject, since: Timestamp) -> Result<HashSet<Vec<u8>>, JournalError> {
        let Some(connection) = self.reading()? else { return Ok(HashSet::new()) };
        let (is_in, more) = is_of(subject);
        if is_in.is_empty() {
            return Ok(HashSet::new());
        }
        let sql = format!(
            "SELECT DISTINCT CAST(COALESCE(call, id) AS BLOB) FROM search WHERE at >= ? AND {is_in} LIMIT {MOST_COMPARED}"
        );
        let mut given: Vec<Value> = vec![since.as_millisecond().into()];
        given.extend(more);
        let mut query = connection.prepare(&sql)?;
        let rows = query.query_map(params_from_iter(given), |row| row.get(0))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// What was asked and noted since the rules last looked, each batch given to
    /// `look`, which says what falls under a rule. Returns the warnings raised.
    pub fn hold_against_rules(
        &self,
        now: Timestamp,
        is_told: bool,
        mut look: impl FnMut(&Said) -> Vec<String>,
    ) -> Result<Vec<(i64, String)>, JournalError> {
        let mut raised = Vec::new();
        if !self.path.exists() {
            return Ok(raised);
        }
        let mut connection = schema::open(&self.path)?;
        loop {
            let (said, next) = said_since(&connection, now)?;
            raised.extend(hold(&mut connection, &said, &next.marks, (now, is_told), &mut look)?);
            if !next.is_more {
                return Ok(raised);
            }
        }
    }

    /// Up to which report the rules were held, and from when on they are where
    /// they never were.
    pub fn reports_held(&self, now: Timestamp) -> Result<(Option<i64>, Timestamp), JournalError> {
        let since = now.checked_sub(FIRST_LOOK).unwrap_or(Timestamp::MIN);
        let Some(connection) = self.reading()? else { return Ok((None, since)) };
        let number = match mark(&connection, REPORTS)? {
            Some(Value::Integer(number)) => Some(number),
            _ => None,
        };
        Ok((number, since))
    }

    /// Holds reports against the rules, each as a word of the call its search
    /// belongs to. One whose search is still being written waits for it, and so
    /// do those after it.
    pub fn hold_reports_against_rules(
        &self,
        reports: &[Reported],
        now: Timestamp,
        is_told: bool,
        mut look: impl FnMut(&Said) -> Vec<String>,
    ) -> Result<Vec<(i64, String)>, JournalError> {
        if reports.is_empty() {
            return Ok(Vec::new());
        }
        let mut connection = schema::open(&self.path)?;
        let (mut said, mut marks) = (Vec::new(), Vec::new());
        for report in reports {
            let Some(of_report) = said_in(&connection, report, now)? else { break };
            said.extend(of_report);
            marks = vec![(REPORTS, Value::Integer(report.number))];
        }
        hold(&mut connection, &said, &marks, (now, is_told), &mut look)
    }
}

/// Raises what falls under a rule, and notes up to where was looked, all or nothing.
fn hold(
    connection: &mut Connection,
    said: &[Said],
    marks: &[(&'static str, Value)],
    (now, is_told): (Timestamp, bool),
    look: &mut impl FnMut(&Said) -> Vec<String>,
) -> Result<Vec<(i64, String)>, JournalError> {
    let mut raised = Vec::new();
    let transaction = connection.transaction()?;
    for one in said {
        for rule in look(one) {
            let hit = RuleHit { rule: &rule, said: one };
            if let Some(number) = raise(&transaction, &hit, is_told, now)? {
                raised.push((number, rule));
            }
        }
    }
    for (name, value) in marks {
        let sql = "INSERT OR REPLACE INTO watched (name, value) VALUES (?1, ?2)";
        transaction.execute(sql, params![name, value])?;
    }
    transaction.commit()?;
    Ok(raised)
}

/// What a report says; none where its search is still being written.
fn said_in(
    connection: &Connection,
    report: &Reported,
    now: Timestamp,
) -> Result<Option<Vec<Said>>, JournalError> {
    let mut said = Said {
        at: report.at,
        // A report without a search is a call that nobody named.
        call: format!("report {} {}", report.number, report.at),
        region: report.region.clone(),
        text: String::new(),
        shown: Vec::new(),
    };
    if let Some(id) = report.search_id {
        let sql = "SELECT call, COALESCE(region, ''), shown FROM search WHERE id = ?1";
        let read = |row: &Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get(2)?));
        let found: Option<(Option<String>, String, String)> =
            connection.prepare_cached(sql)?.query_row([id.as_bytes()], read).optional()?;
        said.call = id.to_string();
        match found {
            Some((call, region, shown)) => {
                said.call = call.unwrap_or(said.call);
                if said.region.is_empty() {
                    said.region = region;
                }
                said.shown = serde_json::from_str(&shown).unwrap_or_default();
            }
            None if report.at.as_millisecond() > now.as_millisecond() - LATE_MS => return Ok(None),
            None => {}
        }
    }
    let texts = report.texts.iter().filter(|text| !text.is_empty());
    Ok(Some(texts.map(|text| Said { text: text.clone(), ..said.clone() }).collect()))
}

/// Up to where the rules were held against something.
fn mark(connection: &Connection, name: &str) -> Result<Option<Value>, JournalError> {
    let mut query = connection.prepare_cached("SELECT value FROM watched WHERE name = ?1")?;
    let mut rows = query.query([name])?;
    Ok(rows.next()?.map(|row| row.get(0)).transpose()?)
}

/// Up to where was looked, and whether there is more.
struct Next {
    marks: Vec<(&'static str, Value)>,
    is_more: bool,
}

fn said_since(connection: &Connection, now: Timestamp) -> Result<(Vec<Said>, Next), JournalError> {
    let first = now.checked_sub(FIRST_LOOK).unwrap_or(Timestamp::MIN).as_millisecond();
    let searches = mark(connection, "searches")?.unwrap_or_else(|| Value::Blob(id_from(first)));
    let sql = format!(
        "SELECT id, at, call, region, question, shown FROM search WHERE id > ?1 ORDER BY id LIMIT {TOGETHER}"
    );
    let mut query = connection.prepare_cached(&sql)?;
    let mut rows = query.query([searches])?;
    let (mut said, mut last_id) = (Vec::new(), None);
    while let Some(row) = rows.next()? {
        let id: Vec<u8> = row.get(0)?;
        let call: Option<String> = row.get(2)?;
        let named = call.unwrap_or_else(|| Uuid::from_slice(&id).unwrap_or_default().to_string());
        let shown: String = row.get(5)?;
        said.push(Said {
            at: super::story::moment(row.get(1)?),
            call: named,
            region: row.get::<_, Option<String>>(3)?.unwrap_or_default(),
            text: row.get(4)?,
            shown: serde_json::from_str(&shown).unwrap_or_default(),
        });
        last_id = Some(id);
    }
    let is_more = said.len() == TOGETHER;
    let mut marks = Vec::new();
    if let Some(last_id) = last_id {
        // What is written late has an earlier id: a moment is looked at again.
        let kept = if is_more { last_id } else { last_id.min(id_from(now.as_millisecond() - LATE_MS)) };
        marks.push(("searches", Value::Blob(kept)));
    }
    let words = mark(connection, "words")?.unwrap_or(Value::Integer(-1));
    let sql = format!(
        "SELECT told.number, told.at, told.call, COALESCE(call.region, ''), told.note FROM told
         LEFT JOIN call ON call.id = told.call WHERE told.number > ?1 AND told.at >= ?2 ORDER BY told.number LIMIT {TOGETHER}"
    );
    let mut query = connection.prepare_cached(&sql)?;
    let mut rows = query.query(params![words, first])?;
    let (mut last_number, mut count) = (None, 0);
    while let Some(row) = rows.next()? {
        count += 1;
        last_number = Some(row.get::<_, i64>(0)?);
        let text: String = row.get(4)?;
        if !text.is_empty() {
            let at = super::story::moment(row.get(1)?);
            said.push(Said { at, call: row.get(2)?, region: row.get(3)?, text, shown: Vec::new() });
        }
    }
    if let Some(number) = last_number {
        marks.push(("words", Value::Integer(number)));
    }
    Ok((said, Next { marks, is_more: is_more || count == TOGETHER }))
}

/// The smallest id of a search of that moment: UUID v7 begins with it.
fn id_from(at_ms: i64) -> Vec<u8> {
    let at = at_ms.max(0).to_be_bytes();
    [&at[2..], &[0; 10]].concat()
}

fn raise(
    connection: &Connection,
    hit: &RuleHit<'_>,
    is_told: bool,
    now: Timestamp,
) -> Result<Option<i64>, JournalError> {
    let RuleHit { rule, said } = hit;
    let text = said.text.chars().take(MAX_QUESTION_CHARS).collect();
    let detail = Detail {
        questions: vec![text],
        places: Some((said.region.clone(), 1)).into_iter().filter(is_named).collect(),
        entries: said.shown.iter().take(MOST_SHOWN).map(|id| (id.clone(), 1)).collect(),
        days: Vec::new(),
    };
    let sql = "INSERT OR IGNORE INTO warning
               (kind, key, call, region, since, raised_at, last_at, hours, calls, expected, chance, also, detail)
               VALUES ('rule', ?1, ?2, ?3, ?4, ?5, ?5, 0, 1, 0, 0, '[]', ?6)";
    let detail = serde_json::json!(detail).to_string();
    let (at, now_ms) = (said.at.as_millisecond(), now.as_millisecond());
    let given = params![rule, said.call, said.region, at, now_ms, detail];
    if connection.prepare_cached(sql)?.execute(given)? == 0 {
        return Ok(None);
    }
    let number = connection.last_insert_rowid();
    if is_told {
        outbox::put(connection, HookName::Warnings, &number.to_string(), now)?;
    }
    Ok(Some(number))
}

fn is_named((name, _): &(String, u32)) -> bool {
    !name.is_empty()
}

fn named_counts(
    connection: &Connection,
    sql: &str,
    given: &[Value],
) -> Result<Vec<(String, u32)>, JournalError> {
    let mut query = connection.prepare(sql)?;
    let rows = query.query_map(params_from_iter(given), |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}
