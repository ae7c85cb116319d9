//! Lists of entries for those who keep them: filtered, in an order, a page at
//! a time. A page begins after the last row of the one before (its key and id),
//! so that it costs the same however far down it is.

use std::collections::BTreeMap;

use jiff::civil::Date;
use rusqlite::types::Value;
use rusqlite::{Row, params_from_iter};
use serde::Serialize;

use super::{Library, LibraryError};
use crate::entry::{Entry, Kind, Region, Status};

/// Stands for no day at all: entries without one come last.
const NO_DAY: &str = "9999-12-31";

/// In which order entries are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ListOrder {
    #[default]
    Id,
    /// The one changed last first.
    Updated,
    /// The one to be looked at again first; those without a day last.
    Review,
    /// The one that ends first; those without an end last.
    Expiry,
}

impl ListOrder {
    /// Reads `id`, `updated`, `review` or `expiry`.
    pub fn parse(name: &str) -> Option<ListOrder> {
        match name {
            "id" => Some(ListOrder::Id),
            "updated" => Some(ListOrder::Updated),
            "review" => Some(ListOrder::Review),
            "expiry" => Some(ListOrder::Expiry),
            _ => None,
        }
    }

    /// What is sorted by before the id: as the indexes of the table have it.
    fn key(self) -> Option<&'static str> {
        match self {
            ListOrder::Id => None,
            ListOrder::Updated => Some("e.seq"),
            ListOrder::Review => Some("COALESCE(e.review_on, '9999-12-31')"),
            ListOrder::Expiry => Some("COALESCE(e.expires_on, '9999-12-31')"),
        }
    }
}

/// Which entries are listed; `None` means any.
#[derive(Debug, Clone, Default)]
pub struct ListFilter {
    /// Of the newest revision.
    pub status: Option<Status>,
    pub kind: Option<Kind>,
    pub department: Option<String>,
    /// This category and those below it.
    pub category: Option<String>,
    pub region: Option<Region>,
    /// To be looked at again on this day or before.
    pub review_by: Option<Date>,
    /// Ended before this day, and not retired.
    pub expired_on: Option<Date>,
    /// Stands in the title or the id.
    pub text: Option<String>,
    pub order: ListOrder,
    /// The place at which the page before ended.
    pub after: Option<String>,
    pub limit: usize,
}

/// An entry in a list: its newest revision without the texts.
#[derive(Debug, Clone, Serialize)]
pub struct ListedEntry {
    pub id: String,
    pub version: u32,
    pub kind: Kind,
    pub title: String,
    pub status: Status,
    /// Of what counts outside, where that is an older revision.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub live_status: Option<String>,
    pub category: String,
    pub department: String,
    pub region: Region,
    /// `沈阳市`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub region_name: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub effective_from: Option<Date>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_on: Option<Date>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_review_on: Option<Date>,
    pub updated_at: String,
    pub updated_by: String,
}

/// A page of a list.
#[derive(Debug)]
pub struct ListPage {
    pub entries: Vec<ListedEntry>,
    /// The `after` of the next page; none at the end.
    pub next: Option<String>,
}

/// How many of the entries have which label.
#[derive(Debug, Default, Serialize)]
pub struct Facets {
    pub total: u64,
    pub status: BTreeMap<String, u64>,
    pub kind: BTreeMap<String, u64>,
    pub department: BTreeMap<String, u64>,
    /// By the first level of the category.
    pub category: BTreeMap<String, u64>,
    pub region: BTreeMap<String, u64>,
}

/// Conditions with their values, in the same order.
#[derive(Default)]
struct Conditions {
    sql: Vec<&'static str>,
    values: Vec<Value>,
}

impl Conditions {
    fn add(&mut self, sql: &'static str, values: impl IntoIterator<Item = String>) {
        self.sql.push(sql);
        self.values.extend(values.into_iter().map(Value::Text));
    }

