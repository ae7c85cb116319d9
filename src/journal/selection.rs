//! Which calls a figure is of, and what they are grouped by. Days that are added
//! up are read from there, the others counted from their calls: one statement,
//! so both belong to the same moment.

use jiff::civil::Date;
use rusqlite::named_params;
use serde::{Deserialize, Serialize};

use super::adding::{ADDED_BY, WAITED};
use super::counts::{self, Counts};
use super::{Journal, JournalError, Line};
use crate::entry::{Region, RegionLevel};

/// Sorts after every region's code.
const AFTER_ALL: &str = "~";
/// Which days are read as they were added up, and which are counted from their
/// calls: those that changed since, and those on which the place had few calls.
const DAYS: &str = "
WITH added (day) AS (
  SELECT DISTINCT day FROM counted
  WHERE by = 'all' AND day BETWEEN :from AND :to AND place = :place AND day NOT IN (SELECT day FROM stale)),
now_counted (day) AS (
  SELECT day FROM stale WHERE day BETWEEN :from AND :to
  UNION
  SELECT day FROM counted
  WHERE by = 'all' AND day BETWEEN :from AND :to AND place = '' AND day NOT IN (SELECT day FROM added))";

/// The calls of some days, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Selection {
    pub from: Date,
    pub to: Date,
    pub line: Option<Line>,
    /// A region with those in it; none, or the country, for all.
    pub region: Option<Region>,
}

/// What calls are grouped by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum By {
    Day,
    /// Of the day, 0 to 23.
    Hour,
    Line,
    City,
    /// As it was set: a district, a city, a province.
    Region,
    /// The first level of the category.
    Topic,
    Department,
}

impl By {
    /// All of them.
    pub const ALL: [By; 7] = [By::Day, By::Hour, By::Line, By::City, By::Region, By::Topic, By::Department];

    /// The name in requests and on the command line.
    pub fn as_str(self) -> &'static str {
        match self {
            By::Day => "day",
            By::Hour => "hour",
            By::Line => "line",
            By::City => "city",
            By::Region => "region",
            By::Topic => "topic",
            By::Department => "department",
        }
    }

    /// Reads such a name.
    pub fn parse(text: &str) -> Option<By> {
        By::ALL.into_iter().find(|by| by.as_str() == text)
    }
}

/// Calls that have something in common.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Group {
    /// The day, the hour (`08`), the line, the region's code, the topic, the
    /// department; empty where nobody said it.
    pub key: String,
    pub counts: Counts,
}

/// How long calls waited from a question to the first copy.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct Waited {
    /// Calls with a copied entry whose question is known.
    pub calls: u64,
    /// None without one.
    pub median_seconds: Option<f64>,
}

/// Where the groups' key stands, in days that are added up and in calls.
struct Keys {
    added_by: &'static str,
    added: &'static str,
    of_call: &'static str,
}

fn keys(by: Option<By>) -> Keys {
    let of_all = |added: &'static str, of_call: &'static str| Keys { added_by: "all", added, of_call };
    match by {
        None => of_all("''", "''"),
        Some(By::Day) => of_all("day", "day"),
        Some(By::Line) => of_all("line", "line"),
        Some(by @ (By::Hour | By::City | By::Region | By::Topic | By::Department)) => {
            let of_call =
                ADDED_BY.iter().find(|(name, _)| *name == by.as_str()).map_or("''", |(_, call)| call);
            Keys { added_by: by.as_str(), added: "value", of_call }
        }
    }
}

impl Selection {
    /// The codes of the regions that are in, the first and the last.
    fn codes(&self) -> (String, String) {
        let Some(region) = self.region else { return (String::new(), AFTER_ALL.to_owned()) };
        let last = match region.level() {
            RegionLevel::National => return (String::new(), AFTER_ALL.to_owned()),
            RegionLevel::Province => region.code() + 9_999,
            RegionLevel::City => region.code() + 99,
            RegionLevel::County => region.code(),
        };
        (region.to_string(), format!("{last:06}"))
    }

