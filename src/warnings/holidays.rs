//! Public holidays and the days worked instead, a plain file of the corpus
//! folder that editors write: on a holiday as many call as on a Sunday, on a
//! weekend day that is worked as many as on a day in the middle of the week.
//!
//! ```text
//! # 名称 = 日子, 头一天 至 末一天, …
//! 元旦 = 2027-01-01 至 2027-01-03
//! 补班 = 2027-01-09
//! ```

use std::collections::BTreeMap;

use jiff::ToSpan;
use jiff::civil::{Date, Weekday};

use super::course::SPAN_DAYS;

/// The file in the corpus folder.
pub const HOLIDAYS: &str = "holidays.txt";
/// The file that ships with the program: how to write it, without a day.
const SHIPPED: &str = include_str!("../../corpus/holidays.txt");
/// The name under which days stand that are worked instead.
const WORKED: &str = "补班";
const MAX_NAME_CHARS: usize = 20;
/// No holiday is longer: a year is a slip of the pen.
const MAX_DAYS: i32 = 31;
/// Counted from Monday: as which a holiday is taken, and a weekend day that is worked.
const SUNDAY: usize = 6;
const WEDNESDAY: usize = 2;

/// A line that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HolidayError {
    /// From 1.
    pub line: usize,
    /// Stable code: `holiday_malformed` …
    pub code: &'static str,
    /// Which piece of it, the reason and what to do, in Chinese.
    pub message: String,
}

/// What a day is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Day {
    Off,
    Worked,
}

/// Days that are not what their weekday says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Holidays {
    days: BTreeMap<Date, Day>,
}

impl Holidays {
    /// The text that ships with the program.
    pub fn shipped() -> &'static str {
        SHIPPED
    }

    /// Reads holidays; lines that cannot be used are named and left out.
    pub fn parse(text: &str) -> (Holidays, Vec<HolidayError>) {
        let mut holidays = Holidays::default();
        let mut errors = Vec::new();
        for (line, row) in (1..).zip(text.lines()) {
            let row = row.trim().trim_start_matches('\u{feff}');
            if row.is_empty() || row.starts_with('#') {
                continue;
            }
            if let Err((code, message)) = holidays.read(row) {
                errors.push(HolidayError { line, code, message });
            }
        }
        (holidays, errors)
    }

    fn read(&mut self, row: &str) -> Result<(), Malformed> {
        let malformed = || ("holiday_malformed", "这一行要写成“名称 = 2027-01-01 至 2027-01-03”".to_owned());
        let (name, list) = row.split_once(['=', '＝']).ok_or_else(malformed)?;
        let name = name.trim();
        if name.is_empty() {
            return Err(malformed());
        }
        if name.chars().count() > MAX_NAME_CHARS {
            return Err(("holiday_too_long", format!("名称“{name}”超过 {MAX_NAME_CHARS} 个字，请缩短")));
        }
        let day = if name == WORKED { Day::Worked } else { Day::Off };
        let mut read = Vec::new();
        for written in list.split([',', '，', '、']).map(str::trim).filter(|written| !written.is_empty()) {
            read.extend(days_of(written)?);
        }
        if read.is_empty() {
            return Err(malformed());
        }
        for date in &read {
            self.agrees(*date, day)?;
        }
        self.days.extend(read.into_iter().map(|date| (date, day)));
        Ok(())
    }

    fn agrees(&self, date: Date, day: Day) -> Result<(), Malformed> {
        let is_weekend = matches!(date.weekday(), Weekday::Saturday | Weekday::Sunday);
        if day == Day::Worked && !is_weekend {
            let detail = format!("{WORKED}的 {date} 不是周六周日，本来就上班，请核对日期");
            return Err(("holiday_no_weekend", detail));
        }
        if self.days.get(&date).is_some_and(|known| *known != day) {
            let detail = format!("{date} 又是放假又是{WORKED}，请核对，只留一处");
            return Err(("holiday_contradicts", detail));
        }
        Ok(())
    }

    /// As which weekday a day is taken, Monday 0.
    pub fn weekday(&self, date: Date) -> usize {
        match self.days.get(&date) {
            Some(Day::Off) => SUNDAY,
            Some(Day::Worked) => WEDNESDAY,
            None => usize::try_from(date.weekday().to_monday_zero_offset()).unwrap_or(0),
        }
    }

    /// The weekdays of a course that ends on a day, the oldest first.
    pub fn weekdays(&self, last: Date) -> [usize; SPAN_DAYS] {
        std::array::from_fn(|at| {
            let back = i64::try_from(SPAN_DAYS - 1 - at).unwrap_or(0);
            self.weekday(last.saturating_sub(back.days()))
        })
    }
}

