//! How many calls each series had, day by day and hour by hour: a day that is
//! over is counted once and laid down, today is counted from its calls. What is
//! made of it stands in `warnings`.

use std::collections::HashMap;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use rusqlite::{Connection, params};

use super::{Journal, JournalError, schema};
use crate::entry::{Region, RegionLevel};
use crate::warnings::{Kind, Subject};

/// What version 3 added for it.
pub(super) const TABLES: &str = "
CREATE TABLE course (
  kind  TEXT NOT NULL,   -- all, topic, place, entry, topic_place
  key   TEXT NOT NULL,   -- the topic, the region's code, the entry's id; empty of all
  day   TEXT NOT NULL,
  hours BLOB NOT NULL,   -- calls of each hour, 24 numbers of two bytes
  calls INTEGER NOT NULL,
  PRIMARY KEY (kind, key, day)
) WITHOUT ROWID;
CREATE INDEX course_by_day ON course (day);
CREATE TABLE laid_down ( -- days whose courses are there
  day TEXT PRIMARY KEY
) WITHOUT ROWID;
";

/// All calls together.
const ALL: &str = "all";
/// The hour of a search, where the server stands.
const HOUR: &str = "CAST(strftime('%H', at / 1000, 'unixepoch', 'localtime') AS INTEGER)";

/// Calls of each hour of a day.
pub type Hours = [u32; 24];
/// Calls of one day: of all, and of each series.
#[derive(Debug, Default)]
pub struct DayOfCalls {
    pub all: Hours,
    pub series: HashMap<Subject, Hours>,
}

/// Series of a kind on the days of a baseline.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct OfKind {
    pub series: usize,
    pub calls: u64,
}

impl DayOfCalls {
    fn count(&mut self, region: &str, topic: &str, hour: usize, calls: u32) {
        self.all[hour] += calls;
        let mut add = |subject: Subject| self.series.entry(subject).or_insert([0; 24])[hour] += calls;
        let places = places_of(region);
        if !topic.is_empty() {
            add(Subject::new(Kind::Topic, topic));
        }
        for place in places {
            if !topic.is_empty() {
                add(Subject::topic_place(topic, &place));
            }
            add(Subject::new(Kind::Place, place));
        }
    }
}

/// A region and the city it is in, as codes.
pub fn places_of(region: &str) -> Vec<String> {
    let Some(own) = Region::parse(region).filter(|region| *region != Region::NATIONAL) else {
        return Vec::new();
    };
    let mut places = vec![own.to_string()];
    if own.level() == RegionLevel::County {
        places.push(Region::from_code(own.code() / 100 * 100).to_string());
    }
    places
}

impl Journal {
    /// Lays down the courses of the days before `today` that are not there yet,
    /// the newest first, as far back as the journal goes. Says how many.
    pub fn lay_down_courses(&self, today: Date, is_enough: impl Fn() -> bool) -> Result<usize, JournalError> {
        if !self.path.exists() {
            return Ok(0);
        }
        let mut connection = schema::open(&self.path)?;
        let first: Option<String> =
            connection.query_row("SELECT MIN(day) FROM call", [], |row| row.get(0))?;
        let Some(first) = first.and_then(|day| day.parse::<Date>().ok()) else { return Ok(0) };
        let mut days = 0;
        let mut day = today.yesterday().unwrap_or(Date::MIN);
        while day >= first && !is_enough() {
            let sql = "SELECT EXISTS (SELECT 1 FROM laid_down WHERE day = ?1)";
            if !connection.query_row(sql, [day.to_string()], |row| row.get::<_, bool>(0))? {
                lay_down(&mut connection, day)?;
                days += 1;
            }
            day = day.yesterday().unwrap_or(Date::MIN);
        }
        Ok(days)
    }

    /// The calls of a day, counted now.
    pub fn day_of_calls(&self, day: Date) -> Result<DayOfCalls, JournalError> {
        let Some(connection) = self.reading()? else { return Ok(DayOfCalls::default()) };
        counted(&connection, day)
    }

