//! Days added up: what a figure needs of a day that is over is counted once, of
//! all places, each province, each city and each district with many calls, by line
//! and one more thing at a time, so that a figure of any of them is a few rows a
//! day; a district's few calls are counted as quickly. A day whose calls change
//! afterwards is stale: it is counted from its calls again until it is added up
//! anew.

use rusqlite::{Connection, OptionalExtension, Transaction, named_params};

use super::JournalError;
use super::calls::Days;
use super::counts;

/// What version 4 changed: days are added up by place, and the index by day holds
/// all that is counted of a call, so that counting reads nothing else.
pub(super) const TABLES: &str = "
DROP TABLE counted;
CREATE TABLE counted (
  by    TEXT NOT NULL,      -- all, city, region, topic, department, hour
  day   TEXT NOT NULL,
  place TEXT NOT NULL,      -- first digits of the regions' codes: two of a province, four of a city, six of a
                            -- district with many calls; empty of all
  line  TEXT NOT NULL,
  value TEXT NOT NULL,      -- which region, topic …; empty of all
  calls INTEGER NOT NULL, searched INTEGER NOT NULL, looked INTEGER NOT NULL, copied INTEGER NOT NULL,
  used INTEGER NOT NULL, accepted INTEGER NOT NULL, answered INTEGER NOT NULL, dispatched INTEGER NOT NULL,
  abandoned INTEGER NOT NULL, searches INTEGER NOT NULL, empty INTEGER NOT NULL, asked INTEGER NOT NULL,
  refused INTEGER NOT NULL, first INTEGER NOT NULL, third INTEGER NOT NULL, tenth INTEGER NOT NULL,
  lower INTEGER NOT NULL, rated INTEGER NOT NULL, satisfied INTEGER NOT NULL,
  PRIMARY KEY (by, day, place, line, value)
) WITHOUT ROWID;
DROP TABLE waited;
CREATE TABLE waited (
  day     TEXT NOT NULL,
  place   TEXT NOT NULL,
  line    TEXT NOT NULL,
  seconds INTEGER NOT NULL,
  calls   INTEGER NOT NULL,
  PRIMARY KEY (day, place, line, seconds)
) WITHOUT ROWID;
DROP INDEX call_by_day;
CREATE INDEX call_by_day ON call (day, region, line, topic, department, hour, outcome, satisfaction, searches, empty,
                                  asked, refused, opened, copied, waited, first, third, tenth, lower);
INSERT OR IGNORE INTO stale SELECT DISTINCT day FROM call;
";

/// The city of a call's region, as its code; empty where nobody said one.
pub(super) const CITY: &str = "CASE region WHEN '' THEN '' ELSE substr(region, 1, 4) || '00' END";

/// What a day is added up by, and where a call says it.
pub(super) const ADDED_BY: [(&str, &str); 6] = [
    ("all", "''"),
    ("city", CITY),
    ("region", "region"),
    ("topic", "topic"),
    ("department", "department"),
    ("hour", "printf('%02d', hour)"),
];

/// The places calls are added up in, and which calls: cities, as the first digits
/// of their codes (of a call from nowhere dashes, which stand for no place), and
/// the districts that are worth it.
fn places() -> [(&'static str, String); 2] {
    let city = "substr(CASE region WHEN '' THEN '----' ELSE region END, 1, 4)";
    let with_many = format!(
        "day = :day AND region IN (SELECT region FROM call
                                   WHERE day = :day AND region <> '' AND region NOT LIKE '%00'
                                   GROUP BY region HAVING COUNT(*) >= {MANY})"
    );
    [(city, "day = :day".to_owned()), ("region", with_many)]
}

/// Calls a day from which on a district is added up.
pub(super) const MANY: usize = 400;
/// Cities are added up to provinces, and those to all, so many digits each.
const LARGER: [usize; 2] = [2, 0];

/// Whole seconds up to ten minutes, then tens of seconds, an hour and more as one.
pub(super) const WAITED: &str =
    "CASE WHEN waited <= 600 THEN waited WHEN waited < 3600 THEN waited / 10 * 10 ELSE 3600 END";