type Malformed = (&'static str, String);

fn days_of(written: &str) -> Result<Vec<Date>, Malformed> {
    let Some((first, last)) = written.split_once(['至', '~', '～']) else {
        return Ok(vec![date_of(written)?]);
    };
    let (first, last) = (date_of(first)?, date_of(last)?);
    if last < first {
        return Err(("holiday_reversed", format!("“{written}”头一天在末一天之后，请对调")));
    }
    let days = (last - first).get_days() + 1;
    if days > MAX_DAYS {
        let detail = format!("“{written}”有 {days} 天，一段最多 {MAX_DAYS} 天，请核对年份和月份");
        return Err(("holiday_too_long", detail));
    }
    Ok((0..days).map(|after| first.saturating_add(after.days())).collect())
}

fn date_of(written: &str) -> Result<Date, Malformed> {
    let written = written.trim();
    // The library reads more forms; one form is enough for a file that people check.
    let is_plain = written.len() == 10 && written.bytes().filter(|byte| *byte == b'-').count() == 2;
    let read = is_plain.then(|| written.parse::<Date>().ok()).flatten();
    read.ok_or_else(|| ("holiday_no_date", format!("“{written}”不是日期，请写成 2027-01-01")))
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn a_holiday_is_a_sunday_and_a_worked_weekend_a_wednesday() {
        let text = "\u{feff}# 注释\n\n节 = 2030-01-01 至 2030-01-03, 2030-02-04\n补班 ＝ 2030-01-05、2030-02-10\n\
                    又一节 = 2030-01-03 ~ 2030-01-04";
        let (holidays, errors) = Holidays::parse(text);
        assert_eq!(errors, []);
        let weekdays: Vec<usize> = (1..=8).map(|day| holidays.weekday(date(2030, 1, day))).collect();
        // 2030-01-01 is a Tuesday.
        assert_eq!(weekdays, [6, 6, 6, 6, 2, 6, 0, 1]);
        assert_eq!([date(2030, 2, 4), date(2030, 2, 10)].map(|day| holidays.weekday(day)), [6, 2]);
        let span = holidays.weekdays(date(2030, 1, 8));
        assert_eq!(span[SPAN_DAYS - 8..], weekdays);
        assert_eq!(span[SPAN_DAYS - 9], 0);
    }

    #[test]
    fn a_line_that_cannot_be_used_is_named_and_leaves_the_others() {
        let long = "很".repeat(21);
        let text = format!(
            "没有等号\n= 2030-01-01\n{long} = 2030-01-01\n节 =\n节 = 2030-1-1\n节 = 2030-02-30\n\
             节 = 2030-01-03 至 2030-01-01\n节 = 2030-01-01 至 2031-01-01\n补班 = 2030-01-02\n\
             节 = 2030-01-05\n补班 = 2030-01-05\n节 = 2030-01-06 至\n节 = 2030-05-01"
        );
        let (holidays, errors) = Holidays::parse(&text);
        let lines: Vec<(usize, &str)> = errors.iter().map(|error| (error.line, error.code)).collect();
        assert_eq!(
            lines,
            [
                (1, "holiday_malformed"),
                (2, "holiday_malformed"),
                (3, "holiday_too_long"),
                (4, "holiday_malformed"),
                (5, "holiday_no_date"),
                (6, "holiday_no_date"),
                (7, "holiday_reversed"),
                (8, "holiday_too_long"),
                (9, "holiday_no_weekend"),
                (11, "holiday_contradicts"),
                (12, "holiday_no_date"),
            ]
        );
        assert!(errors[4].message.contains("“2030-1-1”"), "{:?}", errors[4]);
        let only =
            Holidays { days: BTreeMap::from([(date(2030, 1, 5), Day::Off), (date(2030, 5, 1), Day::Off)]) };
        assert_eq!(holidays, only);
    }

    #[test]
    fn what_ships_names_no_day() {
        assert_eq!(Holidays::parse(Holidays::shipped()), (Holidays::default(), Vec::new()));
    }
}