    fn of(filter: &ListFilter) -> Conditions {
        let mut all = Conditions::default();
        // A plus keeps the planner from this column's index where the order has one
        // of its own and the value is common: sorting would cost more than skipping.
        let has_day_order = matches!(filter.order, ListOrder::Review | ListOrder::Expiry);
        if let Some(status) = filter.status {
            let is_common = has_day_order && status == Status::Published;
            all.add(if is_common { "+e.status = ?" } else { "e.status = ?" }, [status.as_str().to_owned()]);
        }
        if let Some(kind) = filter.kind {
            all.add("e.kind = ?", [kind.as_str().to_owned()]);
        }
        if let Some(department) = &filter.department {
            all.add(
                if has_day_order { "+e.department = ?" } else { "e.department = ?" },
                [department.clone()],
            );
        }
        if let Some(category) = &filter.category {
            let below = format!("{}/%", escaped(category));
            all.add("(e.category = ? OR e.category LIKE ? ESCAPE '\\')", [category.clone(), below]);
        }
        if let Some(region) = filter.region {
            all.add("e.region = ?", [region.to_string()]);
        }
        if let Some(day) = filter.review_by {
            all.add(
                "(COALESCE(e.review_on, '9999-12-31') <= ? AND e.status <> 'retired')",
                [day.to_string()],
            );
        }
        if let Some(day) = filter.expired_on {
            all.add(
                "(COALESCE(e.expires_on, '9999-12-31') < ? AND e.status <> 'retired')",
                [day.to_string()],
            );
        }
        if let Some(text) = filter.text.as_deref().map(str::trim).filter(|text| !text.is_empty()) {
            let part = format!("%{}%", escaped(text));
            all.add("(e.title LIKE ? ESCAPE '\\' OR e.id LIKE ? ESCAPE '\\')", [part.clone(), part]);
        }
        all
    }

    /// Only what comes after the place where the page before ended.
    fn begin_after(&mut self, filter: &ListFilter) {
        let Some(after) = &filter.after else { return };
        let (key, id) = after.split_once(' ').unwrap_or((after, ""));
        match filter.order {
            ListOrder::Id => self.add("e.id > ?", [after.clone()]),
            ListOrder::Updated => {
                self.sql.push("e.seq < ?");
                self.values.push(Value::Integer(key.parse().unwrap_or(i64::MAX)));
            }
            ListOrder::Review => {
                self.add("(COALESCE(e.review_on, '9999-12-31'), e.id) > (?, ?)", [key.into(), id.into()]);
            }
            ListOrder::Expiry => {
                self.add("(COALESCE(e.expires_on, '9999-12-31'), e.id) > (?, ?)", [key.into(), id.into()]);
            }
        }
    }

    fn sql(&self) -> String {
        if self.sql.is_empty() { "1".to_owned() } else { self.sql.join(" AND ") }
    }
}

/// A text as it stands in a pattern.
fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_")
}

impl Library {
    /// Published guides and questions but those `besides` knows, in the order of
    /// their ids. A law's articles are many and seldom asked for one by one.
    pub fn live_besides(
        &self,
        besides: impl Fn(&str) -> bool,
        limit: usize,
    ) -> Result<Vec<String>, LibraryError> {
        let sql = "SELECT id FROM entry WHERE live_status = 'published' AND kind <> 'policy' ORDER BY id";
        let mut query = self.connection.prepare_cached(sql)?;
        let mut rows = query.query([])?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()?.filter(|_| found.len() < limit) {
            let id: String = row.get(0)?;
            if !besides(&id) {
                found.push(id);
            }
        }
        Ok(found)
    }

    /// A page of entries; by their ids unless another order is asked for.
    pub fn list(&self, filter: &ListFilter) -> Result<ListPage, LibraryError> {
        let mut conditions = Conditions::of(filter);
        conditions.begin_after(filter);
        let order = match (filter.order, filter.order.key()) {
            (ListOrder::Updated, _) => "e.seq DESC".to_owned(),
            (_, Some(key)) => format!("{key}, e.id"),
            (_, None) => "e.id".to_owned(),
        };
        // The page is chosen before its texts are read: sorting whole entries would
        // read all of them.
        let sql = format!(
            "SELECT e.id, e.version, e.live_status, r.made_at, r.made_by, r.content, e.seq
             FROM (SELECT * FROM entry e WHERE {} ORDER BY {order} LIMIT {}) e
             JOIN revision r ON r.seq = e.seq ORDER BY {order}",
            conditions.sql(),
            filter.limit
        );
        let mut query = self.connection.prepare_cached(&sql)?;
        let mut rows = query.query(params_from_iter(conditions.values))?;
        let (mut entries, mut last) = (Vec::new(), 0);
        while let Some(row) = rows.next()? {
            entries.push(listed(row)?);
            last = row.get(6)?;
        }
        let next = entries.last().filter(|_| entries.len() == filter.limit);
        let next = next.map(|entry| place_of(entry, filter.order, last));
        Ok(ListPage { entries, next })
    }

