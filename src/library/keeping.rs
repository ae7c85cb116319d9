//! How well the library is kept: entries looked through by their review date,
//! corrections settled in time, gaps closed. Read from what is written anyway.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use rusqlite::params;
use serde::{Deserialize, Serialize};

use super::{Library, LibraryError};
use crate::entry::{Region, Status};

/// What fell due, and how much of it was done.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Kept {
    pub done: u64,
    pub due: u64,
}

impl Kept {
    fn add(&mut self, is_done: bool) {
        self.due += 1;
        self.done += u64::from(is_done);
    }
}

/// Of which days and places; both days are included.
#[derive(Debug, Clone, Copy)]
pub struct KeepingFilter {
    pub from: Date,
    pub to: Date,
    /// With the regions in it; none for all.
    pub region: Option<Region>,
    /// Days within which a correction has to be settled.
    pub correction_days: u32,
    pub now: Timestamp,
}

/// How well the library is kept.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Keeping {
    /// Review dates that passed; done: a later version without that date was
    /// live by the end of the day.
    pub reviews: Kept,
    /// Corrections reported whose time is over or that are settled; done: settled in time.
    pub corrections: Kept,
    /// Gaps first reported; done: closed, which asks their questions again.
    pub gaps: Kept,
}

/// What of an entry's content matters here.
#[derive(Deserialize)]
struct Reviewed {
    next_review_on: Option<Date>,
}

/// A version of an entry that was live.
struct Version {
    made_on: Date,
    review_on: Option<Date>,
    is_retired: bool,
}

impl KeepingFilter {
    fn has_region(&self, code: &str) -> bool {
        match (self.region, Region::parse(code)) {
            (None | Some(Region::NATIONAL), _) => true,
            (Some(wanted), Some(region)) => wanted.covers(region),
            (Some(_), None) => false,
        }
    }

    /// The day of a moment, where it is one of those asked about.
    fn day_of(&self, at: Option<Timestamp>) -> Option<Date> {
        at.map(local_day).filter(|day| (self.from..=self.to).contains(day))
    }
}

fn local_day(at: Timestamp) -> Date {
    at.to_zoned(TimeZone::system()).date()
}

impl Library {
    /// How well the library was kept in some days.
    pub fn keeping(&self, filter: &KeepingFilter) -> Result<Keeping, LibraryError> {
        Ok(Keeping {
            reviews: self.reviews(filter)?,
            corrections: self.corrections_settled(filter)?,
            gaps: self.gaps_closed(filter)?,
        })
    }

    fn reviews(&self, filter: &KeepingFilter) -> Result<Kept, LibraryError> {
        let Some(yesterday) = local_day(filter.now).yesterday().ok() else { return Ok(Kept::default()) };
        let last = filter.to.min(yesterday);
        // What was never changed can only be due by the date it has now.
        let sql = "SELECT entry.id, entry.region, revision.made_at, revision.status, revision.content
                   FROM entry JOIN revision ON revision.entry_id = entry.id
                   WHERE (entry.version > 1 OR COALESCE(entry.review_on, '9999-12-31') BETWEEN ?1 AND ?2)
                     AND revision.status IN (?3, ?4)
                   ORDER BY entry.id, revision.seq";
        let mut query = self.connection.prepare_cached(sql)?;
        let mut rows = query.query(params![
            filter.from.to_string(),
            last.to_string(),
            Status::Published.as_str(),
            Status::Retired.as_str()
        ])?;
        let mut kept = Kept::default();
        let (mut id, mut versions) = (String::new(), Vec::new());
        while let Some(row) = rows.next()? {
            let (next, region): (String, String) = (row.get(0)?, row.get(1)?);
            if next != id {
                count_reviews(&versions, (filter.from, last), &mut kept);
                versions.clear();
                id = next;
            }
            let (made_at, status): (String, String) = (row.get(2)?, row.get(3)?);
            let content = row.get_ref(4)?.as_bytes().unwrap_or_default();
            let reviewed: Reviewed = serde_json::from_slice(content)
                .map_err(|source| LibraryError::Content { id: id.clone(), source })?;
            let Ok(made_at) = made_at.parse::<Timestamp>() else { continue };
            if filter.has_region(&region) {
                versions.push(Version {
                    made_on: local_day(made_at),
                    review_on: reviewed.next_review_on,
                    is_retired: status == Status::Retired.as_str(),
                });
            }
        }
        count_reviews(&versions, (filter.from, last), &mut kept);
        Ok(kept)
    }