    /// The place as days are added up of it: the first digits of its code.
    fn place(&self) -> String {
        let region = self.region.unwrap_or(Region::NATIONAL);
        let digits = match region.level() {
            RegionLevel::National => 0,
            RegionLevel::Province => 2,
            RegionLevel::City => 4,
            RegionLevel::County => 6,
        };
        region.to_string().chars().take(digits).collect()
    }

    fn line_is(&self) -> &'static str {
        if self.line.is_some() { "line = :line" } else { "(1 OR :line)" }
    }
}

impl Journal {
    /// The counts of all calls of a selection.
    pub fn counts(&self, selection: &Selection) -> Result<Counts, JournalError> {
        let all = self.grouped(selection, None)?;
        Ok(all.first().map(|group| group.counts).unwrap_or_default())
    }

    /// The counts of each group, in the order of the keys.
    pub fn groups(&self, selection: &Selection, by: By) -> Result<Vec<Group>, JournalError> {
        self.grouped(selection, Some(by))
    }

    fn grouped(&self, selection: &Selection, by: Option<By>) -> Result<Vec<Group>, JournalError> {
        let Some(connection) = self.reading()? else { return Ok(Vec::new()) };
        let Keys { added_by, added, of_call } = keys(by);
        let line_is = selection.line_is();
        let sql = format!(
            "{DAYS} SELECT key, {} FROM (
               SELECT {added} AS key, {} FROM counted
               WHERE by = '{added_by}' AND day IN (SELECT day FROM added) AND place = :place AND {line_is}
               UNION ALL
               SELECT {of_call} AS key, {} FROM call
               WHERE day IN (SELECT day FROM now_counted) AND region BETWEEN :first AND :last AND {line_is} GROUP BY 1)
             GROUP BY key ORDER BY key",
            counts::of_counts(),
            counts::names(),
            counts::of_calls()
        );
        let (first, last) = selection.codes();
        let given = named_params! {
            ":from": selection.from.to_string(), ":to": selection.to.to_string(), ":place": selection.place(),
            ":line": selection.line.map(Line::as_str), ":first": first, ":last": last,
        };
        let mut query = connection.prepare(&sql)?;
        let rows =
            query.query_map(given, |row| Ok(Group { key: row.get(0)?, counts: Counts::read(row, 1)? }))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// How long the calls of a selection waited for the first copy.
    pub fn waited(&self, selection: &Selection) -> Result<Waited, JournalError> {
        let Some(connection) = self.reading()? else { return Ok(Waited::default()) };
        let line_is = selection.line_is();
        let sql = format!(
            "{DAYS} SELECT seconds, SUM(calls) FROM (
               SELECT seconds, calls FROM waited
               WHERE day IN (SELECT day FROM added) AND place = :place AND {line_is}
               UNION ALL
               SELECT {WAITED} AS seconds, COUNT(*) FROM call
               WHERE day IN (SELECT day FROM now_counted) AND waited IS NOT NULL
                 AND region BETWEEN :first AND :last AND {line_is} GROUP BY 1)
             GROUP BY seconds ORDER BY seconds"
        );
        let (first, last) = selection.codes();
        let given = named_params! {
            ":from": selection.from.to_string(), ":to": selection.to.to_string(), ":place": selection.place(),
            ":line": selection.line.map(Line::as_str), ":first": first, ":last": last,
        };
        let mut query = connection.prepare(&sql)?;
        let rows = query.query_map(given, |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(Waited::of(&rows.collect::<Result<Vec<(u64, u64)>, _>>()?))
    }
}

impl Waited {
    /// Of seconds and how many calls waited so long, the shortest first.
    fn of(times: &[(u64, u64)]) -> Waited {
        let calls: u64 = times.iter().map(|(_, calls)| calls).sum();
        let at = |place: u64| {
            let mut passed = 0;
            times.iter().find_map(|(seconds, calls)| {
                passed += calls;
                (passed > place).then_some(*seconds as f64)
            })
        };
        // The middle one, or the mean of the two in the middle.
        let middle = calls.checked_sub(1).map(|last| (last / 2, calls / 2));
        let median_seconds = middle.and_then(|(lower, upper)| Some((at(lower)? + at(upper)?) / 2.0));
        Waited { calls, median_seconds }
    }
}
