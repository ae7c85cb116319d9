//! The figures of a hotline's knowledge base, each with its formula, its two
//! numbers and those of the period before (`docs/figures.md`). What is counted
//! comes from the journal and the library; here it is only divided.

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};
use serde::Serialize;

use crate::entry::Region;
use crate::journal::{By, Counts, Group, Journal, JournalError, Line, Selection, Waited};
use crate::library::{Keeping, KeepingFilter, Library, LibraryError};

/// Days within which a correction has to be settled where nobody says otherwise.
pub const CORRECTION_DAYS: u32 = 5;

/// What can go wrong.
#[derive(Debug, thiserror::Error)]
pub enum FiguresError {
    #[error(transparent)]
    Journal(#[from] JournalError),
    #[error(transparent)]
    Library(#[from] LibraryError),
}

/// Two days and those between.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Period {
    pub from: Date,
    pub to: Date,
}

impl Period {
    /// The period before, of the same length; before whole months as many whole
    /// months. None at the beginning of time.
    pub fn before(self) -> Option<Period> {
        let to = self.from.yesterday().ok()?;
        let is_of_months = self.from.day() == 1 && self.to == self.to.last_of_month();
        let from = if is_of_months {
            let (first, last) = (self.from, self.to.first_of_month());
            let months = (i32::from(last.year()) - i32::from(first.year())) * 12 + i32::from(last.month())
                - i32::from(first.month());
            first.checked_sub((months + 1).months()).ok()?
        } else {
            let days = self.from.until(self.to).ok()?.get_days();
            to.checked_sub(days.days()).ok()?
        };
        Some(Period { from, to })
    }
}

/// Everything figures are made of, of one period.
#[derive(Debug, Clone, Copy, Default)]
struct Sums {
    counts: Counts,
    waited: Waited,
    keeping: Keeping,
}

/// A share of two counts, by name.
struct Share {
    name: &'static str,
    title: &'static str,
    numerator: &'static str,
    denominator: &'static str,
    of: fn(&Sums) -> (u64, u64),
}

/// Of calls: these can be grouped.
const OF_CALLS: [Share; 8] = [
    Share {
        name: "instant_answer",
        title: "即时答复率",
        numerator: "当场答复的电话",
        denominator: "已知结果的电话（答复、转派、来电人放弃）",
        of: |sums| (sums.counts.answered, sums.counts.accepted),
    },
    Share {
        name: "dispatched",
        title: "转派率",
        numerator: "转派的电话",
        denominator: "已知结果的电话（答复、转派、来电人放弃）",
        of: |sums| (sums.counts.dispatched, sums.counts.accepted),
    },
    Share {
        name: "adoption",
        title: "知识采用率",
        numerator: "复制过条目的电话",
        denominator: "查过知识库的电话（机器人的不算）",
        of: |sums| (sums.counts.copied, sums.counts.searched),
    },
    Share {
        name: "no_result",
        title: "无结果率",
        numerator: "一条也没查到的查询",
        denominator: "查询",
        of: |sums| (sums.counts.empty, sums.counts.searches),
    },
    Share {
        name: "first_place",
        title: "首位命中率",
        numerator: "用的条目排在第一的查询",
        denominator: "用了条目（复制或据以答复）的查询",
        of: |sums| (sums.counts.first, sums.counts.placed()),
    },
    Share {
        name: "first_three",
        title: "前三命中率",
        numerator: "用的条目排在前三的查询",
        denominator: "用了条目（复制或据以答复）的查询",
        of: |sums| (sums.counts.first + sums.counts.third, sums.counts.placed()),
    },
    Share {
        name: "refusal",
        title: "机器人拒答率",
        numerator: "没有给出答案的机器人提问",
        denominator: "机器人提问",
        of: |sums| (sums.counts.refused, sums.counts.asked),
    },
    Share {
        name: "satisfaction",
        title: "满意率",
        numerator: "评 4 分或 5 分的电话",
        denominator: "有满意度评分的电话",
        of: |sums| (sums.counts.satisfied, sums.counts.rated),
    },
];

/// Of the library.
const OF_LIBRARY: [Share; 3] = [
    Share {
        name: "reviews",
        title: "更新及时率",
        numerator: "到复核日为止已更新或停用的条目",
        denominator: "复核日已过的条目",
        of: |sums| (sums.keeping.reviews.done, sums.keeping.reviews.due),
    },
    Share {
        name: "corrections",
        title: "纠错按期办结率",
        numerator: "按期办结的纠错",
        denominator: "已办结或已到期的纠错",
        of: |sums| (sums.keeping.corrections.done, sums.keeping.corrections.due),
    },
    Share {
        name: "gaps",
        title: "缺口闭环率",
        numerator: "已关闭（原来的问题重问能查到）的缺口",
        denominator: "报上来的缺口",
        of: |sums| (sums.keeping.gaps.done, sums.keeping.gaps.due),
    },
];

/// What a figure's value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Unit {
    /// 0 to 1.
    Share,
    Seconds,
}