    fn corrections_settled(&self, filter: &KeepingFilter) -> Result<Kept, LibraryError> {
        let sql =
            "SELECT entry.region, made_at, settled_at FROM correction JOIN entry ON entry.id = entry_id";
        let mut query = self.connection.prepare_cached(sql)?;
        let mut rows = query.query([])?;
        let allowed = SignedDuration::from_hours(24 * i64::from(filter.correction_days));
        let mut kept = Kept::default();
        while let Some(row) = rows.next()? {
            let (region, made_at): (String, String) = (row.get(0)?, row.get(1)?);
            let settled_at: Option<String> = row.get(2)?;
            let settled_at = settled_at.and_then(|at| at.parse::<Timestamp>().ok());
            let Ok(made_at) = made_at.parse::<Timestamp>() else { continue };
            if !filter.has_region(&region) || filter.day_of(Some(made_at)).is_none() {
                continue;
            }
            let took = settled_at.unwrap_or(filter.now).duration_since(made_at);
            match settled_at {
                Some(_) => kept.add(took <= allowed),
                None if took > allowed => kept.add(false),
                // There is still time.
                None => {}
            }
        }
        Ok(kept)
    }

    fn gaps_closed(&self, filter: &KeepingFilter) -> Result<Kept, LibraryError> {
        // What was only gathered from the journal nobody reported.
        let sql = "SELECT region, first_at, status FROM gap
                   WHERE merged_into IS NULL AND EXISTS (SELECT 1 FROM gap_report WHERE gap_id = gap.id)";
        let mut query = self.connection.prepare_cached(sql)?;
        let mut rows = query.query([])?;
        let mut kept = Kept::default();
        while let Some(row) = rows.next()? {
            let (region, first_at, status): (String, String, String) =
                (row.get(0)?, row.get(1)?, row.get(2)?);
            if filter.has_region(&region) && filter.day_of(first_at.parse().ok()).is_some() {
                kept.add(status == super::GapStatus::Closed.as_str());
            }
        }
        Ok(kept)
    }
}

/// Counts the review dates between two days that an entry's versions had.
fn count_reviews(versions: &[Version], (from, to): (Date, Date), kept: &mut Kept) {
    let mut dates: Vec<Date> = versions
        .iter()
        .filter_map(|version| version.review_on.filter(|date| version.made_on <= *date))
        .filter(|date| (from..=to).contains(date))
        .collect();
    dates.sort_unstable();
    dates.dedup();
    for date in dates {
        let by_then = versions.iter().rfind(|version| version.made_on <= date);
        kept.add(by_then.is_some_and(|version| version.is_retired || version.review_on != Some(date)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_review_is_in_time_when_the_date_was_gone_by_the_end_of_its_day() {
        let day = |text: &str| -> Date { text.parse().unwrap() };
        let version = |made_on: &str, review_on: Option<&str>| Version {
            made_on: day(made_on),
            review_on: review_on.map(day),
            is_retired: false,
        };
        let counted = |versions: &[Version]| {
            let mut kept = Kept::default();
            count_reviews(versions, (day("2026-03-01"), day("2026-03-31")), &mut kept);
            (kept.done, kept.due)
        };
        let first = || version("2026-01-01", Some("2026-03-15"));
        assert_eq!(counted(&[first()]), (0, 1));
        assert_eq!(counted(&[first(), version("2026-03-15", Some("2026-09-15"))]), (1, 1));
        assert_eq!(counted(&[first(), version("2026-03-16", Some("2026-09-15"))]), (0, 1));
        // Changed, but still to be looked through on that day.
        assert_eq!(counted(&[first(), version("2026-02-01", Some("2026-03-15"))]), (0, 1));
        let retired = Version { is_retired: true, ..version("2026-03-10", Some("2026-03-15")) };
        assert_eq!(counted(&[first(), retired]), (1, 1));
        // It came when the day was over, or is due in another month.
        assert_eq!(counted(&[version("2026-03-20", Some("2026-03-15"))]), (0, 0));
        assert_eq!(counted(&[version("2026-01-01", Some("2026-04-15"))]), (0, 0));
    }
}
