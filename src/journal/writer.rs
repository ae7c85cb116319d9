//! The thread that writes: searches gather for a moment and go in together, a
//! person's word goes in at once with whatever waits before it.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, Zoned};
use rusqlite::{Connection, Transaction, params};

use super::calls::{self, Days};
use super::{Asked, HookName, Journal, JournalError, Note, Outcome, Told, adding, courses, outbox, schema};
use crate::text::mask;

/// How long searches gather.
const GATHER: Duration = Duration::from_millis(100);
/// Most notes of one transaction.
const MOST_TOGETHER: usize = 2_000;
/// How often what was shown is added up, and what is old is looked for.
const SHOWN_EVERY: Duration = Duration::from_secs(1);
const PURGED_EVERY: Duration = Duration::from_secs(3_600);
/// How often a day whose calls changed is added up; one at a time, so that no
/// word waits long.
const COUNTED_EVERY: Duration = Duration::from_secs(1);
/// Rows taken out in one transaction, so that nothing waits long.
const PURGED_TOGETHER: usize = 10_000;
/// Places an agent looks at.
const LOOKED_AT: usize = 3;

/// What was shown since it was last written: how often, when last.
type Shown = HashMap<String, (u64, i64)>;

impl Journal {
    /// Writes until `stop` is set and nothing waits; blocks the thread it is given.
    pub fn keep(&self, stop: &AtomicBool) {
        let mut connection = None;
        let mut shown = Shown::new();
        let (mut added_up, mut purged) = (Instant::now(), None::<Instant>);
        let mut counted = Instant::now();
        loop {
            let batch = self.gathered();
            if batch.is_empty() && stop.load(Ordering::Relaxed) {
                self.add_up(&mut connection, &mut shown);
                return;
            }
            if !batch.is_empty() {
                self.write(&mut connection, batch, &mut shown);
            }
            if added_up.elapsed() >= SHOWN_EVERY {
                added_up = Instant::now();
                self.add_up(&mut connection, &mut shown);
            }
            if self.is_on && counted.elapsed() >= COUNTED_EVERY && self.path.exists() {
                self.count_a_day(&mut connection);
                counted = Instant::now();
            }
            if connection.is_some() && purged.is_none_or(|at| at.elapsed() >= PURGED_EVERY) {
                purged = Some(Instant::now());
                self.purge(&mut connection);
            }
        }
    }

    fn gathered(&self) -> Vec<Note> {
        let until = Instant::now() + GATHER;
        let mut batch = Vec::new();
        let mut is_waited_for = false;
        while batch.len() < MOST_TOGETHER {
            // A word takes along what is there already, but waits for nothing.
            let next = match is_waited_for {
                true => self.notes.1.try_recv().ok(),
                false => self.notes.1.recv_deadline(until).ok(),
            };
            let Some(note) = next else { break };
            is_waited_for |= matches!(note, Note::Told(..));
            batch.push(note);
        }
        batch
    }

    fn write(&self, held: &mut Option<Connection>, batch: Vec<Note>, shown: &mut Shown) {
        let mut searches = 0;
        let mut words = Vec::new();
        let done = self.with(held, |connection| {
            let transaction = connection.transaction()?;
            let mut days = Days::new();
            for note in &batch {
                match note {
                    Note::Asked(asked) => insert_search(&transaction, asked, &mut days)?,
                    Note::Told(told, _) => {
                        let call = insert_told(&transaction, told, &mut days)?;
                        if told.outcome == Outcome::Dispatched && self.hands_over.load(Ordering::Relaxed) {
                            outbox::put(&transaction, HookName::Dispatch, &call, told.at)?;
                        }
                    }
                }
            }
            adding::mark_stale(&transaction, &days)?;
            Ok(transaction.commit()?)
        });
        for note in batch {
            match note {
                Note::Asked(asked) => {
                    searches += 1;
                    let at = asked.at.as_millisecond();
                    for id in asked.shown.into_iter().take(LOOKED_AT) {
                        let count = shown.entry(id).or_default();
                        *count = (count.0 + 1, at);
                    }
                }
                Note::Told(_, safe) => words.push(safe),
            }
        }
        let Err(error) = done else {
            return words.into_iter().for_each(|safe| safe(Ok(())));
        };
        self.lost.fetch_add(searches, Ordering::Relaxed);
        tracing::warn!(%error, searches, "journal not written, {searches} searches only counted: {error}");
        for safe in words {
            safe(Err(match &error {
                JournalError::DiskFull => JournalError::DiskFull,
                other => JournalError::Sql(rusqlite::Error::InvalidParameterName(other.to_string())),
            }));
        }
    }

    fn add_up(&self, held: &mut Option<Connection>, shown: &mut Shown) {
        if shown.is_empty() {
            return;
        }
        let done = self.with(held, |connection| {
            let transaction = connection.transaction()?;
            let sql = "INSERT INTO shown (entry_id, times, last_at) VALUES (?1, ?2, ?3)
                       ON CONFLICT (entry_id) DO UPDATE SET times = times + excluded.times, last_at = excluded.last_at";
            let mut statement = transaction.prepare_cached(sql)?;
            for (id, (times, last_at)) in shown.iter() {
                statement.execute(params![id, times, last_at])?;
            }
            drop(statement);
            Ok(transaction.commit()?)
        });
        match done {
            Ok(()) => shown.clear(),
            Err(error) => tracing::warn!(%error, "what was shown is not added up yet: {error}"),
        }
    }