/// Says that the figures of these days no longer hold.
pub(super) fn mark_stale(transaction: &Transaction<'_>, days: &Days) -> Result<(), JournalError> {
    let mut statement = transaction.prepare_cached("INSERT OR IGNORE INTO stale (day) VALUES (?1)")?;
    for day in days {
        statement.execute([day])?;
    }
    Ok(())
}

/// Adds up one stale day before `today`, the newest first. Says whether there was one.
pub(super) fn count_one(connection: &mut Connection, today: &str) -> Result<bool, JournalError> {
    let transaction = connection.transaction()?;
    let sql = "SELECT day FROM stale WHERE day < ?1 ORDER BY day DESC LIMIT 1";
    let found = transaction.prepare_cached(sql)?.query_row([today], |row| row.get(0)).optional()?;
    let Some(day): Option<String> = found else { return Ok(false) };
    for (by, value) in ADDED_BY {
        add_up(&transaction, &day, by, value)?;
    }
    add_up_waited(&transaction, &day)?;
    transaction.prepare_cached("DELETE FROM stale WHERE day = ?1")?.execute([&day])?;
    transaction.commit()?;
    Ok(true)
}

/// Adds up a day by one thing: its calls by place, then those counts.
fn add_up(transaction: &Transaction<'_>, day: &str, by: &str, value: &str) -> Result<(), JournalError> {
    let given = named_params! { ":by": by, ":day": day };
    transaction.prepare_cached("DELETE FROM counted WHERE by = :by AND day = :day")?.execute(given)?;
    let insert = format!("INSERT INTO counted (by, day, place, line, value, {})", counts::names());
    for (place, is_in) in places() {
        let sql = format!(
            "{insert} SELECT :by, day, {place} AS place, line, {value} AS value, {}
             FROM call WHERE {is_in} GROUP BY place, line, value",
            counts::of_calls()
        );
        transaction.prepare_cached(&sql)?.execute(given)?;
    }
    for digits in LARGER {
        let sql = format!(
            "{insert} SELECT by, day, substr(place, 1, {digits}) AS larger, line, value, {}
             FROM counted WHERE by = :by AND day = :day AND length(place) = {digits} + 2 GROUP BY larger, line, value",
            counts::of_counts()
        );
        transaction.prepare_cached(&sql)?.execute(given)?;
    }
    Ok(())
}

/// The same of how long calls waited.
fn add_up_waited(transaction: &Transaction<'_>, day: &str) -> Result<(), JournalError> {
    let given = named_params! { ":day": day };
    transaction.prepare_cached("DELETE FROM waited WHERE day = :day")?.execute(given)?;
    let insert = "INSERT INTO waited (day, place, line, seconds, calls)";
    for (place, is_in) in places() {
        let sql = format!(
            "{insert} SELECT day, {place} AS place, line, {WAITED} AS seconds, COUNT(*)
             FROM call WHERE {is_in} AND waited IS NOT NULL GROUP BY place, line, seconds"
        );
        transaction.prepare_cached(&sql)?.execute(given)?;
    }
    for digits in LARGER {
        let sql = format!(
            "{insert} SELECT day, substr(place, 1, {digits}) AS larger, line, seconds, SUM(calls)
             FROM waited WHERE day = :day AND length(place) = {digits} + 2 GROUP BY larger, line, seconds"
        );
        transaction.prepare_cached(&sql)?.execute(given)?;
    }
    Ok(())
}

/// Takes out the figures of the days before one.
pub(super) fn forget(connection: &Connection, before: &str) -> Result<(), JournalError> {
    for (by, _) in ADDED_BY {
        connection.execute("DELETE FROM counted WHERE by = ?1 AND day < ?2", [by, before])?;
    }
    connection.execute("DELETE FROM waited WHERE day < ?1", [before])?;
    connection.execute("DELETE FROM stale WHERE day < ?1", [before])?;
    Ok(())
}
