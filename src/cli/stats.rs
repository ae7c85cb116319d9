//! `jida stats`: the figures of a period beside those of the one before, and the
//! same by line, place, topic, department, hour, day.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use jiff::civil::Date;
use jiff::{Timestamp, ToSpan, Zoned};

use super::{CliError, region_of};
use crate::entry::Region;
use crate::figures::{self, CORRECTION_DAYS, Figure, Groups, Report, Unit};
use crate::journal::{By, Journal, Line, Selection};
use crate::library::Library;

#[derive(Args)]
pub(super) struct Stats {
    /// 从哪一天起（含），例如 2026-11-01；不写时是最后一天前 29 天
    #[arg(long, value_parser = day_of, value_name = "日期")]
    from: Option<Date>,
    /// 到哪一天为止（含）；不写时是今天
    #[arg(long, value_parser = day_of, value_name = "日期")]
    to: Option<Date>,
    /// 只看一条线路：12345、8890、web 或 chatbot
    #[arg(long, value_parser = line_of, value_name = "线路")]
    line: Option<Line>,
    /// 只看一个区域和它下面的：六位代码
    #[arg(long, value_parser = region_of, value_name = "代码")]
    region: Option<Region>,
    /// 分组：day、hour、line、city、region、topic 或 department
    #[arg(long, value_parser = by_of, value_name = "分组")]
    by: Option<By>,
    /// 纠错要在几天内办结
    #[arg(long, default_value_t = CORRECTION_DAYS, value_name = "天数")]
    correction_days: u32,
    /// 输出 JSON，与 /v1/stats/figures、/v1/stats/groups 相同
    #[arg(long)]
    json: bool,
    /// 知识库文件夹
    #[arg(long, default_value = "corpus", value_name = "文件夹")]
    corpus: PathBuf,
}

pub(super) fn day_of(text: &str) -> Result<Date, String> {
    text.parse().map_err(|_| format!("“{text}”要写成 2026-11-23 这样的日期"))
}

fn line_of(text: &str) -> Result<Line, String> {
    Line::parse(text).ok_or_else(|| format!("线路“{text}”只能是 12345、8890、web 或 chatbot"))
}

fn by_of(text: &str) -> Result<By, String> {
    let known = By::ALL.map(By::as_str).join("、");
    By::parse(text).ok_or_else(|| format!("分组“{text}”要是其中之一：{known}"))
}

impl Stats {
    pub fn run(self) -> Result<ExitCode, CliError> {
        let to = self.to.unwrap_or_else(|| Zoned::now().date());
        let from = self.from.unwrap_or_else(|| to.saturating_sub(29.days()));
        let selection = Selection { from, to, line: self.line, region: self.region };
        let journal = Journal::new(&self.corpus, false);
        if let Some(by) = self.by {
            let groups = figures::groups(&journal, &selection, by)?;
            if self.json {
                print_json(&groups);
            } else {
                print_groups(&groups);
            }
            return Ok(ExitCode::SUCCESS);
        }
        let library = Library::open_existing(&self.corpus)?;
        let report = figures::report(&journal, &library, &selection, self.correction_days, Timestamp::now())?;
        if self.json {
            print_json(&report);
        } else {
            print_report(&report);
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn print_json(value: &impl serde::Serialize) {
    println!("{}", serde_json::json!(value));
}

fn print_report(report: &Report) {
    let before = report.before.map(|period| format!("；上期 {} 到 {}", period.from, period.to));
    println!("{} 到 {}{}", report.period.from, report.period.to, before.unwrap_or_default());
    for figure in &report.figures {
        println!("{}", line_about(figure));
        println!("    {}", figure.formula);
    }
}

fn line_about(figure: &Figure) -> String {
    let numbers = match &figure.numerator {
        Some(numerator) => format!("{} ÷ {}", numerator.count, figure.denominator.count),
        None => format!("{} 通", figure.denominator.count),
    };
    let before = figure
        .before
        .and_then(|before| before.value)
        .map_or("—".to_owned(), |value| said(value, figure.unit));
    let value = figure.value.map_or("—".to_owned(), |value| said(value, figure.unit));
    format!("{}：{value}（{numbers}）；上期 {before}", figure.title)
}

fn said(value: f64, unit: Unit) -> String {
    match unit {
        Unit::Share => format!("{:.2} %", value * 100.0),
        Unit::Seconds => format!("{value} 秒"),
    }
}

fn print_groups(groups: &Groups) {
    println!("{} 到 {}", groups.period.from, groups.period.to);
    println!("名称\t编码\t即时答复率\t答复\t转派\t放弃\t已知结果\t上期即时答复率\t查询\t无结果");
    for group in &groups.groups {
        let counts = &group.counts;
        let rate = |answered: u64, accepted: u64| match accepted {
            0 => "—".to_owned(),
            _ => said(answered as f64 / accepted as f64, Unit::Share),
        };
        let before =
            group.counts_before.map_or("—".to_owned(), |before| rate(before.answered, before.accepted));
        println!(
            "{}\t{}\t{}\t{}\t{}\t{}\t{}\t{before}\t{}\t{}",
            group.name,
            group.key,
            rate(counts.answered, counts.accepted),
            counts.answered,
            counts.dispatched,
            counts.abandoned,
            counts.accepted,
            counts.searches,
            counts.empty
        );
    }
}