    /// Adds up a day whose calls changed; today's once it is over.
    fn count_a_day(&self, held: &mut Option<Connection>) {
        let today = Zoned::now().date().to_string();
        if let Err(error) = self.with(held, |connection| adding::count_one(connection, &today)) {
            tracing::warn!(%error, "a day is not added up yet: {error}");
        }
    }

    /// Adds up every day before today whose calls changed; returns how many. The
    /// writing thread does it by itself, a day at a time.
    pub fn count_days(&self) -> Result<u64, JournalError> {
        let mut connection = schema::open(&self.path)?;
        let today = Zoned::now().date().to_string();
        let mut days = 0;
        while adding::count_one(&mut connection, &today)? {
            days += 1;
        }
        Ok(days)
    }

    /// Takes out what is older than the journal goes back.
    fn purge(&self, held: &mut Option<Connection>) {
        let days = i64::from(self.days.load(Ordering::Relaxed));
        let age = SignedDuration::from_hours(24 * days);
        let Ok(before) = Timestamp::now().checked_sub(age) else { return };
        // Whole days, so that a day's figures hold while it is there.
        let Ok(before) = before.to_zoned(TimeZone::system()).start_of_day() else { return };
        let (day, before) = (before.date().to_string(), before.timestamp().as_millisecond());
        let done = self.with(held, |connection| {
            let mut gone = 0;
            for (table, key, old) in [
                ("search", "id", "at < ?1"),
                // Written in the order of time: the first that stays ends the search.
                ("told", "number", "number < COALESCE((SELECT number FROM told WHERE at >= ?1 ORDER BY number LIMIT 1), 1 << 62)"),
                ("call", "number", "day < date(?1 / 1000, 'unixepoch', 'localtime')"),
                ("shown", "entry_id", "last_at < ?1"),
                ("outbox", "number", "at < ?1"),
                ("warning", "number", "last_at < ?1"),
            ] {
                let sql = format!(
                    "DELETE FROM {table} WHERE {key} IN (SELECT {key} FROM {table} WHERE {old} LIMIT {PURGED_TOGETHER})"
                );
                loop {
                    let deleted = connection.execute(&sql, [before])?;
                    gone += deleted;
                    if deleted < PURGED_TOGETHER {
                        break;
                    }
                }
            }
            adding::forget(connection, &day)?;
            courses::forget(connection, &day)?;
            Ok(gone)
        });
        match done {
            Ok(0) => {}
            Ok(gone) => tracing::info!(rows = gone, "{gone} journal rows older than {days} days taken out"),
            Err(error) => tracing::warn!(%error, "old journal rows stay for now: {error}"),
        }
    }

    /// Works with the open database, opened anew after an error.
    fn with<T>(
        &self,
        held: &mut Option<Connection>,
        work: impl FnOnce(&mut Connection) -> Result<T, JournalError>,
    ) -> Result<T, JournalError> {
        let mut connection = match held.take() {
            Some(connection) => connection,
            None => schema::open(&self.path)?,
        };
        let done = work(&mut connection)?;
        *held = Some(connection);
        Ok(done)
    }
}

fn insert_search(transaction: &Transaction<'_>, asked: &Asked, days: &mut Days) -> Result<(), JournalError> {
    let sql = "INSERT OR IGNORE INTO search
               (id, at, question, region, collection, line, seat, call, key_id, shown, confidence, answered,
                topic, department)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)";
    let shown = serde_json::json!(asked.shown).to_string();
    transaction.prepare_cached(sql)?.execute(params![
        asked.search_id.as_bytes(),
        asked.at.as_millisecond(),
        mask(&asked.question),
        asked.region.map(|region| region.to_string()),
        asked.collection,
        asked.place.line.map(super::Line::as_str),
        asked.place.seat.as_deref().map(mask),
        asked.place.call.as_deref().map(calls::call_name),
        asked.place.key_id,
        shown,
        asked.confidence,
        asked.answered,
        asked.subject.topic,
        asked.subject.department,
    ])?;
    calls::add_search(transaction, asked, days)
}

/// Returns the call's name as it is written.
fn insert_told(transaction: &Transaction<'_>, told: &Told, days: &mut Days) -> Result<String, JournalError> {
    let call = calls::add_told(transaction, told, days)?;
    let sql = "INSERT INTO told
               (at, call, search_id, outcome, entry_id, department, seat, key_id, note, satisfaction)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)";
    transaction.prepare_cached(sql)?.execute(params![
        told.at.as_millisecond(),
        call,
        told.search_id.map(|id| id.as_bytes().to_vec()),
        told.outcome.as_str(),
        told.entry_id,
        told.department.as_deref().map(mask),
        told.place.seat.as_deref().map(mask),
        told.place.key_id,
        mask(&told.note),
        told.satisfaction,
    ])?;
    Ok(call)
}
