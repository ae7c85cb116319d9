//! Days added up: what a figure needs of a day that is over is counted once, by
//! line, city and one more thing at a time. A day whose calls change afterwards
//! is stale: it is counted from its calls again until it is added up anew.

use rusqlite::{Connection, OptionalExtension, Transaction};

use super::JournalError;
use super::calls::Days;
use super::counts;

/// The city of a call's region, as its code; empty where nobody said one.
pub(super) const CITY: &str = "CASE region WHEN '' THEN '' ELSE substr(region, 1, 4) || '00' END";

/// What a day is added up by, and where a call says it.
pub(super) const ADDED_BY: [(&str, &str); 5] = [
    ("all", "''"),
    ("region", "region"),
    ("topic", "topic"),
    ("department", "department"),
    ("hour", "printf('%02d', hour)"),
];

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
        transaction.prepare_cached("DELETE FROM counted WHERE by = ?1 AND day = ?2")?.execute([by, &day])?;
        let sql = format!(
            "INSERT INTO counted (by, day, line, city, value, {})
             SELECT '{by}', day, line, {CITY} AS city, {value} AS value, {}
             FROM call WHERE day = ?1 GROUP BY line, city, value",
            counts::names(),
            counts::of_calls()
        );
        transaction.prepare_cached(&sql)?.execute([&day])?;
    }
    transaction.prepare_cached("DELETE FROM waited WHERE day = ?1")?.execute([&day])?;
    let sql = format!(
        "INSERT INTO waited (day, line, city, seconds, calls)
         SELECT day, line, {CITY} AS city, {WAITED} AS seconds, COUNT(*)
         FROM call WHERE day = ?1 AND waited IS NOT NULL GROUP BY line, city, seconds"
    );
    transaction.prepare_cached(&sql)?.execute([&day])?;
    transaction.prepare_cached("DELETE FROM stale WHERE day = ?1")?.execute([&day])?;
    transaction.commit()?;
    Ok(true)
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