    /// How many entries have which label, of those that `accepts` takes by
    /// region and category.
    pub fn facets(
        &self,
        filter: &ListFilter,
        accepts: impl Fn(Region, &str) -> bool,
    ) -> Result<Facets, LibraryError> {
        let conditions = Conditions::of(filter);
        let sql = format!(
            "SELECT e.status, e.kind, e.department, e.category, e.region FROM entry e WHERE {}",
            conditions.sql()
        );
        let mut query = self.connection.prepare_cached(&sql)?;
        let mut rows = query.query(params_from_iter(conditions.values))?;
        let mut facets = Facets::default();
        while let Some(row) = rows.next()? {
            let text = |column| row.get_ref(column).map(|value| value.as_str().unwrap_or_default());
            let (category, region) = (text(3)?, text(4)?);
            if !accepts(Region::parse(region).unwrap_or_default(), category) {
                continue;
            }
            facets.total += 1;
            let first_level = category.split('/').next().unwrap_or_default();
            count(&mut facets.status, text(0)?);
            count(&mut facets.kind, text(1)?);
            count(&mut facets.department, text(2)?);
            count(&mut facets.category, first_level);
            count(&mut facets.region, region);
        }
        Ok(facets)
    }

    /// Ids of entries with that title that are not retired, at most so many.
    pub fn titled(&self, title: &str, most: usize) -> Result<Vec<(String, Region)>, LibraryError> {
        let sql = "SELECT id, region FROM entry WHERE title = ?1 AND status <> 'retired' LIMIT ?2";
        let mut query = self.connection.prepare_cached(sql)?;
        let rows = query.query_map((title, most), |row| {
            let region: String = row.get(1)?;
            Ok((row.get(0)?, Region::parse(&region).unwrap_or_default()))
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

fn count(counts: &mut BTreeMap<String, u64>, label: &str) {
    match counts.get_mut(label) {
        Some(count) => *count += 1,
        None if label.is_empty() => {}
        None => {
            counts.insert(label.to_owned(), 1);
        }
    }
}

/// Where a page ends.
fn place_of(entry: &ListedEntry, order: ListOrder, seq: i64) -> String {
    let day = |day: Option<Date>| day.map_or(NO_DAY.to_owned(), |day| day.to_string());
    match order {
        ListOrder::Id => entry.id.clone(),
        ListOrder::Updated => seq.to_string(),
        ListOrder::Review => format!("{} {}", day(entry.next_review_on), entry.id),
        ListOrder::Expiry => format!("{} {}", day(entry.expires_on), entry.id),
    }
}

fn listed(row: &Row<'_>) -> Result<ListedEntry, LibraryError> {
    let id: String = row.get(0)?;
    let content: String = row.get(5)?;
    let entry: Entry =
        serde_json::from_str(&content).map_err(|source| LibraryError::Content { id: id.clone(), source })?;
    let live_status: Option<String> = row.get(2)?;
    Ok(ListedEntry {
        id,
        version: row.get(1)?,
        live_status: live_status.filter(|live| live != entry.status.as_str()),
        kind: entry.kind,
        title: entry.title,
        status: entry.status,
        category: entry.category,
        department: entry.department,
        region: entry.region,
        region_name: entry.region.name(),
        effective_from: entry.effective_from,
        expires_on: entry.expires_on,
        next_review_on: entry.next_review_on,
        updated_at: row.get(3)?,
        updated_by: row.get(4)?,
    })
}