/// A number that is counted, and of what.
#[derive(Debug, Clone, Serialize)]
pub struct Part {
    pub title: &'static str,
    pub count: u64,
}

/// A figure of one period.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Value {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub numerator: Option<u64>,
    pub denominator: u64,
    /// None where nothing was counted.
    pub value: Option<f64>,
}

/// A figure with its formula.
#[derive(Debug, Clone, Serialize)]
pub struct Figure {
    pub name: &'static str,
    pub title: &'static str,
    pub unit: Unit,
    /// How it is made of its numbers.
    pub formula: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub numerator: Option<Part>,
    pub denominator: Part,
    pub value: Option<f64>,
    pub before: Option<Value>,
}

/// All figures of a selection.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    #[serde(flatten)]
    pub period: Period,
    pub before: Option<Period>,
    pub line: Option<Line>,
    pub region: Option<Region>,
    pub region_name: Option<&'static str>,
    pub correction_days: u32,
    pub figures: Vec<Figure>,
    /// What the figures of calls are made of.
    pub counts: Counts,
    pub counts_before: Option<Counts>,
}

/// Calls that have something in common, beside those of the period before.
#[derive(Debug, Clone, Serialize)]
pub struct GroupView {
    pub key: String,
    pub name: String,
    pub counts: Counts,
    /// The shares of these counts, by name.
    pub shares: serde_json::Map<String, serde_json::Value>,
    pub counts_before: Option<Counts>,
}

/// The groups of a selection.
#[derive(Debug, Clone, Serialize)]
pub struct Groups {
    pub by: By,
    #[serde(flatten)]
    pub period: Period,
    pub before: Option<Period>,
    pub groups: Vec<GroupView>,
}

/// All figures of a selection, and of the period before.
pub fn report(
    journal: &Journal,
    library: &Library,
    selection: &Selection,
    correction_days: u32,
    now: Timestamp,
) -> Result<Report, FiguresError> {
    let sums_of = |selection: &Selection| -> Result<Sums, FiguresError> {
        let Selection { from, to, region, .. } = *selection;
        Ok(Sums {
            counts: journal.counts(selection)?,
            waited: journal.waited(selection)?,
            keeping: library.keeping(&KeepingFilter { from, to, region, correction_days, now })?,
        })
    };
    let period = Period { from: selection.from, to: selection.to };
    let before = period.before();
    let sums = sums_of(selection)?;
    let sums_before = earlier(selection, before).map(|selection| sums_of(&selection)).transpose()?;
    let mut figures: Vec<Figure> =
        OF_CALLS.iter().chain(&OF_LIBRARY).map(|share| share.figure(&sums, sums_before.as_ref())).collect();
    figures.insert(OF_CALLS.len() - 2, copying(&sums, sums_before.as_ref()));
    Ok(Report {
        period,
        before,
        line: selection.line,
        region: selection.region,
        region_name: selection.region.and_then(Region::name),
        correction_days,
        figures,
        counts: sums.counts,
        counts_before: sums_before.map(|sums| sums.counts),
    })
}

