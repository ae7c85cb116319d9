//! CSV: questions and answers, one a row; columns in any order, by their
//! Chinese or English names.

use std::collections::HashMap;

use super::{Rows, read_date};
use crate::entry::{Entry, Finding, Kind, Region, Source};

/// Column names and the field they stand for.
pub(super) const COLUMNS: [(&str, &[&str]); 21] = [
    ("id", &["编号", "id"]),
    ("kind", &["类型", "kind"]),
    ("title", &["标准问", "标题", "问题", "title"]),
    ("similar_questions", &["相似问", "相似问题", "similar_questions"]),
    ("negative_questions", &["反例问", "negative_questions"]),
    ("body", &["答案", "内容", "正文", "body"]),
    ("script", &["话术", "script"]),
    ("category", &["分类", "类目", "category"]),
    ("region", &["区域", "region"]),
    ("department", &["部门", "发文单位", "department"]),
    ("keywords", &["关键词", "关键字", "keywords"]),
    ("internal_note", &["内部备注", "internal_note"]),
    ("source.title", &["依据"]),
    ("source.article", &["条款"]),
    ("source.number", &["文号"]),
    ("source.issuer", &["发文机关"]),
    ("source.date", &["发布日期"]),
    ("effective_from", &["施行日期", "effective_from"]),
    ("expires_on", &["失效日期", "expires_on"]),
    ("next_review_on", &["复核日期", "next_review_on"]),
    ("source.link", &["链接", "link"]),
];

pub(super) fn read(text: &str, rows: &mut Rows<'_>) {
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(text.as_bytes());
    let header = match reader.headers() {
        Ok(header) => header.clone(),
        Err(error) => return rows.finding(1, Finding::error("csv_malformed", "", error.to_string())),
    };
    let mut columns: Vec<Option<&'static str>> = Vec::new();
    for name in &header {
        let known = COLUMNS.iter().find(|(_, names)| names.contains(&name.trim()));
        if known.is_none() {
            let message = format!("不认得的列“{name}”，没有导入这一列");
            rows.finding(1, Finding::warning("column_unknown", name, message));
        }
        let field = known.map(|(field, _)| *field);
        if field.is_some() && columns.contains(&field) {
            let message = format!("列“{name}”与前面一列是同一项，请只留一列");
            return rows.finding(1, Finding::error("column_duplicate", name, message));
        }
        columns.push(field);
    }
    if !columns.contains(&Some("id")) || !columns.contains(&Some("title")) {
        let message = "表头里没有“编号”和“标准问”两列，请补上表头";
        return rows.finding(1, Finding::error("column_missing", "", message));
    }
    for record in reader.records() {
        match record {
            Err(error) => {
                let line = error.position().map_or(0, |position| position.line() as usize);
                rows.finding(line, Finding::error("csv_malformed", "", format!("这一行读不出来：{error}")));
            }
            Ok(record) => {
                let line = record.position().map_or(0, |position| position.line() as usize);
                if record.len() != columns.len() {
                    let message =
                        format!("有 {} 格，表头有 {} 列，请检查逗号和引号", record.len(), columns.len());
                    rows.finding(line, Finding::error("csv_width", "", message));
                    continue;
                }
                let cells =
                    columns.iter().zip(&record).filter_map(|(field, cell)| Some(((*field)?, cell.trim())));
                match entry_of(&cells.collect(), rows) {
                    Ok(entry) => rows.push(line, entry),
                    Err(finding) => rows.finding(line, finding),
                }
            }
        }
    }
}

fn entry_of(cells: &HashMap<&str, &str>, rows: &Rows<'_>) -> Result<Entry, Finding> {
    let cell = |field: &str| cells.get(field).copied().filter(|cell| !cell.is_empty());
    let text = |field: &str| cell(field).unwrap_or_default().to_owned();
    let list = |field: &str| -> Vec<String> {
        let parts = cell(field).unwrap_or_default().split('|').map(str::trim);
        parts.filter(|part| !part.is_empty()).map(str::to_owned).collect()
    };
    let date = |field: &str| cell(field).map(|cell| read_date(cell, field)).transpose();
    let kind = match cell("kind") {
        None => Kind::Faq,
        Some(name) => Kind::parse(name).ok_or_else(|| {
            Finding::error("kind_unknown", "kind", format!("类型“{name}”只能是 policy、guide 或 faq"))
        })?,
    };
    let mut entry = Entry::new(text("id"), kind, text("title"));
    entry.similar_questions = list("similar_questions");
    entry.negative_questions = list("negative_questions");
    entry.keywords = list("keywords");
    entry.body = text("body");
    entry.script = cell("script").map(str::to_owned);
    entry.internal_note = cell("internal_note").map(str::to_owned);
    entry.category = cell("category").or(rows.category).unwrap_or_default().to_owned();
    entry.department = text("department");
    entry.effective_from = date("effective_from")?;
    entry.expires_on = date("expires_on")?;
    entry.next_review_on = date("next_review_on")?;
    entry.region = match cell("region") {
        None => rows.region,
        Some(code) => Region::parse(code).ok_or_else(|| {
            Finding::error("region_malformed", "region", format!("区域“{code}”要写成六位代码，例如 210100"))
        })?,
    };
    entry.source = sources(cells)?;
    Ok(entry)
}

/// The source columns are lists of the same length: the second article goes
/// with the second title.
fn sources(cells: &HashMap<&str, &str>) -> Result<Vec<Source>, Finding> {
    let column = |field: &str| -> Vec<&str> {
        let cell = cells.get(field).copied().unwrap_or_default();
        if cell.is_empty() { Vec::new() } else { cell.split('|').map(str::trim).collect() }
    };
    let fields =
        ["source.title", "source.article", "source.number", "source.issuer", "source.date", "source.link"];
    let columns = fields.map(column);
    let count = columns.iter().map(Vec::len).max().unwrap_or(0);
    (0..count)
        .map(|at| {
            let value = |column: usize| columns[column].get(at).copied().filter(|value| !value.is_empty());
            Ok(Source {
                title: value(0).map(str::to_owned),
                article: value(1).map(str::to_owned),
                number: value(2).map(str::to_owned),
                issuer: value(3).map(str::to_owned),
                date: value(4).map(|date| read_date(date, "发布日期")).transpose()?,
                link: value(5).map(str::to_owned),
            })
        })
        .collect()
}