    /// The laid down courses of some days, by day.
    pub fn courses_between(&self, from: Date, to: Date) -> Result<HashMap<Date, DayOfCalls>, JournalError> {
        let Some(connection) = self.reading()? else { return Ok(HashMap::new()) };
        let sql = "SELECT day, kind, key, hours FROM course WHERE day BETWEEN ?1 AND ?2";
        let mut query = connection.prepare(sql)?;
        let mut rows = query.query([from.to_string(), to.to_string()])?;
        let mut days: HashMap<Date, DayOfCalls> = HashMap::new();
        while let Some(row) = rows.next()? {
            let (day, kind, key): (String, String, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
            let Ok(day) = day.parse() else { continue };
            let hours = hours_of(&row.get::<_, Vec<u8>>(3)?);
            let day = days.entry(day).or_default();
            match Kind::parse(&kind) {
                Some(kind) => drop(day.series.insert(Subject::new(kind, key), hours)),
                None => day.all = hours,
            }
        }
        Ok(days)
    }

    /// The laid down course of one series, or of all calls, by day.
    pub fn course_of(
        &self,
        subject: Option<&Subject>,
        from: Date,
        to: Date,
    ) -> Result<HashMap<Date, Hours>, JournalError> {
        let Some(connection) = self.reading()? else { return Ok(HashMap::new()) };
        let (kind, key) = subject.map_or((ALL, ""), |subject| (subject.kind.as_str(), subject.key.as_str()));
        let sql = "SELECT day, hours FROM course WHERE kind = ?1 AND key = ?2 AND day BETWEEN ?3 AND ?4";
        let mut query = connection.prepare(sql)?;
        let mut rows = query.query(params![kind, key, from.to_string(), to.to_string()])?;
        let mut days = HashMap::new();
        while let Some(row) = rows.next()? {
            if let Ok(day) = row.get::<_, String>(0)?.parse() {
                days.insert(day, hours_of(&row.get::<_, Vec<u8>>(1)?));
            }
        }
        Ok(days)
    }

    /// How many series of a kind there were on some days, and their calls.
    pub fn of_kind(&self, kind: Kind, from: Date, to: Date) -> Result<OfKind, JournalError> {
        let Some(connection) = self.reading()? else { return Ok(OfKind::default()) };
        let sql = "SELECT COUNT(DISTINCT key), COALESCE(SUM(calls), 0) FROM course
                   WHERE kind = ?1 AND day BETWEEN ?2 AND ?3";
        let given = params![kind.as_str(), from.to_string(), to.to_string()];
        Ok(connection.query_row(sql, given, |row| Ok(OfKind { series: row.get(0)?, calls: row.get(1)? }))?)
    }

    /// The largest series of a kind on some days.
    pub fn largest(
        &self,
        kind: Kind,
        from: Date,
        to: Date,
        limit: usize,
    ) -> Result<Vec<Subject>, JournalError> {
        let Some(connection) = self.reading()? else { return Ok(Vec::new()) };
        let sql = "SELECT key FROM course WHERE kind = ?1 AND day BETWEEN ?2 AND ?3
                   GROUP BY key ORDER BY SUM(calls) DESC, key LIMIT ?4";
        let mut query = connection.prepare(sql)?;
        let given = params![kind.as_str(), from.to_string(), to.to_string(), limit];
        let rows = query.query_map(given, |row| Ok(Subject::new(kind, row.get::<_, String>(0)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The first day there are calls of.
    pub fn first_day(&self) -> Result<Option<Date>, JournalError> {
        let Some(connection) = self.reading()? else { return Ok(None) };
        let day: Option<String> = connection.query_row("SELECT MIN(day) FROM call", [], |row| row.get(0))?;
        Ok(day.and_then(|day| day.parse().ok()))
    }
}

/// Takes out the courses of the days before one.
pub(super) fn forget(connection: &Connection, before: &str) -> Result<(), JournalError> {
    connection.execute("DELETE FROM course WHERE day < ?1", [before])?;
    connection.execute("DELETE FROM laid_down WHERE day < ?1", [before])?;
    Ok(())
}

fn lay_down(connection: &mut Connection, day: Date) -> Result<(), JournalError> {
    let counted = counted(connection, day)?;
    let transaction = connection.transaction()?;
    {
        let sql = "INSERT OR REPLACE INTO course (kind, key, day, hours, calls) VALUES (?1, ?2, ?3, ?4, ?5)";
        let mut insert = transaction.prepare_cached(sql)?;
        let mut put = |kind: &str, key: &str, hours: &Hours| {
            let calls: u32 = hours.iter().sum();
            insert.execute(params![kind, key, day.to_string(), bytes_of(hours), calls])
        };
        put(ALL, "", &counted.all)?;
        for (subject, hours) in &counted.series {
            put(subject.kind.as_str(), &subject.key, hours)?;
        }
    }
    transaction.execute("INSERT OR IGNORE INTO laid_down (day) VALUES (?1)", [day.to_string()])?;
    Ok(transaction.commit()?)
}

fn counted(connection: &Connection, day: Date) -> Result<DayOfCalls, JournalError> {
    let mut counted = DayOfCalls::default();
    let sql = "SELECT region, topic, hour, COUNT(*) FROM call WHERE day = ?1 GROUP BY 1, 2, 3";
    let mut query = connection.prepare_cached(sql)?;
    let mut rows = query.query([day.to_string()])?;
    while let Some(row) = rows.next()? {
        let (region, topic): (String, String) = (row.get(0)?, row.get(1)?);
        let hour: usize = row.get(2)?;
        counted.count(&region, &topic, hour.min(23), row.get(3)?);
    }
    let (from, to) = (start_of(day), start_of(day.saturating_add(1.day())));
    let sql = format!(
        "SELECT json_extract(shown, '$[0]'), {HOUR}, COUNT(DISTINCT COALESCE(call, id)) FROM search
         WHERE at >= ?1 AND at < ?2 AND shown <> '[]' GROUP BY 1, 2"
    );
    let mut query = connection.prepare_cached(&sql)?;
    let mut rows = query.query([from.as_millisecond(), to.as_millisecond()])?;
    while let Some(row) = rows.next()? {
        let hour: usize = row.get(1)?;
        let subject = Subject::new(Kind::Entry, row.get::<_, String>(0)?);
        counted.series.entry(subject).or_insert([0; 24])[hour.min(23)] += row.get::<_, u32>(2)?;
    }
    Ok(counted)
}

/// When a day begins where the server stands.
pub(super) fn start_of(day: Date) -> Timestamp {
    day.to_zoned(TimeZone::system()).map_or(Timestamp::MIN, |start| start.timestamp())
}

fn bytes_of(hours: &Hours) -> Vec<u8> {
    hours.iter().flat_map(|calls| u16::try_from(*calls).unwrap_or(u16::MAX).to_le_bytes()).collect()
}

fn hours_of(bytes: &[u8]) -> Hours {
    let mut hours = [0; 24];
    for (hour, pair) in hours.iter_mut().zip(bytes.as_chunks::<2>().0) {
        *hour = u32::from(u16::from_le_bytes(*pair));
    }
    hours
}