/// The groups of a selection, in the order of their keys.
pub fn groups(journal: &Journal, selection: &Selection, by: By) -> Result<Groups, FiguresError> {
    let period = Period { from: selection.from, to: selection.to };
    let before = period.before();
    let now = journal.groups(selection, by)?;
    // A day is no other day; what stood at its place before is asked as its own days.
    let earlier = earlier(selection, before.filter(|_| by != By::Day));
    let then = earlier.map(|selection| journal.groups(&selection, by)).transpose()?;
    let mut groups: Vec<GroupView> = now.into_iter().map(|group| view(group, by)).collect();
    for Group { key, counts } in then.into_iter().flatten() {
        match groups.binary_search_by(|group| group.key.cmp(&key)) {
            Ok(place) => groups[place].counts_before = Some(counts),
            Err(place) => {
                let gone = view(Group { key, counts: Counts::default() }, by);
                groups.insert(place, GroupView { counts_before: Some(counts), ..gone });
            }
        }
    }
    Ok(Groups { by, period, before, groups })
}

fn earlier(selection: &Selection, before: Option<Period>) -> Option<Selection> {
    before.map(|Period { from, to }| Selection { from, to, ..*selection })
}

fn view(Group { key, counts }: Group, by: By) -> GroupView {
    let sums = Sums { counts, ..Sums::default() };
    let shares =
        OF_CALLS.iter().map(|share| (share.name.to_owned(), share.value(&sums).value.into())).collect();
    GroupView { name: name_of(&key, by), key, counts, shares, counts_before: None }
}

/// What people call a group.
fn name_of(key: &str, by: By) -> String {
    if key.is_empty() {
        return "未注明".to_owned();
    }
    match by {
        By::City | By::Region => {
            Region::parse(key).and_then(Region::name).map_or_else(|| key.to_owned(), str::to_owned)
        }
        By::Hour => format!("{} 时", key.trim_start_matches('0').parse().unwrap_or(0_u8)),
        By::Line => match Line::parse(key) {
            Some(Line::Web) => "网页".to_owned(),
            Some(Line::Chatbot) => "机器人".to_owned(),
            _ => key.to_owned(),
        },
        By::Day | By::Topic | By::Department => key.to_owned(),
    }
}

impl Share {
    fn value(&self, sums: &Sums) -> Value {
        let (numerator, denominator) = (self.of)(sums);
        let value = (denominator > 0).then(|| numerator as f64 / denominator as f64);
        Value { numerator: Some(numerator), denominator, value }
    }

    fn figure(&self, sums: &Sums, before: Option<&Sums>) -> Figure {
        let (numerator, denominator) = (self.of)(sums);
        Figure {
            name: self.name,
            title: self.title,
            unit: Unit::Share,
            formula: format!("{} ÷ {}", self.numerator, self.denominator),
            numerator: Some(Part { title: self.numerator, count: numerator }),
            denominator: Part { title: self.denominator, count: denominator },
            value: self.value(sums).value,
            before: before.map(|sums| self.value(sums)),
        }
    }
}

/// The median time from a question to the first copy.
fn copying(sums: &Sums, before: Option<&Sums>) -> Figure {
    let title = "复制过条目的电话（查询已记下）";
    let value_of =
        |waited: &Waited| Value { numerator: None, denominator: waited.calls, value: waited.median_seconds };
    Figure {
        name: "copy_seconds",
        title: "查到复制用时",
        unit: Unit::Seconds,
        formula: format!("{title}：从查询到这通电话第一次复制的秒数，取中位数"),
        numerator: None,
        denominator: Part { title, count: sums.waited.calls },
        value: sums.waited.median_seconds,
        before: before.map(|sums| value_of(&sums.waited)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn before_whole_months_stand_whole_months() {
        let period = |from: &str, to: &str| Period { from: from.parse().unwrap(), to: to.parse().unwrap() };
        for (now, then) in [
            (("2026-03-01", "2026-03-31"), ("2026-02-01", "2026-02-28")),
            (("2026-01-01", "2026-03-31"), ("2025-10-01", "2025-12-31")),
            (("2026-03-02", "2026-03-31"), ("2026-01-31", "2026-03-01")),
            (("2026-03-05", "2026-03-05"), ("2026-03-04", "2026-03-04")),
        ] {
            assert_eq!(period(now.0, now.1).before(), Some(period(then.0, then.1)));
        }
    }
}
